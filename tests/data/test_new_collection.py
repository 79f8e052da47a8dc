"""A folder for another country: nothing of ours in it, nothing overwritten, faults as sentences."""

import csv
import json
import re

import pytest

from digitransform.core.errors import DataError
from digitransform.core.messages import read_sentences, texts_of_places
from digitransform.data.collection import packaged_collection
from digitransform.data.new_collection import Country, begin_collection, still_missing
from digitransform.data.tables import read_package, read_table, table_name

OURS = re.compile(
    r"(?i:viet|việt|vnd|đồng|provinc|\bministr|decree|resolution)|GRDP|\b63\b|\b34\b|Bắc|Hà Nội"
)
RURITANIA = Country("Ruritania", "RT", ("fr", "en"), "county", "counties")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return begin_collection(tmp_path_factory.mktemp("new") / "ruritania", RURITANIA)


def texts(folder) -> dict[str, str]:
    "What a person reads in the folder, without panels of other countries and their sources."
    others = ("analogues", "sources.csv", "publishers.csv", "unit.ipynb")
    files = [p for p in folder.rglob("*") if p.is_file() and p.name not in others]
    files = [p for p in files if "analogues" not in p.parts]
    return {str(p.relative_to(folder)): p.read_text(encoding="utf-8") for p in files}


def test_nothing_of_our_country_is_left(folder):
    for name, text in texts(folder).items():
        if name == "data/datapackage.json":
            package = json.loads(text)
            kept = [r for r in package["resources"] if not r["path"].startswith("analogues/")]
            text = json.dumps(package | {"resources": kept}, ensure_ascii=False)
        if name.endswith(".po"):  # what is replaced stands there, too, in the package's words
            text = "\n".join(line for line in text.splitlines() if not line.startswith("msgid"))
        assert not OURS.search(text), (name, OURS.search(text))


def test_headings_are_said_with_the_nouns_of_the_country(tmp_path):
    money = "billion US dollars"
    country = Country("United States", "US", product="GDP", money=money, places="states")
    said = read_sentences(begin_collection(tmp_path / "us", country) / "data/words/en.po")
    texts = {sentence.message: sentence.texts[0] for sentence in said}
    assert texts["GDP or regional product, current prices"] == "GDP, current prices"
    assert texts["percent of GDP or GRDP"] == "percent of GDP"
    told = next(text for text in texts.values() if text.startswith("share: digital value added"))
    assert "digital_value_added and grdp: in the unit" in told  # a name of a value stays


def test_every_table_is_there_with_its_columns_and_keeps_its_schema(folder):
    package = read_package(folder / "data")
    assert len(package["resources"]) >= 15
    for resource in package["resources"]:
        read_table(folder / "data", table_name(resource["path"]), package)


def test_a_text_has_a_column_in_each_language_and_no_other(folder):
    with (folder / "data/geography/units.csv").open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["name_fr"] == row["name_en"] == "Ruritania" and "name_vi" not in row
    assert (row["unit"], row["level"], row["slug"]) == ("RT", "country", "ruritania")


def test_a_column_that_the_package_declares_tomorrow_is_declared_for_new_countries(folder):
    ours = read_package(packaged_collection() / "data")
    theirs = read_package(folder / "data")
    columns = {r["name"]: {f["name"] for f in r["schema"]["fields"]} for r in theirs["resources"]}
    for resource in ours["resources"]:
        if resource["name"] not in columns:
            continue
        for field in resource["schema"]["fields"]:
            name = field["name"].removesuffix("_vi").removesuffix("_en")
            if name == "islands":
                continue
            own = columns[resource["name"]]
            assert name in own or f"{name}_fr" in own, (resource["name"], name)


def test_what_exists_stays(folder, tmp_path):
    with pytest.raises(DataError, match="is not empty, and nothing in it is overwritten"):
        begin_collection(folder, RURITANIA)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DataError, match="this is a file, not a folder"):
        begin_collection(tmp_path / "file", RURITANIA)
    assert (tmp_path / "file").read_text() == "mine"


def test_what_is_missing_is_told_in_the_order_of_the_work(folder):
    steps = still_missing(folder / "data")
    assert [error.file for error in steps] == [
        "geography/units.csv",
        "observations/digital_share.csv",
        "observations/gdp.csv",
        "observations/grdp.csv",
        "words/fr.po",
    ]
    assert "sentences have no text yet, first '" in str(steps[-1])
    assert still_missing(packaged_collection() / "data") == []


def test_a_country_does_not_teach_itself(tmp_path):
    america = begin_collection(tmp_path / "us", Country("United States", "US"))
    taught = [p for p in (america / "data/analogues").iterdir()]
    assert {p.name for p in taught} == {"eurostat_ict.csv", "national_headlines.csv"}
    assert all("United States" not in p.read_text(encoding="utf-8") for p in taught)


def test_what_viet_nam_says_of_provinces_is_marked_as_of_the_smallest_places():
    own = read_sentences(packaged_collection() / "data/words/en.po")
    spoken = re.compile(r"(?<![{\w])places?(?![}\w])", re.I)
    said = {s.message for s in own if any("provinc" in text.lower() for text in s.texts)}
    unmarked = {m for m in said if spoken.search(m)} - texts_of_places()
    assert not unmarked
