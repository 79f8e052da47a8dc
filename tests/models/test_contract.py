"""One battery of laws that every model of the line-up obeys, on the real country and on one that does not exist."""

import copy
from dataclasses import FrozenInstanceError, dataclass, fields, replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from fictional import write_fictional
from notebooks import ROOT

from digitransform.data.geography import Geography
from digitransform.data.indicators import check_bounds, read_catalogue
from digitransform.data.observations import CONCEPTS, InformationSet, information
from digitransform.measurement.digital_economy import check_identities
from digitransform.models.candidates import DEFAULT, candidates, reasons
from digitransform.models.contract import NoFit, Null, forecast, model, series
from digitransform.models.forecast import KEYS
from digitransform.models.randomness import rng_for

NAMES = list(candidates(ROOT / "data"))
EVERYWHERE = {
    "naive",
    "drift",
    "mean",
    "national_share",
    "latent_share",
}  # speak of every leaf, in worlds shared with the nation
POOLED = {"pooled_trend"}  # its units share parameters, and part of their shocks
YEARS = range(2020, 2031)
DRAWS = 60
COUNTRIES = ("Viet Nam", "Ruritania")


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    return {
        "Viet Nam": ROOT / "data",
        "Ruritania": write_fictional(tmp_path_factory.mktemp("ruritania")),
    }


class Bench:
    "A country's information and line-up, with the fits and worlds that several laws look at made once."

    def __init__(self, folder):
        self.info = information(folder)
        self.geography = self.info.geography
        self.nation = next(
            u for u in self.geography.reported if self.geography[u].level == "country"
        )
        specifications = candidates(folder, YEARS[0])
        # the laws do not depend on how many parameter sets are weighed: a tenth is enough, and quick
        self.specifications = {
            n: replace(s, sets=12) if any(f.name == "sets" for f in fields(s)) else s
            for n, s in specifications.items()
        }
        self.fit = cache(lambda name: model(self.info, **{name: self.specifications[name]})[name])
        self.worlds = cache(lambda name: worlds(self.fit(name)))

    def refit(self, name: str, info: InformationSet):
        return model(info, **{name: self.specifications[name]})[name]

    def one_figure(self, alone: bool) -> InformationSet:
        "The first official figure of the nation about 2022, beside what is known of the economy, or `alone` in the world."
        o = self.info.observations
        figure = o[
            (o.unit == self.nation) & (o.measure == "official") & (o.year == 2022) & o.period.isna()
        ].head(1)
        rest = o.iloc[:0] if alone else o[~o.concept.str.startswith("digital_share")]
        return replace(self.info, observations=pd.concat([rest, figure], ignore_index=True))


def worlds(fit, seed: int = 1) -> pd.DataFrame:
    return fit.simulate(YEARS, DRAWS, rng_for(seed, "contract"))


@pytest.fixture(scope="session", params=COUNTRIES)
def bench(request, folders):
    return Bench(folders[request.param])


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def same(a: pd.DataFrame, b: pd.DataFrame, **how):
    pd.testing.assert_frame_equal(a.sort_index(), b.sort_index(), **how)


# Ruritania is as complete as Viet Nam, and shares no code with it.


def test_the_fictional_folder_is_complete_and_its_own(folders):
    from frictionless import Package

    folder = folders["Ruritania"]
    report = Package(str(folder / "datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "message"])[:5]
    files = {p.relative_to(folder) for p in folder.rglob("*") if p.is_file()}
    assert files == {
        p.relative_to(ROOT / "data")
        for p in (ROOT / "data").rglob("*")
        if p.is_file() and p.name != "README.md"
    }
    info = information(folder)
    check_bounds(info.observations, read_catalogue(folder))
    check_identities(info)
    assert (
        set(info.observations.concept) == set(CONCEPTS)
        and len(info.geography.leaves()) == 5
        and len(info.geography.reported) == 7
    )
    assert not set(info.geography.units.index) & set(
        Bench(folders["Viet Nam"]).geography.units.index
    )
    assert (
        info.geography.resolve("krauden") == "5-05" and info.geography.successor("5-03") == "3-02"
    )


# A specification is a frozen bag of choices.


def test_specification_is_frozen_and_equals_its_copy(bench, name):
    specification = bench.specifications[name]
    twin = copy.deepcopy(specification)
    assert twin == specification and twin is not specification and repr(twin) == repr(specification)
    for field in fields(specification):
        with pytest.raises(FrozenInstanceError):
            setattr(specification, field.name, None)
    assert specification == twin, "an attempt to change it changed it"


def test_every_candidate_says_why_it_is_there(folders):
    for folder in folders.values():
        assert list(reasons(folder)) == NAMES and all(
            len(reason) > 20 for reason in reasons(folder).values()
        )
    assert DEFAULT in NAMES and EVERYWHERE < set(NAMES)


# A fit knows what it saw, and changes nothing.


def test_fit_is_frozen_and_knows_its_origin(bench, name):
    fit = bench.fit(name)
    if isinstance(fit, Null):
        pytest.fail(f"{name} has no fit: {fit.reason}")
    assert isinstance(fit.origin, int) and fit.origin == 2025
    with pytest.raises((FrozenInstanceError, AttributeError)):
        fit.origin = 1999
    summary = fit.summary()
    assert {"parameter", "value"} <= set(summary) and len(summary) and summary.index.is_unique
    if {"low", "high"} <= set(summary):
        known = summary.dropna(subset=["low", "high"])
        assert (known.low <= known.value).all() and (known.value <= known.high).all()


def test_fitting_and_drawing_change_no_input(bench, name):
    geography = bench.geography
    before = [
        table.copy(deep=True)
        for table in (bench.info.observations, geography.units, geography.moves)
    ]
    specification = copy.deepcopy(bench.specifications[name])
    worlds(bench.refit(name, bench.info))
    for old, new in zip(before, (bench.info.observations, geography.units, geography.moves)):
        pd.testing.assert_frame_equal(old, new)
    assert bench.specifications[name] == specification and isinstance(geography, Geography)


# Worlds are a table whose rows are questions and whose columns are worlds.


def test_worlds_have_the_form_that_the_contract_promises(bench, name):
    table = bench.worlds(name)
    assert (
        list(table.index.names) == ["unit", "year"]
        and table.index.is_unique
        and list(table.columns) == list(range(DRAWS))
    )
    assert set(table.index.get_level_values("unit")) <= set(bench.geography.units.index)
    assert set(table.index.get_level_values("year")) <= set(YEARS)
    assert np.isfinite(table.to_numpy()).all(), (
        "a year without an answer is left out, not filled with NaN"
    )


def test_no_share_leaves_its_bounds(bench, name):
    many = bench.fit(name).simulate([2026, 2035], 400, rng_for(5, "bounds")).to_numpy()
    assert many.min() > 0 and many.max() < 100


def test_same_seed_same_worlds_and_another_seed_others(bench, name):
    fit = bench.fit(name)
    same(worlds(fit), bench.worlds(name), check_exact=True)
    later = bench.worlds(name).index.get_level_values("year") > 2025
    assert not np.allclose(worlds(fit, seed=2)[later], bench.worlds(name)[later])


def test_the_same_information_gives_the_same_fit(bench, name):
    same(worlds(bench.refit(name, bench.info)), bench.worlds(name), check_exact=True)


def test_another_model_never_moves_its_numbers(bench):
    everyone = forecast({n: bench.fit(n) for n in NAMES}, YEARS[0], YEARS[-1], draws=DRAWS, seed=3)
    assert list(everyone.draws.index.names) == KEYS and everyone.models == NAMES
    for n in NAMES:
        alone = forecast({n: bench.fit(n)}, YEARS[0], YEARS[-1], draws=DRAWS, seed=3)
        same(alone.draws, everyone.filter(model=n).draws, check_exact=True)
    streams = [rng_for(3, "forecast", n).normal() for n in NAMES]
    assert len(set(streams)) == len(NAMES), "no two models draw from one stream"


# Only what was known counts.


def test_order_of_rows_is_irrelevant(bench, name):
    shuffled = replace(
        bench.info,
        observations=bench.info.observations.sample(frac=1, random_state=7).reset_index(drop=True),
    )
    same(worlds(bench.refit(name, shuffled)), bench.worlds(name), rtol=1e-6)


def test_order_of_rows_is_irrelevant_where_one_day_brought_two_figures(folders):
    info = information(folders["Viet Nam"], as_of="2024-06-30", concepts=["digital_share"])
    turned = replace(info, observations=info.observations[::-1].reset_index(drop=True))
    pd.testing.assert_frame_equal(series(info), series(turned))


def test_rows_after_the_origin_change_nothing(bench, name):
    "A fit up to 2023 is the same whatever was published about later years, whichever way they are hidden."
    o = bench.info.observations
    later = o.year > 2023
    past = replace(bench.info, observations=o[~later].reset_index(drop=True))
    rewritten = replace(
        bench.info,
        observations=pd.concat(
            [o[later].assign(value=o.value[later] * 0.7), o[~later]], ignore_index=True
        ),
    )
    short = bench.refit(name, past)
    assert short.origin <= 2023
    assert not short.simulate([2024, 2025], 5, rng_for(1, "x")).empty, (
        "there was enough to go on in 2023"
    )
    for hidden in (bench.info.until(2023), rewritten.until(2023)):
        same(worlds(bench.refit(name, hidden)), worlds(short), rtol=1e-6)


def test_what_was_published_after_a_day_changes_nothing(bench, name):
    o = bench.info.observations
    day = pd.Timestamp("2025-06-30").date()
    late = o.available_from > day
    rewritten = replace(
        bench.info, observations=o.assign(value=o.value.where(~late, o.value * 0.7))
    )
    same(
        worlds(bench.refit(name, rewritten.as_of(day))),
        worlds(bench.refit(name, bench.info.as_of(day))),
        check_exact=True,
    )


# Little evidence, and none.


@pytest.mark.parametrize("alone", [False, True], ids=["beside the economy", "alone"])
def test_one_figure_gives_a_forecast_or_a_declared_null(bench, name, alone):
    fit = bench.refit(name, bench.one_figure(alone))
    table = worlds(fit)
    if isinstance(fit, Null):
        assert fit.reason and table.empty and list(table.columns) == list(range(DRAWS))
        assert fit.summary().note.tolist() == [fit.reason]
    else:
        assert (
            np.isfinite(table.to_numpy()).all()
            and 0 < table.to_numpy().min()
            and table.to_numpy().max() < 100
        )
        assert fit.origin == 2022 and bench.nation in table.index.get_level_values("unit")


def test_places_without_a_figure_are_forecast_or_left_out(bench, name):
    o = bench.info.observations
    published = set(o.unit[o.concept == "digital_share"])
    nameless = [leaf for leaf in bench.geography.leaves() if leaf not in published]
    assert nameless, "this law needs a place of which nothing was published"
    table = bench.worlds(name)
    units = set(table.index.get_level_values("unit"))
    if name not in EVERYWHERE:
        assert units <= published
        return
    assert {bench.nation, *bench.geography.leaves()} <= units
    width = table.quantile(0.9, axis=1) - table.quantile(0.1, axis=1)
    assert width[[(leaf, 2025) for leaf in nameless]].median() > width[bench.nation, 2025], (
        "what nobody measured is less certain than the nation"
    )


@pytest.mark.parametrize(
    "name", [n for n in NAMES if n != "latent_share"]
)  # which estimates the past, and does not repeat it
def test_a_published_figure_stands_in_every_world(bench, name):
    published = series(bench.info)
    table = bench.worlds(name)
    both = [
        (u, int(y))
        for u in published
        for y in published.index
        if pd.notna(published.at[y, u]) and (u, y) in table.index
    ]
    assert (bench.nation, 2023) in both
    for u, y in both:
        assert (table.loc[(u, y)] == published.at[y, u]).all()


# A failure is a result, and shows.


@dataclass(frozen=True)
class Hopeless:
    def fit(self, info):
        raise NoFit("it never works")


def test_a_failed_fit_is_a_visible_null_and_the_rest_go_on(bench):
    fits = model(bench.info, hopeless=Hopeless(), naive=bench.specifications["naive"])
    assert (
        fits["hopeless"] == Null("it never works")
        and "it never works" in fits["hopeless"].summary().note.tolist()
    )
    both = forecast(fits, YEARS[0], YEARS[-1], draws=DRAWS, seed=3)
    same(
        both.draws,
        forecast({"naive": bench.fit("naive")}, YEARS[0], YEARS[-1], draws=DRAWS, seed=3).draws,
        check_exact=True,
    )


def test_only_a_declared_failure_becomes_a_null(bench):
    @dataclass(frozen=True)
    class Broken:
        def fit(self, info):
            return info.observations["no such column"]

    with pytest.raises(KeyError):
        model(bench.info, broken=Broken())


def test_before_anything_was_published_every_model_is_a_null(bench, name):
    fit = bench.refit(name, bench.info.as_of("2010-01-01"))
    assert isinstance(fit, Null) and fit.reason and worlds(fit).empty


# The columns are worlds, not numbers side by side.


def test_worlds_are_joint_where_the_model_says_so(bench, name):
    many = bench.fit(name).simulate([2029, 2030], 600, rng_for(4, "joint"))
    z = np.log(many / (100 - many))
    move = (z.xs(2030, level="year") - z.xs(2029, level="year")).T
    if name in EVERYWHERE:
        published = set(series(bench.info).columns)
        nameless = [leaf for leaf in bench.geography.leaves() if leaf not in published]
        shared = move[nameless].corrwith(move[bench.nation])
        assert shared.mean() > 0.3 and shared.min() > 0.1, (
            "a shock of the nation is felt in every place, in the same world"
        )
    else:
        pairs = z.xs(2030, level="year").T.corr().to_numpy()[np.triu_indices(move.shape[1], 1)]
        if name in POOLED:
            assert pairs.mean() > 0, "what all units share moves them together"
        else:
            assert (np.abs(pairs) < 0.2).all(), "a univariate method claims no shared shocks"
