"""Parts are folders and sub-packages; a notebook imports only from earlier parts and notebooks."""

import ast

import pytest
from notebooks import CHAPTERS, NOTEBOOKS, ROOT, Notebook, notebook

PACKAGE = "digitransform"
PARTS = [
    "core",
    "data",
    "measurement",
    "models",
    "evaluation",
    "policy",
    "edition",
    "report",
    "publish",
]
# Three buildings that meet at the tables of an edition: what these two parts may see.
SEES = {"report": {"core", "edition"}, "publish": {"core", "edition", "report"}}
FORBIDDEN = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}


def imported(tree: ast.AST):
    """Each module of the package that a piece of code names, and the line.

    '.' for a relative import.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield ".", node.lineno
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == PACKAGE:
            yield from ((name, node.lineno) for name in _from(node))
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith(PACKAGE + "."):
                    yield alias.name.removeprefix(PACKAGE + "."), node.lineno
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            for a in node.args:
                if isinstance(a, ast.Constant) and str(a.value).startswith(PACKAGE + "."):
                    yield a.value.removeprefix(PACKAGE + "."), node.lineno


def _from(node: ast.ImportFrom) -> list[str]:
    "Modules named by `from digitransform… import …`; a name that is a part is one."
    below = node.module.removeprefix(PACKAGE).removeprefix(".")
    if below:
        return [below]
    return [alias.name for alias in node.names if alias.name in PARTS]


def breaches(chapter: Notebook, chapters: list[Notebook]) -> list[str]:
    "What `chapter` imports that does not come before it; its examples may name its own module."
    places = {c.module: c.place for c in chapters if c.module}
    found = []
    for i, cell in enumerate(chapter.cells):
        for module, line in imported(cell.tree):
            if module == chapter.module and not cell.exported:
                continue
            if reason := _wrong(chapter, module, places):
                found.append(f"{chapter.name}, cell {i}, line {line}: {reason}")
    return found


def _wrong(chapter: Notebook, module: str, places: dict) -> str:
    "Why `chapter` may not import `module`; '' if it may."
    if module == ".":
        return f"a relative import; write `from {PACKAGE}.<part>.<module> import <name>`"
    part = module.split(".")[0]
    if part in PARTS and module == part:  # names that a part offers
        place = (PARTS.index(part) + 1, 0)
    elif module in places:
        place = places[module]
    else:
        return f"no notebook exports the module {PACKAGE}.{module}"
    if part != chapter.part and part not in SEES.get(chapter.part, PARTS):
        allowed = ", ".join(sorted(SEES[chapter.part]))
        return f"part {chapter.part} sees only {allowed}, not {part}"
    if not place < chapter.place or (module == part and part == chapter.part):
        own = next((name for name, at in places.items() if at == chapter.place), chapter.part)
        return f"{module} does not come before {own}; import only from a smaller number"
    return ""


def misnamed(chapter: Notebook) -> list[str]:
    found = []
    name = chapter.stem.split("_", 1)[-1]
    if name in FORBIDDEN:
        found.append(f"{chapter.name}: {name} says nothing about what it owns; name the idea")
    if chapter.exports and chapter.module != f"{chapter.part}.{name}":
        found.append(f"{chapter.name} exports to {chapter.module}, not {chapter.part}.{name}")
    return found


def test_the_nine_parts_are_there_in_order():
    found = sorted({c.place[0]: c.part for c in CHAPTERS}.items())
    assert found == list(enumerate(PARTS, 1))
    assert all((ROOT / PACKAGE / part / "__init__.py").is_file() for part in PARTS)


def test_no_two_notebooks_share_a_place_or_a_module():
    places = [c.place for c in CHAPTERS]
    modules = [c.module for c in CHAPTERS if c.exports]
    assert len(set(places)) == len(places), f"two notebooks share a number: {sorted(places)}"
    assert len(set(modules)) == len(modules), f"two notebooks export to one: {sorted(modules)}"


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.name)
def test_imports_come_from_smaller_numbers(chapter):
    found = breaches(chapter, CHAPTERS)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.name)
def test_modules_are_named_after_their_duty(chapter):
    found = misnamed(chapter)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("note", [n for n in NOTEBOOKS if not n.place], ids=lambda n: n.name)
def test_essays_without_a_number_export_nothing(note):
    assert not note.exports, f"{note.name} exports code: give it a number, or drop the #| export"


# The checks themselves, run on houses that are built wrong.

GEOGRAPHY = notebook("nbs/2_data/01_geography.ipynb", "#| default_exp data.geography")
MODEL = notebook("nbs/4_models/01_forecast.ipynb", "#| default_exp models.forecast")
PAGE = notebook("nbs/8_report/05_page.ipynb", "#| default_exp report.page")


@pytest.mark.parametrize(
    "code, said",
    [
        ("from digitransform.report.page import html", "import only from a smaller number"),
        ("import digitransform.report.page", "import only from a smaller number"),
        ("from digitransform import report", "import only from a smaller number"),
        ("from digitransform.report import page", "import only from a smaller number"),
        ("def late():\n    from digitransform.report.page import html", "from a smaller number"),
        ("import importlib\nr = importlib.import_module('digitransform.report.page')", "smaller"),
        ("from .geography import units", "a relative import"),
        ("from . import geography", "a relative import"),
        ("from digitransform.nowhere import x", "no notebook exports"),
        ("from digitransform.models.contract import fit", "import only from a smaller number"),
    ],
)
def test_a_bad_import_is_reported(code, said):
    chapter = notebook(
        "nbs/4_models/04_contract.ipynb", "#| default_exp models.contract", f"#| export\n{code}"
    )
    found = breaches(chapter, [GEOGRAPHY, MODEL, chapter, PAGE])
    assert len(found) == 1 and said in found[0]
    assert "nbs/4_models/04_contract.ipynb, cell 1" in found[0]


def test_a_page_that_looks_into_the_models_is_reported():
    page = notebook(
        "nbs/8_report/06_site.ipynb",
        "#| default_exp report.site",
        "#| export\nfrom digitransform.models.forecast import Forecast",
    )
    (found,) = breaches(page, [MODEL, PAGE, page])
    assert "sees only core, edition" in found


def test_an_import_from_before_is_not_reported():
    chapter = notebook(
        "nbs/4_models/02_scales.ipynb",
        "#| default_exp models.scales",
        "#| export\nfrom digitransform.models.forecast import Forecast\n"
        "from digitransform.data.geography import units",
    )
    assert not breaches(chapter, [GEOGRAPHY, MODEL, chapter])


@pytest.mark.parametrize("name", ["utils", "helpers", "common"])
def test_a_drawer_for_everything_is_reported(name):
    assert misnamed(notebook(f"nbs/1_core/03_{name}.ipynb", f"#| default_exp core.{name}"))
