"""A source notebook is an essay: short exported cells among prose and examples. Here is what that means in numbers."""
import re
from collections.abc import Iterator
from itertools import groupby
from statistics import median

import pytest
from rooms import ROOMS, SOURCES, Notebook, notebook, paths, read

MEDIAN_LINES, LONGEST_CELL, IN_A_ROW, EXPORTED_LINES, CELLS = 10, 40, 2, 300, 70
PROSE_CELLS, WORDS_PER_LINE = 0.25, 2

# A path that only one machine has; the address of a page and the closing tag of HTML are none.
ABSOLUTE = re.compile(r"""(?<![\w./:<-])(?:~/|/(?:home|Users|root|tmp|var|opt|usr|etc|mnt|srv|work|workspace|content|private|data)/|[A-Za-z]:\\\\?[A-Za-z])""")


def words(nb: Notebook) -> int:
    return sum(len(c.source.split()) for c in nb.cells if c.prose)


def exported(nb: Notebook) -> list[int]:
    return [c.lines for c in nb.cells if c.exported]


def title(nb: Notebook) -> Iterator[str]:
    first = nb.cells[0].source.strip() if nb.cells and nb.cells[0].prose else ""
    lines = [line.strip() for line in first.splitlines() if line.strip()]
    if not lines or not re.match(r"# \S", lines[0]):
        yield "the first cell is not prose that begins with `# Title`"
    quote = " ".join(line.lstrip("> ") for line in lines if line.startswith(">"))
    if not quote or not lines[1:2] or not lines[1].startswith(">"):
        yield "under the title stands no `> ` line that says in one sentence what the notebook is for"
    elif re.search(r"(?<![.\s]\w)[.!?…][\"”’)]*\s+[A-ZÀ-ỸĐ]", quote):
        yield f"the quotation under the title is more than one sentence: {quote!r}"


def cell_lengths(nb: Notebook) -> Iterator[str]:
    lines = exported(nb)
    if lines and median(lines) > MEDIAN_LINES:
        yield f"the median exported cell has {median(lines):g} lines; {MEDIAN_LINES} is the limit: split it where the prose would pause"
    for i, cell in enumerate(nb.cells):
        if cell.exported and cell.lines > LONGEST_CELL:
            yield f"exported cell {i} has {cell.lines} lines; never more than {LONGEST_CELL}"


def rhythm(nb: Notebook) -> Iterator[str]:
    at = 0
    for is_exported, run in groupby(nb.cells, key=lambda c: c.exported):
        n = len(list(run))
        if is_exported and n > IN_A_ROW:
            yield f"cells {at} to {at + n - 1} are {n} exported cells in a row; after {IN_A_ROW} show or explain something"
        at += n


def size(nb: Notebook) -> Iterator[str]:
    if sum(exported(nb)) > EXPORTED_LINES:
        yield f"{sum(exported(nb))} exported lines; a room holds {EXPORTED_LINES}: some of it is another room"
    if len(nb.cells) > CELLS:
        yield f"{len(nb.cells)} cells; a room holds {CELLS}"


def prose(nb: Notebook) -> Iterator[str]:
    share = sum(c.prose for c in nb.cells) / max(1, len(nb.cells))
    if share < PROSE_CELLS:
        yield f"{share:.0%} of the cells are prose; at least {PROSE_CELLS:.0%}"
    lines = sum(exported(nb))
    if words(nb) < WORDS_PER_LINE * lines:
        yield f"{words(nb)} words of prose for {lines} exported lines; at least {WORDS_PER_LINE} a line"


def shown(nb: Notebook) -> Iterator[str]:
    seen = set().union(*(c.used() for c in nb.cells if c.kind == "code" and not c.exported))
    for i, cell in enumerate(nb.cells):
        for name in dict.fromkeys(cell.public()):
            if name not in seen:
                yield f"{name}, exported in cell {i}, is neither shown nor asserted in this notebook: show it, or call it _{name}"


def absolute_paths(nb: Notebook) -> Iterator[str]:
    for i, cell in enumerate(nb.cells):
        for found in ABSOLUTE.finditer(cell.source):
            line = cell.source[: found.start()].count("\n") + 1
            yield f"cell {i}, line {line}: the path {cell.source[found.start():].split()[0][:40]!r} exists on one machine only"


EVERY_NOTEBOOK = [title, absolute_paths]
EVERY_ROOM = [cell_lengths, rhythm, size, prose, shown]
CASES = [(check, nb) for nb in SOURCES for check in EVERY_NOTEBOOK] + [(check, nb) for nb in ROOMS for check in EVERY_ROOM]


def test_there_are_notebooks():
    assert SOURCES, "nbs/ holds no notebook at all"


@pytest.mark.parametrize("check, nb", CASES, ids=[f"{nb.name}-{check.__name__}" for check, nb in CASES])
def test_budget(check, nb):
    found = list(check(nb))
    assert not found, "\n".join(f"{nb.name}: {message}" for message in found)


@pytest.mark.parametrize("path", paths("reports"), ids=lambda p: p.name)
def test_templates_name_no_absolute_path(path):
    found = list(absolute_paths(read(path)))
    assert not found, f"{path.name}: " + "\n".join(found)


# The checks themselves, run on notebooks that break them.

FINE = ("md:# Units\n> What a place is called, and what it is part of.", "#| default_exp geography",
        "md:A place has one code and many names, because people wrote them down in different years.",
        "#| export\ndef slug(name): return name.lower()", "assert slug('Hanoi') == 'hanoi'", "md:Next come the two maps.")


def lines(n, name="f"):
    return f"#| export\ndef {name}():\n" + "\n".join(f"    x{i} = {i}" for i in range(n - 1))


BROKEN = [
    (title, ["x = 1"], "first cell"),
    (title, ["md:Units"], "first cell"),
    (title, ["md:# Units\n\nA place has a name."], "one sentence"),
    (title, ["md:# Units\n> One thing. Another thing."], "more than one sentence"),
    (cell_lengths, [lines(11)], "median exported cell has 11"),
    (cell_lengths, [lines(1), lines(1), lines(41)], "has 41 lines"),
    (rhythm, [lines(2, n) for n in "abc"], "3 exported cells in a row"),
    (size, [lines(40) for _ in range(8)], "320 exported lines"),
    (size, ["x = 1"] * 71, "71 cells"),
    (prose, ["md:word", "1", "2", "3", "4"], "20% of the cells"),
    (prose, ["md:three short words", lines(2)], "3 words of prose for 2 exported lines"),
    (shown, ["#| export\nLIMIT = 3", "1 + 1"], "LIMIT"),
    (shown, ["#| export\ndef f(): return g()\ndef g(): return 1", "f()"], "g, exported in cell 0"),
    (shown, ["#| export\n@patch\ndef ask(self: Thing): return 1", "Thing"], "ask"),
    (absolute_paths, ["open('/home/somebody/figures.csv')"], "one machine"),
    (absolute_paths, ["open(r'C:\\Users\\x.csv')"], "one machine"),
    (absolute_paths, ["md:see ~/data/x.csv"], "one machine"),
]


@pytest.mark.parametrize("check, cells, said", BROKEN, ids=[f"{c.__name__}-{said}" for c, _, said in BROKEN])
def test_a_broken_budget_is_reported(check, cells, said):
    found = list(check(notebook("nbs/00_bad.ipynb", *cells)))
    assert any(said in message for message in found), found


@pytest.mark.parametrize("check", EVERY_NOTEBOOK + EVERY_ROOM, ids=lambda c: c.__name__)
def test_a_good_notebook_passes(check):
    assert not list(check(notebook("nbs/00_geography.ipynb", *FINE)))


def test_what_is_no_absolute_path():
    fine = "md:https://example.org/home/page and </div> and nbs/data/x.csv and 3/4 and `a: b`"
    assert not list(absolute_paths(notebook("nbs/00_fine.ipynb", fine)))
