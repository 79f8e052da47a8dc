"""What every test shares.

One thread per process, set before numpy is imported; the same examples on every run; and the
fictional country's edition and collections, made once.
"""

import gc
import os
import pickle
import shutil
from pathlib import Path

for variable in (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
):
    os.environ[variable] = "1"
os.environ.setdefault("MPLBACKEND", "agg")

import pytest  # noqa: E402
from fictional import ROOT, SHOW, write_fictional, write_template  # noqa: E402
from hypothesis import settings  # noqa: E402

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

# The libraries of a test process are a million objects: looking for garbage among them after every
# 700 new ones takes a tenth of the time of a test.
gc.set_threshold(50_000, 20, 50)


LONG = (  # the notebooks that take longest, the longest first
    "which_model_deserves_trust",
    "08_left_out",
    "05_edition",
    "05_masked_panel",
    "what_a_revision_costs",
    "10_latent_share",
    "07_backtest",
    "06_real_time",
    "11_cli",
    "04_combination",
)


def heaviness(item) -> int:
    "How early a case comes: long notebooks, others, cases marked slow, and all the rest."
    if item.path.name == "test_notebooks.py":
        name = item.name.removesuffix(".ipynb]").rpartition("/")[2]
        return LONG.index(name) if name in LONG else len(LONG)
    return len(LONG) + (1 if item.get_closest_marker("slow") else 2)


def deal(heavy: list, number: int) -> list[list]:
    """Parts of the heavy cases for so many processes, in turn.

    Notebooks and shares of the campaign are dealt one by one, other cases by module: what the cases
    of a module share is then made in one process only.
    """
    groups: dict[object, list] = {}
    for item in heavy:
        alone = item.path.name in ("test_notebooks.py", "test_campaign.py")
        groups.setdefault(item if alone else item.path, []).append(item)
    dealt = [list(groups.values())[place::number] for place in range(number)]
    return [[item for group in own for item in group] for own in dealt]


def pytest_collection_modifyitems(items) -> None:
    """Each process of the suite begins with its part of the heavy cases, so that what comes last is
    short: else one has nothing to do while another is at its last long case.

    Processes begin with equal parts of the list, in its order.
    """
    number = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
    items.sort(key=heaviness)
    heavy = [item for item in items if heaviness(item) < len(LONG) + 2]
    light = items[len(heavy) :]
    size = -(-len(items) // number)
    dealt = []
    for own in deal(heavy, number):
        rest = max(0, size - len(own))
        dealt += own + light[:rest]
        del light[:rest]
    items[:] = dealt + light


# Made once, by whichever process of the suite needs it first; nobody writes into it


@pytest.fixture(scope="session")
def shared(tmp_path_factory) -> Path:
    "The folder of this run of the suite, the same for all its processes."
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def once(shared):
    """`once(name, make)`: the folder that `make(folder)` filled.

    If it fails, the next that asks tries again.
    """
    fcntl = pytest.importorskip("fcntl")

    def once(name: str, make) -> Path:
        done = shared / name
        part = shared / f"{name}.part"
        with open(shared / f"{name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                shutil.rmtree(part, ignore_errors=True)
                part.mkdir()
                make(part)
                part.rename(done)
        return done

    return once


@pytest.fixture(scope="session")
def fictional_edition(once):
    """The fictional country's edition with 100 draws and all other settings as they are by default.

    As computed, not as saved and read.
    """
    from digitransform.data.collection import read_collection
    from digitransform.edition.edition import make_edition
    from digitransform.publish.settings import read_settings

    def compute(folder):
        write_fictional(folder / "data")
        (folder / "settings.ini").write_text("[collection]\ndraws = 100\n", encoding="utf-8")
        settings = read_settings(folder / "settings.ini")
        (folder / "edition.pickle").write_bytes(
            pickle.dumps(make_edition(read_collection(settings.data), settings))
        )

    return pickle.loads((once("edition", compute) / "edition.pickle").read_bytes())


@pytest.fixture(scope="session")
def real_edition(once):
    "The edition of 22 November 2026 from the collection that comes with the package, as saved."
    from datetime import date

    from digitransform.data.collection import read_collection
    from digitransform.edition.edition import make_edition
    from digitransform.edition.store import Edition
    from digitransform.publish.settings import Settings

    settings = Settings(data=ROOT / "data", as_of=date(2026, 11, 22))
    collection = read_collection(settings.data)
    return Edition.load(once("real", lambda part: make_edition(collection, settings).save(part)))


@pytest.fixture(scope="session")
def edition(fictional_edition):
    return fictional_edition


def publish_all(folder, edition, settings: str) -> None:
    """A collection around the template that is in `folder`, with the `edition` saved, published by
    the command line.
    """
    from digitransform.publish.cli import main

    write_fictional(folder / "data")
    (folder / "settings.ini").write_text(f"[collection]\ndraws = 100\n{settings}", encoding="utf-8")
    edition.save(folder / "reports" / edition.id / "edition")
    here = os.getcwd()
    os.chdir(folder)
    try:
        assert main(["publish"]) == 0
    finally:
        os.chdir(here)


@pytest.fixture(scope="session")
def sketched(once, fictional_edition) -> Path:
    "A collection whose reports only say whose they are, in English, as pages."

    def make(folder):
        write_template(folder / "reports" / "unit.ipynb", SHOW)
        publish_all(folder, fictional_edition, "languages = en\nformats = html\n")

    return once("sketched", make)


@pytest.fixture(scope="session")
def published(once, fictional_edition) -> Path:
    "A collection with the real template, in both languages, as pages and as tables."

    def make(folder):
        (folder / "reports").mkdir()
        shutil.copy(ROOT / "reports" / "unit.ipynb", folder / "reports")
        publish_all(folder, fictional_edition, "formats = html, csv\n")

    return once("published", make)


@pytest.fixture
def standing_in(tmp_path, monkeypatch):
    "A copy of a collection, in which we stand."

    def standing_in(collection) -> Path:
        shutil.copytree(collection, tmp_path / "c")
        monkeypatch.chdir(tmp_path / "c")
        return tmp_path / "c"

    return standing_in


@pytest.fixture
def remembering(fictional_edition, monkeypatch) -> None:
    """Publishing and verifying compute no edition that was computed before, in this test or for
    all: one of the same key is given as it was computed. For tests that ask about something
    else.
    """
    from digitransform.edition.edition import make_edition
    from digitransform.edition.provenance import edition_fingerprint

    known = {fictional_edition.manifest["key"]: fictional_edition}

    def make(collection, settings, progress=None):
        key = edition_fingerprint(settings)
        if key not in known:
            known[key] = make_edition(collection, settings, progress)
        return known[key]

    for module in ("edition.edition", "publish.verify"):
        monkeypatch.setattr(f"digitransform.{module}.make_edition", make)


@pytest.fixture
def say(capsys):
    "The command line in this process: exit code, what it printed, what it complained about."
    from digitransform.publish.cli import main

    def say(*words):
        capsys.readouterr()
        try:
            code = main([str(w) for w in words])
        except SystemExit as e:
            code = e.code
        return code, *capsys.readouterr()

    return say
