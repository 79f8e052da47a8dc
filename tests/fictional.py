"""Ruritania: a complete data folder of a country that does not exist, for tests that must not know
Viet Nam.

Five old provinces became three, as the two maps of Viet Nam did; the codes, names, sources and
figures are its own. The figures follow a smooth truth (`share`, `gdp`, `part`), rounded as an
office would; no chance is involved. `python tests/fictional.py FOLDER` writes it.
"""

import csv
import json
import math
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COUNTRY = "RT"
OLD = "5"
NEW = "3"
# code: (name, new code, key region, part of GRDP, population in thousands, deviation in log-odds,
# urban part)
PROVINCES = {
    "5-01": ("Strelsau", "3-01", "5-KE", 0.40, 900, 0.5, 0.9),
    "5-02": ("Zenda", "3-02", "5-KE", 0.20, 500, -0.2, 0.5),
    "5-03": ("Hentzau", "3-02", "", 0.13, 400, -0.6, 0.3),
    "5-04": ("Tarlenheim", "3-04", "", 0.19, 600, 0.1, 0.4),
    "5-05": ("Kräuden", "3-04", "", 0.08, 300, -0.9, 0.2),
}
MERGED = {"3-01": ("Strelsau", "NO"), "3-02": ("Zenda", "NO"), "3-04": ("Tarlenheim", "SU")}
LEVELS = {"country": "country", "region": "region", "valley": "group", "shire": "place"}
MEASURES = {"ministry": "treasury", "gdp_current_vnd": "gdp_crowns"}  # what it calls its own
REGIONS = {"NO": "Nordland", "SU": "Südmark"}
UNFILLED = ("measurement",)  # pages of the site that it has nothing for: no input-output table
CENSUS = "s9001"
OFFICE = "s9002"
MINISTRY = "s9003"
TOWN = "s9004"
ACT = "s9005"
SOURCES = {
    CENSUS: "Statistical yearbook of Ruritania",
    OFFICE: "The digital economy, press release of the statistics office",
    MINISTRY: "White paper of the ministry",
    TOWN: "Report of the council of Strelsau",
    ACT: "Act on the provinces and on the digital economy",
}


# The truth


def gdp(year: int) -> float:
    "GDP in trillion crowns."
    return 300 * math.exp(sum(0.085 + 0.02 * math.sin(t) for t in range(2006, year + 1))) / 4


def part(code: str, year: int) -> float:
    "The province's part of the sum of GRDP."
    raw = {
        c: p[3] * math.exp(0.01 * (i - 2) * (year - 2020) + 0.01 * math.sin(year + i))
        for i, (c, p) in enumerate(PROVINCES.items())
    }
    return raw[code] / sum(raw.values())


def grdp(code: str, year: int) -> float:
    return gdp(year) * (0.97 + 0.005 * math.cos(year)) * part(code, year)


def people(code: str, year: int) -> float:
    return round(PROVINCES[code][4] * 1.01 ** (year - 2020), 2)


def share(codes, year: int) -> float:
    "The digital share of one or several old provinces, percent of their GRDP."
    z = -2.0 + 0.05 * (year - 2020) + 0.02 * math.sin(2 * year)
    weight = {c: grdp(c, year) for c in codes}
    return round(
        sum(w * 100 / (1 + math.exp(-z - PROVINCES[c][5])) for c, w in weight.items())
        / sum(weight.values()),
        2,
    )


def parts(new: str) -> list[str]:
    return [code for code, p in PROVINCES.items() if p[1] == new]


# What was published about it


def place(unit: str) -> dict:
    "How a table names a unit: by name and map."
    if unit == COUNTRY:
        return dict(unit="Ruritania")
    return dict(unit=(PROVINCES.get(unit) or MERGED[unit])[0], map=unit[0])


def row(
    unit: str,
    year: int,
    measure: str,
    value: float,
    source: str,
    published="",
    preliminary=False,
    **more,
) -> dict:
    return (
        place(unit)
        | dict(
            year=year,
            measure=MEASURES.get(measure, measure),
            value=value,
            source=source,
            published=published,
            preliminary=str(preliminary).lower(),
            uncertain="false",
        )
        | more
    )


def geography() -> dict:
    units = [
        dict(
            unit=COUNTRY,
            level="country",
            name_vi="Ruritania",
            name_en="Ruritania",
            slug="ruritania",
            type="country",
        )
    ]
    for map in (NEW, OLD):
        units += [
            dict(
                unit=f"{map}-{r}",
                map=map,
                level="region",
                name_vi=name,
                name_en=name,
                type="region",
                parent=COUNTRY,
                slug=name.lower().replace("ü", "u") + ("" if map == NEW else "-5"),
            )
            for r, name in REGIONS.items()
        ]
    units.append(
        dict(
            unit="5-KE",
            map=OLD,
            level="valley",
            name_vi="Elbtal",
            name_en="Elbe Valley",
            slug="elbe-valley",
            type="valley",
            parent=COUNTRY,
        )
    )
    for i, (code, (name, region)) in enumerate(MERGED.items()):
        units.append(province(code, name, "", f"{NEW}-{region}", "", i))
    for i, (code, (name, new, key, *_)) in enumerate(PROVINCES.items()):
        units.append(province(code, name, "-5", f"{OLD}-{MERGED[new][1]}", key, i))
    moves = [
        dict(from_unit=code, to_unit=p[1], share=1, document="Act on the provinces", source=ACT)
        for code, p in PROVINCES.items()
    ]
    aliases = [
        dict(alias="the Kingdom", unit=COUNTRY),
        dict(alias="Strelsau City", unit="3-01"),
        dict(alias="Strelsau City", unit="5-01"),
    ]
    levels = [
        dict(level=level, role=role)
        | {f"{word}_{language}": level for word in ("name", "plural") for language in ("vi", "en")}
        for level, role in LEVELS.items()
    ]
    return {
        "geography/units": units,
        "geography/levels": levels,
        "geography/concordance": moves,
        "geography/aliases": aliases,
    }


def province(code, name, suffix, parent, key, i) -> dict:
    return dict(
        unit=code,
        map=code[0],
        level="shire",
        office_code=code[2:],
        name_vi=name,
        name_en=name.replace("ä", "a"),
        slug=name.lower().replace("ä", "a") + suffix,
        type="municipality" if name == "Strelsau" else "shire",
        parent=parent,
        group=key,
        grid_row=1 + i // 2,
        grid_col=1 + i % 2,
    )


def digital_share() -> list:
    rows = []
    for year in range(2020, 2026):  # a first release each January, revised a year later
        final = share(PROVINCES, year)
        first = round(share(PROVINCES, year) - 0.2, 2)
        rows.append(
            row(
                COUNTRY,
                year,
                "official",
                first if year < 2025 else final,
                OFFICE,
                f"{year + 1}-01-06",
                preliminary=True,
            )
        )
        if year < 2025:
            rows.append(row(COUNTRY, year, "official", final, OFFICE, f"{year + 2}-01-06"))
        if year < 2024:
            rows.append(
                row(
                    COUNTRY,
                    year,
                    "ministry",
                    round(final * (1.15 + 0.05 * (year - 2020)), 2),
                    MINISTRY,
                    f"{year + 1}-06",
                )
            )
    core = round(0.6 * share(PROVINCES, 2025), 2)
    rows += [
        row(COUNTRY, 2025, "official_core", core, OFFICE, "2026-01-06", preliminary=True),
        row(
            COUNTRY,
            2025,
            "official_digitalised",
            round(share(PROVINCES, 2025) - core, 2),
            OFFICE,
            "2026-01-06",
            preliminary=True,
        ),
    ]
    rows += [
        row("5-01", year, "official", share(["5-01"], year), OFFICE, "2025-01-20")
        for year in range(2020, 2025)
    ]
    rows += [
        row(
            "3-02",
            2025,
            "official",
            share(parts("3-02"), 2025),
            OFFICE,
            "2026-01-06",
            preliminary=True,
        ),
        row("5-03", 2022, "ministry", round(1.3 * share(["5-03"], 2022), 2), MINISTRY, "2023-06"),
        row("5-01", 2023, "self_reported", round(share(["5-01"], 2023) + 1, 2), TOWN, "2024-02"),
        row("5-01", 2024, "self_reported", 51.0, TOWN, "2025-02"),
    ]
    return rows


def economy() -> dict:
    accounts = []
    heads = []
    money = []
    for code in PROVINCES:
        for year in range(2018, 2026):
            accounts.append(
                row(
                    code,
                    year,
                    "per_head",
                    round(1e3 * grdp(code, year) / people(code, year), 3),
                    CENSUS,
                    "2026-05",
                    preliminary=year == 2025,
                )
            )
            accounts.append(
                row(
                    code,
                    year,
                    "real_growth",
                    round(100 * (grdp(code, year) / grdp(code, year - 1) / 1.03 - 1), 2),
                    CENSUS,
                    "2026-05",
                )
            )
        for year in range(2015, 2025):
            heads += [
                row(code, year, "total", people(code, year), CENSUS),
                row(code, year, "urban", round(PROVINCES[code][6] * people(code, year), 2), CENSUS),
            ]
    for new in MERGED:
        for year in range(2020, 2026):
            value = sum(grdp(c, year) for c in parts(new))
            people_ = sum(people(c, year) for c in parts(new))
            heads.append(
                row(new, year, "total", round(people_, 2), CENSUS, preliminary=year == 2025)
            )
            accounts.append(
                row(new, year, "per_head", round(1e3 * value / people_, 3), CENSUS, "2026-05")
            )
            accounts.append(
                row(
                    new,
                    year,
                    "real_growth",
                    round(100 * (value / sum(grdp(c, year - 1) for c in parts(new)) / 1.03 - 1), 2),
                    CENSUS,
                    "2026-05",
                )
            )
        industry = {"3-01": 30, "3-02": 45, "3-04": 35}[new]
        accounts += [
            row(new, 2025, f"share_{k}", v, CENSUS, "2026-05")
            for k, v in dict(
                agriculture=10, industry=industry, services=82 - industry, product_taxes=8
            ).items()
        ]

    def everyone(year):
        return sum(people(c, year) for c in PROVINCES)

    accounts += [
        row(COUNTRY, y, "per_head", round(1e3 * gdp(y) / everyone(y), 3), CENSUS, "2026-05")
        for y in range(2020, 2026)
    ]
    accounts += [
        row(
            COUNTRY,
            y,
            "real_growth",
            round(100 * (gdp(y) / gdp(y - 1) / 1.03 - 1), 2),
            CENSUS,
            "2026-05",
        )
        for y in range(2020, 2026)
    ]
    accounts.append(
        row("5-01", 2023, "level_reported", round(grdp("5-01", 2023), 1), TOWN, "2024-02")
    )
    for year in range(2005, 2026):
        money += [
            row(COUNTRY, year, "gdp_current_vnd", round(gdp(year), 3), CENSUS, "2026-05"),
            row(COUNTRY, year, "gdp_current_usd", round(gdp(year) / 25, 3), CENSUS, "2026-05"),
            row(
                COUNTRY,
                year,
                "gdp_real_growth",
                round(100 * (gdp(year) / gdp(year - 1) / 1.03 - 1), 2),
                CENSUS,
                "2026-05",
            ),
        ]
    sectors = [
        row(COUNTRY, y, f"current_{k}", round(s * gdp(y), 2), CENSUS, "2026-05")
        for y in range(2020, 2026)
        for k, s in dict(A=0.1, C=0.3, J=0.05, GDP=1).items()
    ]
    return {
        "observations/grdp": accounts,
        "observations/population": heads,
        "observations/gdp": money,
        "observations/sector_value_added": sectors,
    }


def digital() -> dict:
    value_added = [
        row(COUNTRY, 2025, "official_growth_current", 12.5, OFFICE, "2026-01-06"),
        row(
            COUNTRY,
            2024,
            "official_vnd",
            round(gdp(2024) * share(PROVINCES, 2024) / 100, 2),
            OFFICE,
            "2025-01-06",
        ),
    ]
    networks = [
        row(COUNTRY, y, "internet_users_pct", 60 + 3 * (y - 2020), CENSUS)
        for y in range(2020, 2025)
    ]
    networks += [
        row(c, 2023, "dti", round(0.4 + 0.05 * i, 2), MINISTRY, "2024-09")
        for i, c in enumerate(PROVINCES)
    ]
    networks += [
        row(c, 2023, "dti_rank", 5 - i, MINISTRY, "2024-09") for i, c in enumerate(PROVINCES)
    ]
    networks.append(row("3-01", 2025, "fibre_households_pct", 88, TOWN, "2025-07", period="6M"))
    shop = [
        row(COUNTRY, y, "gmv_total", v, MINISTRY, f"{y}-11")
        for y, v in ((2021, 2.1), (2023, 3.0), (2025, 4.2))
    ]
    bands = [
        dict(
            unit="Ruritania",
            year=2022,
            measure=MEASURES["ministry"],
            band_low=low,
            band_high=high,
            value=n,
            of=5,
            source=MINISTRY,
            published="2023-06",
            preliminary="false",
            uncertain="false",
        )
        for low, high, n in ((0, 5, 0), (5, 10, 2), (10, 20, 2), (20, 100, 1))
    ]
    neighbours = [
        dict(
            country="Graustark",
            part="total",
            year=2023,
            value=9.1,
            measurement_unit="percent of GDP",
            definition="digital economy, national",
            source=MINISTRY,
            published="2024",
            preliminary="false",
            uncertain="false",
        )
    ]
    return {
        "observations/digital_share": digital_share(),
        "observations/digital_value_added": value_added,
        "observations/digital_infrastructure": networks,
        "observations/emarket": shop,
        "observations/digital_share_bands": bands,
        "observations/digital_share_ranks": [],
        "observations/provincial_covariates": [],
        "observations/comparators": neighbours,
    }


def promises() -> dict:
    aims = [
        ("rt-2025", COUNTRY, 2025, 20, 20, "about"),
        ("rt-2030", COUNTRY, 2030, 25, 25, "at_least"),
        ("rt-2045", COUNTRY, 2045, 50, 50, "at_least"),
        ("zenda-2030", "3-02", 2030, 15, 20, "about"),
        ("hentzau-2030", "5-03", 2030, 10, 10, "at_least"),
    ]
    targets = [
        dict(
            target=t,
            year=y,
            low=low,
            high=high,
            relation=r,
            measure="digital_share",
            document="Act on the digital economy",
            document_vi="Luật Kinh tế số",
            source=ACT,
            uncertain="false",
        )
        | place(unit)
        for t, unit, y, low, high, r in aims
    ]
    targets.append(
        targets[1] | dict(target="rt-2030-fibre", measure="fibre_households_pct", low=100, high=100)
    )
    slip = place("5-01") | dict(
        file="observations/digital_share.csv",
        year=2024,
        measure="self_reported",
        source=TOWN,
        expected=51,
        action="drop",
        reason="digits exchanged: the council means 15",
    )
    return {"targets": targets, "corrections": [slip]}


# Writing it


def describe(source: Path) -> dict:
    "The description of Viet Nam's folder, with the codes of another country."
    text = (source / "datapackage.json").read_text(encoding="utf-8")
    for ours, theirs in (
        ("(VN|(63|34)-", f"({COUNTRY}|({OLD}|{NEW})-"),
        ("(63|34)?", f"({OLD}|{NEW})?"),
        ('"63-[', f'"{OLD}-['),
        ('"34-[', f'"{NEW}-['),
        ("(63-K[NCSM])?", f"({OLD}-K[A-Z])?"),
        ("(VN-[A-Z0-9]{2})?", f"({COUNTRY}-[A-Z0-9]{{2}})?"),
    ):
        assert ours in text, f"datapackage.json no longer says {ours}"
        text = text.replace(ours, theirs)
    for ours, theirs in MEASURES.items():
        text = text.replace(f'"{ours}"', f'"{theirs}"').replace(f"|{ours})", f"|{theirs})")
    text = text.replace('"key_region"', '"valley"').replace('"province"', '"shire"')
    package = json.loads(text) | dict(
        locale=dict(
            country=COUNTRY,
            languages=["vi", "en"],
            timezone="Europe/Vienna",
            currency=dict(en="crowns", vi="curon"),
            redrawn="2025-01-01",
            milestone=2030,
            defined_by=dict(en=SOURCES[ACT], vi=SOURCES[ACT]),
        ),
        name="digitransform-ruritania",
        title="The digital economy in Ruritania: invented numbers for tests",
    )
    package["resources"] = [  # nobody has computed an input-output table of Ruritania
        r for r in package["resources"] if not r["path"].startswith("input_output/")
    ]
    counts = ("digital_share_bands", "digital_share_ranks")
    for table in (r for r in package["resources"] if r["name"] in counts):
        for field in table["schema"]["fields"]:
            if field["name"] in ("value", "of"):
                lowest = 0 if field["name"] == "value" else 3
                field["constraints"] |= dict(minimum=lowest, maximum=5)
    own = [r for r in package["resources"] if not r["path"].startswith("input_output/")]
    return package | dict(resources=own)


def sources(source: Path) -> list:
    "Ruritania's own, and those that the copied analogues name."
    cited = {r["source"] for path in (source / "analogues").glob("*.csv") for r in read(path)}
    own = [
        dict(source=code, title=title, url=f"https://example.org/{code}")
        for code, title in SOURCES.items()
    ]
    return [r for r in read(source / "sources.csv") if r["source"] in cited] + own


def read(path: Path) -> list:
    with path.open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


SCENARIOS = """
[baseline]
title_vi = "Kịch bản cơ sở"
title_en = "Baseline"
words_vi = "Không thêm giả định nào."
words_en = "No further assumption."

[railway]
title_vi = "Đường sắt"
title_en = "Railway"
words_vi = "Ruritania hoàn thành đường sắt."
words_en = "Ruritania finishes its railway."
[[railway.steps]]
kind = "share"
until = 2030
low = 24
high = 26
assumption = true
reason_vi = "Chưa có số liệu."
reason_en = "Nothing is published."

[strike]
title_vi = "Đình công"
title_en = "Strike"
words_vi = "Strelsau ngừng việc một năm."
words_en = "Strelsau stops work for a year."
[[strike.steps]]
kind = "points"
at = 2027
points = -0.5
stays = 0
units = ["Strelsau"]
assumption = true
reason_vi = "Chưa có số liệu."
reason_en = "Nothing is published."
"""


def write_fictional(folder, source=ROOT / "data") -> Path:
    """Write Ruritania's data into `folder` (made if missing).

    Every table that Viet Nam's `source` declares but input-output tables; analogues and the
    catalogue of measures are copied.
    """
    folder = Path(folder)
    source = Path(source)
    shutil.copytree(source / "analogues", folder / "analogues", dirs_exist_ok=True)
    catalogue = (source / "indicators.toml").read_text(encoding="utf-8")
    for ours, theirs in MEASURES.items():
        catalogue = catalogue.replace(f"[{ours}]", f"[{theirs}]").replace(
            f'"{ours}"', f'"{theirs}"'
        )
    (folder / "indicators.toml").write_text(catalogue, encoding="utf-8")
    (folder / "scenarios.toml").write_text(SCENARIOS, encoding="utf-8")
    package = describe(source)
    (folder / "datapackage.json").write_text(
        json.dumps(package, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
    tables = {**geography(), **economy(), **digital(), **promises(), "sources": sources(source)}
    tables["publishers"] = [
        dict(host="example.org", name_vi="Strelsau", name_en="Strelsau", kind="official")
    ]
    tables["confirmed"] = []
    tables["questions"] = [
        dict(
            question="ships",
            meeting=2025,
            status="not_measured",
            question_en="How many ships are there?",
            question_vi="Có bao nhiêu tàu?",
            answer_en="Ruritania has no coast.",
            answer_vi="Ruritania không có biển.",
        )
    ]
    tables["regional_centres"] = []
    for resource in package["resources"]:
        name = resource["path"].removesuffix(".csv")
        if name.startswith("analogues/"):
            continue
        path = folder / resource["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as f:
            writer = csv.DictWriter(
                f,
                [field["name"] for field in resource["schema"]["fields"]],
                restval="",
                lineterminator="\n",
            )
            writer.writeheader()
            writer.writerows(tables[name])
    return folder


def shorten_analogues(data, units: int = 5) -> None:
    "Keep only so many units of each panel of other countries: what is short is read quickly."
    for path in (Path(data) / "analogues").glob("*.csv"):
        rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
        kept = set(list(dict.fromkeys(row[0] for row in rows[1:]))[:units])
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows(row for i, row in enumerate(rows) if not i or row[0] in kept)


# A template for its reports

SHOW = "from IPython.display import Markdown\nMarkdown(f'# {unit} {language}')"


def write_template(path, *cells) -> None:
    "Write a template of the given code cells; the same cells give the same bytes."
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    nb = new_notebook(
        cells=[
            new_code_cell("edition = unit = language = ''", metadata=dict(tags=["parameters"])),
            *map(new_code_cell, cells),
        ],
        metadata=dict(kernelspec=dict(name="python3", language="python", display_name="Python 3")),
    )
    for i, cell in enumerate(nb.cells):
        cell["id"] = f"cell{i}"  # not by chance
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nb, path)


if __name__ == "__main__":
    print(write_fictional(sys.argv[1]))


def site_pages() -> dict:
    "The pages of the site that Ruritania fills: kind and file."
    from digitransform.publish.build import PAGES

    return {kind: page for kind, page in PAGES.items() if kind not in UNFILLED}
