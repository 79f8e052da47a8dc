"""Scenarios: exact where a formula exists, coherent, and the same wherever they are shown."""

import numpy as np
import pytest

from digitransform.core.errors import DataError
from digitransform.models.randomness import antithetic_normals, rng_for
from digitransform.policy.scenarios import condition, if_printed, impose, printing_error

COVARIANCE = np.array([[1.0, 0.5, 0.7], [0.5, 2.0, -0.2], [0.7, -0.2, 1.5]])


@pytest.fixture(scope="module")
def draws():
    "Draws whose mean is 0 and whose covariance is COVARIANCE, both exactly."
    raw = antithetic_normals(rng_for(5, "scenarios"), 3, 4000)
    raw = np.linalg.solve(np.linalg.cholesky(np.cov(raw)), raw)
    return np.linalg.cholesky(COVARIANCE) @ raw


def test_an_exact_report_gives_the_gaussian_conditional_to_the_last_digit(draws):
    "Two of three quantities reported without an error: mean and covariance of the rest are exact."
    value = np.array([1.0, -2.0])
    given = condition(draws, draws[1:], value, np.zeros(2), rng_for(1))
    gain = np.linalg.solve(COVARIANCE[1:, 1:], COVARIANCE[1:, 0])
    assert np.isclose(given[0].mean(), gain @ value, atol=1e-12)
    assert np.isclose(given[0].var(ddof=1), COVARIANCE[0, 0] - gain @ COVARIANCE[1:, 0], atol=1e-12)
    assert np.abs(given[1:] - value[:, None]).max() < 1e-12


def test_a_report_with_an_error_moves_less_than_an_assumption(draws):
    value, sd = np.array([2.0]), np.array([1.0])
    reported = condition(draws, draws[2:], value, sd, rng_for(2))
    assumed = impose(draws, draws[2:], 2 + antithetic_normals(rng_for(2), 1, 4000))
    expected = COVARIANCE[:, 2] * 2 / (COVARIANCE[2, 2] + 1)
    assert np.allclose(reported.mean(axis=1), expected, atol=1e-12)
    assert np.allclose(assumed.mean(axis=1), COVARIANCE[:, 2] * 2 / COVARIANCE[2, 2], atol=1e-12)


def test_what_is_the_same_in_every_draw_cannot_be_assumed_otherwise(draws):
    with pytest.raises(DataError, match="known already"):
        impose(draws, np.ones((1, draws.shape[1])), np.zeros((1, draws.shape[1])))


def rows(edition, scenario, unit):
    table = edition.scenarios
    return table[(table.scenario == scenario) & (table.unit == unit)].set_index("year")


def country(edition):
    return edition.units.unit[edition.units.level == "country"].iloc[0]


def test_the_baseline_is_the_forecast(edition):
    table = edition.quantiles
    ours = (table.model == edition.manifest["default_model"]) & (table.quantity == "share")
    median = table[ours & (table.probability == 0.5)].set_index(["unit", "year"]).value
    own = edition.scenarios[edition.scenarios.scenario == "baseline"].set_index(["unit", "year"])
    assert len(own) and np.allclose(own["median"], median[own.index], atol=1e-4)


def test_an_assumed_share_is_met_in_its_range(edition):
    "Ruritania's railway: 24 to 26 % in 2030, for 80 of 100 paths."
    there = rows(edition, "railway", country(edition)).loc[2030]
    assert abs(there.lower - 24) < 0.2 and abs(there.upper - 26) < 0.2


def test_a_shock_takes_its_points_in_its_year_and_is_gone_after(edition):
    nation = country(edition)
    moved = rows(edition, "strike", nation)["median"] - rows(edition, "baseline", nation)["median"]
    assert abs(moved[2027] + 0.5) < 1e-3 and moved.drop(2027).abs().max() < 1e-4
    struck = rows(edition, "strike", "3-01")["median"] - rows(edition, "baseline", "3-01")["median"]
    assert struck[2027] < -0.5, "it falls on Strelsau"


def test_the_figure_printed_next_moves_the_years_after_it(edition):
    own = edition.if_printed[edition.if_printed.unit == country(edition)]
    assert own.printed.is_monotonic_increasing and own["median"].is_monotonic_increasing


def test_a_figure_without_an_error_is_the_share(edition):
    nation = country(edition)
    paths = edition.draws[edition.draws.unit == nation].drop(columns="unit").set_index("year")
    given = if_printed(paths, 2026, 20.0, 0.0)
    assert np.allclose(given.loc[2026], 20)
    assert printing_error(edition.next_release[edition.next_release.unit == nation]) >= 0


def test_a_path_that_suffices_ends_at_the_target(edition):
    goals = edition.targets.set_index("target").low
    last = edition.sufficient_paths.groupby(["unit", "target"]).last().reset_index()
    assert len(last) and np.allclose(last["median"], last.target.map(goals), atol=1e-4)
