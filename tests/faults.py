"What a run may leave that was killed, or whose disk was full: the old files or the new ones."

import os
import re
import time
from pathlib import Path

MARK = "DIGITRANSFORM_FAULT"  # in the environment of a run and of all that it starts
PATIENCE = 5  # seconds within which all of a killed run must be gone
VARYING = {"run.json"}  # says when a run began
BESIDE = re.compile(
    r"edition/[\w-]+-[0-9a-f]{8}\.\w+$"
)  # of an edition being saved: nobody reads it


def contents(out: Path) -> dict[str, bytes]:
    "Every file below `out` that a reader could meet, and the records; hidden ones are left out."
    found = (path for path in sorted(out.rglob("*")) if path.is_file())
    paths = {path.relative_to(out).as_posix(): path for path in found}
    return {
        name: path.read_bytes()
        for name, path in paths.items()
        if name not in VARYING and "/." not in f"/{name}" and not BESIDE.search(name)
    }


def neither(now: dict, *states: dict) -> list[str]:
    """Files that are in none of `states` as they are now, and files of the first state that are
    gone. Records are left out: they say for a moment that they describe nothing.
    """
    torn = [
        name
        for name, content in now.items()
        if "/records/" not in name and all(state.get(name) != content for state in states)
    ]
    return [*torn, *(f"{name} is gone" for name in states[0] if name not in now)]


def alive(mark: str) -> list[int]:
    "Processes that carry `mark` in their environment and have not ended."
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            ended = (folder / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
            if not ended and f"{MARK}={mark}".encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def orphans(mark: str) -> list[int]:
    "Processes of the run `mark` that are still alive after `PATIENCE`."
    until = time.monotonic() + PATIENCE
    while (left := alive(mark)) and time.monotonic() < until:
        time.sleep(0.05)
    return left


def processes_in(folder: Path) -> list[int]:
    "Other processes that stand in `folder` and have not ended."
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            ended = (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
            here = Path(os.readlink(process / "cwd")).is_relative_to(folder)
        except OSError:
            continue
        if here and not ended and int(process.name) != os.getpid():
            found.append(int(process.name))
    return found


def gone(folder: Path, within: float = PATIENCE) -> bool:
    "Whether all processes that stood in `folder` end within some seconds."
    until = time.monotonic() + within
    while processes_in(folder) and time.monotonic() < until:
        time.sleep(0.05)
    return not processes_in(folder)


def leftovers(out: Path) -> list[str]:
    "Parts of files, and folders of parts, that the last run left."
    return [str(path.relative_to(out)) for path in out.rglob(".part*")]


def environment(mark: str, root: Path) -> dict[str, str]:
    "The environment of a run, which it hands on to all that it starts."
    return {**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1", MARK: mark}
