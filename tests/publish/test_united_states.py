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


@pytest.mark.parametrize("year", ["2021", "2022"])
def test_a_first_year_that_is_the_last_known_is_one_sentence(folder, year, capsys):
    said = ["publish", "--settings", str(folder / "settings.ini"), "--first-year", year]
    assert main([*said, "--draws", "200", "--format", "csv", "--unit", "California"]) == 2
    told = capsys.readouterr().err
    assert "the newest figure of the share is for 2021" in told and "2020" in told
    assert "Traceback" not in told


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


def test_numbers_read_well_where_all_none_or_nothing_is_meant(pages):
    text = " ".join(pages.values())
    assert "All 51 states have figures of the US Bureau of Economic Analysis of their own" in text
    assert "Once revised" not in text, "the office revises none of these figures"
    assert "concern this territory, all of the US Bureau of Economic Analysis" in text
    assert "The Far West lies above all 7 compared" in pages["far-west"]
    assert "Next update: January 6, 2024 (New York Time)" in pages["index"]
    for unsaid in ("for 0 ", ", 0 only", "0 of them", "(0.0 percentage", "(0.00)", " by 0.0%"):
        assert unsaid not in text.replace("100 of them", ""), unsaid
    assert "Regional product" not in text and "digital value added" not in text.lower()


def test_amounts_are_in_billions(pages, folder):
    assert "Value, billion US dollars" in pages["california"]
    results = folder / "reports" / DAY / "results"
    with (results / "sdmx" / "observations.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {r["UNIT_MULT"] for r in rows} == {"0", "9"}
    named = (results / "sdmx" / "structure.json").read_text(encoding="utf-8")
    assert "GDP, current prices" in named and "Value added of the ICT sector" in named
    names = " ".join(re.findall(r'"name": "([^"]*)"', named))
    assert not OURS.search(names), OURS.search(names)
    package = (results / "datapackage.json").read_text(encoding="utf-8")
    assert "Amounts are in billion US dollars." in package
    assert "The ICT sector's share of output in the United States" in package


def test_no_model_learns_from_the_country_itself(folder):
    assert not (folder / "data/analogues/us_states_ict.csv").exists()
    for path in (folder / "data/analogues").iterdir():
        assert "United States" not in path.read_text(encoding="utf-8")
