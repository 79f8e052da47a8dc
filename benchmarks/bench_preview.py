"""What a preview that watches does after a figure was saved: a small edition and one page, in forks
of a process that has loaded the libraries. Limit: 8 s of processor time.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
import resource
import shutil
import sys
import tempfile
from pathlib import Path

import digitransform as dt
from digitransform.publish.build import find_template, warm_up
from digitransform.publish.preview import compute_fresh, prepare, render_fresh

LIMIT_CPU = 8
ROOT = Path(__file__).resolve().parents[1]
DRAWS = "200"  # as many as the command asks for


def spent(function, *arguments) -> float:
    "Seconds of the processor that the forks of a call take."
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    function(*arguments)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    template = find_template(ROOT)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = Path(shutil.copytree(ROOT / "data", folder / "data"))
        settings = dt.read_settings(ROOT / "settings.ini", data=str(data), draws=DRAWS)
        dt.edition.example_edition().save(folder / "edition")
        warm_up(template, folder, draw=False)
        prepare(settings)
        computed = spent(compute_fresh, settings, folder)
        shown = spent(render_fresh, folder, "Bắc Ninh", "vi", template)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    took = f"edition of {DRAWS} draws {computed:.1f} s of a processor, page {shown:.1f} s"
    print(f"{took}, {peak:.0f} MB; limit {LIMIT_CPU} s for both")
    return int(computed + shown > LIMIT_CPU)


if __name__ == "__main__":
    sys.exit(main())
