"""The United States, from `init` to pages: nothing on them speaks of the country that the package
comes from.

Set WHOLE_COUNTRY=1 for every place and 2,000 draws; a scheduled job does.
"""

import csv
import importlib.util
import os
import re

import pytest
from fictional import ROOT

from digitransform.publish.cli import main

WHOLE = os.environ.get("WHOLE_COUNTRY") == "1"
QUICK = [
    *("--draws", "200", "--first-year", "2020", "--last-year", "2023", "--jobs", "1"),
    *("--format", "html,csv", "--unit", "United States, the Far West, California"),
]
DAY = "2023-12-31"
# What no sentence of these pages may say.
OURS = re.compile(
    r"provinc|ministr|Viet ?Nam|Việt|Vietnam|đồng|\bVND\b|\bGRDP\b|\bNSO\b|\bMIC\b|Decree|Hà Nội"
    r"|regional product|statistics office|digital economy|\{|\bof United States|the the"
    r"|publisher of the wider|\b63\b|\b34 (places|states)",
    re.I,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = ROOT / "examples/united_states/make_collection.py"
    spec = importlib.util.spec_from_file_location("make_collection", path)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    return example.write_collection(tmp_path_factory.mktemp("america") / "us")


@pytest.fixture(scope="module")
def pages(folder):
    "The published pages as visible text, by name."
    from lxml import html

    done = main(["publish", "--settings", str(folder / "settings.ini"), *([] if WHOLE else QUICK)])
    assert done == 0
    texts = {}
    for path in sorted((folder / "reports" / DAY / "en").glob("*.html")):
        body = html.parse(path).getroot().find("body")
        for left_out in body.xpath("//script|//style"):
            left_out.drop_tree()
        texts[path.stem] = " ".join(body.text_content().split())
    return texts


def test_the_collection_is_in_order(folder, capsys):
    assert main(["check", "--settings", str(folder / "settings.ini")]) == 0
    assert "All in order" in capsys.readouterr().out


def test_nation_regions_and_states_are_there(folder, capsys):
    assert main(["units", "--settings", str(folder / "settings.ini"), "--csv"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    levels = [row["level"] for row in rows]
    assert [levels.count(level) for level in ("country", "region", "state")] == [1, 8, 51]


def test_each_place_has_a_page(pages):
    assert {"index", "united-states", "far-west", "california"} <= set(pages)


def test_no_page_speaks_of_another_country(pages):
    said = {
        name: sorted({text[max(0, m.start() - 40) : m.end() + 40] for m in OURS.finditer(text)})
        for name, text in pages.items()
    }
    assert not {name: found for name, found in said.items() if found}


def test_pages_speak_of_this_one(pages):
    assert "The ICT sector of the United States, state by state" in pages["index"]
    assert "Every state at a glance" in pages["index"]
    assert "of the GDP of the Far West" in pages["far-west"]
    assert (
        "18.01%" in pages["california"] and "US Bureau of Economic Analysis" in pages["california"]
    )


def test_nothing_is_said_of_what_is_not_there(pages):
    for name, text in pages.items():
        for words in ("documents with targets", "was formed by merging", "Target for"):
            assert words not in text, (name, words)
        assert "first one and may be revised" not in text, "all of these figures are final"
        assert "GDP per head" not in text, "it is not in this collection"
    assert "expected in 2024." in pages["index"], "of the last release the year is known alone"
    assert not {"mergers", "readiness"} & set(pages)


def test_no_model_learns_from_the_country_itself(folder):
    assert not (folder / "data/analogues/us_states_ict.csv").exists()
    for path in (folder / "data/analogues").iterdir():
        assert "United States" not in path.read_text(encoding="utf-8")
