"""One slip at a time in the data folder of Ruritania: what hands, spreadsheets and systems do.

Each entry of `SLIPS` is a name, a change of a folder and a part of the sentence that must answer.
`tests/data/test_mutations.py` makes them one by one; the campaign makes them by thousands.
"""

import csv
import io
import json
import os
import unicodedata
from pathlib import Path

SHARE = "observations/digital_share.csv"
GRDP = "observations/grdp.csv"
POPULATION = "observations/population.csv"
GDP = "observations/gdp.csv"
BANDS = "observations/digital_share_bands.csv"
UNITS = "geography/units.csv"
MOVES = "geography/concordance.csv"
ALIASES = "geography/aliases.csv"
LEVELS = "geography/levels.csv"
PACKAGE = "datapackage.json"
CATALOGUE = "indicators.toml"


def rows_of(path: Path) -> list[list[str]]:
    "The rows of a CSV file."
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))


def save(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as f:
        csv.writer(f, lineterminator="\n").writerows(rows)


def number_of(rows: list[list[str]], wanted: dict) -> int:
    "The position of the first row with these cells."
    at = {name: rows[0].index(name) for name in wanted}
    found = (
        i for i, row in enumerate(rows) if i and all(row[at[k]] == v for k, v in wanted.items())
    )
    return next(found)


def cell(file: str, column: str, value, **wanted):
    "One cell becomes `value` (or what a function makes of it) in the first row that is `wanted`."

    def change(folder: Path):
        rows = rows_of(folder / file)
        row = rows[number_of(rows, wanted)]
        at = rows[0].index(column)
        row[at] = value(row[at]) if callable(value) else value
        save(folder / file, rows)

    return change


def added(file: str, like: dict, **cells):
    "A further row: the first one `like` this, with other `cells`."

    def change(folder: Path):
        rows = rows_of(folder / file)
        row = list(rows[number_of(rows, like)])
        for column, value in cells.items():
            row[rows[0].index(column)] = value
        save(folder / file, [*rows, row])

    return change


def without(file: str, **wanted):
    "The rows that are `wanted` are gone."

    def change(folder: Path):
        rows = rows_of(folder / file)
        at = {name: rows[0].index(name) for name in wanted}
        kept = [r for i, r in enumerate(rows) if not i or any(r[at[k]] != wanted[k] for k in at)]
        save(folder / file, kept)

    return change


def header_only(file: str):
    def change(folder: Path):
        save(folder / file, rows_of(folder / file)[:1])

    return change


def content(file: str, make):
    "The bytes of a file become what `make` makes of them."

    def change(folder: Path):
        path = folder / file
        path.write_bytes(make(path.read_bytes()))

    return change


def instead(file: str, make):
    "Something else stands in the place of a file."

    def change(folder: Path):
        (folder / file).unlink()
        make(folder / file)

    return change


def package(edit):
    "The description of the folder, changed by `edit`; or what `edit` returns."

    def change(folder: Path):
        path = folder / PACKAGE
        said = json.loads(path.read_text(encoding="utf-8"))
        other = edit(said)
        path.write_text(json.dumps(said if other is None else other), encoding="utf-8")

    return change


def locale(**entries):
    return package(lambda said: said["locale"].update(entries))


def field_of(said: dict, path: str, name: str) -> dict:
    resource = next(r for r in said["resources"] if r["path"] == path)
    return next(f for f in resource["schema"]["fields"] if f["name"] == name)


def toml(old: str, new: str):
    def change(data: bytes) -> bytes:
        assert old.encode() in data
        return data.replace(old.encode(), new.encode(), 1)

    return content(CATALOGUE, change)


def both(*changes):
    def change(folder: Path):
        for one in changes:
            one(folder)

    return change


def saved_with(separator=",", decimal=".", encoding="utf-8", end="\n", trailing=0):
    "The table of shares as another spreadsheet saves it."

    def change(folder: Path):
        rows = rows_of(folder / SHARE)
        at = rows[0].index("value")
        for row in rows[1:]:
            row[at] = row[at].replace(".", decimal)
        text = io.StringIO()
        csv.writer(text, delimiter=separator, lineterminator=end).writerows(
            row + [""] * trailing for row in rows
        )
        (folder / SHARE).write_bytes(text.getvalue().encode(encoding, errors="replace"))

    return change


def in_windows(data: bytes) -> bytes:
    "A table as a program of the nineties saves it."
    text = data.decode().replace("Tarlenheim", "T\u1ea1rlenheim")
    return text.replace("\u1ea1", "a\u0323").encode("cp1258")


ZENDA = dict(unit="Zenda", map="3", year="2025", measure="official")
NATION = dict(unit="Ruritania", year="2025", measure="official")


def times(factor: float):
    return lambda text: f"{float(text) * factor:.10g}"


SLIPS = {
    # what stands in the place of a file
    "a folder for a file": (instead(SHARE, Path.mkdir), "this is a folder"),
    "a loop of links": (instead(SHARE, lambda p: p.symlink_to(p.name)), "cannot be read"),
    "a pipe": (instead(SHARE, os.mkfifo), "not a file"),
    "a pipe for the catalogue": (instead(CATALOGUE, os.mkfifo), "not a file"),
    "a pipe for the description": (instead(PACKAGE, os.mkfifo), "not a file"),
    "a folder for the catalogue": (instead(CATALOGUE, Path.mkdir), "this is a folder"),
    "a folder for the description": (instead(PACKAGE, Path.mkdir), "this is a folder"),
    "nothing": (content(SHARE, lambda b: b""), "the file is empty"),
    # bytes
    "a byte that is nothing": (content(SHARE, lambda b: b[:200] + b"\0" + b[200:]), "NUL"),
    "the file ends in a row": (content(GRDP, lambda b: b[: len(b) // 2 - 7]), "cut off"),
    "UTF-16": (saved_with(encoding="utf-16"), "UTF-16"),
    "Windows-1258": (content(UNITS, in_windows), "Windows-1258"),
    "a very long cell": (cell(SHARE, "note", "x" * 140_000, **ZENDA), "too long"),
    "a byte that cannot be shown": (cell(UNITS, "name_en", "Zen\x07da", unit="3-02"), "character"),
    "text that turns round": (cell(UNITS, "name_en", "Zen\u202eda", unit="3-02"), "character"),
    # separators
    "semicolons": (saved_with(";", ","), "semicolons"),
    "tabulators": (saved_with("\t"), "tabulators"),
    "bars": (saved_with("|"), "vertical bars"),
    "decimal commas": (saved_with(decimal=","), "is not a number; the nearest valid value is"),
    "conflict marks": (content(SHARE, lambda b: b"<<<<<<< HEAD\n" + b), "conflict"),
    "a column twice": (content(SHARE, lambda b: b.replace(b"note", b"year", 1)), "stands twice"),
    # numbers
    "infinite": (cell(SHARE, "value", "inf", **ZENDA), "'inf' is not a number"),
    "too large to be held": (cell(SHARE, "value", "1e400", **ZENDA), "not a number"),
    "a thousands sign": (cell(POPULATION, "value", "1.234.567", year="2020"), "not a number"),
    "a footnote": (cell(SHARE, "value", "11.2*", **ZENDA), "nearest valid value is '11.2'"),
    "a raised footnote": (cell(SHARE, "value", "11.2¹", **ZENDA), "nearest valid value is '11.2'"),
    "a footnote in brackets": (
        cell(SHARE, "value", "11.2 (p)", **ZENDA),
        "nearest valid value is '11.2'",
    ),
    "not available": (cell(SHARE, "value", "n/a", **ZENDA), "leave out the row"),
    "a dash": (cell(SHARE, "value", "–", **ZENDA), "leave out the row"),
    "digits of another script": (cell(SHARE, "value", "१२", **ZENDA), "not a number"),
    # days
    "31 June": (cell(SHARE, "published", "2026-06-31", **ZENDA), "not a day of the calendar"),
    "month 13": (cell(SHARE, "published", "2026-13", **ZENDA), "not a day of the calendar"),
    "year 0": (cell(SHARE, "published", "0000", **ZENDA), "not a day of the calendar"),
    # tables with a header only
    "no GDP": (header_only(GDP), "GDP"),
    "no GRDP": (header_only(GRDP), "GRDP"),
    "no population": (header_only(POPULATION), "population"),
    "no share": (header_only(SHARE), "digital_share.csv no longer has 51"),
    "no sources": (header_only("sources.csv"), "is not in sources.csv"),
    "no moves between two maps": (header_only(MOVES), "no row leads between them"),
    "no units": (header_only(UNITS), "no unit is a country"),
    # levels and roles
    "a role misspelt": (cell(LEVELS, "role", "plase", level="shire"), "valid value is 'place'"),
    "two levels of the country": (
        cell(LEVELS, "role", "country", level="region"),
        "plays the role of the country already",
    ),
    "no level of places": (cell(LEVELS, "role", "region", level="shire"), "the role 'place'"),
    "a level that is none": (cell(UNITS, "level", "shyre", unit="3-01"), "valid value is 'shire'"),
    "a level without a row": (without(LEVELS, level="valley"), "is not a level of"),
    "a role of a measure misspelt": (
        toml('role = "wider"', 'role = "widder"'),
        "nearest valid value is 'wider'",
    ),
    "a role twice": (
        toml('role = "wider"', 'role = "reference"'),
        "plays the role 'reference' already",
    ),
    "a role of another concept": (
        toml('role = "wider"', 'role = "population"'),
        "is one of concept 'population'",
    ),
    "nothing is estimated": (toml('role = "reference"', ""), "plays the role 'reference'"),
    # places
    "no country": (without(UNITS, level="country"), "no unit is a country"),
    "two countries": (cell(UNITS, "level", "country", unit="3-NO"), "country"),
    "a province is missing from the concordance": (without(MOVES, from_unit="5-03"), "5-03"),
    "no province arrives": (without(MOVES, to_unit="3-04"), "add to 0"),
    "a unit its own parent": (cell(UNITS, "parent", "3-02", unit="3-02"), "circle"),
    "two regions each other's": (
        both(
            cell(UNITS, "parent", "3-SU", unit="3-NO"),
            cell(UNITS, "parent", "3-NO", unit="3-SU"),
        ),
        "circle",
    ),
    "the country has a parent": (cell(UNITS, "parent", "3-NO", unit="RT"), "circle"),
    "a province inside a province": (cell(UNITS, "parent", "3-01", unit="3-02"), "parent"),
    "a parent on the other map": (cell(UNITS, "parent", "5-NO", unit="3-02"), "map"),
    "a province without parent": (cell(UNITS, "parent", "", unit="3-02"), "parent"),
    "a province without map": (cell(UNITS, "map", "", unit="3-02"), "map"),
    "the country on a map": (cell(UNITS, "map", "3", unit="RT"), "map"),
    "a code of another map": (cell(UNITS, "map", "5", unit="3-02"), "map"),
    "a group that is none": (cell(UNITS, "group", "5-KA", unit="5-01"), "not a unit"),
    "an address of another page": (cell(UNITS, "slug", "index", unit="3-02"), "another page"),
    "the methods' address": (cell(UNITS, "slug", "methods", unit="3-02"), "another page"),
    "an address of 300 letters": (cell(UNITS, "slug", "a" * 300, unit="3-02"), "letters"),
    "two units of one name": (cell(UNITS, "name_vi", "Strelsau", unit="3-02"), "also the name"),
    "half a place on the grid": (cell(UNITS, "grid_col", "", unit="3-02"), "grid"),
    "a place between two of the grid": (cell(UNITS, "grid_col", "1.5", unit="3-02"), "whole"),
    "an alias of another unit": (
        added(ALIASES, dict(unit="3-01"), alias="Strelsau", unit="3-02"),
        "already means",
    ),
    "a new province that nothing became": (
        added(
            UNITS, dict(unit="3-02"), unit="3-09", name_vi="N", name_en="N", slug="n", grid_row="9"
        ),
        "nothing became",
    ),
    "all of the concordance into one": (
        both(*(cell(MOVES, "to_unit", "3-01", from_unit=f"5-0{i}") for i in range(2, 6))),
        "nothing became",
    ),
    "the same figure under two spellings": (
        added(SHARE, ZENDA, unit="ZENDA", value="15.5"),
        "same figure",
    ),
    # words
    "an unknown source": (
        cell("observations/emarket.csv", "source", "s9999", year="2021"),
        "s9999",
    ),
    "an unknown source of a correction": (cell("corrections.csv", "source", "s9999"), "s9999"),
    "an unknown source of a move": (cell(MOVES, "source", "s9999", from_unit="5-01"), "s9999"),
    "an unknown measure": (
        cell("observations/emarket.csv", "measure", "gmv_totl", year="2021"),
        "nearest valid value is 'gmv_total'",
    ),
    "an unknown measure of a target": (
        cell("targets.csv", "measure", "digital_shar", target="rt-2030"),
        "nearest valid value is 'digital_share'",
    ),
    "a target of 140 %": (cell("targets.csv", "high", "140", target="rt-2030"), "outside 0 to 100"),
    "a share of zero": (cell(SHARE, "value", "0", **ZENDA), "a dash may have been meant"),
    "a share of all": (cell(SHARE, "value", "100", **ZENDA), "is nothing or all"),
    "an infinite target": (cell("targets.csv", "high", "inf", target="rt-2030"), "not a number"),
    "a correction without a value": (cell("corrections.csv", "action", "replace"), "value"),
    "a correction with a value too many": (cell("corrections.csv", "value", "15"), "value"),
    "an address that is a program": (
        cell("sources.csv", "url", "javascript:alert(1)", source="s9002"),
        "web address",
    ),
    "an address without http": (
        cell("sources.csv", "url", "example.org/x", source="s9002"),
        "web address",
    ),
    # bands
    "a band upside down": (
        both(
            cell(BANDS, "band_low", "20", band_low="10"),
            cell(BANDS, "band_high", "10", band_low="20"),
        ),
        "band",
    ),
    "bands that overlap": (cell(BANDS, "band_low", "8", band_low="10"), "overlaps"),
    # the catalogue
    "a title of another type": (toml('title_en = "', 'title_en = 7 # "'), "not a text"),
    "a bound of another type": (toml("maximum = 100", "maximum = true"), "not a number"),
    "a bound that is no number": (toml("maximum = 100", "maximum = nan"), "not a number"),
    "a kind that is a list": (toml('kind = "ratio"', "kind = []"), "is not one of"),
    "no title in Vietnamese": (toml('title_vi = "', 'title_xx = "'), "title_vi"),
    "a key twice": (toml('kind = "ratio"', 'kind = "ratio"\nkind = "rank"'), "not valid TOML"),
    "a catalogue without the share": (content(CATALOGUE, lambda b: b""), "measure"),
    # the description
    "a description that is a list": (package(lambda said: [said]), "not a description"),
    "a description of nothing": (package(lambda said: said.pop("resources") and None), "resources"),
    "tables that are words": (package(lambda said: said.update(resources=["x"])), "resources"),
    "a table without path": (
        package(lambda said: said["resources"][0].pop("path") and None),
        "path",
    ),
    "a table without schema": (
        package(lambda said: said["resources"][0].pop("schema") and None),
        "schema",
    ),
    "a field without type": (
        package(lambda said: field_of(said, SHARE, "value").pop("type") and None),
        "type",
    ),
    "a field of an unknown type": (
        package(lambda said: field_of(said, SHARE, "value").update(type="numbre")),
        "nearest valid value is 'number'",
    ),
    "an expression that is none": (
        package(lambda said: field_of(said, SHARE, "note").update(constraints={"pattern": "(a"})),
        "pattern",
    ),
    "a path out of the folder": (
        package(lambda said: said["resources"][0].update(path="../units.csv")),
        "path",
    ),
    "a key of no column": (
        package(lambda said: said["resources"][0]["schema"].update(primaryKey=["uni"])),
        "primaryKey",
    ),
    "figures without a key": (
        package(lambda said: said["resources"][8]["schema"].pop("primaryKey") and None),
        "has no primaryKey",
    ),
    "no table of units": (
        package(lambda said: said["resources"].pop(0) and None),
        "geography/units",
    ),
    "constraints that are text": (
        package(lambda said: field_of(said, SHARE, "value").update(constraints="low")),
        "constraints",
    ),
    "a bound that is text": (
        package(lambda said: field_of(said, SHARE, "value")["constraints"].update(maximum="x")),
        "maximum",
    ),
    "not JSON": (content(PACKAGE, lambda b: b[:500]), "not valid JSON"),
    "deep JSON": (content(PACKAGE, lambda b: b"[" * 100_000), "not valid JSON"),
    # what pages say of the country
    "an unknown time zone": (locale(timezone="Europe/Strelsau"), "time zone"),
    "a travelling time zone": (locale(timezone="../../etc/passwd"), "time zone"),
    "a currency that is text": (locale(currency="crowns"), "locale.currency"),
    "no currency in Vietnamese": (locale(currency=dict(en="crowns")), "locale.currency"),
    "redrawn on no day": (locale(redrawn="soon"), "locale.redrawn"),
    "a milestone that is text": (locale(milestone="2030s"), "locale.milestone"),
    "a milestone long past": (locale(milestone=1930), "locale.milestone"),
    "a locale that is a list": (package(lambda said: said.update(locale=[])), "locale"),
    "created in a year": (package(lambda said: said.update(created="2026")), "created"),
    "redrawn in a year": (locale(redrawn="2025"), "locale.redrawn"),
    "created at no time": (package(lambda said: said.update(created=None)), "created"),
    "created on no day": (package(lambda said: said.update(created="x")), "created"),
}

# What no rule forbids and no neighbour resembles: a person is asked.
QUESTIONS = {
    "a fraction for percent": (cell(SHARE, "value", times(0.01), **NATION), "official = "),
    "a lost digit": (cell(SHARE, "value", times(0.1), **NATION), "official = "),
    "no people": (
        cell(POPULATION, "value", "0", unit="Zenda", map="5", year="2020"),
        "a dash may have been meant",
    ),
    "no output": (cell(GDP, "value", "0", year="2020"), "a dash may have been meant"),
    "persons for thousands": (
        cell(POPULATION, "value", times(1000), unit="Zenda", map="5", year="2020"),
        "population.csv, row",
    ),
    "GDP in billions": (cell(GDP, "value", times(1000), year="2020"), "gdp.csv, row"),
    "GRDP per head in thousands": (
        cell(GRDP, "value", times(1000), unit="Zenda", map="5", year="2020", measure="per_head"),
        "grdp.csv, row",
    ),
    "a whole province in another unit": (
        both(
            *(
                cell(POPULATION, "value", times(1000), unit="Zenda", map="5", year=str(year))
                for year in range(2015, 2025)
            )
        ),
        "GRDP of all places",
    ),
    "an official figure of 2034": (cell(SHARE, "year", "2034", **ZENDA), "before that year"),
    "published before its year": (
        cell(SHARE, "published", "2023-01-06", **ZENDA),
        "before that year",
    ),
}

# What is the same collection in another dress.
SAME = {
    "as it is": lambda folder: None,
    "line ends of Windows": content(SHARE, lambda b: b.replace(b"\n", b"\r\n")),
    "line ends of old Macs": content(SHARE, lambda b: b.replace(b"\n", b"\r")),
    "a byte-order mark": content(SHARE, lambda b: b"\xef\xbb\xbf" + b),
    "decomposed letters": content(
        SHARE, lambda b: unicodedata.normalize("NFD", b.decode()).encode()
    ),
    "blank rows": content(SHARE, lambda b: b.replace(b"\n", b"\n\n,,,,,,,,,,\n", 3)),
    "empty columns at the end": saved_with(trailing=3),
    "no newline at the end": content(SHARE, lambda b: b.rstrip()),
    "a pattern that could take for ever": package(
        lambda said: field_of(said, SHARE, "note").update(constraints={"pattern": "((a+)+b)?"})
    ),
    "a file that nobody declared": lambda folder: (folder / "copy (1).csv").write_bytes(b"\0"),
}
