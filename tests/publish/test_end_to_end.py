"""A country that does not exist, from its data folder to its published pages.

Nothing in the package may know Viet Nam.
"""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from fictional import site_pages, write_fictional

from digitransform.edition.edition import Edition
from digitransform.publish.cli import main

QUICK = ["--draws", "100", "--format", "html"]  # as in the collection that is published


def fingerprints(folder: Path) -> dict:
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name not in (".lock", "run.json")
    }


@pytest.fixture(scope="module")
def place(published, tmp_path_factory):
    "The data folder and the reports folder of a copy of the published collection."
    home = tmp_path_factory.mktemp("ruritania") / "copy"
    shutil.copytree(published, home)
    return home / "data", home / "reports"


@pytest.fixture(scope="module")
def edition(place):
    return Edition.load(place[1] / "2026-11-22" / "edition")


def test_every_place_has_a_page_in_both_languages(place, edition):
    _, out = place
    slugs = edition.units.slug[edition.units.reported]
    for language in ("vi", "en"):
        pages = {p.stem for p in (out / "2026-11-22" / language).glob("*.html")}
        assert pages == {*site_pages().values(), *slugs}
    assert (out / "index.html").is_file()


def test_no_page_knows_viet_nam(place):
    for page in place[1].rglob("en/*.html"):
        text = page.read_text(encoding="utf-8")
        assert (
            ("Ruritania" in text or page.parent.parent == place[1])
            and "Hà Nội" not in text
            and "34-" not in text.replace("34-bit", "")
        )
        for word in ("Viet Nam", "Việt Nam", "VND", "NĐ-CP", "July 2025"):
            assert word not in text, (page.name, word)


def test_no_page_asks_the_network_for_anything(place):
    for page in place[1].rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for needle in (
            'src="http',
            "src='http",
            "url(http",
            '<link rel="stylesheet" href="http',
            "@import",
        ):
            assert needle not in text, (page, needle)


def test_every_world_is_coherent_and_inside_the_bounds(edition):
    draws = edition.draws.set_index(["unit", "year"])
    assert 0 < draws.to_numpy().min() and draws.to_numpy().max() < 100
    assert draws.isna().sum().sum() == 0 and draws.shape == (
        len(edition.units) * len(range(2019, 2036)),
        100,
    )


def test_the_model_finds_a_province_it_was_told_about(edition):
    "Every certain official figure lies in the 99 % range of its unit and year, up to its rounding."
    told = edition.evidence.query("measure == 'official' and used and not uncertain")
    told = told[told.period.isna()]
    draws = edition.draws.set_index(["unit", "year"])
    assert len(told) > 5
    for row in told.itertuples():
        worlds = draws.loc[(row.unit, row.year)]
        assert worlds.min() - 0.5 < row.value < worlds.max() + 0.5, (row.unit, row.year, row.value)


def test_the_same_inputs_give_the_same_numbers(place, edition, tmp_path):
    data, _ = place
    out = tmp_path / "again"
    assert (
        main(
            [
                "publish",
                "--data",
                str(data),
                "--output",
                str(out),
                "--unit",
                "Strelsau",
                "--language",
                "en",
                *QUICK,
            ]
        )
        == 0
    )
    again = Edition.load(out / "2026-11-22" / "edition")
    assert again.manifest["tables"] == edition.manifest["tables"]


def test_a_slip_in_the_data_leaves_the_published_pages_alone(place, capsys):
    data, out = place
    path = data / "observations" / "digital_share.csv"
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    cells = lines[1].split(",")
    header = lines[0].split(",")
    before = fingerprints(out)
    try:
        cells[header.index("value")] = '"12,3"'
        path.write_text("\n".join([lines[0], ",".join(cells), *lines[2:]]) + "\n", encoding="utf-8")
        assert main(["publish", "--data", str(data), "--output", str(out), *QUICK]) == 2
    finally:
        path.write_text(text, encoding="utf-8")
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert (
        "is not a number" in said
        and "digital_share.csv, row 2, column value" in said
        and "12.3" in said
    )
    assert fingerprints(out) == before


def test_an_unknown_place_is_refused_before_anything_runs(place, capsys):
    data, out = place
    before = fingerprints(out)
    assert (
        main(["publish", "--data", str(data), "--output", str(out), "--unit", "Strelsow", *QUICK])
        == 2
    )
    assert "'Strelsau'" in capsys.readouterr().err
    assert fingerprints(out) == before


def test_a_name_without_its_accents_is_understood(place):
    data, out = place
    assert (
        main(
            [
                "publish",
                "--data",
                str(data),
                "--output",
                str(out),
                "--unit",
                "sudmark",
                "--language",
                "en",
                *QUICK,
            ]
        )
        == 0
    )


def test_a_country_that_does_not_say_its_currency_is_told_so(tmp_path, capsys):
    data = write_fictional(tmp_path / "data")
    path = data / "datapackage.json"
    package = json.loads(path.read_text(encoding="utf-8"))
    del package["locale"]["currency"]
    path.write_text(json.dumps(package), encoding="utf-8")
    assert main(["check", "--data", str(data), *QUICK]) == 2
    assert (
        "datapackage.json, column locale.currency: what pages say of the country is not complete"
        in capsys.readouterr().err
    )
