"Figures of two places that changed places raise a question each; nothing else does."

import shutil

import pandas as pd
from notebooks import ROOT

from digitransform.data.collection import read_collection
from digitransform.measurement.plausibility import _figures, _swapped, questions


def swapped(folder, year: int, measure: str, first: str, second: str):
    "The collection, where two places have each other's figure of a measure and year."
    path = folder / "observations" / "grdp.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    asked = (table.year == str(year)) & (table.measure == measure)
    rows = [table.index[asked & (table.unit == unit)] for unit in (first, second)]
    assert len(rows[0]) == len(rows[1]) > 0
    ours, theirs = (table.loc[index, "value"].tolist() for index in rows)
    table.loc[rows[0], "value"], table.loc[rows[1], "value"] = theirs, ours
    table.to_csv(path, index=False)
    return read_collection(folder)


def test_two_figures_that_changed_places_are_asked_about(tmp_path):
    folder = shutil.copytree(ROOT / "data", tmp_path / "data")
    figures = _figures(read_collection(folder))
    assert _swapped(figures).empty, "no two figures of the collection look like that"
    rows = figures[(figures.file == "observations/grdp.csv") & (figures.measure == "per_head")]
    rows = rows[rows["map"].notna() & (rows.year == rows.year.max() - 1)].drop_duplicates("unit")
    rows = rows[rows["map"] == rows["map"].mode()[0]].sort_values("value")
    low, high = rows.iloc[2], rows.iloc[-3]
    both = questions(swapped(folder, low.year, "per_head", low["name"], high["name"]))
    texts = [str(fault) for fault in both if "may be swapped" in str(fault)]
    assert any(low["name"] in t and f"figure of {high['name']}" in t for t in texts), both
    assert any(high["name"] in t and f"figure of {low['name']}" in t for t in texts)
