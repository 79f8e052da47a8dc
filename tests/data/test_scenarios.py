"""Scenarios are data: every fault of the file is one sentence, and the real ones cite evidence."""

import re

import pytest
from notebooks import ROOT

from digitransform.core.errors import DataError
from digitransform.data.geography import read_geography
from digitransform.data.scenarios import read_scenarios
from digitransform.data.sources import read_sources

DATA = ROOT / "data"
GEOGRAPHY = read_geography(DATA)
SOURCES = read_sources(DATA)
TEXTS = 'title_vi = "a"\ntitle_en = "b"\nwords_vi = "c"\nwords_en = "d"\n'
STEP = "[[push.steps]]\n"
POINTS = STEP + 'kind = "points"\nat = 2027\npoints = -0.3\nstays = 0\nsource = "s0003"\n'


def written(folder, text):
    (folder / "scenarios.toml").write_text(text, encoding="utf-8")
    return read_scenarios(folder, GEOGRAPHY, SOURCES)


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("[push", "not valid TOML"),
        ("push = 1", "'push' stands outside a table"),
        ("[push]\n" + TEXTS.replace("words_en", "word_en"), "nearest valid value is 'words_en'"),
        ("[push]\n" + TEXTS.replace('"d"', '""'), "'words_en' is missing"),
        ("[push]\n" + TEXTS + POINTS.replace("at =", "att ="), "nearest valid value is 'at'"),
        ("[push]\n" + TEXTS + POINTS.replace("stays = 0", "stays = 2"), "not between 0 and 1"),
        ("[push]\n" + TEXTS + POINTS.replace("2027", "true"), "True is not a whole number"),
        ("[push]\n" + TEXTS + POINTS + 'units = ["Bắc Ninnh"]', "'Bắc Ninh'"),
        ("[push]\n" + TEXTS + POINTS + "from = 2027", "2027 is not before 2027"),
        ("[push]\n" + TEXTS + POINTS + "assumption = true", "an assumption needs a reason"),
    ],
)
def test_a_fault_is_one_sentence_with_the_file(tmp_path, text, sentence):
    with pytest.raises(DataError, match=re.escape(sentence)) as error:
        written(tmp_path, text)
    assert "scenarios.toml" in str(error.value)


def test_a_title_in_a_third_language_is_kept(tmp_path):
    text = "[push]\n" + TEXTS + 'title_fr = "e"\n' + POINTS
    assert written(tmp_path, text)["push"].titles["fr"] == "e"


def test_every_step_cites_a_source_or_gives_its_reason_in_both_languages():
    scenarios = read_scenarios(DATA, GEOGRAPHY, SOURCES)
    assert not scenarios["baseline"].steps
    for scenario in scenarios.values():
        for step in scenario.steps:
            assert step.source or set(step.reasons) == {"vi", "en"}, scenario.name
