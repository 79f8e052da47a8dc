"""A country's own sentences reach every page, and pages of two countries stand side by side."""

import shutil
from dataclasses import replace

import pandas as pd
import pytest

from digitransform.core.errors import DataError
from digitransform.core.messages import Sentence, packaged_messages, wrong_sentences
from digitransform.data.collection import packaged_collection, read_collection
from digitransform.edition.example import example_edition
from digitransform.report import language as words
from digitransform.report.changes_page import write_changes
from digitransform.report.comparison import write_comparison
from digitransform.report.contributions_page import write_contributions
from digitransform.report.measurement_page import write_measurement
from digitransform.report.mergers_page import write_mergers
from digitransform.report.methods_page import write_methods
from digitransform.report.overview import write_overview
from digitransform.report.picture import write_picture
from digitransform.report.readiness_page import write_readiness
from digitransform.report.scenarios_page import write_scenarios
from digitransform.report.sections import sections
from digitransform.report.view import unit_report
from digitransform.report.workbook import numbers

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
    assert set(own.message) <= set(packaged_messages()) | of_measures
    pd.testing.assert_frame_equal(own.reset_index(drop=True), collection.words, check_dtype=False)


def test_pages_of_the_collection_say_its_words(tmp_path):
    english, vietnamese = (
        write_overview(example_edition(), tmp_path / "x.html", language).read_text(encoding="utf-8")
        for language in ("en", "vi")
    )
    assert "province by province" in english and "GRDP" in english
    assert "từng tỉnh, thành phố" in vietnamese and "Cục Thống kê" in vietnamese
