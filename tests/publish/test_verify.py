"""Whether what was published comes out the same again.

In another place, at another time, from one process or several; and what `digitransform verify`
says when it does not.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from fictional import site_pages, write_fictional

from digitransform.publish.staleness import file_fingerprints

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process cannot be forked here")
ROOT = Path(__file__).resolve().parents[2]
HOME = "reports/2026-11-22"
SURROUNDINGS = {  # how the same publication is made at two places
    "a": dict(TZ="Pacific/Kiritimati", LC_ALL="C", PYTHONHASHSEED="1", jobs="1"),
    "another/one with a longer name": dict(
        TZ="America/Anchorage", LC_ALL="C.UTF-8", PYTHONHASHSEED="2", jobs="2"
    ),
}


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Two collections of the fictional country.

    One place, two languages, all formats, published in processes with different surroundings.
    """
    found = []
    for name, around in SURROUNDINGS.items():
        folder = tmp_path_factory.mktemp("ruritania") / name
        write_fictional(folder / "data")
        (folder / "settings.ini").write_text(
            "[collection]\ndraws = 100\nunits = Zenda\n", encoding="utf-8"
        )
        (folder / "reports").mkdir()
        shutil.copy(ROOT / "reports" / "unit.ipynb", folder / "reports")
        code = (
            "import sys; from digitransform.publish.cli import main; sys.exit(main(['publish',"
            " '--jobs', sys.argv[1]]))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, around["jobs"]],
            cwd=folder,
            capture_output=True,
            text=True,
            env={**os.environ, **around, "PYTHONPATH": str(ROOT)},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        found.append(folder)
    return found


@pytest.fixture
def country(places, standing_in):
    return standing_in(places[0])


def tree(folder) -> dict:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted((folder / "reports").rglob("*"))
        if p.is_file() and p.name not in (".lock", "run.json")
    }


def everything(folder) -> dict:
    return {
        p.relative_to(folder).as_posix(): (p.stat().st_ino, p.stat().st_mtime_ns, p.read_bytes())
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def add(path, text: str) -> None:
    with open(path, "ab") as file:
        file.write(text.encode())


# The same bytes


def test_the_same_inputs_give_the_same_bytes_of_every_file(places):
    one, other = map(tree, places)
    assert one.keys() == other.keys() and len(one) > 50
    assert {Path(path).suffix for path in one} >= {
        ".html",
        ".pdf",
        ".docx",
        ".xlsx",
        ".csv",
        ".parquet",
        ".ipynb",
        ".json",
        ".zip",
        ".xml",
    }
    assert [path for path in one if one[path] != other[path]] == []


def test_no_file_names_the_folder_it_was_made_in(places):
    for folder in places:
        for path, content in tree(folder).items():
            assert str(folder).encode() not in content and str(ROOT).encode() not in content, path


# What verify finds


def test_a_fresh_publication_comes_out_the_same_and_is_not_touched(country, say):
    before = everything(country)
    code, out, _ = say("verify", "2026-11-22")
    documents = sum(
        len(json.loads(c)["files"]) for path, c in tree(country).items() if "/records/" in path
    )
    tables = len(list((country / HOME / "edition").glob("*.parquet")))
    assert (
        code == 0
        and out == f"All the same: {tables} tables and {documents} documents, byte by byte.\n"
        and documents > 2 * 7
    )
    assert everything(country) == before


def test_what_differs_is_named_with_its_reason(country, remembering, say):
    home = country / HOME
    add(home / "en" / "zenda.html", "<p>By hand.</p>")
    pdf = (home / "vi" / "zenda.pdf").read_bytes()
    (home / "vi" / "zenda.pdf").write_bytes(pdf[:-20] + b" " * 20)  # as long as it was
    (home / "vi" / "zenda.docx").unlink()
    add(home / "edition" / "peers.parquet", "x")
    (home / "edition" / "gap.parquet").unlink()
    add(
        home / "en" / "zenda.csv", "\n"
    )  # and its record says so: as if a library that no record names had made it
    record = home / "records" / "en" / "zenda.json"
    about = json.loads(record.read_text())
    record.write_text(
        json.dumps(about | dict(files=about["files"] | file_fingerprints(home, ["en/zenda.csv"])))
    )
    code, out, err = say("verify", home, "--jobs", "1")
    assert code == 1 and re.match(r"6 of \d+ differ:$", out.splitlines()[0]), out + err
    assert dict(re.split("  +", line) for line in out.splitlines()[1:]) == {
        "edition/gap.parquet": "is missing",
        "edition/peers.parquet": "was changed after it was published",
        "en/zenda.csv": "comes out different",
        "en/zenda.html": "was changed after it was published",
        "vi/zenda.docx": "is missing",
        "vi/zenda.pdf": "was changed after it was published",
    }


# What cannot be verified


def refused(say, country, *words) -> str:
    before = everything(country)
    code, out, err = say("verify", *words)
    complaint = [line for line in err.splitlines() if line.startswith("digitransform: ")]
    assert (
        (code, out, len(complaint)) == (2, "", 1)
        and "Traceback" not in err
        and everything(country) == before
    )
    return complaint[0]


def test_from_other_data_it_is_not_tried(country, say):
    add(country / "data" / "sources.csv", "s9999,A new source,https://example.org\n")
    assert "the edition cannot be computed again from what is here: sources.csv changed" in refused(
        say, country, "2026-11-22"
    )


def test_with_another_template_it_is_not_tried(country, remembering, say):
    path = country / "reports" / "unit.ipynb"
    nb = nbformat.read(path, as_version=4)
    nb.cells[0].source += "\n\nAnother line."
    nbformat.write(nb, path)
    said = refused(say, country, "2026-11-22")
    of = 2 * len(site_pages()) + 3
    assert f"2 of {of} were made with another template, code or style; the first is " in said


def test_an_edition_that_is_not_there(country, say):
    assert (
        "there is no published edition '2026-11-23'; the nearest valid value is '2026-11-22'."
        in refused(say, country, "2026-11-23")
    )
    assert "there is no place called 'Zanda'; the nearest valid value is 'Zenda'." in refused(
        say, country, "2026-11-22", "--unit", "Zanda"
    )


def test_a_manifest_that_cannot_be_read(country, say):
    (country / HOME / "edition" / "manifest.json").write_text("{")
    assert (
        "manifest.json: the manifest of this edition cannot be read; publish it again."
        in refused(say, country, "2026-11-22")
    )


# Settings and editions of another day


def test_an_edition_is_computed_again_with_its_own_settings_and_beside_the_one_before(
    published, standing_in, remembering, say
):
    country = standing_in(published)
    assert (
        say(
            "publish",
            "--date",
            "2026-06-30",
            "--unit",
            "Zenda",
            "--language",
            "en",
            "--format",
            "html",
            "--level",
            "80",
            "--jobs",
            "1",
        )[0]
        == 0
    )
    assert say("publish", "--language", "en", "--jobs", "1")[1].startswith(
        "1 reports and pages built"
    ), "what changed since the edition before is another question now"
    (country / "settings.ini").write_text("[collection]\ndraws = 300\nseed = 5\n", encoding="utf-8")
    assert say("verify", "2026-06-30", "--jobs", "1")[1].startswith("All the same: ")
    code, out, _ = say("verify", "2026-11-22", "--unit", "Zenda", "--jobs", "1")
    assert code == 1 and [line.split("  ") for line in out.splitlines()[1:]] == [
        ["vi/changes.html", "comes out different"]
    ], "it was made when there was no edition before"
