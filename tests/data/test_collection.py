"""A collection is refused as a whole, and an information set answers or refuses."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from notebooks import ROOT

from digitransform.core.errors import DataError
from digitransform.data.collection import collection
from digitransform.data.geography import read_geography
from digitransform.data.panels import check_panel
from digitransform.data.tables import checksums, read_csv, read_table

DATA = ROOT / "data"


@pytest.fixture
def copy(tmp_path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


@pytest.fixture(scope="module")
def info():
    return collection(DATA).as_of("2026-11-22")


def edit(path: Path, change) -> None:
    "Rewrite a CSV file after `change` has changed its table of text."
    table = read_csv(path)
    change(table)
    table.to_csv(path, index=False)


def set_cell(file: str, unit: str, column: str, value: str):
    "A change of one cell of a table of units."

    def change(folder):
        def assign(table):
            table.loc[table.unit == unit, column] = value

        edit(folder / file, assign)

    return change


def add_alias(alias: str, unit: str):
    "A further alias."

    def change(folder):
        path = folder / "geography/aliases.csv"
        fields = path.read_text(encoding="utf-8").splitlines()[0].split(",")
        row = ",".join({"alias": alias, "unit": unit}.get(f, "") for f in fields)
        path.write_text(path.read_text(encoding="utf-8") + row + "\n", encoding="utf-8")

    return change


UNITS = "geography/units.csv"


@pytest.mark.parametrize(
    "change, said",
    [
        (set_cell(UNITS, "VN", "parent", "34-24"), "its parents form a circle"),
        (set_cell(UNITS, "34-24", "name_vi", "Hà Nội"), "'Hà Nội' is also the name of"),
        (set_cell(UNITS, "34-24", "name_vi", "Ha Noi"), "is also the name of"),
        (set_cell(UNITS, "34-24", "slug", "index"), "'index' is the address of another page"),
        (set_cell(UNITS, "34-24", "slug", "compare"), "'compare' is the address of another page"),
        (set_cell(UNITS, "34-24", "slug", "changes"), "'changes' is the address of another page"),
        (set_cell(UNITS, "34-24", "parent", "34-XX"), "'34-XX' is not a unit"),
        (add_alias("Hà Nội", "34-24"), "'Hà Nội' already means 34-01"),
    ],
)
def test_a_geography_that_breaks_a_law_is_refused(copy, change, said):
    change(copy)
    with pytest.raises(DataError) as error:
        read_geography(copy)
    assert said in str(error.value) and error.value.row


def test_a_fault_in_any_table_is_found(copy):
    path = copy / "observations/comparators.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("s0031", "s9031"), encoding="utf-8")
    with pytest.raises(DataError, match="comparators.csv, row .*'s9031' is not in sources.csv"):
        collection(copy)


@pytest.mark.parametrize("key", ["currency", "defined_by", "milestone"])
def test_a_country_is_described_completely(copy, key):
    package = json.loads((copy / "datapackage.json").read_text(encoding="utf-8"))
    del package["locale"][key]
    (copy / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    with pytest.raises(DataError, match=f"column locale.{key}"):
        collection(copy)


def test_files_that_are_not_declared_do_not_count(copy):
    before = collection(copy)
    (copy / "observations/._digital_share.csv").write_bytes(b"\0\5\x16")
    shutil.copy(copy / "observations/gdp.csv", copy / "observations/gdp (1).csv")
    after = collection(copy)
    assert after.checksums == before.checksums and after.newest() == before.newest()
    assert checksums(copy) == before.checksums  # what an edition records and `status` compares


@pytest.mark.parametrize("name", ["corrections", "targets", "observations/emarket"])
def test_a_table_may_be_empty(copy, name):
    path = copy / f"{name}.csv"
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert len(collection(copy).as_of("2026-11-22"))


@pytest.mark.parametrize("spelling", ["34-24", "Bắc Ninh", "bac ninh", "bac-ninh"])
def test_a_unit_is_left_out_in_any_spelling(info, spelling):
    left = info.without(spelling)
    assert set(info.observations.unit) - set(left.observations.unit) == {"34-24"}


@pytest.mark.parametrize(
    "question, said",
    [
        (lambda i: i.select("digital_shar"), "nearest valid value is 'digital_share'"),
        (lambda i: i.select("digital_share", "offical"), "nearest valid value is 'official'"),
        (lambda i: i.latest("digital_share", ["official", "x"]), "no measure called 'x'"),
        (lambda i: i.without("Bắc Ninnh"), "nearest valid value is 'Bắc Ninh'"),
        (lambda i: i.as_of("22/11/2026"), "nearest valid value is '2026-11-22'"),
        (lambda i: i.geography.leaves("Hà Nôi 2"), "no place called"),
    ],
)
def test_a_misspelt_question_is_never_answered(info, question, said):
    with pytest.raises(DataError, match=said):
        question(info)


def test_a_known_measure_without_figures_is_an_empty_answer(info):
    early = info.as_of("2019-01-01")
    assert early.latest("digital_share", "official").empty and early.cutoff < info.cutoff


def test_targets_and_panels_are_cut_like_figures(info):
    early = info.as_of("2019-06-30")
    assert (early.targets.available_from <= early.cutoff).all()
    assert early.analogues["us_states_ict"].year.max() == 2017
    assert early.as_of("2026-11-22").cutoff == early.cutoff


def test_a_panel_on_demand_is_not_read_with_the_collection(copy, info):
    assert "us_state_sectors" not in info.analogues
    sectors = read_table(DATA, "analogues/us_state_sectors")
    assert sectors.definition.nunique() == 18 and sectors.unit.nunique() == 52
    (copy / "analogues/us_state_sectors.csv.gz").write_bytes(b"not a table")
    assert len(collection(copy).observations)
    with pytest.raises(DataError, match="us_state_sectors.csv.gz: the file cannot be read"):
        read_table(copy, "analogues/us_state_sectors")


def test_two_parents_of_a_unit_are_refused():
    panel = pd.DataFrame({"unit": "A", "year": [2001, 2002], "value": 1.0, "parent": ["R", "S"]})
    with pytest.raises(DataError, match="row 3, column parent: 'A' has another parent"):
        check_panel(panel)
