"""An edition that takes over what has not changed is the one that would be computed anew."""

import pandas as pd
import pytest
from fictional import write_fictional

from digitransform.data.collection import read_collection
from digitransform.edition.edition import _is_unchanged, make_edition
from digitransform.edition.store import Edition
from digitransform.models.candidates import DEFAULT
from digitransform.publish.settings import Settings

# what the foot of a preview says is of the edition before, and what rests on it
SCORED = {"scorecard", "scorecard_means", "blind_tests", "horizon"}

# file: what is saved in it, and a table that must show it
SAVED = {
    "observations/digital_share.csv": (
        "Ruritania,,2021,,treasury,16.56,",
        "Ruritania,,2021,,treasury,16.96,",
        "quantiles",
    ),
    "observations/digital_infrastructure.csv": (
        "Ruritania,,2024,,internet_users_pct,72,",
        "Ruritania,,2024,,internet_users_pct,74,",
        "readiness",
    ),
    "observations/grdp.csv": (
        "Strelsau,5,2021,,per_head,123.364,",
        "Strelsau,5,2021,,per_head,124.364,",
        "draws",
    ),
}


@pytest.fixture(scope="module")
def before(fictional_edition, tmp_path_factory):
    return Edition.load(fictional_edition.save(tmp_path_factory.mktemp("before")))


def of_default(name: str, table: pd.DataFrame) -> pd.DataFrame:
    "What is said by the default model, or by none."
    if name == "units":
        return table.drop(columns="probability_floor")  # from blind tests
    if name not in ("quantiles", "nulls"):
        return table
    own = (table.model == DEFAULT) | table.model.str.startswith("scenario ")
    return table[own].reset_index(drop=True)


@pytest.mark.parametrize("file", SAVED)
def test_a_saved_figure_changes_what_it_would_change_if_all_were_computed(file, before, tmp_path):
    data = write_fictional(tmp_path / "data")
    old, new, shown = SAVED[file]
    text = (data / file).read_text(encoding="utf-8")
    assert text.count(old) == 1
    (data / file).write_text(text.replace(old, new), encoding="utf-8")
    settings = Settings(data=data, draws=100, jobs=1)
    whole = make_edition(read_collection(data), settings).save(tmp_path / "whole")
    quick = make_edition(read_collection(data), settings, former=before).save(tmp_path / "quick")
    whole, quick = Edition.load(whole), Edition.load(quick)
    for name in set(whole.tables) - SCORED:
        found, expected = (of_default(name, e.tables[name]) for e in (quick, whole))
        pd.testing.assert_frame_equal(found, expected, obj=name)
    assert not quick.tables[shown].equals(before.tables[shown])


def origin_of(before: Edition, **changed: str) -> dict:
    "The provenance of an edition, some of its files changed."
    manifest = before.manifest
    sums = manifest["checksums"]
    sums = sums | dict(data=sums["data"] | {file: "0" for file in changed.values()})
    return {name: manifest[name] for name in ("settings", "versions")} | dict(checksums=sums)


def test_what_is_reused_rests_on_files_code_and_settings(before):
    share = "observations/digital_share.csv"
    assert _is_unchanged("readiness", origin_of(before), before)
    assert _is_unchanged("readiness", origin_of(before, file=share), before)
    assert not _is_unchanged("forecasts", origin_of(before, file=share), before)
    for group in ("readiness", "forecasts"):
        for file in set(before.manifest["checksums"]["data"]) - {share}:
            unseen = file == "observations/digital_infrastructure.csv" and group == "forecasts"
            shares = file.startswith("observations/digital_") and group == "readiness"
            shares &= file != "observations/digital_infrastructure.csv"
            assert _is_unchanged(group, origin_of(before, file=file), before) == (unseen or shares)
        origin = origin_of(before)
        code = origin | dict(checksums=origin["checksums"] | dict(code="0"))
        later = origin | dict(settings=origin["settings"] | dict(as_of="2026-12-01"))
        library = origin | dict(versions=origin["versions"] | dict(numpy="0"))
        assert not any(_is_unchanged(group, o, before) for o in (code, later, library))
    more = origin | dict(settings=origin["settings"] | dict(draws="999"))
    assert _is_unchanged("readiness", more, before)
    assert not _is_unchanged("forecasts", more, before)
