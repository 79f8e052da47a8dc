"""The catalogue is complete and alive, and numbers, dates and probabilities keep their promises.

All missing sentences are reported at once: those that the code hands to the catalogue as they
stand, those that it keeps in tables, and those that pages ask for while they are written.
"""

import ast
import re
import string
import tomllib
import unicodedata
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notebooks import CHAPTERS, ROOT
from pretended import pretended
from said import said

from digitransform.edition.summary import rounded
from digitransform.report import blocks, plot, ranking, sections
from digitransform.report import language as words
from digitransform.report.changes_page import write_changes
from digitransform.report.comparison import write_comparison
from digitransform.report.language import (
    date_text,
    format_probability,
    languages,
    likelihood,
    number,
    percent,
    precision_of,
)
from digitransform.report.overview import write_overview
from digitransform.report.view import unit_report

STYLE = ROOT / "digitransform" / "style"
TRANSLATED = [code for code in languages() if code != "en"]
probabilities = st.floats(0, 1)


# The catalogue


def constants(tree) -> set[str]:
    "Texts written in a piece of code, without the keys of look-ups."
    subscripts = [n for n in ast.walk(tree) if isinstance(n, ast.Subscript)]
    keys = {id(n) for s in subscripts for n in ast.walk(s.slice)}
    texts = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return {n.value for n in texts if id(n) not in keys}


def said_in_code() -> set[str]:
    "Every sentence that exported code hands to the catalogue as it stands."
    found = set()
    for cell in (c for chapter in CHAPTERS for c in chapter.cells if c.exported):
        for call in (n for n in ast.walk(cell.tree) if isinstance(n, ast.Call)):
            name = getattr(call.func, "attr", getattr(call.func, "id", ""))
            if name in ("say", "translate") and call.args:
                found |= constants(call.args[0])
    return found


def said_in_templates() -> set[str]:
    "Every sentence of the page templates."
    call = re.compile(r"""_\((?:"([^"]+)"|'([^']+)')""")
    pages = [path.read_text(encoding="utf-8") for path in STYLE.glob("*.html")]
    return {a or b for page in pages for a, b in call.findall(page)}


def said_from_tables() -> set[str]:
    "Sentences that are kept in the tables of a module and looked up from there."
    return (
        {word for _, word in words.LIKELIHOOD}
        | {*words.PERIODS.values(), *words.RELATIONS.values()}
        | {marker.name for marker in plot.MARKERS.values()}
        | {*sections.MEASURES.values(), *sections.BASES.values()}
        | {kind for kind in ranking.KINDS.values() if kind}
    )


class Recorded(dict):
    "A catalogue that knows every sentence and remembers those it had to invent."

    def __init__(self, known):
        super().__init__(known)
        self.missing = set()

    def get(self, message, default=None):
        if message not in self and default is None:
            self.missing.add(message)
        return super().get(message, message if default is None else default)


def missing_while_writing(language, folder) -> set[str]:
    "Sentences that the pages of every unit and of the edition ask for and the catalogue lacks."
    recorded = Recorded(words.catalogue(language))
    edition = pretended()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words, "catalogue", lambda _: recorded)
        patch.setattr(blocks, "drawing", lambda *size: plot.Drawing("<svg/>", []))  # takes longest
        for unit in edition.units.unit[edition.units.reported]:
            sections.sections(unit_report(edition, unit, language))
        write_overview(edition, folder / "index.html", language)
        write_comparison(edition, folder / "compare.html", language)
        for previous in (edition, None):
            write_changes(edition, previous, folder / "changes.html", language)
    return recorded.missing


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated(language, tmp_path):
    said = said_in_code() | said_in_templates() | said_from_tables()
    missing = said - set(words.catalogue(language)) | missing_while_writing(language, tmp_path)
    entries = [f'msgid "{message}"\nmsgstr ""\n' for message in sorted(missing)]
    assert not missing, f"{len(missing)} missing in {language}:\n" + "\n".join(entries)


@cache
def source_strings() -> set[str]:
    "Every text constant of the exported code, for sentences that arrive through a variable."
    exported = [c for chapter in CHAPTERS for c in chapter.cells if c.exported]
    return set().union(*(constants(c.tree) for c in exported))


PEER_REASONS = (
    "region of the country",
    "another region",
    "same region",
    "similar regional product per head",
)


def data_words() -> set[str]:
    "Words that come with the data."
    measures = tomllib.loads((ROOT / "data" / "indicators.toml").read_text(encoding="utf-8"))
    return {m["unit"] for m in measures.values()} | set(PEER_REASONS)


def test_no_sentence_of_the_catalogue_is_dead():
    known = said_in_templates() | said_from_tables() | source_strings() | data_words()
    assert not set(words.catalogue("vi")) - known


def test_translations_keep_the_places_and_are_composed():
    def places(text):
        return sorted(f for _, f, _, _ in string.Formatter().parse(text) if f)

    for message, text in words.catalogue("vi").items():
        assert places(message) == places(text), message
        assert unicodedata.is_normalized("NFC", text) and text.strip(), message
        assert message.count("**") == text.count("**"), message


def test_units_of_measurement_have_a_vietnamese_word():
    shown = set(pretended().infrastructure.unit_en) - {"rank", "percent", "Mbps", "Tbps"}
    assert shown <= set(said())


FORMER_WORDS = re.compile(r"\b(worlds?|(?<!-)runs?|courses?)\b|kịch bản mô phỏng|lần chạy")


def test_a_draw_is_a_simulated_path_to_readers():
    for message, text in words.catalogue("vi").items():
        if "JavaScript" not in message:
            assert not FORMER_WORDS.search(message + " " + text), message


# Numbers


@given(st.floats(-1e6, 1e6), st.sampled_from([0.1, 0.5, 1, 5, 10]))
def test_rounding_is_to_the_nearest_multiple(value, step):
    found = float(rounded(value, step))
    assert abs(found - value) <= step / 2 * (1 + 1e-9) + 1e-9
    assert abs(found / step - round(found / step)) < 1e-6


@given(probabilities, st.sampled_from([1, 5]), st.sampled_from(languages()))
def test_nothing_is_impossible_or_certain(p, step, language):
    said = format_probability(p, language, step)
    assert said not in (percent(0, language), percent(100, language))
    assert re.search(r"\d", said)


@given(probabilities, probabilities, st.sampled_from([1, 5]))
def test_a_higher_probability_never_gets_a_lower_word(p, q, step):
    order = [word for _, word in words.LIKELIHOOD]
    low, high = sorted((p, q))
    assert order.index(likelihood(high, "en", step)) <= order.index(likelihood(low, "en", step))


@given(probabilities, st.sampled_from([1, 5]))
def test_word_and_printed_number_agree(p, step):
    printed = words.whole_percent(p, step)
    limits = {
        "virtually certain": (99, 100),
        "very likely": (90, 98),
        "likely": (66, 89),
        "about as likely as not": (34, 65),
        "unlikely": (11, 33),
        "very unlikely": (2, 10),
        "exceptionally unlikely": (0, 1),
    }
    low, high = limits[likelihood(p, "en", step)]
    assert low <= printed <= high


@given(st.floats(0.01, 1e5), st.integers(1, 4))
def test_significant_figures(value, figures):
    text = (
        number(value, "en", precision_of(value, figures))
        .replace(",", "")
        .replace(".", "")
        .strip("0")
    )
    assert len(text) <= figures


def test_published_numbers_are_not_touched():
    assert [number(v, "vi") for v in (12.87, 46.3, 17.0, 14.02, 5.6)] == [
        "12,87",
        "46,3",
        "17",
        "14,02",
        "5,6",
    ]
    assert date_text("2024-08/09", "vi") == "2024-08/09" and date_text(None, "en") == ""
