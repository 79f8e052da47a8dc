"A brief is one sheet, whatever a place's head, notices and targets are."

import pypdf
import pytest

from digitransform.report.brief import write_brief

pytestmark = pytest.mark.slow


def test_the_brief_of_every_place_is_one_sheet(real_edition, tmp_path):
    units = real_edition.units
    for i, unit in enumerate(units.unit[units.reported]):
        about = dict(edition=real_edition, unit=unit, language=("vi", "en")[i % 2])
        sheet = pypdf.PdfReader(write_brief(tmp_path / "x.pdf", **about))
        assert len(sheet.pages) == 1, unit
