"""Five hundred inputs of the campaign: none is a traceback, a hang or accepted silently.

In two halves, so that two processes can share them.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from run import campaign, table  # noqa: E402


@pytest.mark.slow
@pytest.mark.parametrize("start", [1, 3])
def test_every_input_is_refused_clearly_or_accepted_rightly(start, tmp_path):
    counts, defects = campaign(250, tmp_path, start, dear=1)
    told = [f"{found}: {one.kind}: {one.words}\n{words}" for found, one, words in defects]
    assert not defects, table(counts) + "\n\n" + "\n".join(told[:5])
    assert sum(kind["tried"] for kind in counts.values()) >= 250
    assert len(counts) == 13
