"""Pages say what will be printed next, what of a rise is revision, and no more than the record."""

from dataclasses import replace

import pandas as pd
import pytest

from digitransform.edition.example import example_edition
from digitransform.edition.summary import probability_floor
from digitransform.report.blocks import markdown
from digitransform.report.language import (
    format_probability,
    likelihood,
    number,
    percent,
    whole_percent,
    zone_of,
)
from digitransform.report.sections import sections
from digitransform.report.view import unit_report
from digitransform.report.workbook import probability_format

EDITION = example_edition()
WITHOUT = ("34-11", "34-96")  # places without an official figure


def page(unit, language, **changed):
    "The page of a unit as text, after a change of its report."
    report = replace(unit_report(EDITION, unit, language), **changed)
    return "\n".join(markdown(section) for section in sections(report))


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("unit", ["VN", "34-01", "34-24"])
def test_the_page_tells_the_next_release(unit, language):
    rows = EDITION.next_release
    row = rows[(rows.unit == unit) & (rows.level == 80) & (rows.quantity == "first_figure")].iloc[0]
    told = page(unit, language)
    exact = float(EDITION.units.set_index("unit").forecast_precision[unit])
    said = next(line for line in told.splitlines() if str(row.year) in line and "**" in line[:2])
    for value in (row.low, row["median"], row.high):
        assert percent(value, language, exact) in said
    assert "2027" in said


def test_a_place_without_figures_has_no_next_release():
    assert not EDITION.next_release.unit.isin(WITHOUT).any()
    assert "Next release" not in page("34-11", "en")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_only_the_nation_is_told_what_is_revision(language):
    moved = EDITION.revision_and_change
    change = moved[moved.part == "total"].change
    told = page("VN", language)
    assert number(change.min(), language, 0.01) in told
    assert number(change.max(), language, 0.01) in told
    core = number(moved.set_index("part").change["core"], language, 0.01)
    assert f"{core} " in told
    mark = "are change (inferred" if language == "en" else "thay đổi thực (suy ra"
    assert mark in told and mark not in page("34-01", language)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_known_misses_are_told_where_no_official_figure_is(language):
    latest = EDITION.blind_tests
    latest = latest[latest.published == latest.published.max()]
    missed = latest[latest.missed == 1]
    mark = "In the latest test" if language == "en" else "lần kiểm nghiệm gần nhất"
    for unit in WITHOUT:
        told = page(unit, language)
        assert mark in told
        if len(missed):
            assert number(missed.error.max(), language, 0.1) in told
    assert mark not in page("34-01", language) and mark not in page("VN", language)


def test_no_miss_is_said_to_be_none():
    clean = EDITION.blind_tests.assign(missed=0.0)
    told = page("34-11", "en", blind=clean)
    assert "lay inside the model's 95% prediction intervals" in told and "missed by" not in told
    assert "latest test" not in page("34-11", "en", blind=clean.iloc[:0])


def test_the_floor_follows_the_record():
    def floor(n, missed):
        return probability_floor(pd.DataFrame(dict(missed=[1] * missed + [0] * (n - missed))))

    assert floor(8, 1) == dict(official=1, indirect=10, model=10)
    assert floor(38, 1)["model"] == 5 and floor(0, 0)["model"] == 10
    assert (EDITION.units.probability_floor[EDITION.units.evidence_level == "official"] == 1).all()
    others = EDITION.units[EDITION.units.evidence_level != "official"]
    assert (
        others.probability_floor == floor(8, int(EDITION.blind_tests.missed.sum()))["model"]
    ).all()


@pytest.mark.parametrize("probability", [0.0, 0.0004, 0.02, 0.0999])
def test_below_the_floor_nothing_is_told_apart(probability):
    assert format_probability(probability, "en", 5, 10) == "below 10%"
    assert format_probability(1 - probability, "en", 5, 10) == "above 90%"
    assert likelihood(probability, "en", 5, 10) == "very unlikely"
    assert likelihood(1 - probability, "en", 5, 10) == "very likely"
    assert zone_of(whole_percent(probability, 5, 10)) == zone_of(5)


def test_above_the_floor_nothing_changes():
    for probability in (0.11, 0.31, 0.5, 0.88):
        assert format_probability(probability, "en", 5, 10) == format_probability(
            probability, "en", 5
        )
    assert format_probability(0.0, "en") == "below 1%" == format_probability(0.0, "en", 1, 1)


def test_no_page_without_figures_is_almost_certain():
    lowest = EDITION.attainment.assign(probability=0.0001)
    edition = replace(EDITION, tables={**EDITION.tables, "attainment": lowest})
    for unit in ("34-96",):
        report = unit_report(edition, unit, "en")
        told = "\n".join(markdown(section) for section in sections(report))
        told = told.replace("Exceptionally", "exceptionally")
        before = told.split("Method")[0]
        assert "below 1%" not in before and "exceptionally unlikely" not in before


def test_the_workbook_has_the_same_floor():
    assert probability_format(10) == '[<0.1]"< 10%";[>0.9]"> 90%";0%'
    assert "1%" in probability_format(1)
