"""Faults: what a publication and an edition leave behind when they are killed, stopped, have no
room on the disk, or find their folder damaged or gone.

A fictional country in a scratch folder is published, then changed (another template, or another
seed and so another edition), and the run that publishes the change meets a fault. Afterwards each
file must be the old one or the new one, no process may be left after five seconds, a rerun must
bring exactly the new files and leave no part, and `verify` must find all of them right.

`python benchmarks/faults.py --kills 200 --seed 1`
"""

import argparse
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from faults import contents, environment, leftovers, neither, orphans  # noqa: E402
from fictional import SHOW, write_fictional, write_template  # noqa: E402

AS_OF = "2026-10-01"
SETTINGS = (
    "[collection]\ndraws = 100\nlanguages = en\nformats = html\nas_of = {day}\nseed = {seed}\n"
)
CHANGED = "from IPython.display import Markdown\nMarkdown('A word more.')"
CALL = "import sys; from digitransform.publish.cli import main; sys.exit(main(sys.argv[1:]))"


@dataclass
class Run:
    "How a run ended."

    code: int
    said: str
    seconds: float
    mark: str


def run(folder: Path, *words: str, meet: Callable | None = None, room: int = 0) -> Run:
    """A command in `folder`; `meet(process)` happens while it runs, files larger than `room` bytes
    cannot be written.
    """
    mark = uuid.uuid4().hex
    limit = (lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))) if room else None
    began = time.monotonic()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [sys.executable, "-c", CALL, *words],
            cwd=folder,
            env=environment(mark, ROOT),
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=limit,
        )
        if meet:
            meet(process)
        code = process.wait(timeout=600)
        output.seek(0)
        said = output.read().decode(errors="replace")
    return Run(code, said, time.monotonic() - began, mark)


class Bench:
    "The collection before the change and after it, and how long a run of the change takes."

    def __init__(self, scratch: Path):
        self.scratch = scratch
        self.good = scratch / "good"
        write_fictional(self.good / "data")
        self.settings(self.good, 1)
        write_template(self.good / "reports" / "unit.ipynb", SHOW)
        self.must(run(self.good, "publish"))
        self.old = contents(self.good / "reports")
        self.new: dict[str, dict] = {}
        self.seconds: dict[str, float] = {}
        for kind in ("publication", "edition"):
            there = self.changed(kind, "reference")
            self.seconds[kind] = self.must(run(there, "publish")).seconds
            self.new[kind] = contents(there / "reports")
            shutil.rmtree(there)

    @staticmethod
    def must(done: Run) -> Run:
        if done.code:
            sys.exit(f"the reference run failed:\n{done.said}")
        return done

    @staticmethod
    def settings(folder: Path, seed: int) -> None:
        text = SETTINGS.format(day=AS_OF, seed=seed)
        (folder / "settings.ini").write_text(text, encoding="utf-8")

    def changed(self, kind: str, name: str) -> Path:
        "A copy of the published collection, with a change that is not published yet."
        there = self.scratch / name
        shutil.copytree(self.good, there)
        if kind == "edition":
            self.settings(there, 2)
        else:
            write_template(there / "reports" / "unit.ipynb", SHOW, CHANGED)
        return there


@dataclass
class Tally:
    "What came of the trials of one kind of fault."

    trials: int = 0
    ended: Counter = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def _judge(bench: Bench, kind: str, folder: Path, done: Run, tally: Tally, check: bool) -> None:
    "Look at what a fault left, run again, look again."
    out = folder / "reports"
    tally.trials += 1
    tally.ended[done.code] += 1
    if left := orphans(done.mark):
        tally.wrong.append(f"{len(left)} processes outlived their run")
        for pid in left:
            os.kill(pid, signal.SIGKILL)
    if "Traceback" in done.said:
        tally.wrong.append(f"traceback: {done.said.strip().splitlines()[-1]}")
    if torn := neither(contents(out), bench.old, bench.new[kind]):
        tally.wrong.append(f"neither old nor new: {', '.join(torn[:3])}")
    _rerun(bench, kind, folder, tally, check)


def _rerun(bench: Bench, kind: str, folder: Path, tally: Tally, check: bool) -> None:
    "The next run must bring what the fault prevented."
    out = folder / "reports"
    again = run(folder, "publish")
    if again.code:
        tally.wrong.append(f"the rerun failed: {again.said.strip().splitlines()[-1]}")
    elif differing := _differing(contents(out), bench.new[kind]):
        tally.wrong.append(f"after the rerun other files: {', '.join(differing[:3])}")
    if parts := leftovers(out):
        tally.wrong.append(f"parts left after the rerun: {', '.join(parts[:3])}")
    if check:
        verified = run(folder, "verify", AS_OF)
        if verified.code:
            tally.wrong.append(f"verify: {verified.said.strip().splitlines()[-1]}")


def _differing(now: dict, wanted: dict) -> list[str]:
    "Files that are not as they should be; a record may name another run of the same content."
    names = {name for name in now.keys() | wanted.keys() if "/records/" not in name}
    return sorted(name for name in names if now.get(name) != wanted.get(name))


def struck(bench: Bench, kind: str, at: float, which: signal.Signals, name: str):
    "A run of the change that gets the signal `which` at the part `at` of its time."

    def strike(process) -> None:
        try:
            process.wait(at * bench.seconds[kind])
        except subprocess.TimeoutExpired:
            process.send_signal(which)

    folder = bench.changed(kind, name)
    return folder, run(folder, "publish", meet=strike)


def starved(bench: Bench, kind: str, room: int, name: str):
    "A run of the change that cannot write a file of more than `room` bytes."
    folder = bench.changed(kind, name)
    return folder, run(folder, "publish", room=room)


def emptied(bench: Bench, kind: str, at: float, name: str):
    "A run of the change whose folder of the edition is deleted meanwhile."
    folder = bench.changed(kind, name)

    def delete(process) -> None:
        try:
            process.wait(at * bench.seconds[kind])
        except subprocess.TimeoutExpired:
            shutil.rmtree(folder / "reports" / AS_OF, ignore_errors=True)

    return folder, run(folder, "publish", meet=delete)


def _newer(path: Path) -> None:
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["versions"] = manifest.get("versions", {}) | dict(digitransform="99.0")
    path.write_text(json.dumps(manifest | dict(key="f" * 64, tables={})), encoding="utf-8")


def _folder_in_place(path: Path) -> None:
    path.unlink()
    path.mkdir()


DAMAGES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "manifest cut": (
        "edition/manifest.json",
        lambda path: path.write_bytes(path.read_bytes()[:99]),
    ),
    "manifest a list": ("edition/manifest.json", lambda path: path.write_text("[]")),
    "manifest of a newer schema": ("edition/manifest.json", _newer),
    "table cut": (
        "edition/quantiles.parquet",
        lambda path: path.write_bytes(path.read_bytes()[:99]),
    ),
    "table gone": ("edition/quantiles.parquet", Path.unlink),
    "folder in a table's place": ("edition/quantiles.parquet", _folder_in_place),
    "record cut": ("records/en/zenda.json", lambda path: path.write_text("{")),
    "folder in a record's place": ("records/en/zenda.json", _folder_in_place),
    "page cut": ("en/zenda.html", lambda path: path.write_bytes(path.read_bytes()[:99])),
    "folder in a page's place": ("en/zenda.html", _folder_in_place),
}


def damaged(bench: Bench, what: str, tally: Tally) -> None:
    "Damage one file, publish: healed, or refused in one sentence; never a traceback."
    path, damage = DAMAGES[what]
    folder = bench.changed("publication", f"damage-{list(DAMAGES).index(what)}")
    damage(folder / "reports" / AS_OF / path)
    done = run(folder, "publish")
    tally.trials += 1
    tally.ended[done.code] += 1
    if "Traceback" in done.said or done.code not in (0, 2):
        tally.wrong.append(f"{what}: {done.said.strip().splitlines()[-1]}")
    elif done.code == 0 and (
        bad := _differing(contents(folder / "reports"), bench.new["publication"])
    ):
        tally.wrong.append(f"{what}: not healed: {', '.join(bad[:3])}")
    elif done.code == 2 and "digitransform: " not in done.said:
        tally.wrong.append(f"{what}: refused without a sentence")
    shutil.rmtree(folder)


def trials(bench: Bench, kills: int, chance: random.Random):
    "Name of each kind of fault, kind of change, and what makes it happen."
    for number in range(kills):
        kind = ("publication", "edition")[number % 2]
        at = chance.random()
        yield (
            f"kill -9, {kind}",
            kind,
            lambda k=kind, a=at: struck(bench, k, a, signal.SIGKILL, "now"),
        )
    for which in (signal.SIGTERM, signal.SIGINT):
        for _ in range(max(kills // 20, 1)):
            kind, at = "publication", chance.random()
            yield which.name, kind, lambda w=which, a=at: struck(bench, "publication", a, w, "now")
    for room in (4_000, 40_000, 120_000):
        yield "disk full", "publication", lambda r=room: starved(bench, "publication", r, "now")
    yield "disk full, edition", "edition", lambda: starved(bench, "edition", 20_000, "now")
    for _ in range(max(kills // 20, 1)):
        at = chance.uniform(0.3, 1)
        yield "folder deleted", "publication", lambda a=at: emptied(bench, "publication", a, "now")


def try_all(bench: Bench, kills: int, seed: int, tallies: dict[str, Tally]) -> None:
    "Carry out all trials; each tells what was wrong as soon as it is known."
    for number, (name, kind, make) in enumerate(trials(bench, kills, random.Random(seed))):
        tally = tallies.setdefault(name, Tally())
        before = len(tally.wrong)
        folder, done = make()
        if name == "folder deleted":
            tally.trials += 1
            tally.ended[done.code] += 1
            _rerun(bench, kind, folder, tally, check=False)
        else:
            _judge(bench, kind, folder, done, tally, check=number % 10 == 0)
        print(f"{number + 1}: {name}: exit code {done.code}", *tally.wrong[before:], flush=True)
        shutil.rmtree(folder)
    tally = tallies.setdefault("damaged file", Tally())
    for what in DAMAGES:
        damaged(bench, what, tally)
        print(f"damaged: {what}", flush=True)


def tell(tallies: dict[str, Tally]) -> None:
    "Print the table of faults, and each kind of thing that was wrong."
    print("| fault | trials | ended with | wrong |\n|---|---|---|---|")
    for name, tally in tallies.items():
        ends = ", ".join(f"{code}: {n}" for code, n in sorted(tally.ended.items()))
        print(f"| {name} | {tally.trials} | {ends} | {len(tally.wrong)} |")
    for name, tally in tallies.items():
        for text in dict.fromkeys(tally.wrong):
            print(f"{name}: {text}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    tallies: dict[str, Tally] = {}
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(Path(scratch))
        print(f"a run of the change takes {bench.seconds}", flush=True)
        try:
            try_all(bench, args.kills, args.seed, tallies)
        finally:
            tell(tallies)  # also when it is stopped
    return 1 if any(tally.wrong for tally in tallies.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
