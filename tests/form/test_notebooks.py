"""Every source notebook runs from top to bottom, is committed clean, and is what digitransform/
was written from.
"""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from notebooks import FORKS, ROOT, paths, run_notebook

ANSI = re.compile(r"\x1b\[[0-9;]*m")
SECONDS = 600
# the front door, `python -m digitransform`, and the former places of two modules
WRITTEN_BY_HAND = {"__init__.py", "__main__.py", "_offer.py", "table.py", "panel.py"}


def run(notebook: Path, root: Path = ROOT) -> tuple[bool, str]:
    """Run a notebook as `nbdev-test` does, in a process of its own.

    Whether it passed, and the last it said.
    """
    with tempfile.NamedTemporaryFile() as said:
        process = FORKS.Process(target=run_notebook, args=(notebook, root, said.name))
        process.start()
        process.join(SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()
        lines = Path(said.name).read_text(encoding="utf-8", errors="replace").splitlines()
    return process.exitcode == 0, "\n".join(ANSI.sub("", "\n".join(lines)).splitlines()[-60:])


def as_notebook(*sources: str) -> str:
    cells = [
        dict(
            cell_type="code", id=f"c{i}", metadata={}, execution_count=None, outputs=[], source=[s]
        )
        for i, s in enumerate(sources)
    ]
    return json.dumps(dict(cells=cells, metadata={}, nbformat=4, nbformat_minor=5))


def exported(folder: Path) -> dict[str, str]:
    "The generated modules below a folder, by name."
    found = (p for p in sorted(folder.rglob("*.py")) if p.name not in WRITTEN_BY_HAND)
    return {p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for p in found}


def test_there_are_notebooks():
    assert paths(), "nbs/ holds no notebook at all"


@pytest.mark.parametrize("path", paths(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_runs(path):
    passed, said = run(path)
    assert passed, f"{path.relative_to(ROOT)} failed:\n{said}"


def test_a_failing_notebook_fails_and_says_where(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.nbdev]\n")
    (tmp_path / "00_bad.ipynb").write_text(
        as_notebook("share = 12", "assert share > 20, 'the share is too small'")
    )
    passed, said = run(tmp_path / "00_bad.ipynb", tmp_path)
    assert not passed and "the share is too small" in said


def test_package_is_what_the_notebooks_export(tmp_path):
    "`make export` in a copy of the tree gives digitransform/ as it stands."
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "nbs", tmp_path / "nbs", ignore=shutil.ignore_patterns(".*"))
    environment = {k: v for k, v in os.environ.items() if k != "IN_TEST"}
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from nbdev.doclinks import nbdev_export; nbdev_export.__wrapped__()",
        ],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    fresh = exported(tmp_path / "digitransform")
    tree = exported(ROOT / "digitransform")
    assert sorted(tree) == sorted(fresh), (
        "digitransform/ holds a module that no notebook exports, or lacks one: run `make export`"
    )
    changed = [name for name in fresh if fresh[name] != tree[name]]
    assert not changed, (
        f"digitransform/ differs from what nbs/ exports in {', '.join(changed)}: edit the notebook,"
        " then run `make export`"
    )


CHAPTERS = [p for p in paths() if p.parent.name[0].isdigit()]
ESSAYS = [p for p in paths() if p not in CHAPTERS]


def outputs(path: Path) -> list[int]:
    "Numbers of the cells that hold outputs."
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [i for i, c in enumerate(cells) if c.get("outputs") or c.get("execution_count")]


@pytest.mark.parametrize("path", CHAPTERS + paths("reports"), ids=lambda p: p.name)
def test_a_chapter_is_committed_without_outputs(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert not outputs(path), f"cells {outputs(path)} hold outputs: run `make format`"
    assert all(c.get("id") for c in cells), f"{path.name} has cells without an id"


@pytest.mark.parametrize("path", ESSAYS, ids=lambda p: p.name)
def test_an_essay_is_committed_with_outputs(path):
    assert outputs(path), f"{path.name} shows nothing: run `make essays`"


@pytest.mark.parametrize("path", paths("reports"), ids=lambda p: p.name)
def test_template_declares_its_parameters_once(path):
    raw = json.loads(path.read_text(encoding="utf-8"))
    tagged = [c for c in raw["cells"] if "parameters" in c["metadata"].get("tags", [])]
    assert len(tagged) == 1, (
        f"{path.name} needs exactly one cell tagged `parameters`, and has {len(tagged)}"
    )


def test_readme_is_made_from_the_index():
    made = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "pages.py"), "-"],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert made.returncode == 0, made.stderr
    assert made.stdout == (ROOT / "README.md").read_text(encoding="utf-8"), (
        "README.md differs from nbs/index.ipynb: run `make export`"
    )


def mixed_imports(cells: list) -> list:
    """Numbers of example cells that both import and do something.

    Building the pages runs importing cells alone, without the cells before them.
    """
    found = []
    for i, cell in enumerate(cells):
        source = "".join(cell["source"])
        if cell["cell_type"] != "code" or source.startswith(
            ("#| export", "#| hide", "#|export", "#|hide")
        ):
            continue
        body = ast.parse(source).body
        imports = [n for n in body if isinstance(n, (ast.Import, ast.ImportFrom))]
        if imports and len(imports) < len(body):
            found.append(i)
    return found


@pytest.mark.parametrize("path", paths(), ids=lambda p: p.name)
def test_examples_import_in_a_cell_of_their_own(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert not mixed_imports(cells), (
        f"{path.name}: move the imports of cells {mixed_imports(cells)} to the hidden cell of"
        " imports at the top"
    )


def test_a_mixed_cell_is_noticed():
    assert mixed_imports(
        [dict(cell_type="code", source=["import json\n", "json.dumps(known)"])]
    ) == [0]
