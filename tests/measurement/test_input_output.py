"""Shares from input-output tables: the reader's sentences, identities of both methods on random
economies, and the bounds that sums by sector give."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitransform.core.errors import DataError
from digitransform.data.collection import collection
from digitransform.measurement.digital_economy import InputOutput, value_added_by_demand
from digitransform.measurement.input_output import (
    core_path,
    core_paths,
    measure,
    read_input_output,
    scope_of,
    sector_terms,
    split_sectors,
)

SQUARE = """sector,26 Chips,61 Phones,Rest,home,exports
26 Chips,20,4,6,10,40
61 Phones,3,5,9,21,2
Rest,8,4,30,90,18
imports,9,1,5,,
taxes,1,1,2,,
value added,39,25,98,,
output,80,40,150,,
"""


@pytest.fixture
def read(tmp_path):
    def reader(text):
        path = tmp_path / "table.csv"
        path.write_text(text, encoding="utf-8")
        return read_input_output(path)

    return reader


@st.composite
def economies(draw):
    "A productive economy with imports, exports and a random digital part of random sectors."
    n = draw(st.integers(2, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    names = [f"s{i}" for i in range(n)]
    a = rng.dirichlet(np.ones(n + 2), size=n).T
    exports, home = rng.uniform(0.1, 50, n), rng.uniform(0, 50, n)
    x = np.linalg.solve(np.eye(n) - a[:n], exports + home)
    table = InputOutput(
        uses=pd.DataFrame(a[:n] * x, names, names),
        value_added=pd.Series(a[n] * x, names),
        final_demand=pd.Series(exports + home, names),
        other_inputs=pd.Series(a[n + 1] * x, names),
        exports=pd.Series(exports, names),
    )
    digital = draw(st.lists(st.sampled_from(names), unique=True, max_size=n))
    return table, {name: float(rng.uniform(0, 1)) for name in digital}


def sums_of(table) -> pd.DataFrame:
    "What is left of a table when only sums by sector are published."
    within = value_added_by_demand(table).sum() / table.final_demand
    return pd.DataFrame(
        {
            "year": 2020,
            "code": table.uses.index,
            "gross_output": table.output.to_numpy(),
            "value_added": table.value_added.to_numpy(),
            "domestic_final_sales": (table.final_demand - table.exports).to_numpy(),
            "exports": table.exports.to_numpy(),
            "domestic_value_added_in_exports": (within * table.exports).to_numpy(),
            "foreign_and_double_counted_content_of_exports": np.nan,
        }
    )


def test_imports_and_taxes_are_inputs_but_no_value_added(read):
    table = read(SQUARE)
    assert table.output.tolist() == [80, 40, 150] and table.value_added.sum() == 162
    assert table.other_inputs.tolist() == [10, 2, 7] and table.exports.tolist() == [40, 2, 18]
    w = value_added_by_demand(table)
    assert np.allclose(w.sum(axis=1), table.value_added)
    assert (w.sum() < table.final_demand).all()  # the rest was imported, or paid in taxes


def test_order_case_and_shape_of_the_file_do_not_matter(read, tmp_path):
    table = read(SQUARE)
    square = pd.read_csv(tmp_path / "table.csv", index_col=0)
    mixed = square.sample(frac=1, random_state=3).sample(frac=1, axis=1, random_state=4)
    mixed = mixed.rename(index={"value added": "Value_Added"}, columns={"exports": "Exports"})
    long = square.stack().rename_axis(["product", "user"]).rename("value").reset_index()
    for text in (mixed.to_csv(), long.sample(frac=1, random_state=1).to_csv(index=False)):
        again = read(text)
        assert again.uses.loc[table.uses.index, table.uses.columns].equals(table.uses)
        assert again.exports[table.uses.index].equals(table.exports.astype(float))


@pytest.mark.parametrize(
    "right, wrong, said",
    [
        ("61 Phones,3", "61 Fones,3", "'61 Fones' has a row but no column; the nearest"),
        ("Rest,8,4,30,90,18\n", "", "'Rest' has a column and value added, but no row"),
        ("added,39", "added,-39", "the value added of '26 Chips' is negative"),
        # a purchase too many of one's own moves row and column alike: only `output` tells
        ("Chips,20", "Chips,25", "'output' has 80 for '26 Chips', but its inputs and value added"),
        ("10,40", "10,44", "sector '26 Chips' makes 80, but 84 is used"),
        ("output,80", "output,88", "the row 'output' has 88 for '26 Chips'"),
        ("value added,39,25,98,,\n", "", "there is no row 'value added'"),
        ("taxes", "imports", "the row 'imports' stands twice"),
        ("Chips,20", 'Chips,"2,0"', "column 26 Chips: '2,0' is not a number"),
        ("Rest,8", ",8", "row 4, column sector: the row has no name"),
    ],
)
def test_a_slip_is_one_sentence(read, right, wrong, said):
    assert right in SQUARE
    with pytest.raises(DataError, match=".") as error:
        read(SQUARE.replace(right, wrong, 1))
    assert said in str(error.value) and str(error.value).startswith("table.csv")
    assert len(str(error.value).splitlines()) == 1


def test_a_long_table_has_each_cell_once(read):
    head = "product,user,value\n"
    with pytest.raises(DataError, match="row 3: what 'B' buys of 'A' stands twice"):
        read(head + "A,B,3\nA,B,4\n")
    with pytest.raises(DataError, match="row 2, column user: a row needs a product and a user"):
        read(head + "A,,3\n")


@settings(max_examples=15, deadline=None)
@given(economies())
def test_identities_of_both_methods(economy):
    table, parts = economy
    value = measure(table, parts).set_index(["method", "part"]).wide
    direct, total = value["adb", "digital sectors"], value["adb", "total"]
    assert np.isclose(direct, value["official", "core"])
    assert direct - 1e-9 <= total <= 100 + 1e-9
    assert value["official", "total, by share of output"] <= 100 + 1e-9
    everything = measure(table, dict.fromkeys(table.uses.index, 1.0)).set_index(["method", "part"])
    assert np.allclose(everything.wide[[("official", "core"), ("adb", "total")]], 100)
    nothing = measure(table, {}, "adb").set_index("part").wide
    assert np.allclose(nothing, 0)


@settings(max_examples=15, deadline=None)
@given(economies())
def test_nothing_is_counted_twice_in_a_split_table(economy):
    table, parts = economy
    made, digital = split_sectors(table, parts)
    assert np.isclose(made.value_added.sum(), table.value_added.sum())
    w = value_added_by_demand(made)
    inside = w.index.isin(digital)
    union = w.to_numpy()[inside[:, None] | inside[None, :]].sum()
    total = measure(table, parts, "adb").set_index("part").wide["total"]
    assert np.isclose(total, 100 * union / table.value_added.sum())


@settings(max_examples=15, deadline=None)
@given(economies())
def test_sums_by_sector_hold_the_full_equation_between_their_bounds(economy):
    table, parts = economy
    digital = dict.fromkeys(parts, 1.0) or {"s0": 1.0}
    row = core_path(sums_of(table), digital).iloc[0]
    value = measure(table, digital, "adb").set_index("part").wide
    assert row.low - 1e-9 <= value["total"] <= row.high + 1e-9
    assert np.isclose(row.direct, value["digital sectors"])
    assert np.isclose(row.exports, value["earned by digital exports"])


def test_a_sector_that_makes_nothing_changes_nothing(read):
    with_empty = SQUARE.replace("Rest,home", "Rest,Empty,home").replace(
        "Rest,8", "Empty,0,0,0,0,0,0\nRest,8"
    )
    lines = [
        line
        if line.startswith(("sector", "Empty"))
        else ",".join([*line.split(",")[:4], "", *line.split(",")[4:]])
        for line in with_empty.splitlines()
    ]
    assert measure(read("\n".join(lines))).equals(measure(read(SQUARE)))


def test_sectors_that_sell_to_each_other_only_are_a_sentence(read):
    table = read(SQUARE)
    closed = replace(
        table,
        uses=pd.DataFrame(np.diag([5.0, 5, 5]), table.uses.index, table.uses.columns),
        value_added=table.value_added * 0 + [0, 1, 1],
        final_demand=table.final_demand * 0 + [0, 1, 1],
        other_inputs=None,
    )
    with pytest.raises(DataError, match="sell to each other only"):
        measure(closed, {"61 Phones": 1.0})


@pytest.mark.parametrize(
    "name, official, adb",
    [
        ("26", (1, 1), (0, 1)),
        ("C2620 Computers", (1, 1), (1, 1)),
        ("2640", (1, 1), None),
        ("46 Wholesale", (0, 1), None),
        ("4651", (1, 1), None),
        ("4659", None, None),
        ("580", (0, 1), (0, 1)),
        ("5820", (1, 1), (1, 1)),
        ("61", (1, 1), (1, 1)),
        ("J62010", (1, 1), (1, 1)),
        ("63", (0, 1), (0, 1)),
        ("631", (1, 1), (0, 1)),
        ("639", None, None),
        ("9511", (1, 1), None),
        ("27", None, None),
        ("Telecommunications", None, None),
    ],
)
def test_a_code_is_in_the_scope_as_a_whole_in_part_or_not(name, official, adb):
    for method, expected in (("official", official), ("adb", adb)):
        ends = scope_of([name, "61 always"], method)
        assert (tuple(ends.loc[name]) if name in ends.index else None) == expected


def test_the_path_of_viet_nam():
    mrio = collection().input_output["adb_mrio_vietnam"]
    paths = core_paths(mrio)
    assert paths.notna().all().all() and len(paths) == 34
    assert (paths.direct <= paths.low).all() and (paths.low <= paths.high).all()
    wide = paths[paths.scope == "wide"].set_index("year")
    narrow = paths[paths.scope == "narrow"].set_index("year")
    assert (wide.direct > narrow.direct).all() and (wide.exports > narrow.exports).all()
    terms = sector_terms(mrio[(mrio.price_basis == "current") & (mrio.year >= 2017)])
    sums = terms.groupby("year")[["caused", "value_added"]].sum()
    assert np.allclose(sums.caused, sums.value_added, rtol=1e-4)
    traded = terms[terms.exports > 10]  # million USD; below, rounding rules
    assert (traded.own <= traded.caused + 0.1).all()
