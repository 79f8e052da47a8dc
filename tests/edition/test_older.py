"""An edition of an earlier version, or of a later one, is read or refused with a sentence.

`older/` holds tables of the example edition as they were on 29 November 2026, before the columns of
places were renamed and half of today's tables were there.
"""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from fictional import SHOW, write_fictional, write_template

from digitransform.core.errors import DataError
from digitransform.core.files import fingerprint
from digitransform.edition.example import example_edition
from digitransform.edition.store import Edition
from digitransform.publish.cli import main
from digitransform.report.view import unit_report

OLDER = Path(__file__).with_name("older")
SENTENCE = "made by another version of digitransform"


def test_an_older_edition_is_read_as_far_as_its_tables_are_as_today():
    edition = Edition.load(OLDER)
    assert len(edition.peers) and len(edition.gap)
    with pytest.raises(DataError, match=SENTENCE) as error:
        edition.units
    assert "units.parquet" in str(error.value) and "gso_code" in str(error.value)
    with pytest.raises(AttributeError, match=SENTENCE):
        edition.scenarios


def test_a_template_that_reads_an_older_edition_hears_the_sentence():
    with pytest.raises(DataError, match=SENTENCE):
        unit_report(Edition.load(OLDER), "34-24", "en")


@pytest.fixture
def newer(tmp_path) -> Path:
    "The example edition with a column more, and a table that this version does not know."
    folder = example_edition().save(tmp_path / "newer")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    tables = {"units": pd.read_parquet(folder / "units.parquet").assign(altitude=1.0)}
    tables["weather"] = pd.DataFrame({"unit": ["VN"], "rain": [1.0]})
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
        content = (folder / f"{name}.parquet").read_bytes()
        manifest["tables"][f"{name}.parquet"] = fingerprint(content)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_a_newer_edition_keeps_its_new_tables_and_refuses_new_columns(newer):
    edition = Edition.load(newer)
    assert edition.weather.rain.tolist() == [1.0]
    with pytest.raises(DataError, match=SENTENCE):
        edition.units


@pytest.mark.parametrize("content", ["[]", "{}", '{"tables": 7}', "", '{"tables": ["units"]}'])
def test_a_manifest_of_another_form_is_refused(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match="not the manifest of an edition"):
        Edition.load(tmp_path)


@pytest.fixture
def published(tmp_path) -> Path:
    "Ruritania, where an earlier version published two editions."
    write_fictional(tmp_path / "data")
    write_template(tmp_path / "reports" / "unit.ipynb", SHOW)
    lines = ["[collection]", "data = data", "output = out", "as_of = 2026-11-22", "draws = 200"]
    lines += ["languages = en", "first_year = 2019", "last_year = 2031"]
    (tmp_path / "settings.ini").write_text("\n".join(lines), encoding="utf-8")
    manifest = json.loads((OLDER / "manifest.json").read_text(encoding="utf-8"))
    for day in ("2026-11-22", "2025-01-01"):
        folder = tmp_path / "out" / day
        shutil.copytree(OLDER, folder / "edition")
        (folder / "en").mkdir()
        (folder / "en" / "zenda.html").write_text("<title>Zenda</title>", encoding="utf-8")
        about = json.dumps(manifest | {"id": day, "as_of": day})
        (folder / "edition" / "manifest.json").write_text(about, encoding="utf-8")
    return tmp_path


def test_commands_that_read_editions_say_it_in_a_sentence(published, capsys):
    def say(*words):
        code = main([*words, "--settings", str(published / "settings.ini")])
        return code, capsys.readouterr()

    code, said = say("status")
    assert code == 1 and "would be computed anew" in said.out and SENTENCE in said.out
    code, said = say("verify", "2026-11-22")
    assert code == 2 and "cannot be computed again" in said.err and said.err.count("\n") == 1
    code, said = say("prune", "--dry-run", "--keep", "1")
    assert code == 0 and "2026-11-22  the newest" in said.out
    pages = sorted((published / "out").glob("*/en/zenda.html"))
    assert [page.read_text(encoding="utf-8") for page in pages] == ["<title>Zenda</title>"] * 2


def test_a_preview_beside_an_older_edition_computes_its_own(
    published, capsys, monkeypatch, fictional_edition
):
    computed = []

    def compute(settings, folder):
        computed.append(settings.draws)
        fictional_edition.save(folder / "edition")

    monkeypatch.setattr("digitransform.publish.preview.compute_fresh", compute)
    monkeypatch.chdir(published)
    assert main(["preview", "Zenda"]) == 0
    said = capsys.readouterr()
    assert said.err.count(SENTENCE) == 1 and "The published edition is not used" in said.err
    assert computed == [200] and "zenda.html" in said.out
    fictional_edition.save(published / "out" / "2026-11-22" / "edition")
    assert main(["preview", "Zenda"]) == 0
    assert "The numbers are those published" in capsys.readouterr().err
    assert computed == [200]
