"""Can quarters of the sectors tell the share of the running year?

`python benchmarks/bench_nowcast.py` puts a dynamic factor model (statsmodels' DynamicFactorMQ) on
growth of the sectors back to November of each year: sectors to the third quarter, as far as they
are published, shares of the years before. The change of the share is the series that is known once
a year. The sectors stand in one release, of June 2025, so that what was revised since is known too
well: the record is, if anything, too good.
"""

import warnings

import numpy as np
import pandas as pd
from statsmodels.tsa.api import DynamicFactorMQ

import digitransform as dt
from digitransform.models.scales import inverse_logit, logit

SECTORS = "C G H J K M".split()  # in which digital activity is, among those that are published
RULES = ("last", "mean change", "factor model")


def growth_of_sectors(info) -> pd.DataFrame:
    "Growth over a year of each sector's value added less that of GDP, percent: quarters by sector."
    o = info.observations
    names = [f"current_{s}" for s in (*SECTORS, "GDP")]
    rows = o[(o.concept == "sector_value_added") & o.measure.isin(names)]
    rows = rows[rows.period.isin(["Q1", "Q2", "Q3", "Q4"]) & (rows.year >= 2010)]
    quarter = pd.PeriodIndex(rows.year.astype(str) + rows.period, freq="Q")
    table = rows.assign(quarter=quarter).pivot_table(
        index="quarter", columns="measure", values="value", aggfunc="last"
    )
    growth = 100 * np.log(table).diff(4)
    return growth.drop(columns="current_GDP").sub(growth.current_GDP, axis=0).dropna(how="all")


def shares(info) -> pd.Series:
    "The country's newest official shares by year, percent."
    found = info.latest("digital_share", ["official"])
    own = found[(found.unit == info.geography.country) & found.period.isna()]
    return own.set_index("year").value.sort_index()


def nowcast(sectors: pd.DataFrame, known: pd.Series, year: int) -> float:
    "The change of log-odds in `year` by the factor model, from the changes before it."
    quarters = pd.period_range(sectors.index[0], pd.Period(f"{year}Q4"), freq="Q")
    data = sectors.loc[: pd.Period(f"{year}Q3")].reindex(quarters)
    data["share"] = np.nan
    for past, change in known.items():
        data.loc[pd.Period(f"{past}Q4"), "share"] = change
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = DynamicFactorMQ(data, factors=1, factor_orders=1, idiosyncratic_ar1=False)
        fit = model.fit(disp=False, maxiter=200)
        return float(fit.predict().share.iloc[-1])


def main() -> None:
    "Print the nowcasts of each year beside two rules, and their mean errors."
    info = dt.collection().as_of("2026-11-22")
    sectors, share = growth_of_sectors(info), shares(info)
    odds = pd.Series(logit(share), share.index)
    change = odds.diff().dropna()
    print(f"sectors end with {sectors.index[-1]}; shares: {share.round(2).to_dict()}")
    rows = []
    for year in change.index[change.index >= change.index[0] + 2]:
        past = change[change.index < year]
        steps = (0.0, past.mean(), nowcast(sectors, past, year))
        said = [float(inverse_logit(odds[year - 1] + step)) for step in steps]
        rows.append([year, share[year], *said])
    table = pd.DataFrame(rows, columns=["year", "published", *RULES]).set_index("year")
    print(table.round(2).to_string())
    error = table[list(RULES)].sub(table.published, axis=0)
    print("mean absolute error, points:", error.abs().mean().round(3).to_dict())
    own = sectors.groupby(sectors.index.year).mean().reindex(change.index)
    print("correlation of yearly growth with the change, n =", len(change))
    print(own.corrwith(change).round(2).to_dict())


if __name__ == "__main__":
    main()
