"""The page of the share by an input-output table: ours and the office's stay apart."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from digitransform.edition.example import example_edition
from digitransform.report.measurement_page import (
    core_by_year,
    official_by_year,
    write_measurement,
)

LANGUAGES = ("en", "vi")


class Cells(HTMLParser):
    "The cells of the first table, row by row."

    def __init__(self, page: str):
        super().__init__()
        self.rows: list[list[str]] = []
        self.inside = False
        self.feed(page[page.index("<tbody") : page.index("</tbody>")])

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip()


@pytest.fixture(scope="module")
def edition():
    return example_edition()


@pytest.fixture(scope="module")
def pages(edition, tmp_path_factory):
    folder = tmp_path_factory.mktemp("measurement")
    return {
        language: write_measurement(edition, folder / f"{language}.html", language).read_text(
            encoding="utf-8"
        )
        for language in LANGUAGES
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_ours_and_the_offices_figures_have_columns_of_their_own(pages, edition, language):
    rows = {row[0]: row[1:] for row in Cells(pages[language]).rows}
    ours, theirs = core_by_year(edition), official_by_year(edition)
    assert set(rows) == {str(year) for year in {*ours.index, *theirs.index}}
    for year, cells in rows.items():
        assert len(cells) == 6
        assert all(cells[:4]) == (int(year) in ours.index)
        assert not (int(year) not in theirs.index and any(cells[4:]))
    point = "," if language == "vi" else "."
    assert rows["2025"][5] == f"14{point}02" and rows["2025"][4] == f"8{point}42"
    assert rows["2022"][0] == f"5{point}1–7{point}6"


def test_each_language_says_whose_numbers_these_are(pages):
    assert "our own calculation, not an official figure" in pages["en"]
    assert "ước lượng của chúng tôi, không phải số liệu của Cục Thống kê" in pages["vi"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_of_another_language_is_whole_and_small(pages, language):
    main = pages[language][pages[language].index("<main") : pages[language].index("</main>")]
    assert main.count("<figure") == 1 and "nan" not in re.sub("<[^>]*>", "", main).split()
    assert len(pages[language].encode()) < 100_000


def test_a_country_without_such_a_table_is_told_so(edition, tmp_path):
    empty = edition.input_output_core.iloc[:0]
    bare = replace(edition, tables={**edition.tables, "input_output_core": empty})
    page = write_measurement(bare, tmp_path / "m.html", "en").read_text(encoding="utf-8")
    assert "The data hold no input-output table of this country." in page and "<table" not in page


def test_an_average_over_years_is_no_figure_of_a_year(edition):
    rows = edition.evidence
    mean = rows[
        (rows.unit == "VN") & rows.period.astype(str).str.contains("-") & rows.value.eq(8.13)
    ]
    assert len(mean) == 1 and 8.13 not in official_by_year(edition).core.tolist()
    assert pd.isna(official_by_year(edition).core.get(2021, float("nan")))
