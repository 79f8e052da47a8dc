"What the pages say: the catalogue is complete, numbers keep their promises, and the sentences hold for every unit."
import ast
import re
import string
import tomllib
import unicodedata
from functools import cache
from itertools import product

import pytest
from hypothesis import given, strategies as st
from pretended import pretended
from rooms import ROOMS, ROOT

from digitransform import language as words, plot, section
from digitransform.language import chance, date_text, languages, likelihood, number, percent, rounded, step_of, translate
from digitransform.report import unit_report
from digitransform.section import SECTIONS, main_target, own_official, sections

STYLE = ROOT / "digitransform" / "style"
UNITS = list(pretended().units.unit[pretended().units.reported])
probabilities = st.floats(0, 1)


@cache
def about(unit, language):
    return unit_report(pretended(), unit, language)


@pytest.fixture
def no_pictures(monkeypatch):
    "Figures take most of the time of a page; here their words are enough."
    monkeypatch.setattr(section, "figure_markdown", lambda draw, alt, title, note="", *heights: f"**{title}**\n\n{alt}\n\n{note}")


# The catalogue

def constants(tree):
    "Texts written in a piece of code, without the keys of look-ups."
    keys = {id(n) for s in ast.walk(tree) if isinstance(s, ast.Subscript) for n in ast.walk(s.slice)}
    return {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in keys}


def said_in_code():
    "Every sentence that exported code or a template hands to the catalogue."
    found = set()
    for room in ROOMS:
        for cell in (c for c in room.cells if c.exported):
            for call in (n for n in ast.walk(cell.tree) if isinstance(n, ast.Call)):
                name = getattr(call.func, "attr", getattr(call.func, "id", ""))
                if name in ("say", "translate") and call.args:
                    found |= constants(call.args[0])
    for path in STYLE.glob("*.html"):
        found |= {a or b for a, b in re.findall(r"""_\((?:"([^"]+)"|'([^']+)')""", path.read_text(encoding="utf-8"))}
    return found


def said_from_tables():
    "Sentences that are kept in the tables of a module and looked up from there."
    found = {word for _, word in words.LIKELIHOOD} | set(words.PERIODS.values()) | {word for *_, word in plot.LADDER} | {name for *_, name in plot.MARKERS.values()}
    found |= set(section.RELATIONS.values()) | set(section.MEASURES.values()) | set(section.BASES.values()) | set(section.METHOD) | set(section.METHOD.values())
    from digitransform.overview import KINDS
    return found | set(filter(None, KINDS.values()))


def source_strings():
    "Every text constant of the exported code, for sentences that reach the catalogue through a variable."
    return set().union(*(constants(c.tree) for room in ROOMS for c in room.cells if c.exported))


def data_words():
    measures = tomllib.loads((ROOT / "data" / "indicators.toml").read_text(encoding="utf-8"))
    return {m["unit"] for m in measures.values()} | {"same region", "similar income", "same level"}


@pytest.mark.parametrize("language", [l for l in languages() if l != "en"])
def test_every_sentence_is_translated(language):
    missing = (said_in_code() | said_from_tables()) - set(words.catalogue(language))
    assert not missing, "\n".join(sorted(missing))


def test_no_sentence_of_the_catalogue_is_dead():
    known = said_in_code() | said_from_tables() | source_strings() | data_words()
    assert not set(words.catalogue("vi")) - known


def test_translations_keep_the_places_and_are_composed():
    places = lambda text: sorted(f for _, f, _, _ in string.Formatter().parse(text) if f)
    for message, text in words.catalogue("vi").items():
        assert places(message) == places(text), message
        assert unicodedata.is_normalized("NFC", text) and text.strip(), message
        assert message.count("**") == text.count("**"), message


def test_units_of_measurement_have_a_vietnamese_word():
    shown = set(pretended().infrastructure.unit_en) - {"rank", "percent", "Mbps", "Tbps"}
    assert shown <= set(words.catalogue("vi"))


# Numbers

@given(st.floats(-1e6, 1e6), st.sampled_from([.1, .5, 1, 5, 10]))
def test_rounding_is_to_the_nearest_multiple(value, step):
    found = float(rounded(value, step))
    assert abs(found - value) <= step / 2 * (1 + 1e-9) + 1e-9
    assert abs(found / step - round(found / step)) < 1e-6


@given(probabilities, st.sampled_from([1, 5]), st.sampled_from(languages()))
def test_nothing_is_impossible_or_certain(p, step, language):
    said = chance(p, language, step)
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
    limits = {"virtually certain": (99, 100), "very likely": (90, 98), "likely": (66, 89), "about as likely as not": (34, 65), "unlikely": (11, 33), "very unlikely": (2, 10), "exceptionally unlikely": (0, 1)}
    low, high = limits[likelihood(p, "en", step)]
    assert low <= printed <= high


@given(st.floats(.01, 1e5), st.integers(1, 4))
def test_significant_figures(value, figures):
    text = number(value, "en", step_of(value, figures)).replace(",", "").replace(".", "").strip("0")
    assert len(text) <= figures


def test_published_numbers_are_not_touched():
    assert [number(v, "vi") for v in (12.87, 46.3, 17.0, 14.02, 5.6)] == ["12,87", "46,3", "17", "14,02", "5,6"]
    assert date_text("2024-08/09", "vi") == "2024-08/09" and date_text(None, "en") == ""


# The report of every unit

@pytest.mark.parametrize("unit, language", list(product(UNITS, ("vi", "en"))))
def test_sections_hold_for_every_unit(unit, language, no_pictures):
    r = about(unit, language)
    shown = sections(r)
    assert [s.name for s in shown] == ["headline", "history", "evidence", "forecast", "targets", "peers", "infrastructure", "method"] and len(shown) == len(SECTIONS)
    text = re.sub(r"\(<http[^>]*>\)", "()", "\n".join(s.markdown for s in shown))
    assert not re.search(r".{0,40}(?:\bnan\b|\bNone\b|\bNaT\b|<NA>|\{\w+\}).{0,20}", text)
    assert not re.search(r"(?<![\d.,])0%|(?<!\d)100%(?! of)", re.sub(r"\|[^|\n]*100[^|\n]*\|", "", shown[0].body + shown[4].body))
    text = re.sub(r"<summary>(Nguồn của|Sources of) .*?</details>", "", text, flags=re.S)  # titles are quoted as they were printed
    wrong = r"\d\.\d+%" if language == "vi" else r"\d,\d{1,2}%"
    assert not re.search(wrong, text)


@pytest.mark.parametrize("unit", UNITS)
def test_the_basis_is_said_first(unit, no_pictures):
    r = about(unit, "en")
    first = section.headline(r).body
    if r.basis == "model": assert "No figure has been published" in first and "Model-based estimate." in first
    if r.basis == "indirect" and r.level == "province": assert "No official figure is published" in first and "Indirect estimate." in first
    official = own_official(r)
    if official is not None: assert f"{official.value:g}%" in first
    if r.evidence.empty: assert "No published figure" in section.published(r).body


def test_precision_follows_the_evidence(no_pictures):
    for unit in UNITS:
        r = about(unit, "en")
        cells = re.findall(r"\| \d{4} \| (?:estimate|forecast) \| \*\*([\d.]+)\*\*", section.forecast(r).body)
        assert len(cells) == 8
        if r.basis == "model": assert not any("." in c for c in cells)
        if r.basis == "indirect": assert all(c.endswith((".0", ".5")) for c in cells)


def test_figures_of_another_territory_are_told_apart():
    r = unit_report(pretended(), "34-24", "vi")
    rows = r.evidence[r.evidence.measure == "ministry"]
    assert set(rows.place) == {"Bắc Ninh (cũ)", "Bắc Giang (cũ)"} and not rows.own.any()
    assert unit_report(pretended(), "34-01", "vi").evidence.own.all()


def test_every_vintage_of_the_country_is_kept_and_one_is_the_latest():
    rows = unit_report(pretended(), "VN", "en").evidence
    official = rows[(rows.measure == "official") & (rows.period == "") & (rows.year == 2022)]
    assert len(official) >= 4 and official.latest.sum() == 1 and official.value[official.latest].iloc[0] == 12.83


def test_targets_of_former_provinces_are_inherited(no_pictures):
    r = unit_report(pretended(), "34-24", "vi")
    assert "Bắc Giang (cũ)" in set(r.targets.place[r.targets.inherited])
    assert main_target(r).place == "Bắc Ninh"
    assert "kế thừa" in section.goals(r).body


def test_documents_that_repeat_a_target_are_one_row():
    r = unit_report(pretended(), "VN", "en")
    assert not r.targets.duplicated(["year", "low", "high", "place"]).any()
    assert len(r.targets[(r.targets.year == 2030)].documents.iloc[0]) > 2


def test_a_language_that_is_not_there_is_an_error():
    with pytest.raises(Exception, match="nearest valid value is 'vi'"): translate("likely", "vn")
    with pytest.raises(Exception, match="nearest valid value is '34-24'"): unit_report(pretended(), "34-024", "vi")
