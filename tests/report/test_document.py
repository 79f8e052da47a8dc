"The PDF and the Word file as an archive, an office and a screen reader get them."

import base64
import hashlib
import os
import re
import subprocess
import sys
import time
import unicodedata
import zipfile
from types import SimpleNamespace

import docx
import pandas as pd
import pypdf
import pytest
from lxml import etree, html
from pretended import pretended
from shown import notebook

from digitransform.report.blocks import Figure, Picture, Section
from digitransform.report.document import (
    PARTS,
    _first_page_filled,
    elements,
    write_docx,
    write_pdf,
)
from digitransform.report.page import footer, write_page
from digitransform.report.sections import sections
from digitransform.report.view import unit_report

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
DOT = base64.b64encode(
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (100).to_bytes(4, "big") + (50).to_bytes(4, "big")
).decode()
KEYS = [("34-24", "vi"), ("34-24", "en"), ("34-11", "vi"), ("VN", "en"), ("63-KN", "vi")]


def dated():
    edition = pretended()
    edition.manifest.update(
        key="0b5a9d66c1f2e3d4", next_update="2026-11-06", timezone="Asia/Ho_Chi_Minh"
    )
    return edition


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    "Key → (page, PDF, Word file) of the same executed notebook."

    def make(unit, language):
        folder = tmp_path_factory.mktemp("documents")
        run = notebook(folder, *sections(unit_report(dated(), unit, language)))
        known = dict(edition=dated(), unit=unit, language=language)
        return [
            write(run, folder / f"report.{ending}", **known)
            for write, ending in ((write_page, "html"), (write_pdf, "pdf"), (write_docx, "docx"))
        ]

    return {key: make(*key) for key in KEYS}


@pytest.fixture(params=KEYS, ids="-".join)
def key(request):
    return request.param


@pytest.fixture
def page(made, key):
    return html.fromstring(made[key][0].read_text(encoding="utf-8"))


@pytest.fixture
def pdf(made, key):
    return pypdf.PdfReader(made[key][1])


@pytest.fixture
def word(made, key):
    return docx.Document(made[key][2])


def tagged(pdf, kind):
    "The elements of the structure tree that have the tag `kind`."

    def walk(node):
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            yield from (n for k in node for n in walk(k))
        elif isinstance(node, dict):
            if node.get("/S") == kind:
                yield node
            if "/K" in node:
                yield from walk(node["/K"])

    return list(walk(pdf.trailer["/Root"]["/StructTreeRoot"]))


def words(text):
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()


def alts(page):
    return [unicodedata.normalize("NFC", i.get("alt")) for i in page.iter("img")]


def tables(page):
    return [t for t in page.iter("table") if t.find("thead") is not None]


def test_the_pdf_says_what_it_is(pdf, key):
    root = pdf.trailer["/Root"]
    xmp = pdf.trailer["/Root"]["/Metadata"].get_data().decode()
    for said in (
        "<pdfaid:part>2<",
        "<pdfaid:conformance>B<",
        "<pdfuaid:part>1<",
        "2026-10-01T00:00:00",
    ):
        assert said in xmp, said
    assert (
        root["/Lang"] == key[1]
        and root["/MarkInfo"]["/Marked"]
        and root["/ViewerPreferences"]["/DisplayDocTitle"]
    )
    assert (
        pdf.metadata.title == unicodedata.normalize("NFC", pdf.metadata.title)
        and "digitransform" in pdf.metadata.author
    )
    assert pdf.metadata.creation_date.isoformat() == "2026-10-01T00:00:00+00:00"
    assert all(
        abs(p.mediabox.width - 595.3) < 1 and abs(p.mediabox.height - 841.9) < 1 for p in pdf.pages
    )


def test_every_font_is_in_the_pdf_and_is_ours(pdf):
    fonts = {}
    for p in pdf.pages:
        for font in p["/Resources"].get("/Font", {}).values():
            font = font.get_object()["/DescendantFonts"][0].get_object()
            fonts[font["/BaseFont"]] = font["/FontDescriptor"]
    assert fonts and all("/FontFile2" in f or "/FontFile3" in f for f in fonts.values())
    assert all(re.fullmatch(r"/[A-Z]{6}\+NotoSans-\w+", name) for name in fonts)


def test_the_first_page_of_the_pdf_holds_the_fan(pdf, page):
    first = words(pdf.pages[0].extract_text())
    note = words(page.find(".//section[@id='history']//figure/div").text_content())
    assert note[-40:] in first


def test_the_first_figure_of_the_word_file_shrinks_to_fit_and_no_more():
    picture = dict(svg="", alt="", ratio=0.57, part=1)
    figure = dict(tag="figure", caption=["A share"], pictures=[picture], notes=[])

    def part(lines):
        before = [dict(tag="p", nodes=["word " * 18]) for _ in range(lines)]
        return _first_page_filled(dict(elements=[*before, figure]))[lines]["pictures"][0]["part"]

    parts = [part(lines) for lines in range(40)]
    shrunk = [p for p in parts if p < 1]
    assert parts[0] == parts[-1] == 1 and len(shrunk) >= 3
    assert shrunk == sorted(shrunk, reverse=True) and min(shrunk) >= 0.55
    assert _first_page_filled(dict(elements=[figure], brief=True)) == [figure]


def test_headings_are_bookmarks_and_tags(pdf, page):
    def titles(outline):
        return [
            t for o in outline for t in (titles(o) if isinstance(o, list) else [words(o.title)])
        ]

    expected = [
        words(h.text_content())
        for h in page.iter("h1", "h2", "summary")
        if not h.xpath("ancestor::nav")
    ]
    assert titles(pdf.outline) == expected
    assert (
        sum(len(tagged(pdf, f"/H{level}")) for level in (1, 2, 3)) == len(expected)
        and len(tagged(pdf, "/H1")) == 1
    )


def test_the_pdf_can_be_heard(pdf, page):
    assert sorted(
        unicodedata.normalize("NFC", f["/Alt"]) for f in tagged(pdf, "/Figure") if "/Alt" in f
    ) == sorted(alts(page))
    assert len(tagged(pdf, "/Table")) == len(tables(page))
    assert len(tagged(pdf, "/TH")) == sum(len(t.findall("thead/tr/th")) for t in tables(page))
    assert len(tagged(pdf, "/TR")) == sum(len(t.findall(".//tr")) for t in tables(page))


def test_the_text_comes_out_as_it_went_in(pdf, word, page):
    pdf_text = words(" ".join(p.extract_text() for p in pdf.pages))
    word_text = words(" ".join(p.text for p in word.paragraphs))
    for part in page.xpath(
        '//*[@class="lede"]/p | //*[starts-with(@class, "notice")]/p | //h2[not(ancestor::nav)]'
    ):
        said = words(part.text_content())
        assert said in word_text and said[:40] in pdf_text, (
            said
        )  # a line of the PDF ends somewhere behind that


def test_the_foot_is_the_imprint(pdf, word, key):
    edition = dated()
    said = footer(dated(), key[1])
    zone = dict(vi="Giờ Việt Nam", en="Vietnam Time")[key[1]]
    assert len(said) == 6 and "0b5a9d66c1f2" in said[1] and zone.lower() in said[2].lower()
    assert all(
        "0b5a9d66c1f2" in p.extract_text() and edition.id in p.extract_text() for p in pdf.pages
    )
    last = words(" ".join(p.extract_text() for p in pdf.pages[-2:]))
    assert all(words(s)[:50] in last for s in said)
    assert [p.text for p in word.paragraphs if p.style.name == "Imprint"] == said
    foot = word.sections[0].footer
    assert "0b5a9d66c1f2" in foot.paragraphs[0].text and {"PAGE", "NUMPAGES"} <= {
        i.text.strip() for i in foot._element.iter(f"{W}instrText")
    }


def test_links_lead_out_of_the_documents_and_nowhere_else(pdf, made, key, page):
    out = {a.get("href") for a in page.iter("a") if (a.get("href") or "").startswith("http")}
    links = {
        a.get_object()["/A"]["/URI"]
        for p in pdf.pages
        for a in p.get("/Annots", [])
        if "/URI" in a.get_object().get("/A", {})
    }
    with zipfile.ZipFile(made[key][2]) as z:
        relations = etree.fromstring(z.read("word/_rels/document.xml.rels"))
    external = {r.get("Target") for r in relations if r.get("TargetMode") == "External"}
    assert links == external == out
    assert all(
        r.get("Type").endswith("/hyperlink") for r in relations if r.get("TargetMode") == "External"
    )


def test_the_word_file_is_whole(made, key):
    with zipfile.ZipFile(made[key][2]) as z:
        parts = {n: z.read(n) for n in z.namelist()}
        assert {i.date_time for i in z.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    trees = {
        n: etree.fromstring(b) for n, b in parts.items() if n.endswith((".xml", ".rels", ".svg"))
    }
    assert set(PARTS) <= set(parts)
    body = trees["word/document.xml"]
    relations = {r.get("Id"): r.get("Target") for r in trees["word/_rels/document.xml.rels"]}
    used = {v for e in body.iter() for k, v in e.attrib.items() if k in (f"{R}id", f"{R}embed")}
    assert used <= set(relations) and all(
        f"word/{t}" in parts for t in relations.values() if not t.startswith("http")
    )
    styles = {s.get(f"{W}styleId") for s in trees["word/styles.xml"].iter(f"{W}style")}
    assert {
        e.get(f"{W}val") for t in ("pStyle", "rStyle", "tblStyle") for e in body.iter(W + t)
    } <= styles
    numbers = {n.get(f"{W}numId") for n in trees["word/numbering.xml"].iter(f"{W}num")}
    assert {e.get(f"{W}val") for e in body.iter(f"{W}numId")} <= numbers
    assert not any(
        "var(--" in parts[n].decode() or "prefers-color-scheme" in parts[n].decode()
        for n in parts
        if n.endswith(".svg")
    )


def test_the_word_file_says_what_it_is(word, key):
    locale = dict(vi="vi-VN", en="en-GB")[key[1]]
    properties = word.core_properties
    lang = word.styles.element.find(f".//{W}rPrDefault//{W}lang")
    assert (
        properties.title
        and properties.author.startswith("digitransform")
        and properties.language == lang.get(f"{W}val") == locale
    )
    assert (
        properties.created.isoformat().startswith("2026-10-01T00:00:00")
        and properties.modified == properties.created
    )
    page = word.sections[0]
    fonts = word.styles.element.find(f".//{W}rPrDefault//{W}rFonts")
    assert (round(page.page_width.mm), round(page.page_height.mm)) == (210, 297) and fonts.get(
        f"{W}ascii"
    ) == "Times New Roman"
    assert [
        round(m.mm)
        for m in (page.top_margin, page.bottom_margin, page.left_margin, page.right_margin)
    ] == [20, 20, 30, 15]


def test_word_tables_have_headings_captions_and_the_page_s_numbers(word, page):
    house = [t for t in word.tables if t.style.name == "House Table"]
    assert len(house) == len(tables(page)) > 3
    for mine, theirs in zip(house, tables(page)):
        assert mine._element.find(f"{W}tr/{W}trPr/{W}tblHeader") is not None
        widths = [int(c.get(f"{W}w")) for c in mine._element.find(f"{W}tblGrid")]
        assert sum(widths) == 9354 and min(widths) > 300
        assert [[c.text for c in r.cells] for r in mine.rows] == [
            [words(c.text_content()) for c in r] for r in theirs.iter("tr")
        ]
        above = mine._element.getprevious()
        name = words(theirs.findtext("caption"))
        assert name == mine._element.find(f"{W}tblPr/{W}tblCaption").get(f"{W}val")
        style = above.find(f"{W}pPr/{W}pStyle").get(f"{W}val")
        if style == "Heading2":  # of a fold: the heading says what the table shows
            assert theirs.xpath("boolean(ancestor::details)")
            assert words(above.text).startswith(name)
        else:
            assert (style, words(above.text)) == ("Caption", name)


def test_numbers_stand_to_the_right(word, page):
    mine, theirs = next(
        (m, t)
        for m, t in zip([t for t in word.tables if t.style.name == "House Table"], tables(page))
        if len(t.findall("thead/tr/th")) == 7
    )
    to_the_right = {int(name[1:]) for name in theirs.get("class").split() if name[0] == "r"}
    aligned = enumerate((c.paragraphs[0].alignment is not None for c in mine.rows[1].cells), 1)
    assert to_the_right == {i for i, is_right in aligned if is_right} != set()


def test_word_pictures_are_vectors_with_dots_beside_them_and_words_for_them(word, page):
    pictures = list(
        word.element.body.iter(
            "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
        )
    )
    assert [p.get("descr") for p in pictures] == alts(page) and len(
        {p.get("id") for p in pictures}
    ) == len(pictures)
    for shape in word.inline_shapes:
        blip = next(
            shape._inline.iter("{http://schemas.openxmlformats.org/drawingml/2006/main}blip")
        )
        vector = next(
            shape._inline.iter("{http://schemas.microsoft.com/office/drawing/2016/SVG/main}svgBlip")
        )
        dots, lines = (word.part.related_parts[e.get(f"{R}embed")].blob for e in (blip, vector))
        width = int.from_bytes(dots[16:20], "big")
        assert (
            dots.startswith(b"\x89PNG") and 1290 <= width <= 1310 and lines.startswith(b"<svg")
        )  # 165 mm at 200 dots per inch
        assert abs(shape.height / shape.width - int.from_bytes(dots[20:24], "big") / width) < 0.01


def test_word_headings_are_word_s(word):
    names = [p.style.name for p in word.paragraphs if p.style.name.startswith(("Title", "Heading"))]
    assert (
        names[0] == "Title"
        and names.count("Title") == 1
        and names.count("Heading 1") == 7
        and set(names) <= {"Title", "Heading 1", "Heading 2"}
    )


SCRIPT = """
import sys; sys.path[:0] = {path!r}
from test_document import *
from pathlib import Path
run = notebook(Path("."), *sections(unit_report(dated(), "34-24", "vi")))
known = dict(edition=dated(), unit="34-24", language="vi")
made = [w(run, Path("made"), **known).read_bytes() for w in (write_page, write_pdf, write_docx)]
print([hashlib.sha256(m).hexdigest() for m in made])
"""


def test_the_bytes_depend_on_nothing_but_the_report(tmp_path, made):
    "Another process in another folder, zone, locale and order of sets."
    folder = tmp_path / "nơi khác"
    folder.mkdir()
    zone = "Asia/Ho_Chi_Minh" if time.strftime("%z") != "+0700" else "America/New_York"
    seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(path=[p for p in sys.path if p])],
        cwd=folder,
        env=os.environ | dict(TZ=zone, PYTHONHASHSEED=seed, LC_ALL="C"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    here = [hashlib.sha256(f.read_bytes()).hexdigest() for f in made["34-24", "vi"]]
    assert done.stdout.strip() == str(here)


def small():
    units = pd.DataFrame(
        [("VN", "country", "Việt Nam", "Viet Nam", "viet-nam", "")],
        columns=["unit", "level", "name_vi", "name_en", "slug", "parent"],
    ).assign(reported=True, successor="", role="country")
    aliases = pd.DataFrame(dict(name=[], unit=[]))
    about = dict(id="2026-10-01", units=units, aliases=aliases)
    return SimpleNamespace(**about, manifest=dict(as_of="2026-10-01"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_fork_of_a_process_that_has_set_type_still_sets(tmp_path):
    run = notebook(tmp_path, "# Việt Nam\n\nvăn bản")
    code = f"""
import sys, os, signal; sys.path[:0] = {[p for p in sys.path if p]!r}
from test_document import *
known = dict(edition=small(), unit="VN", language="vi")
write_pdf({str(run)!r}, "first.pdf", **known)
child = os.fork()
if not child: signal.alarm(30); write_pdf({str(run)!r}, "second.pdf", **known); os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "first.pdf").read_bytes() == (tmp_path / "second.pdf").read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        "giá \\$5 # * _ ~ @ `mã` \\\\ #let x = 1 // không",
        "| a | b |\n|---|---|\n\n: trống",
        "một\n\n- hai\n  - ba\n\n1. bốn",
        "## ngay cấp hai\n\n#### rồi cấp bốn",
        "中国 😀 trong tên nguồn",
        "$s = 100 \\cdot \\frac{V}{Y}$",
        "<details>\n<summary>Thêm</summary>\n\ngấp\n\n</details>",
        "a & b &lt;script&gt; <b>đậm</b>\u200b",
    ],
)
def test_no_text_breaks_a_document(tmp_path, text):
    run = notebook(tmp_path, "# Việt Nam\n\n" + text)
    known = dict(edition=small(), unit="VN", language="vi")
    assert len(pypdf.PdfReader(write_pdf(run, tmp_path / "x.pdf", **known)).pages) == 1
    assert (
        docx.Document(write_docx(run, tmp_path / "x.docx", **known)).paragraphs[1].text
        == "Việt Nam"
    )


def test_a_formula_stays_a_formula(tmp_path):
    run = notebook(tmp_path, "# Việt Nam\n\n$s = \\frac{V}{Y}$")
    known = dict(edition=small(), unit="VN", language="vi")
    assert "<math" in write_page(run, tmp_path / "x.html", **known).read_text(encoding="utf-8")
    assert [
        f["/Alt"]
        for f in tagged(pypdf.PdfReader(write_pdf(run, tmp_path / "x.pdf", **known)), "/Formula")
    ] == ["s = \\frac{V}{Y}"]
    assert (
        "<m:oMath"
        in zipfile.ZipFile(write_docx(run, tmp_path / "x.docx", **known))
        .read("word/document.xml")
        .decode()
    )


def test_a_picture_of_dots_becomes_a_drawing():
    found = elements([Section("", "x", [Figure(Picture("image/png", DOT), "một điểm")])])
    picture = found[0]["pictures"][0]
    assert picture["ratio"] == 0.5 and picture["alt"] == "một điểm" and DOT in picture["svg"]


def test_a_site_with_an_address_is_linked(tmp_path):
    edition = small()
    edition.manifest["address"] = "https://kinhteso.example/"
    run = notebook(tmp_path, "# Việt Nam\n\n[Thái Nguyên](thai-nguyen.html)")
    with zipfile.ZipFile(
        write_docx(run, tmp_path / "x.docx", edition=edition, unit="VN", language="vi")
    ) as z:
        assert (
            'Target="https://kinhteso.example/2026-10-01/vi/thai-nguyen.html"'
            in z.read("word/_rels/document.xml.rels").decode()
        )
