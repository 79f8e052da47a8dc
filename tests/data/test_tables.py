"""Every way in which a CSV file can be wrong is one sentence that names file and row."""

import gzip
import os

import pytest

from digitransform.core.errors import DataError
from digitransform.data.panels import read_panel
from digitransform.data.tables import read_csv, read_table

HEAD = "unit,year,value\n"


def refusal(read, path) -> str:
    "The sentence with which `read` refuses the file."
    with pytest.raises(DataError) as error:
        read(path)
    sentence = str(error.value)
    assert "\n" not in sentence and sentence.endswith(".")
    return sentence


@pytest.mark.parametrize("read", [read_csv, read_panel])
@pytest.mark.parametrize(
    "content, said",
    [
        (b"", "the file is empty"),
        (b"\n\n \n", "the file is empty"),
        ((HEAD + "A,2001,3\0\n").encode(), "not UTF-8 text"),
        ((HEAD + "A,2001,3\n").encode("utf-16"), "not UTF-8 text"),
        ((HEAD + "Hà Nội,2001,3\n").encode("cp1252", errors="replace") + b"\xe9", "not UTF-8"),
        (b"unit,year,value,year\n", "row 1, column year: column 'year' stands twice"),
        (b"unit,year,value,\nA,2001,3,4\n", "row 1: column 4 has no name"),
        (b"unit;year;value\nA;2001;3\n", "row 1: the cells are separated by semicolons"),
        (b"unit\tyear\tvalue\n", "row 1: the cells are separated by tabulators"),
        (b"unit,year,value\nA,2001\n", "row 2: the row has 2 cells where the header has 3"),
        (b'unit,year,value\nA,2001,"3\n', "row 2: the quotation marks"),
        (b'unit,year,value\n"A" B,2001,3\n', "row 2: the quotation marks"),
        (HEAD.encode() + b"A" * 200_000 + b",2001,3\n", "row 2: a cell is too long"),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path, read, content, said):
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    sentence = refusal(read, path)
    assert sentence.startswith("x.csv") and said in sentence


@pytest.mark.parametrize("read", [read_csv, read_panel])
def test_a_folder_in_place_of_a_file_is_refused(tmp_path, read):
    assert "this is a folder" in refusal(read, tmp_path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(HEAD)
    path.chmod(0)
    assert "cannot be read" in refusal(read_csv, path)


@pytest.mark.parametrize(
    "cell, said",
    [
        ("inf", "'inf' is not a number"),
        ("1e400", "'1e400' is not a number"),
        ("nan", "'nan' is not a number"),
        ('"3,5"', "'3,5' is not a number; the nearest valid value is '3.5'"),
        ("12 870", "'12 870' is not a number; the nearest valid value is '12870'"),
        ("-", "'-' is not a number"),
    ],
)
def test_a_cell_that_is_no_number_is_refused(tmp_path, cell, said):
    path = tmp_path / "x.csv"
    path.write_text(f"{HEAD}A,2000,1\n\nA,2001,{cell}\n", encoding="utf-8")
    assert f"x.csv, row 4, column value: {said}" in refusal(read_panel, path)


@pytest.mark.parametrize("mark", ["\n", "\r\n", "\u2028", "\x85", "\x0b"])
def test_a_line_break_in_a_cell_keeps_two_words_apart(tmp_path, mark):
    path = tmp_path / "x.csv"
    path.write_bytes(f'a,b\n"one{mark}two",3\nx,y\n'.encode())
    table = read_csv(path)
    assert table.a.tolist() == ["one two", "x"] and table.index.tolist() == [2, 3]


def test_a_byte_order_mark_blanks_and_blank_rows_do_not_matter(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes("\ufeff unit , value\r\n\r\n,\r\n NA ,1\r\n".encode())
    table = read_csv(path)
    assert list(table) == ["unit", "value"] and table.loc[4].tolist() == ["NA", "1"]


SHARES = "".join(f"A,{year},{10 + (year - 2000) / 8:.2f}\n" for year in range(2000, 2009))
PEOPLE = "".join(f"A,{year},{1_000_000 + year}\n" for year in range(2000, 2009))


@pytest.mark.parametrize("read", [read_csv, read_panel])
@pytest.mark.parametrize("figures", [SHARES, PEOPLE])
def test_a_file_that_ends_inside_its_last_number_is_refused(tmp_path, read, figures):
    path = tmp_path / "x.csv"
    whole = HEAD + figures
    last = figures.strip().rpartition(",")[2]
    for lost in range(1, len(last)):
        path.write_text(whole[: -lost - 1], encoding="utf-8")
        sentence = refusal(read, path)
        assert "row 10, column value: the file ends without a line end" in sentence
        assert f"{last[:-lost]!r}" in sentence and "press Enter" in sentence


@pytest.mark.parametrize("figures", [SHARES, PEOPLE, "A,2000,3\nA,2001,12.5\nA,2002,4\n"])
def test_a_file_whose_last_line_only_has_no_end_is_read(tmp_path, figures):
    path = tmp_path / "x.csv"
    path.write_text(HEAD + figures.rstrip(), encoding="utf-8")
    assert len(read_csv(path)) == figures.count("\n")
    path.write_text(HEAD + figures + "B,2000,7\n", encoding="utf-8")
    assert read_csv(path).value.iloc[-1] == "7", "with its line end a number may be short"


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(DataError, match="there is no data folder here"):
        read_table(tmp_path, "x")


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"unit,year,value\n"])
def test_a_compressed_table_that_is_not_whole_is_refused(tmp_path, damage):
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(("unit,year,value\n" + "A,2001,3\n" * 100).encode()))
    assert len(read_csv(path)) == 100
    path.write_bytes(damage(path.read_bytes()))
    assert refusal(read_csv, path).startswith("x.csv.gz: the file cannot be read")
