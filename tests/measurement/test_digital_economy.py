"""The formulas of the share on tables that can be checked by hand, and the published figures
against each other."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notebooks import ROOT

from digitransform.core.errors import DataError
from digitransform.data.observations import information
from digitransform.measurement.digital_economy import (
    IDENTITIES,
    VARIANTS,
    InputOutput,
    adb_core,
    adb_terms,
    bands,
    check_identities,
    core_share,
    digital_coefficient,
    digitalised_share,
    identities,
    revisions,
    value_added_by_demand,
)

DATA = ROOT / "data"
INFO = information(DATA, as_of="2026-11-22", concepts=["digital_share", "digital_share_bands"])


def table(uses, value_added, final_demand) -> InputOutput:
    names = [f"s{i}" for i in range(len(value_added))]
    return InputOutput(
        pd.DataFrame(uses, index=names, columns=names),
        pd.Series(value_added, names),
        pd.Series(final_demand, names),
    )


# The four-sector table of the notes on measurement: invented numbers.
TOY = table(
    [[10, 0, 0, 5], [2, 20, 4, 6], [1, 3, 5, 9], [6, 8, 4, 30]],
    [41, 49, 27, 100],
    [45, 48, 22, 102],
)
CORE = {"s1": 1.0, "s2": 1.0}


@st.composite
def tables(draw, sizes=st.integers(2, 7)):
    "A productive economy: random input coefficients with column sums below one, random demand."
    n = draw(sizes)
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    a = rng.dirichlet(np.ones(n + 1), size=n).T[:n] * rng.uniform(0.1, 1, n)
    y = rng.uniform(0.1, 100, n)
    x = np.linalg.solve(np.eye(n) - a, y)
    made = table(a * x, x - (a * x).sum(axis=0), y)
    phi = dict(zip(made.output.index[: n - 1], rng.choice([0.0, 0.3, 1.0], n - 1)))
    return made, phi


@pytest.mark.parametrize(
    "found, expected",
    [
        (core_share(TOY, CORE), 35.0230),
        (digitalised_share(TOY, CORE) * 2.17, 36.473684),
        (core_share(TOY, CORE) + digitalised_share(TOY, CORE), 51.8312),
        (digitalised_share(TOY, CORE, "output") * 2.17, 12.05),
        (core_share(TOY, CORE) + digitalised_share(TOY, CORE, "output"), 40.5760),
        (digital_coefficient(TOY, CORE)["s0"], 0.157895),
        (digital_coefficient(TOY, CORE)["s3"], 0.3),
        (adb_terms(TOY, CORE).backward, 70.0),
        (adb_terms(TOY, CORE).forward, 76.0),
        (adb_terms(TOY, CORE).diagonal, 57.012724),
        (adb_terms(TOY, CORE).block, 61.502790),
        (adb_core(TOY, CORE, "diagonal"), 41.0080),
        (adb_core(TOY, CORE, "block"), 38.9388),
    ],
)
def test_the_toy_table(found, expected):
    assert found == pytest.approx(expected, abs=6e-5)


@given(tables())
def test_value_added_is_neither_lost_nor_made(case):
    made, phi = case
    w = value_added_by_demand(made)
    assert np.allclose(w.sum(axis=1), made.value_added) and np.allclose(w.sum(), made.final_demand)
    assert (w.to_numpy() > -1e-9).all()


@given(tables())
def test_a_share_is_a_share(case):
    made, phi = case
    for variant in VARIANTS:
        d = digital_coefficient(made, phi, variant)
        assert d.between(0, 1 + 1e-12).all()
        assert -1e-9 <= core_share(made, phi) + digitalised_share(made, phi, variant) <= 100 + 1e-9
    assert (
        digitalised_share(made, phi, "output")
        <= digitalised_share(made, phi, "intermediate") + 1e-9
    )
    everything = dict.fromkeys(made.output.index, 1.0)
    assert core_share(made, everything) == pytest.approx(100) and digitalised_share(
        made, everything
    ) == pytest.approx(0)
    assert core_share(made, {}) == 0 and digitalised_share(made, {}) == 0


@given(tables(), st.floats(1e-3, 1e3))
def test_neither_the_currency_nor_the_order_of_sectors_matters(case, rate):
    made, phi = case
    back = made.output.index[::-1]
    other = InputOutput(
        made.uses.loc[back, back] * rate,
        made.value_added[back] * rate,
        made.final_demand[back] * rate,
    )
    digital = [s for s, part in phi.items() if part == 1]
    for f in (
        lambda t: core_share(t, phi),
        lambda t: digitalised_share(t, phi),
        lambda t: adb_core(t, digital),
        lambda t: adb_core(t, digital, "diagonal"),
    ):
        assert f(other) == pytest.approx(f(made), rel=1e-6, abs=1e-9)


@given(tables())
def test_the_two_readings_of_the_adb_equation(case):
    made, phi = case
    digital = [s for s, part in phi.items() if part == 1]
    terms = adb_terms(made, digital)
    assert terms.forward == pytest.approx(made.value_added[digital].sum())
    assert terms.diagonal <= terms.block + 1e-9 <= min(terms.backward, terms.forward) + 2e-9
    assert adb_core(made, digital) <= adb_core(made, digital, "diagonal") + 1e-9
    if len(digital) <= 1:
        assert terms.diagonal == pytest.approx(terms.block)
    assert adb_core(made, made.output.index) == pytest.approx(100), (
        "when everything is digital the block reading gives all of GDP, once"
    )


@given(tables(), st.floats(0, 1))
@settings(max_examples=30)
def test_the_fixed_assets_of_digital_industries_come_on_top(case, part):
    made, phi = case
    digital = [s for s, p in phi.items() if p == 1]
    outside = [s for s in made.output.index if s not in digital]
    w = value_added_by_demand(made)
    fixed = dict.fromkeys(made.output.index, part)
    assert adb_terms(made, digital, fixed).fixed == pytest.approx(
        part * w.loc[outside, outside].to_numpy().sum()
    )


def test_the_denominator_may_be_given():
    for f in (core_share, digitalised_share):
        assert f(TOY, CORE, gdp=434.0) == pytest.approx(f(TOY, CORE) / 2)
    assert adb_core(TOY, CORE, gdp=434.0) == pytest.approx(adb_core(TOY, CORE) / 2)


def test_an_industry_that_buys_nothing_is_not_digitalised():
    made = table([[0, 5], [0, 5]], [15, 10], [10, 15])
    assert digital_coefficient(made, {"s1": 1.0}).tolist() == [0, 0.5]


@pytest.mark.parametrize(
    "call, said",
    [
        (lambda: core_share(TOY, {"s9": 1.0}), "there is no sector 's9' in the table"),
        (
            lambda: core_share(TOY, {"s1": 1.5}),
            "1.5, is outside 0 to 1; the nearest valid value is '1'",
        ),
        (
            lambda: digitalised_share(TOY, CORE, "intermediates"),
            "the nearest valid value is 'intermediate'",
        ),
        (lambda: adb_core(TOY, CORE, "diag"), "the nearest valid value is 'diagonal'"),
        (lambda: adb_core(TOY, ["s8"]), "there is no sector 's8'"),
        (
            lambda: table([[1, 1], [1, 1]], [8, 8], [8, 9]),
            "sector 's1' makes 10, but 11 is used; the nearest valid value is '10'",
        ),
    ],
)
def test_a_bad_table_or_choice_is_told(call, said):
    with pytest.raises(DataError) as e:
        call()
    assert said in str(e.value)


# What published figures owe each other.


@pytest.mark.parametrize(
    "year, period, published, total, parts",
    [
        (2022, "", "2023-09", 12.86, 12.85),
        (2022, "", "2023-12-04", 12.67, 12.68),
        (2023, "", "2023-12-29", 12.33, 12.33),
        (2024, "2020-2024", "2025-01-06", 12.88, 12.88),
        (2025, "2021-2025", "2026-01-05", 13.2, 13.18),
        (2025, "", "2026-01-05", 14.02, 14.02),
    ],
)
def test_core_and_digitalised_as_published(year, period, published, total, parts):
    rows = identities(INFO)
    rows = rows[(rows.identity == "core + digitalised") & (rows.year == year)]
    rows = rows[(rows.period == period) & (rows.published == published)]
    assert (
        len(rows) == 1
        and rows.total.iloc[0] == total
        and rows["sum"].iloc[0] == pytest.approx(parts)
    )


def test_every_published_identity_holds_but_the_one_that_is_marked():
    check_identities(INFO)
    table = identities(INFO)
    assert len(table) == 9 and (~table.certain).sum() == 1
    assert table[~table.certain].difference.iloc[0] == pytest.approx(1.09)


def release_rows() -> list:
    "The rows of the observation table that enter an identity between certain rows."
    o = INFO.observations.fillna({"period": "", "published": ""})
    rows = set()
    for r in identities(INFO).query("certain").to_dict("records"):
        same = (
            o[["unit", "year", "period", "published", "source"]]
            == pd.Series(r)[["unit", "year", "period", "published", "source"]]
        ).all(axis=1)
        rows |= set(
            o.index[same & o.measure.isin(INFO.measures(*IDENTITIES[r["identity"]], "reference"))]
        )
    return sorted(rows)


@pytest.mark.parametrize("row", release_rows())
@pytest.mark.parametrize("slip", [-0.5, 0.5])
def test_a_slip_in_any_cell_of_a_release_is_caught(row, slip):
    o = INFO.observations.copy()
    o.loc[row, "value"] += slip
    with pytest.raises(DataError, match="in the same release") as e:
        check_identities(replace(INFO, observations=o))
    assert (
        e.value.file == "observations/digital_share.csv"
        and e.value.nearest is not None
        and "Việt Nam" in str(e.value)
    )


def test_an_uncertain_row_is_left_alone_until_it_is_called_certain():
    o = INFO.observations.copy()
    o.loc[o.period == "2019-2022", "uncertain"] = False
    with pytest.raises(DataError, match=r"2022 \(2019-2022\).* = 12.62, but official is 11.53"):
        check_identities(replace(INFO, observations=o))


def test_nothing_published_owes_nothing():
    early = INFO.as_of("2020-01-01")
    check_identities(early)
    assert len(identities(early)) == len(bands(early)) == len(revisions(early)) == 0


# Bands and vintages.


def test_bands_are_counts_of_all_provinces():
    table = bands(INFO)
    assert (table.unit == "VN").all()
    full = table[table.year == 2022].groupby("measure")
    assert full["count"].apply(list).to_dict() == {
        "ministry": [2, 43, 13, 5],
        "official": [7, 44, 7, 5],
    }
    assert (full["count"].sum() == 63).all() and (full.of.first() == 63).all()
    assert (
        table[table.year == 2025].of.tolist() == [34] and table[table.year == 2025].uncertain.all()
    )


@pytest.mark.parametrize(
    "column, value, said",
    [
        ("value", 60.0, "79 places are counted of 63"),
        ("band_low", 10.0, "a band goes from 10 to 10"),
        ("band_high", 12.0, "the band from 10 overlaps the one that ends at 12"),
    ],
)
def test_a_bad_band_is_refused(column, value, said):
    o = INFO.observations.copy()
    o.loc[
        (o.measure == "official") & (o.band_low == 5) & (o.concept == "digital_share_bands"), column
    ] = value
    with pytest.raises(DataError, match="observations/digital_share_bands.csv") as e:
        bands(type(INFO)(o, INFO.geography))
    assert said in str(e.value) and "official 2022 (s0010)" in str(e.value)


@pytest.mark.parametrize(
    "year, vintages",
    [(2021, [12.87, 12.87, 12.87]), (2022, [12.86, 12.67, 12.63, 12.83]), (2023, [12.33, 12.87])],
)
def test_revisions_tell_the_story_of_a_figure(year, vintages):
    story = revisions(INFO).query(
        "unit == 'VN' and measure == 'official' and year == @year and period == ''"
    )
    assert [story.previous.iloc[0], *story.value] == vintages and story.vintage.tolist() == list(
        range(2, len(vintages) + 1)
    )
    assert story.change.sum() == pytest.approx(vintages[-1] - vintages[0])
    log_odds = np.log(np.array(vintages) / (100 - np.array(vintages)))
    assert np.allclose(story.change_log_odds, np.diff(log_odds)) and (story.days > 0).all()


@pytest.mark.parametrize("day", ["2023-12-31", "2025-01-31", "2026-02-01"])
def test_what_was_revised_by_a_day_does_not_change_later(day):
    then = revisions(INFO.as_of(day))
    now = revisions(INFO)
    seen = now[now.available_from.astype(str) <= day].reset_index(drop=True)
    pd.testing.assert_frame_equal(then, seen)


def test_figures_of_different_makers_do_not_revise_each_other():
    table = revisions(INFO)
    assert not table.measure.str.startswith("other").any()
    assert not table.duplicated(["unit", "year", "period", "measure", "available_from"]).any()
