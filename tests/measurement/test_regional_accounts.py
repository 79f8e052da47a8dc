"""Covariates of the former provinces: of the right territory, and from figures that may be used."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fictional import write_fictional
from notebooks import ROOT

from digitransform.data.collection import collection
from digitransform.measurement.regional_accounts import covariates, unknown_covariates

REAL = collection(ROOT / "data").as_of("2026-11-22")


def changed(concept: str, measure: str, unit: str, **cells):
    "The information set with some cells of the figures of one unit changed."
    o = REAL.observations.copy()
    rows = (o.concept == concept) & (o.measure == measure) & (o.unit == unit)
    assert rows.any()
    for column, value in cells.items():
        o.loc[rows, column] = value
    return replace(REAL, observations=o)


def test_industry_of_a_merged_province_says_nothing_about_its_parts():
    "Bắc Kạn is part of Thái Nguyên today and has none of its factories."
    pd.testing.assert_frame_equal(
        covariates(changed("grdp", "share_industry", "34-19", value=5.0)), covariates(REAL)
    )


def test_no_covariate_reads_the_structure_of_grdp():
    "It is known for a third of the provinces, which it would set apart for no reason of their own."
    none = REAL.observations.query("not (concept == 'grdp' and measure.str.startswith('share_'))")
    assert len(none) < len(REAL.observations) - 200
    pd.testing.assert_frame_equal(covariates(replace(REAL, observations=none)), covariates(REAL))


@pytest.mark.parametrize("cell", [dict(uncertain=True), dict(traceable=False)])
def test_a_doubtful_export_figure_is_as_good_as_none(cell):
    doubtful = changed("provincial_covariates", "goods_exports", "63-27", **cell)
    none = REAL.observations.query("not (measure == 'goods_exports' and unit == '63-27')")
    pd.testing.assert_frame_equal(
        covariates(doubtful), covariates(replace(REAL, observations=none))
    )
    assert ("63-27", "exports") in unknown_covariates(doubtful)


def test_exports_that_were_not_published_sum_to_the_rest_of_the_country():
    of_2022 = REAL.select("provincial_covariates", "goods_exports").query("year == 2022")
    value = of_2022.set_index("unit").value
    unknown = [leaf for leaf, name in unknown_covariates(REAL) if name == "exports"]
    assert len(unknown) == 43 and not set(unknown) & set(value.index)
    z = covariates(REAL).exports
    assert np.ptp(z[unknown]) < 1e-12, "one common part of GRDP"
    assert z["63-06"] < z[unknown].iloc[0] < z["63-30"], "between the lowest and the highest ten"


def test_what_was_not_known_yet_is_nothing():
    early = covariates(REAL.as_of("2022-03-30"))
    assert early.exports.eq(0).all(), "exports of 2021 are known from the end of March on"
    assert covariates(REAL.as_of("2022-12-31")).exports.ne(0).any()


def test_a_country_without_these_tables_has_covariates_at_the_mean(tmp_path):
    x = covariates(collection(write_fictional(tmp_path)).as_of())
    assert x.exports.eq(0).all() and x.skills.eq(0).all() and np.isfinite(x).all(axis=None)
