"""Inputs as hands, spreadsheets and systems make them, drawn by hypothesis.

An input is a kind, a description, whether it must be refused (or must be accepted, or either), and
what to do with it in a data folder that is restored afterwards.
"""

import csv
import gzip
import io
import json
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from hypothesis import strategies as st

from digitransform.core.errors import refuse
from digitransform.core.messages import read_sentences, wrong_sentences
from digitransform.data.collection import _sayable, collection
from digitransform.data.indicators import read_catalogue
from digitransform.data.live_sources import read_live_sources
from digitransform.data.panels import read_panel
from digitransform.data.scenarios import scenario_called
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
    elif column["type"] == "boolean" and clean.lower() not in ("true", "false", ""):
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


NUMBERS_OF_OFFICES: dict[str, Callable[[str], str]] = {
    "a footnote mark": lambda text: text + "*",
    "a raised footnote": lambda text: text + "¹",
    "a footnote in brackets": lambda text: text + " (1)",
    "provisional": lambda text: text + "p",
    "estimated": lambda text: "e " + text,
    "a percent sign": lambda text: text + " %",
    "a decimal comma": lambda text: (text if "." in text else text + ".0").replace(".", ","),
    "thousands with commas": lambda text: "1," + text.partition(".")[0].zfill(3) + ".5",
    "thousands with points": lambda text: "1." + text.partition(".")[0].zfill(3) + ",5",
    "thousands with blanks": lambda text: "1\u202f" + text.partition(".")[0].zfill(3),
    "a minus of typographers": lambda text: "\u2212" + text.lstrip("-"),
    "brackets for a minus": lambda text: f"({text})",
    "a fault of a spreadsheet": lambda text: "#DIV/0!",
    "two figures": lambda text: f"{text}–{text}",
    "two dots": lambda text: "..",
}


def as_offices_save(content: bytes, rows: list[list[str]]) -> dict[str, tuple[str, bytes]]:
    "A table in the formats and encodings in which offices send files."
    text = content.decode()
    old = text.encode("cp1258", errors="replace")
    return {
        # without a letter of its own the file is plain text, some letters of which became "?"
        "Windows-1258": (ACCEPT, content) if old.isascii() else (REFUSE, old),
        "UTF-16 without its mark": (REFUSE, text.encode("utf-16-le")),
        "UTF-32": (REFUSE, text.encode("utf-32")),
        "a workbook": (REFUSE, b"PK\x03\x04\x14\0\x06\0" + content[:200]),
        "an old workbook": (REFUSE, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + content[:200]),
        "compressed": (REFUSE, gzip.compress(content)),
        "a page of the web": (REFUSE, b"<!DOCTYPE html><table>" + content),
        "JSON": (REFUSE, json.dumps([dict(zip(rows[0], row)) for row in rows[1:]]).encode()),
        "vertical bars": (REFUSE, as_csv(rows, delimiter="|")),
        "a line that names the separator": (REFUSE, b"sep=,\n" + content),
        "a remark above": (REFUSE, b"# downloaded on 30 November\n" + content),
        "turned": (REFUSE, as_csv([list(column) for column in zip(*rows)])),
        "no header": (REFUSE, as_csv(rows[1:])),
        "a total below": (
            REFUSE,
            as_csv([*rows, ["Total", *("9" for _ in rows[0][1:])]]),
        ),
        "line ends of old Macs": (ACCEPT, content.replace(b"\n", b"\r")),
        "blanks around cells": (ACCEPT, as_csv([[f" {c} " for c in row] for row in rows])),
        "rows in another order": (EITHER, as_csv([rows[0], *reversed(rows[1:])])),
        "columns in another order": (ACCEPT, as_csv([row[::-1] for row in rows])),
    }


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
    } | as_offices_save(content, rows)
    if len(rows[0]) < 3:
        del ways["a remark below"]
    if draw(st.booleans()):
        dress = draw(st.sampled_from(sorted(NUMBERS_OF_OFFICES)))
        numeric = [f["name"] for f in resource["schema"]["fields"] if f["type"] in NUMERIC]
        figures = [rows[0].index(name) for name in numeric if rows[row][rows[0].index(name)]]
        if figures:
            at = draw(st.sampled_from(figures))
            rows[row] = [
                NUMBERS_OF_OFFICES[dress](c) if i == at else c for i, c in enumerate(rows[row])
            ]
            words = f"{path}, row {row + 1}, {rows[0][at]}: {dress}"
            return Input("table", words, REFUSE, in_table(path, as_csv(rows)))
    way = draw(st.sampled_from(sorted(ways)))
    expected, changed = ways[way]
    words = f"{path}: {way} (row {row + 1}, column {column + 1}, byte {other})"
    return Input("table", words, expected, in_table(path, changed))


# Levels of places, and answers to questions

LEVELS = "geography/levels.csv"
ROLES = ("country", "region", "group", "place")


@st.composite
def levels(draw, field: Field) -> Input:
    "The table of levels with another role, or a level that is gone, doubled or called otherwise."
    head, *rows = rows_of(field.files[LEVELS])
    at = draw(st.integers(0, len(rows) - 1))
    level, role, *names = rows[at]
    other = draw(st.sampled_from([one for one in ROLES if one != role]))
    slip = draw(st.sampled_from([role.upper(), role + "s", role[:-1], "", "province", f"{role} *"]))

    def with_row(*row: str) -> list:
        return [*rows[:at], [*row, *names], *rows[at + 1 :]]

    ways = {
        "gone": (REFUSE, rows[:at] + rows[at + 1 :]),
        "twice": (REFUSE, [*rows, rows[at]]),
        "twice with another role": (REFUSE, [*rows, [level, other, *names]]),
        "called otherwise": (REFUSE, with_row(level + "x", role)),
        f"role {slip!r}": (REFUSE, with_row(level, slip)),
        f"role {other!r}": (
            EITHER if other in ("group", "region") else REFUSE,
            with_row(level, other),
        ),
        "without names": (
            REFUSE,
            [r[:2] + [""] * len(names) if r == rows[at] else r for r in rows],
        ),
        "a second country": (REFUSE, [*rows, ["planet", "country", *names]]),
        "a level of nobody": (EITHER, [*rows, ["parish", "place", *names]]),
        "in another order": (ACCEPT, rows[::-1]),
        "none": (REFUSE, []),
    }
    way = draw(st.sampled_from(list(ways)))
    expected, changed = ways[way]
    words = f"level {level!r}: {way}"
    return Input("levels", words, expected, in_table(LEVELS, as_csv([head, *changed])))


@st.composite
def answers(draw, field: Field) -> Input:
    "An answer in `confirmed.csv` to a question about some figure, right or with one slip."
    path = draw(st.sampled_from(sorted(FIGURES)))
    head, *rows = rows_of(field.files[path])
    figure = dict(zip(head, draw(st.sampled_from(rows))))
    right = figure | dict(file=path, who="A. Hope", confirmed="2026-11-20")
    right |= dict(reason="the yearbook says the same on page 12")
    ways = {
        "right": (ACCEPT, {}),
        "a place in capitals": (ACCEPT, dict(unit=figure["unit"].upper())),
        "another value": (REFUSE, dict(value=f"{float(figure['value']) + 1:g}")),
        "a decimal comma": (REFUSE, dict(value="1,5")),
        "no value": (REFUSE, dict(value="")),
        "another place": (REFUSE, dict(unit="Atlantis")),
        "another year": (REFUSE, dict(year="1901")),
        "another measure": (REFUSE, dict(measure="abc")),
        "another source": (REFUSE, dict(source="s0000")),
        "another file": (REFUSE, dict(file="observations/nothing.csv")),
        "nobody": (REFUSE, dict(who="")),
        "no reason": (REFUSE, dict(reason="")),
        "a short reason": (REFUSE, dict(reason="ok")),
        "no day": (REFUSE, dict(confirmed="")),
        "a day that is none": (REFUSE, dict(confirmed="2026-02-30")),
        "a day of an office": (REFUSE, dict(confirmed="20/11/2026")),
        "twice": (REFUSE, {}),
    }
    way = draw(st.sampled_from(list(ways)))
    expected, slip = ways[way]
    columns = rows_of(field.files["confirmed.csv"])[0]
    row = [(right | slip)[name] for name in columns]
    content = as_csv([columns, *[row] * (2 if way == "twice" else 1)])
    words = f"{figure['unit']} {figure['year']} of {path}: {way}"
    return Input("answer", words, expected, in_table("confirmed.csv", content))


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
    path = draw(st.sampled_from([f for f in CATALOGUES if f in field.files]))
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
    content = "\n".join(changed).encode()
    if path == "live.toml":
        return Input("TOML", words, expected, in_live(content))
    return Input("TOML", words, expected, in_file(path, content, read_catalogue))


CATALOGUES = ("indicators.toml", "scenarios.toml", "live.toml")
LIVE = ("datapackage.json", "sources.csv", "indicators.toml")  # what live sources are held against


def in_live(content: bytes):
    "Reads the live sources of Viet Nam, with another content of their file."

    def run(field: Field):
        folder = field.folder.parent / "live"
        (folder / "live.toml").write_bytes(content)
        read_live_sources(folder)

    return run


@st.composite
def sentences(draw, field: Field) -> Input:
    "The country's own words: a line is gone, doubled or says something else."
    lines = field.files["words/vi.po"].decode().split("\n")
    at = draw(st.integers(0, len(lines) - 1))
    junk = st.sampled_from(['msgid "', 'msgstr "{x}"', "msgstr", '"', "#~ x", "<<<<<<< HEAD", "%"])
    changed = draw(
        st.sampled_from(
            [
                lines[:at] + lines[at + 1 :],
                lines[: at + 1] + lines[at:],
                [*lines[:at], draw(junk), *lines[at:]],
                [*lines[:at], lines[at].replace("{", "{ "), *lines[at + 1 :]],
            ]
        )
    )
    content = "\n".join(changed).encode()

    def run(field: Field):
        path = field.folder.parent / "vi.po"
        path.write_bytes(content)
        known = sayable_in(field.folder.parent / "live")
        refuse(wrong_sentences(read_sentences(path), known, path.name))

    return Input("words", f"line {at + 1}: {lines[at][:40]!r}", EITHER, run)


@cache
def sayable_in(folder: Path) -> dict[str, str]:
    "What the country in `folder` may say in its own words."
    return _sayable(read_catalogue(folder))


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
    content = f"[collection]\ndata = {field.folder}\n{key} = {value}\n".encode()
    plain = value.split("#")[0].strip()
    number = plain.lstrip("+-").isdecimal() and plain.isascii()
    bad = key in ("x", "publisher") or (key in NUMBERS and not number)
    expected = REFUSE if bad else EITHER
    ways = {
        "as it is": (expected, content),
        "UTF-16": (REFUSE, content.decode().encode("utf-16")),
        "twice": (REFUSE, content + content),
        "a key twice": (REFUSE, content + b"draws = 200\ndraws = 200\n"),
        "no heading": (REFUSE, content.partition(b"\n")[2]),
        "a conflict": (REFUSE, content + b"<<<<<<< HEAD\ndraws = 200\n=======\n>>>>>>> b\n"),
        "an unknown heading": (REFUSE, content + b"[publishing]\nx = 1\n"),
        "the publisher": (EITHER, content + f"[publisher]\ncontact = {value}\n".encode()),
        "line ends of Windows": (expected, content.replace(b"\n", b"\r\n")),
        "a byte-order mark": (expected, b"\xef\xbb\xbf" + content),
    }
    way = draw(st.sampled_from(["as it is", *ways]))
    expected, changed = ways[way]

    def run(field: Field):
        path = field.folder.parent / "settings.ini"
        path.write_bytes(changed)
        read_settings(path)

    return Input("settings", f"{key} = {value!r}, {way}", expected, run)


COMMANDS = ("check", "status", "publish", "forecast", "backtest", "units", "required", "verify")
COMMANDS += ("preview", "prune", "under", "forecast-panel")
SLIPS_OF_WORDS = (
    *("pubish", "forecast-pannel p.csv", "check all", "--publish", "PUBLISH"),
    *("publish --unit", "publish --format docx,,htm", "publish --language fr", "prune --keep 0"),
    *("publish --units=", "publish --levels 81", "under --if 2026", "under --if 2026=14;8"),
    *("under --if x=14.8", "under oficial-pace", "required Huế abc", "required", "measure"),
    *("measure nothing.csv", "completion dos", "verify 1900-01-01", "backtest nothing.csv"),
    *(
        "forecast Atlantis",
        "units --csv --json",
        "backtest p.csv --design x",
        "check --data nowhere",
    ),
    *("check --settings nowhere.ini", "publish --output /dev/null/x", "forecast a b c d e --jsn"),
)


WITH_FILE = ("forecast", "backtest", "forecast-panel")


@st.composite
def command_lines(draw, field: Field) -> Input:
    "A command with an option that cannot be meant; nothing of it may be carried out."
    command = draw(st.sampled_from(COMMANDS))
    if draw(st.integers(0, 3)) == 0:
        said = draw(st.sampled_from(SLIPS_OF_WORDS))
        return Input("command", said, REFUSE, lambda field: main(said.split()))
    option = draw(
        st.sampled_from(["--draws", "--seed", "--date", "--first-year", "--jobs", "--dat", "--x"])
    )
    value = draw(st.sampled_from(["x", "-1.5", "", "1e9", "2026-13-01", "ngày mai", "٣", "0.5"]))
    words = [
        command,
        *(["p.csv"] if command in (*WITH_FILE, "verify", "required") else []),
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
    usual = ["cell", "header", "fractions", "wide", "semicolons", "right", "year"]
    of_offices = panels_of_offices(rows)
    way = draw(st.sampled_from([*usual, *of_offices]))
    if way in of_offices:
        expected, content = of_offices[way]
        return Input("panel", way, expected, in_panel(content))
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
    return Input("panel", f"{way}: {content[:60]!r}", expected, in_panel(content))


def in_panel(content: bytes):
    "Reads a panel of percent."

    def run(field: Field):
        path = field.folder.parent / "panel.csv"
        path.write_bytes(content)
        read_panel(path, "logit")

    return run


def panels_of_offices(rows: list[list[str]]) -> dict[str, tuple[str, bytes]]:
    "A panel as offices and international databases publish it."
    head, *body = rows
    last = body[-1]
    years = sorted({row[1] for row in body})
    names = {row[0]: name for row, name in zip(body, ["NA", "NULL", "nan"] * len(body))}
    by_unit = {row[0]: [r[2] for r in body if r[0] == row[0]] for row in body}

    def each(change, header=head) -> bytes:
        return as_csv([header, *(change(*row) for row in body)])

    def late(change) -> bytes:
        return each(
            lambda u, y, v: [change("Đà Nẵng " + u) if y > "2004" else "Đà Nẵng " + u, y, v]
        )

    def wide(name) -> bytes:
        return as_csv([["unit", *map(name, years)], *([u, *vs] for u, vs in by_unit.items())])

    return {
        "codes that look empty": (ACCEPT, each(lambda u, y, v: [names[u], y, v])),
        "decomposed names": (ACCEPT, late(lambda name: unicodedata.normalize("NFD", name))),
        "a blank that does not break": (ACCEPT, late(lambda name: name.replace(" ", "\xa0"))),
        "names without accents": (REFUSE, late(lambda name: name.replace("Đà Nẵng", "Da Nang"))),
        "names in capitals": (REFUSE, late(str.upper)),
        "a footnote on a name": (REFUSE, late(lambda name: name + "*")),
        "a raised footnote on a name": (REFUSE, late(lambda name: name + "²")),
        "a numbered footnote on a name": (REFUSE, late(lambda name: name + " 1)")),
        "a look-alike letter": (REFUSE, late(lambda name: name.replace("N", "\u039d"))),
        "full-width letters": (REFUSE, late(lambda name: name[:-1] + chr(ord(name[-1]) + 0xFEE0))),
        "decimal commas": (REFUSE, each(lambda u, y, v: [u, y, v.replace(".", ",")])),
        "thousands": (REFUSE, each(lambda u, y, v: [u, y, "1," + v.partition(".")[0].zfill(3)])),
        "percent signs": (REFUSE, each(lambda u, y, v: [u, y, v + " %"])),
        "footnote marks": (REFUSE, each(lambda u, y, v: [u, y, v + "*"])),
        "not available": (REFUSE, each(lambda u, y, v: [u, y, ".." if y == "2003" else v])),
        "gaps": (ACCEPT, each(lambda u, y, v: [u, y, "" if y == "2003" else v])),
        "financial years": (REFUSE, each(lambda u, y, v: [u, f"{y}/{y[2:]}", v])),
        "quarters": (REFUSE, each(lambda u, y, v: [u, f"{y}-Q1", v])),
        "days": (REFUSE, each(lambda u, y, v: [u, f"{y}-12-31", v])),
        "Buddhist years": (REFUSE, each(lambda u, y, v: [u, str(int(y) + 543), v])),
        "days of a spreadsheet": (REFUSE, each(lambda u, y, v: [u, str(36526 + int(y)), v])),
        "a sex": (REFUSE, as_csv([[*head, "sex"], *([*r, s] for r in body for s in "MF")])),
        "a column for each year": (REFUSE, wide(str)),
        "years of the World Bank": (REFUSE, wide(lambda year: f"{year} [YR{year}]")),
        "provisional years": (REFUSE, wide(lambda year: f"Prel. {year}")),
        "a weight of nothing": (REFUSE, each(lambda *r: [*r, "0"], [*head, "weight"])),
        "a negative weight": (REFUSE, each(lambda *r: [*r, "-1"], [*head, "weight"])),
        "its own parent": (REFUSE, each(lambda u, y, v: [u, y, v, u], [*head, "parent"])),
        "a parent in two spellings": (
            REFUSE,
            each(lambda u, y, v: [u, y, v, "N" if y < "2004" else "n"], [*head, "parent"]),
        ),
        "a parent now and then": (
            ACCEPT,
            each(lambda u, y, v: [u, y, v, "N" if y < "2004" else ""], [*head, "parent"]),
        ),
        "a title above": (REFUSE, b"Table 5. Share of the digital economy,,\n" + as_csv(rows)),
        "a title of one cell": (REFUSE, b"Table 5\n" + as_csv(rows)),
        "a remark below": (REFUSE, as_csv(rows) + b"Source: statistics office,,\n"),
        "a row of units": (REFUSE, as_csv([head, ["", "", "%"], *body])),
        "a row twice": (REFUSE, as_csv([*rows, last])),
        "tabulators": (REFUSE, as_csv(rows, delimiter="\t")),
        "no last line end": (ACCEPT, as_csv(rows)[:-1]),
        "cut inside its last number": (REFUSE, as_csv(rows)[:-2]),
        "UTF-16": (REFUSE, as_csv(rows).decode().encode("utf-16")),
        "a workbook": (REFUSE, b"PK\x03\x04\x14\0" + as_csv(rows)),
        "JSON": (REFUSE, json.dumps([dict(zip(head, row)) for row in body]).encode()),
        "compressed": (REFUSE, gzip.compress(as_csv(rows))),
    }


@st.composite
def templates(draw, field: Field) -> Input:
    "A template with other bytes, a conflict, or an entry of another type."
    text = field.files["unit.ipynb"].decode()
    ways = ["cut", "conflict", "entry", "byte-order mark", "no cells", "list", "cell", "UTF-16"]
    way = draw(st.sampled_from(ways))
    at = draw(st.integers(0, len(text) - 1))
    said = json.loads(text)
    cell = draw(st.sampled_from(said["cells"]))
    of_cell = draw(st.sampled_from(sorted(cell)))
    others = {key: value for key, value in cell.items() if key != of_cell}
    other = draw(st.sampled_from([others, others | {of_cell: draw(VALUES)}]))
    cells = [other if one is cell else one for one in said["cells"]]
    changed = {
        "cut": text[:at],
        "conflict": text[:at] + "\n<<<<<<< HEAD\n" + text[at:],
        "byte-order mark": "\ufeff" + text,
        "no cells": json.dumps({k: v for k, v in said.items() if k != "cells"}),
        "list": "[]",
        "UTF-16": text,
        "cell": json.dumps(said | {"cells": cells}),
        "entry": json.dumps(said | {draw(st.sampled_from(sorted(said))): draw(VALUES)}),
    }[way]
    expected = {"byte-order mark": ACCEPT, "entry": EITHER, "cell": EITHER}.get(way, REFUSE)
    content = changed.encode("utf-16" if way == "UTF-16" else "utf-8", errors="surrogatepass")

    def run(field: Field):
        path = field.folder.parent / "template.ipynb"
        path.write_bytes(content)
        read_template(path)

    return Input("template", f"{way} at {at}", expected, run)


@st.composite
def parameters(draw, field: Field) -> Input:
    "A question in Python about something that does not exist."
    word = draw(
        st.one_of(st.text(max_size=8), st.sampled_from(["2026-02-30", "Zendaa", "officiall"]))
    )
    asked = [
        "unit",
        "day",
        "concept",
        "measure",
        "scenario",
        "indicator",
        "panel",
        "table",
        "language",
    ]
    ask = draw(st.sampled_from(asked))

    def run(field: Field):
        everything = everything_of(field)
        if ask == "scenario":
            return scenario_called(word, everything.scenarios)
        if ask == "indicator":
            return everything.indicators[word]
        if ask == "panel":
            return everything.analogues[word]
        if ask == "table":
            return read_table(field.folder, word, field.package)
        if ask == "language":
            return everything.indicators["official"].title(word + "?")
        info = everything.as_of()
        if ask == "unit":
            return info.geography.resolve(word)
        if ask == "day":
            return info.as_of(word)
        if ask == "concept":
            return info.select(word)
        return info.select("digital_share", word)

    return Input("parameter", f"{ask} {word!r}", REFUSE, run)


_COLLECTIONS: dict = {}


def everything_of(field: Field):
    "The folder as it is, read once."
    if field.folder not in _COLLECTIONS:
        _COLLECTIONS[field.folder] = collection(field.folder)
    return _COLLECTIONS[field.folder]


CHEAP = [cells] * 8 + [whole_tables] * 4 + [panels] * 6 + [settings_files] * 6
CHEAP += [command_lines] * 4 + [parameters] * 4 + [templates] * 3 + [sentences] * 3
CHEAP += [levels, answers]
DEAR = [descriptions, catalogues, magnitudes]  # the whole folder is read: a quarter of a second


def inputs(field: Field, dear: int = 4) -> st.SearchStrategy[Input]:
    "Inputs of all kinds; `dear` times as many that read the whole folder as are usual in a test."
    return st.one_of(*(kind(field) for kind in [*CHEAP, *DEAR * dear]))


def field_in(folder: Path, settings, template: Path) -> Field:
    "A field of Ruritania."
    import sys

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from fictional import shorten_analogues, write_fictional

    data = write_fictional(folder / "data")
    shorten_analogues(data, 3)
    files = {p.relative_to(data).as_posix(): p.read_bytes() for p in data.rglob("*") if p.is_file()}
    files["unit.ipynb"] = template.read_bytes()
    ours = template.parent.parent / "data"
    (folder / "live").mkdir()
    for name in LIVE:
        (folder / "live" / name).write_bytes((ours / name).read_bytes())
    for name in ("live.toml", "words/vi.po"):
        files[name] = (ours / name).read_bytes()
    package = read_package(data)
    read = {r["path"]: read_table(data, table_name(r["path"])) for r in package["resources"]}
    return Field(data, package, files, read, settings)
