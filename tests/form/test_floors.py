"""The number is the architecture: a notebook imports only from rooms of a lower number."""

import ast

import pytest
from rooms import ROOMS, SOURCES, Notebook, notebook

PACKAGE = "digitransform"
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}


def imported(tree: ast.AST):
    "The package's own modules that a piece of code names, and the line of each; `.` stands for a relative import."
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield ".", node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE + "."):
            yield node.module.split(".")[1], node.lineno
        elif isinstance(node, ast.Import):
            yield from (
                (a.name.split(".")[1], node.lineno)
                for a in node.names
                if a.name.startswith(PACKAGE + ".")
            )
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == PACKAGE
        ):
            if not node.attr.startswith("__"):
                yield node.attr, node.lineno
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("import_module", "__import__")
        ):
            names = [
                a.value
                for a in node.args
                if isinstance(a, ast.Constant) and isinstance(a.value, str)
            ]
            yield from (
                (name.split(".")[1], node.lineno)
                for name in names
                if name.startswith(PACKAGE + ".")
            )


def breaches(room: Notebook, rooms: list[Notebook]) -> list[str]:
    "What `room` imports that does not stand below it; its own examples may of course name its own module."
    number = {r.module: r.number for r in rooms if r.module}
    found = []
    for i, cell in enumerate(room.cells):
        for module, line in imported(cell.tree):
            where = f"{room.name}, cell {i}, line {line}"
            if module == room.module and not cell.exported:
                continue
            if module == ".":
                found.append(
                    f"{where}: a relative import; write `from {PACKAGE}.<module> import <name>`"
                )
            elif module not in number:
                found.append(f"{where}: no notebook exports the module {PACKAGE}.{module}")
            elif not number[module] < room.number:
                found.append(
                    f"{where}: room {room.number} imports {module}, which is room {number[module]}; import only from a lower number"
                )
    return found


def misnamed(room: Notebook) -> list[str]:
    found = []
    stem = room.name.rsplit("/", 1)[-1].removesuffix(".ipynb").split("_", 1)[-1]
    if room.module in FORBIDDEN or stem in FORBIDDEN:
        found.append(
            f"{room.name}: {room.module or stem} says nothing about what it owns; name the idea"
        )
    if room.exports and room.module != stem:
        found.append(
            f"{room.name}: exports to {room.module}; a notebook NN_{room.module or 'name'} carries its module's name"
        )
    return found


def test_there_are_rooms():
    assert ROOMS, "nbs/ holds no source notebook of the form NN_name.ipynb"


def test_one_room_one_number_one_module():
    numbers = [r.number for r in ROOMS]
    modules = [r.module for r in ROOMS if r.exports]
    assert len(set(numbers)) == len(numbers), f"two notebooks share a number: {sorted(numbers)}"
    assert len(set(modules)) == len(modules), (
        f"two notebooks export to one module: {sorted(map(str, modules))}"
    )


@pytest.mark.parametrize("room", ROOMS, ids=lambda r: r.name)
def test_imports_come_from_below(room):
    found = breaches(room, ROOMS)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("room", ROOMS, ids=lambda r: r.name)
def test_modules_are_named_after_an_idea(room):
    found = misnamed(room)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("note", [s for s in SOURCES if not s.number], ids=lambda s: s.name)
def test_essays_without_a_number_export_nothing(note):
    assert not note.exports, f"{note.name} exports code: give it a number, or drop the #| export"


# The checks themselves, run on houses that are built wrong.

GROUND = notebook(
    "nbs/00_geography.ipynb", "#| default_exp geography", "#| export\ndef units(): ..."
)
TOP = notebook("nbs/03_view.ipynb", "#| default_exp report", "#| export\ndef page(): ...")


@pytest.mark.parametrize(
    "code, said",
    [
        ("from digitransform.report.view import page", "import only from a lower number"),
        ("import digitransform.report.view", "import only from a lower number"),
        ("from digitransform import report", "import only from a lower number"),
        (
            "def late():\n    from digitransform.report.view import page\n    return page",
            "import only from a lower number",
        ),
        (
            "import digitransform\ndef late(): return digitransform.report.page()",
            "import only from a lower number",
        ),
        (
            "import importlib\nr = importlib.import_module('digitransform.report.view')",
            "import only from a lower number",
        ),
        ("from .geography import units", "a relative import"),
        ("from . import geography", "a relative import"),
        ("from digitransform.nowhere import x", "no notebook exports"),
        ("from digitransform.models.contract import fit", "import only from a lower number"),
    ],
)
def test_a_bad_import_is_reported(code, said):
    room = notebook("nbs/04_contract.ipynb", "#| default_exp model", f"#| export\n{code}")
    found = breaches(room, [GROUND, room, TOP])
    assert len(found) == 1 and said in found[0] and "nbs/04_contract.ipynb, cell 1" in found[0]


def test_a_sideways_import_is_reported_and_a_downward_one_is_not():
    twin = notebook("nbs/04_contract.ipynb", "#| default_exp model", "#| export\ndef fit(): ...")
    room = notebook(
        "nbs/21_other.ipynb",
        "#| default_exp other",
        "#| export\nfrom digitransform.models.contract import fit\nfrom digitransform.data.geography import units",
    )
    assert len(breaches(room, [GROUND, twin, room])) == 1


@pytest.mark.parametrize("name", ["utils", "helpers", "common"])
def test_a_drawer_for_everything_is_reported(name):
    assert misnamed(notebook(f"nbs/03_{name}.ipynb", f"#| default_exp {name}", "#| export\nx = 1"))
