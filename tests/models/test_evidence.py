"""Published counts by bands: the newest release counts, a broken one is refused with its row."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from fictional import write_fictional
from notebooks import ROOT

from digitransform.core.errors import DataError
from digitransform.data.collection import collection
from digitransform.evaluation.masked_panel import evidence_pattern
from digitransform.models.candidates import candidates
from digitransform.models.contract import forecast, model
from digitransform.models.evidence import band_counts, newest_counts

REAL = collection(ROOT / "data").as_of("2026-11-22")
FILE = "observations/digital_share_bands.csv"


@pytest.fixture(scope="module")
def ruritania(tmp_path_factory):
    return collection(write_fictional(tmp_path_factory.mktemp("ruritania"))).as_of()


def ministry(info) -> pd.Series:
    o = info.observations
    return (o.concept == "digital_share_bands") & (o.measure == "ministry")


def republished(info, day: date, **changes):
    "The set with the ministry's table printed once more on another day, some cells changed."
    o = info.observations
    again = (
        o[ministry(info)]
        .sort_values("band_low")
        .assign(published=day.isoformat(), available_from=day, row=range(101, 105))
    )
    for cell, value in changes.items():
        column, row = cell.rsplit("_", 1)
        again.loc[again.row == int(row), column] = value
    return replace(info, observations=pd.concat([o, again], ignore_index=True))


def numbers(info) -> list:
    return [(c.year, c.unnamed, *map(tuple, (c.low, c.high, c.count))) for c in band_counts(info)]


@pytest.mark.parametrize("day", [date(2022, 12, 31), date(2023, 10, 1), date(2026, 11, 1)])
def test_a_republished_table_moves_no_number(day):
    twice = republished(REAL, day)
    assert len(numbers(REAL)) == 1 and numbers(twice) == numbers(REAL)
    pd.testing.assert_frame_equal(evidence_pattern(twice).bands, evidence_pattern(REAL).bands)


def test_a_republished_table_leaves_the_forecast_as_it_was(ruritania):
    def shares(info):
        few = replace(candidates(info, 2020)["latent_share"], sets=12)
        fits = model(info, latent_share=few)
        return forecast(fits, 2020, 2030, 50, 1).draws

    twice = republished(ruritania, date(2024, 3, 31))
    pd.testing.assert_frame_equal(shares(twice), shares(ruritania))


def test_the_newest_release_counts_from_its_day_on():
    changed = republished(REAL, date(2024, 3, 31), value_101=5.0, value_102=40.0)
    assert newest_counts(changed)["count"].tolist() == [5, 40, 13, 5]
    assert numbers(changed.as_of("2024-03-30")) == numbers(REAL.as_of("2024-03-30"))
    older = republished(REAL, date(2022, 12, 31), value_101=5.0, value_102=40.0)
    assert numbers(older) == numbers(REAL)


@pytest.mark.parametrize(
    "cell",
    [dict(uncertain_103=True), {f"of_{r}": 34.0 for r in range(101, 105)} | dict(value_102=14.0)],
)
def test_a_doubtful_table_and_one_of_the_other_map_leave_the_older_in_place(cell):
    assert numbers(republished(REAL, date(2024, 3, 31), **cell)) == numbers(REAL)


@pytest.mark.parametrize(
    "cells, row, column, message",
    [
        (dict(value_102=42.0), 104, "value", "the counts sum to 62, not to 63 provinces"),
        (dict(value_102=44.0), 104, "value", "64 provinces are counted of 63"),
        (dict(band_low_103=11.0), 103, "band_low", "no band goes from 10 to 11"),
        (dict(band_low_101=1.0), 101, "band_low", "no band goes from 0 to 1"),
        (dict(band_high_104=50.0), 104, "band_high", "no band goes from 50 to 100"),
        (dict(band_high_102=12.0), 103, "band_low", "overlaps the one that ends at 12"),
        (dict(band_high_102=4.0), 102, "band_low", "a band goes from 5 to 4"),
        (dict(of_102=64.0), 102, "of", "the counts are of 64 provinces, not of 63"),
    ],
)
def test_a_broken_table_is_refused_with_its_row(cells, row, column, message):
    broken = republished(REAL, date(2024, 3, 31), **cells)
    with pytest.raises(DataError, match=message) as e:
        band_counts(broken)
    assert (e.value.file, e.value.row, e.value.column) == (FILE, row, column)
    assert numbers(broken.as_of("2024-03-30")) == numbers(REAL.as_of("2024-03-30"))


def test_two_tables_of_one_day_and_source_are_refused():
    with pytest.raises(DataError, match="overlaps"):
        band_counts(republished(REAL, date(2023, 9, 30)).as_of("2023-09-30"))


def test_without_counts_there_is_nothing():
    none = replace(REAL, observations=REAL.observations[~ministry(REAL)])
    assert band_counts(none) == [] and len(newest_counts(none)) == 0
    bare = none.observations.drop(columns=["band_low", "band_high", "of", "row"])
    assert band_counts(replace(none, observations=bare)) == []
    assert np.isfinite(newest_counts(REAL)["count"]).all()
