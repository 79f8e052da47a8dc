"""Load: readers while everything is published, a hundred editions kept, a hundred times the data.

Everything happens on copies in a scratch folder. Seconds are those of the machine at hand, with
whatever else it does, so processor seconds stand beside them. Names of parts may be given to run
only those: readers editions data.

`python benchmarks/load.py --write docs/faults.md`
"""

import argparse
import csv
import hashlib
import http.client
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from fault_runs import CHANGED, write_table  # noqa: E402
from fictional import SHOW, write_fictional, write_template  # noqa: E402

READERS = 50
EDITIONS = 100
TIMES = 100
PAUSE = 0.05  # seconds a reader waits between two files
DAY = "2026-11-22"
COUNTS = ("_bands", "_ranks")  # of places: two releases of one day would contradict each other


class Rows(list):
    "The rows of the table, each told as soon as it is known."

    def add(self, what: str, *values: str) -> None:
        self.append((what, " · ".join(values)))
        print(f"{what}: {self[-1][1]}", flush=True)


def timed(folder: Path, *words: str, codes: tuple[int, ...] = (0,)) -> tuple[float, float, float]:
    "A command's seconds on the clock, seconds of a processor, and peak memory in MB."
    began = time.monotonic()
    code = "import sys; from digitransform.publish.cli import main; sys.exit(main(sys.argv[1:]))"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said = process.stdout.read().decode(errors="replace")
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in codes:
        sys.exit(f"{' '.join(words)} ended with {process.returncode}\n{said[-2000:]}")
    seconds = time.monotonic() - began
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def in_words(seconds: float, processor: float, megabytes: float) -> tuple[str, str]:
    return f"{seconds:.1f} s ({processor:.1f} s of a processor)", f"{megabytes:.0f} MB"


# Readers


class Readers:
    "Threads that read pages of a published folder, as files and over HTTP, until they are stopped."

    def __init__(self, out: Path, port: int):
        self.out = out
        self.port = port
        self.pages = [p.relative_to(out).as_posix() for p in sorted(out.rglob("*.html"))]
        self.pages = [page for page in self.pages if "/." not in f"/{page}"]
        self.seen: dict[str, set[str]] = {page: set() for page in self.pages}
        self.missing: Counter = Counter()
        self.waited: list[float] = []
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self.read, args=(i,)) for i in range(READERS)]

    def read(self, number: int) -> None:
        "The life of a reader; every other one reads over HTTP."
        chance = random.Random(number)
        get = self.over_http if number % 2 else self.as_file
        while not self.stop.is_set():
            page = chance.choice(self.pages)
            began = time.monotonic()
            try:
                content = get(page)
            except OSError as error:
                self.missing[f"{page}: {error}"] += 1
                continue
            self.waited.append(time.monotonic() - began)
            self.seen[page].add(hashlib.sha256(content).hexdigest())
            time.sleep(PAUSE)

    def as_file(self, page: str) -> bytes:
        return (self.out / page).read_bytes()

    def over_http(self, page: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", f"/{page}")
            answer = connection.getresponse()
            if answer.status != 200:
                raise OSError(f"status {answer.status}")
            return answer.read()
        except http.client.HTTPException as error:
            raise OSError(repr(error)) from None
        finally:
            connection.close()


@contextmanager
def served(out: Path):
    "Python's own web server on a folder; its port."
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    silence = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    process = subprocess.Popen(words, cwd=out, **silence)
    try:
        for _ in range(200):
            with socket.socket() as knock:
                if not knock.connect_ex(("127.0.0.1", port)):
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()


def digests(out: Path) -> dict[str, str]:
    "Path → SHA-256 of every page below `out`."
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in out.rglob("*.html")
    }


def with_readers(scratch: Path, rows: Rows) -> bool:
    "Everything is published anew while readers read; whether all went well."
    folder = scratch / "readers"
    shutil.copytree(ROOT / "data", folder / "data")
    write_template(folder / "reports" / "unit.ipynb", SHOW)
    settings = "[collection]\ndraws = 200\nlanguages = vi\nformats = html\n"
    (folder / "settings.ini").write_text(f"{settings}as_of = {DAY}\n", encoding="utf-8")
    first = timed(folder, "publish")
    rows.add("45 places in Vietnamese from a short template, with their edition", *in_words(*first))
    proof = timed(folder, "verify", DAY)
    rows.add("the same verified", *in_words(*proof))
    times = proof[1] / first[1]
    rows.add("verification over publication", f"{times:.2f} times the processor")
    write_template(folder / "reports" / "unit.ipynb", SHOW, CHANGED)
    out = folder / "reports"
    before = digests(out)
    with served(out) as port:
        readers = Readers(out, port)
        for thread in readers.threads:
            thread.start()
        took = timed(folder, "publish")
        readers.stop.set()
        for thread in readers.threads:
            thread.join()
    after = digests(out)
    torn = [
        page for page, seen in readers.seen.items() if seen - {before.get(page), after.get(page)}
    ]
    rows.add(f"all reports anew while {READERS} readers read", *in_words(*took))
    changed = sum(before[page] != after[page] for page in before)
    late = statistics.quantiles(readers.waited, n=100)
    rows.add(
        "what they read",
        f"{len(readers.waited):,} pages of {len(readers.pages)}, {changed} of which changed",
        f"{len(torn)} torn, {sum(readers.missing.values())} not found",
        f"half within {late[49] * 1000:.0f} ms, 99 % within {late[98] * 1000:.0f} ms",
    )
    for text in [*torn[:3], *list(readers.missing)[:3]]:
        print(text)
    return not torn and not readers.missing and times <= 2


# Editions


def many_editions(scratch: Path, rows: Rows) -> bool:
    "A hundred editions of a fictional country side by side; whether the times are in order."
    folder = scratch / "editions"
    write_fictional(folder / "data")
    write_template(folder / "reports" / "unit.ipynb", SHOW)
    settings = "[collection]\ndraws = 100\nlanguages = en\nformats = html\noutput = site\n"
    (folder / "settings.ini").write_text(f"{settings}as_of = 2026-10-01\n", encoding="utf-8")
    one = timed(folder, "publish")
    rows.add("one edition of the fictional country", *in_words(*one), size(folder / "site"))
    few = timed(folder, "status")
    for number in range(1, EDITIONS):
        copy_edition(folder / "site" / "2026-10-01", 2026 * 12 + 8 - number)
    rows.add(f"{EDITIONS} editions", size(folder / "site"))
    rows.add("`status` with one edition", *in_words(*few))
    many = timed(folder, "status", codes=(1,))  # the page of changes has an edition before it now
    rows.add(f"`status` with {EDITIONS}", *in_words(*many))
    rows.add("pages around them (landing page, feed, permalinks)", *around(folder / "site"))
    write_template(folder / "reports" / "unit.ipynb", SHOW, CHANGED)
    rows.add("all reports anew beside them", *in_words(*timed(folder, "publish")))
    rows.add("`prune --dry-run`", *in_words(*timed(folder, "prune", "--dry-run")))
    rows.add("`prune`", *in_words(*timed(folder, "prune")), size(folder / "site"))
    return many[1] <= few[1] + 2


def copy_edition(source: Path, month: int) -> None:
    "The edition in the folder `source` again, as if of the first of a `month` since year 0."
    day = f"{month // 12}-{month % 12 + 1:02}-01"
    copy = source.with_name(day)
    shutil.copytree(source, copy)
    path = copy / "edition" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest |= dict(id=day, as_of=day, key=hashlib.sha256(day.encode()).hexdigest())
    path.write_text(json.dumps(manifest), encoding="utf-8")


def around(site: Path) -> tuple[str, str]:
    "What the pages around the editions take, in this process."
    from digitransform.report.site import write_site

    write_site(site)
    (site / "index.html").unlink()
    began = time.process_time()
    write_site(site)
    took = time.process_time() - began
    feed = (site / "feed.en.xml").stat().st_size
    return f"{took:.2f} s of a processor", f"feed of {feed / 1000:.0f} kB"


def size(folder: Path) -> str:
    used = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return f"{used / 1e6:.1f} MB"


# Data


def much_data(scratch: Path, rows: Rows) -> bool:
    "A hundred times the rows of observations; whether time and memory are in order."
    ours, theirs = ({}, {})
    for times, found in ((1, ours), (TIMES, theirs)):
        folder = scratch / f"data-{times}"
        shutil.copytree(ROOT / "data", folder / "data")
        tables = (folder / "data/observations").glob("*.csv")
        count = sum(repeat(path, times) for path in tables if not path.stem.endswith(COUNTS))
        (folder / "reports").mkdir()
        shutil.copy(ROOT / "reports" / "unit.ipynb", folder / "reports")
        settings = "[collection]\ndraws = 200\nlanguages = vi\nformats = html\n"
        (folder / "settings.ini").write_text(f"{settings}as_of = {DAY}\n", encoding="utf-8")
        name = f"{count:,} rows of observations"
        found["check"] = timed(folder, "check")
        rows.add(f"`check` of {name}", *in_words(*found["check"]), size(folder / "data"))
        found["publish"] = timed(folder, "publish", "--unit", "Bắc Ninh")
        rows.add(f"one place published from {name}", *in_words(*found["publish"]))
    longer = theirs["check"][1] / ours["check"][1]
    rows.add("`check` takes longer", f"{longer:.0f} times for {TIMES} times the rows")
    return longer <= 2 * TIMES


def repeat(path: Path, times: int) -> int:
    """Repeat the rows of a table of observations as releases of the same figures on other days.

    Returns the number of rows that it has then.
    """
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    more = [row | dict(published=day) for row in rows for day in other_days(row, times - 1)]
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, rows[0], lineterminator="\n")
        out.writeheader()
        out.writerows(rows + more)
    return len(rows) + len(more)


def other_days(row: dict, number: int) -> list[str]:
    "So many days after that on which a row was published; before it, if they would be future."
    said = row["published"] or f"{int(row['year']) + 1}"
    first = date.fromisoformat(said + "-01-01"[len(said) - 4 :])
    last = date.fromisoformat(DAY)
    step = 1 if first + timedelta(days=number) <= last else -1
    return [(first + timedelta(days=step * n)).isoformat() for n in range(1, number + 1)]


PARTS = dict(readers=with_readers, editions=many_editions, data=much_data)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help="readers, editions, data; all by default")
    parser.add_argument("--write", type=Path, help="page whose tables are written anew")
    args = parser.parse_args()
    good = True
    for name in args.parts or PARTS:
        rows = Rows()
        with tempfile.TemporaryDirectory() as scratch:
            good &= PARTS[name](Path(scratch), rows)
        lines = ["| what | measured |", "|---|---|", *(f"| {a} | {b} |" for a, b in rows)]
        if args.write:
            write_table("\n".join(lines) + "\n", args.write, f"load, {name}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
