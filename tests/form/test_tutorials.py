"""The tutorials: short, reached from the start notebook, and working on copies."""

import re

import pytest
from notebooks import NOTEBOOKS, ROOT

FOLDER = ROOT / "nbs" / "tutorials"
TUTORIALS = {n.stem: n for n in NOTEBOOKS if n.name.startswith("nbs/tutorials/")}
SCREENS = 100  # lines of two screens, outputs left aside
WRITES = re.compile(r"\.write_text\(|\.open\(\"[aw]|nbformat\.write\(|\.to_csv\(|append\(|\.save\(")


def links(note) -> list[str]:
    return [link for c in note.cells if c.prose for link in re.findall(r"\]\(([^)#]+)\)", c.source)]


def test_the_start_notebook_leads_to_every_tutorial_and_make_lab_opens_it():
    led_to = {link.removesuffix(".ipynb") for link in links(TUTORIALS["start"])}
    assert set(TUTORIALS) - {"start"} <= led_to and len(links(TUTORIALS["start"])) >= 9
    assert "START     := nbs/tutorials/start.ipynb" in (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("name", TUTORIALS)
def test_a_tutorial_fits_on_two_screens_and_its_links_lead_somewhere(name):
    note = TUTORIALS[name]
    assert sum(len(c.source.splitlines()) + 1 for c in note.cells) <= SCREENS
    assert all((FOLDER / link).resolve().is_file() for link in links(note))


@pytest.mark.parametrize("name", TUTORIALS)
def test_a_tutorial_writes_only_into_a_folder_of_its_own(name):
    ran = [c for c in TUTORIALS[name].cells if not c.prose and "notest" not in c.directives]
    code = "\n".join(c.source for c in ran)
    assert not WRITES.search(code) or "tempfile.mkdtemp()" in code
    assert "../" not in code


def test_the_documentation_lists_every_tutorial():
    text = (ROOT / "docs" / "first_steps.md").read_text(encoding="utf-8")
    assert all(f"chapters/tutorials/{name}\n" in text for name in TUTORIALS)
