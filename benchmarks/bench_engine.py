"""The engine against papermill's own loop over the 90 report notebooks, on a sample of them.

At least 12 times faster, overhead beyond the cells' own time at most 10 % of it.
"""

import argparse
import contextlib
import gc
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

import papermill

from digitransform.data.collection import collection
from digitransform.edition.edition import make_edition
from digitransform.publish import shell as process
from digitransform.publish.build import warm_up
from digitransform.publish.settings import read_settings

SAMPLE = [("VN", "vi"), ("34-24", "en"), ("34-96", "vi")]
NOTEBOOKS = 90
LEAST_RATIO = 12
MOST_OVERHEAD = 0.10
ROOT = Path(__file__).resolve().parent.parent


def used() -> float:
    "Seconds of processor time of this process and of the children that have ended."
    return sum(
        r.ru_utime + r.ru_stime
        for r in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def timed(work) -> tuple:
    wall = time.perf_counter()
    cpu = used()
    return work(), time.perf_counter() - wall, used() - cpu


@contextlib.contextmanager
def cells_timed(folder):
    """A function that tells the processor time all cells have taken in forked processes since it
    was last asked, in seconds.
    """
    run = process._Shell.record_cell
    path = Path(folder) / "cells"
    read = 0

    def run_and_note(shell, source):
        began = time.process_time()
        try:
            return run(shell, source)
        finally:
            with open(path, "a") as file:
                file.write(f"{time.process_time() - began}\n")

    def asked():
        nonlocal read
        lines = path.read_text().split()
        new = lines[read:]
        read = len(lines)
        return sum(map(float, new))

    process._Shell.record_cell = run_and_note
    try:
        yield asked
    finally:
        process._Shell.record_cell = run


def parameters(edition, unit, language) -> dict:
    return dict(edition=str(edition), unit=unit, language=language)


def with_papermills_loop(template, edition, out, unit, language):
    "One turn of a shell's loop over `papermill template out -p …`."
    given = [
        word
        for name, value in parameters(edition, unit, language).items()
        for word in ("-p", name, value)
    ]
    subprocess.run(
        [sys.executable, "-m", "papermill", "--no-progress-bar", str(template), str(out), *given],
        check=True,
        capture_output=True,
    )


def with_the_engine(template, edition, out, unit, language):
    return papermill.execute_notebook(
        template,
        out,
        parameters(edition, unit, language),
        engine_name="digitransform",
        progress_bar=False,
        request_save_on_cell_execute=False,
    )


def main(edition=None, template=ROOT / "reports" / "unit.ipynb", turns: int = 4) -> int:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.ipynb"
        if edition is None:
            make_edition(collection(ROOT / "data"), read_settings(ROOT / "settings.ini")).save(
                edition := Path(folder) / "edition"
            )
        _, loop_wall, loop_cpu = middle(
            [timed(partial(with_papermills_loop, template, edition, out, *who)) for who in SAMPLE]
        )
        _, warm_wall, warm_cpu = timed(lambda: warm_up(template, Path(edition).parent))
        gc.collect(), gc.freeze()  # as in the publisher's processes
        with cells_timed(folder) as in_cells:
            rows = [
                (*timed(partial(with_the_engine, template, edition, out, *who)), in_cells())
                for _ in range(turns)
                for who in SAMPLE
            ]
        both = together(template, edition, Path(folder), turns)
    _, wall, cpu = middle(rows)
    cells = median(r[3] for r in rows)
    beyond = median(r[2] - r[3] for r in rows)
    ratios = [
        NOTEBOOKS * loop / (once + NOTEBOOKS * each)
        for loop, once, each in (
            (loop_wall, warm_wall, both),
            (loop_wall, warm_wall, wall),
            (loop_cpu, warm_cpu, cpu),
        )
    ]
    print(
        f"papermill's loop: {loop_wall:.2f} s a notebook ({loop_cpu:.2f} s of processor),"
        f" {NOTEBOOKS} notebooks {NOTEBOOKS * loop_wall:.0f} s"
    )
    print(
        f"the engine: prepare {warm_wall:.2f} s, then {wall:.3f} s a notebook ({cpu:.3f} s of"
        f" processor), two at a time {both:.3f} s; {NOTEBOOKS} notebooks"
        f" {warm_wall + NOTEBOOKS * both:.0f} s"
    )
    print(
        "faster: {:.1f} times two at a time, {:.1f} times one by one, {:.1f} times in processor"
        " time".format(*ratios),
        f"(limit {LEAST_RATIO} times, two at a time)",
    )
    print(
        f"processor time: cells {cells:.3f} s, beyond them {1000 * beyond:.0f} ms ="
        f" {beyond / cells:.1%} (limit {MOST_OVERHEAD:.0%})"
    )
    return int(ratios[0] < LEAST_RATIO or beyond / cells > MOST_OVERHEAD)


def middle(rows) -> tuple:
    "Column medians of (result, seconds, seconds of processor); no result."
    return None, median(r[1] for r in rows), median(r[2] for r in rows)


def together(template, edition, folder, turns: int) -> float:
    """Seconds a notebook when two processes work through the sample at the same time, as on two
    processors.
    """

    def work(number):
        for _ in range(turns):
            for who in SAMPLE:
                with_the_engine(template, edition, folder / f"out{number}.ipynb", *who)

    fork = multiprocessing.get_context("fork")
    began = time.perf_counter()
    workers = [fork.Process(target=work, args=(n,)) for n in range(2)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    if any(w.exitcode for w in workers):
        raise SystemExit("a worker failed")
    return (time.perf_counter() - began) / (2 * turns * len(SAMPLE))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--edition", help="folder `edition` of a saved edition; without it, one is made"
    )
    parser.add_argument("--template", default=ROOT / "reports" / "unit.ipynb")
    sys.exit(main(**vars(parser.parse_args())))
