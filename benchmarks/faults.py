"""Faults: what a publication and an edition leave behind when they are killed, stopped, have no
room on the disk, or find their folder damaged, deleted or in other hands.

A fictional country in a scratch folder is published, then changed (another template, another seed
or another day), and the run that publishes the change meets a fault. Afterwards each file must be
the old one or the new one, no process may be left after five seconds, a rerun must bring exactly
the new files and leave no part, no link may lead nowhere, and `verify` must prove them.

`python benchmarks/faults.py --kills 200 --seed 1 --log faults.jsonl`
`python benchmarks/faults.py --table faults.jsonl --write docs/faults.md`
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from fault_runs import (
    CHANGED,
    DAYS,
    ROOT,
    SHOW,
    Bench,
    Ended,
    Run,
    State,
    Strike,
    broken_links,
    command,
    contents,
    differing,
    error_line,
    last_line,
    leftovers,
    neither,
    orphans,
    prepare,
    write_table,
    write_template,
)

Wrong = list[str]


class Outcome(NamedTuple):
    "What came of a trial."

    code: int  # exit code of the run that met the fault
    wrong: Wrong
    met: bool | None = None  # whether the fault came before the run had ended, where it may not


# Killed and stopped


def struck(bench: Bench, chance: random.Random, kind: str, which: int, computed=False) -> Outcome:
    """A run that gets the signal `which` just before a random change of its files.

    A run that is `computed` gets it by the clock every other time: it computes its edition for
    longer than the usual run takes.
    """
    folder = bench.changed(kind)
    work = command("publish") if computed else bench.remembering(command("publish"))
    if computed and chance.random() < 0.5:
        run = Run(folder, work)
        met = not run.wait(chance.uniform(0, 1) * bench.seconds[kind])
        run.send(which)
    else:
        strike = Strike(which, chance.randint(1, bench.changes[kind]))
        run = Run(folder, work, strike=strike)
        run.wait()
        met = run.changed >= strike.number
    done = run.end()
    return Outcome(done.code, bench.judge(kind, folder, done, chance.random() < 0.1), met)


def then_the_next(bench: Bench, chance: random.Random) -> Outcome:
    "A new edition is killed, and what is published next is the edition of a later day."
    folder = bench.changed("new edition")
    strike = Strike(signal.SIGKILL, chance.randint(1, bench.changes["new edition"]))
    done = Run(folder, bench.remembering(command("publish")), strike=strike).end()
    bench.write(folder, State(DAYS["next"], 1, (SHOW,)))
    bench.learn(folder)
    later = Run(folder, bench.remembering(command("publish"))).end()
    wrong = [f"the next edition: {last_line(later.said)}"] if later.code else []
    if bad := broken_links(folder / "site"):
        wrong.append(f"broken links: {', '.join(bad[:3])}")
    if parts := leftovers(folder / "site"):
        wrong.append(f"parts left: {', '.join(parts[:3])}")
    return Outcome(done.code, wrong, done.code == -signal.SIGKILL)


# A cluster


REPORT = re.compile(r"records/en/\S*(zenda|strelsau|ruritania)\.json$")


class Cluster:
    "A scheduler of Dask and two workers; a worker that was killed is replaced."

    def __init__(self, folder: Path):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        where = ("--host", "127.0.0.1", "--port", self.port, "--no-dashboard", "--no-show")
        self.scheduler = self._dask("scheduler", *where)
        self.workers: list[subprocess.Popen] = []
        self.changes = 0  # that a publication makes to its files
        self.reports = 0  # of these, up to that of the last report that a worker has made
        self.fill()

    def _dask(self, *words) -> subprocess.Popen:
        silence = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        command = [sys.executable, "-m", "dask", *map(str, words)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        return subprocess.Popen(command, cwd=self.folder, env=environment, **silence)

    def fill(self, number: int = 2) -> None:
        "Start workers until there are `number`, and wait until they are ready."
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        options = ("--nthreads", 1, "--no-nanny", "--no-dashboard", "--local-directory")
        while len(self.workers) < number:
            place = self.folder / os.urandom(4).hex()
            self.workers.append(self._dask("worker", self.address, *options, place))
        code = f"import distributed as d; d.Client({self.address!r}, timeout='60s')"
        subprocess.run(
            [sys.executable, "-c", f"{code}.wait_for_workers({number}, timeout=120)"],
            check=True,
            capture_output=True,
        )

    def learn(self, bench: Bench) -> None:
        "Learn what a publication on this cluster does."
        bench.known = self.known
        for _ in range(2):  # the first time its workers import and unpack
            run = bench.publish(bench.changed("publication"), "--cluster", self.address)
        self.changes = run.changed
        records = [n for n, path in enumerate(run.trail(), 1) if REPORT.search(path)]
        self.reports = records[-1]

    def is_busy(self, run: Run, chance: random.Random) -> bool:
        "Wait for a random moment at which workers owe reports to `run`; whether it came."
        run.until(chance.randint(1, self.reports - 1))
        run.wait(chance.choice((0, 0.05, 0.2)))
        return run.code is None and run.changed < self.reports

    @property
    def known(self) -> list[int]:
        "Processes that may outlive a run."
        return [self.scheduler.pid, *(worker.pid for worker in self.workers)]

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()
        orphans()


def on_cluster(bench: Bench, chance: random.Random, cluster: Cluster, victim: str) -> Outcome:
    "A publication on the cluster, during which the publisher or a worker is killed."
    kind = "publication"
    folder = bench.changed(kind)
    work = bench.remembering(command("publish", "--cluster", cluster.address))
    bench.known = cluster.known
    if victim == "publisher":
        strike = Strike(signal.SIGKILL, chance.randint(1, cluster.changes))
        run = Run(folder, work, strike=strike)
        run.wait()
        met = run.changed >= strike.number
    else:
        run = Run(folder, work)
        met = cluster.is_busy(run, chance)
        chance.choice(cluster.workers).kill()
    done = run.end()
    wrong = bench.judge(kind, folder, done, verify=chance.random() < 0.1)
    if victim == "worker":
        if done.code:
            wrong.append(f"the publication failed: {last_line(done.said)}")
        cluster.fill()
        bench.known = cluster.known
    return Outcome(done.code, wrong, met)


def without_workers(bench: Bench, chance: random.Random, cluster: Cluster) -> Outcome:
    "All workers are killed while reports are made; nobody takes their place."
    folder = bench.changed("publication")
    work = publishing(folder, cluster=cluster.address, timeout=5)
    bench.known = cluster.known
    run = Run(folder, work)
    met = cluster.is_busy(run, chance)
    for worker in cluster.workers:
        worker.kill()
    done = run.end()
    wrong = bench.judge("publication", folder, done)
    if met and done.seconds > 60:
        wrong.append(f"it ended after {done.seconds:.0f} s")
    if done.code == 1 and "the cluster has had no workers for 5 s" not in done.said:
        wrong.append("it does not say that there were no workers")
    cluster.fill()
    bench.known = cluster.known
    return Outcome(done.code, wrong, met)


def publishing(folder: Path, **options) -> Callable[[], int]:
    "Publish the saved edition from Python, with options that the command line does not have."

    def work() -> int:
        from digitransform.publish.run import publish

        edition = folder / "site" / DAYS["old"] / "edition"
        units = ("Zenda", "Strelsau", "Ruritania")
        result = publish(edition, units, "en", "html", out="site", **options)
        print(result)
        return result.exit_code

    return work


# The disk


ROOMS = (0, 4_096, 16_384, 65_536, 131_072, 262_144, 524_288, 1_048_576)


def room_left(bench: Bench, chance: random.Random, kind: str) -> Outcome:
    "The disk has room for a part of what is to be written."
    folder = bench.changed(kind)
    with small_disk(folder / "site", chance.choice(ROOMS)):
        done = Run(folder, bench.remembering(command("publish"))).end()
        wrong = one_sentence(done, (0, 1, 2))
        if "Traceback" in done.said:
            wrong.append(f"traceback: {error_line(done.said)}")
        wrong += [f"processes left: {len(bench.orphans())}"] if bench.orphans() else []
        torn = neither(contents(folder / "site"), bench.old, bench.states[kind].files)
        wrong += [f"neither old nor new: {', '.join(torn[:3])}"] if torn else []
        subprocess.run(["mount", "-o", f"remount,size={LARGE}", folder / "site"], check=True)
        wrong += bench.again(kind, folder)
    return Outcome(done.code, wrong, "No space left" in done.said or done.code != 0)


LARGE = 200_000_000


@contextmanager
def small_disk(folder: Path, room: int):
    "A disk with `room` for so many bytes more in the place of `folder`, with what was in it."
    kept = folder.with_name("kept")
    folder.rename(kept)
    folder.mkdir()
    subprocess.run(["mount", "-o", f"size={LARGE}", "-t", "tmpfs", "tmpfs", folder], check=True)
    try:
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        disk = os.statvfs(folder)
        size = (disk.f_blocks - disk.f_bfree) * disk.f_frsize + room
        subprocess.run(["mount", "-o", f"remount,size={size}", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def quota(bench: Bench, chance: random.Random, kind: str) -> Outcome:
    "No file may be larger than some bytes."
    folder = bench.changed(kind)
    room = chance.choice((500, 4_000, 40_000, 120_000))
    done = Run(folder, bench.remembering(command("publish")), room).end()
    wrong = one_sentence(done, (0, 1, 2))
    return done.code, wrong + bench.judge(kind, folder, done)


def read_only(bench: Bench, chance: random.Random, meanwhile: bool) -> Outcome:
    "Nothing can be written into the folders, from the start or from a random moment on."
    folder = bench.changed("publication")
    site = folder / "site"
    change = ["chattr", "-R", "+i", site]
    try:
        if not meanwhile:
            subprocess.run(change, check=True)
        run = Run(folder, bench.remembering(command("publish")))
        if meanwhile and run.until(chance.randint(1, bench.changes["publication"])):
            subprocess.run(change, check=False, capture_output=True)  # files come and go
        done = run.end()
    finally:
        subprocess.run(["chattr", "-R", "-i", site], check=True)
    wrong = one_sentence(done, (0, 1, 2) if meanwhile else (2,))
    return done.code, wrong + bench.judge("publication", folder, done)


def one_sentence(done: Ended, codes: tuple[int, ...]) -> Wrong:
    "What is wrong with the way a run ended that met a fault of the machine."
    wrong = []
    if done.code not in codes:
        wrong.append(f"exit code {done.code}: {last_line(done.said)}")
    if done.code == 2 and len(re.findall(r"^digitransform: ", done.said, re.M)) != 1:
        wrong.append(f"no sentence: {last_line(done.said)}")
    return wrong


# The clock


def clock(bench: Bench, chance: random.Random, moves: tuple[str, ...]) -> Outcome:
    "The clock is set to another time, before the run or while it runs (needs libfaketime)."
    folder = bench.changed("publication")
    told = folder / "time"
    told.write_text(moves[0])
    library = next(Path("/usr/lib").glob("**/faketime/libfaketime.so.1"))
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(told),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    code = "import sys; from digitransform.publish.cli import main; sys.exit(main(['publish']))"

    def work() -> int:
        os.execve(sys.executable, [sys.executable, "-c", code], environment)

    run = Run(folder, work)
    for move in moves[1:]:
        if not run.wait(chance.uniform(1, 5)):
            told.write_text(move)
    done = run.end()
    wrong = [f"it failed: {last_line(done.said)}"] if done.code else []
    if re.search(r"in -\d", done.said):
        wrong.append(f"negative seconds: {last_line(done.said)}")
    return done.code, wrong + bench.judge("publication", folder, done)


def past(bench: Bench, chance: random.Random) -> Outcome:
    "A day of the past, also before the first official figure: an edition, or one sentence."
    folder = bench.changed("publication")
    day = (
        f"{chance.randrange(2018, 2027)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
    )
    done = Run(folder, command("publish", "--date", day)).end()
    wrong = one_sentence(done, (0, 2))
    if "Traceback" in done.said:
        wrong.append(f"{day}: traceback: {error_line(done.said)}")
    if done.code == 0:
        proof = Run(folder, command("verify", day)).end()
        wrong += [f"{day}: verify: {last_line(proof.said)}"] if proof.code else []
    return done.code, wrong


# Other hands


def together(bench: Bench, chance: random.Random) -> Outcome:
    "Two publishers at once."
    folder = bench.changed("publication")
    first = Run(folder, bench.remembering(command("publish")))
    first.until(chance.randint(1, bench.changes["publication"]))
    second = Run(folder, bench.remembering(command("publish")))
    ends = [second.end(), first.end()]
    wrong = [text for done in ends for text in one_sentence(done, (0, 2))]
    if all(done.code for done in ends):
        wrong.append("neither of the two published")
    return ends[0].code, wrong + bench.judge("publication", folder, ends[1])


def stale_lock(bench: Bench, chance: random.Random) -> Outcome:
    "A lock that nobody holds lies in the folder."
    folder = bench.changed("publication")
    (folder / "site" / ".lock").write_text("12345 another-machine\n")
    done = Run(folder, bench.remembering(command("publish"))).end()
    wrong = [last_line(done.said)] if done.code else []
    return done.code, wrong + bench.judge("publication", folder, done)


def folder_as_lock(bench: Bench, chance: random.Random) -> Outcome:
    "A folder stands where the lock should be."
    folder = bench.changed("publication")
    (folder / "site" / ".lock").unlink(missing_ok=True)
    (folder / "site" / ".lock").mkdir()
    done = Run(folder, bench.remembering(command("publish"))).end()
    (folder / "site" / ".lock").rmdir()
    return done.code, one_sentence(done, (2,)) + bench.judge("publication", folder, done)


def without_locks(bench: Bench, chance: random.Random) -> Outcome:
    "A network disk that knows no locks; a publisher is killed there, and two work at once."

    def work(inner: Callable[[], int]) -> Callable[[], int]:
        def unlocked() -> int:
            import errno
            import fcntl

            def lockf(*_):
                raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

            fcntl.lockf = lockf
            return inner()

        return bench.remembering(unlocked)

    folder = bench.changed("publication")
    killed = Run(folder, work(command("publish")))
    killed.until(chance.randint(1, bench.changes["publication"]))
    killed.send(signal.SIGKILL)
    done = killed.end()
    wrong = [f"orphans: {len(bench.orphans())}"] if bench.orphans() else []
    first, second = (Run(folder, work(command("publish"))) for _ in range(2))
    ends = [first.end(), second.end()]
    wrong += [text for end in ends for text in one_sentence(end, (0, 2))]
    if all(end.code for end in ends):
        wrong.append(f"neither of the two published: {last_line(ends[0].said)}")
    return done.code, wrong + bench.judge("publication", folder, ends[0])


def deleted(bench: Bench, chance: random.Random, what: str) -> Outcome:
    "The folder of the edition, or of the site, is deleted while it is published."
    folder = bench.changed("publication")
    run = Run(folder, bench.remembering(command("publish")))
    met = run.until(chance.randint(1, bench.changes["publication"]))
    shutil.rmtree(folder / "site" / what, ignore_errors=True)
    done = run.end()
    wrong = [f"{len(bench.orphans())} processes left"] if bench.orphans() else []
    if "Traceback" in done.said:
        wrong.append(f"traceback: {error_line(done.said)}")
    return Outcome(done.code, wrong + bench.again("publication", folder), met)


def linked(bench: Bench, chance: random.Random, dangling: bool) -> Outcome:
    "The folder of the site is a symbolic link, to a folder or to nothing."
    folder = bench.changed("publication")
    site = folder / "site"
    site.rename(folder / "elsewhere")
    site.symlink_to("nowhere" if dangling else "elsewhere")
    done = Run(folder, bench.remembering(command("publish"))).end()
    wrong = one_sentence(done, (0,))
    if not site.is_symlink():
        wrong.append("the link was replaced")
    if bad := differing(contents(site), bench.states["publication"].files):
        wrong.append(f"other files: {', '.join(bad[:3])}")
    return done.code, wrong + bench.again("publication", folder)


# Damaged files


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:99])


def _newer(path: Path) -> None:
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["versions"] = manifest.get("versions", {}) | dict(digitransform="99.0")
    path.write_text(json.dumps(manifest | dict(key="f" * 64, tables={})), encoding="utf-8")


def _folder_in_place(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "a file").write_text("somebody put it here")


def _bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "manifest cut": ("edition/manifest.json", _cut),
    "manifest a list": ("edition/manifest.json", lambda path: path.write_text("[]")),
    "manifest gone": ("edition/manifest.json", Path.unlink),
    "manifest of a newer schema": ("edition/manifest.json", _newer),
    "table cut": ("edition/quantiles.parquet", _cut),
    "one bit of a table": ("edition/quantiles.parquet", _bit),
    "table gone": ("edition/quantiles.parquet", Path.unlink),
    "folder in a table's place": ("edition/quantiles.parquet", _folder_in_place),
    "record cut": ("records/en/zenda.json", _cut),
    "record a list": ("records/en/zenda.json", lambda path: path.write_text("[]")),
    "folder in a record's place": ("records/en/zenda.json", _folder_in_place),
    "page cut": ("en/zenda.html", _cut),
    "page gone": ("en/zenda.html", Path.unlink),
    "folder in a page's place": ("en/zenda.html", _folder_in_place),
    "folder in an overview's place": ("en/index.html", _folder_in_place),
    "folder in the landing page's place": ("../index.html", _folder_in_place),
    "folder in the log's place": ("../run.json", _folder_in_place),
    "file in a folder's place": ("en", lambda path: (shutil.rmtree(path), path.write_text("x"))),
}


def damaged(bench: Bench, chance: random.Random, what: str) -> Outcome:
    "One file is damaged: healed, or refused in one sentence; never a traceback."
    path, damage = DAMAGES[what]
    folder = bench.changed("publication")
    damage(folder / "site" / DAYS["old"] / path)
    done = Run(folder, bench.remembering(command("publish"))).end()
    wrong = []
    if "Traceback" in done.said:
        wrong.append(f"{what}: traceback: {error_line(done.said)}")
    wrong += [f"{what}: {text}" for text in one_sentence(done, (0, 1, 2))]
    if done.code == 0:
        bad = differing(contents(folder / "site"), bench.states["publication"].files)
        wrong += [f"{what}: not healed: {', '.join(bad[:3])}"] if bad else []
    return done.code, wrong


# Templates

TEMPLATES = {
    "hangs": "while True: pass",
    "sleeps": "import time; time.sleep(1000)",
    "takes memory": "held = []\nwhile True: held.append(bytearray(10_000_000))",
    "sys.exit": "import sys; sys.exit(0)",
    "os._exit": "import os; os._exit(0)",
    "kills itself": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "kills its parent": "import os, signal; os.kill(os.getppid(), signal.SIGKILL)",
    "segmentation fault": "import ctypes; ctypes.string_at(0)",
    "forks": "import os, time\nif not os.fork(): time.sleep(1000)",
    "forks and both go on": "import os; os.fork()",
    "forks a daemon": """import os, time
if not os.fork():
    os.setsid()
    if os.fork(): os._exit(0)
    time.sleep(1000)""",
    "starts a program": "import subprocess; subprocess.Popen(['sleep', '1000'])",
    "starts a program in a session of its own": (
        "import subprocess; subprocess.Popen(['sleep', '1000'], start_new_session=True)"
    ),
    "prints 100 MB": "for _ in range(1000): print('x' * 100_000)",
    "writes 100 MB to the streams": "import os\nfor _ in range(1000): os.write(1, b'x' * 100_000)",
    "changes its folder": "import os, tempfile; os.chdir(tempfile.mkdtemp())",
    "changes into a folder that goes": (
        "import os, tempfile; d = tempfile.mkdtemp(); os.chdir(d); os.rmdir(d)"
    ),
    "closes the streams": "import os, sys; sys.stdout.close(); os.close(1); os.close(2)",
    "closes all files": "import os; os.closerange(0, 4096)",
    "starts threads": """import threading, time
for _ in range(50): threading.Thread(target=time.sleep, args=(1000,)).start()""",
    "ignores signals": """import signal, time
for which in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(which, signal.SIG_IGN)
time.sleep(1000)""",
    "asks for input": "input('?')",
    "recursion": "def f(): f()\nf()",
    "breaks json": "import json; json.dumps = None",
    "deletes the published pages": "import shutil; shutil.rmtree('../../en')",
    "writes into the edition": "open('../../edition/quantiles.parquet', 'wb').write(b'torn')",
}


def misbehaving(bench: Bench, chance: random.Random, what: str) -> Outcome:
    "The template misbehaves for one place of three."
    lines = TEMPLATES[what].replace("\n", "\n    ")
    cell = f"if '{what}' and unit == '3-02':\n    {lines}"
    folder = bench.changed("publication")
    write_template(folder / "reports" / "unit.ipynb", SHOW, cell, CHANGED)
    site = folder / "site"
    done = Run(folder, publishing(folder, timeout=12, memory=300 * 2**20)).end()
    wrong = [f"{len(left)} processes left"] if (left := bench.orphans()) else []
    for process in left:
        process.kill()
    if done.code not in (0, 1) or done.seconds > 100:
        wrong.append(f"code {done.code} after {done.seconds:.0f} s: {last_line(done.said)}")
    if "the traceback" in done.said or "most recent call last" in done.said:
        wrong.append(f"traceback: {error_line(done.said)}")
    told = json.loads((site / "run.json").read_text(encoding="utf-8"))
    others = [row["unit"] for row in told["failures"] if row["unit"] != "Zenda"]
    if others:
        wrong.append(f"others failed, too: {', '.join(others)}")
    write_template(folder / "reports" / "unit.ipynb", SHOW, CHANGED)
    return done.code, [f"{what}: {text}" for text in wrong + bench.again("publication", folder)]


# All of them


def trials(kills: int, chance: random.Random, cluster: Callable[[], Cluster]):
    "Name and what makes it happen, of each trial."
    kill = signal.SIGKILL
    for _ in range(round(kills * 0.35)):
        yield "kill -9, publication", partial(struck, kind="publication", which=kill)
    for number in range(round(kills * 0.2)):
        kind = ("edition", "new edition")[number % 2]
        yield "kill -9, edition saved and published", partial(struck, kind=kind, which=kill)
    for number in range(round(kills * 0.1)):
        kind = ("edition", "new edition")[number % 2]
        call = partial(struck, kind=kind, which=kill, computed=True)
        yield "kill -9, edition computed", call
    for _ in range(round(kills * 0.1)):
        yield "kill -9, then the next edition", then_the_next
    for _ in range(round(kills * 0.15)):
        yield "kill -9, publisher on a cluster", partial(at, cluster, victim="publisher")
    for _ in range(round(kills * 0.15)):
        yield "kill -9, worker of a cluster", partial(at, cluster, victim="worker")
    few = max(kills // 20, 1)
    for _ in range(max(few // 2, 1)):
        yield "all workers of a cluster gone", lambda b, c: without_workers(b, c, cluster())
    for which in (signal.SIGTERM, signal.SIGINT):
        for number in range(few):
            kind = ("publication", "new edition")[number % 2]
            yield which.name, partial(struck, kind=kind, which=which)
    for number in range(few):
        kind = ("publication", "new edition")[number % 2]
        yield "disk full", partial(room_left, kind=kind)
        yield "quota on files", partial(quota, kind=kind)
        yield "read-only folder", partial(read_only, meanwhile=number % 2 == 1)
        yield "two publishers at once", together
        yield "network disk without locks", without_locks
        what = (DAYS["old"], ".")[number % 2]
        yield "folder deleted meanwhile", partial(deleted, what=what)
    yield "stale lock", stale_lock
    yield "folder in the lock's place", folder_as_lock
    yield "output a symbolic link", partial(linked, dangling=False)
    yield "output a link to nothing", partial(linked, dangling=True)
    for moves in (("-400d",), ("+10y",), ("+0", "-3d"), ("+0", "+2d", "-2d")):
        yield "clock set", partial(clock, moves=moves)
    for _ in range(max(few // 2, 1)):
        yield "day of the past", past
    for what in DAMAGES:
        yield "file damaged", partial(damaged, what=what)
    for what in TEMPLATES:
        yield "template misbehaves", partial(misbehaving, what=what)


def at(cluster: Callable[[], Cluster], bench: Bench, chance: random.Random, victim: str) -> Outcome:
    "`on_cluster`, with the cluster started when it is first needed."
    return on_cluster(bench, chance, cluster(), victim)


def carry_out(args) -> None:
    "Carry out the trials that were asked for; each is told, and logged, as soon as it is over."
    until = time.monotonic() + args.minutes * 60
    chance = random.Random(args.seed)
    prepare()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        top = Path(scratch).resolve()
        clusters: list[Cluster] = []

        def cluster() -> Cluster:
            if not clusters:
                clusters.append(Cluster(top))
                clusters[0].learn(bench)
            return clusters[0]

        bench = Bench(top)
        try:
            for number, (name, make) in enumerate(trials(args.kills, chance, cluster), 1):
                own = random.Random(chance.random())
                if re.search(args.only, name) and time.monotonic() < until:
                    _one(args, bench, own, number, name, make)
        finally:
            for running in clusters:
                running.close()


def _one(args, bench: Bench, chance: random.Random, number: int, name: str, make) -> None:
    "One trial."
    began = time.monotonic()
    code, wrong, met = Outcome(*make(bench, chance))
    seconds = time.monotonic() - began
    for folder in bench.scratch.glob("run-*"):
        shutil.rmtree(folder, ignore_errors=True)
    what = getattr(make, "keywords", {}).get("what", "")
    late = " (too late)" if met is False else ""
    print(f"{number}: {name} {what}: code {code}{late}, {seconds:.1f} s", *wrong, flush=True)
    row = dict(fault=name, code=code, wrong=wrong, met=met, seconds=round(seconds, 1))
    with open(args.log, "a", encoding="utf-8") as log:
        log.write(json.dumps(row) + "\n")


def table(logs: list[Path]) -> str:
    "The table of faults, and what was wrong, from the logs of some runs."
    rows = [json.loads(line) for log in logs for line in log.read_text("utf-8").splitlines()]
    lines = ["| fault | trials | in time | ended with | wrong |", "|---|---:|---:|---|---:|"]
    for name in dict.fromkeys(row["fault"] for row in rows):
        these = [row for row in rows if row["fault"] == name]
        ends = Counter(row["code"] for row in these)
        told = ", ".join(f"{code}: {n}" for code, n in sorted(ends.items()))
        met = [row["met"] for row in these if row["met"] is not None]
        bad = sum(bool(row["wrong"]) for row in these)
        lines.append(f"| {name} | {len(these)} | {sum(met) if met else ''} | {told} | {bad} |")
    bad = sum(bool(row["wrong"]) for row in rows)
    lines.append(f"| all | {len(rows)} | | | {bad} |")
    wrong = dict.fromkeys(f"- {row['fault']}: {text}" for row in rows for text in row["wrong"])
    wrong = [re.sub(r"/\S*/run-\d+/", "", text) for text in wrong]  # the scratch folder
    return "\n".join([*lines, "", *wrong]).rstrip() + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="faults whose names match, a regular expression")
    parser.add_argument("--minutes", type=float, default=600, help="begin no trial after these")
    parser.add_argument("--log", type=Path, default=Path("faults.jsonl"))
    parser.add_argument("--table", type=Path, nargs="+", help="only tell what these logs hold")
    parser.add_argument("--write", type=Path, help="page whose table is written anew")
    args = parser.parse_args()
    if not args.table:
        carry_out(args)
    told = table(args.table or [args.log])
    print(told)
    if args.write:
        write_table(told, args.write, "faults")
    return 1 if re.search(r"^- ", told, re.M) else 0


if __name__ == "__main__":
    sys.exit(main())
