"What the documentation keeps of notebooks that were executed, also when it was stopped."

import sys

import pytest
from notebooks import ROOT

sys.path.insert(0, str(ROOT / "docs"))
import execute  # noqa: E402


@pytest.fixture
def ran(tmp_path, monkeypatch):
    "The notebooks that were executed; the one called `bad` stops the run."
    for name in ("a", "b", "c"):
        (tmp_path / "nbs").mkdir(exist_ok=True)
        (tmp_path / "nbs" / f"{name}.ipynb").write_text(f'"{name}"')
    found = []

    def run(path):
        if path.read_text() == '"bad"':
            found.append(f"{len(list(execute.CACHE.iterdir()))} are kept")
            raise RuntimeError("stopped")
        found.append(path.stem)
        path.write_text(f"executed {path.read_text()}")

    monkeypatch.setattr(execute, "ROOT", tmp_path)
    monkeypatch.setattr(execute, "RUN", tmp_path / "_executed")
    monkeypatch.setattr(execute, "CACHE", tmp_path / "_executed" / ".cache")
    monkeypatch.setattr(execute, "run", run)
    return found


def test_a_notebook_is_executed_once_as_long_as_it_is_unchanged(ran, tmp_path):
    folder = execute.run_all(1)
    (tmp_path / "nbs" / "b.ipynb").write_text('"new"')
    assert execute.run_all(1) == folder
    assert ran == ["a", "b", "c", "b"]
    assert (folder / "a.ipynb").read_text() == 'executed "a"'
    assert (folder / "b.ipynb").read_text() == 'executed "new"'
    assert len(list((folder / ".cache").iterdir())) == 3, "what nothing uses is removed"


def test_a_stopped_run_loses_nothing_of_what_was_kept(ran, tmp_path):
    execute.run_all(1)
    (tmp_path / "nbs" / "a.ipynb").write_text('"bad"')
    with pytest.raises(RuntimeError):
        execute.run_all(1)
    (tmp_path / "nbs" / "a.ipynb").write_text('"good"')
    execute.run_all(1)
    assert ran == ["a", "b", "c", "2 are kept", "a"]
