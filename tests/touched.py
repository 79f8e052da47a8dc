"""Runs the tests of what was touched since the last commit: `make check`.

A touched notebook is run, with the tests of its module; a touched test file is run; the form of all
sources is always tested. Tests marked `slow` are left to `make test`.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ALWAYS = ["tests/form/test_parts.py", "tests/form/test_format.py", "tests/form/test_docs.py"]


def touched() -> list[Path]:
    "Files that differ from the last commit or are not yet tracked."
    listed = ["git", "-c", "core.quotepath=off"]
    changed = [*listed, "diff", "--name-only", "--diff-filter=d", "HEAD"]
    new = [*listed, "ls-files", "--others", "--exclude-standard"]
    found = []
    for command in (changed, new):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        found += done.stdout.splitlines()
    return [Path(name) for name in found]


def tests_of(path: Path) -> list[str]:
    "What pytest is asked to run because `path` was touched."
    name = path.as_posix()
    if path.suffix == ".ipynb" and path.parts[0] == "nbs":
        found = [f"tests/form/test_notebooks.py::test_runs[{name}]"]
        if len(path.parts) == 3:
            part = path.parts[1].split("_", 1)[-1]
            file = f"tests/{part}/test_{path.stem.split('_', 1)[-1]}.py"
            found += [file] if (ROOT / file).is_file() else []
        return found
    if path.name.startswith("test_") and path.suffix == ".py":
        return [name]
    if path.parts[0] == "reports" and path.suffix == ".ipynb":
        return ["tests/report/test_page.py", "tests/report/test_own_things.py"]
    if path.parts[0] == "data":
        return ["tests/data"]
    return []


def main(*more: str) -> int:
    chosen = dict.fromkeys([*ALWAYS, *(t for path in touched() for t in tests_of(path))])
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "-m", "not slow", *more, *chosen]
    return subprocess.run(command, cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
