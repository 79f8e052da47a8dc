"""The data download.

Valid by its own description, equal to the edition, readable as SDMX by another program's rules, and
the same bytes at any hour and place.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest
from frictionless import Package
from pysdmx.io import get_datasets, read_sdmx

from digitransform.edition.example import example_edition
from digitransform.report.results import (
    CRATE_FILE,
    DOWNLOADS,
    INDICATORS,
    download_tables,
    probability_code,
    write_results,
)

KEY = ["unit", "year", "quantity", "probability"]
EDITION = example_edition()
MODEL = EDITION.manifest["default_model"]


def with_tables(**tables):
    "The example edition with other tables."
    return replace(EDITION, tables={**EDITION.tables, **tables})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_results(EDITION, tmp_path_factory.mktemp("results") / "results")


def small():
    "The same with the forecasts of one place and year, quick to check."
    q = EDITION.quantiles
    return with_tables(quantiles=q[(q.unit == "VN") & (q.year == 2019)])


@pytest.fixture(scope="module")
def small_folder(tmp_path_factory):
    return write_results(small(), tmp_path_factory.mktemp("small") / "results")


@pytest.fixture
def copy(small_folder, tmp_path):
    return Path(shutil.copytree(small_folder, tmp_path / "copy"))


def faults(folder):
    report = Package(str(folder / "datapackage.json")).validate()
    return {(task.name, e.type) for task in report.tasks for e in task.errors} | {
        ("package", e.type) for e in report.errors
    }


def read(folder, name):
    return pd.read_csv(
        folder / f"{name}.csv",
        dtype={"map": "str", "period": "str", "published": "str", "office_code": "str"},
    )


# The data package


def test_the_package_is_valid_by_its_own_description(folder):
    assert faults(folder) == set()


@pytest.mark.parametrize(
    "table, old, new, fault",
    [
        ("forecasts", ",estimate\n", ",guess\n", "constraint-error"),
        ("forecasts", "VN,2019,", "XX,2019,", "foreign-key"),
        ("forecasts", ",0.5,", ",1.5,", "constraint-error"),
        ("targets", ",2030,", ",soon,", "type-error"),
        ("evidence", "unit,", "place,", "incorrect-label"),
        ("units", "VN,", "34-24,", "primary-key"),
    ],
)
def test_what_is_wrong_in_a_table_is_found(copy, table, old, new, fault):
    path = copy / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert (table, fault) in faults(copy)


def test_a_broken_download_is_found(copy):
    path = copy / "sdmx" / "observations.csv"
    path.write_bytes(path.read_bytes()[:-100])
    assert ("observations", "hash-count") in faults(copy)


def test_every_column_is_described_and_every_file_listed(folder):
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert {r["path"] for r in package["resources"]} == {
        p.relative_to(folder).as_posix()
        for p in folder.rglob("*.*")
        if p.name not in ("datapackage.json", CRATE_FILE) and p.suffix != ".zip"
    }
    for r in package["resources"]:
        content = (folder / r["path"]).read_bytes()
        assert (r["bytes"], r["hash"]) == (
            len(content),
            f"sha256:{hashlib.sha256(content).hexdigest()}",
        ) and r["title"]
        if r["type"] == "table":
            assert [f["name"] for f in r["schema"]["fields"]] == content.split(b"\n", 1)[
                0
            ].decode().split(",")
            assert all(f["description"] for f in r["schema"]["fields"])
    m = EDITION.manifest
    assert (package["created"], package["edition_hash"], package["version"]) == (
        f"{m['as_of']}T00:00:00Z",
        m["key"],
        m["id"],
    ) and package["licenses"][0]["title"]


def test_the_forecasts_are_those_of_the_model_behind_the_reports(folder):
    q = EDITION.quantiles
    assert q.model.nunique() > 1
    q = q[q.model == MODEL].set_index(KEY).value
    found = read(folder, "forecasts")
    assert (
        len(found) == len(q)
        and (found.kind == np.where(found.year <= 2025, "estimate", "forecast")).all()
    )
    same = q.reindex(pd.MultiIndex.from_frame(found[KEY]))
    np.testing.assert_array_equal(found.value, same)


def test_all_units_of_the_edition_are_there(folder):
    assert set(read(folder, "forecasts").unit) == set(EDITION.quantiles.unit) and len(
        read(folder, "units")
    ) == len(EDITION.units)


def test_every_published_figure_and_target_has_its_source(folder):
    address = EDITION.sources.set_index("source").url
    titles = read(folder, "sources").set_index("source").title
    for name, table in (("evidence", EDITION.evidence), ("targets", EDITION.targets)):
        found = read(folder, name)
        assert (
            len(found) == len(table)
            and found.source.isin(titles.index).all()
            and titles[found.source.unique()].notna().all()
        )
        assert found.url.fillna("").tolist() == address[found.source].fillna("").tolist()
    np.testing.assert_array_equal(
        read(folder, "evidence").value, EDITION.evidence.value
    )  # as published, every digit


def test_a_missing_number_is_an_empty_cell(folder):
    found = read(folder, "attainment")
    for column in ("probability", "gap", "first_year", "required_growth"):
        assert found[column].isna().tolist() == EDITION.attainment[column].isna().tolist()
    assert found.probability.isna().any()


def test_an_edition_without_scores_or_vietnamese_documents_is_published(tmp_path):
    made = small()
    tables = dict(
        scorecard=EDITION.scorecard.iloc[:0],
        targets=EDITION.targets.drop(columns="document_vi"),
    )
    bare = replace(made, tables={**made.tables, **tables})
    assert len(download_tables(bare)["scorecard"]) == 0
    assert faults(write_results(bare, tmp_path)) == set()


def test_a_name_in_a_third_language_is_described(tmp_path):
    units = EDITION.units.assign(name_fr=EDITION.units.name_en)
    found = download_tables(with_tables(units=units))["units"]
    assert {"name_vi", "name_en", "name_fr"} <= set(found)


def test_nothing_of_a_table_is_left_out_but_the_model():
    for name, table in download_tables(EDITION).items():
        asked = DOWNLOADS[name]
        expected = {*EDITION.tables[asked.table], *asked.adds} - {*asked.drops}
        assert set(table) == expected, name


# SDMX


@pytest.fixture(scope="module")
def dataset(folder):
    "Read with pysdmx, the structure checked against the JSON schema of the standard."
    [found] = get_datasets(
        folder / "sdmx" / "observations.csv", folder / "sdmx" / "structure.json", validate=True
    )
    return found


def test_sdmx_holds_the_same_numbers(folder, dataset):
    ours = read(folder, "forecasts")
    ours = ours.assign(
        quantity=ours.quantity.map({q: v[0] for q, v in INDICATORS.items()}),
        probability=ours.probability.map(probability_code),
        year=ours.year.astype(str),
    ).set_index(KEY)
    theirs = dataset.data.astype(
        {c: "str" for c in ("REF_AREA", "TIME_PERIOD", "INDICATOR", "PROBABILITY", "OBS_STATUS")}
    ).set_index(["REF_AREA", "TIME_PERIOD", "INDICATOR", "PROBABILITY"])
    assert len(theirs) == len(ours) and theirs.index.is_unique
    theirs = theirs.reindex(ours.index)
    assert (theirs.OBS_VALUE.astype(float).to_numpy() == ours.value.to_numpy()).all()
    assert (theirs.OBS_STATUS == ours.kind.map({"estimate": "E", "forecast": "F"})).all()


def test_every_code_in_the_data_is_in_its_code_list(dataset):
    coded = {
        c.id: {i.id for i in c.enumeration} for c in dataset.structure.components if c.enumeration
    }
    assert set(coded) == {
        "FREQ",
        "REF_AREA",
        "INDICATOR",
        "PROBABILITY",
        "OBS_STATUS",
        "UNIT_MEASURE",
        "UNIT_MULT",
    }
    for column, codes in coded.items():
        assert set(dataset.data[column]) <= codes, column
    assert {c.id for c in dataset.structure.components} == set(dataset.data)


def test_units_of_measure_follow_from_the_indicator(dataset):
    found = dataset.data[["INDICATOR", "UNIT_MEASURE", "UNIT_MULT"]].drop_duplicates()
    assert sorted(found.itertuples(index=False, name=None)) == sorted(
        (i.code, i.unit, i.power(12)) for i in INDICATORS.values()
    )


def test_amounts_are_in_the_scale_of_the_accounts(tmp_path):
    locale = EDITION.manifest["locale"] | dict(power_of_ten=9, currency=dict(en="US dollars"))
    manifest = EDITION.manifest | dict(locale=locale | dict(languages=["en"]))
    where = write_results(replace(small(), manifest=manifest), tmp_path / "results")
    rows = pd.read_csv(where / "sdmx" / "observations.csv", dtype=str)
    assert set(rows.UNIT_MULT[rows.INDICATOR == "OUTPUT"]) == {"9"}
    assert set(rows.UNIT_MULT[rows.INDICATOR == "DIGITAL_SHARE"]) == {"0"}
    package = json.loads((where / "datapackage.json").read_text(encoding="utf-8"))
    assert "Amounts are in billion US dollars." in package["description"]
    [table] = [r for r in package["resources"] if r["name"] == "forecasts"]
    [value] = [f for f in table["schema"]["fields"] if f["name"] == "value"]
    assert value["unit"] == "percent, or billion US dollars"


def test_the_structure_names_its_maker_its_date_and_its_places(folder):
    message = read_sdmx(folder / "sdmx" / "structure.json", validate=True)
    assert (
        message.header.sender.id == "DIGITRANSFORM"
        and message.header.prepared.isoformat()[:10] == EDITION.manifest["as_of"]
    )
    [areas] = [s for s in message.structures if s.id == "CL_REF_AREA"]
    names = {c.id: c.name for c in areas}
    assert names["VN"] == "Viet Nam" and len(set(names.values())) == len(
        names
    )  # the two Bắc Ninh can be told apart
    shared = {
        s.short_urn: s.is_partial
        for s in message.structures
        if str(getattr(s.agency, "id", s.agency)) == "SDMX"
    }
    assert shared == {
        "Codelist=SDMX:CL_FREQ(2.1)": True,
        "Codelist=SDMX:CL_OBS_STATUS(2.3)": True,
        "Codelist=SDMX:CL_UNIT_MULT(1.1)": True,
    }


def test_codes_of_probabilities_differ():
    every = [0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975]
    assert len({probability_code(p) for p in every}) == len(every) and all(
        c.replace("_", "").isalnum() for c in map(probability_code, every)
    )


# The same bytes

WRITE = """
import sys
from digitransform.edition.example import example_edition
from digitransform.report.results import write_results
write_results(example_edition(), sys.argv[1])
"""


def test_the_same_edition_gives_the_same_bytes_at_any_hour_and_place(folder, tmp_path):
    subprocess.run(
        [sys.executable, "-c", WRITE, str(tmp_path / "again")],
        check=True,
        env=os.environ | dict(TZ="Pacific/Kiritimati", PYTHONHASHSEED="7", LC_ALL="C"),
    )
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        assert path.read_bytes() == (tmp_path / "again" / path.relative_to(folder)).read_bytes(), (
            path.name
        )


def test_the_zip_holds_all_of_it(folder):
    with ZipFile(folder / f"digitransform-{EDITION.id}.zip") as archive:
        inside = {m.filename.split("/", 1)[1]: archive.read(m) for m in archive.infolist()}
        assert {m.date_time for m in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert inside == {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and p.suffix != ".zip"
    }


def test_writing_twice_into_the_same_folder_changes_nothing(copy):
    before = {p: p.read_bytes() for p in copy.rglob("*") if p.is_file()}
    write_results(small(), copy)
    assert {p: p.read_bytes() for p in copy.rglob("*") if p.is_file()} == before


# The research object: the must-rules of RO-Crate 1.1, by number of its chapters


@pytest.fixture(scope="module")
def crate(folder):
    said = json.loads((folder / CRATE_FILE).read_text(encoding="utf-8"))
    assert set(said) == {"@context", "@graph"}
    assert said["@context"] == "https://w3id.org/ro/crate/1.1/context"
    return {thing["@id"]: thing for thing in said["@graph"]}


def references(thing: dict) -> list[str]:
    "The things that a thing refers to."
    found = []
    for value in thing.values():
        for part in value if isinstance(value, list) else [value]:
            if isinstance(part, dict):
                found.append(part["@id"])
    return found


def test_the_crate_is_a_flat_list_of_things_with_names_and_kinds(folder, crate):
    "Appendix, JSON-LD: flattened and compacted; each thing once, with @id and @type."
    graph = json.loads((folder / CRATE_FILE).read_text(encoding="utf-8"))["@graph"]
    assert len(graph) == len(crate)
    for thing in graph:
        assert thing["@id"] and thing["@type"] and (thing.get("name") or "about" in thing)
        for value in thing.values():
            for part in value if isinstance(value, list) else [value]:
                assert isinstance(part, str) or set(part) == {"@id"}, f"{thing['@id']} is not flat"
        outside = [name for name in references(thing) if not name.startswith("https://")]
        assert set(outside) <= set(crate), f"{thing['@id']} refers to a thing that is not there"


def test_the_crate_describes_itself_and_its_root(crate):
    "Root data entity: descriptor with about and conformsTo; name, description, date, licence."
    descriptor = crate["ro-crate-metadata.json"]
    assert descriptor["@type"] == "CreativeWork" and descriptor["about"] == {"@id": "./"}
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    root = crate["./"]
    assert root["@type"] == "Dataset" and root["datePublished"] == EDITION.manifest["as_of"]
    assert root["name"] and root["description"] and crate[root["license"]["@id"]]["description"]


def test_the_parts_of_the_crate_are_the_files_of_the_folder(folder, crate):
    "Data entities: each file is a File, linked from the root, with its path as @id."
    parts = {part["@id"] for part in crate["./"]["hasPart"]}
    assert parts == {name for name, thing in crate.items() if thing["@type"] == "File"}
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*.*") if p.suffix != ".zip"}
    assert parts == files - {CRATE_FILE}
    for name in parts:
        content = (folder / name).read_bytes()
        assert crate[name]["sha256"] == hashlib.sha256(content).hexdigest()
        assert crate[name]["contentSize"] == str(len(content))


def test_the_crate_says_how_the_edition_was_made(crate):
    "Provenance: an action with instrument, objects and result, as the manifest has them."
    manifest = EDITION.manifest
    making = crate["#making"]
    assert making["@type"] == "CreateAction" and making["result"] == {"@id": "./"}
    program = crate[making["instrument"]["@id"]]
    assert program["softwareVersion"] == manifest["versions"]["digitransform"]
    data = {crate[name["@id"]]["name"]: crate[name["@id"]]["sha256"] for name in making["object"]}
    assert data == manifest["checksums"]["data"]
    settings = {
        crate[s["@id"]]["name"]: crate[s["@id"]]["value"] for s in making["additionalProperty"]
    }
    assert settings == manifest["settings"]
