"Words that readers take for something else stand neither in the catalogue nor on the pages."

import re
from functools import cache

import pytest
from notebooks import ROOT
from said import said

from digitransform.edition.example import example_edition
from digitransform.edition.schema import package
from digitransform.report import sections as section
from digitransform.report.blocks import Fold, Paragraph, markdown
from digitransform.report.comparison import write_comparison
from digitransform.report.language import in_words_of
from digitransform.report.overview import write_overview
from digitransform.report.view import unit_report
from digitransform.report.workbook import declared_text

FORBIDDEN = {  # language: pattern → what the glossary calls it
    "en": {
        r"(?<!National )\bstatistics office": "statistics office (without *National*)",
        r"\b(?:50|80|95)% interval": "80% interval",
        r"\bvintages?\b": "vintage",
        r"today's map|former map|two maps|redrawing": "today's map, former map, two maps,"
        " redrawing",
        r"inherited target": "inherited target",
        r"similar income": "similar income",
        r"\bcontradicted\b": "contradicted",
        r"\bworlds?\b|(?<!-)\bruns?\b|\bcourses?\b": "world, run, course",
        r"(?<!percentage )(?<!\{)\bpoints\b(?! 0-100)": "points (of a share)",
    },
    "vi": {
        r"cơ quan thống kê": "cơ quan thống kê",
        r"khoảng (?:50|80|95)%": "khoảng 80%",
        r"số (?:liệu )?chính thức": "số chính thức, số liệu chính thức",
        r"(?<!văn )bản công bố|bản mới nhất": "bản công bố, bản mới nhất",
        r"bản đồ (?:cũ|hiện nay)": "bản đồ cũ, bản đồ hiện nay",
        r"mục tiêu kế thừa": "mục tiêu kế thừa",
        r"thu nhập": "thu nhập tương đương",
        r"mâu thuẫn": "mâu thuẫn",
        r"chưa chắc chắn": "chưa chắc chắn",
        r"đường mô phỏng|kịch bản mô phỏng": "đường mô phỏng, kịch bản mô phỏng",
        r"một phần năm": "một phần năm",
        r"hầu như không thể|khả năng ngang nhau": "hầu như không thể, khả năng ngang nhau",
        r"ấn bản": "ấn bản",
        r"mã băm|nguồn cấp": "mã băm, nguồn cấp",
    },
}
STATUS = "ước tính (of our numbers)"  # the first status of official figures, and nothing of ours
OF_OTHERS = re.compile(r"sơ bộ|Bộ |\{wider\}|nghiên cứu|bộ nêu|rộng hơn")


def glossary_rows() -> set[str]:
    "The left column of the table of words that are not used."
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    table = text.partition("## Words that do not stand on pages")[2]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", table, re.M)
    return {left for left, _ in rows} - {"Not"}


def test_the_glossary_and_the_test_know_the_same_words():
    named = {name for words in FORBIDDEN.values() for name in words.values()}
    assert glossary_rows() == named | {STATUS}


def found_in(text: str, language: str) -> list[str]:
    "The forbidden words of a text, each with what stands around it."
    return [
        m.group(0)
        for pattern in FORBIDDEN[language]
        for m in re.finditer(rf".{{0,40}}(?:{pattern}).{{0,20}}", text, re.I)
    ]


def test_no_forbidden_word_in_the_catalogue():
    for message, text in said().values():
        assert not found_in(message.replace("JavaScript", ""), "en"), message
        assert not found_in(text, "vi"), text
        if re.search(r"\bước tính", text, re.I):
            assert text == "ước tính" or OF_OTHERS.search(text), text


def test_no_forbidden_word_above_or_about_a_column():
    vietnamese = in_words_of(example_edition(), "vi")
    fields = [f for table in package()["resources"] for f in table["schema"]["fields"]]
    texts = [
        {"en": entry[key], "vi": entry[f"{key}_vi"]}
        for entry in [*package()["resources"], *fields, *package()["readings"]]
        for key in ("title", "description")
        if f"{key}_vi" in entry
    ]
    assert len(texts) > 1000
    wrong = [w for text in texts for w in found_in(declared_text(text, vietnamese), "vi")]
    assert not wrong


@cache
def place(unit: str, language: str):
    return unit_report(example_edition(), unit, language)


def our_words(sections) -> str:
    "What the sections say, without titles of sources and documents, which are others' words."
    for s in sections:
        s.blocks[:] = [b for b in s.blocks if not (isinstance(b, Fold) and s.anchor == "method")]
    text = markdown(sections)
    return re.sub(r"\[[^]]*\]\([^)]*\)", "", text)


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize("unit", ["VN", "34-RRD", "34-24", "34-11"])
def test_no_forbidden_word_on_a_page(unit, language, monkeypatch):
    def words_only(draw, alt, title, note="", *heights, **place):
        return Paragraph([f"{title} {alt} {note}"])

    monkeypatch.setattr(section, "drawn", words_only)
    r = place(unit, language)
    shown = [s for s in section.sections(r) if s.anchor != "infrastructure"]
    assert not found_in(our_words(shown), language)


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize("write", [write_overview, write_comparison])
def test_no_forbidden_word_on_the_pages_of_all_places(write, language, tmp_path):
    page = write(example_edition(), tmp_path / "x.html", language).read_text(encoding="utf-8")
    main = page[page.index("<main") : page.index("</main>")]
    assert not found_in(re.sub(r"<[^>]+>", " ", main), language)
