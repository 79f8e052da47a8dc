"""What a user of pip gets: a whole wheel, and a README whose Python runs from an empty folder."""

import re
import subprocess
import sys
import zipfile

import pytest
from notebooks import ROOT

pytestmark = pytest.mark.slow
SECONDS = 300


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    "A folder with the unpacked wheel, built from the sources as they stand."
    built = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", str(built), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(built / "site")
    return built / "site"


@pytest.fixture
def run(site, tmp_path):
    "Run Python in an empty folder with the unpacked wheel first on the path."

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


def test_the_command_line_runs_as_a_module(run):
    done = run("-m", "digitransform", "units")
    assert done.returncode == 0 and "Bắc Ninh" in done.stdout
