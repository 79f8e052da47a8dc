"""Draws tell how exact they are, and nothing lines up between them."""

import numpy as np
import pytest

from digitransform.models.latent_share import LatentShare
from digitransform.models.priors import learn_priors
from digitransform.models.randomness import (
    BATCHES,
    quantile_error,
    rng_for,
    simulation_error,
)

YEAR, DRAWS, SEEDS = 2030, 200, 16


@pytest.fixture(scope="module")
def simulations() -> np.ndarray:
    "Shares of 2030 (seeds, units, draws) by one fit and many seeds; the country comes first."
    from digitransform.data.collection import collection

    info = collection().as_of("2026-11-22")
    fit = LatentShare(learn_priors(info), sets=64).fit(info)
    drawn = [fit.simulate([YEAR], DRAWS, rng_for(seed, "error")) for seed in range(SEEDS)]
    return np.stack([table.to_numpy() for table in drawn])


def root_mean_square(x: np.ndarray) -> float:
    return float(np.sqrt((x**2).mean()))


@pytest.mark.slow
def test_batches_know_the_error_of_a_probability(simulations):
    happens = simulations >= np.median(simulations, axis=(0, 2), keepdims=True)
    actual = root_mean_square(happens.mean(axis=2).std(axis=0, ddof=1))
    told = root_mean_square(simulation_error(happens))
    assert 1 / 1.5 < told / actual < 1.5


@pytest.mark.slow
@pytest.mark.parametrize("probability", [0.1, 0.5, 0.9])
def test_batches_know_the_error_of_a_quantile(simulations, probability):
    quantiles = np.quantile(simulations, probability, axis=2)
    size = simulations.std(axis=(0, 2))
    actual = root_mean_square(quantiles.std(axis=0, ddof=1) / size)
    told = root_mean_square(quantile_error(simulations, probability) / size)
    assert 1 / 1.5 < told / actual < 1.5


@pytest.mark.slow
def test_the_country_is_steadier_than_independent_draws(simulations):
    country = simulations[:, 0]
    independent = 1.25 * country.std() / np.sqrt(DRAWS)  # of a median
    assert np.median(country, axis=1).std(ddof=1) < independent


@pytest.mark.slow
@pytest.mark.parametrize("lag", [1, 2, 10, BATCHES // 2])
def test_nothing_lines_up_between_draws_in_a_row(simulations, lag):
    z = simulations - simulations.mean(axis=2, keepdims=True)
    together = (z * np.roll(z, lag, axis=2)).mean(axis=2) / z.var(axis=2)
    assert abs(together.mean()) < 0.05


def test_an_event_that_never_happens_has_an_error():
    assert simulation_error(np.zeros(2000)) == 1 / 2000
    assert simulation_error(np.zeros((3, 7))).tolist() == [1 / 7] * 3
    assert simulation_error(np.ones(1)) == 1
