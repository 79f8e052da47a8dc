"The glossary says of each term whether readers see it, and the texts of pages and files agree."

import json
import re
from functools import cache

import pytest
from notebooks import ROOT
from said import said

TABLE_ROW = re.compile(
    r"^\| (?P<en>[^|]+) \| (?P<vi>[^|]+) \| (?P<pages>✓?) ?\| (?P<meaning>[^|]+) \|$"
)


def terms() -> list[dict[str, str]]:
    "The rows of the glossary's tables."
    lines = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
    rows = [m.groupdict() for line in lines if (m := TABLE_ROW.match(line))]
    return [row for row in rows if row["en"] != "English" and not row["en"].startswith("---")]


@cache
def shown_texts() -> list[tuple[str, str]]:
    "English and Vietnamese of all that readers see: the catalogue, and the edition's schema."
    schema = (ROOT / "digitransform" / "edition" / "schema.json").read_text(encoding="utf-8")
    found = list(said().values())

    def keep(entry):
        found.extend(
            (entry[key], entry[f"{key}_vi"])
            for key in ("title", "description")
            if f"{key}_vi" in entry
        )
        return entry

    json.loads(schema, object_hook=keep)
    return found


def stands_on_pages(english: str, vietnamese: str) -> bool:
    "Whether a text that readers see has the one, and its translation the other."
    names = [re.compile(rf"\b{re.escape(name.strip())}", re.I) for name in english.split(",")]
    return any(
        vietnamese.lower() in text.lower() and any(name.search(message) for name in names)
        for message, text in shown_texts()
    )


def test_there_are_enough_terms_and_none_twice():
    english = [row["en"] for row in terms()]
    assert len(english) >= 60 and len(set(english)) == len(english)


@pytest.mark.parametrize("row", terms(), ids=lambda row: row["en"])
def test_a_term_stands_on_the_pages_as_the_glossary_says(row):
    assert stands_on_pages(row["en"], row["vi"]) == (row["pages"] == "✓")
