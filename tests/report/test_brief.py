"A brief is one sheet, whatever a place's head, notices and targets are."

import pypdf
import pytest

from digitransform.report.brief import write_brief

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_brief_of_every_place_is_one_sheet(real_edition, tmp_path, language):
    units = real_edition.units
    for unit in units.unit[units.reported]:
        about = dict(edition=real_edition, unit=unit, language=language)
        sheet = pypdf.PdfReader(write_brief(tmp_path / "x.pdf", **about))
        assert len(sheet.pages) == 1, unit
