"""Fit `latent_share` to all evidence and draw 2,000 share of every unit, reconciled.

Limit 10 s and 1 GB on 2 cores.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
import resource
import sys
import time
from pathlib import Path

from digitransform.data.collection import collection
from digitransform.evaluation.reconciliation import reconcile
from digitransform.models.candidates import candidates
from digitransform.models.contract import forecast, model
from digitransform.models.grdp import forecast_grdp

LIMIT_SECONDS = 10
LIMIT_MB = 1024
info = collection(Path(__file__).parents[1] / "data").as_of()
specification = candidates(info)["latent_share"]
import statsmodels.api  # noqa: F401  its import is not what is measured

began = time.perf_counter()
fits = model(info, latent_share=specification)
fitted = time.perf_counter()
share = forecast(fits, 2019, 2035, draws=2000, seed=2026)
drawn = time.perf_counter()
economy = reconcile(share, forecast_grdp(info, 2019, 2035, draws=2000, seed=2026), info.geography)
done = time.perf_counter()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(
    f"latent_share: fit {fitted - began:.1f} s, draw {drawn - fitted:.1f} s (limit for both"
    f" {LIMIT_SECONDS} s); grdp and reconciliation of {len(economy.share.units)} units"
    f" {done - drawn:.1f} s; peak {peak:.0f} MB (limit {LIMIT_MB} MB)"
)
sys.exit(int(drawn - began > LIMIT_SECONDS or peak > LIMIT_MB))
