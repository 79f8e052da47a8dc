"""Text is text in every format: what stands in a name, a title or a note of the data is never
markup, never a formula, never a script.

All is written twice, from the same edition with hostile texts and with harmless ones of the same
length. Whatever differs but the words themselves is markup that came from data.
"""

import csv
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import nbformat
import openpyxl
import pypdf
import pytest
from lxml import etree, html
from shown import notebook

from digitransform.edition.example import example_edition
from digitransform.report.changes_page import write_changes
from digitransform.report.comparison import write_comparison
from digitransform.report.contributions_page import write_contributions
from digitransform.report.document import write_docx, write_pdf
from digitransform.report.mergers_page import write_mergers
from digitransform.report.methods_page import write_methods
from digitransform.report.overview import write_overview
from digitransform.report.page import write_page
from digitransform.report.readiness_page import write_readiness
from digitransform.report.results import write_results
from digitransform.report.scenarios_page import write_scenarios
from digitransform.report.sections import sections
from digitransform.report.site import write_site
from digitransform.report.view import unit_report
from digitransform.report.workbook import write_csv, write_xlsx

DAY = "2026-10-01"
PLACE = ("34-24", "bac-ninh")
IN_VIETNAMESE = {"viet-nam": "VN", "red-river-delta": "34-RRD"}  # the country and a region
FORMULA = "=cmd|'/C calc'!A0"
HOSTILE = (
    f"{FORMULA} </script><script>evil()</script></style></svg></title> \"onload='evil()'"
    " <img/src=x> <!-- ]]> &lt;b&gt; {{7*7}} **b** [x](javascript:evil()) `c` $x$"
    ' #import "evil.typ" \\evil %'
)
HARMLESS = re.sub(r"\S", "x", HOSTILE)
ADDRESS = re.compile(r"(https?://|#|data:image/|mailto:|[\w./-]+(\?a=[\w-]+)?(#.*)?$)")
OURS = re.compile(  # columns whose texts people write
    r"(name|islands|note|title|document|producer|publisher|citation|question|answer|topic|words"
    r"|reason|unit)_(vi|en)|note|title|document|name"
)


def edition_with(words: str):
    "The example edition, with `words` before each text that comes from data."

    def told(text):
        return f"{words} {text}" if isinstance(text, str) and text else text

    made = example_edition()
    tables = {}
    for name, table in made.tables.items():
        mine = [column for column in table.columns if OURS.fullmatch(column)]
        tables[name] = table.assign(**{column: table[column].map(told) for column in mine})
    locale = made.manifest["locale"]
    said = {key: told("Office") for key in ("organisation", "contact", "licence", "statement")}
    more = dict(
        locale=locale | dict(currency={c: told(t) for c, t in locale["currency"].items()}),
        publisher=said,
    )
    return replace(made, manifest=made.manifest | more, tables=tables)


PAGES = dict(
    index=write_overview,
    compare=write_comparison,
    readiness=write_readiness,
    scenarios=write_scenarios,
    methods=write_methods,
    mergers=write_mergers,
    contributions=write_contributions,
)


def write_all(folder: Path, words: str) -> Path:
    "Everything that is published of one place, in English."
    edition = edition_with(words)
    root = folder / DAY
    (root / "en").mkdir(parents=True)
    for name, write in PAGES.items():
        write(edition, root / "en" / f"{name}.html", "en")
    write_changes(edition, None, root / "en" / "changes.html", "en")
    unit, slug = PLACE
    run = notebook(root, *sections(unit_report(edition, unit, "en")))
    for write, kind in (
        (write_page, "html"),
        (write_pdf, "pdf"),
        (write_docx, "docx"),
        (write_xlsx, "xlsx"),
        (write_csv, "csv"),
    ):
        write(run, root / "en" / f"{slug}.{kind}", edition=edition, unit=unit, language="en")
    (root / "vi").mkdir()
    for slug, unit in IN_VIETNAMESE.items():
        run = notebook(root, *sections(unit_report(edition, unit, "vi")))
        write_page(run, root / "vi" / f"{slug}.html", edition=edition, unit=unit, language="vi")
    write_overview(edition, root / "vi" / "index.html", "vi")
    (root / "edition").mkdir()
    about = {key: edition.manifest[key] for key in ("as_of", "locale", "publisher")}
    (root / "edition" / "manifest.json").write_text(json.dumps(about), encoding="utf-8")
    write_site(folder, address="https://example.org", languages=("en",))
    if words == HOSTILE:
        write_results(edition, root / "results")
    return folder


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    folder = tmp_path_factory.mktemp("words")
    return write_all(folder / "hostile", HOSTILE), write_all(folder / "harmless", HARMLESS)


def shape(root) -> list:
    "The elements of a document in their order, each with the names of its attributes."
    return [(node.tag, sorted(node.attrib)) for node in root.iter() if isinstance(node.tag, str)]


def counted(text: str) -> int:
    return text.count(FORMULA)


@pytest.mark.parametrize(
    "name",
    [
        *(f"en/{name}" for name in (*PAGES, "changes", PLACE[1])),
        *(f"vi/{name}" for name in ("index", *IN_VIETNAMESE)),
    ],
)
def test_a_text_is_no_markup_on_a_page(both, name):
    pages = [html.parse(folder / DAY / f"{name}.html").getroot() for folder in both]
    hostile, harmless = pages
    assert counted(hostile.text_content()) > 0, "the texts are on this page"
    assert shape(hostile) == shape(harmless)
    for node in hostile.iter("script"):
        if node.get("type") == "application/json":
            json.loads(node.text)
        else:
            assert "evil" not in node.text
    assert not [n for n in hostile.iter("style") if "evil" in n.text]
    for address in (*hostile.xpath("//@href"), *hostile.xpath("//@src")):
        assert re.match(
            r"(https?://|#|data:image/|mailto:|[\w./-]+(\?a=[\w-]+)?(#.*)?$)", address
        ), address


def test_a_text_is_no_markup_in_a_chart_of_its_own(both):
    charts = [sorted((folder / DAY / "en").glob("*.svg")) for folder in both]
    assert [c.name for c in charts[0]] == [c.name for c in charts[1]] and charts[0]
    for hostile, harmless in zip(*charts):
        assert shape(etree.parse(hostile)) == shape(etree.parse(harmless))
    said = "".join(chart.read_text(encoding="utf-8") for chart in charts[0])
    assert "evil" in said, "the names of places are on one of them"


def test_a_text_is_neither_field_nor_markup_in_word(both):
    found = []
    for folder in both:
        with zipfile.ZipFile(folder / DAY / "en" / f"{PLACE[1]}.docx") as archive:
            parts = {
                n: archive.read(n) for n in archive.namelist() if n.endswith((".xml", ".rels"))
            }
        found.append({name: etree.fromstring(content) for name, content in parts.items()})
    hostile, harmless = found
    assert {n: shape(r) for n, r in hostile.items()} == {n: shape(r) for n, r in harmless.items()}
    assert counted("".join(hostile["word/document.xml"].itertext())) > 0
    for rels in (root for name, root in hostile.items() if name.endswith(".rels")):
        away = [r.get("Target") for r in rels if r.get("TargetMode") == "External"]
        assert all(target.startswith(("https://", "http://")) for target in away)


def test_a_text_is_no_code_in_the_pdf(both):
    document = pypdf.PdfReader(both[0] / DAY / "en" / f"{PLACE[1]}.pdf")
    said = re.sub(r"\s+", "", "".join(page.extract_text() for page in document.pages))
    assert '#import"evil.typ"' in said and "**b**" in said and "{{7*7}}" in said
    actions = [
        note.get_object()["/A"]
        for page in document.pages
        for note in page.get("/Annots", [])
        if "/A" in note.get_object()
    ]
    assert {action["/S"] for action in actions} <= {"/URI", "/GoTo"}
    assert all(str(a["/URI"]).startswith(("http", "mailto:")) for a in actions if "/URI" in a)


def test_a_text_is_no_formula_in_a_workbook(both):
    book = openpyxl.load_workbook(both[0] / DAY / "en" / f"{PLACE[1]}.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    hostile = [cell for cell in cells if isinstance(cell.value, str) and FORMULA in cell.value]
    assert hostile and {cell.data_type for cell in cells} <= {"s", "n", "d", "b"}
    links = [cell.hyperlink.target for cell in cells if cell.hyperlink and cell.hyperlink.target]
    assert links and all(link.startswith(("http://", "https://")) for link in links)


def test_a_text_is_no_formula_in_a_table_that_excel_opens(both):
    root = both[0] / DAY
    tables = [root / "en" / f"{PLACE[1]}.csv", *sorted((root / "results").glob("*.csv"))]
    seen = 0
    for path in tables:
        with open(path, encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))], path
        seen += sum(cell.startswith("'=") for cell in cells)
    assert len(tables) > 10 and seen > 100, "the texts are there, as texts"


def test_a_text_is_no_markup_in_feed_landing_page_permalink_and_site_map(both):
    for name in ("feed.en.xml", "sitemap.xml"):
        hostile, harmless = (etree.parse(folder / name) for folder in both)
        assert shape(hostile) == shape(harmless)
    assert "<script>evil()" in "".join(etree.parse(both[0] / "feed.en.xml").getroot().itertext())
    for name in ("index.html", f"en/{PLACE[1]}.html"):
        hostile, harmless = (html.parse(folder / name).getroot() for folder in both)
        assert shape(hostile) == shape(harmless) and "evil" in hostile.text_content()


def test_a_text_is_no_markup_in_the_executed_notebook(both):
    ran = nbformat.read(both[0] / DAY / "run.ipynb", as_version=4)
    kinds = {kind for cell in ran.cells for out in cell.outputs for kind in out.data}
    assert "evil" in json.dumps(ran) and "text/html" not in kinds, "a viewer would run it"
    nbformat.validate(ran)
