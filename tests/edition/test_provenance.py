"What the manifest and the command line say of what an edition was computed from."

import copy
import itertools
import json
import re
from dataclasses import replace

import pytest
from fictional import write_fictional
from pretended import pretended

from digitransform.data.collection import read_collection
from digitransform.edition.edition import _manifest
from digitransform.edition.provenance import edition_fingerprint, provenance, provenance_diff
from digitransform.edition.store import Edition
from digitransform.publish.settings import Settings
from digitransform.publish.staleness import why_new_edition


@pytest.fixture(scope="module")
def ruritania(tmp_path_factory):
    return Settings(data=write_fictional(tmp_path_factory.mktemp("data")), draws=50)


def test_the_manifest_carries_the_provenance_and_keeps_it_on_disk(ruritania, tmp_path):
    made = Edition(
        _manifest(read_collection(ruritania.data), ruritania, provenance(ruritania)),
        dict(gap=pretended().gap),
    )  # as `make_edition` does, without the forecasts
    code = made.manifest["checksums"]["code"]
    assert re.fullmatch("[0-9a-f]{64}", code) and code == provenance(ruritania)["checksums"]["code"]
    saved = Edition.load(made.save(tmp_path / "edition"))
    assert not any(provenance_diff(saved.manifest, provenance(ruritania)).values())
    assert why_new_edition(made.manifest, ruritania) == []
    assert made.manifest["key"] == edition_fingerprint(ruritania)


def test_every_part_of_the_provenance_is_part_of_the_key(ruritania, monkeypatch):
    from digitransform.edition import provenance as module

    key = edition_fingerprint(ruritania)
    others = dict(seed=1, draws=51, first_year=2021, last_year=2040, levels=(80,), update_day=9)
    keys = {edition_fingerprint(replace(ruritania, **{k: v})) for k, v in others.items()}
    assert len(keys | {key}) == 7
    modules = module.computing_modules()
    versions = module._versions()
    for name, found in (
        ("computing_modules", modules | {"edition.edition": "0" * 64}),
        ("_versions", versions | dict(pandas="2.3")),
    ):
        with monkeypatch.context() as m:
            m.setattr(module, name, lambda found=found: found)
            assert edition_fingerprint(ruritania) != key, name
    share = ruritania.data / "observations" / "digital_share.csv"
    text = share.read_bytes()
    try:
        share.write_bytes(text + b"\n")
        assert edition_fingerprint(ruritania) != key
    finally:
        share.write_bytes(text)
    assert edition_fingerprint(ruritania) == key


def stale(settings, change=None, **more):
    manifest = json.loads(json.dumps(dict(key="another", **provenance(settings)) | more))
    if change:
        change(manifest)
    return why_new_edition(manifest, settings)


def test_the_command_line_names_what_is_another(ruritania):
    now = provenance(ruritania)["versions"]
    assert stale(ruritania, lambda m: m["checksums"].update(code="0" * 64)) == [
        "the code that computes it changed"
    ]
    assert stale(ruritania, lambda m: m["versions"].update(pandas="2.3")) == [
        f"pandas 2.3 → {now['pandas']}"
    ]
    assert stale(ruritania, lambda m: m["settings"].update(draws="7")) == ["draws: 7 → 50"]

    def all_of_it(m):
        m["checksums"]["code"] = "0" * 64
        m["versions"]["numpy"] = "1.0"
        m["settings"]["seed"] = "1"
        m["checksums"]["data"] |= {"gone.csv": "1", "targets.csv": "1"}
        del m["checksums"]["data"]["sources.csv"]

    assert stale(ruritania, all_of_it) == [
        "gone.csv is gone",
        "sources.csv is new",
        "targets.csv changed",
        "seed: 1 → 2026",
        f"numpy 1.0 → {now['numpy']}",
        "the code that computes it changed",
    ]


def test_an_edition_saved_before_the_code_was_recorded_is_told_cautiously(ruritania):
    def forget(m):
        return m["checksums"].pop("code")

    assert stale(ruritania, forget) == ["the code that computes it, or a library, changed"]
    assert stale(
        ruritania, lambda m: (forget(m), m["checksums"]["data"].update({"targets.csv": "1"}))
    ) == ["targets.csv changed"]
    assert stale(ruritania) == ["the code that computes it, or a library, changed"], (
        "a key of other parts"
    )


def manifest(code="a" * 64, files=(), settings=(), versions=()) -> dict:
    "The provenance of an edition, with what is another."
    data = {"targets.csv": "1"} | dict(files)
    return dict(
        checksums=dict(data=data) | (dict(code=code) if code else {}),
        settings=dict(seed="2026", draws="2000") | dict(settings),
        versions=dict(pandas="3.0", scipy="1.17") | dict(versions),
    )


def test_two_manifests_differ_alike_from_either_side():
    parts = [
        dict(code=None),
        dict(code="b" * 64),
        dict(files={"new.csv": "1"}),
        dict(settings=dict(seed="1")),
        dict(versions=dict(scipy="1")),
    ]
    for a, b in itertools.combinations([manifest(**p) for p in parts], 2):
        kept = copy.deepcopy((a, b))
        there = provenance_diff(a, b)
        back = provenance_diff(b, a)
        assert {p: {k: v[::-1] for k, v in d.items()} for p, d in there.items()} == back
        assert (a, b) == kept


def test_the_former_name_of_the_cutoff_date_is_not_a_difference():
    now = manifest(settings=dict(as_of="2026-11-22"))
    before = manifest(settings=dict(information_date="2026-11-22"))
    assert not any(provenance_diff(now, before).values())
    other = manifest(settings=dict(information_date="2025-10-01"))
    assert provenance_diff(now, other)["settings"] == dict(as_of=("2025-10-01", "2026-11-22"))
