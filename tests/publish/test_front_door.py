"""The front door: every name that `import digitransform as dt` and the parts offer is there,
described, and quick to load.
"""

import ast
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import digitransform as dt

PACKAGE = Path(dt.__path__[0])
ROOT = PACKAGE.parent
PARTS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.pyi"))


def offered(stub: Path) -> dict[str, str]:
    "Name → module of everything a stub offers; a part's module is ''."
    imports = [n for n in ast.parse(stub.read_text()).body if isinstance(n, ast.ImportFrom)]
    return {alias.name: node.module or "" for node in imports for alias in node.names}


TOP = offered(PACKAGE / "__init__.pyi")
NAMES = sorted(name for name, module in TOP.items() if module)


def test_the_front_door_offers_about_forty_names_and_all_parts():
    assert 30 <= len(NAMES) <= 50
    assert sorted(set(TOP) - set(NAMES)) == PARTS and len(PARTS) == 9
    assert dir(dt) == dt.__all__ == sorted(TOP)


def test_a_slip_gets_the_nearest_name():
    with pytest.raises(AttributeError, match="no attribute 'forcast'; did you mean 'forecast'"):
        dt.forcast
    with pytest.raises(AttributeError, match="'digitransform.models'.*did you mean 'Theta'"):
        dt.models.Teta
    assert not hasattr(dt, "__wrapped__") and not hasattr(dt, "xyz")


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_what_its_module_calls_so(name):
    module = importlib.import_module(f"digitransform.{TOP[name]}")
    assert getattr(dt, name) is getattr(module, name)


@pytest.mark.parametrize("part", PARTS)
def test_each_part_offers_names_of_its_own_modules_and_none_that_is_a_module(part):
    package = importlib.import_module(f"digitransform.{part}")
    names = offered(PACKAGE / part / "__init__.pyi")
    assert dir(package) == sorted(names)
    for name, module in names.items():
        source = importlib.import_module(f"digitransform.{part}.{module}")
        assert getattr(package, name) is getattr(source, name)
        assert not (PACKAGE / part / f"{name}.py").exists(), "it would hide the module"


def test_the_import_is_quick_and_loads_no_library_of_numbers():
    code = """
import sys, time
begun = time.perf_counter()
import digitransform
seconds = time.perf_counter() - begun
print(seconds, sorted({"numpy", "pandas", "scipy", "matplotlib"} & set(sys.modules)))
"""
    run = [sys.executable, "-c", code]
    told = [subprocess.run(run, cwd=ROOT, capture_output=True, text=True).stdout for _ in range(3)]
    assert all(text.endswith("[]\n") for text in told), told
    assert min(float(text.split()[0]) for text in told) < 0.1


def test_there_is_a_version_and_an_unknown_name_is_an_attribute_error():
    assert re.match(r"\d+\.\d+|0\+unknown", dt.__version__)
    with pytest.raises(AttributeError, match="forcast"):
        dt.forcast


def test_what_one_asks_for_by_name_answers_with_the_nearest(shown_info):
    info = shown_info
    slips = {
        "did you mean|nearest valid value is 'latent_share'": lambda: dt.candidates(info)["latent"],
        "nearest valid value is 'us_states_ict'": lambda: info.analogues["us_states"],
        "nearest valid value is 'logit'": lambda: dt.forecast_panel(PANEL, scale="logitt"),
        "nearest valid value is 'Hà Nội'": lambda: info.without("Hà Nộii"),
        "nearest valid value is 'digital_share'": lambda: info.latest("digital_shar"),
        r"info.geography.resolve\('Hà Nội'\)": lambda: ahead(info).filter(unit="Hà Nội"),
        "the last year, 2024, is before the first, 2025": lambda: ahead(info, 2025, 2024),
    }
    for said, slip in slips.items():
        with pytest.raises(dt.DataError, match=said):
            slip()


PANEL = pd.DataFrame(
    [(unit, year, 10 + year % 5) for unit in "AB" for year in range(2010, 2020)],
    columns=["unit", "year", "value"],
)


@pytest.fixture(scope="module")
def shown_info():
    return dt.collection().as_of("2026-11-22")


def ahead(info, first=2025, until=2026):
    return dt.forecast(dt.model(info, naive=dt.candidates(info)["naive"]), first, until, draws=20)


def test_a_notebook_shows_forecasts_editions_and_information_as_tables(shown_info):
    for thing in (ahead(shown_info), shown_info, dt.edition.example_edition()):
        assert "<table" in thing._repr_html_() and len(thing._repr_html_()) < 20_000


def test_older_scripts_find_what_they_imported():
    from digitransform.panel import read_panel
    from digitransform.table import read_table

    assert read_panel is dt.read_panel and read_table is dt.data.read_table


def test_type_checkers_are_told_that_there_are_types():
    assert (PACKAGE / "py.typed").is_file()
    packed = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '"py.typed"' in packed and '"**/*.pyi"' in packed


# Docstrings


def undescribed(name: str, thing) -> str:
    "What the docstring of `thing` lacks, or ''."
    text = inspect.getdoc(thing) or ""
    if inspect.isclass(thing):
        wanted = () if issubclass(thing, Exception) else ("Parameters|Attributes",)
    else:
        signature = inspect.signature(thing)
        wanted = ("Parameters",) if signature.parameters else ()
        wanted += () if signature.return_annotation in (None, "None") else ("Returns|Yields",)
    lacking = [w for w in wanted if not re.search(rf"^({w})\n-+$", text, re.M)]
    return f"{name}: no {', '.join(lacking)}" if lacking else "" if text else f"{name}: nothing"


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_described_with_its_parameters_and_what_it_returns(name):
    assert not undescribed(name, getattr(dt, name))
