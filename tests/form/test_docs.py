"""Docs that cannot lie: each path, notebook, command and setting that the texts name exists."""

import ast
import configparser
import functools
import importlib
import itertools
import json
import re
import shlex
import tomllib

import pytest
from notebooks import CHAPTERS, NOTEBOOKS, ROOT

TEXTS = [
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "settings.ini",
    "data/README.md",
    "benchmarks/README.md",
    "tests/README.md",
    "docs/index.md",
    "docs/first_steps.md",
    "docs/reference.md",
    "docs/about.md",
    "docs/citing.md",
    "docs/decisions.md",
    "docs/publishing.md",
    "docs/rap.md",
    "docs/vi.md",
]
TICKED = re.compile(r"`([^`\n]+)`")
SUFFIXES = "ipynb|py|md|csv|toml|json|ini|lock|yml|html|css|js|xml|typ|po|timer|service"
PATH = re.compile(rf"(?:[\w.…*<>-]+/)*[\w.*<>-]+\.(?:{SUFFIXES})|(?:[\w.-]+/)+")
# Written by a run, not kept in the repository.
MADE = (
    *("reports/", "docs/_build/", "en/", "vi/", "results/", "edition/", "notebooks/", "run.json"),
    "ro-crate-metadata.json",
)
PAGE = re.compile(r"(\d{4}-\d\d-\d\d/)?((vi|en)/)?[\w-]+\.html")  # a published page
NAMED_ELSEWHERE = {"dodo.py", "dvc.lock", ".docx"}  # files of libraries that decisions speak of
FORMER = {"information_date"}  # names that the changelog tells of


def commands() -> dict[str, set[str]]:
    "Each command of the command line with its options."
    from digitransform.publish.cli import command_line

    parser = command_line()
    (choices,) = [a.choices for a in parser._actions if hasattr(a, "choices") and a.choices]
    return {
        name: {o for action in sub._actions for o in action.option_strings}
        for name, sub in choices.items()
    }


def texts() -> dict[str, str]:
    found = {name: (ROOT / name).read_text(encoding="utf-8") for name in TEXTS}
    for note in NOTEBOOKS:
        prose = "\n\n".join(c.source for c in note.cells if c.prose)
        found[note.name] = prose
    return found


def exists(path: str, origin: str) -> bool:
    "Whether `path`, as a text at `origin` names it, is a file, a folder or a pattern of them."
    if path.startswith(MADE) or path in NAMED_ELSEWHERE or "<" in path or "…" in path:
        return True
    if PAGE.fullmatch(path) or path == "/":
        return True
    places = [ROOT, (ROOT / origin).parent]
    if any(next(iter(place.glob(path.rstrip("/"))), None) for place in places):
        return True
    folders = [ROOT / name for name in ("data", "digitransform", "nbs", "docs", "tests", ".github")]
    return any(next(iter(f.rglob(path.rstrip("/"))), None) for f in folders)


def wrong_paths(text: str, origin: str) -> list[str]:
    found = []
    for ticked in TICKED.findall(text):
        if PATH.fullmatch(ticked) and not exists(ticked, origin):
            found.append(ticked)
    return found


def wrong_commands(text: str) -> list[str]:
    "Command lines of ours, in ticks or in blocks of code, that the parser does not know."
    known = commands()
    lines = [t for t in TICKED.findall(text) if t.startswith("digitransform ")]
    blocks = re.findall(r"```(?:bash|sh|console)?\n(.*?)```", text, re.S)
    lines += [line for b in blocks for line in b.splitlines() if "digitransform " in line]
    lines = [line for line in lines if "--engine digitransform" not in line]
    found = []
    for line in lines:
        line = re.sub(r"^.*?(?=digitransform )", "", line.split("#")[0].strip())
        if re.match(r"digitransform\s+[-\w]+", line) and (reason := _unknown(line, known)):
            found.append(f"{line}: {reason}")
    return found


def _unknown(line: str, known: dict[str, set[str]]) -> str:
    words = shlex.split(line.replace("|", " "))
    if len(words) < 2 or words[1].startswith("-"):
        return ""
    if words[1] not in known:
        return f"there is no command {words[1]!r}"
    options = {w.split("=")[0] for w in words[2:] if w.startswith("--")}
    wrong = options - known[words[1]]
    return f"{words[1]} has no option {', '.join(sorted(wrong))}" if wrong else ""


def wrong_targets(text: str) -> list[str]:
    "`make` targets that the Makefile does not have."
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = re.findall(r"(?:`|^)make ([a-z-]+)", text, re.M)
    return [t for t in named if t not in targets]


ALL = texts()


@pytest.mark.parametrize("name", ALL)
def test_paths_that_a_text_names_exist(name):
    assert not wrong_paths(ALL[name], name)


@pytest.mark.parametrize("name", ALL)
def test_commands_that_a_text_names_exist(name):
    assert not wrong_commands(ALL[name])
    assert not wrong_targets(ALL[name])


@pytest.mark.parametrize("name", ALL)
def test_notebooks_that_a_text_names_exist(name):
    stems = {n.stem for n in NOTEBOOKS}
    named = [t for t in TICKED.findall(ALL[name]) if re.fullmatch(r"\d\d[a-z]?_[a-z_]+", t)]
    assert not [t for t in named if t not in stems]


def test_settings_are_named_as_they_are():
    "The settings of settings.ini are those that the package knows, each with a remark above it."
    from digitransform.publish.settings import PARSERS

    parser = configparser.ConfigParser(interpolation=None)
    text = (ROOT / "settings.ini").read_text(encoding="utf-8")
    parser.read_string(text)
    assert set(parser["collection"]) == set(PARSERS)
    for key in PARSERS:
        above = text[: text.index(f"\n{key} =")].splitlines()[-1]
        assert above.startswith("#"), f"settings.ini does not explain {key}"


@pytest.mark.parametrize("pair", list(itertools.pairwise(CHAPTERS)), ids=lambda pair: pair[0].name)
def test_the_last_line_names_the_next_notebook(pair):
    chapter, following = pair
    (last, *_) = [c.source for c in reversed(chapter.cells) if c.prose]
    line = last.strip().splitlines()[-1]
    assert f"`{following.stem}`" in line, f"{chapter.name} should end by naming {following.stem}"


def test_entry_points_and_extras_are_as_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for extra in re.findall(r"digitransform\[([\w,]+)\]", ALL["README.md"]):
        assert set(extra.split(",")) <= set(project["optional-dependencies"])


def test_images_of_the_readme_are_there():
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", ALL["README.md"])
    assert len(pictures) >= 2
    assert all((ROOT / p).is_file() for p in pictures)


# The checks themselves.


def test_a_wrong_path_a_wrong_command_and_a_wrong_target_are_noticed():
    assert wrong_paths("see `docs/nowhere.md` and `data/README.md`", "README.md")
    assert wrong_paths("see `nbs/52_report.ipynb`", "README.md")
    assert not wrong_paths("see `data/targets.csv`", "README.md")
    assert wrong_commands("`digitransform forcast --draws 500`")
    assert wrong_commands("```\ndigitransform publish --colour red\n```")
    assert not wrong_commands("`digitransform publish --date newest`")
    assert wrong_targets("run `make clean-notebooks`")


def test_committed_essays_are_valid_notebooks():
    for note in NOTEBOOKS:
        raw = json.loads((ROOT / note.name).read_text(encoding="utf-8"))
        assert raw["nbformat"] == 4 and raw["nbformat_minor"] >= 5, note.name


def test_both_front_pages_lead_to_the_same_doors():
    "In English and in Vietnamese; and the index of names leads to pages that are there."
    doors = {
        name: set(re.findall(r"\]\(([\w/]+)\)", (ROOT / "docs" / name).read_text(encoding="utf-8")))
        for name in ("index.md", "vi.md")
    }
    assert doors["index.md"] - {"vi"} == doors["vi.md"] - {"index"} and len(doors["vi.md"]) > 8
    for door in doors["vi.md"] | doors["index.md"]:
        inside = door.removeprefix("chapters/")
        found = ROOT / "nbs" / f"{inside}.ipynb" if inside != door else ROOT / "docs" / f"{door}.md"
        assert found.is_file() or door == "names", door


@pytest.fixture
def pages(monkeypatch):
    "The module that writes the pages."
    monkeypatch.syspath_prepend(str(ROOT / "docs"))
    return importlib.import_module("pages")


def below(text: str) -> list[str]:
    "What the tables of contents of a page lead to."
    found = []
    for block in re.findall(r"```\{toctree\}\n(.*?)```", text, re.S):
        lines = [line for line in block.splitlines() if line and not line.startswith(":")]
        found += [re.sub(r".*<(.+)>", r"\1", line) for line in lines]
    return found


def test_the_header_leads_to_all_pages_without_hiding_any(pages):
    "Six pages in the header; each part has its chapters below it, and no page lies outside."
    header = below((ROOT / "docs" / "index.md").read_text(encoding="utf-8"))
    assert len(header) <= 7, "the header shows seven, and puts the others behind a button"
    parts = below(pages.index_of_parts())
    assert parts == [f"{n.parent.name}/index" for n in first_chapters()]
    chapters = {f"{p.split('/')[0]}/{c}" for p in parts for c in below(chapters_of(pages, p))}
    assert chapters == {f"{p.parent.name}/{p.stem}" for p in ROOT.glob("nbs/[0-9]_*/*.ipynb")}
    texts = {p.stem: p.read_text(encoding="utf-8") for p in (ROOT / "docs").glob("*.md")}
    led_to = {door for text in texts.values() for door in below(text)} | {"index", "names"}
    assert set(texts) <= led_to, "a page that nothing leads to"
    tasks = {f"chapters/tutorials/{p.stem}" for p in ROOT.glob("nbs/tutorials/*.ipynb")}
    assert tasks <= led_to


def first_chapters():
    return sorted(ROOT.glob("nbs/[0-9]_*/01_*.ipynb"))


def chapters_of(pages, part: str) -> str:
    return pages.index_of_part(part.removesuffix("/index"))


def test_the_first_steps_take_their_part_of_the_readme():
    steps = (ROOT / "docs" / "first_steps.md").read_text(encoding="utf-8")
    marks = re.findall(r"^:(?:start-after|end-before): \"?([^\"\n]+)", steps, re.M)
    begin, end = (ALL["README.md"].index(mark) for mark in marks)
    taken = ALL["README.md"][begin:end]
    assert "pip install" in taken and "## The first hour" in taken


def test_a_function_is_shown_with_its_import_and_its_titles_are_no_headings(pages):
    "The list of contents of a page names what it is about, not Parameters and Returns."
    import definitions

    found = {d.name: definitions.documentation(d) for d in definitions.all_definitions()}
    shown = found["read_panel"]
    assert "from digitransform.data.panels import read_panel" in shown
    assert "the same as dt.read_panel" in shown
    assert "**Parameters**" in shown and "def read_panel(" in shown
    assert "`.quantiles(" in found["Forecast"], "methods of a class"
    headings = {n: re.findall(r"^#+ .*|^.+\n-{3,}$", text, re.M) for n, text in found.items()}
    assert not {n: h for n, h in headings.items() if h != [f"### {n}"]}


def test_what_pages_say_of_signatures_and_short_names_is_python(pages):
    import definitions

    import digitransform as dt

    for found in definitions.all_definitions():
        code = re.search(r"```python\n(.*?)```", definitions.documentation(found), re.S)[1]
        ast.parse(code)
    for full, short in definitions.offered().items():
        assert functools.reduce(getattr, short.split(".")[1:], dt) is not None, f"{short}: {full}"


def test_a_long_signature_has_a_line_for_each_argument(pages):
    import definitions

    result = " -> dict[str, list[tuple[int, int]]]:"
    long = f"def f(a: dict[str, int], *, b: tuple[int, ...] = (1, 2)){result}"
    lines = ["a: dict[str, int],", "*,", "b: tuple[int, ...] = (1, 2),"]
    wanted = ["def f(", *(f"    {line}" for line in lines), f"){result}"]
    assert definitions.broken(long) == "\n".join(wanted)
    assert definitions.broken("def f(a):") == "def f(a):"


def test_prose_links_names_but_not_code(pages):
    anchors = {"attain": "function-policy.attainment.attain"}
    text = "# `attain`\n\nSee `attain`.\n```\n`attain`\n```\n"
    assert pages.linked(text, anchors) == text.replace(
        "See `attain`", "See [`attain`](#function-policy.attainment.attain)"
    )
    outside = pages.linked("[the template](../../reports/unit.ipynb)", {})
    assert outside == "the template (`reports/unit.ipynb`)"


def test_the_index_of_names_links_the_page_of_each_module(pages):
    rows = pages.index_of_names().splitlines()[4:]
    linked = [re.search(r"\]\(chapters/([\w/]+\.ipynb)\)", row) for row in rows]
    assert len(rows) > 300 and all(linked)
    assert all((ROOT / "nbs" / found[1]).is_file() for found in linked)
