"Contributions add up to the change of the whole in every draw, whatever the draws are."

from functools import cache

import numpy as np
import pandas as pd
import pytest

from digitransform.core.errors import DataError
from digitransform.data.collection import collection
from digitransform.evaluation.reconciliation import reconcile
from digitransform.models.forecast import KEYS, Forecast
from digitransform.policy.decomposition import (
    _draws,
    _of_share,
    _of_value,
    contributions,
    export_fall,
    export_sensitivity,
    industry_contributions,
    merger_errors,
    partitions,
)

DRAWS = 40
YEARS = (2020, 2024, 2025)


@cache
def known():
    return collection().as_of("2026-11-22")


@cache
def made_up():
    "Coherent draws of made-up shares and sizes, with a discrepancy of some per cent."
    geo = known().geography
    leaves = geo.leaves()
    rng = np.random.default_rng(7)

    def draws(units, values, quantity):
        rows = pd.MultiIndex.from_product([["x"], [2025], units, YEARS], names=KEYS)
        return Forecast(pd.DataFrame(values, index=rows), quantity)

    size = rng.uniform(20, 900, (len(leaves) * len(YEARS), DRAWS))
    gdp = size.reshape(len(leaves), len(YEARS), DRAWS).sum(0) * rng.uniform(0.97, 1.03, (3, DRAWS))
    share = rng.uniform(3, 50, (len(leaves) * len(YEARS), DRAWS))
    nation = rng.uniform(12, 25, (len(YEARS), DRAWS))
    units = ["VN", *leaves]
    shares = draws(units, np.vstack([nation, share]), "share")
    sizes = draws(units, np.vstack([gdp, size]), "grdp")
    return reconcile(shares, sizes, geo)


PARENTS = ["VN", "34-RRD", "63-KN", "34-24", "34-79"]


@pytest.mark.parametrize("parent", PARENTS)
@pytest.mark.parametrize("since, year", [(2020, 2025), (2024, 2025)])
def test_the_parts_and_the_discrepancy_are_the_whole_in_every_draw(parent, since, year):
    for parts in partitions(known().geography, parent).values():
        before, now = (_draws(made_up(), parent, parts, y) for y in (since, year))
        terms = _of_share(before, now)
        total = (terms["share"] + terms["weight"]).sum(axis=0) + terms["discrepancy"]
        change = 100 * (now.whole_share - before.whole_share)
        np.testing.assert_allclose(total, change, atol=1e-9)
        terms = _of_value(before, now)
        total = (terms["economy"] + terms["share"]).sum(axis=0) + terms["discrepancy"]
        change = now.whole_share * now.whole_size - before.whole_share * before.whole_size
        np.testing.assert_allclose(total, change, rtol=1e-9, atol=1e-9)
        assert (parent == "VN") == bool(np.any(terms["discrepancy"]))


def test_every_unit_has_the_parts_that_make_it_up():
    geo = known().geography
    for parent in geo.reported:
        for parts in partitions(geo, parent).values():
            inside = [leaf for part in parts for leaf in geo.leaves(part)]
            assert sorted(inside) == sorted(geo.leaves(parent)), parent


def test_a_part_as_digital_as_the_whole_moves_it_by_its_share_only():
    geo = known().geography
    parts = partitions(geo, "34-24")["former"]
    before, now = (_draws(made_up(), "34-24", parts, y) for y in (2020, 2025))
    even = [d._replace(share=np.broadcast_to(d.whole_share, d.share.shape)) for d in (before, now)]
    terms = _of_share(*even)
    assert np.abs(terms["weight"]).max() < 1e-12
    assert np.abs(terms["share"]).max() > 0.01


def test_the_table_names_each_row_once_and_its_probabilities_are_of_its_draws():
    table = contributions(made_up(), known().geography, [(2024, 2025)])
    keys = ["parent", "by", "part", "unit", "since", "year", "quantity", "term"]
    assert not table.duplicated(keys).any()
    assert ((table.low <= table["median"]) & (table["median"] <= table.high)).all()
    assert (table.positive[table.low > 0] >= 0.9).all()
    assert (table.positive[table.high < 0] <= 0.1).all()
    whole = table[(table.by == "whole") & (table.quantity == "share")]
    assert whole.unit.tolist() == known().geography.reported


def test_industries_add_up_in_every_draw_and_only_where_both_years_were_printed():
    table = industry_contributions(made_up(), known(), [(2024, 2025), (2020, 2025)])
    assert set(table.part[table.since == 2024]) == {"core", "digitalised"}
    assert set(table.part[table.since == 2020]) == {"core", "digitalised", "services", "goods"}
    before = industry_contributions(made_up(), known().as_of("2025-12-31"), [(2024, 2025)])
    assert before.empty


def test_a_fall_of_exports_is_bounded_and_a_new_plant_is_its_mirror():
    down, up = (export_fall(46.3, 46.3, d, 0.04, 14.02) for d in (0.1, -0.1))
    assert down.points < 0 < up.points and down.nation_points < 0 < up.nation_points
    kept = (100 - 46.3) / (100 - 4.63)  # what is not digital stays, of a smaller economy
    assert np.isclose(down.share, 100 * (1 - kept))
    table = export_sensitivity(known())
    assert (table.points_low <= table.points_high).all() and (table.points_high < 0).all()
    assert (table.carried_high == table.share).all()
    assert (table.relative_exports > 1).all() and "34-01" not in set(table.unit)
    assert export_sensitivity(known().as_of("2025-12-31")).empty


def test_the_error_of_the_simple_mean_is_computed_in_each_draw():
    table = merger_errors(made_up(), known().geography, [2025]).set_index("unit")
    parts = partitions(known().geography, "34-24")["former"]
    d = _draws(made_up(), "34-24", parts, 2025)
    error = 100 * (d.share.mean(axis=0) - d.whole_share)
    np.testing.assert_allclose(table.error["34-24"], np.median(error))
    assert "34-01" not in table.index and len(table) == 23


def test_years_without_draws_are_named():
    with pytest.raises(DataError, match="2011"):
        contributions(made_up(), known().geography, [(2011, 2025)])
