"""Judge the default of a back-test on shares that had no say in it.

Eighteen sectors of American states, in the order of their names: the first, the third and so on
taught the rule of the combination, from origins up to 2009; the others judge it, since 2011.
Panels of 10, 20 and 51 states with 8, 12 and 20 years of history, five years ahead.
`bench_default.py training` does the same on the sectors that taught.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
import sys
import time
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from digitransform.data.tables import read_table
from digitransform.evaluation.backtest import backtest, scores

DATA = Path(__file__).resolve().parents[1] / "data"
HORIZON = 5
SIZES = (10, 20, 51)
TRAINING = ((2004, 8), (2006, 8), (2008, 8), (2009, 8), (2008, 12), (2009, 12))
TEST_ORIGINS = (2011, 2013, 2016)
MOST = dict(mean=1.02, worst=1.10)  # absolute error of the default over that of the last figure
HELD = {"80": (76, 90), "95": (93, 98.5)}


class Case(NamedTuple):
    "One panel: a sector, so many states, an origin, and years known at it."

    sector: str
    states: int
    origin: int
    history: int


def sectors(part: str) -> list[str]:
    "Names of the sectors that taught ('training') or judge ('test')."
    names = sorted(read_table(DATA, "analogues/us_state_sectors").definition.unique())
    return names[::2] if part == "training" else names[1::2]


def cases(part: str) -> list[Case]:
    "The panels of a part; the origin of short histories goes round by sector in the test."
    made = []
    for i, sector in enumerate(sectors(part)):
        turn = TEST_ORIGINS[i % 3]
        when = TRAINING if part == "training" else ((turn, 8), (turn, 12), (2016, 20))
        sizes = (10, 51) if part == "training" else SIZES
        made += [Case(sector, n, *pair) for n in sizes for pair in when]
    return made


def panel(table: pd.DataFrame, names: list[str], case: Case) -> pd.DataFrame:
    "Unit, year, value of one case; states are drawn by chance, those with a zero left out."
    own = table[(table.definition == case.sector) & (table.level == "state")]
    units = sorted(own.unit.unique())
    if case.states < len(units):
        rng = np.random.default_rng([names.index(case.sector), case.states])
        chosen = np.sort(rng.choice(len(units), case.states, replace=False))
        units = [units[i] for i in chosen]
    shown = own.year.between(case.origin - case.history + 1, case.origin + HORIZON)
    own = own[shown & own.unit.isin(units)]
    positive = own.groupby("unit").value.transform("min") > 0
    return own.loc[positive, ["unit", "year", "value"]].astype({"year": int})


def judged(table: pd.DataFrame, names: list[str], case: Case) -> pd.DataFrame:
    "Scores of every model on one panel, errors as multiples of the last figure's."
    result = backtest(panel(table, names, case), horizon=HORIZON, draws=400, seed=2026)
    found = scores(result)
    wanted = found[["mae", "mase", "crps", "80", "95"]].assign(**case._asdict())
    wanted["over_naive"] = found.mae / found.mae["naive"]
    wanted["crps_over_naive"] = found.crps / found.crps["naive"]
    return wanted.reset_index()


def summary(found: pd.DataFrame, by: str) -> pd.DataFrame:
    "Means over panels, and the worst panel."
    groups = found.groupby(by)
    means = groups[["over_naive", "mase", "crps_over_naive", "80", "95"]].mean()
    means.insert(1, "worst", groups.over_naive.max())
    return means.round(3)


def main(part: str = "test") -> int:
    warnings.simplefilter("ignore")
    table = read_table(DATA, "analogues/us_state_sectors")
    names = sorted(table.definition.unique())
    began = time.process_time()
    found = pd.concat([judged(table, names, case) for case in cases(part)], ignore_index=True)
    took = time.process_time() - began
    ours = found[found.model == "combination"]
    n = len(ours)
    print(summary(found, "model").sort_values("crps_over_naive").to_string())
    for by in ("states", "history", "origin", "sector"):
        print(summary(ours, by).to_string())
    mean, worst = ours.over_naive.mean(), ours.over_naive.max()
    held = {level: ours[level].mean() for level in HELD}
    print(
        f"default: {n} panels, {took:.0f} s of processor time; absolute error {mean:.3f} of the "
        f"last figure's (limit {MOST['mean']}), worst panel {worst:.2f} (limit {MOST['worst']}); "
        + "; ".join(
            f"{k} % held {held[k]:.1f} (limits {low}, {high})" for k, (low, high) in HELD.items()
        )
    )
    outside = any(not low <= held[k] <= high for k, (low, high) in HELD.items())
    return int(mean > MOST["mean"] or worst > MOST["worst"] or outside)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
