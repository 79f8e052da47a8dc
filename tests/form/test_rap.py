"""The self-assessment as a reproducible analytical pipeline says what its program finds today."""

import sys

import pytest
from notebooks import ROOT

sys.path.insert(0, str(ROOT / "docs"))
import rap  # noqa: E402


def test_the_page_is_what_the_program_finds():
    written = rap.PAGE.read_text(encoding="utf-8")
    assert written == rap.page(), "run `make rap`"


@pytest.mark.parametrize("claim", rap.CLAIMS, ids=lambda claim: claim.look.__name__)
def test_no_claim_is_met_by_nothing(claim, tmp_path):
    with pytest.raises(rap.Missing):
        claim.look(tmp_path)


def test_a_review_counts_when_it_names_a_reviewer(tmp_path):
    (tmp_path / "docs").mkdir()
    review = tmp_path / "docs" / "peer_review.md"
    review.write_text("Looks good.\n", encoding="utf-8")
    with pytest.raises(rap.Missing, match="names no reviewer"):
        rap.peer_review(tmp_path)
    review.write_text("Reviewer: Nguyễn Văn A, 2026-12-01\n", encoding="utf-8")
    assert "by Nguyễn Văn A" in rap.peer_review(tmp_path)


def test_a_workbook_or_a_table_without_a_key_is_noticed(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "pyproject.toml").write_text('[project]\nrequires-python = ">=3.11"\n')
    assert rap.open_source(tmp_path)
    (tmp_path / "data" / "figures.xlsx").touch()
    with pytest.raises(rap.Missing, match="1 workbooks"):
        rap.open_source(tmp_path)
    package = '{"resources": [{"path": "x.csv", "schema": {}}]}'
    (tmp_path / "data" / "datapackage.json").write_text(package)
    with pytest.raises(rap.Missing, match="without a key: x.csv"):
        rap.tidy(tmp_path)
