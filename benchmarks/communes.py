"""A synthetic country of 3,321 communes in 34 provinces.

An edition of that size, made from the real one by copying its provinces.

The provinces of the real edition become the regions of the synthetic country, and each gets
about a hundred communes, whose shares are the province's, moved a little. Nothing here is an
estimate; it is there to see how publishing grows with the number of places.
"""

import numpy as np
import pandas as pd

from digitransform.edition.edition import Edition


def _communes(units: pd.DataFrame, n: int) -> pd.DataFrame:
    provinces = units[units.reported & (units.role == "place")].reset_index(drop=True)
    like = np.arange(n) % len(provinces)
    names = [f"Xã {i + 1:04}" for i in range(n)]
    return pd.DataFrame(
        dict(
            unit=[f"C-{i + 1:04}" for i in range(n)],
            level="commune",
            role="place",
            name_vi=names,
            name_en=[f"Commune {i + 1:04}" for i in range(n)],
            slug=[f"commune-{i + 1:04}" for i in range(n)],
            type="commune",
            parent=provinces.unit.to_numpy()[like],
            reported=True,
            like=provinces.unit.to_numpy()[like],
        )
    )


def _copied(table: pd.DataFrame, communes: pd.DataFrame, column: str = "unit") -> pd.DataFrame:
    """The rows of `table` for each commune's province, once for each commune.

    `like` and `commune` say which.
    """
    return (
        communes[["unit", "like"]]
        .rename(columns=dict(unit="commune"))
        .merge(table, left_on="like", right_on=column)
        .assign(**{column: lambda t: t.commune})
    )


def country_of_communes(edition: Edition, n: int = 3321) -> Edition:
    """An edition with a country, its 34 provinces as regions, and `n` communes.

    Tables as in `edition`.
    """
    units = edition.units
    communes = _communes(units, n)
    provinces = units[units.reported & (units.role == "place")]
    country = units[units.role == "country"]
    upper = pd.concat([country, provinces.assign(role="region", parent=country.unit.iloc[0])])
    every = pd.concat([upper, communes.drop(columns="like")], ignore_index=True).assign(
        order=lambda t: range(len(t)), group=None, grid_row=np.nan, grid_col=np.nan
    )
    keep = set(every.unit)
    shift = dict(zip(communes.unit, 0.8 + 0.4 * ((np.arange(n) * 37) % 101) / 100))
    model = edition.quantiles[edition.quantiles.model == edition.manifest["default_model"]]
    own = _copied(model, communes)
    own["value"] *= np.where(own.quantity == "share", own.unit.map(shift), 0.01)
    quantiles = pd.concat([model[model.unit.isin(keep)], own[model.columns]], ignore_index=True)
    members = pd.concat(
        [
            pd.DataFrame(dict(unit=communes.unit, leaf=communes.unit)),
            pd.DataFrame(dict(unit=communes.parent, leaf=communes.unit)),
            pd.DataFrame(dict(unit=country.unit.iloc[0], leaf=communes.unit)),
        ],
        ignore_index=True,
    )
    near = pd.concat(
        [
            pd.DataFrame(
                dict(
                    unit=communes.unit,
                    peer=communes.groupby("parent").unit.shift(-k),
                    reason="same region",
                )
            )
            for k in range(1, 7)
        ]
    ).dropna()
    counts = pd.concat(
        [
            edition.evidence_count[edition.evidence_count.unit.isin(keep)],
            pd.DataFrame(
                dict(
                    unit=communes.unit,
                    n_official=0,
                    n_wider=0,
                    n_self_reported=0,
                    n_other=0,
                    basis="model",
                )
            ),
        ],
        ignore_index=True,
    )
    goals = _copied(edition.targets, communes)
    goals["target"] = goals.target + "-" + goals.commune
    odds = _copied(edition.attainment, communes)
    odds["target"] = odds.target + "-" + odds.commune
    infrastructure = _copied(edition.infrastructure, communes)

    def mine(name):
        return edition.tables[name][
            edition.tables[name]
            .reindex(columns=["unit", "about"])
            .fillna(country.unit.iloc[0])
            .isin(keep)
            .all(axis=1)
        ]  # nothing about provinces of the former map

    def join(name, rows):
        return pd.concat([mine(name), rows[edition.tables[name].columns]], ignore_index=True)

    tables = dict(edition.tables) | dict(
        units=every,
        members=members,
        quantiles=quantiles,
        evidence_count=counts,
        evidence=mine("evidence"),
        peers=pd.concat([mine("peers").query("peer in @keep"), near], ignore_index=True),
        targets=join("targets", goals.assign(about=goals.commune, inherited=False)),
        attainment=join("attainment", odds.assign(about=odds.commune, inherited=False)),
        infrastructure=join("infrastructure", infrastructure),
        draws=edition.draws.iloc[:0],
    )
    return Edition(
        edition.manifest | dict(id="communes", key="communes" + edition.manifest["key"][8:]), tables
    )
