"A promise beside what was published: only figures of the same thing and the same land answer it."

from dataclasses import replace

import pandas as pd
import pytest
from notebooks import ROOT

from digitransform.data.collection import read_collection
from digitransform.policy.standing import target_standing, wider_standing

COLLECTION = read_collection(ROOT / "data")
INFO = COLLECTION.as_of("2026-11-22")
FIBRE = "vn-2025-decision-411-fibre-households"


def others(info) -> pd.DataFrame:
    return info.targets[info.targets.measure != "digital_share"]


def share(info) -> pd.DataFrame:
    return info.targets[info.targets.measure == "digital_share"]


def standing(info=INFO, targets=None) -> pd.DataFrame:
    asked = others(info) if targets is None else targets
    return target_standing(info, asked, COLLECTION.indicators).set_index("target")


def test_every_target_has_one_row_and_a_figure_has_year_and_source():
    table = standing()
    assert sorted(table.index) == sorted(others(INFO).target) and len(table) >= 62
    found = table[table.status != "no_figure"]
    assert found[["value", "figure_year", "figure_source", "figure_measure"]].notna().all().all()
    assert table[table.status == "no_figure"].value.isna().all()


def test_the_newest_figure_answers_and_an_earlier_day_knows_less():
    fibre = standing().loc[FIBRE]
    assert (fibre.status, fibre.value, fibre.figure_year) == ("reached", 85.1, 2025)
    fibre = standing(COLLECTION.as_of("2025-01-01")).loc[FIBRE]
    assert (fibre.status, fibre.figure_year) == ("not_reached", 2023) and fibre.value < 80


@pytest.mark.parametrize(
    "relation, low, high, status",
    [
        ("at_least", 85, 85, "reached"),
        ("at_least", 86, 86, "not_reached"),
        ("exact", 80, 90, "reached"),
        ("below", 80, 80, "not_reached"),
        ("below", 90, 90, "reached"),
    ],
)
def test_reached_means_at_least_the_lower_end_or_below_the_upper(relation, low, high, status):
    target = others(INFO)[lambda t: t.target == FIBRE]
    target = target.assign(relation=relation, low=float(low), high=float(high))
    assert standing(targets=target).status[FIBRE] == status


def test_a_figure_of_a_near_measure_is_shown_and_does_not_answer():
    phones = standing().loc["vn-2025-decision-411-adults-smartphone"]
    assert phones.low < phones.value and phones.status == "not_comparable"
    assert phones.figure_measure != phones.measure


@pytest.mark.parametrize("flag, value", [("uncertain", True), ("traceable", False)])
def test_a_figure_that_is_uncertain_or_cannot_be_found_answers_nothing(flag, value):
    marked = INFO.observations.measure == "fibre_households_pct"
    observations = INFO.observations.copy()
    observations.loc[marked, flag] = value
    fibre = standing(replace(INFO, observations=observations), others(INFO)).loc[FIBRE]
    assert fibre.status != "reached" and fibre.figure_measure != "fibre_households_pct"


def test_a_figure_of_another_territory_of_the_same_name_answers_nothing():
    target = others(INFO)[lambda t: t.target == FIBRE].assign(about="34-24", unit="34-24")
    target = target.assign(measure="digital_tech_enterprises_per_1000", low=0.7)
    assert standing(targets=target).status[FIBRE] == "no_figure"
    old = standing(targets=target.assign(about="63-27")).loc[FIBRE]
    assert (old.status, old.value) == ("reached", 1.02)


def test_the_ministry_is_asked_only_where_the_document_leaves_it_open_or_says_so():
    table = wider_standing(INFO, share(INFO)).set_index("target")
    official = share(INFO).set_index("target").judged_by == "official"
    assert set(table.index) == set(official.index[~official]) and official.any()


def test_the_ministry_answers_for_the_same_land_on_both_maps_and_for_no_other():
    seen = INFO.observations
    of_ours = (seen.measure == "ministry") & (seen.unit == "34-24")
    info = replace(INFO, observations=seen[~of_ours])  # only the old province has a figure then
    table = wider_standing(info, share(info)).set_index("target")
    assert table.value["ha-noi-2030-city-aim-2026"] == table.value["ha-noi-63-2030-plan-239"]
    assert table.status["bac-ninh-2030-province-plan-dec-2025"] == "no_figure"
    assert table.value["ho-chi-minh-city-63-2025-city-programme-2020"] == 21.5, "22 is uncertain"


def test_an_official_figure_never_stands_for_the_ministry():
    observations = INFO.observations[INFO.observations.measure != "ministry"]
    table = wider_standing(replace(INFO, observations=observations), share(INFO))
    assert (table.status == "no_figure").all() and table.value.isna().all()


def test_without_targets_the_tables_keep_their_columns():
    assert list(standing(targets=others(INFO).iloc[:0]).columns) == list(standing().columns)
    table = wider_standing(INFO, share(INFO))
    nothing = wider_standing(INFO, share(INFO).iloc[:0])
    assert list(nothing.columns) == list(table.columns) and nothing.empty
