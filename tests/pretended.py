"""An edition nobody computed.

The real geography, evidence, targets and infrastructure of `data/`, with shares made up by a
formula.

Pages must be right for every unit whatever the numbers are; here they are ready in a second,
and extreme ones can be asked for.
"""

from copy import deepcopy
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

from digitransform.data.collection import collection
from digitransform.data.geography import read_geography
from digitransform.data.indicators import read_catalogue
from digitransform.data.sources import cited, read_publishers, read_sources
from digitransform.data.targets import read_questions
from digitransform.edition.store import Edition
from digitransform.edition.summary import (
    aliases,
    figure_status,
    former_evidence_level,
    judge,
    namesake,
    own_targets,
    probability_floor,
    published_shares,
    successor,
    summarise_units,
    territory,
)
from digitransform.measurement.input_output import core_paths
from digitransform.policy.growth_arithmetic import best_runs, growth_for_targets, precedents
from digitransform.policy.readiness import (
    group_figures,
    merged_index,
    national_paths,
    readiness,
    regional_centres,
    topics,
)
from digitransform.policy.scenarios import resilience
from digitransform.policy.standing import target_standing, wider_standing

DATA = Path(__file__).resolve().parent.parent / "data"
NORMAL = {
    0.025: -1.96,
    0.05: -1.645,
    0.1: -1.282,
    0.25: -0.674,
    0.5: 0,
    0.75: 0.674,
    0.9: 1.282,
    0.95: 1.645,
    0.975: 1.96,
}
NOW = 2025
MILESTONE = 2030
LAST = 2035


def table(name):
    return pd.read_csv(
        DATA / f"{name}.csv", dtype={"map": str, "published": str, "period": str}
    ).replace({np.nan: None})


def coded(geography, frame):
    resolve = cache(lambda name, map: geography.resolve(name, map))
    return frame.assign(
        unit=[resolve(n, b) for n, b in zip(frame.unit, frame["map"])],
        map=frame["map"].fillna(""),
    )


def quantiles(units, leaves):
    rows = []
    for i, unit in enumerate(units):
        level = 5 + 40 * ((i * 7) % 13 == 1) + (i * 37 % 11)
        spread = 0.03 + 0.1 * (i % 4)
        for year in range(2019, LAST + 1):
            size = 40 * len(leaves(unit)) * 1.1 ** (year - NOW)
            for p, z in NORMAL.items():
                odds = (
                    np.log(level / (100 - level))
                    + 0.03 * (year - NOW)
                    + z * spread * (0.4 + abs(year - NOW) ** 0.6 / 2)
                )
                share = 100 / (1 + np.exp(-odds))
                rows += [
                    ("latent_share", unit, year, q, p, v)
                    for q, v in (
                        ("share", share),
                        ("digital_value_added", share * size / 100),
                        ("grdp", size),
                    )
                ]
    return pd.DataFrame(rows, columns=["model", "unit", "year", "quantity", "probability", "value"])


def attainment(targets, reported, leaves, chances):
    rows = []
    for i, t in enumerate(targets.itertuples()):
        home = (
            t.unit
            if t.unit in reported
            else next(u for u in reversed(reported) if set(leaves(t.unit)) <= set(leaves(u)))
        )
        known = t.year <= LAST
        p = chances[i % len(chances)]
        rows.append(
            (
                t.target,
                home,
                t.unit,
                home != t.unit,
                t.year,
                t.low,
                t.relation,
                t.judged_by,
                p if known else np.nan,
                0.01 if known else np.nan,
                3.2 - i % 9 if known else np.nan,
                pd.NA if i % 3 else 2028,
                p,
                18.4 if t.year > NOW else np.nan,
                10.7 if t.year > NOW else np.nan,
                11.2,
            )
        )
    return pd.DataFrame(
        rows,
        columns=(
            "target unit about inherited year value relation judged_by probability"
            " probability_se gap first_year first_year_probability required_growth grdp_growth"
            " recent_growth".split()
        ),
    ).astype({"first_year": "Int64"})


def basis(evidence, leaves, unit):
    parts = leaves(unit)
    own = evidence[evidence.unit.isin([unit, *parts] if len(parts) == 1 else [unit])]
    some = evidence[evidence.unit.isin([unit, *parts])]
    return "official" if (own.role == "reference").any() else "indirect" if len(some) else "model"


class Pretended(SimpleNamespace):
    """Known by which object it is, as an edition is, and asked the same questions.

    What is prepared for one is looked up the next time. A test may replace its tables.
    """

    __eq__ = object.__eq__
    __hash__ = object.__hash__
    _spellings = Edition._spellings
    _types = Edition._types
    resolve = Edition.resolve


def standing() -> dict:
    "What was published beside each target, as it is."
    real = collection(DATA)
    info = real.as_of("2026-10-01")
    share = info.targets.measure == "digital_share"
    others = info.targets[~share].reset_index(drop=True)
    return dict(
        targets_other=others,
        wider_standing=wider_standing(info, info.targets[share]),
        target_standing=target_standing(info, others, real.indicators),
    ) | ready(real, info)


def ready(real, info) -> dict:
    "How ready places are, as it is."
    questions = read_questions(DATA, real.package)
    about = readiness(info, real.indicators, questions.measures.dropna().str.split().explode())
    paths = national_paths(info, real.indicators, LAST)
    return dict(
        questions=questions,
        readiness=about,
        readiness_skill=paths.skill,
        readiness_paths=paths.paths,
        merged_index=merged_index(info, real.indicators),
        topics=topics(questions, about, real.indicators, info.geography),
        regional_centres=regional_centres(DATA, info.geography, info.cutoff, real.package),
        group_figures=group_figures(info, about),
        input_output_core=core_paths(real.input_output["adb_mrio_vietnam"]).assign(source="s0555"),
    )


def summarised(tables: dict, bases: dict) -> dict:
    "`tables` with the columns and tables that every reader needs, as `make_edition` adds them."
    units = tables["units"]
    land = territory(units, tables["members"])
    home = successor(units, tables["members"])
    today = pd.Series(bases)
    level = pd.concat([today, former_evidence_level(tables["evidence"], land, home, today)])
    level = level.reindex(units.unit).fillna("indirect")
    own = own_targets(
        tables["targets"], tables["attainment"], land, home, NOW, MILESTONE, namesake(units)
    )
    lead = own[own.lead].set_index("unit").target
    evidence = tables["evidence"].assign(status=figure_status(tables["evidence"]))
    published = published_shares(evidence, land)
    floor = probability_floor(pd.DataFrame(dict(missed=[1, 0, 0, 0, 0, 0, 0, 0])))
    per_head = pd.Series({u: 40.0 + 3 * i for i, u in enumerate(units.unit)})
    error = pd.DataFrame(dict(forecast=0.04, probability=0.004), index=units.unit)
    return dict(
        units=summarise_units(units, land, home, level, lead, published, per_head, error).assign(
            probability_floor=lambda t: t.evidence_level.map(floor)
        ),
        own_targets=own,
        evidence=evidence,
        attainment=judge(tables["attainment"], evidence, land, NOW),
    )


EFFECTS = dict(official_pace=0.6, infrastructure_push=0.1, ecommerce_push=0.04)
SHOCKS = dict(electronics_shock=-0.02, pandemic=0.03)  # in log-odds, in one year


@cache
def elsewhere() -> dict:
    "What the analogues teach, and the scenarios of the collection."
    real = collection(DATA)
    info = real.as_of("2026-10-01")
    return dict(
        scenarios=real.scenarios,
        resilience=resilience(info).astype(
            {y: "Int64" for y in ("years_low", "years", "years_high")}
        ),
        best_runs=best_runs(info.analogues).rename(columns=dict(unit="place")),
        elsewhere=info.analogues,
    )


def scenario_rows(shares: pd.DataFrame, lead: pd.DataFrame) -> pd.DataFrame:
    "Each scenario's share of each place: the forecast, moved by a formula."
    wide = shares[shares.quantity == "share"].pivot(
        index=["unit", "year"], columns="probability", values="value"
    )
    wide = wide[wide.index.get_level_values("year") >= NOW]
    year = wide.index.get_level_values("year").to_numpy()
    goals = lead.set_index(["unit", "year"]).value
    parts = []
    for name in elsewhere()["scenarios"]:
        move = EFFECTS.get(name, 0) * np.minimum(year - NOW, 5) / 5
        move = move + SHOCKS.get(name, 0) * (year == 2027)
        ends = {
            end: 100 / (1 + (100 / wide[p] - 1) * np.exp(-move))
            for end, p in (("lower", 0.1), ("median", 0.5), ("upper", 0.9))
        }
        table = pd.DataFrame(ends).assign(scenario=name, digital_growth=12.0, output_growth=10.0)
        there = goals.reindex(table.index)
        reached = (table["median"] >= there).where(there.notna()).astype(float)
        parts.append(table.assign(probability=reached).reset_index())
    columns = "scenario unit year lower median upper probability digital_growth output_growth"
    return pd.concat(parts, ignore_index=True)[columns.split()]


def what_if(tables: dict) -> dict:
    "The tables of scenarios and of what else is asked with *if*."
    real = elsewhere()
    units = tables["units"]
    lead = units[units.reported & units.lead_target.notna()][["unit", "lead_target"]]
    lead = lead.merge(tables["targets"], left_on="lead_target", right_on="target")
    lead = lead.rename(columns=dict(unit_x="unit", low="value"))[
        ["unit", "target", "year", "value"]
    ]
    known = units.set_index("unit")[["published_share", "published_year"]].dropna()
    known = known.rename(columns=dict(published_share="share", published_year="since"))
    needed = growth_for_targets(lead.merge(known.astype(dict(since=int)), on="unit"))
    ahead = lead[(lead.year > NOW) & (lead.year <= LAST)]
    listed = [
        dict(scenario=name, order=i, shown_year=2027 if name in SHOCKS else MILESTONE)
        | {f"title_{code}": text for code, text in s.titles.items()}
        | {f"words_{code}": text for code, text in s.words.items()}
        | dict(reach=0.0 if name == "official_pace" else np.nan)
        for i, (name, s) in enumerate(real["scenarios"].items(), 1)
    ]
    steps = [
        dict(scenario=name, step=i, kind=step.kind, source=step.source or None)
        | dict(assumption=step.assumption, learned=np.nan, learned_n=pd.NA)
        | {f"reason_{code}": step.reasons.get(code) for code in ("en", "vi")}
        for name, s in real["scenarios"].items()
        for i, step in enumerate(s.steps, 1)
    ]
    printed = [
        (u, NOW + 1, x, MILESTONE, x, x + 1, x + 2, 0.1) for u in ("VN",) for x in (13.6, 14.7)
    ]
    ends = ["lower", "median", "upper"]
    return dict(
        scenario_list=pd.DataFrame(listed),
        scenario_steps=pd.DataFrame(steps).astype(dict(learned_n="Int64")),
        scenarios=scenario_rows(tables["quantiles"], lead),
        if_printed=pd.DataFrame(
            printed, columns=["unit", "year", "printed", "ahead", *ends, "probability"]
        ),
        sufficient_paths=pd.DataFrame(
            [
                (goal.unit, goal.target, year, goal.value - goal.year + year, 20.0)
                for goal in ahead.itertuples()
                for year in range(NOW + 1, goal.year + 1)
            ],
            columns=["unit", "target", "year", "median", "digital_growth"],
        ),
        growth_needed=needed,
        precedents=precedents(needed, real["elsewhere"]),
        best_runs=real["best_runs"],
        resilience=real["resilience"],
        horizon=pd.DataFrame(
            [("VN", 2030, 13.4, 15.1, 17.0, 30, 0.0), ("VN", 2045, 13.1, 18.8, 26.2, 50, 0.0)],
            columns=["unit", "year", *ends, "target", "probability"],
        ),
    )


def pretended(chances=(0.0, 0.004, 0.05, 0.31, 0.5, 0.72, 0.93, 0.997, 1.0)) -> Pretended:
    """The edition; the targets get the probabilities `chances` in turn.

    Its manifest is the caller's own: a test may write into it.
    """
    tables, manifest = made_up(chances)
    return Pretended(id="2026-10-01", manifest=deepcopy(manifest), tables=tables, **tables)


@cache
def made_up(chances) -> tuple:
    geography = read_geography(DATA)
    reported = geography.reported
    leaves = cache(geography.leaves)
    order = {u: i for i, u in enumerate(reported)}
    units = (
        geography.units.reset_index()
        .assign(reported=lambda t: t.unit.isin(order))
        .assign(order=lambda t: t.unit.map(order).fillna(999))
        .sort_values("order", ignore_index=True)
    )
    evidence = coded(geography, table("observations/digital_share"))
    roles = {measure: role for role, measure in read_catalogue(DATA).roles.items()}
    evidence = evidence.assign(
        role=evidence.measure.map(roles).where(evidence.measure.isin(list(roles)), None),
        used=evidence.measure.isin(["official", "ministry", "self_reported"])
        & ~evidence.uncertain.astype(bool),
    ).dropna(subset="value")
    targets = table("targets")
    targets = coded(
        geography, targets[(targets.measure == "digital_share") & targets.year.notna()]
    ).astype({"year": int, "low": float, "high": float})
    titles = __import__("tomllib").loads((DATA / "indicators.toml").read_text(encoding="utf-8"))
    infrastructure = coded(
        geography, table("observations/digital_infrastructure").dropna(subset=["value", "year"])
    )
    infrastructure = infrastructure.assign(
        **{
            f: [titles[m][k] for m in infrastructure.measure]
            for f, k in (("title_en", "title_en"), ("title_vi", "title_vi"), ("unit_en", "unit"))
        }
    ).astype({"year": int})
    provinces = [u for u in reported if units.set_index("unit").role[u] == "place"]
    peers = [
        (
            u,
            provinces[(i + k) % len(provinces)],
            "same region" if k < 3 else "similar regional product per head",
        )
        for i, u in enumerate(reported)
        for k in range(1, 7)
        if provinces[(i + k) % len(provinces)] != u
    ]
    bases = {u: basis(evidence, leaves, u) for u in reported}
    tables = dict(
        units=units,
        members=pd.DataFrame(
            [(u, leaf) for u in units.unit for leaf in leaves(u)], columns=["unit", "leaf"]
        ),
        evidence=evidence,
        sources=cited(read_sources(DATA), read_publishers(DATA)).reset_index(),
        words=collection().words,
        quantiles=quantiles(reported, leaves),
        evidence_count=pd.DataFrame(bases.items(), columns=["unit", "evidence_level"]),
        targets=targets,
        attainment=attainment(targets, reported, leaves, chances),
        peers=pd.DataFrame(peers, columns=["unit", "peer", "reason"]),
        infrastructure=infrastructure,
        gap=pd.DataFrame(
            [(NOW, 12847.6, 12780.7, 66.9, 0.52)],
            columns=["year", "gdp", "grdp_sum", "gap", "gap_percent"],
        ),
    )
    tables |= standing()
    tables |= summarised(tables, bases) | dict(aliases=aliases(geography))
    tables |= what_if(tables)
    manifest = dict(
        roles=read_catalogue(DATA).roles,
        id="2026-10-01",
        as_of="2026-10-01",
        first_year=2019,
        last_year=LAST,
        draws=2000,
        default_model="latent_share",
        base_year=2025,
        locale=dict(
            milestone=MILESTONE,
            redrawn="2025-07-01",
            currency=dict(en="VND", vi="đồng"),
            defined_by=dict(en="Decree 94/2022/NĐ-CP", vi="Nghị định 94/2022/NĐ-CP"),
        ),
        versions=dict(digitransform="0.1.0"),
        settings=dict(languages="('vi', 'en')"),
    )
    return tables, manifest
