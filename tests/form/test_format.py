"""Notebooks, tests and benchmarks are formatted and linted by ruff.

Generated modules follow from them.
"""

import subprocess
import sys

import pytest
from notebooks import ROOT

SOURCES = ["nbs", "tests", "benchmarks", "docs", "reports"]


def ruff(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "ruff", *words], cwd=ROOT, capture_output=True, text=True
    )


def test_sources_are_formatted():
    done = ruff("format", "--check", *SOURCES)
    assert done.returncode == 0, f"run `make export`:\n{done.stdout}{done.stderr}"


def test_sources_have_no_lint():
    done = ruff("check", "--output-format", "concise", *SOURCES)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"


@pytest.mark.parametrize(
    "code, said",
    [
        ("x = 1; y = 2\n", "E702"),
        ("f = lambda x: x\n", "E731"),
        ("if 1: x = 2\n", "E701"),
        ("import os\n", "F401"),
        ("x = 'a' + \\\n" + "    '" + "b " * 60 + "'\n", "E501"),
    ],
)
def test_a_slip_is_reported(code, said, tmp_path):
    (tmp_path / "slip.py").write_text(code)
    done = ruff("check", "--config", str(ROOT / "pyproject.toml"), str(tmp_path / "slip.py"))
    assert done.returncode == 1 and said in done.stdout
