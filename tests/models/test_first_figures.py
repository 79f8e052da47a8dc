"""First figures: taken as noise or at their word, and forecast as what will be printed."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from digitransform.data.collection import collection
from digitransform.models.contract import NoFit
from digitransform.models.latent_share import LatentShare, first_figures
from digitransform.models.priors import learn_priors
from digitransform.models.randomness import rng_for


@cache
def known(as_of="2026-11-22"):
    return collection().as_of(as_of)


@cache
def fitted(news=None):
    return LatentShare(learn_priors(known()), news=news, sets=60).fit(known())


@cache
def drawn(news=None):
    return fitted(news).simulate([2020, 2024, 2025, 2026], 400, rng_for(1, "first"))


def test_news_stands_nearer_to_its_word_than_noise():
    as_noise, averaged, as_news = (
        drawn(news).loc[("VN", 2025)].median() for news in (0.0, None, 1.0)
    )
    assert as_noise + 0.05 < averaged < 14.02 and as_noise + 0.08 < as_news < 14.1


def test_news_leaves_settled_years_alone():
    middle = [drawn(news).loc[("VN", 2020)].median() for news in (0.0, 1.0)]
    assert abs(middle[0] - middle[1]) < 0.03


def test_as_news_the_truth_lies_around_the_figure():
    spread = drawn(1.0).loc[("VN", 2025)].std()
    revision = fitted().specification.priors.revision * 14.02 * (1 - 0.1402)
    assert 0.5 * revision < spread < 1.3 * revision


def test_what_statements_imply_is_evidence_with_its_own_error():
    rows = fitted().rows.set_index(["measure", "unit", "year"])
    assert {("implied_mean", "VN", 2024), ("implied_growth", "34-01", 2024)} <= set(rows.index)
    mean, growth = (rows.extra_variance[m, "VN", 2024] for m in ("implied_mean", "implied_growth"))
    assert 0 < 4 * mean < growth
    assert not rows.index.get_level_values("measure").isin(["official"]).all()
    o = known().observations
    silent = replace(known(), observations=o[o.concept != "digital_value_added"])
    without = LatentShare(learn_priors(known()), sets=60).fit(silent)
    assert not without.rows.measure.eq("implied_growth").any()


def test_the_capital_of_2020_is_closer_known_than_without_statements():
    o = known().observations
    silent = replace(known(), observations=o[o.concept != "digital_value_added"])
    without = LatentShare(learn_priors(known()), sets=60).fit(silent)
    blind = without.simulate([2024], 400, rng_for(1, "first")).loc[("63-01", 2024)]
    seeing = drawn().loc[("63-01", 2024)]
    assert seeing.std() < 0.95 * blind.std()
    assert abs(seeing.median() - 17.1) < abs(blind.median() - 17.1) + 0.05


@pytest.mark.parametrize("news, wider", [(0.0, True), (1.0, False)])
def test_a_first_figure_scatters_more_as_noise_and_less_as_news(news, wider):
    fit = replace(fitted(), specification=replace(fitted().specification, news=news))
    shares = drawn().loc[["VN", "63-01"]].xs(2026, level="year")
    printed = first_figures(fit, shares, rng_for(1, "printed"))
    assert ((printed.std(axis=1) > shares.std(axis=1)) == wider).all()
    assert (printed.median(axis=1) - shares.median(axis=1)).abs().max() < 0.1
    again = first_figures(fit, shares, rng_for(1, "printed"))
    pd.testing.assert_frame_equal(printed, again)


def test_certain_shares_are_printed_with_an_error_only_as_noise():
    shares = pd.DataFrame(np.full((1, 400), 14.0), index=["VN"])
    for news in (0.0, 1.0):
        fit = replace(fitted(), specification=replace(fitted().specification, news=news))
        spread = first_figures(fit, shares, rng_for(1, "printed")).std(axis=1).item()
        assert (spread > 0.2) == (news == 0.0)


def test_one_year_alone_is_a_reason_not_to_fit():
    alone = LatentShare(learn_priors(known()), first_year=2025)
    with pytest.raises(NoFit, match="figures are known of 2025 only, .* a path needs two years"):
        alone.fit(known())
