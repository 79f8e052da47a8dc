"The pages as a browser gets them: self-contained, accessible, the same in both languages."

import html
import json
import re
from html.parser import HTMLParser
from urllib.parse import unquote

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from lxml import etree
from notebooks import ROOT
from pretended import pretended
from shown import notebook

from digitransform.core.names import fold
from digitransform.report.comparison import write_comparison
from digitransform.report.overview import RAMP, RAMP_DARK, write_overview
from digitransform.report.page import (
    DOWNLOADS,
    external_resources,
    footer,
    html_of,
    json_for_script,
    known_places,
    write_page,
)
from digitransform.report.plot import DARK, PALETTE, contrast, fan_chart, report_style, svg_text
from digitransform.report.ranking import ranking
from digitransform.report.sections import SECTIONS, sections
from digitransform.report.view import unit_report

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Page(HTMLParser):
    "The elements of a page with their attributes; a tag closed that was not open is an error."

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.open = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open[-1] == "p" != tag:
            self.open.pop()
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def all(self, tag):
        return [a for t, a in self.elements if t == tag]


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")

    def make(unit, language):
        r = unit_report(pretended(), unit, language)
        run = notebook(folder, *sections(r))
        return write_page(
            run,
            folder / language / f"{r.slug}.html",
            edition=pretended(),
            unit=unit,
            language=language,
        )

    made = {key: make(*key) for key in KEYS if key[0] != "overview"}
    overviews = {
        ("overview", language): write_overview(
            pretended(), folder / language / "index.html", language
        )
        for language in ("vi", "en")
    }
    return made | overviews


KEYS = [
    ("34-24", "vi"),
    ("34-24", "en"),
    ("34-11", "vi"),
    ("VN", "en"),
    ("63-KN", "vi"),
    ("overview", "vi"),
    ("overview", "en"),
]


@pytest.mark.parametrize("key", KEYS)
def test_a_page_is_whole(pages, key):
    text = pages[key].read_text(encoding="utf-8")
    page = Page(text)
    assert page.open == [] or page.open == ["p"]
    assert page.all("html") == [dict(lang=key[1])]
    assert len(page.all("h1")) == 1 and len(page.all("main")) == 1 and page.all("title")
    assert external_resources(text) == [] and "default-src 'none'" in text
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for a in page.all("a") if a.get("href", "").startswith("#")} <= set(ids)


@pytest.mark.parametrize("key", KEYS)
def test_a_page_can_be_heard(pages, key):
    page = Page(pages[key].read_text(encoding="utf-8"))
    assert all(len(a.get("alt", "")) > 60 for a in page.all("img"))
    assert all(a.get("scope") in ("col", "row") for a in page.all("th"))
    assert len(page.all("caption")) == len(page.all("table")) > 0
    assert all(a.get("aria-label") for t, a in page.elements if a.get("role") == "region")
    assert any(a.get("class") == "skip" for a in page.all("a"))
    assert all("aria-label" in a for a in page.all("nav"))


@pytest.mark.parametrize("key", KEYS)
def test_every_page_has_the_imprint_at_its_foot(pages, key):
    foot = re.search(
        r'<footer class="site">(.*?)</footer>', pages[key].read_text(encoding="utf-8"), re.S
    )[1]
    assert re.findall(r"<p>(.*?)</p>", foot) == [
        html.escape(s) for s in footer(pretended(), key[1])
    ]


def test_the_imprint_knows_the_edition_and_the_next_one():
    edition = pretended()
    assert len(footer(edition, "en")) == 4
    edition.manifest.update(
        key="0b5a9d66c1f2e3d4", next_update="2026-11-06", timezone="Asia/Ho_Chi_Minh"
    )
    assert footer(edition, "en")[2].endswith("by then."), "of the next release nothing is known"
    coming = pd.DataFrame(dict(year=[2026], expected=["2027-01"]))
    edition.tables = dict(edition.tables, next_release=coming)
    said = footer(edition, "en")
    assert (
        said[1] == "Hash of this edition: 0b5a9d66c1f2."
        and said[2].startswith("Next update: 6 November 2026 (Vietnam Time), if ")
        and said[2].endswith("for 2026 is expected in January 2027.")
    )
    assert (
        len(footer(edition, "vi")) == 6
        and "6 tháng 11 năm 2026 (giờ Việt Nam)" in footer(edition, "vi")[2]
    )


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_preview_says_that_it_is_none_to_publish(language):
    edition = pretended()
    before = footer(edition, language)
    edition.manifest.update(scored_by="0b5a9d66c1f2e3d4", draws=200)
    (said,) = set(footer(edition, language)) - set(before)
    assert "200" in said and said.startswith(dict(en="A preview", vi="Bản xem trước")[language])


OFFICE = dict(
    organisation="Viện Kinh tế số",
    organisation_en="Institute for the Digital Economy",
    contact="so-lieu@example.vn",
    licence="CC BY 4.0",
    doi="10.5281/zenodo.1234567",
    repository="https://example.vn/kho",
)


def published_by(edition, **about):
    return type(edition)(**vars(edition) | dict(manifest=edition.manifest | about))


def test_an_unnamed_publisher_is_said_to_be_unnamed_and_no_state_body():
    said = " ".join(footer(pretended(), "vi"))
    assert "Chưa nêu đơn vị công bố" in said and "không phải ấn phẩm của cơ quan nhà nước" in said
    assert "None" not in said and "()" not in said and ": ." not in said
    state = published_by(pretended(), publisher=dict(statement="A publication of the state."))
    assert footer(state, "en")[-1] == "A publication of the state."


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_says_who_publishes_and_how_to_cite_it(tmp_path, language):
    site = "https://example.org/so"
    edition = published_by(pretended(), publisher=OFFICE, address=site)
    for name, write in (("index", write_overview), ("compare", write_comparison)):
        text = write(edition, tmp_path / f"{name}.html", language).read_text(encoding="utf-8")
        page = Page(text)
        own = f"{site}/{edition.id}/{language}/{name}.html"
        foot = text.split('<footer class="site">')[1]
        organisation = OFFICE["organisation_en" if language == "en" else "organisation"]
        assert foot.count(organisation) == 2
        assert 'href="mailto:so-lieu@example.vn"' in foot and "CC BY 4.0" in foot
        assert 'href="https://doi.org/10.5281/zenodo.1234567"' in foot and f'href="{own}"' in foot
        links = {(a.get("rel"), a.get("hreflang")): a["href"] for a in page.all("link")}
        assert links["canonical", None] == own
        assert links["alternate", language] == own
        other = "vi" if language == "en" else "en"
        assert links["alternate", other] == own.replace(f"/{language}/", f"/{other}/")
        about = {m["property"]: m["content"] for m in page.all("meta") if "property" in m}
        assert about["og:url"] == own and about["og:image"].startswith(f"{site}/{edition.id}/")
        assert about["og:title"] and about["og:description"] and links["icon", None]
        assert external_resources(text) == []


def test_without_an_address_no_page_claims_one(tmp_path):
    page = write_overview(pretended(), tmp_path / "index.html", "vi").read_text(encoding="utf-8")
    assert 'rel="canonical"' not in page and "og:url" not in page
    assert 'hreflang="en" href="../en/index.html"' in page


def test_the_picker_knows_old_and_short_names_and_no_place_twice():
    known = {slug: names for slug, *names in known_places(pretended(), "vi")}
    assert len(known) == 45 and len(json_for_script(list(known.values())).encode()) < 6000
    found = {}
    for slug, names in known.items():
        for name in names:
            assert found.setdefault(fold(name).replace(" ", ""), slug) == slug, name
    for typed, slug in (
        ("tphcm", "ho-chi-minh-city"),
        ("saigon", "ho-chi-minh-city"),
        ("sg", "ho-chi-minh-city"),
        ("hn", "ha-noi"),
        ("backan", "thai-nguyen"),
        ("hoangsa", "da-nang"),
        ("truongsa", "khanh-hoa"),
        ("canuoc", "viet-nam"),
    ):
        assert found[typed] == slug
    assert "taynguyen" not in found, "a region that is no more is not the country"
    assert "bac-ninh" not in dict(
        (slug, names) for slug, *names in known_places(pretended(), "vi", ["bac-ninh.html"])
    )


def test_a_page_offers_the_formats_that_were_made_and_no_others(tmp_path):
    run = notebook(tmp_path, "# Bắc Ninh")

    def links(formats):
        page = Page(
            write_page(
                run,
                tmp_path / "x.html",
                edition=pretended(),
                unit="34-24",
                language="vi",
                formats=formats,
            ).read_text(encoding="utf-8")
        )
        return [a["href"] for a in page.all("a") if a["href"].startswith("bac-ninh.")], [
            a["href"] for a in page.all("a") if a["href"].startswith("compare")
        ]

    assert links(("html", "xlsx", "pdf")) == (
        ["bac-ninh.brief.pdf", "bac-ninh.pdf", "bac-ninh.xlsx"],
        ["compare.html?a=bac-ninh"],
    )
    assert links(()) == links(("html",)) == ([], ["compare.html?a=bac-ninh"])
    files = [f"bac-ninh.{ending}" for ending in ("brief.pdf", *DOWNLOADS)]
    assert links(tuple(DOWNLOADS))[0] == files


@pytest.mark.parametrize(
    "text, made",
    [
        (
            "| a | b |\n| :--- | ---: |\n| x \\| y | 1 |\n\n: Bảng\n\n: không",
            "<caption class=.hidden.>Bảng</caption>.*x \\| y</th>.*<p>: không</p>",
        ),
        ("giá 5\\$ đến 7\\$, \\<b\\>", r"giá 5\$ đến 7\$, &lt;b&gt;"),
        ("$\\frac{V}{Y}$", "<p><math .*<mfrac>"),
    ],
)
def test_markdown_means_what_it_meant(text, made):
    assert re.search(made, html_of(text), re.S)


def test_the_two_languages_lead_to_each_other(pages):
    for unit in ("34-24", "overview"):
        for here, there in (("vi", "en"), ("en", "vi")):
            links = [
                a
                for a in Page(pages[unit, here].read_text(encoding="utf-8")).all("a")
                if a.get("hreflang")
            ]
            assert [(a["hreflang"], a["href"]) for a in links] == [
                (there, f"../{there}/{'bac-ninh' if unit != 'overview' else 'index'}.html")
            ]


def test_both_languages_say_the_same_numbers(pages):
    def numbers(language):
        text = re.sub(
            r"data:[^\"]+|<style>.*?</style>|<[^>]+>",
            " ",
            pages["34-24", language].read_text(encoding="utf-8"),
            flags=re.S,
        )
        rows = re.findall(
            r"(?:dự báo|forecast)\s+([\d.,]+)\s+([\d.,]+–[\d.,]+)\s+([\d.,]+–[\d.,]+)", text
        )
        swap = str.maketrans(",.", ".,") if language == "vi" else {}
        return [tuple(cell.translate(swap) for cell in row) for row in rows]

    assert numbers("vi") == numbers("en") and len(numbers("vi")) == 6


def test_pages_know_light_dark_print_and_small_screens():
    style = (ROOT / "digitransform" / "style" / "page.css").read_text(encoding="utf-8")
    assert (
        "@media print" in style
        and "max-width" in style
        and "prefers-color-scheme: dark"
        in (ROOT / "digitransform" / "style" / "base.html").read_text(encoding="utf-8")
    )


def test_colours_can_be_read():
    for palette in (PALETTE, DARK):
        assert all(
            contrast(palette[c], palette[ground]) >= 4.5
            for c in ("ink", "muted", "estimate")
            for ground in ("paper", "zone")
        )
        assert contrast(palette["ink"], palette["band50"]) >= 4.5
    assert all(
        max(contrast(c, "#ffffff"), contrast(c, "#12181d")) >= 4.5 for c in (*RAMP, *RAMP_DARK)
    )
    lightness = [contrast(c, "#000000") for c in RAMP]
    assert lightness == sorted(lightness, reverse=True)


def test_figures_are_text_and_change_no_settings():
    r = unit_report(pretended(), "34-11", "vi")
    before = dict(plt.rcParams)
    with report_style():
        figure, ax = plt.subplots(figsize=(7.2, 4))
        fan_chart(ax, r.share, "vi", now=r.now, precision=r.precision)
    first = svg_text(figure)
    second = svg_text(figure)
    plt.close(figure)
    assert dict(plt.rcParams) == before
    assert (
        first == second
        and "dự báo" in first
        and "prefers-color-scheme:dark" in first
        and "http://www.w3.org/2000/svg" in first
    )
    assert not re.search(r"<(?:dc:|cc:|rdf:)date", first)


def test_pictures_inside_a_page_are_svg_in_two_widths(pages):
    text = pages["34-24", "vi"].read_text(encoding="utf-8")
    addresses = re.findall(r"data:image/svg\+xml,([^\" ]+)", text.partition("</head>")[2])
    pictures = [etree.fromstring(unquote(a)) for a in addresses]
    widths = {float(picture.get("width").removesuffix("pt")) for picture in pictures}
    beside = [f for f in text.split("<figure")[1:] if f.startswith(' class="beside"')]
    assert widths == {270.0, 518.4} and beside
    assert len(addresses) == 2 * text.count("<figure") - len(beside)


def test_the_overview_leads_to_every_unit(pages):
    reported = pretended().units[pretended().units.reported]
    page = Page(pages["overview", "vi"].read_text(encoding="utf-8"))
    assert {f"{s}.html" for s in reported.slug} <= {a.get("href") for a in page.all("a")}
    assert sum(a.get("class", "").startswith("tile") for a in page.all("a")) == 34
    rows = ranking(pretended(), "vi")
    provinces = rows[rows.role == "place"]
    assert len(rows) == 45 and len(provinces) == 34
    assert provinces.best.is_monotonic_increasing and provinces.best.iloc[0] == 1
    assert (provinces.best <= provinces.worst).all() and provinces.worst.max() == 34


def template():
    return json.loads((ROOT / "reports" / "unit.ipynb").read_text(encoding="utf-8"))["cells"]


def test_the_template_shows_one_section_in_each_cell():
    code = ["".join(c["source"]) for c in template() if c["cell_type"] == "code"]
    tags = [c["metadata"].get("tags") for c in template()]
    assert tags.count(["parameters"]) == 1
    cells = [re.sub(r"^#.*\n?", "", cell, flags=re.M).strip() for cell in code[2:]]
    delivered = [f"sections.{section.__name__}(report)" for section in SECTIONS]
    shown = [cell for cell in cells if cell in delivered]  # others are an economist's own
    assert shown == delivered


def test_the_parameters_run_as_they_stand():
    names = {}
    exec("".join(template()[1]["source"]), names)
    assert (names["edition"], names["unit"], names["language"]) == ("newest", "Bắc Ninh", "vi")
