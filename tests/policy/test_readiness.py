"Beside the nation only in one year, and a path is only as good as its trials."

from datetime import date

import numpy as np
import pandas as pd
import pytest
from notebooks import ROOT

from digitransform.core.errors import DataError
from digitransform.data.collection import collection
from digitransform.data.targets import read_questions
from digitransform.policy.readiness import (
    _tried,
    _verdict,
    composite,
    fit_s_curve,
    group_figures,
    readiness,
    regional_centres,
    topics,
    weighted_bounds,
)

DATA = ROOT / "data"
ALL = collection(DATA)
INFO = ALL.as_of("2026-11-22")
QUESTIONS = read_questions(DATA)
TABLE = readiness(INFO, ALL.indicators)


def test_a_verdict_needs_figures_of_one_year_and_of_a_kind_that_can_be_compared():
    judged = TABLE[TABLE.comparison.notna()]
    assert len(judged) > 50 and (judged.year == judged.nation_year).all()
    assert judged.kind.isin(["ratio", "index"]).all() and (judged.unit != "VN").all()
    words = {1: "above", 0: "equal", -1: "below"}
    signs = np.sign(judged.value - judged.nation_value)
    assert [words[int(s)] for s in signs] == judged.comparison.tolist()


def test_every_shown_figure_is_a_certain_one_of_the_collection():
    known = INFO.observations
    known = known[~known.uncertain.fillna(False).astype(bool) & known.traceable]
    keys = set(zip(known.unit, known.measure, known.year, known.value, known.source))
    shown = TABLE[TABLE.value.notna()]
    assert set(zip(shown.unit, shown.measure, shown.year, shown.value, shown.source)) <= keys


def test_the_range_of_a_region_holds_the_place_itself():
    inside = TABLE[TABLE.region_count.notna()]
    assert (inside.region_count >= 1).all()
    assert inside.value.between(inside.region_low, inside.region_high).all()


def test_a_later_day_shows_no_older_figure():
    before = readiness(ALL.as_of("2025-07-01"), ALL.indicators).set_index(["unit", "measure"])
    both = TABLE.set_index(["unit", "measure"]).join(before.add_suffix("_before"), how="inner")
    both = both.dropna(subset=["year", "year_before"])
    assert len(both) > 100 and (both.year >= both.year_before).all()


def test_a_target_of_the_nation_never_judges_a_count_of_a_province():
    borrowed = TABLE[TABLE.target_own.eq(False).fillna(False)]
    assert borrowed.kind.isin(["ratio", "index"]).all()
    assert set(TABLE.status.dropna()) == {"reached", "not_reached", "no_figure"}
    assert TABLE.value.isna().eq(TABLE.status == "no_figure").all()


@pytest.mark.parametrize("step, expected", [(0.0, "none"), (2.0, "line")])
def test_a_curve_has_no_skill_where_a_rule_of_one_line_is_exact(step, expected):
    years = np.arange(2000.0, 2020)
    values = 30 + step * np.arange(20)
    trials = _tried(years, values, 100)
    assert trials["last" if step == 0 else "line"].abs().max() < 1e-9
    assert _verdict(trials) == expected
    assert _verdict(trials[trials.origin > 2016]) == "few"


def test_a_saturating_series_is_where_the_curve_has_skill():
    years = np.arange(2000.0, 2020)
    values = 90 / (1 + np.exp(-0.5 * (years - 2009)))
    assert _verdict(_tried(years, values, 100)) == "skill"
    curve = fit_s_curve(years, values, 100)
    assert curve.forecast([2019])[0] == pytest.approx(values[-1])
    assert (curve.forecast(np.arange(2020, 2060)) <= 100).all()


def test_bounds_of_a_weighted_mean_are_attained():
    weights, mean = [5.0, 3.0, 1.0], 0.6
    low, high = weighted_bounds(mean, weights, 0, 1)
    grid = np.linspace(0, 1, 41)
    parts = np.array([(a, b, 3 * mean - a - b) for a in grid for b in grid])
    parts = parts[(parts[:, 2] >= 0) & (parts[:, 2] <= 1)]
    means = parts @ weights / np.sum(weights)
    assert means.min() == pytest.approx(low, abs=0.01)
    assert means.max() == pytest.approx(high, abs=0.01)
    assert low - 1e-12 <= means.min() and means.max() <= high + 1e-12


def test_a_composite_does_not_hang_on_the_order_or_the_units_of_its_columns():
    rng = np.random.default_rng(3)
    table = pd.DataFrame(rng.normal(size=(12, 4)), columns=list("abcd"))
    table.iloc[3, 1] = np.nan
    first = composite(table, draws=50)
    other = composite(table * [1, 10, 100, 1000] + 5, draws=50)
    pd.testing.assert_frame_equal(first, other)
    assert (first.rank_low <= first.rank_high).all() and first.known.min() == 3
    with pytest.raises(DataError, match="two indicators"):
        composite(table[["a"]])


def test_each_topic_says_something_and_none_names_an_unknown_measure():
    found = topics(QUESTIONS, TABLE, ALL.indicators, INFO.geography)
    assert set(found.question) == set(QUESTIONS.question[QUESTIONS.topic_en.notna()])
    silent = found[found.measure.isna()]
    assert silent.value.isna().all() and (silent.places == 0).all()
    asked = QUESTIONS.set_index("question").status
    assert (asked[silent.question] == "not_measured").all()
    nation = found[found.value.notna()]
    assert nation.source.notna().all() and nation.year.notna().all()


def test_centres_are_known_from_the_day_of_their_page_on():
    early = regional_centres(DATA, INFO.geography, date(2024, 12, 4))
    late = regional_centres(DATA, INFO.geography, date(2026, 11, 22))
    assert len(early) == 0 and len(late) >= 4
    assert not (late.scope == "region").any()
    assert set(late.unit) <= set(INFO.geography.units.index)


def test_figures_of_members_are_of_the_member_or_what_it_was_merged_into():
    members = group_figures(INFO, TABLE)
    home = [INFO.geography.successor(u) for u in members.unit]
    assert ((members.about == members.unit) | (members.about == home)).all()
    assert not members.duplicated(["unit", "measure"]).any()
    assert members["group"].nunique() == 4
