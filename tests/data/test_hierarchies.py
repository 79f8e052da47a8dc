"""What holds of coherent forecasts whatever the country: on hierarchies nobody thought of.

Countries, sizes and draws are random. Sums agree in every draw, shares stay shares, quantiles rise
with probability, a higher target is never likelier, and no order of rows or draws matters.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_geography import countries

from digitransform.core.errors import DataError
from digitransform.evaluation.reconciliation import reconcile, shift_to_total
from digitransform.models.forecast import KEYS, Forecast
from digitransform.policy.attainment import attain

YEARS = [2025, 2026, 2030]
DRAWS = 40
COUNTRY = "X"
few = settings(max_examples=8, deadline=None)
seeds = st.integers(0, 10**6)


def forecast(quantity: str, units: list[str], values: np.ndarray) -> Forecast:
    "A forecast of one model; `values` by unit, year and draw."
    index = pd.MultiIndex.from_product([["m"], [2024], units, YEARS], names=KEYS)
    return Forecast(pd.DataFrame(values.reshape(len(index), -1), index=index), quantity)


def inputs(geo, seed: int) -> tuple[Forecast, Forecast]:
    "Random shares (percent) and GRDP of the leaves and the country, of very unlike sizes."
    rng = np.random.default_rng(seed)
    leaves = geo.leaves()
    shape = (len(leaves), len(YEARS), DRAWS)
    size = np.exp(rng.normal(0, rng.uniform(0.1, 3), shape))
    odds = rng.normal(rng.uniform(-4, 0), rng.uniform(0.05, 1.5), shape)
    share = 1 / (1 + np.exp(-odds))
    whole = (share * size).sum(0) / size.sum(0)
    nation = 1 / (1 + np.exp(-np.log(whole / (1 - whole)) - rng.normal(0, 0.3, whole.shape)))
    shares = np.concatenate([100 * share, 100 * nation[None]])
    sizes = np.concatenate([size, size.sum(0)[None]])
    units = [*leaves, COUNTRY]
    return forecast("share", units, shares), forecast("grdp", units, sizes)


def cube(part: Forecast, unit: str) -> np.ndarray:
    "The draws of a unit, by year."
    return part.filter(unit=unit).draws.to_numpy()


@few
@given(countries(), seeds)
def test_every_draw_adds_up_and_the_nation_is_kept(geo, seed):
    share, grdp = inputs(geo, seed)
    found = reconcile(share, grdp, geo)
    value, size = found.digital_value_added, found.grdp
    for unit in found.share.units:
        leaves = geo.leaves(unit)
        if not leaves:
            continue
        for part in (value, size):
            total = sum(cube(part, leaf) for leaf in leaves)
            np.testing.assert_allclose(cube(part, unit), total, rtol=1e-9)
        told = cube(found.share, unit)
        assert (told > 0).all() and (told < 100).all()
        np.testing.assert_allclose(told, 100 * cube(value, unit) / cube(size, unit), rtol=1e-9)
    np.testing.assert_allclose(cube(found.share, COUNTRY), cube(share, COUNTRY), rtol=1e-8)


@few
@given(countries(), seeds)
def test_provinces_of_either_map_make_the_same_country(geo, seed):
    found = reconcile(*inputs(geo, seed), geo)
    for part in (found.digital_value_added, found.grdp):
        of_map = {}
        for unit in geo.units.index[geo.units["level"] == "place"]:
            map_ = geo.units.at[unit, "map"]
            of_map[map_] = of_map.get(map_, 0) + cube(part, unit)
        np.testing.assert_allclose(of_map["old"], of_map["new"], rtol=1e-9)
        np.testing.assert_allclose(of_map["new"], cube(part, COUNTRY), rtol=1e-9)


@few
@given(countries(), seeds)
def test_quantiles_rise_and_a_higher_target_is_never_likelier(geo, seed):
    found = reconcile(*inputs(geo, seed), geo)
    levels = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975]
    table = found.share.quantiles(levels).pivot(
        index=["unit", "year"], columns="probability", values="value"
    )
    known = table[levels].dropna()  # a group without a place has no share
    assert len(known) and (np.diff(known.to_numpy(), axis=1) >= 0).all()
    unit = geo.leaves()[0]
    values = np.linspace(0.5, 99, 15)
    targets = pd.DataFrame(
        dict(target=[f"t{i}" for i in range(15)], unit=unit, about=unit, inherited=False)
        | dict(year=2030, low=values, relation="about", judged_by=None)
    )
    reached = attain(found, targets, base=2025)
    assert reached.probability.between(0, 1).all()
    assert reached.probability.is_monotonic_decreasing
    assert reached.required_growth.is_monotonic_increasing


@few
@given(countries(), seeds, st.randoms(use_true_random=False))
def test_neither_the_order_of_places_nor_that_of_draws_matters(geo, seed, random):
    share, grdp = inputs(geo, seed)
    found = reconcile(share, grdp, geo)
    rows = list(share.draws.index)
    random.shuffle(rows)
    draws = list(share.draws.columns)
    random.shuffle(draws)

    def other(part, quantity):
        return Forecast(part.draws.loc[rows, draws].set_axis(range(DRAWS), axis=1), quantity)

    again = reconcile(other(share, "share"), other(grdp, "grdp"), geo)
    for name in ("share", "grdp", "digital_value_added"):
        ours = getattr(found, name).draws[draws]
        theirs = getattr(again, name).draws.reindex(ours.index)
        np.testing.assert_allclose(theirs.to_numpy(), ours.to_numpy(), rtol=1e-8)


@few
@given(seeds, st.sampled_from([-0.2, 1.3, np.nan]))
def test_a_total_that_cannot_be_met_is_refused_and_never_used(seed, share):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(3, 5))
    weight = rng.dirichlet(np.ones(3), 5).T
    with pytest.raises(DataError, match="no common shift"):
        shift_to_total(z, weight, np.full(5, share), np.ones_like(z))
