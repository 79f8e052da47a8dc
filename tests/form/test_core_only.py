"""`pip install digitransform` without extras: data, models and back-tests work, and whoever asks
for more is told what to install.
"""

import os
import subprocess
import sys
import tomllib
from importlib import metadata

import pytest
from notebooks import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from digitransform.publish.settings import EXTRAS

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MOST = 60  # distributions
BLOCK = """
import sys


class Absent:
    "Finds no module of a library that is not installed."

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Absent())
"""


def closure(requirements: list[str], extras: tuple[str, ...] = ()) -> set[str]:
    "All distributions that requirements need, directly or through others."
    found: set[str] = set()
    waiting = [(text, extras) for text in requirements]
    while waiting:
        text, asked = waiting.pop()
        need = Requirement(text)
        holds = need.marker is None or any(
            need.marker.evaluate({"extra": extra}) for extra in (*asked, "")
        )
        name = canonicalize_name(need.name)
        if holds and name not in found:
            found.add(name)
            more = metadata.requires(name) or []
            waiting += [(requirement, tuple(need.extras)) for requirement in more]
    return found


OPTIONAL = PROJECT["optional-dependencies"]
CORE = closure(PROJECT["dependencies"])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    "Run Python as if only the core were installed."
    folder = tmp_path_factory.mktemp("core")
    known = metadata.packages_distributions()
    absent = {
        module
        for module, names in known.items()
        if not {canonicalize_name(name) for name in names} & {*CORE, "digitransform", "pip"}
    }
    absent -= {"tests", "_virtualenv"}
    text = f"ABSENT = {sorted(absent)!r}\n{BLOCK}"
    (folder / "sitecustomize.py").write_text(text, encoding="utf-8")
    rows = [f"{unit},{year},{10 + year % 5}" for unit in "ABC" for year in range(2008, 2022)]
    (folder / "PANEL.csv").write_text("\n".join(["unit,year,value", *rows]), encoding="utf-8")
    path = os.pathsep.join([str(folder), str(ROOT)])

    def run(*words: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, *words],
            cwd=folder,
            env=os.environ | dict(PYTHONPATH=path, PYTHONUTF8="1"),
            capture_output=True,
            text=True,
        )

    return run


def test_the_core_is_small():
    assert len(CORE) <= MOST
    assert not CORE & {"pypandoc-binary", "typst", "matplotlib", "papermill", "ipykernel"}


QUICK = "--draws 100 --horizon 2 --jobs 1"


@pytest.mark.parametrize(
    "words",
    [
        "check",
        f"backtest PANEL.csv --models naive,drift,theta {QUICK}",
        f"forecast-panel PANEL.csv {QUICK}",
    ],
)
def test_data_models_and_back_tests_need_no_extra(run, words):
    done = run("-m", "digitransform", *words.split())
    assert done.returncode == 0 and done.stdout, done.stderr[-2000:]


@pytest.mark.parametrize(
    "words, extra",
    {
        f"forecast-panel PANEL.csv {QUICK} --chart FILE.svg": "report",
        "publish --unit VN": "report",
        "update --source world_bank_gdp": "live",
    }.items(),
)
def test_whoever_asks_for_more_is_told_what_to_install(run, words, extra):
    done = run("-m", "digitransform", *words.split())
    said = [line for line in done.stderr.splitlines() if line.startswith("digitransform: ")]
    assert done.returncode == 2 and len(said) == 1, done.stderr[-2000:]
    assert f"pip install 'digitransform[{extra}]'" in said[0] and "Traceback" not in done.stderr


def test_modules_of_extras_are_those_that_are_declared():
    known = metadata.packages_distributions()
    for extra, modules in EXTRAS.items():
        declared = {canonicalize_name(Requirement(r).name) for r in OPTIONAL[extra]}
        brought = {canonicalize_name(known[module][0]) for module in modules}
        assert brought == declared and not brought & CORE, extra


def test_without_pandoc_a_formula_is_shown_as_it_is_written(monkeypatch):
    from digitransform.report.blocks import mathml

    monkeypatch.setitem(sys.modules, "pypandoc", None)
    shown = mathml.__wrapped__(r"s < \\frac{V}{Y}")
    assert shown == r'<code class="formula">s &lt; \\frac{V}{Y}</code>'
