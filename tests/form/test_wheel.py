"""What a user of pip gets: a whole wheel, and a README whose Python runs from an empty folder."""

import os
import re
import shlex
import subprocess
import sys

import pytest
from notebooks import ROOT

pytestmark = pytest.mark.slow
SECONDS = 300


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    "A folder in which the wheel is installed, built from the sources as they stand."
    built = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", str(built), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    (wheel,) = built.glob("*.whl")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    install += ["--target", str(built / "site"), str(wheel)]
    done = subprocess.run(install, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    return built / "site"


@pytest.fixture
def run(site, tmp_path):
    "Run Python in an empty folder with the installed wheel first on the path."

    def run(*words: str) -> subprocess.CompletedProcess:
        environment = {"PYTHONPATH": str(site), "PATH": "/usr/bin:/bin", "PYTHONUTF8": "1"}
        return subprocess.run(
            [sys.executable, *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )

    return run


def test_the_wheel_has_all_that_is_no_python(site):
    package = site / "digitransform"
    for name in ("py.typed", "__init__.pyi", "style/page.css", "edition/schema.json"):
        assert (package / name).is_file(), name
    assert (package / "locale/vi/LC_MESSAGES/digitransform.po").is_file()
    assert (package / "collection/data/targets.csv").is_file()
    assert (package / "collection/reports/unit.ipynb").is_file()
    modules = {p.relative_to(ROOT) for p in (ROOT / "digitransform").rglob("*.py")}
    assert all((site / m).is_file() for m in modules)


def test_the_readmes_python_runs_as_printed(run, site):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```python\n(.*?)```", readme, re.S))
    done = run("-c", code + "\nprint(dt.__file__)")
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip().endswith(str(site / "digitransform" / "__init__.py"))


# The README's commands


def printed() -> list[str]:
    "Each command line in the README's blocks, without its remark."
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", readme, re.S | re.M)
    plain = [line for language, block in blocks if not language for line in block.splitlines()]
    lines = [line.partition(" #")[0].strip() for line in plain]
    return [line for line in lines if line]


COMMANDS = printed()
OURS = [line for line in COMMANDS if line.startswith("digitransform ")]
# Run as printed, some with fewer draws. The others publish, compute or wait: they are parsed.
RUN = {
    "units | head": "",
    "required 30": "",
    "init america": "",
    "completion": "",
    "backtest PANEL.csv --models": "--draws 100 --horizon 2 --jobs 1",
    "forecast-panel PANEL.csv --horizon 5 --chart": "--draws 100 --jobs 1",
}


def test_the_readme_names_the_ways_in():
    assert "pip install ." in COMMANDS and "make report" in COMMANDS and len(OURS) >= 12
    assert all(any(f"digitransform {begin}" in line for line in OURS) for begin in RUN)


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("make ")])
def test_make_knows_the_readmes_targets(line):
    dry = ["make", "--dry-run", "--old-file=.venv/.ready", *shlex.split(line)[1:]]
    done = subprocess.run(dry, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("line", OURS)
def test_the_parser_takes_the_readmes_commands(line):
    from digitransform.publish.cli import command_line

    words = shlex.split(line.partition("|")[0])[1:]
    assert command_line().parse_args(words).command == words[0]


def test_the_readmes_commands_run_from_an_installed_wheel_in_an_empty_folder(site, tmp_path):
    rows = [f"{unit},{year},{10 + year % 5}" for unit in "ABC" for year in range(2008, 2022)]
    (tmp_path / "PANEL.csv").write_text("\n".join(["unit,year,value", *rows]), encoding="utf-8")
    path = f"{site / 'bin'}:/usr/bin:/bin"
    environment = dict(PYTHONPATH=str(site), PATH=path, PYTHONUTF8="1", HOME=os.environ["HOME"])
    for begin, more in RUN.items():
        (line,) = [line for line in OURS if line.startswith(f"digitransform {begin}")]
        done = subprocess.run(
            f"set -o pipefail; {line} {more}",
            shell=True,
            executable="/bin/bash",
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        ended = 141 if "|" in line else 0  # head closes the pipe
        assert done.returncode in (0, ended) and done.stdout, f"{line}: {done.stderr[-1000:]}"
        assert "Traceback" not in done.stderr
    assert (tmp_path / "FILE.svg").is_file()
