"""No number moves.

`before/` keeps numbers of the edition of 22 November 2026 with the checksums of the data they rest
on. Columns may be renamed; numbers may not change, to the last digit. Where they change on purpose,
this folder is written anew.
"""

import json
from pathlib import Path

import pandas as pd
import pytest

from digitransform.data.tables import checksums

pytestmark = pytest.mark.slow
BEFORE = Path(__file__).parent / "before"
RENAMED = {"basis": "evidence_level", "day": "as_of", "inside": "covered", "n_ministry": "n_wider"}
KEYS = {
    "quantiles": ["model", "unit", "year", "quantity", "probability"],
    "draws": ["unit", "year"],
}


@pytest.fixture(scope="module")
def same_data(real_edition) -> None:
    "Skips where the data are others: then numbers may differ. Words of the country make none."
    recorded = json.loads((BEFORE / "data.json").read_text(encoding="utf-8"))
    now = real_edition.manifest["checksums"]["data"]
    numbers = [name for name in recorded | now if not name.startswith("words/")]
    changed = [name for name in numbers if now.get(name) != recorded.get(name)]
    if changed:
        pytest.skip(f"the data are others than those of the kept numbers: {', '.join(changed)}")


@pytest.mark.parametrize("name", sorted(path.stem for path in BEFORE.glob("*.parquet")))
def test_no_number_moves(real_edition, same_data, name):
    before = pd.read_parquet(BEFORE / f"{name}.parquet")
    now = real_edition.tables[name]
    if name in KEYS:
        now = before[KEYS[name]].merge(now, how="left", on=KEYS[name])
    for column in before:
        kept = column if column in now else RENAMED[column]
        assert now[kept].reset_index(drop=True).equals(before[column]), column


def test_the_recorded_data_are_files_of_the_collection():
    recorded = json.loads((BEFORE / "data.json").read_text(encoding="utf-8"))
    assert set(recorded) <= set(checksums(Path(__file__).parents[2] / "data"))
