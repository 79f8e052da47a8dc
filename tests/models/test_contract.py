"""Laws that every candidate obeys, on the real country and on one that does not exist."""

import copy
from dataclasses import FrozenInstanceError, dataclass, fields, replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from fictional import write_fictional
from notebooks import ROOT

from digitransform.data.collection import collection
from digitransform.data.geography import Geography
from digitransform.data.observations import InformationSet, concepts_of
from digitransform.data.tables import read_package
from digitransform.measurement.digital_economy import check_identities
from digitransform.models.candidates import DEFAULT, candidates, reasons
from digitransform.models.contract import NoFit, Null, Traits, forecast, model, series
from digitransform.models.forecast import KEYS
from digitransform.models.randomness import rng_for

AS_OF = "2026-11-22"  # of what is said about the real country
REAL = collection(ROOT / "data").as_of(AS_OF)
CANDIDATES = candidates(REAL)
NAMES = list(CANDIDATES)
REPEATING = [n for n, s in CANDIDATES.items() if s.traits.repeats_figures]
YEARS = range(2020, 2031)
DRAWS = 60
COUNTRIES = ("Viet Nam", "Ruritania")


@pytest.fixture(scope="session")
def fictional_folder(tmp_path_factory):
    return write_fictional(tmp_path_factory.mktemp("ruritania"))


@pytest.fixture(scope="session")
def information_sets(fictional_folder):
    return {"Viet Nam": REAL, "Ruritania": collection(fictional_folder).as_of()}


class Bench:
    "A country's information and candidates; fits and draws are made once for all laws."

    def __init__(self, info: InformationSet):
        self.info = info
        self.geography = info.geography
        self.nation = info.geography.country
        # the laws do not depend on how many parameter sets are weighted: few are quick
        self.specifications = {
            name: replace(s, sets=12) if any(f.name == "sets" for f in fields(s)) else s
            for name, s in candidates(info, YEARS[0]).items()
        }
        self.fit = cache(lambda name: self.refit(name, self.info))
        self.draws = cache(lambda name: simulate(self.fit(name)))

    def refit(self, name: str, info: InformationSet):
        return model(info, **{name: self.specifications[name]})[name]

    def traits(self, name: str) -> Traits:
        return self.specifications[name].traits

    def without_a_figure(self) -> list[str]:
        "Bottom-level units of which nothing official was published."
        published = set(series(self.info).columns)
        return [leaf for leaf in self.geography.leaves() if leaf not in published]

    def one_figure(self, alone: bool) -> InformationSet:
        "The nation's first official figure of 2022, beside what is known of GRDP, or `alone`."
        o = self.info.observations
        official = o[(o.unit == self.nation) & (o.measure == "official") & o.period.isna()]
        figure = official[official.year == 2022].head(1)
        rest = o.iloc[:0] if alone else o[~o.concept.str.startswith("digital_share")]
        return replace(self.info, observations=pd.concat([rest, figure], ignore_index=True))


def simulate(fit, seed: int = 1) -> pd.DataFrame:
    return fit.simulate(YEARS, DRAWS, rng_for(seed, "contract"))


@pytest.fixture(scope="session", params=COUNTRIES)
def bench(request, information_sets):
    return Bench(information_sets[request.param])


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def same(a: pd.DataFrame, b: pd.DataFrame, **how):
    pd.testing.assert_frame_equal(a.sort_index(), b.sort_index(), **how)


# Ruritania is as complete as Viet Nam, and shares no code with it.


def test_the_fictional_folder_is_complete(fictional_folder):
    from frictionless import Package

    report = Package(str(fictional_folder / "datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "message"])[:5]
    files = {p.relative_to(fictional_folder) for p in fictional_folder.rglob("*") if p.is_file()}
    real = {p.relative_to(ROOT / "data") for p in (ROOT / "data").rglob("*") if p.is_file()}
    own = ("README.md", "live.toml", "input_output", "words")  # it says the package's own sentences
    without = {p for p in real if p.parts[0] in own}
    assert files == real - without


def test_the_fictional_country_is_its_own(information_sets):
    info = information_sets["Ruritania"]
    geography = info.geography
    check_identities(info)
    package = read_package(ROOT / "data")
    optional = {"digital_share_ranks", "provincial_covariates"}
    optional |= {"emarket", "sector_value_added"}
    assert set(concepts_of(package)) - optional <= set(info.observations.concept)
    assert len(geography.leaves()) == 5 and len(geography.reported) == 7
    assert not set(geography.units.index) & set(REAL.geography.units.index)
    assert geography.resolve("krauden") == "5-05" and geography.successor("5-03") == "3-02"


# A specification is a frozen set of choices, and says what it answers.


def test_specification_is_frozen_and_equals_its_copy(bench, name):
    specification = bench.specifications[name]
    twin = copy.deepcopy(specification)
    assert twin == specification and twin is not specification and repr(twin) == repr(specification)
    for field in fields(specification):
        with pytest.raises(FrozenInstanceError):
            setattr(specification, field.name, None)
    assert specification == twin, "an attempt to change it changed it"


def test_every_candidate_says_why_it_is_there(information_sets):
    for info in information_sets.values():
        why = reasons(info)
        assert list(why) == NAMES and all(len(reason) > 20 for reason in why.values())


def test_every_candidate_declares_its_traits():
    assert all(isinstance(s.traits, Traits) and s.traits.needs for s in CANDIDATES.values())
    assert CANDIDATES[DEFAULT].traits.every_unit, "an edition needs every place"


def test_candidates_carry_what_was_learned():
    priors = CANDIDATES[DEFAULT].priors
    assert candidates(REAL, priors=priors) == CANDIDATES
    assert candidates(REAL.as_of("2023-12-29"))[DEFAULT].priors.revision < priors.revision


# A fit knows what it saw, and changes nothing.


def test_fit_is_frozen_and_knows_its_origin(bench, name):
    fit = bench.fit(name)
    if isinstance(fit, Null):
        pytest.fail(f"{name} has no fit: {fit.reason}")
    assert isinstance(fit.origin, int) and fit.origin == 2025
    with pytest.raises((FrozenInstanceError, AttributeError)):
        fit.origin = 1999


def test_summary_has_a_value_inside_its_interval(bench, name):
    summary = bench.fit(name).summary()
    assert {"parameter", "value"} <= set(summary) and len(summary) and summary.index.is_unique
    if {"low", "high"} <= set(summary):
        known = summary.dropna(subset=["low", "high"])
        assert (known.low <= known.value).all() and (known.value <= known.high).all()


def test_fitting_and_drawing_change_no_input(bench, name):
    geography = bench.geography
    tables = (bench.info.observations, geography.units, geography.moves)
    before = [table.copy(deep=True) for table in tables]
    specification = copy.deepcopy(bench.specifications[name])
    simulate(bench.refit(name, bench.info))
    for old, new in zip(before, tables):
        pd.testing.assert_frame_equal(old, new)
    assert bench.specifications[name] == specification and isinstance(geography, Geography)


# Draws are a table whose rows are questions and whose columns are draws.


def test_draws_have_the_form_that_the_contract_promises(bench, name):
    table = bench.draws(name)
    assert list(table.index.names) == ["unit", "year"] and table.index.is_unique
    assert list(table.columns) == list(range(DRAWS))
    assert set(table.index.get_level_values("unit")) <= set(bench.geography.units.index)
    assert set(table.index.get_level_values("year")) <= set(YEARS)
    assert np.isfinite(table.to_numpy()).all(), (
        "a year without an answer is left out, not filled with NaN"
    )


def test_no_share_leaves_its_bounds(bench, name):
    many = bench.fit(name).simulate([2026, 2035], 400, rng_for(5, "bounds")).to_numpy()
    assert many.min() > 0 and many.max() < 100


def test_same_seed_same_draws_and_another_seed_others(bench, name):
    fit = bench.fit(name)
    same(simulate(fit), bench.draws(name), check_exact=True)
    later = bench.draws(name).index.get_level_values("year") > 2025
    assert not np.allclose(simulate(fit, seed=2)[later], bench.draws(name)[later])


def test_the_same_information_gives_the_same_fit(bench, name):
    same(simulate(bench.refit(name, bench.info)), bench.draws(name), check_exact=True)


def test_another_model_never_moves_its_numbers(bench):
    fits = {name: bench.fit(name) for name in NAMES}
    together = forecast(fits, YEARS[0], YEARS[-1], draws=DRAWS, seed=3)
    assert list(together.draws.index.names) == KEYS and together.models == NAMES
    for name, fit in fits.items():
        alone = forecast({name: fit}, YEARS[0], YEARS[-1], draws=DRAWS, seed=3)
        same(alone.draws, together.filter(model=name).draws, check_exact=True)
    first = {rng_for(3, "forecast", name).normal() for name in NAMES}
    assert len(first) == len(NAMES), "no two models draw the same random numbers"


# Only what was known counts.


def test_order_of_rows_is_irrelevant(bench, name):
    shuffled = bench.info.observations.sample(frac=1, random_state=7).reset_index(drop=True)
    fit = bench.refit(name, replace(bench.info, observations=shuffled))
    same(simulate(fit), bench.draws(name), rtol=1e-6)


def test_order_of_rows_is_irrelevant_where_one_day_brought_two_figures():
    info = REAL.as_of("2024-06-30")
    turned = replace(info, observations=info.observations[::-1].reset_index(drop=True))
    pd.testing.assert_frame_equal(series(info), series(turned))


def test_rows_after_the_origin_change_nothing(bench, name):
    "A fit up to 2023 is the same whatever was published about later years."
    o = bench.info.observations
    later = o.year > 2023
    past = replace(bench.info, observations=o[~later].reset_index(drop=True))
    other = pd.concat([o[later].assign(value=o.value[later] * 0.7), o[~later]], ignore_index=True)
    rewritten = replace(bench.info, observations=other)
    short = bench.refit(name, past)
    assert short.origin <= 2023
    assert not short.simulate([2024, 2025], 5, rng_for(1, "x")).empty, "2023 is enough"
    for hidden in (bench.info.until(2023), rewritten.until(2023)):
        same(simulate(bench.refit(name, hidden)), simulate(short), rtol=1e-6)


def test_what_was_published_after_a_day_changes_nothing(bench, name):
    o = bench.info.observations
    day = pd.Timestamp("2025-06-30").date()
    early = o.available_from <= day
    other = o.assign(value=o.value.where(early, o.value * 0.7))
    rewritten = replace(bench.info, observations=other)
    hidden = bench.refit(name, rewritten.as_of(day))
    same(simulate(hidden), simulate(bench.refit(name, bench.info.as_of(day))), check_exact=True)


# Little evidence, and none.


@pytest.mark.parametrize("alone", [False, True], ids=["beside the economy", "alone"])
def test_one_figure_gives_a_forecast_or_a_declared_null(bench, name, alone):
    fit = bench.refit(name, bench.one_figure(alone))
    table = simulate(fit)
    if isinstance(fit, Null):
        assert fit.reason and table.empty and list(table.columns) == list(range(DRAWS))
        assert fit.summary().note.tolist() == [fit.reason]
    else:
        values = table.to_numpy()
        assert np.isfinite(values).all() and 0 < values.min() and values.max() < 100
        assert fit.origin == 2022 and bench.nation in table.index.get_level_values("unit")


def test_places_without_a_figure_are_forecast_or_left_out(bench, name):
    nameless = bench.without_a_figure()
    assert nameless, "this law needs a place of which nothing was published"
    table = bench.draws(name)
    units = set(table.index.get_level_values("unit"))
    if not bench.traits(name).every_unit:
        assert not units & set(nameless)
        return
    assert {bench.nation, *bench.geography.leaves()} <= units
    width = table.quantile(0.9, axis=1) - table.quantile(0.1, axis=1)
    assert width[[(leaf, 2025) for leaf in nameless]].median() > width[bench.nation, 2025], (
        "what was not measured is less certain than the nation"
    )


@pytest.mark.parametrize("name", REPEATING)
def test_a_published_figure_stands_in_every_draw(bench, name):
    published = series(bench.info).stack().dropna()
    table = bench.draws(name)
    both = [(year, unit) for year, unit in published.index if (unit, year) in table.index]
    assert (2023, bench.nation) in both
    for year, unit in both:
        assert (table.loc[(unit, year)] == published[year, unit]).all()


# A failure is a result, and shows.


@dataclass(frozen=True)
class Hopeless:
    def fit(self, info):
        raise NoFit("it never works")


def test_a_failed_fit_is_a_visible_null_and_the_rest_go_on(bench):
    fits = model(bench.info, hopeless=Hopeless(), naive=bench.specifications["naive"])
    assert fits["hopeless"] == Null("it never works")
    assert fits["hopeless"].summary().note.tolist() == ["it never works"]
    both = forecast(fits, YEARS[0], YEARS[-1], draws=DRAWS, seed=3)
    alone = forecast({"naive": bench.fit("naive")}, YEARS[0], YEARS[-1], draws=DRAWS, seed=3)
    same(both.draws, alone.draws, check_exact=True)


def test_only_a_declared_failure_becomes_a_null(bench):
    @dataclass(frozen=True)
    class Broken:
        def fit(self, info):
            return info.observations["no such column"]

    with pytest.raises(KeyError):
        model(bench.info, broken=Broken())


def test_before_anything_was_published_every_model_is_a_null(bench, name):
    fit = bench.refit(name, bench.info.as_of("2010-01-01"))
    assert isinstance(fit, Null) and fit.reason and simulate(fit).empty


# The columns are joint draws, not numbers side by side.


def test_draws_are_joint_where_the_model_says_so(bench, name):
    many = bench.fit(name).simulate([2029, 2030], 600, rng_for(4, "joint"))
    z = np.log(many / (100 - many))
    traits = bench.traits(name)
    if traits.every_unit:
        move = (z.xs(2030, level="year") - z.xs(2029, level="year")).T
        shared = move[bench.without_a_figure()].corrwith(move[bench.nation])
        assert shared.mean() > 0.3 and shared.min() > 0.1, (
            "a shock of the nation is felt in every place, in the same draw"
        )
        return
    correlation = z.xs(2030, level="year").T.corr().to_numpy()
    pairs = correlation[np.triu_indices(len(correlation), 1)]
    if traits.common_shocks:
        assert pairs.mean() > 0, "what all units share moves them together"
    else:
        assert (np.abs(pairs) < 0.2).all(), "a univariate method claims no shared shocks"
