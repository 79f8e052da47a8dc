"""Twice the rows take twice the work: counted in calls, not in seconds.

`python benchmarks/load.py data` reads a hundred times the figures of the collection.
"""

import csv
import sys
from collections.abc import Callable

import pandas as pd
import pytest
from fictional import write_fictional

from digitransform.core.errors import DataError
from digitransform.data.collection import read_collection
from digitransform.data.observations import _check_once
from digitransform.edition.edition import checked_information
from digitransform.publish.settings import read_settings


def calls(work: Callable) -> int:
    "How many functions are called, those of libraries included."
    number = 0

    def count(frame, event, argument):
        nonlocal number
        number += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return number


def is_linear(work: Callable[[int], Callable]) -> bool:
    "Whether twice as much more takes about twice as many more calls."
    one, two, four = (calls(work(times)) for times in (1, 2, 4))
    return four - two <= 2.4 * (two - one)


def repeat(path, times: int) -> None:
    "Each row so many times, as releases of the same figure on other days."
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    again = [
        row | dict(published=f"2026-{month:02}-07") for row in rows for month in range(6, 5 + times)
    ]
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, rows[0])
        out.writeheader()
        out.writerows(rows + again)


def test_reading_and_checking_grow_with_the_rows_and_no_faster(tmp_path):
    def work(times):
        folder = tmp_path / str(times)
        write_fictional(folder / "data")
        for name in ("population", "grdp", "gdp"):
            repeat(folder / "data" / "observations" / f"{name}.csv", times)
        (folder / "settings.ini").write_text("[collection]\nas_of = 2026-11-01\n", "utf-8")
        settings = read_settings(folder / "settings.ini")
        return lambda: checked_information(read_collection(settings.data), settings)

    work(1)()  # what is loaded and remembered at the first time does not count
    assert is_linear(work)


def test_a_table_pasted_twice_is_told_row_by_row_without_looking_at_all_rows_for_each(monkeypatch):
    looked = []
    whole = pd.DataFrame.fillna
    monkeypatch.setattr(pd.DataFrame, "fillna", lambda *a, **k: looked.append(1) or whole(*a, **k))
    for number in (20, 200):
        codes = [f"63-{place}" for place in range(number)]
        table = pd.DataFrame(dict(unit=codes * 2, map="63", year=2025, published=None))
        table.index += 2
        with pytest.raises(DataError, match="'63-0' is the place of row 2, which gives") as error:
            key = ["unit", "map", "year", "published"]
            _check_once(table, pd.Series(codes * 2, table.index), key, "population.csv")
        assert [fault.row for fault in error.value.faults] == list(
            range(number + 2, 2 * number + 2)
        )
    assert len(looked) == 2
