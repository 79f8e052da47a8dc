"""GDP: every forecast year has its shock, medians do not hang on the seed, past forecasts held."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fictional import write_fictional
from notebooks import ROOT

from digitransform.core.errors import DataError
from digitransform.data.collection import collection
from digitransform.evaluation.accuracy import crps
from digitransform.measurement.regional_accounts import gdp_growth, gdp_levels
from digitransform.models.grdp import (
    ENOUGH,
    _draw_growth,
    _draw_log_parts,
    _draw_process,
    _draw_running_year,
    _real_growth,
    forecast_grdp,
)
from digitransform.models.randomness import antithetic_normals, rng_for

REAL = collection(ROOT / "data").as_of("2026-11-22")
LOG_GDP = np.log(gdp_levels(REAL)).loc[:2025]
GROWTH = gdp_growth(REAL).loc[:2025]
COMPARABLE = int(GROWTH.index[0])
ORIGINS = range(2018, 2025)


@pytest.fixture(scope="module")
def ruritania(tmp_path_factory):
    return collection(write_fictional(tmp_path_factory.mktemp("ruritania"))).as_of()


def nation(info, seed=1, draws=400, until=2030) -> pd.DataFrame:
    fc = forecast_grdp(info, 2025, until, draws, seed)
    return fc.filter(unit=info.geography.country).draws.droplevel(["model", "origin", "unit"])


def scores(draws: np.ndarray, actual: float) -> dict:
    lower, median, upper = np.quantile(draws, [0.1, 0.5, 0.9])
    score = crps(draws[None], np.array([actual]))[0]
    return dict(crps=score, inside=lower <= actual <= upper, error=abs(median - actual))


def level_scores(origin: int) -> list[dict]:
    "Scores of log GDP one to five years after `origin`."
    known = GROWTH.loc[:origin]
    path = _draw_growth(known, 5, 2000, rng_for(1, "origin", origin)).cumsum(axis=0)
    later = (LOG_GDP - LOG_GDP[origin]).loc[origin + 1 : origin + 5]
    return [scores(draws, actual) for draws, actual in zip(path, later)]


def test_past_forecasts_would_have_held():
    """Origins 2018-24, one to five years ahead, 25 outcomes.

    The process with twenty sets of parameters, growth from 2011 on and no shock in its first year
    had a CRPS of .060 and an absolute error of .083.
    """
    table = pd.DataFrame([row for origin in ORIGINS for row in level_scores(origin)])
    mean = table.mean()
    assert len(table) == 25
    assert mean.crps < 0.034 and mean.error < 0.05
    assert 0.75 <= mean.inside <= 0.88


def test_the_first_year_is_as_uncertain_as_a_year():
    first = np.diff(np.log(nation(REAL, draws=2000).loc[[2025, 2026]]), axis=0)[0]
    assert len(np.unique(first)) == 2000
    path = _draw_growth(GROWTH, 3, 2000, rng_for(1, "toy"))
    assert path[0].std() > 0.9 * GROWTH.std()
    assert 0.6 < path[0].std() / path[2].std() < 1.1


def test_the_medians_do_not_hang_on_the_seed():
    years = [2026, 2030, 2035]
    medians = pd.DataFrame(
        [nation(REAL, seed, 2000, 2035).loc[years].median(axis=1) for seed in range(20)]
    )
    assert ((medians / medians.mean() - 1).abs().max() < 0.003).all()


def test_a_pair_of_draws_has_opposite_shocks_around_the_same_memory():
    error = antithetic_normals(rng_for(1, "error"), 1, 200)[0]
    process = _draw_process(GROWTH, error, rng_for(1, "toy"))
    assert (process.memory[:100] == process.memory[100:]).all()
    assert np.allclose(process.mean[:100] + process.mean[100:], 2 * GROWTH.mean())
    assert process.memory.min() >= 0 and process.memory.max() <= 0.9
    path = _draw_growth(GROWTH, 4, 200, rng_for(1, "toy"))
    pairs = path[:, :100] + path[:, 100:]
    assert np.allclose(pairs[3], 2 * GROWTH.mean(), atol=0.02)


def test_a_memory_that_is_kept_in_bounds_does_not_move_the_mean():
    rising = pd.Series(np.linspace(0.02, 0.2, 12), range(2012, 2024))
    process = _draw_process(rising, np.zeros(300), rng_for(1, "toy"))
    assert process.memory.max() > 0.6
    assert np.allclose(process.mean, rising.mean())


def test_growth_before_the_comparable_years_counts_nothing():
    o = REAL.observations
    early = (o.concept == "gdp") & (o.measure == "gdp_current_vnd") & (o.year < COMPARABLE - 1)
    without = replace(REAL, observations=o[~early])
    pd.testing.assert_frame_equal(nation(without), nation(REAL))


def test_where_nothing_is_said_all_years_compare():
    silent = replace(REAL, comparable_from={})
    assert gdp_growth(silent).index[0] == LOG_GDP.index[1] < COMPARABLE
    assert not nation(silent).equals(nation(REAL))


# The running year


@pytest.mark.parametrize(
    "day, known", [("2026-05-15", 0), ("2026-07-01", 1), ("2026-10-01", 2), ("2026-10-03", 3)]
)
def test_only_quarters_that_are_known_at_the_date_are_used(day, known):
    quarters = _real_growth(REAL.as_of(day)).reindex([2026]).drop(columns="year")
    assert quarters.notna().to_numpy().sum() == known
    drawn = _draw_running_year(REAL.as_of(day), GROWTH, 10, rng_for(1, "toy"))
    assert (drawn is None) == (known == 0)


def test_each_known_quarter_counts_and_more_of_them_say_more_of_real_growth():
    o = REAL.observations
    third = (o.year == 2026) & (o.period == "Q3") & (o.measure == "gdp_real_growth")
    assert third.sum() == 1
    higher = replace(REAL, observations=o.assign(value=o.value.where(~third, o.value + 3)))
    moved = np.log(nation(higher).loc[2026].median() / nation(REAL).loc[2026].median())
    assert 0.008 < moved < 0.01, "three points in one of three quarters are one point in the year"


def test_quarters_move_no_part_of_a_province():
    def parts(info):
        grdp = forecast_grdp(info, 2025, 2030, 50, 1).filter(year=2030).draws
        grdp = grdp.droplevel(["model", "origin", "year"]).drop("VN")
        return grdp / grdp.sum()

    without = REAL.as_of("2026-11-22").until(2025)
    assert not nation(without).loc[2026].equals(nation(REAL).loc[2026])
    pd.testing.assert_frame_equal(parts(without), parts(REAL))


def test_the_quarters_would_have_helped():
    "Growth a year ahead, in each November from 2019 to 2025, with quarters and without."
    found = {"with": [], "without": []}
    for origin in ORIGINS:
        then = REAL.as_of(f"{origin + 1}-11-22")
        known = gdp_growth(then).loc[:origin]
        first = _draw_running_year(then, known, 2000, rng_for(1, "running"))
        assert first is not None
        for kind, given in dict(with_=first, without=None).items():
            path = _draw_growth(known, 1, 2000, rng_for(1, "origin", origin), given)
            found[kind.rstrip("_")].append(scores(path[0], LOG_GDP.diff()[origin + 1]))
    mean = {kind: pd.DataFrame(rows).mean() for kind, rows in found.items()}
    assert mean["with"].crps < 0.75 * mean["without"].crps
    assert mean["with"].inside >= 0.75


def test_a_country_without_quarters_has_a_forecast(ruritania):
    growth = gdp_growth(ruritania)
    assert _draw_running_year(ruritania, growth, 10, rng_for(1, "toy")) is None
    drawn = nation(ruritania)
    assert np.isfinite(drawn).all().all() and drawn.loc[2026].nunique() == 400


def test_a_past_date_has_a_forecast():
    then = REAL.as_of("2022-11-22")
    drawn = forecast_grdp(then, 2019, 2025, 100, 1).filter(unit="VN").draws
    drawn = drawn.droplevel(["model", "origin", "unit"])
    assert drawn.loc[2021].nunique() == 1 and drawn.loc[2022].nunique() == 100


def test_too_few_years_are_refused():
    early = REAL.as_of(f"{COMPARABLE + ENOUGH - 1}-06-30")
    later = REAL.observations.concept.isin(["grdp", "population"])
    o = pd.concat([early.observations, REAL.observations[later]], ignore_index=True)
    few = replace(REAL, observations=o.drop_duplicates())
    with pytest.raises(DataError, match="too few"):
        forecast_grdp(few, 2018, 2030, 10)


def test_the_parts_of_a_draw_sum_to_one_and_a_longer_forecast_starts_alike():
    log_part = pd.DataFrame(np.log([[0.5, 0.5], [0.52, 0.48], [0.51, 0.49]]))
    long = _draw_log_parts(log_part, 6, 30, rng_for(1, "toy"))
    short = _draw_log_parts(log_part, 2, 30, rng_for(1, "toy"))
    assert np.allclose(np.exp(long).sum(axis=1), 1) and np.array_equal(long[:2], short)
