"Textbook reconciliation against other people's programs and formulas, and its laws on hierarchies nobody thought of."

import numpy as np
import pandas as pd
import pytest
from hierarchicalforecast.methods import BottomUp, MinTrace
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from notebooks import ROOT
from scipy.optimize import nnls

from digitransform.core.errors import DataError
from digitransform.data.geography import read_geography, summing_matrix
from digitransform.data.tables import read_table
from digitransform.evaluation.minimum_trace import (
    METHODS,
    bottom_up,
    condition,
    divide,
    error_covariance,
    hierarchy,
    mint,
    projection,
    shrunk_covariance,
)
from digitransform.models.forecast import KEYS, Forecast

few = settings(max_examples=60, deadline=None)


def table(values, units, years=(2021,), model="base", origin=2020):
    "A forecast from an array (units, years, worlds)."
    index = pd.MultiIndex.from_product([[model], [origin], list(units), list(years)], names=KEYS)
    return Forecast(
        pd.DataFrame(np.asarray(values, float).reshape(len(index), -1), index=index), "value_added"
    )


def cube(forecast, units):
    "The worlds of one model, one origin and one year, in the order of `units`."
    return forecast.draws.droplevel(["model", "origin", "year"]).loc[list(units)].to_numpy()


# The American panel: 60 units, 19 drift errors of each.


@pytest.fixture(scope="module")
def states():
    "Summing matrix (leaves last), what was, what drift had said of it, and what it says of 2017 to 2021."
    panel = read_table(ROOT / "data", "analogues/us_states_ict")
    order = panel.level.map(dict(nation=0, region=1, state=2)).sort_values(kind="stable").index
    S = hierarchy(panel.loc[order].drop_duplicates("unit").set_index("unit").parent)
    y = panel.pivot(index="year", columns="unit", values="numerator").astype(float)[list(S.index)]
    past = y.loc[:2016]
    growth = np.log(past.loc[2016] / past.loc[1997]) / 19
    return (
        S,
        past.iloc[1:],
        past.shift().iloc[1:] * np.exp(growth),
        np.exp(
            np.log(past.loc[2016]).to_numpy()[:, None]
            + growth.to_numpy()[:, None] * np.arange(1, 6)
        ),
    )


OTHERS = {"ols": "ols", "struct": "wls_struct", "var": "wls_var", "shrink": "mint_shrink"}


@pytest.mark.parametrize("method", METHODS)
def test_minimum_trace_is_that_of_hierarchicalforecast(states, method):
    S, was, said, ahead = states
    theirs = MinTrace(method=OTHERS[method]).fit_predict(
        S=S.to_numpy(), y_hat=ahead, y_insample=was.T.to_numpy(), y_hat_insample=said.T.to_numpy()
    )["mean"]
    ours = mint(
        table(ahead, S.index, range(2017, 2022), origin=2016),
        S,
        method,
        was - said,
        centred=method == "shrink",
        nonnegative=False,
    )
    assert np.allclose(ours.draws.to_numpy().reshape(ahead.shape), theirs, rtol=1e-6, atol=0)
    assert np.abs(theirs / ahead - 1).max() > 1e-3, "nothing was reconciled"


def test_the_two_meanings_of_shrink_differ(states):
    S, was, said, ahead = states
    fc = table(ahead, S.index, range(2017, 2022), origin=2016)
    r, nixtla = (
        mint(fc, S, "shrink", was - said, centred=c).draws.to_numpy() for c in (False, True)
    )
    assert 1e-6 < np.abs(r / nixtla - 1).max()


def test_bottom_up_is_that_of_hierarchicalforecast(states):
    S, was, said, ahead = states
    theirs = BottomUp().fit_predict(S=S.to_numpy(), y_hat=ahead)["mean"]
    ours = bottom_up(table(ahead, S.index, range(2017, 2022), origin=2016), S)
    assert np.allclose(ours.draws.to_numpy().reshape(ahead.shape), theirs, rtol=1e-12)


@pytest.mark.filterwarnings("ignore:Converted matrix")
@pytest.mark.parametrize("method", ["ols", "struct", "shrink"])
def test_the_bound_at_zero_is_that_of_hierarchicalforecast(states, method):
    "A nation much smaller than its states pushes the small ones below zero."
    S, was, said, ahead = states
    low = ahead.copy()
    low[0] *= 0.5
    theirs = MinTrace(method=OTHERS[method], nonnegative=True).fit_predict(
        S=S.to_numpy(), y_hat=low, y_insample=was.T.to_numpy(), y_hat_insample=said.T.to_numpy()
    )["mean"]
    fc = table(low, S.index, range(2017, 2022), origin=2016)
    ours = mint(fc, S, method, was - said, centred=True).draws.to_numpy().reshape(low.shape)
    free = mint(fc, S, method, was - said, centred=True, nonnegative=False).draws.to_numpy()
    assert (free.min() < 0) == (method != "shrink") and ours.min() >= 0
    assert np.abs(ours - theirs).max() < 1e-4 * low.max(), (
        "their optimiser stops at a tolerance, and rounds to single precision"
    )
    inverse = np.linalg.inv(error_covariance(S, method, was - said, centred=True))

    def distance(b):
        return np.einsum(
            "iw,ij,jw->w", low - S.to_numpy() @ b[9:], inverse, low - S.to_numpy() @ b[9:]
        )

    assert (distance(ours) <= distance(theirs) * (1 + 1e-7)).all(), "ours is at least as near"


def hts(x):
    "Shrinkage as R's hts writes it (Schäfer and Strimmer on errors as they are), one pair of units at a time."
    n, p = x.shape
    covariance = x.T @ x / n
    scale = np.sqrt(np.diag(covariance))
    above = below = 0.0
    for i in range(p):
        for j in range(p):
            if i != j:
                w = x[:, i] / scale[i] * x[:, j] / scale[j]
                above += (np.sum(w**2) - np.sum(w) ** 2 / n) / (n * (n - 1))
                below += (covariance[i, j] / scale[i] / scale[j]) ** 2
    intensity = max(min(above / below, 1), 0)
    return intensity * np.diag(np.diag(covariance)) + (1 - intensity) * covariance, intensity


def test_shrinkage_is_that_of_r(states):
    S, was, said, _ = states
    W, intensity = shrunk_covariance(was - said)
    theirs, its_intensity = hts((was - said).to_numpy())
    assert np.isclose(intensity, its_intensity, rtol=1e-12) and np.allclose(W, theirs, rtol=1e-10)
    assert 0.1 < intensity < 0.9


def test_centring_is_taking_the_mean_off_first(states):
    S, was, said, _ = states
    e = was - said
    assert np.allclose(
        shrunk_covariance(e, centred=True)[0], shrunk_covariance(e - e.mean())[0]
    ) and np.isclose(shrunk_covariance(e, True)[1], shrunk_covariance(e - e.mean())[1])


def test_nothing_known_of_correlations_means_none():
    W, intensity = shrunk_covariance(pd.DataFrame([[1.0, 0], [-1, 0], [0, 2], [0, -2]]))
    assert intensity == 1 and np.allclose(W, [[0.5, 0], [0, 2]])


@pytest.mark.parametrize("method", ["ols", "struct"])
def test_two_maps_at_once(method):
    "All 114 units of Viet Nam: not a tree, and some provinces are one old province."
    geo = read_geography(ROOT / "data")
    S = summing_matrix(geo, geo.units.index)
    rng = np.random.default_rng(1)
    truth = S.to_numpy() @ rng.gamma(4, 20, (S.shape[1], 1))
    made = mint(table(truth * np.exp(0.1 * rng.normal(size=(len(S), 50))), S.index), S, method)
    y = cube(made, S.index)
    assert np.allclose(S.to_numpy() @ cube(made, S.columns), y, rtol=1e-12) and y.min() >= 0
    maps = [
        [u for u in S.index if geo[u].level == level and geo[u]["map"] == map]
        for level in ("province", "region")
        for map in ("34", "63")
    ]
    assert all(np.allclose(cube(made, units).sum(axis=0), cube(made, ["VN"])[0]) for units in maps)


# Laws, on hierarchies nobody thought of.


@st.composite
def hierarchies(draw):
    "Sums of up to six leaves, overlapping as they like, rows in any order; errors with any covariance."
    n = draw(st.integers(2, 6))
    sums = draw(
        st.lists(
            st.lists(st.booleans(), min_size=n, max_size=n).filter(lambda s: sum(s) > 0),
            min_size=1,
            max_size=4,
        )
    )
    rows = np.vstack([np.ones(n), np.array(sums, float), np.eye(n)])
    labels = ["all", *(f"sum{i}" for i in range(len(sums))), *(f"leaf{i}" for i in range(n))]
    order = draw(st.permutations(range(len(rows))))
    S = pd.DataFrame(rows[order], index=[labels[i] for i in order], columns=labels[-n:])
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    root = rng.normal(size=(len(S), len(S) + 3))
    scale = np.exp(rng.normal(size=len(S)))
    return S, pd.DataFrame(scale[:, None] * (root @ root.T) * scale, S.index, S.index), rng


@few
@given(hierarchies())
def test_the_projection_is_one_and_is_generalised_least_squares(case):
    S, W, _ = case
    P = projection(S, W).to_numpy()
    s = S.to_numpy()
    assert np.allclose(s @ P @ s, s, atol=1e-9) and np.allclose(
        P @ s, np.eye(S.shape[1]), atol=1e-9
    )
    inverse = np.linalg.inv(W.to_numpy())
    assert np.allclose(P, np.linalg.solve(s.T @ inverse @ s, s.T @ inverse), rtol=1e-5, atol=1e-6)


@few
@given(hierarchies())
def test_no_other_unbiased_matrix_has_a_smaller_trace(case):
    S, W, rng = case
    P = projection(S, W).to_numpy()
    s = S.to_numpy()
    w = W.to_numpy()
    other = P + rng.normal(size=P.shape) @ (np.eye(len(S)) - s @ P)

    def trace(G):
        return np.trace(s @ G @ w @ G.T @ s.T)

    assert np.allclose(other @ s, np.eye(S.shape[1]), atol=1e-8) and trace(P) <= trace(other) * (
        1 + 1e-9
    )


@few
@given(hierarchies(), st.sampled_from(METHODS), st.booleans())
def test_every_world_is_coherent_and_coherent_worlds_are_left_alone(case, method, centred):
    S, _, rng = case
    errors = pd.DataFrame(rng.normal(size=(8, len(S))), range(2013, 2021), S.index)
    loose = table(rng.gamma(3, 10, (len(S), 5)), S.index)
    made = mint(loose, S, method, errors, centred)
    y = cube(made, S.index)
    assert np.abs(y - S.to_numpy() @ cube(made, S.columns)).max() < 1e-9 and y.min() >= 0
    again = mint(made, S, method, errors, centred, nonnegative=False)
    assert np.allclose(cube(again, S.index), y, atol=1e-9 * max(1, np.abs(y).max()))
    assert not loose.draws.equals(made.draws)


@few
@given(hierarchies(), st.randoms(use_true_random=False))
def test_the_order_of_rows_is_irrelevant(case, random):
    S, _, rng = case
    errors = pd.DataFrame(rng.normal(size=(8, len(S))), range(2013, 2021), S.index)
    fc = table(rng.gamma(3, 10, (len(S), 2, 4)), S.index, [2021, 2022])
    rows = random.sample(range(len(fc.draws)), len(fc.draws))
    units = random.sample(list(S.index), len(S))
    mixed = Forecast(fc.draws.iloc[rows], fc.quantity)
    for verb in (
        lambda f, s: mint(f, s, "shrink", errors),
        lambda f, s: mint(f, s, "shrink", errors[units]),
        bottom_up,
    ):
        one = verb(fc, S).draws
        other = verb(mixed, S.loc[units, random.sample(list(S.columns), S.shape[1])]).draws
        assert np.allclose(one, other.loc[one.index], rtol=1e-8, atol=1e-9)


def whitened(y, S, W):
    "The optimum under b >= 0 by another road: non-negative least squares after dividing by the root of W."
    root = np.linalg.inv(np.linalg.cholesky(W))
    return np.array([nnls(root @ S, root @ world, maxiter=1000)[0] for world in y.T]).T


@few
@given(hierarchies())
def test_the_bound_at_zero_is_the_optimum(case):
    S, _, rng = case
    errors = pd.DataFrame(
        rng.normal(size=(40, len(S))) @ np.diag(np.exp(rng.normal(size=len(S)))),
        range(1981, 2021),
        S.index,
    )
    y = rng.normal(1, 3, size=(len(S), 20))
    W = error_covariance(S, "shrink", errors)
    best = whitened(y, S.to_numpy(), W.to_numpy())
    made = mint(table(y, S.index), S, "shrink", errors)
    free = mint(table(y, S.index), S, "shrink", errors, nonnegative=False)
    assert np.allclose(cube(made, S.columns), best, atol=1e-7)
    fine = (cube(free, S.columns) >= 0).all(axis=0)
    assert np.array_equal(cube(made, S.index)[:, fine], cube(free, S.index)[:, fine]), (
        "only worlds with a negative part may change"
    )


@few
@given(hierarchies(), st.booleans(), st.data())
def test_conditioning_meets_what_was_published(case, own, data):
    S, _, rng = case
    n = S.shape[1]
    years = [2021, 2022, 2023]
    worlds = 40
    asked = data.draw(
        st.lists(
            st.tuples(st.sampled_from(list(S.index)), st.sampled_from(years)),
            min_size=1,
            max_size=4,
            unique=True,
        )
    )
    rows = np.array([np.kron(S.loc[u], np.eye(3)[years.index(y)]) for u, y in asked])
    truth = rng.gamma(3, 10, n * 3)
    published = pd.Series(rows @ truth, pd.MultiIndex.from_tuples(asked, names=["unit", "year"]))
    fc = table(rng.gamma(2, 10, (n, 3, worlds)), S.columns, years)
    V = (
        None
        if own
        else pd.DataFrame(
            np.cov(rng.normal(size=(n, 3 * n))) + 0.1 * np.eye(n), S.columns, S.columns
        )
    )
    made = condition(fc, S, published, V)
    for (unit, year), total in published.items():
        assert (
            np.abs(made.filter(unit=unit, year=year).draws.to_numpy() - total).max() <= 1e-9 * total
        )
    assert made.draws.to_numpy().min() >= -1e-9
    for year in years:
        now = made.filter(year=year)
        assert np.abs(cube(now, S.index) - S.to_numpy() @ cube(now, S.columns)).max() < 1e-9
        if not own and year not in published.index.get_level_values("year"):
            assert np.allclose(cube(now, S.columns), cube(fc.filter(year=year), S.columns))
    again = condition(made, S, published, V)
    assert np.allclose(again.draws, made.draws, rtol=1e-7, atol=1e-7)


def test_conditioning_gaussian_worlds_is_conditioning():
    "Mean and covariance of the conditioned worlds are those of the textbook."
    rng = np.random.default_rng(5)
    S = pd.DataFrame(
        np.vstack([np.ones(3), [1, 1, 0], np.eye(3)]),
        index=["all", "two", *"abc"],
        columns=list("abc"),
    )
    mean = np.array([50, 60, 70.0])
    V = np.array([[9, 3, 0], [3, 4, -1], [0, -1, 16.0]])
    x = mean[:, None] + np.linalg.cholesky(V) @ rng.normal(size=(3, 200_000))
    published = pd.Series({("all", 2021): 190.0, ("two", 2021): 112.0}).rename_axis(
        ["unit", "year"]
    )
    A = S.loc[["all", "two"]].to_numpy()
    t = published.to_numpy()
    K = V @ A.T @ np.linalg.inv(A @ V @ A.T)
    for covariance in (pd.DataFrame(V, S.columns, S.columns), None):
        made = cube(condition(table(x, S.columns), S, published, covariance), S.columns)
        assert np.allclose(made.mean(axis=1), mean + K @ (t - A @ mean), atol=0.03) and np.allclose(
            np.cov(made), V - K @ A @ V, atol=0.05
        )


def test_the_published_past_is_no_condition_and_the_future_hears_of_the_present():
    S = pd.DataFrame([[1.0, 1], [1, 0], [0, 1]], index=["all", "a", "b"], columns=["a", "b"])
    rng = np.random.default_rng(3)
    walk = np.cumsum(
        np.concatenate([np.full((2, 1, 3000), 50.0), rng.normal(size=(2, 2, 3000))], axis=1), axis=1
    )
    fc = table(walk, S.columns, [2020, 2021, 2022])
    published = pd.Series({("all", 2020): 100.0, ("all", 2021): 104.0}).rename_axis(
        ["unit", "year"]
    )
    made = condition(fc, S, published)
    assert (made.filter(unit="all", year=2020).draws == 100).to_numpy().all() and abs(
        made.filter(unit="all", year=2022).draws.to_numpy().mean() - 104
    ) < 0.3
    with pytest.raises(DataError, match="the total of all in 2020 cannot become 99 beside"):
        condition(fc, S, published - [1, 0])


def test_totals_of_one_day_go_in_together():
    "A second call knows nothing of the first, since shrinking loosens what was tied."
    rng = np.random.default_rng(3)
    fc = table(rng.gamma(9, 5, (2, 1, 30)), SMALL.columns)
    day = published(all=80, a=50)
    both = condition(fc, SMALL, day)
    after = condition(condition(fc, SMALL, day.iloc[:1]), SMALL, day.iloc[1:])
    assert (
        np.allclose(both.filter(unit="all").draws, 80)
        and np.allclose(after.filter(unit="a").draws, 50)
        and not np.allclose(after.filter(unit="all").draws, 80)
    )


def test_models_and_origins_are_kept_apart():
    S = pd.DataFrame([[1.0, 1], [1, 0], [0, 1]], index=["all", "a", "b"], columns=["a", "b"])
    rng = np.random.default_rng(3)
    parts = [
        table(rng.gamma(9, 5, (3, 1, 30)), S.index, model=m, origin=o)
        for m, o in (("x", 2019), ("x", 2020), ("y", 2020))
    ]
    both = Forecast(pd.concat([p.draws for p in parts]))
    published = pd.Series({("all", 2021): 80.0}).rename_axis(["unit", "year"])
    for verb in (
        lambda f: mint(f, S, "ols"),
        lambda f: bottom_up(f, S),
        lambda f: condition(f, S, published),
    ):
        together = verb(both).draws
        for p in parts:
            assert np.allclose(together.loc[verb(p).draws.index], verb(p).draws)


@few
@given(
    arrays(float, (4, 6), elements=st.floats(0.01, 0.99)),
    arrays(float, (4, 6), elements=st.floats(0.1, 100)),
)
def test_a_share_formed_last_is_a_weighted_mean(share, whole):
    S = pd.DataFrame(
        np.vstack([np.ones(4), np.eye(4)]), index=["all", *"abcd"], columns=list("abcd")
    )
    made = divide(
        bottom_up(table(share * whole, S.columns), S),
        bottom_up(table(whole, S.columns, model="grdp"), S),
    )
    assert (
        made.quantity == "share"
        and np.allclose(cube(made, S.columns), 100 * share)
        and np.allclose(cube(made, ["all"])[0], 100 * (share * whole).sum(0) / whole.sum(0))
    )


# What is said when something is wrong: one sentence each.

SMALL = pd.DataFrame([[1.0, 1], [1, 0], [0, 1]], index=["all", "a", "b"], columns=["a", "b"])
FC = table(np.arange(1.0, 13).reshape(3, 1, 4), SMALL.index)
ERRORS = pd.DataFrame(np.random.default_rng(0).normal(size=(6, 3)), range(2015, 2021), SMALL.index)


def published(**totals):
    return pd.Series({(u, 2021): float(v) for u, v in totals.items()}).rename_axis(["unit", "year"])


WRONG = [
    (lambda: bottom_up(FC.filter(unit=["all", "a"]), SMALL), "has no row of b in 2021"),
    (lambda: bottom_up(FC, SMALL.drop("b")), "the summing matrix has no row for its leaf b"),
    (lambda: bottom_up(FC, SMALL.replace(0, 1)), "the leaf a is not itself alone"),
    (lambda: bottom_up(FC, SMALL.iloc[[0, 0, 1, 2]]), "a unit stands twice"),
    (lambda: bottom_up(FC, SMALL * np.nan), "empty cells"),
    (
        lambda: bottom_up(Forecast(FC.draws.where(FC.draws < 12)), SMALL),
        "the forecast of b in 2021 has a world without a value",
    ),
    (lambda: mint(FC, SMALL.loc[["a", "b"]], "ols"), "no row of all, which was forecast"),
    (
        lambda: mint(FC, SMALL, "olds"),
        "there is no method 'olds'; the nearest valid value is 'ols'",
    ),
    (lambda: mint(FC, SMALL), "give `residuals`"),
    (
        lambda: mint(FC, SMALL, residuals=ERRORS.rename(columns=dict(all="alle"))),
        "the residuals have no column of all; the nearest valid value is 'alle'",
    ),
    (lambda: mint(FC, SMALL, residuals=ERRORS.assign(a=ERRORS.a.where(ERRORS.index > 2016))), None),
    (
        lambda: mint(FC, SMALL, residuals=ERRORS.assign(a=ERRORS.a.where(ERRORS.index > 2017))),
        "hold 3 years with an error of every unit, and 4 are needed",
    ),
    (
        lambda: mint(FC, SMALL, residuals=ERRORS * 0),
        "W is singular: it leaves no error to all and its parts",
    ),
    (
        lambda: mint(FC, SMALL, residuals=ERRORS.set_index(ERRORS.index + 1)),
        "errors of 2021 were not known at the origin 2020",
    ),
    (
        lambda: mint(
            Forecast(
                pd.concat([FC.draws, FC.draws.rename(index=dict(base="other"), level="model")])
            ),
            SMALL,
            residuals=ERRORS,
        ),
        "reconcile one at a time, not base, other",
    ),
    (
        lambda: projection(SMALL, pd.DataFrame(np.eye(2), ["a", "b"], ["a", "b"])),
        "no row and column of all",
    ),
    (
        lambda: projection(SMALL, pd.DataFrame(np.triu(np.ones((3, 3))), SMALL.index, SMALL.index)),
        "not symmetric",
    ),
    (lambda: hierarchy(pd.Series(dict(a="b", b="a"))), "a would lie in itself: a in b in a"),
    (
        lambda: hierarchy(pd.Series(dict(a="al", all=None))),
        "a lies in 'al', which is not a unit; the nearest valid value is 'all'",
    ),
    (
        lambda: hierarchy(pd.Series(["all", "all", None], index=["a", "a", "all"])),
        "a unit lies in one place only",
    ),
    (
        lambda: condition(FC, SMALL, published(alle=3)),
        "no row of 'alle', whose total is published; the nearest valid value is 'all'",
    ),
    (
        lambda: condition(FC, SMALL, published(all=3).rename(dict([(2021, 2031)]), level="year")),
        "published for 2031, and the forecast is about 2021 to 2021",
    ),
    (lambda: condition(FC, SMALL, published(all=np.nan)), "is empty"),
    (lambda: condition(FC, SMALL, published(all=3).droplevel("year")), "indexed by unit and year"),
    (lambda: condition(FC, SMALL, pd.concat([published(all=3)] * 2)), "two totals are published"),
    (lambda: condition(FC, SMALL, published(all=3, a=1, b=2)), None),
    (
        lambda: condition(FC, SMALL, published(all=3, a=1, b=2.1)),
        "cannot become 3 beside the other totals and what is the same in every world",
    ),
    (
        lambda: condition(
            FC, SMALL, published(all=-3), pd.DataFrame(np.eye(2), ["a", "b"], ["a", "b"])
        ),
        "no parts of zero or more have these totals",
    ),
    (
        lambda: condition(Forecast(FC.draws.iloc[:, :1]), SMALL, published(all=3)),
        "1 world cannot say how places move together",
    ),
    (lambda: divide(FC, FC.filter(unit=["a", "b"])), "the whole has no row of all in 2021"),
    (lambda: divide(FC, Forecast(FC.draws.iloc[:, :2])), "the part has 4 worlds and the whole 2"),
    (
        lambda: divide(FC, Forecast(FC.draws / 2)),
        "the part of all in 2021 is not between nothing and the whole",
    ),
    (lambda: divide(FC, Forecast(FC.draws * 0)), "is not between nothing and the whole"),
]


@pytest.mark.parametrize("wrong, said", WRONG, ids=[str(s)[:40] for _, s in WRONG])
def test_what_is_wrong_is_said_in_one_sentence(wrong, said):
    if said is None:
        assert wrong().draws.notna().all().all()
        return
    with pytest.raises(DataError) as caught:
        wrong()
    message = str(caught.value)
    assert said in message and message.endswith(".") and "\n" not in message
