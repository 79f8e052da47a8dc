"""The files of numbers.

Every number is the edition's own, every figure has its source, nothing missing becomes zero, and
the same inputs give the same bytes.
"""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import openpyxl
import pandas as pd
import pytest
from pretended import pretended
from said import said
from xlsxwriter import Workbook

from digitransform.core.errors import DataError
from digitransform.edition.schema import reading, schema
from digitransform.edition.summary import rounded
from digitransform.report.language import translate
from digitransform.report.sections import MEASURES
from digitransform.report.view import unit_report
from digitransform.report.workbook import (
    LONG,
    SHEETS,
    _set_print,
    number_format,
    numbers,
    write_csv,
    write_parquet,
    write_xlsx,
)

CASES = [
    ("VN", "vi"),
    ("VN", "en"),
    ("34-24", "vi"),
    ("34-24", "en"),
    ("34-11", "vi"),
    ("63-KN", "en"),
    ("34-RRD", "vi"),
]
ORDER = (0.5, 0.1, 0.9, 0.025, 0.975, 0.25, 0.75)  # of the columns after year and kind
HEAD = 4  # the row of the headings


@cache
def about(unit, language):
    return unit_report(pretended(), unit, language)


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    folder = tmp_path_factory.mktemp("books")
    return {
        (u, lang): openpyxl.load_workbook(
            write_xlsx(
                None, folder / f"{lang}-{u}.xlsx", edition=pretended(), unit=u, language=lang
            )
        )
        for u, lang in CASES
    }


def sheet_of(book, key):
    "The sheet whose table is called `key`; cover and notes go first, then those of `SHEETS`."
    place = [f.__name__.removesuffix("_sheet") for f in SHEETS].index(key)
    return book.worksheets[2 + place]


def rows(sheet):
    return list(sheet.iter_rows(min_row=HEAD + 1))


def column(sheet, heading):
    "The cells of the column under a heading."
    place = [c.value for c in sheet[HEAD]].index(heading)
    return [row[place] for row in rows(sheet)]


# The numbers


@pytest.mark.parametrize("case", CASES, ids="-".join)
@pytest.mark.parametrize("key, quantity", [("share", "share"), ("value", "digital_value_added")])
def test_the_cells_hold_the_quantiles_of_the_edition(books, case, key, quantity):
    q = pretended().quantiles
    wanted = (
        q[(q.unit == case[0]) & (q.quantity == quantity)].set_index(["year", "probability"]).value
    )
    unrounded = 2 + len(ORDER)  # the columns at the right
    found = {
        (row[0].value, p): cell.value
        for row in rows(sheet_of(books[case], key))
        for p, cell in zip(ORDER, row[unrounded:], strict=True)
    }
    assert len(found) == 17 * len(ORDER)
    # the view of an edition keeps two decimals of a share and five figures of a value
    near = dict(rel=0, abs=0.01) if key == "share" else dict(rel=1e-4, abs=0)
    for at, value in found.items():
        assert value == pytest.approx(wanted[at], **near), at


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_a_cell_holds_the_number_that_the_page_shows(books, case):
    r = about(*case)
    for row in rows(sheet_of(books[case], "share")):
        step = r.precision_in(row[0].value)
        shown, raw = row[2 : 2 + len(ORDER)], row[2 + len(ORDER) :]
        for cell, exact in zip(shown, raw, strict=True):
            assert cell.value == float(rounded(exact.value, step))


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_years_that_have_ended_are_estimates(books, case):
    said = {"vi": ("ước lượng", "dự báo"), "en": ("estimate", "forecast")}[case[1]]
    assert all(
        row[1].value == said[row[0].value > 2025] for row in rows(sheet_of(books[case], "share"))
    )


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_no_cell_shows_more_decimals_than_the_page(books, case):
    r = about(*case)
    for row in rows(sheet_of(books[case], "share")):
        allowed = {"0.1": 1, "0.5": 1, "1": 0}[f"{r.precision_in(row[0].value):g}"]
        for cell in row[2 : 2 + len(ORDER)]:
            shown = cell.number_format.partition(".")[2]
            assert len(shown) == allowed and set(shown) <= {"0"}
    steps = about(*case).peers.sort_values("median", ascending=False).precision
    for row, step in zip(rows(sheet_of(books[case], "peers")), steps, strict=True):
        assert {c.number_format for c in row[4:7]} == {number_format(step)}


@pytest.mark.parametrize("step", [0.001, 0.01, 0.1, 0.5, 1, 5, 10])
def test_a_format_never_shows_a_decimal_that_rounding_would_remove(step):
    assert len(number_format(step).partition(".")[2]) <= max(
        0, -rounded(1, step).as_tuple().exponent
    )


def test_both_languages_hold_the_same_numbers(books):
    def held(language):
        return [
            sorted(c.value for row in rows(s) for c in row if isinstance(c.value, (int, float)))
            for s in books["34-24", language].worksheets[2:]
        ]  # titles sort differently

    assert held("vi") == held("en") and sum(map(len, held("vi"))) > 300


def test_another_edition_gives_other_numbers(tmp_path):
    first = write_csv(
        None, tmp_path / "a.csv", edition=pretended(), unit="34-24", language="vi"
    ).read_bytes()
    other = pretended()
    other.quantiles = other.quantiles.assign(value=lambda t: t.value + 1)
    table = numbers(other, "34-24", "vi")
    before = numbers(pretended(), "34-24", "vi")
    assert np.allclose(
        table.value[table.quantity.eq("share") & table.probability.notna()],
        before.value[before.quantity.eq("share") & before.probability.notna()] + 1,
        atol=0.011,
    )
    assert (
        write_csv(None, tmp_path / "b.csv", edition=other, unit="34-24", language="vi").read_bytes()
        != first
    )
    assert (
        write_csv(
            None, tmp_path / "c.csv", edition=pretended(), unit="34-24", language="vi"
        ).read_bytes()
        == first
    )


# Published figures, targets, sources


@pytest.mark.parametrize("case", CASES, ids="-".join)
@pytest.mark.parametrize("key", ["published", "infrastructure"])
def test_every_published_figure_has_the_address_of_its_source(books, case, key):
    address = pretended().sources.set_index("source").url
    shown = rows(sheet_of(books[case], key))
    table = about(*case).evidence if key == "published" else about(*case).infrastructure
    assert len(shown) == len(table)
    for row, value, source in zip(shown, table.value, table.source, strict=True):
        assert row[-2].value == source and value in [c.value for c in row]
        known = isinstance(address[source], str) and address[source].startswith("http")
        assert row[-1].value == (address[source] if known else None)
        assert (row[-1].hyperlink is not None) == known


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_sources_lists_every_source_that_a_sheet_names(books, case):
    heading = reading("source_code").title[case[1]]
    named = {
        s
        for key in ("published", "targets", "infrastructure")
        for cell in column(sheet_of(books[case], key), heading)
        for s in str(cell.value).split(", ")
    }
    assert named <= {row[0].value for row in rows(sheet_of(books[case], "sources"))}


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_what_is_not_known_is_empty_and_not_zero(books, case):
    sheet = sheet_of(books[case], "targets")
    targets = about(*case).targets
    assert len(targets) == len(rows(sheet))
    language, attainment = case[1], schema("attainment")
    decided = targets.published.notna()
    exact = dict(
        probability=targets.probability.where(~decided),
        gap=targets.gap,
        required_growth=targets.required_growth,
    )
    for name, values in exact.items():
        heading = attainment.column(name).title[language]
        if values.notna().any():
            raw = column(sheet, translate("{column}, unrounded", language, column=heading))
            assert [c.value for c in raw] == [None if pd.isna(v) else v for v in values]
        shown = [c.value is None for c in column(sheet, heading)] if len(targets) else []
        assert shown == values.isna().tolist()
    words = column(sheet, reading("likelihood").title[language]) if len(targets) else []
    assert [c.value is None for c in words] == targets.probability.isna().tolist()


def test_there_is_a_target_beyond_the_forecast():
    assert any(about(*case).targets.probability.isna().any() for case in CASES)


def test_measures_are_said_in_words(books):
    for case in CASES:
        for row, measure in zip(
            rows(sheet_of(books[case], "published")), about(*case).evidence.measure, strict=True
        ):
            assert row[4].value and row[4].value != measure and "_" not in row[4].value
    assert (
        rows(sheet_of(books["34-24", "vi"], "published"))[0][4].value
        == said()[MEASURES["reference"]][1]
    )


# The workbook as people and screen readers meet it


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_one_real_table_a_sheet(books, case):
    book = books[case]
    names = [n for s in book.worksheets for n in s.tables]
    assert len(names) == len(set(names))
    for s in book.worksheets[1:]:
        assert not s.merged_cells.ranges and s.freeze_panes == f"A{HEAD + 1}"
        assert s["A1"].value and s["A2"].value and s["A3"].hyperlink
        heads = [c.value for c in s[HEAD]]
        assert all(heads) and len(heads) == len(set(heads))
        if len(rows(s)):
            assert [t.ref for t in s.tables.values()] == [
                f"A{HEAD}:{s.cell(s.max_row, len(heads)).coordinate}"
            ]
        assert (s.page_setup.orientation, s.page_setup.paperSize, s.page_setup.fitToHeight) == (
            "landscape",
            9,
            0,
        ) and s.print_title_rows == f"${HEAD}:${HEAD}"


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_numbers_are_numbers(books, case):
    for s in books[case].worksheets[1:]:
        for row in rows(s):
            for cell in row:
                assert not (
                    isinstance(cell.value, str)
                    and cell.value.replace(".", "").replace(",", "").replace("-", "").isdigit()
                    and s.cell(HEAD, cell.column).value
                    not in ("Ngày công bố", "Published on", "Kỳ", "Period")
                )


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_the_notes_explain_every_column(books, case):
    book = books[case]
    explained = {(row[0].value, row[1].value) for row in rows(book.worksheets[1])}
    for s in book.worksheets[2:]:
        assert {(s.title, c.value) for c in s[HEAD]} <= explained
    assert all(row[2].value for row in rows(book.worksheets[1]))


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_the_cover_leads_to_every_sheet_and_names_the_edition(books, case):
    cover = books[case].worksheets[0]
    leads = {c.hyperlink.location.split("!")[0].strip("'") for c in cover["A"] if c.hyperlink}
    assert leads == {s.title for s in books[case].worksheets[1:]}
    text = " ".join(str(c.value) for c in cover["A"])
    assert pretended().id in text and about(*case).name in text


def test_the_document_says_what_it_is(books):
    for (unit, language), book in books.items():
        assert about(unit, language).name in book.properties.title
        assert {str(book.properties.created)[:10], str(book.properties.modified)[:10]} == {
            pretended().manifest["as_of"]
        }
        assert {p.name: p.value for p in book.custom_doc_props.props} == {
            "Language": language,
            "Edition": pretended().id,
        }


# Tables for programs


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ["Bắc Ninh", "Tỉnh có tên rất dài & " * 20])
def test_a_sheet_of_any_place_has_a_footer_and_one_too_long_shows_that_it_is_cut(tmp_path, name):
    with Workbook(tmp_path / "long.xlsx") as book:
        _set_print(book.add_worksheet(), name)
    foot = openpyxl.load_workbook(tmp_path / "long.xlsx").active.oddFooter
    shown = (foot.left.text or "").replace("&&", "&")
    assert shown == name or (shown.endswith("…") and name.startswith(shown[:-1]))
    assert len(shown) > 200 or shown == name
    assert foot.right.text == "&P / &N"


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_csv_and_parquet_hold_the_same_table(tmp_path, case):
    facts = dict(edition=pretended(), unit=case[0], language=case[1])
    text = write_csv(None, tmp_path / "a.csv", **facts)
    typed = write_parquet(None, tmp_path / "a.parquet", **facts)
    assert text.read_bytes().startswith(b"\xef\xbb\xbf") and b"\r" not in text.read_bytes()
    csv = pd.read_csv(text, dtype={"published": "str", "period": "str"})
    parquet = pd.read_parquet(typed)
    assert list(csv) == list(parquet) == LONG
    for column in LONG:
        assert csv[column].isna().equals(parquet[column].isna()), column
    assert (
        (csv.value == parquet.value).all()
        and (csv.name == parquet.name).all()
        and (csv.year == parquet.year).all()
    )


def test_no_row_of_the_long_table_is_an_estimate_and_a_published_figure():
    for unit, language in CASES:
        table = numbers(pretended(), unit, language)
        published = table.kind == "published"
        assert (
            (table.probability.isna() == published).all()
            and (table.source.notna() == published).all()
            and (table.measure.notna() == published).all()
        )
        assert (
            table.kind[~published]
            == np.where(table.year[~published] <= 2025, "estimate", "forecast")
        ).all()
        address = pretended().sources.set_index("source").url
        assert table.url[published].fillna("").tolist() == [
            address[s] or "" for s in table.source[published]
        ]
        assert not table[~published].duplicated(["quantity", "year", "probability"]).any()
        assert set(table.unit[~published]) == {unit} and published.sum() == len(
            about(unit, language).evidence
        )


def test_columns_do_not_depend_on_the_language_or_on_the_evidence():
    kinds = {
        tuple(numbers(pretended(), u, language).dtypes.astype(str))
        for u, language in (("34-24", "vi"), ("34-24", "en"), ("34-11", "vi"))
    }
    assert len(kinds) == 1


# The same bytes

WRITE = """
import sys; sys.path.insert(0, sys.argv[1])
from pathlib import Path
from pretended import pretended
from digitransform.report.workbook import write_csv, write_parquet, write_xlsx
facts = dict(edition=pretended(), unit="34-24", language="vi")
for write, name in ((write_xlsx, "a.xlsx"), (write_csv, "a.csv"), (write_parquet, "a.parquet")):
    write(None, Path(sys.argv[2]) / name, **facts)
"""


def test_the_same_edition_gives_the_same_bytes_at_any_hour_and_place(tmp_path):
    facts = dict(edition=pretended(), unit="34-24", language="vi")
    here = [
        write(None, tmp_path / f"b.{e}", **facts)
        for write, e in ((write_xlsx, "xlsx"), (write_csv, "csv"), (write_parquet, "parquet"))
    ]
    subprocess.run(
        [sys.executable, "-c", WRITE, str(Path(__file__).parents[1]), str(tmp_path)],
        check=True,
        env=os.environ | dict(TZ="Pacific/Kiritimati", PYTHONHASHSEED="7", LC_ALL="C"),
    )
    for path in here:
        assert path.read_bytes() == path.with_stem("a").read_bytes(), path.suffix
    with ZipFile(here[0]) as archive:
        assert {m.date_time[:3] for m in archive.infolist()} == {(1980, 1, 1)}


@pytest.mark.parametrize("write", [write_xlsx, write_csv, write_parquet])
def test_an_unknown_place_or_language_writes_nothing(tmp_path, write):
    for unit, language, message in (
        ("34-99", "vi", "no place called '34-99'; the nearest valid value is '34-"),
        ("34-24", "fr", "no catalogue for language 'fr'"),
    ):
        with pytest.raises(DataError, match=message):
            write(None, tmp_path / "a", edition=pretended(), unit=unit, language=language)
    assert not list(tmp_path.iterdir())
