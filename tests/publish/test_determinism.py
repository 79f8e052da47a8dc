"""The same inputs give the same bytes.

On another processor, with other threads, another time zone, in another folder; and a save that
is cut short leaves a whole edition.
"""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from fictional import write_fictional

import digitransform.edition.store as module
from digitransform.core.errors import DataError
from digitransform.data.collection import read_collection
from digitransform.edition.edition import make_edition
from digitransform.edition.provenance import edition_fingerprint
from digitransform.edition.schema import schemas
from digitransform.edition.store import Edition
from digitransform.publish.settings import Settings

MAKE = """
import json, sys
from pathlib import Path
from digitransform.data.collection import read_collection
from digitransform.edition.edition import make_edition
from digitransform.publish.settings import Settings
data, folder, jobs = sys.argv[1:]
settings = Settings(data=Path(data), draws=100, jobs=int(jobs))
make_edition(read_collection(data), settings).save(folder)
"""
NO_VECTORS = "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL AVX2 FMA3"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def made(data, folder, jobs, **environment):
    """The bytes of every file of an edition of Ruritania, made by another process in another
    `environment`.
    """
    kept = {
        k: v
        for k, v in os.environ.items()
        if k not in (*THREADS, "OPENBLAS_CORETYPE", "PYTHONHASHSEED")
    }
    home = folder.parent / f"home-{folder.name}"
    home.mkdir()
    subprocess.run(
        [sys.executable, "-c", MAKE, str(data), str(folder), str(jobs)],
        check=True,
        cwd=home,
        env=kept | environment,
    )
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def ruritania(tmp_path_factory):
    return write_fictional(tmp_path_factory.mktemp("ruritania") / "data")


@pytest.fixture(scope="module")
def first(fictional_edition, tmp_path_factory):
    "The bytes of every file of the edition that all tests share."
    folder = fictional_edition.save(tmp_path_factory.mktemp("first") / "edition")
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


def test_another_machine_makes_the_same_bytes(ruritania, first, tmp_path):
    """Older processors are pretended.

    Linear algebra and arrays without wide vectors; the replays run beside the rest.
    """
    again = made(
        ruritania,
        tmp_path / "edition",
        2,
        OPENBLAS_CORETYPE="Prescott",
        NPY_DISABLE_CPU_FEATURES=NO_VECTORS,
        OMP_NUM_THREADS="4",
        PYTHONHASHSEED="99",
        TZ="Asia/Ho_Chi_Minh",
        LC_ALL="C.UTF-8",
    )
    assert list(again) == list(first) and len(first) == len(schemas()) + 1
    assert [name for name in first if first[name] != again[name]] == []


def test_nothing_personal_is_kept(first, shared):
    for name, data in first.items():
        assert str(shared).encode() not in data and b"home-" not in data, name


def test_an_edition_that_does_not_look_back_is_the_same_and_says_whose_scores_it_has(
    ruritania, first, fictional_edition, tmp_path
):
    settings = Settings(data=ruritania, draws=100)
    again = make_edition(read_collection(ruritania), settings, former=fictional_edition)
    assert again.manifest["scored_by"] == fictional_edition.manifest["key"]
    folder = again.save(tmp_path / "edition")
    tables = [name for name in first if name.endswith(".parquet")]
    other = [name for name in tables if (folder / name).read_bytes() != first[name]]
    assert set(other) <= {"scorecard_means.parquet"}, "means of scores that were rounded already"
    means = [edition.scorecard_means for edition in (again, fictional_edition)]
    pd.testing.assert_frame_equal(*means, rtol=1e-4, atol=1e-5)


# Whether the saved edition still holds is asked often, and must cost next to nothing


def test_the_question_whether_anything_changed_loads_no_statistics():
    heavy = "scipy statsmodels pandera seaborn matplotlib frictionless papermill".split()
    asked = (
        "import sys; from digitransform.edition.provenance import edition_fingerprint; from"
        " digitransform.publish.settings import read_settings;"
        f" print(edition_fingerprint(read_settings()), [m for m in {heavy} if m in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", asked],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
    ).stdout
    assert told.strip().endswith("[]"), told


def test_the_key_follows_the_day_of_the_next_edition(ruritania):
    settings = Settings(data=ruritania)
    assert edition_fingerprint(settings) != edition_fingerprint(
        replace(settings, update_day=settings.update_day % 28 + 1)
    )


# Saving


def small(n: int) -> Edition:
    "An edition with three tables; `n` tells it from others."
    return Edition(
        dict(id="2026-11-22", key=str(n)),
        dict(
            members=pd.DataFrame(dict(unit=[str(n)], leaf=["a"])),
            aliases=pd.DataFrame(dict(name=["b"], unit=[str(2 * n)])),
            own_targets=pd.DataFrame(
                dict(
                    unit=["c"],
                    target=["same"],
                    lead=[True],
                    before_merger=[False],
                    judged_by=[None],
                )
            ),
        ),
    )


def whole(folder) -> int:
    "Which edition is in `folder`; fails unless it is one and whole."
    edition = Edition.load(folder)
    n = int(edition.manifest["key"])
    assert edition.members.unit[0] == str(n) and edition.aliases.unit[0] == str(2 * n)
    assert edition.own_targets.target[0] == "same"
    return n


class Killed(BaseException):
    "Not an Exception: nothing may catch it, as nothing catches a power cut."


def steps(monkeypatch, stop: int):
    """Every step that changes the disk is counted.

    At number `stop` the power fails, in the middle of a file if it is being written.
    """
    count = 0

    def step(real, torn=None):
        def run(*args, **kwargs):
            nonlocal count
            count += 1
            if count == stop:
                if torn:
                    torn(*args, **kwargs)
                raise Killed
            return real(*args, **kwargs)

        return run

    monkeypatch.setattr(
        module,
        "_write_through",
        step(module._write_through, lambda path, data: path.write_bytes(data[: len(data) // 2])),
    )
    monkeypatch.setattr(module.os, "replace", step(os.replace))
    monkeypatch.setattr(module.Path, "unlink", step(Path.unlink))
    return lambda: count


def test_a_save_cut_short_at_any_step_leaves_the_old_or_the_new_edition(tmp_path, monkeypatch):
    found = []
    for stop in range(1, 50):
        folder = tmp_path / str(stop)
        small(1).save(folder)
        (folder / "gone.parquet").write_bytes(b"a table of an older edition")
        with monkeypatch.context() as patch:
            taken = steps(patch, stop)
            try:
                small(2).save(folder)
            except Killed:
                pass
            done = taken() < stop
        found.append(whole(folder))
        small(3).save(folder)
        assert whole(folder) == 3
        assert sorted(p.name for p in folder.iterdir()) == [
            "aliases.parquet",
            "manifest.json",
            "members.parquet",
            "own_targets.parquet",
        ], "what is left over is swept away"
        if done:
            break
    assert done and found[0] == 1 and found[-1] == 2 and found == sorted(found) and len(found) == 8


def test_the_first_save_cut_short_leaves_no_edition(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        steps(patch, 4)
        with pytest.raises(Killed):
            small(1).save(tmp_path / "edition")
    with pytest.raises(DataError, match="there is no edition here"):
        Edition.load(tmp_path / "edition")
    small(1).save(tmp_path / "edition")
    assert whole(tmp_path / "edition") == 1


def test_the_manifest_names_what_is_in_the_files(tmp_path):
    folder = small(1).save(tmp_path / "edition")
    told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["tables"]
    assert told == {
        p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.glob("*.parquet"))
    }


# Loading


def test_a_loaded_edition_is_remembered_until_a_file_changes(tmp_path, monkeypatch):
    folder = small(1).save(tmp_path / "edition")
    edition = Edition.load(folder)
    monkeypatch.chdir(tmp_path)
    assert Edition.load("edition") is edition is Edition.load(str(folder))
    small(2).save(folder)
    assert Edition.load(folder) is not edition and whole(folder) == 2
    (folder / "members.parquet").write_bytes((folder / "aliases.parquet").read_bytes())
    with pytest.raises(DataError, match="changed after the edition was made"):
        Edition.load(folder)


def test_a_table_that_was_replaced_since_is_not_mistaken_for_the_old_one(tmp_path):
    folder = small(1).save(tmp_path / "edition")
    edition = Edition.load(folder)
    small(2).save(folder)
    with pytest.raises(DataError, match="missing or was changed"):
        edition.tables["members"]


def test_an_error_arrives_from_another_process_as_it_left():
    import pickle

    left = DataError(
        "this is not a number", file="grdp.csv", row=3, column="value", value="x", nearest=1
    )
    arrived = pickle.loads(pickle.dumps(left))
    assert str(arrived) == str(left) and (arrived.row, arrived.nearest) == (3, 1)
