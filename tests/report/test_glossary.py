"The glossary says of each term whether it stands on the pages, and the catalogue agrees."

import re

import pytest
from notebooks import ROOT

from digitransform.report.language import catalogue

TABLE_ROW = re.compile(
    r"^\| (?P<en>[^|]+) \| (?P<vi>[^|]+) \| (?P<pages>✓?) ?\| (?P<meaning>[^|]+) \|$"
)


def terms() -> list[dict[str, str]]:
    "The rows of the glossary's tables."
    lines = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    rows = [m.groupdict() for line in lines if (m := TABLE_ROW.match(line))]
    return [row for row in rows if row["en"] != "English" and not row["en"].startswith("---")]


def stands_on_pages(english: str, vietnamese: str) -> bool:
    "Whether a sentence of the catalogue has the one, and its translation the other."
    names = [re.compile(rf"\b{re.escape(name.strip())}", re.I) for name in english.split(",")]
    return any(
        vietnamese.lower() in text.lower() and any(name.search(message) for name in names)
        for message, text in catalogue("vi").items()
    )


def test_there_are_enough_terms_and_none_twice():
    english = [row["en"] for row in terms()]
    assert len(english) >= 60 and len(set(english)) == len(english)


@pytest.mark.parametrize("row", terms(), ids=lambda row: row["en"])
def test_a_term_stands_on_the_pages_as_the_glossary_says(row):
    assert stands_on_pages(row["en"], row["vi"]) == (row["pages"] == "✓")
