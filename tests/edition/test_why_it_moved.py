"The causes of a move add up to it, and no more is computed than is needed."

from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest

from digitransform.data.collection import collection
from digitransform.edition.changes import compared_years
from digitransform.edition.example import example_edition
from digitransform.edition.store import Edition
from digitransform.edition.why_it_moved import CAUSES, why_it_moved, with_revisions

NOW = example_edition()


@cache
def real():
    return collection()


def earlier(code=None, files=(), day="2025-12-31", **settings):
    "An edition before: another day, code, data files or settings; its shares are a point lower."
    manifest = NOW.manifest
    sums = manifest["checksums"]
    sums = sums | dict(data=sums["data"] | dict(files), code=code or sums["code"])
    told = manifest["settings"] | dict(as_of=day) | {k: str(v) for k, v in settings.items()}
    manifest = manifest | settings | dict(id=day, as_of=day, settings=told, checksums=sums)
    lower = NOW.quantiles.assign(value=NOW.quantiles.value - 1)
    return Edition(manifest, {**NOW.tables, "quantiles": lower})


def estimates(asked):
    "An estimate that notes what it was asked, and rises with each figure and each seed."

    def estimate(info, settings):
        asked.append((len(info), settings.seed))
        size = len(info) / 1e4 + settings.seed / 1e5
        units = NOW.units.unit[NOW.units.reported]
        return pd.Series({(u, y): 10 + size for u in units for y in compared_years(NOW).values()})

    return estimate


TODAY = NOW.manifest["as_of"]
CASES = {  # the edition before: causes that may move numbers, estimates that are needed
    "day": (dict(), {"revised", "new"}, 1),
    "code": (dict(code="b" * 64, day=TODAY), {"model"}, 0),
    "seed": (dict(seed=1, day=TODAY), {"settings"}, 0),
    "day and code": (dict(code="b" * 64), {"model", "revised", "new"}, 2),
    "day and seed": (dict(seed=1), {"settings", "revised", "new"}, 2),
    "code and seed": (dict(code="b" * 64, seed=1, day=TODAY), {"model", "settings"}, 1),
    "all": (dict(code="b" * 64, seed=1), set(CAUSES), 3),
    "a corrected file": (dict(files={"observations/grdp.csv": "3"}), {"revised", "new"}, 2),
    "nothing": (dict(day=TODAY), set(), 0),
}


@pytest.mark.parametrize("case", CASES)
def test_causes_add_up_and_only_those_that_differ_have_a_part(case):
    made, may, needed = CASES[case]
    asked = []
    table = why_it_moved(NOW, earlier(**made), real(), estimates(asked))
    assert len(asked) == needed and len(table) == 2 * NOW.units.reported.sum()
    total = table[[*CAUSES, "rest"]].sum(axis=1)
    np.testing.assert_allclose(table.before + total, table.now, atol=1e-5)
    moved = {c for c in CAUSES if (table[c] != 0).any()}
    assert moved <= may
    if may:
        assert moved == may and (table.rest.abs() < 1e-5).all()


def test_a_figure_is_revised_if_its_question_had_an_answer():
    then, now = (real().as_of(date.fromisoformat(d)) for d in ("2024-12-31", "2025-12-31"))
    between, revised, new = with_revisions(then, now)
    figures = [i.select("digital_share", "official") for i in (then, between)]
    before, after = (f[f.unit == "VN"] for f in figures)
    assert (after.year == 2023).sum() > (before.year == 2023).sum()
    assert not (after.year == 2024).any() and revised and new
    assert with_revisions(now, now)[1:] == (0, 0)
