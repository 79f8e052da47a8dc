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
from digitransform.models.evidence import (
    band_counts,
    counts_and_ranks,
    newest_counts,
    usable_ranks,
)
from digitransform.models.scales import logit

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
        (dict(value_102=42.0), 104, "value", "the counts sum to 62, not to 63 places"),
        (dict(value_102=44.0), 104, "value", "64 places are counted of 63"),
        (dict(band_low_103=11.0), 103, "band_low", "no band goes from 10 to 11"),
        (dict(band_low_101=1.0), 101, "band_low", "no band goes from 0 to 1"),
        (dict(band_high_104=50.0), 104, "band_high", "no band goes from 50 to 100"),
        (dict(band_high_102=12.0), 103, "band_low", "overlaps the one that ends at 12"),
        (dict(band_high_102=4.0), 102, "band_low", "a band goes from 5 to 4"),
        (dict(of_102=64.0), 102, "of", "the counts are of 64 places, not of 63"),
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
    ranked = REAL.observations.concept == "digital_share_ranks"
    none = replace(REAL, observations=REAL.observations[~ministry(REAL) & ~ranked])
    assert band_counts(none) == [] and len(newest_counts(none)) == 0
    bare = none.observations.drop(columns=["band_low", "band_high", "of", "row"])
    assert band_counts(replace(none, observations=bare)) == []
    assert np.isfinite(newest_counts(REAL)["count"]).all()


# Ranks.


def with_rank(**cells):
    "The real set with some cells of Lâm Đồng's rank changed."
    o = REAL.observations.copy()
    row = (o.concept == "digital_share_ranks") & (o.unit == "63-68")
    assert row.sum() == 1
    for column, value in cells.items():
        o.loc[row, column] = value
    return replace(REAL, observations=o)


def test_a_rank_counts_those_above_and_below_its_figure():
    (table,) = [c for c in band_counts(REAL, "official") if c.year == 2024]
    assert "63-68" not in table.unnamed and len(table.unnamed) == 62
    assert table.count.round(9).tolist() == [42, 20] and table.low[1] == logit(8.01)
    assert [(c.measure, c.year) for c in counts_and_ranks(REAL)] == [
        ("ministry", 2022),
        ("official", 2022),
        ("official", 2024),
    ]


def test_a_rank_splits_a_band_of_the_same_year():
    "Lạng Sơn, number 12 with 12.52 %, cuts the ministry's 13 provinces from 10 to 20 % in two."
    (table,) = band_counts(REAL)
    assert logit(12.52) in table.low
    named = REAL.latest("digital_share", "ministry").query("year == 2022 and 10 <= value < 20")
    named = named[named.unit.isin(REAL.geography.leaves()) & named.traceable]
    unnamed = 13 - len(named)
    between = (table.low >= logit(10)) & (table.high <= logit(20))
    assert between.sum() == 2 and abs(table.count[between].sum() - unnamed) < 0.5


def test_below_the_five_lowest_by_rank_there_is_nobody():
    "The ministry named number 59 to 63; Tây Ninh, number 59, had 5.78 %."
    (table,) = band_counts(REAL)
    below = table.high <= logit(5.78)
    assert below.sum() >= 5 and table.count[below].sum() < 1e-3
    earlier = band_counts(REAL.as_of("2023-09-01"))
    assert not earlier or logit(5.78) not in earlier[0].low


@pytest.mark.parametrize(
    "cells", [dict(uncertain=True), dict(traceable=False), dict(of=34), dict(year=2023)]
)
def test_a_rank_that_cannot_be_used_is_not(cells):
    found = usable_ranks(with_rank(**cells), "official")
    assert len(found) == (1 if cells == dict(year=2023) else 0)
    if len(found):
        assert found.figure.item() == 7.81, "the figure of that year, if there is one"


def test_a_second_hand_rank_and_one_of_the_other_map_are_not_used():
    assert set(usable_ranks(REAL, "official").unit) == {"63-68"}


def test_a_rank_that_contradicts_the_counts_is_refused_with_its_row():
    "Number 21 with 7.44 % in 2022 would leave 42 below 7.44; but number 60 would leave 3."
    info = with_rank(year=2022, value=60.0)
    with pytest.raises(DataError, match="rank 60 of 63 with 7.44 percent contradicts") as e:
        band_counts(info, "official")
    assert e.value.file == "observations/digital_share_ranks.csv" and e.value.row > 1
