"""A row of the real data that is deleted, revised or added never breaks anything unexplained.

One row of every table is changed in a copy. Either all is still in order, or each fault that is
told is about one of the changed rows: it names the row, or a word that stood in it.
"""

import json
import random
import shutil
from datetime import date
from types import SimpleNamespace

import pytest
from mutations import rows_of, save
from notebooks import ROOT

from digitransform.core.errors import DataError
from digitransform.data.collection import collection
from digitransform.edition.edition import checked_information

DATA = ROOT / "data"
SETTINGS = SimpleNamespace(as_of=date(2026, 11, 22), first_year=2019)
RESOURCES = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))["resources"]
TABLES = {
    r["path"]: [field["name"] for field in r["schema"]["fields"]]
    for r in RESOURCES
    if r["path"].endswith(".csv")
}
TELLING = {"unit", "from_unit", "to_unit", "parent", "source", "target", "slug", "alias", "value"}
TELLING |= {"level"}
ROOTS = [path for path in TABLES if path.startswith("geography/") or "/" not in path]
LEAVES = [path for path in TABLES if path not in ROOTS]


def deleted(rows: list[list[str]], at: int, columns: list[str]) -> list[int]:
    "The row is gone; its number is that of no row."
    del rows[at]
    return []


def revised(rows: list[list[str]], at: int, columns: list[str]) -> list[int]:
    "The value is one percent higher, as a statistics office might print it later."
    for name in set(columns) & {"value", "low"}:
        cell = columns.index(name)
        text = rows[at][cell]
        if text:
            decimals = len(text.partition(".")[2])
            rows[at][cell] = f"{float(text) * 1.01:.{decimals}f}"
    return [at + 1]


def added(rows: list[list[str]], at: int, columns: list[str]) -> list[int]:
    "The figure is published again, later; where there is no such column, the row stands twice."
    row = list(rows[at])
    if "published" in columns:
        row[columns.index("published")] = "2026-11-15"
    rows.append(row)
    return [len(rows), at + 1]


def change(folder, paths: list[str], how, seed: int) -> dict[str, tuple[list[int], list[str]]]:
    "Change one row in each table: path → numbers of the rows concerned, and what stood there."
    rng = random.Random(seed)
    touched = {}
    for path in paths:
        rows = rows_of(folder / path)
        if len(rows) < 2:
            continue
        at = rng.randrange(1, len(rows))
        words = [c for name, c in zip(TABLES[path], rows[at]) if c and name in TELLING]
        touched[path] = how(rows, at, TABLES[path]), words
        save(folder / path, rows)
    return touched


def explained(fault: DataError, touched: dict) -> bool:
    "Whether a fault names a changed row, or a word that stood in one."
    own = [numbers for path, (numbers, _) in touched.items() if str(fault.file).endswith(path)]
    if any(fault.row in numbers for numbers in own):
        return True
    sentence = str(fault)
    return any(word in sentence for _, words in touched.values() for word in words)


@pytest.mark.parametrize("paths", [LEAVES, ROOTS], ids=["observations", "what they refer to"])
@pytest.mark.parametrize("how", [deleted, revised, added])
def test_one_row_of_every_table(tmp_path, how, paths):
    folder = shutil.copytree(DATA, tmp_path / "data")
    touched = change(folder, paths, how, seed=len(paths))
    assert len(touched) > 3
    try:
        checked_information(collection(folder), SETTINGS)
    except DataError as error:
        for fault in error.faults:
            sentence = str(fault)
            assert sentence.endswith(".") and "\n" not in sentence
            assert explained(fault, touched), sentence


def test_a_fault_about_something_else_would_be_noticed():
    touched = {"targets.csv": ([7], ["Zenda", "s0001"])}
    assert explained(DataError("too high", file="targets.csv", row=7), touched)
    assert explained(DataError("there is no source 's0001'", file="units.csv", row=3), touched)
    assert not explained(DataError("too high", file="targets.csv", row=8), touched)
