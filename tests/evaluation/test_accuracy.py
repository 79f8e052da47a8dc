"""Accuracy measures against scoringrules and published formulas, and how averages are taken."""

import time

import numpy as np
import pandas as pd
import pytest
import scoringrules as sr
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from digitransform.core.errors import DataError
from digitransform.evaluation.accuracy import (
    MEASURES,
    RATES,
    accuracy,
    coverage,
    crps,
    interval_score,
    mae,
    mase,
    mase_scale,
    pit,
    pit_histogram,
    rmse,
    skill,
    smape,
)
from digitransform.models.forecast import KEYS, Forecast, concat


def random(*seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def sample(
    model="a", units=("p", "q", "r"), origins=(2016,), horizons=3, draws=200, seed=1, shift=0.0
) -> Forecast:
    rows = pd.MultiIndex.from_tuples(
        [(model, o, u, o + h) for o in origins for u in units for h in range(1, horizons + 1)],
        names=KEYS,
    )
    return Forecast(
        pd.DataFrame(random(seed).normal(10 + shift, 2, (len(rows), draws)), index=rows)
    )


def panel(units=("p", "q", "r"), first=2000, last=2025, seed=2) -> pd.DataFrame:
    return pd.DataFrame(
        random(seed, 0).normal(10, 2, (last - first + 1, len(units))),
        index=range(first, last + 1),
        columns=list(units),
    )


def keyed(table: pd.DataFrame, *keys) -> pd.DataFrame:
    return table.set_index(list(keys) or ["model", "measure", "level"]).sort_index()


# Against scoringrules and published formulas

SIZES = st.tuples(
    st.integers(1, 12), st.integers(2, 60), st.integers(0, 10**6), st.sampled_from([1e-3, 1.0, 1e6])
)


@given(SIZES)
def test_crps_is_that_of_scoringrules(size):
    rows, draws, seed, unit = size
    rng = random(seed)
    # rounded: with ties
    x = unit * rng.normal(size=(rows, draws)).round(1)
    y = unit * rng.normal(size=rows)
    for fair, estimators in ((True, ["fair"]), (False, ["nrg", "qd", "int"])):
        for estimator in estimators:
            np.testing.assert_allclose(
                crps(x, y, fair=fair),
                sr.crps_ensemble(y, x, estimator=estimator, backend="numpy"),
                rtol=1e-9,
                atol=1e-9 * unit,
            )


@given(SIZES, st.sampled_from([50.0, 80.0, 95.0, 99.0]))
def test_the_interval_score_is_that_of_scoringrules(size, level):
    rows, _, seed, unit = size
    low, high = np.sort(unit * random(seed).normal(size=(2, rows)), axis=0)
    y = unit * random(seed, 1).normal(size=rows)
    np.testing.assert_allclose(
        interval_score(low, high, y, level),
        sr.interval_score(y, low, high, 1 - level / 100, backend="numpy"),
        rtol=1e-9,
    )


def test_crps_of_many_draws_is_that_of_their_distribution():
    x = random(3).normal(1.0, 2.0, (1, 400_000))
    for y in (-4.0, 1.0, 3.5):
        assert crps(x, [y])[0] == pytest.approx(sr.crps_normal(y, 1.0, 2.0), rel=0.01)


def test_crps_by_its_definition():
    rng = random(4)
    x = rng.normal(size=(3, 7))
    y = rng.normal(size=3)
    gaps = np.abs(x[:, :, None] - x[:, None, :]).sum(axis=(1, 2))
    near = np.abs(x - y[:, None]).mean(axis=1)
    np.testing.assert_allclose(crps(x, y), near - gaps / (2 * 7 * 6))
    np.testing.assert_allclose(crps(x, y, fair=False), near - gaps / (2 * 7 * 7))


def test_the_fair_score_does_not_depend_on_the_number_of_sample():
    rng = random(5)
    y = rng.normal(size=60_000)
    few, more = (crps(rng.normal(size=(len(y), m)), y).mean() for m in (3, 20))
    assert (
        few == pytest.approx(1 / np.sqrt(np.pi), rel=0.01) == pytest.approx(more, rel=0.01)
    )  # expected CRPS of a standard normal
    assert crps(rng.normal(size=(len(y), 3)), y, fair=False).mean() > 1.1 * few


@pytest.mark.parametrize(
    "score",
    [
        lambda x, y: crps(x, y),
        lambda x, y: interval_score(*np.quantile(x, [0.1, 0.9], axis=1), y, 80),
    ],
    ids=["crps", "interval_score"],
)
def test_calibration_pays(score):
    rng = random(6)
    y = rng.normal(size=20_000)
    calibrated, narrow, wide, high = (
        score(rng.normal(m, s, (len(y), 100)), y).mean()
        for m, s in ((0, 1), (0, 0.5), (0, 2), (0.7, 1))
    )
    assert calibrated < min(narrow, wide, high)


def test_a_single_draw_is_scored_by_its_absolute_error_and_an_infinite_one_infinitely():
    np.testing.assert_allclose(crps(np.array([[3.0], [5.0]]), [4.0, 7.0]), [1, 2])
    assert crps(np.array([[1.0, np.inf, 2.0], [-np.inf, 0.0, np.inf]]), [1.0, 0.0]).tolist() == [
        np.inf,
        np.inf,
    ]


@given(st.integers(0, 10**6), st.floats(0.1, 100), st.floats(-50, 50))
def test_errors_move_with_the_unit_and_not_with_the_origin_of_the_scale(seed, factor, shift):
    rng = random(seed)
    x = rng.normal(size=(4, 30))
    y = rng.normal(size=4)
    past = rng.normal(size=(4, 9))
    moved = [factor * v + shift for v in (x, y, past)]
    np.testing.assert_allclose(crps(*moved[:2]), factor * crps(x, y), rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(
        mase(moved[0][:, 0], moved[1], moved[2]), mase(x[:, 0], y, past), rtol=1e-6
    )
    np.testing.assert_allclose(pit(*moved[:2]), pit(x, y))


def test_the_measures_of_the_m_competitions_by_hand():
    actual = np.array([100.0, 120.0])
    forecast_ = np.array([110.0, 100.0])
    past = np.array([[90.0, 94, 92, np.nan, 99], [50, 50, 52, 54, np.nan]])
    np.testing.assert_allclose(mae(forecast_, actual), [10, 20])
    np.testing.assert_allclose(smape(forecast_, actual), [200 * 10 / 210, 200 * 20 / 220])
    np.testing.assert_allclose(mase_scale(past), [(4 + 2) / 2, (0 + 2 + 2) / 3])
    np.testing.assert_allclose(mase(forecast_, actual, past), [10 / 3, 20 / (4 / 3)])
    assert coverage(np.array([1, 1, 1]), np.array([2, 2, 2]), np.array([1, 2, 2.1])).tolist() == [
        100,
        100,
        0,
    ]


def test_the_transform_is_uniform_for_calibrated_draws_even_with_ties():
    rng = random(7)
    for make in (
        lambda size: rng.normal(size=size),
        lambda size: rng.integers(0, 4, size).astype(float),
    ):
        u = pit(make((20_000, 9)), make(20_000), np.random.default_rng(1))
        assert 0 <= u.min() and u.max() < 1 and stats.kstest(u, "uniform").pvalue > 0.01


# What the verb averages


def test_one_row_by_hand():
    fc = Forecast(
        pd.DataFrame(
            [[1.0, 2, 4]], index=pd.MultiIndex.from_tuples([("m", 2020, "p", 2021)], names=KEYS)
        )
    )
    got = keyed(
        accuracy(
            fc,
            pd.Series({("p", 2021): 3.0}).rename_axis(["unit", "year"]),
            ["mae", "rmse", "smape", "crps", "interval_score", "coverage"],
            levels=[50],
        ),
        "measure",
    ).value
    assert got.to_dict() == pytest.approx(
        dict(
            mae=1,
            rmse=3 - 7 / 3,
            smape=40,
            crps=(2 + 1 + 1) / 3 - 1,
            interval_score=1.5,
            coverage=100,
        )
    )


def test_every_series_counts_once_however_often_it_was_forecast():
    fc = concat(sample(units=["p"], horizons=6, shift=3), sample(units=["q"], horizons=1))
    actuals = panel()
    one = keyed(accuracy(fc, actuals, [mae], by=["unit"]), "unit")
    both = accuracy(fc, actuals, [mae]).iloc[0]
    assert one.n_forecasts.to_dict() == dict(p=6, q=1)
    assert both.value == pytest.approx(one.value.mean()) and both.se == pytest.approx(
        one.value.std() / np.sqrt(2)
    )
    assert (both.n_series, both.n_forecasts, both.n_skipped) == (2, 7, 0)


def test_the_root_is_taken_within_a_series():
    fc = sample()
    actuals = panel()
    error = pd.Series(
        [actuals.at[y, u] for _, _, u, y in fc.draws.index], index=fc.draws.index
    ) - fc.draws.mean(axis=1)
    each = (error**2).groupby(level="unit").mean() ** 0.5
    assert accuracy(fc, actuals, [rmse]).value.item() == pytest.approx(each.mean())
    assert accuracy(fc, actuals, [rmse, crps]).n_series.tolist() == [3, 3]


def test_intervals_are_those_of_the_forecast():
    fc = sample(draws=57)
    actuals = panel()
    bounds = {}

    def width(lower, upper, level):
        bounds[level] = (lower, upper)
        return upper - lower

    accuracy(fc, actuals, [width], levels=[50, 90])
    for level, (lower, upper) in bounds.items():
        expected = fc.interval([level])
        np.testing.assert_allclose(lower, expected.lower)
        np.testing.assert_allclose(upper, expected.upper)


def test_medians_and_means_are_those_of_the_forecast():
    fc = sample(draws=58)
    seen = {}

    def look(median, mean):
        seen.update(median=median, mean=mean)
        return median

    accuracy(fc, panel(), [look])
    np.testing.assert_allclose(seen["median"], fc.median())
    np.testing.assert_allclose(seen["mean"], fc.draws.mean(axis=1))


def test_a_scale_never_looks_beyond_its_origin():
    fc = sample(origins=(2010, 2016))
    actuals = panel()

    def spoilt(after):
        return actuals.mask(
            np.repeat((actuals.index > after)[:, None], actuals.shape[1], axis=1), -999
        )

    changed = spoilt(2016)
    by_origin = [
        keyed(accuracy(fc, actuals, ["mase"], train=t, by=["origin"]), "origin").value
        for t in (actuals, changed)
    ]
    pd.testing.assert_series_equal(*by_origin)
    assert (
        keyed(accuracy(fc, actuals, ["mase"], train=spoilt(2010), by=["origin"]), "origin").value[
            2010
        ]
        == by_origin[0][2010]
    )
    errors = keyed(accuracy(fc, actuals, ["mae"], by=["origin", "unit"]), "origin", "unit").value
    assert by_origin[0][2010] == pytest.approx(
        np.mean([errors[2010, u] / actuals.loc[:2010, u].diff().abs().mean() for u in actuals])
    )


def test_missing_years_of_the_past_are_not_steps():
    actuals = panel()
    gap = accuracy(sample(), actuals, ["mase"], train=actuals.drop(index=range(2003, 2008)))
    explicit = accuracy(
        sample(),
        actuals,
        ["mase"],
        train=actuals.drop(index=range(2003, 2008)).reindex(actuals.index),
    )
    assert gap.value.item() == pytest.approx(explicit.value.item())


def test_actual_values_in_three_shapes():
    fc = sample()
    wide = panel()
    long = wide.rename_axis(index="year", columns="unit").unstack().rename("value")
    swapped = long.reorder_levels(["year", "unit"]).sort_index()
    tables = [
        accuracy(fc, actuals, MEASURES, train=wide)
        for actuals in (wide, long, swapped, long.to_frame())
    ]
    for other in tables[1:]:
        pd.testing.assert_frame_equal(tables[0], other)


def test_order_of_rows_and_draws_is_irrelevant_and_input_is_left_alone():
    fc = concat(sample("a"), sample("b", seed=8))
    actuals = panel()
    before = fc.draws.copy(), actuals.copy()
    shuffled = Forecast(
        fc.draws.sample(frac=1, random_state=1).sample(frac=1, axis=1, random_state=2)
    )
    a, b = (keyed(accuracy(f, actuals, MEASURES, train=actuals)) for f in (fc, shuffled))
    pd.testing.assert_frame_equal(a, b)
    pd.testing.assert_frame_equal(fc.draws, before[0])
    pd.testing.assert_frame_equal(actuals, before[1])


def test_adding_a_model_moves_no_score_of_another():
    actuals = panel()
    for judge in (pit_histogram, accuracy):
        alone = judge(sample("a"), actuals)
        beside = judge(concat(sample("b", seed=9), sample("a")), actuals)
        pd.testing.assert_frame_equal(alone, beside[beside.model == "a"].reset_index(drop=True))


# Nothing disappears


def test_what_cannot_be_scored_is_counted():
    fc = sample()
    actuals = panel()
    draws = fc.draws.copy()
    draws.iloc[0, 3] = np.nan  # a missing draw
    known = actuals.drop(index=2018)  # a year not yet published
    flat = actuals.assign(q=5.0)  # a past without a step
    got = keyed(accuracy(Forecast(draws), known, ["crps", "mase"], train=flat), "measure")
    assert got.loc["crps", ["n_series", "n_forecasts", "n_skipped"]].tolist() == [3, 5, 4]
    assert got.loc["mase", ["n_series", "n_forecasts", "n_skipped"]].tolist() == [2, 3, 6]


def test_a_model_of_which_nothing_can_be_scored_keeps_its_row():
    fc = concat(sample("a"), sample("b", units=["x"]))
    got = keyed(accuracy(fc, panel(), ["crps"]), "model")
    assert np.isnan(got.value["b"]) and got.loc[
        "b", ["n_series", "n_forecasts", "n_skipped"]
    ].tolist() == [0, 0, 3]


def test_an_infinite_draw_is_not_skipped():
    draws = sample().draws.copy()
    draws.iloc[0, 0] = np.inf
    got = keyed(accuracy(Forecast(draws), panel(), ["crps", "rmse"]), "measure")
    assert np.isinf(got.value).all() and (got.n_skipped == 0).all()


def test_years_up_to_the_origin_count_only_when_they_were_hidden():
    rows = pd.MultiIndex.from_product([["m"], [2016], ["p"], range(2014, 2019)], names=KEYS)
    fc = Forecast(pd.DataFrame(np.ones((5, 4)), index=rows))
    assert accuracy(fc, panel(), [mae]).n_forecasts.item() == 2
    assert accuracy(fc, panel(), [mae], past=True).n_forecasts.item() == 5
    assert accuracy(fc, panel(), [mae], by=["horizon"], past=True).horizon.tolist() == [
        -2,
        -1,
        0,
        1,
        2,
    ]


@pytest.mark.parametrize(
    "call, said",
    [
        (lambda: accuracy(sample(), panel(), ["masse"]), "the nearest valid value is 'mase'"),
        (lambda: accuracy(sample(), panel(), ["mase"]), "give `train`"),
        (lambda: accuracy(sample(), panel(), [mae, "mae"]), "two measures have one name"),
        (
            lambda: accuracy(sample(), panel(), [lambda sigma: sigma]),
            "which a forecast cannot give",
        ),
        (lambda: accuracy(sample(), panel(), by=["modell"]), "the nearest valid value is 'model'"),
        (lambda: accuracy(sample(), panel().loc[2017]), "indexed by unit and year"),
        (
            lambda: accuracy(
                sample(), pd.concat([panel().unstack().rename_axis(["unit", "year"])] * 2)
            ),
            "two actual values for one unit and year",
        ),
        (
            lambda: accuracy(
                sample(), panel().unstack().rename_axis(["unit", "year"]).to_frame("a").assign(b=1)
            ),
            "one column, not 2",
        ),
        (lambda: skill(accuracy(sample("drift"), panel())), "series by series"),
        (lambda: skill(accuracy(sample("a"), panel(), by=["model", "unit"])), "was not scored"),
        (
            lambda: skill(accuracy(sample("drift"), panel(), RATES, by=["model", "unit"])),
            "have no skill",
        ),
    ],
)
def test_slips_are_refused_in_one_sentence(call, said):
    with pytest.raises(DataError, match="^[^\n]+\\.$") as refusal:
        call()
    assert said in str(refusal.value)


# Skill

UNITS = [f"u{i}" for i in range(40)]


def each(measures=("crps", "coverage"), **kw) -> pd.DataFrame:
    fc = concat(
        sample("drift", UNITS, shift=1),
        sample("good", UNITS, seed=8),
        sample("bad", UNITS, seed=9, shift=4),
    )
    return accuracy(fc, panel(UNITS), measures, by=["model", "unit"], **kw)


def test_skill_is_a_ratio_of_means_with_a_paired_standard_error():
    table = each()
    wide = table[table.measure == "crps"].pivot(index="unit", columns="model", values="value")
    got = keyed(skill(table), "model")
    assert (
        set(got.measure) == {"crps"}
        and got.value["bad"] < -2 * got.se["bad"] < 0 < 2 * got.se["good"] < got.value["good"]
    )
    assert got.loc["drift", ["value", "se", "n_series", "n_unpaired"]].tolist() == [0, 0, 40, 0]
    for model in ("good", "bad"):
        ratio = wide[model].mean() / wide.drift.mean()
        leave_one_out = np.array(
            [wide[model].drop(u).mean() / wide.drift.drop(u).mean() for u in UNITS]
        )
        jackknife = np.sqrt((len(UNITS) - 1) * leave_one_out.var())
        assert got.value[model] == pytest.approx(1 - ratio) and got.se[model] == pytest.approx(
            jackknife, rel=0.1
        )


def test_the_standard_error_is_that_of_repetitions():
    rng = random(11)
    repeats = 300
    n = 30
    hard = rng.gamma(2, 1, (repeats, n))  # a hard series is hard for both
    scores = dict(
        drift=hard * rng.gamma(20, 0.05, (repeats, n)),
        a=0.8 * hard * rng.gamma(20, 0.05, (repeats, n)),
    )
    repeat, unit = np.indices((repeats, n)).reshape(
        2, -1
    )  # each repetition of the panel stands in for a horizon
    table = pd.concat(
        [
            pd.DataFrame(
                dict(
                    model=m,
                    unit=unit,
                    horizon=repeat,
                    measure="crps",
                    level=np.nan,
                    value=v.ravel(),
                    n_forecasts=1,
                )
            )
            for m, v in scores.items()
        ]
    )
    got = skill(table).query("model == 'a'")
    assert (
        len(got) == repeats
        and got.value.mean() == pytest.approx(0.2, abs=0.01)
        and got.se.mean() == pytest.approx(got.value.std(), rel=0.1)
    )


def test_series_that_only_one_model_forecast_are_counted():
    fc = concat(
        sample("drift", UNITS[:30]), sample("a", UNITS[5:]), sample("b", UNITS[:30], horizons=2)
    )
    got = keyed(skill(accuracy(fc, panel(UNITS), [crps], by=["model", "unit"])), "model")
    assert got.loc["a", ["n_series", "n_unpaired"]].tolist() == [25, 15]
    assert got.loc["b", ["n_series", "n_unpaired"]].tolist() == [0, 30] and np.isnan(got.value["b"])


def test_skill_by_horizon_and_by_level():
    fc = concat(sample("drift", UNITS, shift=1), sample("a", UNITS))
    got = skill(
        accuracy(fc, panel(UNITS), ["interval_score", "mae"], by=["model", "unit", "horizon"])
    )
    assert len(got) == 2 * 3 * 3 and (got.n_series == 40).all() and (got.n_unpaired == 0).all()
    assert got[got.measure == "interval_score"].level.value_counts().to_dict() == {80.0: 6, 95.0: 6}


# Histogram, and time


def test_the_histogram_is_level_for_honest_sample():
    units = [f"u{i}" for i in range(800)]
    fc = sample("a", units)
    table = pit_histogram(fc, panel(units, first=2016, last=2019))
    assert table.value.sum() == pytest.approx(100) and table.lower.tolist() == pytest.approx(
        np.arange(10) / 10
    )
    assert (np.abs(table.value - 10) < 4 * table.se).all() and table.n_forecasts.tolist() == [
        2400
    ] * 10


def test_a_competition_is_scored_in_seconds():
    units = [f"u{i}" for i in range(645)]
    fc = concat(
        *(
            sample(m, units, horizons=6, draws=1000, seed=i)
            for i, m in enumerate(("drift", "a", "b"))
        )
    )
    actuals = panel(units, first=1980)
    started = time.perf_counter()
    table = accuracy(fc, actuals, MEASURES, train=actuals, by=["model", "unit"])
    skill(table)
    assert time.perf_counter() - started < 6, (
        "a third of the size of a full run, which should take less than ten seconds"
    )
    assert len(table) == 3 * 645 * (len(MEASURES) + 2) and (table.n_skipped == 0).all()
