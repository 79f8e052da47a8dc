"""Publishing: the whole of it cold, against papermill in a loop.

Nothing changed; one template edited; one figure added; 3,321 communes; two Dask workers against
one.

Everything runs on a copy of the collection in a scratch folder. Names of parts may be given to
run only those: cold loop nothing template figure communes cluster. `everywhere`, the pages of
all 3,321 communes in both languages, takes more than half an hour and runs only when it is
named.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
import contextlib
import csv
import json
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FORMATS = "html,pdf,docx,xlsx"
LIMITS = dict(
    cold=60.0,
    loop=12.0,
    nothing=1.5,
    template=5.0,
    communes=1.10,
    memory=1024.0,
    growth=1.10,
    cluster=1.7,
)
failed = []


def judge(what: str, value: float, limit: float, unit: str, at_most: bool = True) -> None:
    good = value <= limit if at_most else value >= limit
    if not good:
        failed.append(what)
    print(
        f"{what}: {value:.2f} {unit} ({'at most' if at_most else 'at least'} {limit:g}:"
        f" {'met' if good else 'NOT MET'})",
        flush=True,
    )


def timed(*words, cwd, check=True):
    "Wall seconds, CPU seconds of the command and all its children, and its output."
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run([str(w) for w in words], cwd=cwd, capture_output=True, text=True)
    took = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if check and done.returncode:
        sys.exit(
            f"{' '.join(map(str, words))} ended with"
            f" {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
    return (
        took,
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        done.stdout + done.stderr,
    )


def publish(folder, *words):
    return timed(
        sys.executable,
        "-c",
        "import sys; from digitransform.publish.cli import main; sys.exit(main(sys.argv[1:]))",
        "publish",
        "--format",
        FORMATS,
        *words,
        cwd=folder,
    )


def collection(scratch: Path) -> Path:
    folder = scratch / "collection"
    shutil.copytree(ROOT / "data", folder / "data")
    (folder / "reports").mkdir()
    shutil.copy(ROOT / "reports" / "unit.ipynb", folder / "reports")
    shutil.copy(ROOT / "settings.ini", folder)
    return folder


def files(folder: Path) -> dict:
    return {p: p.stat().st_mtime_ns for p in folder.rglob("*") if p.is_file()}


def cold(folder: Path) -> float:
    took, cpu, said = publish(folder)
    judge(
        "whole publication, cold (edition, 45 places, 2 languages, HTML, PDF, DOCX, XLSX)",
        took,
        LIMITS["cold"],
        "s",
    )
    print(f"  CPU {cpu:.0f} s; {said.strip().splitlines()[-1]}")
    return took


def loop(folder: Path, whole: float, sample: int = 3) -> None:
    """papermill's own command line, one kernel a notebook, no documents.

    A sample of the 90, against the whole publication with documents and edition.
    """
    edition = next((folder / "reports").glob("*/edition"))
    units = [("VN", "vi"), ("34-24", "en"), ("34-01", "vi"), ("34-08", "en"), ("34-19", "vi")][
        :sample
    ]
    took = [
        timed(
            sys.executable,
            "-m",
            "papermill",
            folder / "reports/unit.ipynb",
            folder / f"loop-{unit}.ipynb",
            "-p",
            "edition",
            edition,
            "-p",
            "unit",
            unit,
            "-p",
            "language",
            language,
            "--no-progress-bar",
            cwd=folder,
        )[0]
        for unit, language in units
    ]
    each = sum(took) / len(took)
    print(
        f"papermill in a loop: {each:.2f} s a notebook (n = {len(took)}), so {90 * each:.0f} s"
        " for 90"
    )
    judge(
        "papermill in a loop, notebooks only, over the whole publication",
        90 * each / whole,
        LIMITS["loop"],
        "times",
        at_most=False,
    )


def nothing(folder: Path) -> None:
    before = files(folder)
    took = min(publish(folder)[0] for _ in range(3))
    judge("nothing changed (best of 3)", took, LIMITS["nothing"], "s")
    judge(
        "files touched when nothing changed",
        sum(files(folder).get(p) != t for p, t in before.items())
        + len(files(folder))
        - len(before),
        0,
        "files",
    )


def template(folder: Path) -> None:
    path = folder / "reports" / "unit.ipynb"
    nb = json.loads(path.read_text(encoding="utf-8"))
    nb["cells"].append(dict(cell_type="markdown", id="edited", metadata={}, source=["Edited."]))
    path.write_text(json.dumps(nb), encoding="utf-8")
    page = next((folder / "reports").glob("*/notebooks/vi/bac-ninh.ipynb"))
    before = page.read_bytes()
    took, cpu, said = publish(folder, "--unit", "Bắc Ninh", "--language", "vi")
    assert page.read_bytes() != before
    judge(
        "one place after its template was edited, all formats, one language",
        took,
        LIMITS["template"],
        "s",
    )
    print(f"  CPU {cpu:.1f} s; {said.strip().splitlines()[-1]}")
    publish(folder)


def figure(folder: Path) -> None:
    "A figure that the model does not use, for one province; then one that it does."
    for table, row in (
        (
            "digital_infrastructure",
            dict(
                unit="Cao Bằng",
                map="34",
                year="2025",
                measure="bts_5g",
                value="311",
                source="s0124",
                published="2025-11-15",
                preliminary="false",
                uncertain="false",
            ),
        ),
        (
            "digital_share",
            dict(
                unit="Cao Bằng",
                map="34",
                year="2025",
                measure="self_reported",
                value="8.4",
                source="s0124",
                published="2026-02-01",
                preliminary="true",
                uncertain="false",
            ),
        ),
    ):
        path = folder / "data/observations" / f"{table}.csv"
        header = next(csv.reader(path.open(encoding="utf-8")))
        with path.open("a", encoding="utf-8", newline="") as file:
            csv.DictWriter(file, header).writerow(row)
        took, _, said = publish(folder)
        print(f"one figure added to {table}.csv: {took:.1f} s; {said.strip().splitlines()[-1]}")


def per_report(edition: Path, out: Path, units: list, formats: tuple) -> tuple:
    """Wall seconds a report of publishing `units` in both languages with two processes, and the
    publishing process's peak memory in MB.
    """
    code = (
        "import json, resource, sys, time; from digitransform.publish.run import publish; from"
        " digitransform.edition.edition import Edition; e = Edition.load(sys.argv[1]); began ="
        " time.perf_counter()\nr = publish(e, json.loads(sys.argv[3]), ('vi', 'en'),"
        " tuple(sys.argv[4].split(',')), 2, sys.argv[2], progress=False)\nreports = sum(name not in"
        " ('overview', 'comparison', 'changes', 'results') for name, _ in"
        " r.made)\nprint(json.dumps([time.perf_counter() - began, reports,"
        " resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, len(r.failures)]))"
    )
    _, _, said = timed(
        sys.executable,
        "-c",
        code,
        edition,
        out,
        json.dumps(units),
        ",".join(formats),
        cwd=out.parent,
    )
    seconds, reports, peak, bad = json.loads(said.strip().splitlines()[-1])
    assert not bad, said
    return seconds / reports, peak, reports


def communes(folder: Path, scratch: Path) -> None:
    from communes import country_of_communes

    from digitransform.edition.edition import Edition

    small = next((folder / "reports").glob("*/edition"))
    large = country_of_communes(Edition.load(small)).save(scratch / "communes" / "edition")

    def names(folder):
        return list(Edition.load(folder).units.query("reported and level == 'province'").slug)

    few = names(small)[:34]
    many = names(large)[:136]
    for out in ("few", "many"):
        (scratch / out).mkdir()
    base, _, n = per_report(small, scratch / "few", few, ("html",))
    each, peak, m = per_report(large, scratch / "many", many, ("html",))
    print(
        f"a report and its share of the pages of the site: {base * 1000:.0f} ms of 45 places (n ="
        f" {n}), {each * 1000:.0f} ms of 3,321 communes (n = {m})"
    )
    judge(
        "time per report, 3,321 communes over 45 places", each / base, LIMITS["communes"], "times"
    )
    judge("peak memory of the publishing process, 3,321 communes", peak, LIMITS["memory"], "MB")


def everywhere(folder: Path, scratch: Path) -> None:
    """The whole country of communes, HTML, in one run.

    Every few seconds the publishing process is asked what it holds.
    """
    import psutil
    from communes import country_of_communes

    from digitransform.edition.edition import Edition

    large = country_of_communes(Edition.load(next((folder / "reports").glob("*/edition")))).save(
        scratch / "everywhere" / "edition"
    )
    (scratch / "all").mkdir()
    code = (
        "import sys; from digitransform.publish.run import publish; from"
        " digitransform.edition.edition import Edition; r = publish(Edition.load(sys.argv[1]),"
        " 'all', ('vi', 'en'), ('html',), 2, sys.argv[2], progress=False); print(r);"
        " sys.exit(r.exit_code)"
    )
    began = time.perf_counter()
    held = []
    run = subprocess.Popen([sys.executable, "-c", code, large, scratch / "all"], cwd=scratch)
    publisher = psutil.Process(run.pid)
    while run.poll() is None:
        time.sleep(5)
        pages = sum(1 for _ in (scratch / "all").glob("*/*/*.html"))
        with contextlib.suppress(psutil.NoSuchProcess):
            held.append(
                (
                    pages,
                    publisher.memory_info().rss / 2**20,
                    sum(
                        p.memory_full_info().pss
                        for p in [publisher, *publisher.children(recursive=True)]
                    )
                    / 2**20,
                )
            )
    pages = sum(1 for _ in (scratch / "all").glob("*/*/*.html"))
    took = time.perf_counter() - began
    if run.returncode:
        failed.append("all communes without a failed report")
    while_reporting = [h for h in held if h[0] > pages / 20]
    early, late = (
        max(rss for n, rss, _ in while_reporting if low * pages <= n <= high * pages)
        for low, high in ((0.05, 0.2), (0.8, 1))
    )
    print(
        f"all communes: {pages} pages in {took / 60:.0f} minutes, {took / pages * 1000:.0f} ms a"
        f" page; the publishing process and its children held at most {max(h[2] for h in held):.0f}"
        " MB together"
    )
    judge(
        "peak memory of the publishing process over all communes",
        max(h[1] for h in held),
        LIMITS["memory"],
        "MB",
    )
    judge(
        "memory of the publishing process after four fifths of the pages over that after a fifth",
        late / early,
        LIMITS["growth"],
        "times",
    )


def cluster(folder: Path, scratch: Path) -> None:
    edition = next((folder / "reports").glob("*/edition"))
    took = {}
    for workers in (1, 2):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        address = f"tcp://127.0.0.1:{port}"
        home = scratch / f"cluster-{workers}"
        home.mkdir()

        def start(*w, home=home):
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *map(str, w)],
                cwd=home,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

        running = [
            start("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard", "--no-show")
        ]
        running += [
            start(
                "worker",
                address,
                "--nthreads",
                1,
                "--no-nanny",
                "--no-dashboard",
                "--local-directory",
                home / f"w{i}",
            )
            for i in range(workers)
        ]
        code = (
            "import sys, time; from distributed import Client; c = Client(sys.argv[3],"
            " timeout='60s', set_as_default=False); c.wait_for_workers(int(sys.argv[4]));"
            " c.close()\nfrom digitransform.edition.edition import Edition; from"
            " digitransform.publish.run import publish; e = Edition.load(sys.argv[1])\ngo = lambda"
            " units, out: publish(e, units, ('vi', 'en'), ('html', 'pdf'), out=out,"
            " cluster=sys.argv[3], progress=False)\ngo(['VN', '34-01'], sys.argv[2] + '/warm');"
            " began = time.perf_counter(); r = go('all', sys.argv[2] + '/all'); print('took',"
            " time.perf_counter() - began, r.exit_code)"
        )
        try:
            _, _, said = timed(
                sys.executable, "-c", code, edition, home, address, workers, cwd=home
            )
        finally:
            for process in running:
                os.killpg(process.pid, signal.SIGKILL)
        _, seconds, bad = next(
            line for line in said.splitlines() if line.startswith("took ")
        ).split()
        assert bad == "0", said
        took[workers] = float(seconds)
        print(f"cluster of {workers}: {took[workers]:.1f} s")
    judge(
        "two Dask workers over one (warm, pages of the site made at home)",
        took[1] / took[2],
        LIMITS["cluster"],
        "times",
        at_most=False,
    )


def main(chosen) -> int:
    def wanted(part):
        return not chosen or part in chosen

    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        folder = collection(scratch)
        whole = cold(folder)
        if wanted("loop"):
            loop(folder, whole)
        if wanted("nothing"):
            nothing(folder)
        if wanted("template"):
            template(folder)
        if wanted("communes"):
            communes(folder, scratch)
        if "everywhere" in chosen:
            everywhere(folder, scratch)
        if wanted("cluster"):
            cluster(folder, scratch)
        if wanted("figure"):
            figure(folder)
    print(
        f"bench_publish: {'all limits are met' if not failed else 'not met: ' + '; '.join(failed)}"
    )
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
