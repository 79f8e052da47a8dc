"""Leave a territory out: what is hidden, what stays, and what the model says of the hidden."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from notebooks import ROOT

from digitransform.core.errors import DataError
from digitransform.data.collection import collection
from digitransform.evaluation.left_out import (
    leave_territories_out,
    left_out_scores,
    territories_with_figures,
    without_territory,
)
from digitransform.models.evidence import counts_and_ranks, evidence
from digitransform.models.latent_share import LatentShare, simulate_figures
from digitransform.models.priors import learn_priors

REAL = collection(ROOT / "data").as_of("2026-11-22")
FEW = ["34-25", "34-68", "34-79"]  # Phú Thọ, Lâm Đồng, Hồ Chí Minh City


@pytest.fixture(scope="module")
def specification():
    return LatentShare(learn_priors(REAL), sets=64)


@pytest.fixture(scope="module")
def table(specification):
    return leave_territories_out(REAL, specification, FEW, draws=500, seed=3)


def test_a_territory_is_hidden_with_its_former_parts_and_its_rank():
    hidden = without_territory(REAL, "34-68")
    units = {"34-68", *REAL.geography.leaves("34-68")}
    assert {"63-60", "63-68"} <= units
    assert not units & set(evidence(hidden).unit)
    assert [(c.measure, c.year) for c in counts_and_ranks(hidden)] == [
        ("ministry", 2022),
        ("official", 2022),
    ], "its rank made the table of 2024"
    gone = REAL.observations.index.size - hidden.observations.index.size
    o = REAL.observations
    assert (
        gone
        == (o.unit.isin(units) & o.concept.str.startswith("digital_")).sum()
        - (o.unit.isin(units) & (o.concept == "digital_infrastructure")).sum()
    ), "GRDP, population, exports and indices stay"


def test_every_published_figure_of_every_territory_is_scored_once(table):
    seen = evidence(REAL).query("year >= 2019")
    provinces = seen[seen.unit.map(lambda unit: REAL.geography[unit].role == "place")]
    units = sum(territories_with_figures(REAL).values(), [])
    assert sorted(units) == sorted(provinces.unit.unique()) and len(units) == len(set(units))
    ours = provinces[
        provinces.unit.isin([u for t in FEW for u in territories_with_figures(REAL)[t]])
    ]
    keys = ["unit", "year", "measure"]
    assert sorted(table[keys].itertuples(index=False)) == sorted(ours[keys].itertuples(index=False))
    assert table.inside.equals(table.published.between(table.low, table.high))


def test_what_a_territory_published_does_not_move_what_is_said_of_it(table, specification):
    o = REAL.observations.copy()
    own = o.unit.isin(["34-25", *REAL.geography.leaves("34-25")]) & (o.concept == "digital_share")
    o.loc[own, "value"] = o.value[own] / 2
    other = replace(REAL, observations=o)
    again = leave_territories_out(other, specification, ["Phú Thọ"], draws=500, seed=3)
    ours = table[table.territory == "34-25"].reset_index(drop=True)
    assert np.allclose(again[["low", "median", "high"]], ours[["low", "median", "high"]])
    assert (again.published < 0.6 * ours.published).all()


def test_processes_and_progress(table, specification):
    done = []
    twice = leave_territories_out(
        REAL,
        specification,
        FEW,
        draws=500,
        seed=3,
        jobs=2,
        progress=lambda number, of, piece: done.append((number, of, piece[2])),
    )
    pd.testing.assert_frame_equal(twice, table)
    assert [d[:2] for d in done] == [(1, 3), (2, 3), (3, 3)] and {d[2] for d in done} == set(FEW)


def test_scores_average_within_a_territory_first(table):
    scores = left_out_scores(table, REAL)
    each = table.groupby("territory").crps.mean()
    assert np.isclose(scores.crps["all"], each.mean())
    assert scores.territories["high"] == 2 and scores.figures["all"] == len(table)
    population = 12 / 63 * scores.loc["high"] + 51 / 63 * scores.loc["ordinary"]
    columns = ["coverage", "error", "crps"]
    assert np.allclose(scores.loc["population", columns], population[columns])


def test_a_place_without_figures_cannot_be_left_out(specification):
    with pytest.raises(DataError, match="nothing was published about 34-92"):
        leave_territories_out(REAL, specification, ["Cần Thơ"])


def test_what_would_be_printed_is_on_the_scale_of_who_prints(specification):
    "The ministry counts more than the office, and its figures scatter more."
    fit = specification.fit(REAL)
    asked = pd.DataFrame(
        dict(
            measure=["official", "ministry"],
            role=["reference", "wider"],
            unit="63-68",
            year=2024,
            preliminary=False,
            extra_variance=0.0,
        )
    )
    official, ministry = simulate_figures(fit, asked, 500, np.random.default_rng(1))
    assert np.median(ministry) > np.median(official) + 0.2
    assert ministry.std() > 2 * official.std()
