"The example edition and the data dictionary are those of today's schema."

import pytest
from write_example import ROOT, SETTINGS

from digitransform.core.errors import DataError
from digitransform.data.collection import read_collection
from digitransform.edition.edition import make_edition
from digitransform.edition.example import PLACES, example_edition, reduce_edition
from digitransform.edition.schema import check_tables, data_dictionary, schemas
from digitransform.edition.summary import PRECISION

AGAIN = "run `python tests/edition/write_example.py`"


@pytest.fixture(scope="module")
def edition():
    return example_edition()


def test_the_example_has_every_table_as_declared(edition):
    assert set(edition.tables) == set(schemas()), AGAIN
    check_tables(edition.tables)


def test_the_example_shows_every_level_of_evidence_on_both_maps(edition):
    reported = edition.units[edition.units.reported]
    assert reported.unit.tolist() == list(PLACES)
    assert set(reported.evidence_level) == set(PRECISION)
    assert set(edition.units["map"].dropna()) == {"63", "34"}


def test_the_example_is_small(edition):
    folder = ROOT / "digitransform" / "edition" / "example"
    assert sum(path.stat().st_size for path in folder.iterdir()) < 700_000


@pytest.fixture
def renamed(monkeypatch):
    "A schema in which a column of `peers` has another name."
    table = schemas()["peers"]
    columns = tuple(c._replace(name="why") if c.name == "reason" else c for c in table.columns)
    monkeypatch.setitem(schemas(), "peers", table._replace(columns=columns))


def test_an_example_older_than_its_schema_says_how_it_is_written_again(renamed):
    with pytest.raises(DataError, match="older than its schema .*; run `make example`"):
        example_edition()


def test_a_renamed_column_is_refused_before_a_model_is_fitted(renamed):
    stages = []
    with pytest.raises(DataError, match="column 'reason' is not declared for the table 'peers'"):
        make_edition(read_collection(SETTINGS.data), SETTINGS, stages.append)
    assert stages == ["checking what was known"]


def test_a_place_that_was_cut_is_refused_with_those_that_are_there(edition):
    with pytest.raises(DataError, match="'TP.HMC'; its places are Việt Nam, .*, Cà Mau"):
        edition.resolve("TP.HMC")


@pytest.mark.slow
def test_a_slip_in_any_spelling_gets_the_nearest_place(real_edition):
    with pytest.raises(
        DataError, match="the nearest valid value is '(Thành phố|TP.) ?Hồ Chí Minh'"
    ):
        real_edition.resolve("TP.HMC")


def test_a_cut_refuses_what_the_edition_lacks(edition):
    with pytest.raises(KeyError):
        reduce_edition(edition, ["34-99"])


def test_the_data_dictionary_is_current():
    written = (ROOT / "docs" / "data_dictionary.md").read_text(encoding="utf-8")
    assert written == data_dictionary(), AGAIN


def test_a_table_with_a_column_nobody_declared_is_not_saved(edition, tmp_path):
    from dataclasses import replace

    tables = dict(edition.tables) | dict(gap=edition.gap.assign(growth=1.0))
    with pytest.raises(DataError, match="column 'growth' is not declared for the table 'gap'"):
        replace(edition, tables=tables).save(tmp_path)
