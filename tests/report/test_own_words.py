"""A country's own sentences reach every page, and pages of two countries stand side by side."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from digitransform.core.errors import DataError
from digitransform.core.messages import (
    Sentence,
    declared_texts,
    packaged_messages,
    wrong_sentences,
)
from digitransform.data.collection import packaged_collection, read_collection
from digitransform.edition.example import example_edition
from digitransform.edition.schema import schema
from digitransform.publish.build import all_jobs
from digitransform.report import language as words
from digitransform.report.blocks import markdown
from digitransform.report.changes_page import write_changes
from digitransform.report.comparison import write_comparison
from digitransform.report.contributions_page import write_contributions
from digitransform.report.language import in_words_of
from digitransform.report.measurement_page import write_measurement
from digitransform.report.mergers_page import write_mergers
from digitransform.report.methods_page import write_methods
from digitransform.report.overview import write_overview
from digitransform.report.picture import write_picture
from digitransform.report.readiness_page import write_readiness
from digitransform.report.results import write_results
from digitransform.report.scenarios_page import write_scenarios
from digitransform.report.sections import sections
from digitransform.report.view import unit_report
from digitransform.report.workbook import Column, declared_text, numbers

PAGES = [
    write_overview,
    write_comparison,
    write_contributions,
    write_measurement,
    write_mergers,
    write_methods,
    write_readiness,
    write_scenarios,
]
COLUMNS = ["language", "message", "form", "text"]


def of_ohio(**texts: str):
    "The example edition with sentences of another country."
    edition = example_edition()
    rows = [("en", message, 0, text) for message, text in texts.items()]
    own = pd.DataFrame(rows, columns=COLUMNS)
    return replace(edition, tables={**edition.tables, "words": own})


def test_pages_of_two_countries_stand_side_by_side(tmp_path):
    here, there = example_edition(), of_ohio(**{"Compare two places": "Compare two states"})
    pages = [
        write_comparison(edition, tmp_path / f"{i}.html", "en").read_text(encoding="utf-8")
        for i, edition in enumerate((here, there, here))
    ]
    assert ["Compare two states" in page for page in pages] == [False, True, False]
    assert pages[0] == pages[2]


def test_a_country_says_its_own_headings():
    group, code = schema("units").column("group"), schema("export_sensitivity").column("unit")
    here, there = example_edition(), of_ohio(**{group.title["en"]: "Metropolitan area"})
    titles = {lang: Column(group).heading(in_words_of(here, lang)) for lang in ("en", "vi")}
    assert titles == {"en": "Key economic region", "vi": "Vùng kinh tế trọng điểm"}
    assert declared_text(code.description, in_words_of(here, "vi")) == "Mã tỉnh."
    ohio = in_words_of(there, "en")
    assert Column(group, unrounded=True).heading(ohio) == "Metropolitan area, unrounded"
    assert Column(code).meaning(ohio) == "Code of the place."


def test_the_download_describes_its_columns_in_the_words_of_the_country(tmp_path):
    for edition, wanted in (
        (example_edition(), "Key economic region"),
        (of_ohio(), "Group of places"),
    ):
        write_results(edition, tmp_path)
        package = json.loads((tmp_path / "datapackage.json").read_text(encoding="utf-8"))
        tables = {table["name"]: table for table in package["resources"]}
        fields = {f["name"]: f for f in tables["units"]["schema"]["fields"]}
        assert fields["group"]["title"] == wanted
        cited = {f["name"]: f["title"] for f in tables["sources"]["schema"]["fields"]}
        assert cited["citation_en"] == "Citation in English"
        assert cited["citation_vi"] == "Citation in Vietnamese"


@pytest.fixture
def asked(monkeypatch):
    "Sentences that are asked for in a plain language, without the words of the edition."
    plain, text_of = set(), words._text

    def recorded(message, language, *default):
        if not isinstance(language, words.Language):
            plain.add((message, language))
        return text_of(message, language, *default)

    monkeypatch.setattr(words, "_text", recorded)
    return plain


@pytest.mark.parametrize("write", PAGES)
def test_no_sentence_of_a_page_is_said_without_the_words_of_the_country(write, asked, tmp_path):
    write(example_edition(), tmp_path / "page.html", "vi")
    assert not asked


def test_no_sentence_of_a_report_is_said_without_them(asked, tmp_path):
    edition = example_edition()
    for unit in ("VN", "34-RRD", "34-24", "63-KN"):
        sections(unit_report(edition, unit, "vi"))
        numbers(edition, unit, "vi")
    write_picture(edition, "VN", "vi", tmp_path / "picture.png")
    write_changes(edition, None, tmp_path / "changes.html", "vi")
    assert not asked


@pytest.mark.parametrize(
    "slip, said",
    {
        'msgid "Compare two place"\nmsgstr "x"\n': "nearest valid value is 'Compare two places'",
        'msgid "Target for {year}"\nmsgstr "Target for {yaer}"\n': "places {yaer}, not {year}",
        'msgid "Target for {year}\nmsgstr "x"\n': "not a line of a PO file",
    }.items(),
)
def test_a_slip_in_a_sentence_names_file_and_line(slip, said, tmp_path):
    folder = shutil.copytree(packaged_collection() / "data", tmp_path / "data")
    (folder / "words").mkdir(exist_ok=True)
    (folder / "words" / "en.po").write_text(f"\n{slip}", encoding="utf-8")
    with pytest.raises(DataError, match="words/en.po, row 2") as error:
        read_collection(folder)
    assert said in str(error.value)


def test_every_form_of_a_sentence_is_looked_at():
    slip = Sentence("One figure", "{n} figures", ("One number", "Numbers"), 1)
    faults = list(wrong_sentences([slip], {"One figure": "{n} figures"}, "words/en.po"))
    assert len(faults) == 0  # the number may be left out
    slip = slip._replace(texts=("One number", "{m} numbers"))
    assert len(list(wrong_sentences([slip], {"One figure": "{n} figures"}, "x.po"))) == 1


def test_the_sentences_of_the_collection_are_in_its_editions():
    collection = read_collection()
    own = example_edition().words
    measures = collection.indicators
    of_measures = {word for name in measures for word in (name, measures[name].unit)}
    of_columns = set(declared_texts())
    assert set(own.message) <= set(packaged_messages()) | of_measures | of_columns
    assert of_columns & set(own.message)
    pd.testing.assert_frame_equal(own.reset_index(drop=True), collection.words, check_dtype=False)


def test_pages_of_the_collection_say_its_words(tmp_path):
    english, vietnamese = (
        write_overview(example_edition(), tmp_path / "x.html", language).read_text(encoding="utf-8")
        for language in ("en", "vi")
    )
    assert "province by province" in english and "GRDP" in english
    assert "từng tỉnh, thành phố" in vietnamese and "Cục Thống kê" in vietnamese


def without(edition, *names: str, **locale):
    "An edition of a country that has none of what the tables `names` hold."
    tables = dict(edition.tables)
    tables |= {name: tables[name].iloc[:0] for name in names}
    known = {key: value for key, value in edition.manifest["locale"].items() if key not in locale}
    return replace(edition, manifest=edition.manifest | dict(locale=known), tables=tables)


def plain_country():
    "A country with one map, one measure, and no targets, scenarios or infrastructure."
    edition = example_edition()
    tables = "targets own_targets attainment wider_standing targets_other target_standing mergers"
    tables += " readiness infrastructure topics questions scenario_list scenarios input_output_core"
    tables += " growth_needed horizon group_figures"
    bare = without(edition, *tables.split(), wider=None, wider_short=None, redrawn=None)
    one = bare.evidence[bare.evidence.role == "reference"]
    groups = bare.units[bare.units.role != "group"].assign(lead_target=None)
    names = bare.aliases[bare.aliases.unit.isin(groups.unit)]
    own = dict(evidence=one, units=groups, aliases=names)
    return replace(bare, tables=bare.tables | own)


UNKNOWN = r"[Tt]arget|wider|[Mm]inistry|MIC|merg|former|[Kk]ey|[Bb]oundar|input-output|[Ii]nfrastr"


def test_a_country_without_a_thing_has_nothing_said_of_it():
    report = unit_report(plain_country(), "VN", "en")
    assert report.has == {"revisions"}, "its office publishes figures that are not final"
    shown = sections(report)
    assert {s.anchor for s in shown} == {"headline", "history", "evidence", "forecast"} | {
        "peers",
        "method",
    }
    said = " ".join(markdown(s) for s in shown)
    assert not re.findall(rf".{{0,30}}(?:{UNKNOWN}).{{0,30}}", said)


def test_the_overview_of_such_a_country_has_no_columns_for_it(tmp_path):
    page = write_overview(plain_country(), tmp_path / "index.html", "en").read_text("utf-8")
    assert 'id="show-share"' not in page and 'data-key="chance"' not in page
    assert 'data-key="later"' in page and page.count("<table") == page.count("</table>")


def test_pages_of_the_site_without_content_are_not_built():
    kinds = {job.kind for job in all_jobs(plain_country(), ["VN"], ["en"], ["html"])}
    assert kinds == {"overview", "comparison", "changes", "methods", "contributions"} | {
        "report",
        "results",
    }


def test_a_country_without_a_grid_has_no_map_and_a_wide_one_has_small_tiles(tmp_path):
    edition = example_edition()
    nowhere = edition.units.assign(grid_row=np.nan, grid_col=np.nan)
    wide = edition.units.assign(grid_col=edition.units.grid_col * 4)
    pages = [
        write_overview(
            replace(edition, tables={**edition.tables, "units": units}), tmp_path / "x.html", "en"
        ).read_text("utf-8")
        for units in (nowhere, edition.units, wide)
    ]
    assert ['<div class="map">' in page for page in pages] == [False, True, True]
    assert [re.search(r'<ul class="tiles \w+ many"', page) is not None for page in pages] == [
        False,
        False,
        True,
    ]


def without_english():
    "The example edition of a country that speaks one language, and not English."
    edition = example_edition()
    tables = {
        name: table.drop(columns=[c for c in table if c.endswith("_en") and c != "unit_en"])
        for name, table in edition.tables.items()
    }
    words = {k: {"vi": v["vi"]} for k, v in edition.manifest["locale"].items() if is_said(v)}
    locale = edition.manifest["locale"] | words | dict(languages=["vi"])
    return replace(edition, tables=tables, manifest=edition.manifest | dict(locale=locale))


def is_said(value) -> bool:
    return isinstance(value, dict) and "vi" in value


@pytest.mark.parametrize("unit", ["VN", "34-24"])
def test_a_country_without_english_falls_back_to_its_own_language(unit):
    edition = without_english()
    ours, same = (unit_report(e, unit, "vi") for e in (edition, example_edition()))
    assert len(sections(ours)) == len(sections(same))
    assert numbers(edition, unit, "vi").unit_of_measure.str.contains("đồng").any()
    english = unit_report(edition, unit, "en")
    assert english.currency == "đồng" and english.defined_by == same.defined_by
    assert english.name == same.name


@pytest.mark.parametrize("write", [write_readiness, write_scenarios, write_methods])
def test_pages_of_a_country_without_english_are_the_same(write, tmp_path):
    pages = [
        write(edition, tmp_path / f"{i}.html", "vi").read_text(encoding="utf-8")
        for i, edition in enumerate((without_english(), example_edition()))
    ]
    mains = [page[page.index("<h1") : page.index("<footer")] for page in pages]
    assert mains[0].count("<p") == mains[1].count("<p")


def test_the_download_of_a_country_without_english_says_its_own_words(tmp_path):
    folder = write_results(without_english(), tmp_path / "results")
    package = (folder / "datapackage.json").read_text(encoding="utf-8")
    assert "Amounts are in trillion đồng." in package and "Việt Nam" in package
