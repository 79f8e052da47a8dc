"""What a preview that watches does after a figure was saved: a small edition and one page, in forks
of a process that has loaded the libraries. A figure of the share, of infrastructure and of GRDP is
changed in turn. Limit: 3 s of processor time after each.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
import csv
import resource
import shutil
import sys
import tempfile
from pathlib import Path

import digitransform as dt
from digitransform.publish.build import find_template, warm_up
from digitransform.publish.preview import compute_fresh, prepare, render_fresh

LIMIT_CPU = 3
ROOT = Path(__file__).resolve().parents[1]
DRAWS = "200"  # as many as the command asks for


def spent(function, *arguments) -> float:
    "Seconds of the processor that the forks of a call take."
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    function(*arguments)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


CHANGED = ("digital_share", "digital_infrastructure", "grdp")  # tables of a figure each


def change(table: Path) -> None:
    "Change the last digit of the first figure with decimals in a table."
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    at = lines[0].rstrip().split(",").index("value")
    for i, line in enumerate(lines[1:], 1):
        cells = next(csv.reader([line.rstrip("\n")]))
        value = cells[at]
        if "." in value:
            digit = "1" if value[-1] != "1" else "2"
            lines[i] = line.replace(f",{value},", f",{value[:-1]}{digit},", 1)
            break
    table.write_text("".join(lines), encoding="utf-8")


def main() -> int:
    template = find_template(ROOT)
    slowest = 0.0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = Path(shutil.copytree(ROOT / "data", folder / "data"))
        settings = dt.read_settings(ROOT / "settings.ini", data=str(data), draws=DRAWS)
        first = spent(compute_fresh, settings, folder)
        print(f"first edition of {DRAWS} draws, whole: {first:.1f} s of a processor")
        warm_up(template, folder, draw=False)
        prepare(settings)
        for concept in CHANGED:
            change(data / "observations" / f"{concept}.csv")
            computed = spent(compute_fresh, settings, folder)
            shown = spent(render_fresh, folder, "Bắc Ninh", "vi", template)
            slowest = max(slowest, computed + shown)
            print(f"{concept}: edition {computed:.1f} s, page {shown:.1f} s")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"slowest {slowest:.1f} s, {peak:.0f} MB; limit {LIMIT_CPU} s for edition and page")
    return int(slowest > LIMIT_CPU)


if __name__ == "__main__":
    sys.exit(main())
