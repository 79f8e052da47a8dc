"""A masked panel hides what must be hidden, shows as much as the country knows, and its scores
keep the bars.
"""

import shutil
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from notebooks import ROOT

from digitransform.core.errors import DataError
from digitransform.data.collection import collection
from digitransform.data.tables import read_table
from digitransform.evaluation.accuracy import accuracy
from digitransform.evaluation.backtest import backtest_masked
from digitransform.evaluation.masked_panel import (
    evidence_pattern,
    mask,
    masked_actuals,
    masked_panel,
    masked_whole,
    with_evidence,
)
from digitransform.models.candidates import candidates
from digitransform.models.evidence import BandCounts, counts_and_ranks, update_on_counts
from digitransform.models.latent_share import LatentShare
from digitransform.models.priors import learn_priors
from digitransform.models.scales import inverse_logit

DATA = ROOT / "data"
ORIGINS = (2003, 2006, 2009, 2012, 2015)  # not those of the essay


@cache
def known(folder=DATA):
    return collection(folder).as_of("2026-11-22")


@pytest.fixture(scope="module")
def here():
    return evidence_pattern(known())


@pytest.fixture(scope="module")
def states():
    return read_table(DATA, "analogues/us_states_ict").query("level == 'state'")


@pytest.fixture(scope="module")
def learned():
    return learn_priors(known(), panels=["eurostat_ict"])


@pytest.fixture(scope="module")
def masks(here, states, learned):
    return [mask(states, here, origin, learned, seed=7) for origin in ORIGINS]


def test_what_is_learned_from_one_panel_does_not_know_the_other(tmp_path, learned):
    "Raising every American figure by half moves nothing that was learned from Europe."
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    path = folder / "analogues" / "us_states_ict.csv"
    table = pd.read_csv(path)
    table.assign(value=table.value * 1.5).to_csv(path, index=False)
    assert learn_priors(known(folder), panels=["eurostat_ict"]) == learned
    assert learn_priors(known(folder)) != learn_priors(known())


def test_a_mask_shows_nothing_after_its_origin_and_scores_nothing_it_showed(masks, states):
    for m in masks:
        o = m.info.observations
        assert o.year.max() == m.origin
        shown = o[(o.measure == "official") & (o.unit != "VN")]
        assert not set(zip(shown.unit, shown.year)) & set(m.actual.index)
        asked = m.actual.index.get_level_values("year")
        assert asked.min() == m.origin - 5 and asked.max() == m.origin + 5
        assert len(m.actual) == 51 * 11 - len(shown.drop_duplicates(["unit", "year"]))
        told = states.set_index(["unit", "year"]).value.reindex(m.actual.index)
        assert np.allclose(told, m.actual), "the truth is the panel's own"


def test_the_proportions_are_those_of_the_country(masks, here):
    profiles = here.profiles[here.profiles.place != here.country]
    share = {
        "official": profiles.place[profiles.measure == "official"].nunique() / len(here.size),
        "nothing": 1 - profiles.place.nunique() / len(here.size),
    }
    found = pd.concat([m.evidence for m in masks])
    for kind, expected in share.items():
        assert abs((found == kind).mean() - expected) < 0.08
    for m in masks:
        nation = m.info.observations.query("unit == 'VN' and concept == 'digital_share'")
        assert (nation.measure == "official").sum() == 6 and len(m.info.geography.leaves()) == 51
        counts = m.info.observations.query("concept == 'digital_share_bands'")
        assert (counts.groupby("measure").value.sum() == 51).all()
        assert {c.measure for c in counts_and_ranks(m.info)} == {"ministry", "official"}


def test_high_places_are_named_first_unless_dealt_at_random(here, states, learned):
    "The mean standardised rank of those with figures: well above that of the others, or alike."
    difference = {}
    for named_first in (2.0, 0.0):
        each = []
        for seed in range(12):
            m = mask(states, here, 2010, learned, seed=seed, named_first=named_first)
            truth = states.query("year == 2010").set_index("unit").value.rank(pct=True)
            named = m.evidence.reindex(truth.index) != "nothing"
            each.append(truth[named].mean() - truth[~named].mean())
        difference[named_first] = np.mean(each)
    assert difference[2.0] > 0.3 and abs(difference[0.0]) < 0.1


def test_the_five_lowest_of_the_country_are_known_by_rank(here):
    names = known().geography.units.name_vi
    lowest = {"Tây Ninh", "Tiền Giang", "Bình Thuận", "Bạc Liêu", "Quảng Ngãi"}
    assert {names[place] for place in here.lowest} == lowest
    o = known().observations
    gap = o[(o.concept == "digital_share_ranks") & (o.value == 61)].index
    fewer = evidence_pattern(replace(known(), observations=o.drop(gap)))
    assert {names[place] for place in fewer.lowest} == {"Bạc Liêu", "Quảng Ngãi"}


def test_both_ends_are_named_if_asked_for(here, states, learned):
    z = states[states.year == 2010].set_index("unit").value.rank(pct=True)
    lowest, other = [], []
    for seed in range(8):
        m = mask(states, here, 2010, learned, seed=seed, both_ends=True)
        named = m.evidence.index[m.evidence != "nothing"]
        assert set(m.lowest) <= set(named) and 0 < len(m.lowest) <= 5
        lowest.append(z[list(m.lowest)].mean())
        other.append(z[named.difference(m.lowest)].mean())
    assert np.mean(lowest) < 0.3 and np.mean(other) > 0.6
    assert mask(states, here, 2010, learned, seed=1).lowest == ()


def test_same_seed_same_mask_and_another_seed_another(here, states, learned, masks):
    again = mask(states, here, ORIGINS[0], learned, seed=7)
    pd.testing.assert_frame_equal(again.info.observations, masks[0].info.observations)
    assert not mask(states, here, ORIGINS[0], learned, seed=8).evidence.equals(again.evidence)


def test_the_hidden_truth_is_hidden(here, states, learned):
    """Changing what is never shown (a place with an empty profile, and all later years) moves only
    the whole, the counts and the sizes of others: here, nothing at all.
    """
    m = mask(states, here, 2010, learned, seed=7)
    later = states.assign(value=states.value.where(states.year <= 2010, states.value * 0.5))
    pd.testing.assert_frame_equal(
        mask(later, here, 2010, learned, seed=7).info.observations, m.info.observations
    )


def test_the_state_space_model_keeps_the_bar_on_america(masks, learned):
    """At least 30 % below the national share, below each other rule, and intervals that do not
    collapse as they did (62 %) when counts were taken for measurements.
    """
    line_up = candidates(known(), priors=learned)
    fc = masked_panel(
        masks,
        {n: line_up[n] for n in ("latent_share", "national_share", "naive", "drift", "mean")},
        draws=300,
        seed=1,
    )
    scores = accuracy(fc, masked_actuals(masks), past=True, levels=[80])
    at = scores.set_index(["measure", "model"]).value
    assert at["crps", "latent_share"] < 0.7 * at["crps", "national_share"]
    assert at["crps"].idxmin() == "latent_share"
    assert 70 < at["coverage", "latent_share"] < 88
    n = sum(len(with_evidence(fc, masks, kind).draws) for kind in ("official", "second", "nothing"))
    assert n == len(fc.draws)


def test_counts_move_beliefs_to_the_published_table():
    rng = np.random.default_rng(3)
    mean = rng.normal(-2, 0.5, 60)
    sd = np.full(60, 0.4)
    low = np.array([-np.inf, -2.5, -1.5])
    high = np.array([-2.5, -1.5, np.inf])
    centre, variance = update_on_counts(
        mean, sd, BandCounts(2022, tuple(range(60)), low, high, np.array([10.0, 40.0, 10.0]))
    )
    draws = centre[:, None] + np.sqrt(variance)[:, None] * rng.normal(size=(60, 4000))
    found = [((draws >= a) & (draws < b)).sum(axis=0).mean() for a, b in zip(low, high)]
    assert np.allclose(found, [10, 40, 10], atol=2.5)
    assert np.all(np.diff(centre[np.argsort(mean)]) > -1e-9), "the order of beliefs is kept"


def test_counts_that_repeat_what_is_believed_change_nothing():
    from scipy.stats import norm

    mean = np.full(50, -2.0)
    sd = np.full(50, 0.5)
    edges = np.array([-np.inf, -2.4, -1.6, np.inf])
    count = 50 * np.diff(norm.cdf((edges + 2) / 0.5))
    centre, variance = update_on_counts(
        mean, sd, BandCounts(2022, tuple(range(50)), edges[:-1], edges[1:], count)
    )
    assert np.allclose(centre, -2) and np.allclose(variance, 0.25)


def test_a_country_whose_makers_cannot_be_compared_says_so():
    info = known()
    bare = replace(info, observations=info.observations[info.observations.measure != "ministry"])
    with pytest.raises(DataError, match="never published"):
        evidence_pattern(bare)


def test_the_state_space_model_still_says_what_it_said_of_viet_nam():
    fit = LatentShare(learn_priors(known())).fit(known())
    draws = fit.simulate([2022, 2025, 2030], 1000, np.random.default_rng(1))
    middle = draws.median(axis=1)
    assert abs(middle["VN", 2030] - 14.8) < 0.5 and abs(middle["63-01", 2025] - 17.3) < 0.4
    in2022 = draws.xs(2022, level="year").drop(index="VN")
    assert abs((in2022 >= 20).sum().median() - 5) <= 1 and (in2022 < 5).sum().median() <= 9
    assert np.isfinite(inverse_logit(0.0))


def test_one_process_or_two_give_the_same_numbers_behind_masks(states):
    panel = states.rename(columns=dict(denominator="weight"))
    panel = panel.loc[panel.year >= 2008, ["unit", "year", "value", "parent", "weight"]]
    asked = dict(horizon=3, draws=100, models=["naive", "drift", "national_share"])
    one, two = (backtest_masked(panel, known(), **asked, jobs=jobs) for jobs in (1, 2))
    assert one.forecast.models == ["naive", "drift", "national_share", "combination"]
    assert one.forecast.draws.equals(two.forecast.draws) and one.weights.equals(two.weights)
    with pytest.raises(DataError, match="national_share"):
        backtest_masked(panel, known(), models=["national_shares"])


def test_the_nation_is_scored_after_the_origin_only(masks, learned):
    line_up = candidates(known(), priors=learned)
    said, truth = masked_whole(masks, {"naive": line_up["naive"]}, draws=50, seed=1)
    nation = masks[0].info.geography.country
    assert said.units == [nation] and set(truth.index.get_level_values("unit")) == {nation}
    origin = said.draws.index.get_level_values("origin")
    assert (said.draws.index.get_level_values("year") > origin).all()
    assert len(said.draws) == sum(len(m.whole) for m in masks)
    other = replace(masks[-1], whole=masks[-1].whole + 1, origin=1900)
    with pytest.raises(DataError, match="no denominators"):
        masked_whole([masks[-1], other], {"naive": line_up["naive"]}, draws=50, seed=1)
