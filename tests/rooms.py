"""A source notebook as the tests see it: its number, its module, its cells. Nothing is executed here."""

from __future__ import annotations

import ast
import json
import re
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

    @property
    def lines(self) -> int:
        "Lines of code: neither blank nor a directive."
        return sum(
            bool(line.strip()) and not DIRECTIVE.match(line) for line in self.source.splitlines()
        )

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(MAGIC.sub("pass", self.source) if self.kind == "code" else "")

    def public(self) -> list[str]:
        "Names this cell adds to the package for others to use; a method added by `@patch` counts."
        if not {"export", "exports"} & self.directives.keys():
            return []
        names = []
        for node in self.tree.body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                names.append(node.name)
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names += [
                    n.id
                    for t in targets
                    for n in ast.walk(t)
                    if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
                ]
        return [name for name in names if not name.startswith("_")]

    def used(self) -> set[str]:
        "Every name and attribute this cell reads."
        nodes = list(ast.walk(self.tree))
        return {n.id for n in nodes if isinstance(n, ast.Name)} | {
            n.attr for n in nodes if isinstance(n, ast.Attribute)
        }


@dataclass(frozen=True)
class Notebook:
    name: str
    cells: tuple[Cell, ...]
    metadata: dict

    @property
    def number(self) -> str | None:
        "The floor and the room, '21' of 04_contract; a notebook without one exports nothing."
        found = re.match(r"(\d\d[a-z]?)_", Path(self.name).name)
        return found[1] if found else None

    @property
    def module(self) -> str | None:
        found = [
            c.directives["default_exp"].strip() for c in self.cells if "default_exp" in c.directives
        ]
        return found[0] if found else self.metadata.get("nbdev", {}).get("default_exp")

    @property
    def exports(self) -> bool:
        return any(c.exported for c in self.cells)


def notebook(name: str, *cells: str, metadata: dict | None = None) -> Notebook:
    "A notebook written out in a test: a cell that begins with `md:` is prose."
    made = [
        Cell("markdown", c[3:].strip()) if c.startswith("md:") else Cell("code", c) for c in cells
    ]
    return Notebook(name, tuple(made), metadata or {})


def read(path: Path) -> Notebook:
    raw = json.loads(path.read_text(encoding="utf-8"))
    cells = tuple(Cell(c["cell_type"], "".join(c["source"])) for c in raw["cells"])
    return Notebook(path.relative_to(ROOT).as_posix(), cells, raw.get("metadata", {}))


def paths(folder: str = "nbs") -> list[Path]:
    "The notebooks of a folder that count: not Jupyter's checkpoints, nor what nbdev leaves alone."
    found = sorted(
        (ROOT / folder).rglob("*.ipynb") if folder == "nbs" else (ROOT / folder).glob("*.ipynb")
    )  # editions below reports/ are no source
    return [
        p
        for p in found
        if not any(part.startswith((".", "_")) for part in p.relative_to(ROOT).parts)
    ]


SOURCES = [read(p) for p in paths()]
ROOMS = [n for n in SOURCES if n.number]
