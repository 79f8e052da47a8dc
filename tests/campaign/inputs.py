"""Inputs as hands, spreadsheets and systems make them, drawn by hypothesis.

An input is a kind, a description, whether it must be refused (or must be accepted, or either), and
what to do with it in a data folder that is restored afterwards.
"""

import csv
import io
import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from hypothesis import strategies as st

from digitransform.data.collection import collection
from digitransform.data.indicators import read_catalogue
from digitransform.data.panels import read_panel
from digitransform.data.tables import read_package, read_table, table_name
from digitransform.edition.edition import checked_information
from digitransform.publish.build import read_template
from digitransform.publish.cli import main
from digitransform.publish.settings import PARSERS, read_settings

REFUSE, ACCEPT, EITHER = "refuse", "accept", "either"


class Input(NamedTuple):
    "One thing to try."

    kind: str
    words: str
    expected: str
    run: Callable[["Field"], object]


class Field(NamedTuple):
    "Where inputs are tried: the folder of Ruritania, what it says, and settings."

    folder: Path
    package: dict
    files: dict[str, bytes]
    tables: dict[str, pd.DataFrame]
    settings: object

    def read(self) -> None:
        "All that `check`, `status`, `publish` and `forecast` read."
        checked_information(collection(self.folder), self.settings)

    def write(self, path: str, content: bytes) -> None:
        (self.folder / path).write_bytes(content)

    def restore(self, path: str) -> None:
        (self.folder / path).write_bytes(self.files[path])


def in_table(path: str, content: bytes):
    "Reads the folder with another content of one table; the table alone first, which is quick."

    def run(field: Field):
        field.write(path, content)
        try:
            table = read_table(field.folder, table_name(path))
            if not table.equals(field.tables[path]):  # else nothing later can differ
                field.read()
        finally:
            field.restore(path)

    return run


def in_file(path: str, content: bytes, first: Callable[[Path], object]):
    "Reads the folder with another content of one file; what is quickest refused `first`."

    def run(field: Field):
        field.write(path, content)
        try:
            first(field.folder)
            field.read()
        finally:
            field.restore(path)

    return run


# Cells

WORDS = st.sampled_from(
    ["abc", "12,5", "1.234,5", "12 870", "n/a", "–", "inf", "nan", "1e400", "#REF!", "=A1*2"]
    + ["46.3 %", "11.2*", "0x10", "1_000", "١٢", "²", "true", "None", "2026-13", "30/6/2026", "'5"]
)
TEXTS = st.one_of(
    WORDS,
    st.text(max_size=12),
    st.text(st.characters(categories=["Lu", "Ll", "Nd"], max_codepoint=0x1EFF), max_size=8),
    st.sampled_from(["<script>", "\u202eabc", "a" * 3000, "\x07", "\ufffd", "HÃ\xa0 Ná»™i", "\\0"]),
)
NUMERIC = ("number", "integer")


def as_csv(rows: list[list[str]], **how) -> bytes:
    text = io.StringIO()
    csv.writer(text, **({"lineterminator": "\n"} | how)).writerows(rows)
    return text.getvalue().encode("utf-8", errors="surrogatepass")


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode())))


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and "_" not in text


@st.composite
def cells(draw, field: Field) -> Input:
    "One cell of one table becomes something else."
    resource = draw(st.sampled_from(tables(field)))
    path = resource["path"]
    rows = rows_of(field.files[path])
    row = draw(st.integers(1, len(rows) - 1))
    column = draw(st.sampled_from(resource["schema"]["fields"]))
    text = draw(TEXTS)
    at = rows[0].index(column["name"])
    rows[row] = [text if i == at else c for i, c in enumerate(rows[row])]
    limits = column.get("constraints", {})
    expected = EITHER
    clean = " ".join(text.split())
    if column["type"] in NUMERIC and clean and not is_number(clean):
        expected = REFUSE
    elif column["type"] == "boolean" and clean not in ("true", "false", ""):
        expected = REFUSE
    elif "enum" in limits and clean and clean not in limits["enum"]:
        expected = REFUSE
    elif column["name"] == "source" and path != "sources.csv" and text != row_source(field, path):
        expected = REFUSE
    elif limits.get("required") and not clean:
        expected = REFUSE
    words = f"{path}, row {row + 1}, {column['name']} = {text[:40]!r}"
    return Input("cell", words, expected, in_table(path, as_csv(rows)))


def row_source(field: Field, path: str) -> str:
    "Never a source: what a random text cannot be."
    return "s9001"


def tables(field: Field) -> list[dict]:
    "The declared tables that have rows and are not compressed."
    return [
        r
        for r in field.package["resources"]
        if r["path"].endswith(".csv") and field.files[r["path"]].count(b"\n") > 1
    ]


FIGURES = {
    "observations/population.csv": ("total", 1000),
    "observations/gdp.csv": ("gdp_crowns", 1000),
    "observations/grdp.csv": ("per_head", 1000),
    "observations/digital_share.csv": ("official", 0.01),
}


@st.composite
def magnitudes(draw, field: Field) -> Input:
    "A figure in another unit."
    path = draw(st.sampled_from(sorted(FIGURES)))
    measure, usual = FIGURES[path]
    rows = rows_of(field.files[path])
    head = rows[0]
    own = [i for i, r in enumerate(rows) if r[head.index("measure")] == measure]
    row = draw(st.sampled_from(own))
    factor = draw(st.sampled_from([usual, usual, 1 / usual, 0]))
    at = head.index("value")
    value = float(rows[row][at]) * factor
    rows[row] = [f"{value:.12g}" if i == at else c for i, c in enumerate(rows[row])]
    words = f"{path}, row {row + 1}: {measure} times {factor:g}"
    alone = path.endswith("share.csv") and rows[row][head.index("unit")] != "Ruritania"
    expected = EITHER if alone and factor else REFUSE
    return Input("magnitude", words, expected, in_table(path, as_csv(rows)))


@st.composite
def whole_tables(draw, field: Field) -> Input:
    "A table as another program saves it, cut, doubled or turned."
    resource = draw(st.sampled_from(tables(field)))
    path = resource["path"]
    content = field.files[path]
    rows = rows_of(content)
    row = draw(st.integers(1, len(rows) - 1))
    column = draw(st.integers(0, len(rows[0]) - 1))
    other = draw(st.integers(0, len(content) - 1))
    byte = draw(st.binary(min_size=1, max_size=3))
    ways: dict[str, tuple[str, bytes]] = {
        "semicolons": (REFUSE, as_csv(rows, delimiter=";")),
        "tabulators": (REFUSE, as_csv(rows, delimiter="\t")),
        "UTF-16": (REFUSE, content.decode().encode("utf-16")),
        "a byte-order mark": (ACCEPT, b"\xef\xbb\xbf" + content),
        "line ends of Windows": (ACCEPT, content.replace(b"\n", b"\r\n")),
        "decomposed letters": (
            ACCEPT,
            unicodedata.normalize("NFD", content.decode()).encode(),
        ),
        "all in quotation marks": (ACCEPT, as_csv(rows, quoting=csv.QUOTE_ALL)),
        "empty columns at the end": (ACCEPT, as_csv([[*r, "", ""] for r in rows])),
        "a row twice": (REFUSE, as_csv([*rows, rows[row]])),
        "a column less": (REFUSE, as_csv([r[:column] + r[column + 1 :] for r in rows])),
        "a column twice": (REFUSE, as_csv([[*r, r[column]] for r in rows])),
        "a cell less": (REFUSE, as_csv([r[:-1] if i == row else r for i, r in enumerate(rows)])),
        "a cell more": (REFUSE, as_csv([[*r, "x"] if i == row else r for i, r in enumerate(rows)])),
        "a remark below": (REFUSE, content + b"(*) provisional" + b"," * (len(rows[0]) - 1)),
        "a title above": (REFUSE, b"Table 5" + b"," * (len(rows[0]) - 1) + b"\n" + content),
        "a row less": (EITHER, as_csv(rows[:row] + rows[row + 1 :])),
        "a header only": (EITHER, as_csv(rows[:1])),
        "cut": (EITHER, content[:other]),
        "other bytes": (EITHER, content[:other] + byte + content[other + 1 :]),
        "a quotation mark": (EITHER, content[:other] + b'"' + content[other:]),
        "nothing": (REFUSE, b""),
    }
    if len(rows[0]) < 3:
        del ways["a remark below"]
    way = draw(st.sampled_from(sorted(ways)))
    expected, changed = ways[way]
    words = f"{path}: {way} (row {row + 1}, column {column + 1}, byte {other})"
    return Input("table", words, expected, in_table(path, changed))


# JSON and TOML

SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 3000), st.floats(allow_nan=False), st.text(max_size=8)
)
VALUES = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=2),
    st.dictionaries(st.text(max_size=4), SCALARS, max_size=2),
)


WORDS_ALONE = ("title", "description", "scheme", "format", "mediatype", "encoding", "dialect")
WORDS_ALONE += (
    "licenses",
    "contributors",
    "foreignKeys",
    "missingValues",
    "version",
    "compression",
)


@st.composite
def descriptions(draw, field: Field) -> Input:
    "One entry of `datapackage.json` is gone or something else."
    said = json.loads(json.dumps(field.package))
    node, path = said, []
    passed_over = () if draw(st.integers(0, 9)) == 0 else WORDS_ALONE
    for _ in range(draw(st.integers(1, 7))):
        keys = sorted(node) if isinstance(node, dict) else list(range(len(node)))
        keys = [key for key in keys if key not in passed_over]
        if not keys:
            break
        key = draw(st.sampled_from(keys))
        path.append(key)
        parent, node = node, node[key]
        if not isinstance(node, (dict, list)):
            break
    if draw(st.booleans()):
        del parent[path[-1]]
        what = "is gone"
    else:
        parent[path[-1]] = draw(VALUES)
        what = f"= {parent[path[-1]]!r}"[:60]
    content = json.dumps(said).encode()
    return Input(
        "JSON", f"{path} {what}", EITHER, in_file("datapackage.json", content, read_package)
    )


TOML_VALUES = st.sampled_from(
    ["true", "nan", "-inf", "[]", "{}", '""', '"x"', "7", "1.5", "2026-01-01", "'", "[[", "é"]
)


@st.composite
def catalogues(draw, field: Field) -> Input:
    "One line of a TOML file is gone, doubled, or has another value."
    path = draw(
        st.sampled_from([f for f in ("indicators.toml", "scenarios.toml") if f in field.files])
    )
    lines = field.files[path].decode().split("\n")
    at = draw(st.integers(0, min(len(lines) - 1, 400)))
    way = draw(st.sampled_from(["gone", "doubled", "another", "another key"]))
    key, sign, _ = lines[at].partition(" = ")
    if way == "gone":
        changed = lines[:at] + lines[at + 1 :]
    elif way == "doubled":
        changed = lines[: at + 1] + lines[at:]
    elif way == "another key":
        changed = [*lines[:at], "x" + lines[at], *lines[at + 1 :]]
    else:
        changed = [*lines[:at], f"{key} = {draw(TOML_VALUES)}", *lines[at + 1 :]]
    expected = REFUSE if way == "doubled" and sign else EITHER
    words = f"{path}, line {at + 1} ({lines[at][:40]}): {way}"
    return Input(
        "TOML", words, expected, in_file(path, "\n".join(changed).encode(), read_catalogue)
    )


# Settings and the command line

KEYS = sorted(PARSERS)
JUNK = st.one_of(
    WORDS, st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=10)
)
NUMBERS = ("first_year", "last_year", "draws", "seed", "jobs", "update_day")


@st.composite
def settings_files(draw, field: Field) -> Input:
    "A settings file with one strange line."
    key = draw(st.sampled_from([*KEYS, "publisher", "x"]))
    value = draw(JUNK)
    content = f"[collection]\ndata = {field.folder}\n{key} = {value}\n"
    plain = value.split("#")[0].strip()
    number = plain.lstrip("+-").isdecimal() and plain.isascii()
    bad = key in ("x", "publisher") or (key in NUMBERS and not number)
    expected = REFUSE if bad else EITHER

    def run(field: Field):
        path = field.folder.parent / "settings.ini"
        path.write_text(content, encoding="utf-8")
        read_settings(path)

    return Input("settings", f"{key} = {value!r}", expected, run)


COMMANDS = ("check", "status", "publish", "forecast", "backtest", "units", "required", "verify")


@st.composite
def command_lines(draw, field: Field) -> Input:
    "A command with an option that cannot be meant; nothing of it may be carried out."
    command = draw(st.sampled_from(COMMANDS))
    option = draw(
        st.sampled_from(["--draws", "--seed", "--date", "--first-year", "--jobs", "--dat", "--x"])
    )
    value = draw(st.sampled_from(["x", "-1.5", "", "1e9", "2026-13-01", "ngày mai", "٣", "0.5"]))
    words = [
        command,
        *(["p.csv"] if command in ("forecast", "backtest", "verify", "required") else []),
    ]
    words += [option, value] if draw(st.booleans()) else [f"{option}={value}"]

    def run(field: Field):
        return main(words)

    return Input("command", " ".join(words), REFUSE, run)


# Panels, templates, parameters


@st.composite
def panels(draw, field: Field) -> Input:
    "A panel: right, or with one strange cell, header or dress."
    units = draw(st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=3, unique=True))
    rows = [["unit", "year", "value"]]
    for number, unit in enumerate(units):
        rows += [[unit, str(y), f"{10 + number + 0.3 * (y - 2000)}"] for y in range(2000, 2008)]
    way = draw(
        st.sampled_from(["cell", "header", "fractions", "wide", "semicolons", "right", "year"])
    )
    expected = {"right": ACCEPT, "cell": EITHER}.get(way, REFUSE)
    if way == "cell":
        row, column = draw(st.integers(1, len(rows) - 1)), draw(st.integers(0, 2))
        text = draw(TEXTS)
        rows[row] = [text if i == column else c for i, c in enumerate(rows[row])]
        clean = " ".join(text.split())
        if column and clean and not is_number(clean):
            expected = REFUSE
    elif way == "header":
        rows[0] = draw(
            st.sampled_from([["country", "year", "value"], ["unit", "time", "obs_value"]])
        )
    elif way == "fractions":
        rows = [rows[0], *([u, y, str(float(v) / 100)] for u, y, v in rows[1:])]
    elif way == "wide":
        rows = [["unit", "2000", "2001", "2002"], *([u, "1.5", "2", "3"] for u in units)]
    elif way == "year":
        rows[1][1] = draw(st.sampled_from(["20000", "99", "-5", "2000/01", "0"]))
    content = as_csv(rows, delimiter=";" if way == "semicolons" else ",")

    def run(field: Field):
        path = field.folder.parent / "panel.csv"
        path.write_bytes(content)
        read_panel(path, "logit")

    return Input("panel", f"{way}: {content[:60]!r}", expected, run)


@st.composite
def templates(draw, field: Field) -> Input:
    "A template with other bytes, a conflict, or an entry of another type."
    text = field.files["unit.ipynb"].decode()
    way = draw(st.sampled_from(["cut", "conflict", "entry", "byte-order mark", "no cells", "list"]))
    at = draw(st.integers(0, len(text) - 1))
    said = json.loads(text)
    changed = {
        "cut": text[:at],
        "conflict": text[:at] + "\n<<<<<<< HEAD\n" + text[at:],
        "byte-order mark": "\ufeff" + text,
        "no cells": json.dumps({k: v for k, v in said.items() if k != "cells"}),
        "list": "[]",
        "entry": json.dumps(said | {draw(st.sampled_from(sorted(said))): draw(VALUES)}),
    }[way]
    expected = {"byte-order mark": ACCEPT, "entry": EITHER}.get(way, REFUSE)

    def run(field: Field):
        path = field.folder.parent / "template.ipynb"
        path.write_bytes(changed.encode("utf-8", errors="surrogatepass"))
        read_template(path)

    return Input("template", f"{way} at {at}", expected, run)


@st.composite
def parameters(draw, field: Field) -> Input:
    "A question in Python about something that does not exist."
    word = draw(
        st.one_of(st.text(max_size=8), st.sampled_from(["2026-02-30", "Zendaa", "officiall"]))
    )
    ask = draw(st.sampled_from(["unit", "day", "concept", "measure"]))

    def run(field: Field):
        info = collection_of(field)
        if ask == "unit":
            return info.geography.resolve(word)
        if ask == "day":
            return info.as_of(word)
        if ask == "concept":
            return info.select(word)
        return info.select("digital_share", word)

    return Input("parameter", f"{ask} {word!r}", REFUSE, run)


_INFORMATION: dict = {}


def collection_of(field: Field):
    "What is known of the folder as it is, read once."
    if field.folder not in _INFORMATION:
        _INFORMATION[field.folder] = collection(field.folder).as_of()
    return _INFORMATION[field.folder]


CHEAP = [cells] * 8 + [whole_tables] * 4 + [panels] * 6 + [settings_files] * 6
CHEAP += [command_lines] * 4 + [parameters] * 4 + [templates] * 3
DEAR = [descriptions, catalogues, magnitudes]  # the whole folder is read: a quarter of a second


def inputs(field: Field, dear: int = 4) -> st.SearchStrategy[Input]:
    "Inputs of all kinds; `dear` times as many that read the whole folder as are usual in a test."
    return st.one_of(*(kind(field) for kind in [*CHEAP, *DEAR * dear]))


def field_in(folder: Path, settings, template: Path) -> Field:
    "A field of Ruritania."
    import sys

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from fictional import write_fictional

    data = write_fictional(folder / "data")
    for path in (data / "analogues").glob("*.csv"):
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:20]))
    files = {p.relative_to(data).as_posix(): p.read_bytes() for p in data.rglob("*") if p.is_file()}
    files["unit.ipynb"] = template.read_bytes()
    package = read_package(data)
    read = {r["path"]: read_table(data, table_name(r["path"])) for r in package["resources"]}
    return Field(data, package, files, read, settings)
