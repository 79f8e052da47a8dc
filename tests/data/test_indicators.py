"""The catalogue covers the data, and every observation is checked against its measure."""

import inspect
import math
import re
from dataclasses import FrozenInstanceError
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from notebooks import ROOT

from digitransform.core.errors import DataError
from digitransform.data import indicators as indicator
from digitransform.data.geography import read_geography
from digitransform.data.indicators import KINDS, SCALES, check_bounds, read_catalogue
from digitransform.data.observations import read_observations
from digitransform.data.tables import read_package, read_table
from digitransform.data.targets import check_target_measures

DATA = ROOT / "data"
CATALOGUE = read_catalogue(DATA)
TABLES = [
    r["path"].removesuffix(".csv")
    for r in read_package(DATA)["resources"]
    if r["path"].startswith("observations/")
]
MEASURED = [t for t in TABLES if {"unit", "measure"} <= set(read_table(DATA, t))]
GEOGRAPHY = read_geography(DATA)


def observation(measure="official", value=13.0, **facts) -> pd.DataFrame:
    "One observation of the kind that `Information` holds."
    return pd.DataFrame(
        [
            dict(
                concept="digital_share",
                unit="VN",
                name="Việt Nam",
                year=2025,
                period=None,
                measure=measure,
                value=value,
            )
            | facts
        ]
    )


@pytest.mark.parametrize("table", MEASURED)
def test_every_published_number_is_of_a_known_measure_and_within_its_bounds(table):
    check_bounds(read_observations(DATA, table.removeprefix("observations/"), GEOGRAPHY), CATALOGUE)


def test_every_target_is_of_a_known_measure_and_within_its_bounds():
    targets = read_table(DATA, "targets")
    assert set(targets.measure) <= set(CATALOGUE)
    for t in targets.itertuples():
        low, high = CATALOGUE[t.measure].bounds
        assert low <= t.low <= t.high <= high, t.target


@pytest.mark.parametrize("name", [*CATALOGUE])
def test_an_entry_is_complete_in_both_languages(name):
    i = CATALOGUE[name]
    assert i.kind in KINDS and i.scale in SCALES and i.bounds[0] < i.bounds[1]
    assert all(
        i.title(language).strip() and i.definition(language).strip() for language in ("vi", "en")
    )
    assert i.kind != "rank" or (i.scale == "none" and i.bounds[0] == 1)


def test_measures_that_nobody_uses_are_not_in_the_catalogue():
    used = {m for t in MEASURED for m in read_table(DATA, t).measure} | set(
        read_table(DATA, "targets").measure
    )
    assert set(CATALOGUE) == used


def test_the_official_measure_alone_is_canonical():
    assert [n for n in CATALOGUE if CATALOGUE[n].canonical] == ["official"]


def test_an_entry_cannot_be_changed_after_reading():
    with pytest.raises(FrozenInstanceError):
        CATALOGUE["official"].kind = "additive"


def test_the_room_knows_no_year_and_no_country():
    source = inspect.getsource(indicator)
    assert not re.search(r"\b(19|20)\d\d\b|Vi[eệ]t", source)


@given(
    st.sampled_from([n for n in CATALOGUE if CATALOGUE[n].concept == "digital_share"]),
    st.floats(-1e6, 1e6),
)
def test_a_value_is_refused_exactly_when_it_leaves_the_bounds(measure, value):
    low, high = CATALOGUE[measure].bounds
    if low <= value <= high:
        check_bounds(observation(measure, value), CATALOGUE)
    else:
        with pytest.raises(DataError) as e:
            check_bounds(observation(measure, value), CATALOGUE)
        assert (
            e.value.file == "observations/digital_share.csv"
            and e.value.column == "value"
            and e.value.value == value
        )
        assert float(e.value.nearest) == (low if value < low else high)


def test_a_missing_value_and_no_observation_at_all_are_no_faults():
    check_bounds(observation(value=math.nan), CATALOGUE)
    check_bounds(observation().iloc[:0], CATALOGUE)


@pytest.mark.parametrize(
    "facts, column, nearest, said",
    [
        (
            dict(measure="oficial"),
            "measure",
            "official",
            "Việt Nam 2025: there is no measure called 'oficial'",
        ),
        (
            dict(measure="dti_ranks", concept="digital_infrastructure"),
            "measure",
            "dti_rank",
            "there is no measure called 'dti_ranks'",
        ),
        (dict(measure="per_head"), "measure", None, "measure 'per_head' belongs to grdp"),
        (dict(value=140.0), "value", "100", "official = 140 is outside 0 to 100 percent"),
        (
            dict(value=-1.0, period="H1"),
            "value",
            "0",
            "Việt Nam 2025 (H1): official = -1 is outside",
        ),
        (
            dict(concept="digital_share_bands", value=44.0, band_low=5.0, band_high=110.0),
            "band_high",
            "100",
            "official = 110 is outside",
        ),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence(facts, column, nearest, said):
    with pytest.raises(DataError) as e:
        check_bounds(observation(**facts), CATALOGUE)
    assert said in str(e.value) and str(e.value).endswith(".") and "\n" not in str(e.value)
    assert (e.value.column, e.value.nearest) == (column, nearest)


def test_a_count_of_provinces_may_exceed_what_a_share_may_not():
    check_bounds(
        observation(concept="digital_share_bands", value=340.0, band_low=0.0, band_high=100.0),
        CATALOGUE,
    )


ENTRY = """[share]
concept = "digital_share"
title_en = "Share"
definition_en = "Part of the whole."
unit = "percent"
kind = "ratio"
minimum = 0
maximum = 100
scale = "logit"
canonical = true
"""


def written(folder: Path, text: str):
    (folder / "indicators.toml").write_text(text, encoding="utf-8")
    return read_catalogue(folder)


@pytest.mark.parametrize(
    "old, new, said",
    [
        (
            'kind = "ratio"',
            'kind = "rato"',
            "column share.kind: 'rato' is not one of additive, ratio, index, rank; "
            "the nearest valid value is 'ratio'",
        ),
        ('scale = "logit"', 'scale = "logits"', "the nearest valid value is 'logit'"),
        ("canonical = true", 'canonical = "ja"', "'ja' is not one of true, false"),
        ("canonical = true", "", "'canonical' is missing"),
        ('unit = "percent"', 'unit = ""', "'unit' is missing"),
        (
            'unit = "percent"',
            'units = "percent"',
            "'units' is not a key of a measure; the nearest valid value is 'unit'",
        ),
        ("maximum = 100", 'maximum = "100"', "'100' is not a number"),
        ("maximum = 100", "maximum = 0", "the minimum 0 is not below the maximum 0"),
        (
            "maximum = 100",
            "",
            "scale 'logit' does not fit values from 0 to inf; the nearest valid value is 'none'",
        ),
        ("maximum = 100", "maximum = 1,00", "not valid TOML"),
        ("[share]", "version = 1\n[share]", "'version' stands outside a table"),
        (
            "[share]",
            ENTRY.replace("[share]", "[other]") + "[share]",
            "two canonical measures, 'other' and 'share'",
        ),
    ],
)
def test_a_broken_catalogue_is_refused(tmp_path, old, new, said):
    assert len(written(tmp_path, ENTRY)) == 1
    with pytest.raises(DataError, match="indicators.toml") as e:
        written(tmp_path, ENTRY.replace(old, new))
    assert said in str(e.value)


def test_a_catalogue_that_is_missing_or_not_text_is_refused(tmp_path):
    with pytest.raises(DataError, match="the file is missing"):
        read_catalogue(tmp_path)
    (tmp_path / "indicators.toml").write_bytes("title = 'Tỷ trọng'".encode("utf-16"))
    with pytest.raises(DataError, match="not UTF-8"):
        read_catalogue(tmp_path)


def test_a_target_is_judged_by_the_reference_or_by_the_wider_measure():
    def table(judge):
        facts = dict(measure="digital_share", judged_by=judge, low=20.0, high=20.0)
        return pd.DataFrame([facts], index=[7])

    for judge in ("official", "ministry", None):
        check_target_measures(table(judge), CATALOGUE)
    with pytest.raises(DataError, match="'officia' is not one of official, ministry") as error:
        check_target_measures(table("officia"), CATALOGUE)
    assert (error.value.row, error.value.nearest) == (7, "official")
