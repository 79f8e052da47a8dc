"""Runs of `digitransform` that may meet a fault, and what is looked at when they have ended.

Each run is a fork of one prepared process, so it costs no imports. This process adopts whatever
outlives a run, so nothing can hide from it. Linux only; used by `faults.py`.
"""

import contextlib
import ctypes
import os
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import psutil  # noqa: E402
from faults import PATIENCE, contents, leftovers, neither  # noqa: E402
from fictional import SHOW, write_fictional, write_template  # noqa: E402

_PR_SET_CHILD_SUBREAPER = 36  # see `man 2 prctl`
WAIT = 600  # seconds after which a run counts as hanging
DAYS = {"old": "2026-10-01", "new": "2026-10-20", "next": "2026-11-05"}
CHANGED = "from IPython.display import Markdown\nMarkdown('A word more.')"
SETTINGS = """[collection]
draws = 100
languages = en
formats = html
units = Zenda, Strelsau, Ruritania
as_of = {day}
seed = {seed}
output = {output}
"""


def prepare() -> None:
    "Load what every run needs, and adopt the orphans of all that is started from here."
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    from digitransform.publish.build import _LIBRARIES
    from digitransform.publish.shell import _prepared_shell, preload

    parts = ("edition.edition", "publish.cli", "publish.run", "publish.verify", "report.site")
    preload([*_LIBRARIES, *(f"digitransform.{part}" for part in parts)])
    _prepared_shell()


def command(*words: str) -> Callable[[], int]:
    "The command line as something to do."
    from digitransform.publish.cli import main

    return lambda: main(list(words))


@dataclass
class Ended:
    "How a run ended; a negative code is the signal that ended it."

    code: int
    said: str
    seconds: float


class Strike(NamedTuple):
    "A signal that a run gets just before its change of the disk with some `number`."

    which: int
    number: int


class Run:
    """Some work in a process of its own that stands in `folder`.

    Each change that it, or what it forks, makes to the files below `folder`/site adds a line to
    `changes`. The clock of a busy machine says little about how far a run is; this says it exactly.
    """

    def __init__(
        self, folder: Path, work: Callable[[], int], room: int = 0, strike: Strike | None = None
    ):
        self.output = tempfile.TemporaryFile()
        self.changes = tempfile.TemporaryFile(mode="a+b", buffering=0)
        self.began = time.monotonic()
        self.code: int | None = None
        self.ended: Ended | None = None
        sys.stdout.flush()
        self.pid = os.fork()
        if not self.pid:
            _count_changes(folder / "site", self.changes.fileno(), strike)
            _live(folder, work, self.output.fileno(), room)

    @property
    def changed(self) -> int:
        "How many changes to its files the run has begun."
        return os.fstat(self.changes.fileno()).st_size // LINE

    def trail(self) -> list[str]:
        "The path, or the end of it, of each change."
        said = os.pread(self.changes.fileno(), self.changed * LINE, 0).decode(errors="replace")
        return said.split("\n")[:-1]

    def until(self, number: int) -> bool:
        "Wait for the change with this `number`; whether the run lives then."
        while self.changed < number:
            if self.wait(0.001):
                return False
        return not self.wait(0)

    def wait(self, seconds: float = WAIT) -> bool:
        "Whether the run has ended after at most so many seconds."
        until = time.monotonic() + seconds
        while self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
            elif time.monotonic() >= until:
                return False
            else:
                time.sleep(0.005)
        return True

    def send(self, which: int) -> None:
        "Send a signal, unless the run has ended."
        if self.code is None:
            os.kill(self.pid, which)

    def end(self) -> Ended:
        "Wait for the end; a run that hangs is killed."
        if not self.wait():
            self.send(signal.SIGKILL)
            self.wait()
        if self.ended is None:
            self.output.seek(0)
            said = self.output.read(200_000).decode(errors="replace")
            self.output.close()
            self.ended = Ended(self.code or 0, said, time.monotonic() - self.began)
        return self.ended


_CHANGES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate")
LINE = 100  # bytes of a line about a change
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def _count_changes(site: Path, changes: int, strike: Strike | None) -> None:
    "Tell each change below `site` from now on, of this process and its forks, and strike this one."
    us = os.getpid()

    def look(event: str, arguments: tuple) -> None:
        if event == "open":
            path, _, flags = arguments
            if not (flags or 0) & _WRITING:
                return
        elif event in _CHANGES:
            path = arguments[0]
        else:
            return
        if isinstance(path, int) or str(site) not in os.path.abspath(os.fsdecode(path)):
            return
        os.write(changes, os.fsencode(path)[1 - LINE :].rjust(LINE - 1) + b"\n")
        if strike and os.fstat(changes).st_size == strike.number * LINE:
            os.kill(us, strike.which)

    sys.addaudithook(look)


def _live(folder: Path, work: Callable[[], int], output: int, room: int) -> None:
    "The life of the process of a run."
    code = 70
    try:
        os.setsid()
        os.chdir(folder)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if room:
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        code = work()
        sys.stdout.flush()
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def orphans(known: Iterable[int] = (), patience: float = PATIENCE) -> list[psutil.Process]:
    "Processes of runs that have ended which are alive after `patience`; `known` ones may live."
    known = set(known)
    until = time.monotonic() + patience
    while True:
        ours = [child for child in psutil.Process().children() if child.pid not in known]
        left = [child for child in ours if not _reaped(child)]
        if not left or time.monotonic() > until:
            return left
        time.sleep(0.02)


def _reaped(process: psutil.Process) -> bool:
    "Whether an adopted process has ended; its entry is given back."
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(process.pid, os.WNOHANG)[0] != 0
    return True


def broken_links(out: Path) -> list[str]:
    "Links of the site's own pages, and of the editions it shows, that lead to no file."
    shown = {path.parts[-3] for path in out.glob("*/*/index.html")}
    pages = [
        page
        for page in out.rglob("*.html")
        if "/." not in f"/{(own := page.relative_to(out)).as_posix()}"
        and (len(own.parts) < 3 or own.parts[0] in shown)
    ]
    return [
        f"{page.relative_to(out)} → {link}"
        for page in pages
        for link in re.findall(r'(?:href|src)="([^"#?]+)', page.read_text(encoding="utf-8"))
        if not re.match(r"[a-z]+:", link) and not (page.parent / link).exists()
    ]


@dataclass
class State:
    "A collection that is to be published, and what that must bring."

    day: str
    seed: int
    cells: tuple[str, ...]
    files: dict[str, bytes] = field(default_factory=dict)


class Bench:
    """The collection as it was published before a change, and what each change must bring.

    Editions are computed once. A run computes its edition itself only where that is asked for.
    """

    def __init__(self, scratch: Path):
        self.scratch = scratch
        self.number = 0
        self.known: list[int] = []  # processes of a cluster
        self.editions: dict[str, object] = {}
        self.seconds: dict[str, float] = {}
        self.changes: dict[str, int] = {}  # how often the files are changed
        self.states = {
            "publication": State(DAYS["old"], 1, (SHOW, CHANGED)),
            "edition": State(DAYS["old"], 2, (SHOW,)),
            "new edition": State(DAYS["new"], 1, (SHOW,)),
        }
        self.good = scratch / "good"
        write_fictional(self.good / "data")
        self.write(self.good, State(DAYS["old"], 1, (SHOW,)))
        self.publish(self.good)
        self.old = contents(self.good / "site")

    def measure(self, kind: str) -> None:
        "What publishing the change of a `kind` brings, and how long it takes."
        folder = self.copied(kind)
        run = self.publish(folder)
        self.seconds[kind] = run.end().seconds
        self.changes[kind] = run.changed
        self.states[kind].files = contents(folder / "site")
        shutil.rmtree(folder)

    def orphans(self) -> list[psutil.Process]:
        "Processes of runs that are still alive; those of a cluster may be."
        return orphans(self.known)

    def write(self, folder: Path, state: State, output: str = "site") -> None:
        "Settings and template of `state`."
        text = SETTINGS.format(day=state.day, seed=state.seed, output=output)
        (folder / "settings.ini").write_text(text, encoding="utf-8")
        write_template(folder / "reports" / "unit.ipynb", *state.cells)

    def publish(self, folder: Path, *options: str) -> Run:
        "Publish without a fault."
        self.learn(folder)
        run = Run(folder, self.remembering(command("publish", *options)))
        if run.end().code:
            sys.exit(f"the reference run failed:\n{run.end().said}")
        return run

    def changed(self, kind: str) -> Path:
        "A copy of the published collection, with a change that is not published yet."
        if kind not in self.seconds:
            self.measure(kind)
        return self.copied(kind)

    def copied(self, kind: str) -> Path:
        "A copy of the published collection with the settings and the template of a `kind`."
        self.number += 1
        folder = self.scratch / f"run-{self.number}"
        shutil.copytree(self.good, folder, symlinks=True)
        self.write(folder, self.states[kind])
        return folder

    def learn(self, folder: Path) -> None:
        "Compute the edition of the collection in `folder`, once."
        import digitransform as dt
        from digitransform.edition.edition import make_edition
        from digitransform.edition.provenance import edition_fingerprint
        from digitransform.publish.settings import read_settings

        settings = read_settings(folder / "settings.ini")
        key = edition_fingerprint(settings)
        if key not in self.editions:
            self.editions[key] = make_edition(dt.collection(settings.data), settings)

    def remembering(self, work: Callable[[], int]) -> Callable[[], int]:
        "`work`, with editions that were computed before given as they were."

        def remembering() -> int:
            import digitransform.edition.edition as module
            import digitransform.publish.verify as verify
            from digitransform.edition.provenance import edition_fingerprint

            compute = module.make_edition

            def make(collection, settings, progress=None):
                known = self.editions.get(edition_fingerprint(settings))
                return known or compute(collection, settings, progress)

            module.make_edition = verify.make_edition = make
            return work()

        return remembering

    def judge(self, kind: str, folder: Path, done: Ended, verify=False) -> list[str]:
        "Look at what a fault left, run again, look again: what is wrong."
        out = folder / "site"
        wrong = []
        if left := self.orphans():
            wrong.append(f"{len(left)} processes outlived their run")
            for process in left:
                process.kill()
        if "Traceback" in done.said:
            wrong.append(f"traceback: {error_line(done.said)}")
        if torn := neither(contents(out), self.old, self.states[kind].files):
            wrong.append(f"neither old nor new: {', '.join(torn[:3])}")
        if bad := broken_links(out):
            wrong.append(f"broken links: {', '.join(bad[:3])}")
        return wrong + self.again(kind, folder, verify)

    def again(self, kind: str, folder: Path, verify: bool = False) -> list[str]:
        "The next run must bring what the fault prevented: what is wrong."
        out = folder / "site"
        wrong = []
        done = Run(folder, self.remembering(command("publish"))).end()
        if done.code:
            wrong.append(f"the rerun failed: {last_line(done.said)}")
        elif bad := differing(contents(out), self.states[kind].files):
            wrong.append(f"after the rerun other files: {', '.join(bad[:3])}")
        if parts := leftovers(out):
            wrong.append(f"parts left after the rerun: {', '.join(parts[:3])}")
        if bad := broken_links(out):
            wrong.append(f"broken links after the rerun: {', '.join(bad[:3])}")
        if verify and not done.code:
            proof = Run(folder, self.remembering(command("verify", self.states[kind].day))).end()
            if proof.code:
                wrong.append(f"verify: {last_line(proof.said)}")
        return wrong


def last_line(said: str) -> str:
    "The last line of what a run printed."
    return (said.strip().splitlines() or ["(nothing was said)"])[-1][:200]


def error_line(said: str) -> str:
    "The line of a traceback that names the error."
    found = re.findall(r"^[\w.]+(?:Error|Exception|Interrupt)\b.*$", said, re.M)
    return (found or [last_line(said)])[0][:200]


def differing(now: dict, wanted: dict) -> list[str]:
    "Files that are not as they should be; a record may name another run of the same content."
    names = {name for name in now.keys() | wanted.keys() if "/records/" not in name}
    return sorted(name for name in names if now.get(name) != wanted.get(name))


def write_table(text: str, path: Path, name: str) -> None:
    "Put the table called `name` between its marks in a page."
    page = path.read_text(encoding="utf-8")
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    before, mark, rest = page.partition(begin)
    if not mark:
        raise SystemExit(f"{path} has no line {begin.strip()}")
    _, _, after = rest.partition(end)
    path.write_text(f"{before}{begin}{text}{end}{after}", encoding="utf-8")
