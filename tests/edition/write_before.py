"""Writes kept numbers anew, where they changed on purpose.

`python tests/edition/write_before.py EDITION attainment draws …` takes the named tables from the
folder of an edition of 22 November 2026, with the rows and columns that were kept before, and the
checksums of its data. The commit says why the numbers moved.
"""

import json
import sys
from pathlib import Path

import pandas as pd
from test_before import BEFORE, KEYS, RENAMED

from digitransform.edition.store import Edition


def kept_anew(name: str, edition: Edition) -> pd.DataFrame:
    "The kept rows and columns of a table with the numbers of `edition`."
    before = pd.read_parquet(BEFORE / f"{name}.parquet")
    now = edition.tables[name]
    if name in KEYS:
        now = before[KEYS[name]].merge(now, how="left", on=KEYS[name])
    columns = {c if c in now else RENAMED[c]: c for c in before}
    return now[list(columns)].rename(columns=columns)


def main(folder: str, *names: str) -> None:
    edition = Edition.load(Path(folder))
    for name in names:
        kept_anew(name, edition).to_parquet(BEFORE / f"{name}.parquet", index=False)
    text = json.dumps(edition.manifest["checksums"]["data"], indent=1)
    (BEFORE / "data.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
