"""Every slip is one sentence, every doubtful figure a question, and another dress is no slip."""

import shutil
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from fictional import shorten_analogues, write_fictional
from mutations import QUESTIONS, SAME, SLIPS, both, cell, rows_of, save

from digitransform.core.errors import DataError
from digitransform.data.collection import collection
from digitransform.edition.edition import checked_information

SETTINGS = SimpleNamespace(as_of=date(2026, 11, 22), first_year=2019)


@pytest.fixture(scope="module")
def country(tmp_path_factory) -> Path:
    "Ruritania with short panels of other countries."
    folder = write_fictional(tmp_path_factory.mktemp("country") / "data")
    shorten_analogues(folder)
    return folder


@pytest.fixture
def folder(country, tmp_path) -> Path:
    return Path(shutil.copytree(country, tmp_path / "data"))


def read(folder: Path):
    "Reads and checks as `check`, `status`, `publish` and `forecast` do."
    everything = collection(folder, on_demand=True)
    checked_information(everything, SETTINGS)
    return everything


def refused(folder: Path) -> DataError:
    with pytest.raises(DataError) as error:
        read(folder)
    for fault in error.value.faults:
        sentence = str(fault)
        assert sentence.endswith(".") and "\n" not in sentence and len(sentence) < 1000
        assert fault.file, sentence
    return error.value


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_refused_in_one_sentence(folder, name):
    change, said = SLIPS[name]
    change(folder)
    error = refused(folder)
    assert any(said in str(fault) for fault in error.faults), str(error)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_doubtful_figure_is_asked_about(folder, name):
    change, said = QUESTIONS[name]
    change(folder)
    error = refused(folder)
    asked = [str(f) for f in error.faults if "; mend it, or say in confirmed.csv" in str(f)]
    assert any(said in question for question in asked), str(error)


@pytest.mark.parametrize("name", SAME)
def test_the_same_collection_in_another_dress_is_the_same(country, folder, name):
    SAME[name](folder)
    assert read(folder).observations.equals(read(country).observations) or "blank" in name


def test_an_answer_ends_a_question_and_must_go_when_its_figure_goes(folder):
    figure = dict(unit="Zenda", map="5", year="2020", measure="urban")
    cell("observations/population.csv", "value", "0", **figure)(folder)
    assert len(refused(folder).faults) == 1
    head, *_ = rows_of(folder / "confirmed.csv")
    answer = dict(figure, file="observations/population.csv", source="s9001", value="0")
    answer |= dict(who="a clerk", confirmed="2026-11-29", reason="there were no towns before 2021")
    save(folder / "confirmed.csv", [head, [answer.get(column, "") for column in head]])
    assert len(read(folder).confirmed) == 1
    cell("observations/population.csv", "value", "250", **figure)(folder)
    assert "remove this answer" in str(refused(folder))


def test_all_that_is_wrong_is_told_at_once(folder):
    names = ["infinite", "two countries", "no title in Vietnamese", "an unknown time zone"]
    both(*(SLIPS[name][0] for name in names))(folder)
    told = " ".join(map(str, refused(folder).faults))
    assert all(SLIPS[name][1] in told for name in names)
