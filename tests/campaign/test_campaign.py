"""Five hundred inputs of the campaign: none is a traceback, a hang or accepted silently."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from run import campaign, table  # noqa: E402


def test_every_input_is_refused_clearly_or_accepted_rightly(tmp_path):
    counts, defects = campaign(500, tmp_path, dear=1)
    told = [f"{found}: {one.kind}: {one.words}\n{words}" for found, one, words in defects]
    assert not defects, table(counts) + "\n\n" + "\n".join(told[:5])
    assert sum(kind["tried"] for kind in counts.values()) >= 500
    assert len(counts) == 11
