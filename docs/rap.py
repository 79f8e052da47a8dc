"""Assesses this repository as a reproducible analytical pipeline (RAP), by looking at it.

`python docs/rap.py` writes docs/rap.md. The levels are those of the RAP community of the National
Health Service of England. Each claim is a function that looks for its evidence and says what it
found; a claim without evidence is written down as not met.
"""

import ast
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "rap.md"
LEVELS = "https://nhsdigital.github.io/rap-community-of-practice/introduction_to_RAP/levels_of_RAP/"


class Claim(NamedTuple):
    "A requirement of a level, and how its evidence is looked for."

    level: str
    requirement: str
    look: Callable[[Path], str]


class Missing(Exception):
    "Evidence that is not there; the message says what."


def text(root: Path, path: str) -> str:
    "The text of a file. Raises `Missing` without it."
    try:
        return (root / path).read_text(encoding="utf-8")
    except OSError:
        raise Missing(f"there is no file {path}") from None


def needs(found: bool, what: str) -> None:
    "Raises `Missing` when something was not found."
    if not found:
        raise Missing(what)


def holds(root: Path, path: str, pattern: str, what: str) -> str:
    "The text of a file in which a pattern is found. Raises `Missing` without it."
    found = text(root, path)
    needs(re.search(pattern, found, re.M) is not None, f"`{path}` {what}")
    return found


def test_named(root: Path, path: str, name: str) -> None:
    "Raises `Missing` when a test is not there."
    tests = [node.name for node in ast.parse(text(root, path)).body if hasattr(node, "name")]
    needs(name in tests, f"`{path}` has no test `{name}`")


# Baseline


def open_source(root: Path) -> str:
    project = tomllib.loads(text(root, "pyproject.toml"))["project"]
    books = [*root.glob("data/**/*.xls*"), *root.glob("nbs/**/*.xls*")]
    needs(not books, f"{len(books)} workbooks stand among the sources")
    return f"Python {project['requires-python']}; no workbook is part of the work"


def version_control(root: Path) -> str:
    text(root, ".gitignore")
    text(root, ".gitattributes")
    return "git, with rules for notebooks in `.gitattributes`"


def readme(root: Path) -> str:
    holds(root, "README.md", "^make report", "does not say how to run it")
    holds(root, "README.md", "^pip install", "does not say how to install it")
    text(root, "tests/form/test_docs.py")
    return "`README.md`, made from a notebook; `tests/form/test_docs.py` looks its commands up"


def peer_review(root: Path) -> str:
    review = text(root, "docs/peer_review.md")
    reviewer = re.search(r"^Reviewer: *(\S.*)$", review, re.M)
    needs(reviewer is not None, "docs/peer_review.md names no reviewer")
    return f"`docs/peer_review.md`, by {reviewer[1]}"


def in_the_open(root: Path) -> str:
    text(root, "LICENSE")
    project = tomllib.loads(text(root, "pyproject.toml"))["project"]
    licence = project["license"]
    address = project.get("urls", {}).get("Repository", "")
    needs(bool(address), f"the licence is {licence}, but `pyproject.toml` names no repository")
    return f"{licence}, at {address}"


# Silver


def few_steps(root: Path) -> str:
    holds(root, "Makefile", "^report:", "has no target `report`")
    return (
        "`make report` sets up, estimates and publishes; the command `update` asks for new figures"
    )


def documented(root: Path) -> str:
    holds(root, ".github/workflows/docs.yml", "make docs", "does not build the pages")
    for path in ("docs/decisions.md", "docs/data_dictionary.md", "docs/glossary.md"):
        text(root, path)
    return (
        "source notebooks are the pages of `make docs`; `docs/decisions.md` says why, "
        "`docs/data_dictionary.md` what each column means"
    )


def organised(root: Path) -> str:
    test_named(root, "tests/form/test_parts.py", "test_imports_come_from_smaller_numbers")
    parts = sorted(path.name for path in (root / "nbs").glob("[0-9]_*"))
    return (
        f"{len(parts)} numbered parts; `tests/form/test_parts.py` refuses imports from later ones"
    )


def standards(root: Path) -> str:
    holds(root, "pyproject.toml", r"^\[tool\.ruff\.lint\]", "sets no rules of style")
    text(root, "tests/form/test_format.py")
    text(root, "tests/form/test_types.py")
    return "ruff and mypy, as tests: `tests/form/test_format.py`, `tests/form/test_types.py`"


def tested(root: Path) -> str:
    folders = sorted(p.parent.name for p in root.glob("tests/*/test_*.py"))
    needs(len(folders) > 20, "there are few files of tests")
    test_named(root, "tests/form/test_notebooks.py", "test_runs")
    return f"tests for {len(set(folders))} parts; every source notebook is run with its asserts"


def dependencies(root: Path) -> str:
    lock = holds(root, "requirements.lock", "--hash=sha256:", "holds no hashes")
    pins = re.findall(r"^[\w.-]+==", lock, re.M)
    needs(len(pins) > 50, "`requirements.lock` pins few packages")
    return "`requirements.lock`: every version with its hashes"


def logs(root: Path) -> str:
    holds(root, "nbs/9_publish/07_run.ipynb", r"run\.json", "writes no record of a run")
    return "`run.json` beside each publication: what was made, how long it took, what failed"


def tidy(root: Path) -> str:
    package = json.loads(text(root, "data/datapackage.json"))
    loose = [r["path"] for r in package["resources"] if not r["schema"].get("primaryKey")]
    needs(not loose, f"tables without a key: {', '.join(loose)}")
    return "tidy CSV, each table with types, bounds and a key in `data/datapackage.json`"


# Gold


def packaged(root: Path) -> str:
    text(root, "setup.py")
    text(root, "tests/form/test_wheel.py")
    return "a wheel with data and templates, built and used by `tests/form/test_wheel.py`"


def continuous(root: Path) -> str:
    holds(root, ".github/workflows/ci.yml", r"^  push:", "does not run on a push")
    holds(root, ".ci/run", "make.* test|pytest", "does not run the tests")
    return "`.github/workflows/ci.yml`: all tests on each push, on every Python promised"


def triggered(root: Path) -> str:
    holds(root, ".github/workflows/publish.yml", r"data/\*\*", "does not watch the data")
    monthly = holds(root, ".github/workflows/monthly.yml", "^  schedule:", "has no schedule")
    needs("workflows/publish.yml" in monthly, "`.github/workflows/monthly.yml` publishes nothing")
    return (
        "`.github/workflows/publish.yml` when data, code or settings change, "
        "`.github/workflows/monthly.yml` once a month"
    )


def signposted(root: Path) -> str:
    holds(root, "CHANGELOG.md", "^## ", "lists no changes")
    holds(root, ".github/workflows/release.yml", "tags:|release:", "makes no releases")
    return (
        "`CHANGELOG.md` in readers' words; releases by `.github/workflows/release.yml`; "
        "each edition has a page of changes"
    )


def reproduced(root: Path) -> str:
    text(root, "nbs/9_publish/08_verify.ipynb")
    text(root, "tests/publish/test_determinism.py")
    return (
        "the command `verify` computes an old edition again and compares all bytes; "
        "each download is an RO-Crate"
    )


CLAIMS = (
    Claim("Baseline", "Data are produced by code in an open-source language", open_source),
    Claim("Baseline", "Code is version controlled", version_control),
    Claim("Baseline", "A README says how to run it", readme),
    Claim("Baseline", "Code has been peer reviewed", peer_review),
    Claim("Baseline", "Code is published in the open", in_the_open),
    Claim("Silver", "Outputs are produced with few manual steps", few_steps),
    Claim("Silver", "Code is documented", documented),
    Claim("Silver", "Code is well organised", organised),
    Claim("Silver", "Code follows standards of style", standards),
    Claim("Silver", "There is a framework of tests", tested),
    Claim("Silver", "Dependencies are stated", dependencies),
    Claim("Silver", "Runs are logged", logs),
    Claim("Silver", "Data are tidy", tidy),
    Claim("Gold", "Code is a package", packaged),
    Claim("Gold", "Tests run by themselves", continuous),
    Claim("Gold", "The process runs by itself, by event or schedule", triggered),
    Claim("Gold", "Changes are signposted, releases versioned", signposted),
    Claim("Beyond", "An old publication comes out the same again", reproduced),
)


def assess(root: Path = ROOT) -> Iterator[tuple[Claim, bool, str]]:
    "Each claim, whether it is met, and the evidence or what is missing."
    for claim in CLAIMS:
        try:
            yield claim, True, claim.look(root)
        except Missing as missing:
            yield claim, False, str(missing)


def page(root: Path = ROOT) -> str:
    "The assessment as Markdown."
    rows = list(assess(root))
    met = sum(yes for _, yes, _ in rows)
    lines = [
        "# A reproducible analytical pipeline?",
        "",
        "<!-- Written by `python docs/rap.py`; a test compares it with what that finds. -->",
        "",
        "The repository against the levels of RAP of the National Health Service of England "
        f"([levels]({LEVELS})).",
        "Nobody filled this in: a program looks for the evidence of each claim.",
        "A claim without evidence is not met.",
        f"Met: {met} of {len(rows)}.",
        "",
        "| level | requirement | met | evidence, or what is missing |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {c.level} | {c.requirement} | {'yes' if yes else '**no**'} | {said} |"
        for c, yes, said in rows
    ]
    lines += [
        "",
        "A level counts as reached when all its requirements and those before are met.",
        "What only people can give stays open until they do: a review by somebody outside, in a "
        "file *peer_review.md* beside this page with a line *Reviewer: name*, and an address at "
        "which the repository is public.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
