"""One number, one status, one verdict: the same on the page, in the overview, in the comparison, in
the workbook, in PDF and Word and in the data download, in both languages.

A few places of the example edition are written in every form and read back.
"""

from functools import cache

import docx
import openpyxl
import pandas as pd
import pypdf
import pytest
from lxml import html as lxml_html

from digitransform.edition.example import example_edition
from digitransform.edition.schema import reading, schema
from digitransform.report import sections as section
from digitransform.report.blocks import Paragraph, html
from digitransform.report.comparison import places
from digitransform.report.document import contents_of, set_docx, set_pdf
from digitransform.report.language import in_words_of, number, translate
from digitransform.report.overview import write_overview
from digitransform.report.results import write_results
from digitransform.report.sections import STATUSES, VERDICTS
from digitransform.report.view import unit_report
from digitransform.report.workbook import write_xlsx

PLACES = ["VN", "34-RRD", "34-01", "34-24", "34-11"]
CASES = [(unit, language) for unit in PLACES for language in ("vi", "en")]
HEAD = 4  # the row of the headings in a sheet


@cache
def place(unit, language):
    return unit_report(example_edition(), unit, language)


@pytest.fixture(scope="module")
def told():
    "The sections of each page, words in the place of charts."

    def words_only(draw, alt, title, note="", *heights, **place):
        return Paragraph([f"{title} {alt} {note}"])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(section, "drawn", words_only)
        return {case: section.sections(place(*case)) for case in CASES}


@pytest.fixture(scope="module")
def pages(told):
    "The tables of each page as HTML has them: anchor → list of (heads, rows)."
    return {case: read_page(shown) for case, shown in told.items()}


def read_page(sections):
    found = {}
    for s in sections:
        root = lxml_html.fromstring(f"<div>{html(s.blocks)}</div>")
        found[s.anchor] = root
    return found


def words(node) -> str:
    return " ".join(node.text_content().split())


def table(root, at: int = 0) -> pd.DataFrame:
    "A table of a page, cells as a reader sees them; its columns are numbered."
    rows = root.findall(".//table")[at].findall(".//tr")
    cells = [[words(c) for c in row if c.tag in ("th", "td")] for row in rows]
    return pd.DataFrame(cells[1:])


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walk")
    edition = example_edition()
    return {
        (unit, language): openpyxl.load_workbook(
            write_xlsx(
                None,
                folder / f"{unit}-{language}.xlsx",
                edition=edition,
                unit=unit,
                language=language,
            )
        )
        for unit, language in CASES
    }


def sheet(book, key) -> pd.DataFrame:
    "The sheet that holds the table called `key`, by its headings."
    found = next(s for s in book.worksheets if key in s.tables)
    heads = [c.value for c in found[HEAD]]
    rows = [[c.value for c in row] for row in found.iter_rows(min_row=HEAD + 1)]
    return pd.DataFrame(rows, columns=heads)


@pytest.fixture(scope="module")
def download(tmp_path_factory):
    folder = write_results(example_edition(), tmp_path_factory.mktemp("results"))
    return {name: pd.read_csv(folder / f"{name}.csv") for name in ("units", "attainment")}


@pytest.mark.parametrize("unit, language", CASES)
def test_each_year_of_the_forecast_is_the_same_on_page_and_in_workbook(
    unit, language, pages, books
):
    r = place(unit, language)
    page = table(pages[unit, language]["forecast"])
    book = sheet(books[unit, language], "share").set_index(
        schema("quantiles").column("year").title[language]
    )
    for row in page.itertuples(index=False):
        year, *cells = row
        held = book.loc[int(year)]
        step = r.precision_in(int(year))
        shown = [
            number(held[reading(name).title[language]], language, step)
            for name in ("median", "lower_80", "upper_80", "lower_95", "upper_95")
        ]
        middle, low, high, least, most = shown
        assert held[reading("kind").title[language]] in cells
        assert middle in cells and f"{low}–{high}" in cells and f"{least}–{most}" in cells, year


@pytest.mark.parametrize("unit, language", CASES)
def test_each_target_has_one_verdict_and_one_gap(unit, language, pages, books, download):
    r = place(unit, language)
    if r.targets.empty:
        pytest.skip("no target")
    page = table(pages[unit, language]["targets"])
    book = sheet(books[unit, language], "targets")
    assert len(page) == len(book) == len(r.targets)
    attainment = schema("attainment")
    columns = {name: attainment.column(name).title[language] for name in ("gap", "published")}
    data = download["attainment"].set_index(["target", "unit"])
    for i, t in enumerate(r.targets.itertuples()):
        cells, held = page.loc[i].tolist(), book.loc[i]
        decided = pd.notna(t.published)
        said = held[reading("likelihood").title[language]]
        assert said in cells or (pd.isna(said) and pd.isna(t.probability))
        assert held[reading("judged_by_words").title[language]] in cells
        gap = held[columns["gap"]]
        step = 0.01 if decided else r.precision_in(t.year)
        assert number(gap, language, step) in cells or pd.isna(gap)
        assert (
            (held[columns["published"]] == t.published)
            if decided
            else pd.isna(held[columns["published"]])
        )
        raw = data.loc[(t.target, unit)]
        if isinstance(raw.verdict, str):
            own = in_words_of(example_edition(), language)
            assert said == translate(VERDICTS[raw.verdict], own)
        if decided:
            assert raw.published == t.published and round(raw.gap, 2) == round(gap, 2)


@pytest.mark.parametrize("unit, language", CASES)
def test_what_the_office_published_is_the_same_everywhere(
    unit, language, pages, books, download, overview
):
    edition = example_edition()
    row = download["units"].set_index("unit").loc[unit]
    first = words(pages[unit, language]["headline"])
    in_overview = overview[language][place(unit, language).slug]
    compared = next(
        p for p in places(edition, language)["places"] if p["slug"] == place(unit, language).slug
    )
    peers = (
        sheet(books[unit, language], "peers")
        .iloc[:, :4]
        .set_index(reading("compared_place").title[language])
    )
    held = peers.loc[place(unit, language).name]
    if pd.isna(row.published_share):
        assert compared["published"] == "–" and "–" in in_overview and pd.isna(held.iloc[0])
        return
    value = number(row.published_share, language)
    status = translate(STATUSES[row.published_status], language)
    assert f"{value}%" in first and status in first
    assert f"{value} ({status})" in in_overview
    assert compared["published"] == f"{value} ({status})"
    assert (held.iloc[0], held.iloc[2]) == (row.published_share, status)


@pytest.fixture(scope="module")
def overview(tmp_path_factory):
    "Language → slug → the row of the overview, its cells as words."
    folder = tmp_path_factory.mktemp("overview")
    found = {}
    for language in ("vi", "en"):
        path = write_overview(example_edition(), folder / f"{language}.html", language)
        root = lxml_html.fromstring(path.read_text(encoding="utf-8"))
        rows = root.xpath("//table[contains(@class, 'ranking')]/tbody/tr")
        found[language] = {
            row.xpath(".//th//a/@href")[0].removesuffix(".html"): " | ".join(map(words, row))
            for row in rows
        }
    return found


@pytest.mark.parametrize("unit, language", CASES)
def test_our_estimate_is_the_same_in_overview_and_peers(unit, language, pages, overview):
    r = place(unit, language)
    page = table(pages[unit, language]["peers"])
    row = next(row for row in page.to_numpy().tolist() if row[0] == r.name)
    published, estimate, interval = row[1:4]
    assert f"| {published} | {estimate} | {interval} |" in overview[language][r.slug]


@pytest.mark.parametrize("unit", PLACES)
def test_both_languages_show_the_same_numbers(unit, pages):
    def digits(language):
        tables = [
            table(root, i)
            for anchor, root in sorted(pages[unit, language].items())
            if anchor in ("forecast", "targets")
            for i in range(len(root.findall(".//table")))
        ]
        text = " ".join(str(c) for t in tables for c in t.to_numpy().ravel() if c is not None)
        kept = [c for c in text if c.isdigit()]
        return sorted(kept)

    assert digits("vi") == digits("en")


DOCUMENTS = [("VN", "en"), ("34-24", "vi"), ("34-11", "en")]


@pytest.fixture(scope="module", params=DOCUMENTS, ids="-".join)
def documents(request, told, tmp_path_factory):
    "A page, the text of its PDF without spaces, and the rows of all tables of its Word file."
    unit, language = request.param
    folder = tmp_path_factory.mktemp("documents")
    known = contents_of(told[unit, language], example_edition(), unit, language)
    pdf = pypdf.PdfReader(set_pdf(known, folder / "report.pdf"))
    word = docx.Document(set_docx(known, folder / "report.docx"))
    text = "".join("".join(p.extract_text() for p in pdf.pages).split())
    rows = [[" ".join(c.text.split()) for c in row.cells] for t in word.tables for row in t.rows]
    return request.param, text, rows


def test_documents_show_the_rows_of_the_page(documents, pages):
    "Numbers, statuses and verdicts: each row of each table, and the large figures."
    case, text, rows = documents
    page = pages[case]
    seen = 0
    for root in page.values():
        for i in range(len(root.findall(".//table"))):
            for row in table(root, i).itertuples(index=False):
                cells = list(row)
                assert cells in rows
                assert "".join("".join(cells).split()) in text
                seen += 1
    assert seen > 8
    large = [words(p) for p in page["headline"].xpath('.//div[@class="facts"]//strong')]
    assert len(large) == 3 and all("".join(fact.split()) in text for fact in large)
    assert large in rows
