"""Make the edition of the collection in one process and in two, and ask whether the saved one
still holds: limits 20 s of processor time, 12 s on 2 quiet cores, 1 s for the question; the
tables must be the same to the byte.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT_CPU = 20
LIMIT_SECONDS = 12
LIMIT_QUESTION = 1.0
LIMIT_MB = 1024
LIMIT_RATIO = 0.9
MAKE = (
    "import sys; from dataclasses import replace; from digitransform.edition.edition import"
    " make_edition; from digitransform.data.collection import collection;"
    " from digitransform.publish.settings import read_settings; settings = read_settings();"
    " settings = replace(settings, jobs=int(sys.argv[1]));"
    " make_edition(collection(settings.data), settings).save(sys.argv[2])"
)
ASK = (
    "from digitransform.edition.provenance import edition_fingerprint; from"
    " digitransform.publish.settings import read_settings; edition_fingerprint(read_settings())"
)


def spent(code: str, *arguments) -> tuple:
    "Seconds on the clock and of the processor that a fresh interpreter takes."
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], check=True, cwd=Path(__file__).parent
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (
        time.perf_counter() - began,
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    )


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        times = {jobs: spent(MAKE, jobs, Path(folder) / str(jobs)) for jobs in (1, 2)}
        tables = [
            json.loads((Path(folder) / str(jobs) / "manifest.json").read_text(encoding="utf-8"))[
                "tables"
            ]
            for jobs in times
        ]
        size = sum(p.stat().st_size for p in (Path(folder) / "1").iterdir()) / 1e6
    question = min((spent(ASK) for _ in range(3)), key=lambda t: t[1])
    same = tables[0] == tables[1]
    ratio = times[2][0] / times[1][0]
    cores = os.cpu_count() or 1
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    quiet = sum(os.getloadavg()[:1]) < cores + 1
    print(
        f"edition: 1 process {times[1][0]:.1f} s (processor {times[1][1]:.1f} s), 2 processes"
        f" {times[2][0]:.1f} s (processor {times[2][1]:.1f} s): ratio {ratio:.2f} (limit"
        f" {LIMIT_RATIO}); limits {LIMIT_SECONDS} s on 2 quiet"
        f" cores{'' if quiet else ' (this machine is not)'}, processor {LIMIT_CPU} s; tables"
        f" {'the same' if same else 'DIFFER'}; {size:.0f} MB on disk; peak {peak:.0f} MB (limit"
        f" {LIMIT_MB} MB)"
    )
    print(
        f"is the saved edition still valid? processor {question[1]:.2f} s (limit {LIMIT_QUESTION}"
        " s), with the start of Python"
    )
    slow = cores > 1 and quiet and (ratio > LIMIT_RATIO or times[2][0] > LIMIT_SECONDS)
    return int(
        not same
        or slow
        or times[1][1] > LIMIT_CPU
        or question[1] > LIMIT_QUESTION
        or peak > LIMIT_MB
    )


if __name__ == "__main__":
    sys.exit(main())
