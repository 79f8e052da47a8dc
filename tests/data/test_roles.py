"What a country calls its levels and measures is its own affair; the code asks for roles."

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from fictional import write_fictional

from digitransform.core.errors import DataError
from digitransform.data.collection import collection
from digitransform.data.geography import Geography, summing_matrix
from digitransform.data.observations import InformationSet
from digitransform.policy.decomposition import partitions


@pytest.fixture(scope="module")
def ruritania(tmp_path_factory):
    return collection(write_fictional(tmp_path_factory.mktemp("roles") / "data"))


def test_the_levels_and_measures_of_a_country_play_their_roles(ruritania):
    geography, info = ruritania.geography, ruritania.as_of()
    assert [geography.role(u) for u in ("RT", "3-NO", "5-KE", "3-01")] == [
        "country",
        "region",
        "group",
        "place",
    ]
    assert geography.places == ["3-01", "3-02", "3-04"]
    assert geography["3-01"].level == "shire" and geography.level_name("shire", "en") == "shire"
    assert info.measure("wider") == "treasury" and info.measure("gdp") == "gdp_crowns"
    assert set(info.newest("wider").measure) == {"treasury"}
    assert info.role_of("treasury") == "wider" and info.role_of("nothing") is None


def test_a_role_that_no_measure_plays_is_an_empty_answer(ruritania):
    info = ruritania.as_of()
    without = {role: measure for role, measure in info.roles.items() if role != "wider"}
    info = replace(info, roles=without)
    assert info.measure("wider") is None and info.measures("wider", "reference") == ["official"]
    assert info.newest("wider").empty and len(info.newest("reference"))


def test_a_misspelt_role_is_refused(ruritania):
    with pytest.raises(DataError, match="nearest valid value is 'wider'"):
        ruritania.as_of().measure("widder")
    with pytest.raises(DataError, match="nearest valid value is 'wider'"):
        ruritania.indicators.by_role("widder")


def nested() -> Geography:
    "A country with two regions; one of them holds two districts, whose places differ in number."
    rows = [
        ("X", None, "country", None),
        ("N", "m", "region", "X"),
        ("S", "m", "region", "X"),
        ("N1", "m", "district", "N"),
        ("N2", "m", "district", "N"),
        *((f"a{i}", "m", "town", "N1") for i in range(3)),
        *((f"b{i}", "m", "town", "N2") for i in range(2)),
        ("c0", "m", "town", "S"),
    ]
    units = pd.DataFrame(rows, columns=["unit", "map", "level", "parent"]).set_index("unit")
    roles = dict(country="country", region="region", district="region", town="place")
    levels = pd.DataFrame({"role": roles})
    moves = pd.DataFrame(columns=["from_unit", "to_unit", "share"])
    return Geography(units.assign(group=None), moves, {}, levels)


def test_regions_may_hold_regions():
    geography = nested()
    assert geography.leaves("N") == ["a0", "a1", "a2", "b0", "b1"]
    assert geography.leaves("N2") == ["b0", "b1"] and geography.leaves("X") == geography.leaves()
    assert summing_matrix(geography, ["N", "S"]).sum().eq(1).all()
    assert geography.reported[:5] == ["X", "N", "S", "N1", "N2"]


def test_a_unit_is_divided_by_what_lies_right_below_it():
    geography = nested()
    assert partitions(geography, "X")["region"] == ["N", "S"]
    assert partitions(geography, "N")["region"] == ["N1", "N2"]
    assert set(partitions(geography, "S")) == {"place"}


OPTIONAL = ["geography/aliases", "targets", "questions", "publishers", "corrections", "confirmed"]
OPTIONAL += ["regional_centres", "observations/emarket", "observations/digital_infrastructure"]
OPTIONAL += ["observations/digital_share_bands", "observations/digital_share_ranks"]
OPTIONAL += ["observations/digital_value_added", "observations/provincial_covariates"]


@pytest.fixture(scope="module")
def least(tmp_path_factory) -> Path:
    "Ruritania with nothing that a country need not have."
    folder = write_fictional(tmp_path_factory.mktemp("least") / "data")
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    for name in OPTIONAL:
        (folder / f"{name}.csv").unlink()
    kept = [r for r in package["resources"] if r["path"].removesuffix(".csv") not in OPTIONAL]
    package["resources"] = kept
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    (folder / "scenarios.toml").unlink()
    return folder


def test_what_a_country_need_not_have_is_an_empty_answer(least):
    from digitransform.edition.edition import checked_information

    found = collection(least)
    assert found.targets.empty and not found.scenarios and found.geography.resolve("Zenda")
    settings = SimpleNamespace(as_of=found.newest(), first_year=2020)
    info = checked_information(found, settings)
    assert isinstance(info, InformationSet) and info.measure("market") is None
