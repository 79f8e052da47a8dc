"""What statements about growth and means imply: known in time, and told from what was published."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from digitransform.data.collection import collection
from digitransform.measurement.news_or_noise import first_and_later, news_probability
from digitransform.measurement.regional_accounts import gdp_levels
from digitransform.measurement.statements import (
    contradictions,
    implied_shares,
    revision_and_change,
)


@cache
def known(as_of="2026-11-22"):
    return collection().as_of(as_of)


def changed(info, where, **values):
    "The information with other values in the observations that `where` picks."
    o = info.observations.copy()
    assert where(o).any()
    for column, value in values.items():
        o.loc[where(o), column] = value
    return replace(info, observations=o)


def growth_of_2025(o):
    return (o.measure == "official_growth_current") & (o.year == 2025) & o.period.isna()


def test_the_identity_holds_both_ways():
    row = (
        implied_shares(known()).query("unit == 'VN' and year == 2024 and kind == 'growth'").iloc[0]
    )
    gdp = gdp_levels(known())
    amount = {2024: row.implied * gdp[2024], 2025: 14.02 * gdp[2025]}
    assert amount[2025] / amount[2024] == pytest.approx(1.146)


def test_a_mean_gives_back_its_year():
    row = implied_shares(known()).query("kind == 'mean' and until == 2025").iloc[0]
    assert (12.87 + 12.83 + 12.87 + row.implied + 14.02) / 5 == pytest.approx(13.18)


def test_a_statement_is_not_known_before_it_is_made():
    assert not (implied_shares(known("2026-01-04")).until == 2025).any()
    assert (implied_shares(known("2026-04-01")).until == 2025).any()


def test_doubtful_statements_are_left_out():
    doubtful = changed(known(), growth_of_2025, uncertain=True)
    left = implied_shares(doubtful).query("unit == 'VN' and year == 2024")
    assert left.kind.tolist() == ["mean", "mean"]


def test_a_settled_figure_takes_no_evidence():
    def settled(o):
        return (o.measure == "official") & (o.unit == "VN") & (o.year == 2024)

    table = implied_shares(changed(known(), settled, preliminary=False))
    assert not table[(table.unit == "VN")].evidence.any()
    assert table[table.unit == "34-01"].evidence.all()


def test_contradictions_are_those_that_rounding_cannot_explain():
    agreed = changed(known(), growth_of_2025, value=18.83)
    before = contradictions(known()).query("year == 2024 and kind == 'growth'")
    after = contradictions(agreed).query("year == 2024 and kind == 'growth'")
    assert len(before) == 1 and after.empty


def test_a_growth_statement_errs_by_what_others_missed():
    table = implied_shares(known()).set_index(["unit", "year", "kind"])
    assert table.sd["VN", 2024, "growth"].item() > 2 * table.sd["VN", 2024, "mean"].iloc[-1]
    assert table.sd["34-01", 2020, "multiple"] > table.sd["34-01", 2024, "growth"]


def test_revision_and_change_add_up():
    table = revision_and_change(known())
    assert (table["first"] + table.revision + table.change - table.now).abs().max() < 1e-9
    parts = table[(table.kind == "mean") & (table.part != "total")]
    total = table[(table.kind == "mean") & (table.part == "total")].iloc[0]
    assert parts.change.sum() == pytest.approx(total.change, abs=0.011)
    assert parts.revision.sum() == pytest.approx(total.revision, abs=0.011)


def test_the_lost_sign_is_restored():
    record = first_and_later(known()).set_index(["year", "period"])
    assert record["first"][2021, "Q3"] == -6.17


def test_news_and_noise_are_told_apart():
    def first(o):
        return (o.measure == "gdp_real_growth_first_release") & o.period.notna()

    o = known().observations
    found = []
    for seed in range(9):
        error = np.random.default_rng(seed).normal(0, 4, first(o).sum())
        noise = o.assign(value=o.value)
        noise.loc[first(o), "value"] += error
        found.append(news_probability(replace(known(), observations=noise)))
    assert np.median(found) < 0.2 < 0.5 < news_probability(known())


def test_without_a_record_both_are_as_likely():
    assert news_probability(known("2012-12-31")) == 0.5
