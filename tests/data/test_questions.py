"A question is answered in a section that exists, or says that nobody has measured it."

import shutil

import pytest
from notebooks import ROOT

from digitransform.core.errors import DataError
from digitransform.data.targets import read_questions
from digitransform.report.sections import SECTIONS

QUESTIONS = read_questions(ROOT / "data")


def test_both_meetings_are_there_and_no_answer_holds_a_figure_that_grows_old():
    assert set(QUESTIONS.meeting) == {2022, 2023} and len(QUESTIONS) > 20
    for text in (*QUESTIONS.answer_en, *QUESTIONS.answer_vi):
        digits = text.replace("2021", "")  # the year in which an index changed its method
        assert not any(c.isdigit() for c in digits), text


def test_a_section_that_answers_is_a_section_of_the_page():
    import inspect

    source = "".join(inspect.getsource(section) for section in SECTIONS)
    for anchor in QUESTIONS.anchor.dropna().unique():
        assert f'"{anchor}"' in source, anchor


def test_what_nobody_measured_says_so_or_why():
    unanswered = QUESTIONS[QUESTIONS.status == "not_measured"]
    assert unanswered.anchor.isna().all() and unanswered.scope.isna().all()
    assert unanswered.answer_en.str.contains("[Nn]ot measured|[Nn]o ").all()


def test_an_answer_without_a_section_is_refused(tmp_path):
    folder = shutil.copytree(ROOT / "data", tmp_path / "data")
    path = folder / "questions.csv"
    text = path.read_text(encoding="utf-8").replace("answered,targets,country", "answered,,", 1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="questions.csv, row 2, column anchor"):
        read_questions(folder)
