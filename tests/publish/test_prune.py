"Old editions go whole: a reader, a publisher or a kill in the middle never meets half of one."

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from digitransform.core.errors import DataError
from digitransform.core.files import lock
from digitransform.publish.prune import prune

ROOT = Path(__file__).resolve().parents[2]
DAYS = [f"2026-{month:02d}-06" for month in range(1, 8)]
STAYS = {"2026-01-06", "2026-06-06", "2026-07-06"}  # first of the year, newest, the one before
PAGE = "<!doctype html><title>All places</title>\n</html>"


@pytest.fixture
def shelf(tmp_path) -> Path:
    "Seven editions of two files each, with the pages around them."
    for day in DAYS:
        (tmp_path / day / "edition").mkdir(parents=True)
        (tmp_path / day / "edition" / "manifest.json").write_text(json.dumps(dict(as_of=day)))
        (tmp_path / day / "en").mkdir()
        (tmp_path / day / "en" / "index.html").write_text(PAGE)
    return tmp_path


def files(out: Path) -> dict[str, bytes]:
    found = (path for path in out.rglob("*") if path.is_file() and path.name != ".lock")
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in found}


def standing(out: Path) -> set[str]:
    "The editions that a reader can reach; each is whole."
    ids = {path.name for path in out.iterdir() if path.name in DAYS}
    for id in ids:
        assert {p.name for p in (out / id).rglob("*") if p.is_file()} == {
            "manifest.json",
            "index.html",
        }
    return ids


def test_a_dry_run_says_what_a_run_does_and_touches_nothing(shelf):
    before = files(shelf)
    planned = prune(shelf, 1, dry_run=True)
    assert files(shelf) == before and not (shelf / ".lock").exists()
    done = prune(shelf, 1)
    assert (planned.removed, planned.kept, planned.freed) == (done.removed, done.kept, done.freed)
    assert standing(shelf) == STAYS and set(done.removed) == set(DAYS) - STAYS
    assert done.freed == sum(
        len(content) for path, content in before.items() if path.split("/")[0] in done.removed
    )
    assert "4 editions removed" in str(done) and "nothing was" in str(planned)


def test_it_is_refused_while_a_publisher_works(shelf):
    holder = (
        "import sys\nfrom digitransform.core.files import lock\n"
        f"with lock({str(shelf)!r}): print('locked', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | dict(PYTHONPATH=str(ROOT)),
    ) as publisher:
        assert publisher.stdout.readline() == "locked\n"
        before = files(shelf)
        with pytest.raises(DataError, match="another run is publishing"):
            prune(shelf, 1)
        assert files(shelf) == before
        prune(shelf, 1, dry_run=True)  # looking is allowed
        publisher.stdin.close()
    assert prune(shelf, 1).removed


KILL = """
import os, shutil, signal, sys
from digitransform.publish import prune as module
calls = []
real = {where}
def deadly(*given, **more):
    if {condition}: calls.append(given)
    if len(calls) == {at}: os.kill(os.getpid(), signal.SIGKILL)
    return real(*given, **more)
{where} = deadly
module.prune(sys.argv[1], 1)
"""
MOMENTS = {  # the call before which the run is killed: what is left to readers
    ("os.replace", "'.trash' in str(given[1])", 1): len(DAYS),
    ("os.replace", "'.trash' in str(given[1])", 3): len(DAYS) - 2,
    ("module.write_site", "True", 1): len(STAYS),
    ("shutil.rmtree", "True", 1): len(STAYS),
}


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda m: f"{m[0]}-{m[2]}")
def test_a_run_that_is_killed_leaves_whole_editions_and_the_next_one_ends_it(shelf, moment):
    where, condition, at = moment
    script = KILL.format(where=where, condition=condition, at=at)
    done = subprocess.run(
        [sys.executable, "-c", script, str(shelf)],
        env=os.environ | dict(PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(standing(shelf)) == MOMENTS[moment]
    prune(shelf, 1)
    assert standing(shelf) == STAYS and not (shelf / ".trash").exists()
    landing = (shelf / "index.html").read_text(encoding="utf-8")
    assert {day for day in DAYS if f"{day}/" in landing} == STAYS


def test_a_folder_that_cannot_be_written_is_one_sentence(shelf, monkeypatch):
    def refuse(*given):
        raise PermissionError(13, "Permission denied", str(given[0]))

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(DataError, match="could not be removed .Permission denied"):
        prune(shelf, 1)
    assert standing(shelf) == set(DAYS)


def test_the_lock_of_this_process_is_given_back(shelf):
    prune(shelf, 1)
    with lock(shelf):
        pass
