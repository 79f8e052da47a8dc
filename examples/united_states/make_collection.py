"""The United States as a collection: the nation, its eight regions and 51 states.

    python examples/united_states/make_collection.py FOLDER
    cd FOLDER
    digitransform check
    digitransform publish --draws 200 --format html --unit "California, Far West, United States"

`digitransform init` writes a collection without figures. This script does what an economist does
next: it types the places and the published figures into the tables. It has no figures of its own;
they are those of the Bureau of Economic Analysis that come with the package, where they teach the
models of other countries. Here they are the subject, so no model learns from them.

What is measured: the ICT sector (NAICS 334, 51 and 5415) in percent of GDP, 1997 to 2021.
The package divided one by the other; here the share has the two decimals of an office.
"""

import csv
import re
import sys
from pathlib import Path

import digitransform as dt

SHIPPED = dt.data.packaged_collection() / "data"
RELEASED = "2023"  # the release with the years to 2022, of which the package has those to 2021

# What the country and its parts are called. Everything else that `init` asks for has a default.

AMERICA = dt.data.Country(
    name="United States",
    code="US",
    languages=("en",),
    place="state",
    places="states",
    share="ICT sector",
    product="GDP",
    money="billion US dollars",
    office="US Bureau of Economic Analysis",
    timezone="America/New_York",
)

# The states by region, each with its postal code, which also tells its place on the tile map.

CODES = {
    "Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA",
    "Colorado": "CO", "Connecticut": "CT", "Delaware": "DE", "District of Columbia": "DC",
    "Florida": "FL", "Georgia": "GA", "Hawaii": "HI", "Idaho": "ID", "Illinois": "IL",
    "Indiana": "IN", "Iowa": "IA", "Kansas": "KS", "Kentucky": "KY", "Louisiana": "LA",
    "Maine": "ME", "Maryland": "MD", "Massachusetts": "MA", "Michigan": "MI", "Minnesota": "MN",
    "Mississippi": "MS", "Missouri": "MO", "Montana": "MT", "Nebraska": "NE", "Nevada": "NV",
    "New Hampshire": "NH", "New Jersey": "NJ", "New Mexico": "NM", "New York": "NY",
    "North Carolina": "NC", "North Dakota": "ND", "Ohio": "OH", "Oklahoma": "OK", "Oregon": "OR",
    "Pennsylvania": "PA", "Rhode Island": "RI", "South Carolina": "SC", "South Dakota": "SD",
    "Tennessee": "TN", "Texas": "TX", "Utah": "UT", "Vermont": "VT", "Virginia": "VA",
    "Washington": "WA", "West Virginia": "WV", "Wisconsin": "WI", "Wyoming": "WY",
}  # fmt: skip

TILES = """
AK -- -- -- -- -- -- -- -- -- ME
-- -- -- -- -- WI -- -- -- VT NH
WA ID MT ND MN IL MI -- NY MA --
OR NV WY SD IA IN OH PA NJ CT RI
CA UT CO NE MO KY WV VA MD DE --
-- AZ NM KS AR TN NC SC DC -- --
-- -- -- OK LA MS AL GA -- -- --
HI -- -- TX -- -- -- -- FL -- --
"""


def positions() -> dict[str, tuple[int, int]]:
    "Row and column of each state on the tile map, counted from 1."
    rows = [line.split() for line in TILES.strip().splitlines()]
    return {
        code: (row, column)
        for row, codes in enumerate(rows, 1)
        for column, code in enumerate(codes, 1)
        if code != "--"
    }


# The places


def slug(name: str) -> str:
    "The name of a page."
    return name.lower().replace(" ", "-")


def region_code(name: str) -> str:
    "The code of a region: 'US: Far West' is FAR-WEST."
    return name.removeprefix("US: ").upper().replace(" ", "-")


def region_row(name: str) -> dict:
    "A region's row in the table of units."
    short = name.removeprefix("US: ")
    facts = dict(unit=region_code(name), level="region", type="region", parent="US")
    return facts | dict(name_en=short, slug=slug(short))


def state_row(name: str, region: str) -> dict:
    "A state's row in the table of units."
    code = CODES[name]
    row, column = positions()[code]
    facts = dict(unit=code, level="state", type="state", parent=region_code(region))
    facts |= dict(name_en=name, slug=slug(name), grid_row=row, grid_col=column)
    facts |= dict(iso_3166_2=f"US-{code}")
    return facts


def spellings(places: list[dict]) -> list[dict]:
    "Other names: the article that some names take inside a sentence."
    articles = [dict(alias="the United States", unit="US", note="inside a sentence")]
    for place in places:
        if place["level"] == "region" or place["unit"] == "DC":
            alias = f"the {place['name_en']}"
            articles.append(dict(alias=alias, unit=place["unit"], note="inside a sentence"))
    return articles


# The figures


def shipped(table: str) -> list[dict]:
    "The rows of a table that comes with the package."
    with (SHIPPED / table).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def billions(row: dict) -> str:
    "GDP of a row, which has it in million dollars."
    return f"{float(row['denominator']) / 1000:.4f}"


def figure(row: dict, measure: str, value: str) -> dict:
    "One figure of a row, as the tables of observations hold it."
    name = row["unit"].removeprefix("US: ")
    facts = dict(unit=name, year=row["year"], measure=measure, value=value, source=row["source"])
    facts["published"] = RELEASED
    return facts | dict(preliminary="false", uncertain="false")


# Words: `init` puts its nouns into the sentences of the package; what still reads badly is mended.

MENDED = {
    ": core digital industries plus the digitalised part of all other industries": "",
    "The GDP of the states do not add up to national GDP: in {year} they differ by {gap} of GDP.": (
        "The GDP of the states does not add up to national GDP: in {year} they differ by {gap} of it."
    ),
    "the GDP of the states add up": "the GDP of the states adds up",
}
DATES = {"d MMMM y": "MMMM d, y", "d MMM y": "MMM d, y"}  # as Americans write them
DEFINED_BY = "NAICS 334, 51 and 5415"


def mend_words(folder: Path) -> None:
    "Mend the country's own sentences."
    path = folder / "data/words/en.po"
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if line.startswith("msgstr"):
            for ours, theirs in MENDED.items():
                lines[number] = lines[number].replace(ours, theirs)
    lines += [f'\nmsgid "{ours}"\nmsgstr "{theirs}"' for ours, theirs in DATES.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def define(folder: Path) -> None:
    "Say in the description what defines the share."
    path = folder / "data/datapackage.json"
    text = path.read_text(encoding="utf-8")
    office = f'"defined_by": {{\n      "en": "{AMERICA.office}"'
    path.write_text(text.replace(office, office.replace(AMERICA.office, DEFINED_BY)), "utf-8")


# Writing


def add(folder: Path, table: str, rows: list[dict]) -> None:
    "Add rows below those that a table has."
    path = folder / "data" / table
    with path.open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, "", "ignore", lineterminator="\n")
        writer.writerows(rows)


def choose(folder: Path, **values: str) -> None:
    "Change settings of a collection."
    path = folder / "settings.ini"
    text = path.read_text(encoding="utf-8")
    for key, value in values.items():
        text = re.sub(f"^{key} = .*$", f"{key} = {value}", text, flags=re.M)
    path.write_text(text, encoding="utf-8")


def write_collection(folder: str | Path) -> Path:
    "Write the collection into a new folder."
    folder = dt.data.begin_collection(folder, AMERICA)
    rows = shipped("analogues/us_states_ict.csv")
    regions = sorted({row["parent"] for row in rows if row["level"] == "state"})
    states = sorted({(row["unit"], row["parent"]) for row in rows if row["level"] == "state"})
    places = [region_row(name) for name in regions]
    places += [state_row(*state) for state in states]
    add(folder, "geography/units.csv", places)
    add(folder, "geography/aliases.csv", spellings(places))
    used = {row["source"] for row in rows}
    add(folder, "sources.csv", [row for row in shipped("sources.csv") if row["source"] in used])
    publishers = [row for row in shipped("publishers.csv") if row["host"].endswith("bea.gov")]
    add(folder, "publishers.csv", publishers)
    shares = [figure(row, "share", f"{float(row['value']):.2f}") for row in rows]
    add(folder, "observations/digital_share.csv", shares)
    nation = [row for row in rows if row["level"] == "nation"]
    places = [row for row in rows if row["level"] != "nation"]
    gdp = [figure(row, "gdp", billions(row)) for row in nation]
    add(folder, "observations/gdp.csv", gdp)
    product = [figure(row, "product", billions(row)) for row in places]
    add(folder, "observations/grdp.csv", product)
    mend_words(folder)
    define(folder)
    choose(folder, as_of="2023-12-31", first_year="2010", last_year="2030")
    return folder


if __name__ == "__main__":
    print(write_collection(sys.argv[1]))
