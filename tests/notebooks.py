"""A source notebook as the tests see it.

Its part, its place in the reading order, its module, its cells.

Nothing is executed here.
"""

from __future__ import annotations

import ast
import gc
import json
import multiprocessing
import os
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIRECTIVE = re.compile(r"^#\s*\|\s*(\w+)[ \t:]*(.*)$", re.M)
MAGIC = re.compile(r"^[%!].*$", re.M)


@dataclass(frozen=True)
class Cell:
    kind: str
    source: str

    @cached_property
    def directives(self) -> dict[str, str]:
        "nbdev's `#| name value` lines; a cell of prose has none."
        return dict(DIRECTIVE.findall(self.source)) if self.kind == "code" else {}

    @property
    def prose(self) -> bool:
        return self.kind == "markdown"

    @property
    def exported(self) -> bool:
        return not {"export", "exports", "exporti"}.isdisjoint(self.directives)

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(MAGIC.sub("pass", self.source) if self.kind == "code" else "")


@dataclass(frozen=True)
class Notebook:
    name: str
    cells: tuple[Cell, ...]
    metadata: dict

    @property
    def stem(self) -> str:
        return Path(self.name).stem

    @property
    def place(self) -> tuple[int, int] | None:
        "Number of the part and of the notebook in it: (4, 1) of nbs/4_models/01_forecast.ipynb."
        found = re.fullmatch(r"nbs/(\d+)_\w+/(\d+)_\w+\.ipynb", self.name)
        return (int(found[1]), int(found[2])) if found else None

    @property
    def part(self) -> str | None:
        "The part's name: models of nbs/4_models/01_forecast.ipynb."
        found = re.fullmatch(r"nbs/\d+_(\w+)/[^/]+", self.name)
        return found[1] if found else None

    @property
    def module(self) -> str | None:
        "The module the notebook exports to, below the package: models.forecast."
        found = [c.directives["default_exp"] for c in self.cells if "default_exp" in c.directives]
        return found[0].strip() if found else None

    @property
    def exports(self) -> bool:
        return any(c.exported for c in self.cells)


def notebook(name: str, *cells: str) -> Notebook:
    "A notebook written out in a test: a cell that begins with `md:` is prose."
    kinds = [("markdown", c[3:].strip()) if c.startswith("md:") else ("code", c) for c in cells]
    return Notebook(name, tuple(Cell(*kind) for kind in kinds), {})


def read(path: Path) -> Notebook:
    raw = json.loads(path.read_text(encoding="utf-8"))
    cells = tuple(Cell(c["cell_type"], "".join(c["source"])) for c in raw["cells"])
    return Notebook(path.relative_to(ROOT).as_posix(), cells, raw.get("metadata", {}))


def paths(folder: str = "nbs") -> list[Path]:
    "The notebooks of a folder that count: no checkpoints, and no editions below reports/."
    top = ROOT / folder
    found = sorted(top.rglob("*.ipynb") if folder == "nbs" else top.glob("*.ipynb"))
    parts = {p: p.relative_to(ROOT).parts for p in found}
    return [p for p in found if not any(part.startswith((".", "_")) for part in parts[p])]


NOTEBOOKS = [read(p) for p in paths()]
CHAPTERS = sorted((n for n in NOTEBOOKS if n.place), key=lambda n: n.place)


# Running one: loading the libraries takes longer than most notebooks run, so they are loaded once,
# in a process from which one is forked for each notebook. Nothing of ours is loaded there.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "nbdev.test",
        "fastcore.test",
        "pandas",
        "pyarrow.parquet",
        "scipy.linalg",
        "scipy.optimize",
        "scipy.stats",
        "statsmodels.tsa.api",
        "matplotlib.pyplot",
        "pandera.pandas",
        "nbformat",
        "jinja2",
        "lxml.html",
        "babel.numbers",
    ]
)


def run_notebook(path: Path, root: Path, said: str) -> None:
    """What a forked process does: run a notebook, and write what it says to the file `said`.

    It stands in the notebook's folder, sees no module of the tests, and ends with 0 if all is well.
    """
    from nbdev.test import test_nb

    os.dup2(os.open(said, os.O_WRONLY), 1)
    os.dup2(1, 2)
    os.chdir(path.parent)
    tests = str(ROOT / "tests")
    sys.path[:] = ["", *(p for p in sys.path if p and not p.startswith(tests))]
    sys.argv[:] = ["-c"]
    gc.set_threshold(50_000, 20, 50)  # as in conftest.py
    passed, _ = test_nb(str(path), skip_flags=["notest"], basepath=str(root), profile=False)
    sys.exit(not passed)
