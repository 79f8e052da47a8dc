"""The published numbers in data/, and what becomes of a folder with a mistyped one."""

import csv
import io
import re
import shutil
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from notebooks import ROOT

from digitransform.core.errors import DataError
from digitransform.core.names import fold
from digitransform.data.collection import read_collection
from digitransform.data.geography import concordance, read_geography, summing_matrix
from digitransform.data.indicators import check_bounds, read_catalogue
from digitransform.data.observations import information, read_observations
from digitransform.data.sources import read_sources
from digitransform.data.tables import read_package, read_table, table_name
from digitransform.measurement.digital_economy import bands, check_identities

DATA = ROOT / "data"
RESOURCES = read_package(DATA)["resources"]
NAMES = [table_name(r["path"]) for r in RESOURCES]
OBSERVED = [
    n.removeprefix("observations/")
    for n in NAMES
    if n.startswith("observations/") and n != "observations/comparators"
]
GEOGRAPHY = read_geography(DATA)
SHARE = "observations/digital_share.csv"


def load(folder: Path, *concepts: str):
    "Reads `folder` with all checks: schema, names, sources, corrections, bounds, identities."
    info = information(folder, concepts=concepts or ("digital_share", "digital_share_bands"))
    check_bounds(info.observations, read_catalogue(folder))
    check_identities(info)
    bands(info)
    return info


# The folder as it is.


@pytest.mark.slow
def test_the_package_is_valid_frictionless():
    from frictionless import Package

    report = Package(str(DATA / "datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "rowNumber", "fieldName", "message"])[:5]


def test_every_table_is_declared_and_every_declared_table_exists():
    there = [p.relative_to(DATA).as_posix() for p in DATA.rglob("*.csv*")]
    assert sorted(there) == sorted(r["path"] for r in RESOURCES)


@pytest.mark.parametrize("name", NAMES)
def test_a_table_obeys_its_schema_and_every_field_has_a_title(name):
    assert len(read_table(DATA, name))
    resource = next(r for r in RESOURCES if table_name(r["path"]) == name)
    assert resource["title"] and resource["description"]
    untitled = [f["name"] for f in resource["schema"]["fields"] if not f.get("title")]
    assert not untitled, f"{name}: fields without a title: {untitled}"


@pytest.mark.parametrize(
    "path",
    sorted(p for p in DATA.rglob("*") if p.suffix in {".csv", ".toml", ".json", ".md"}),
    ids=lambda p: p.relative_to(DATA).as_posix(),
)
def test_text_is_utf8_nfc_with_unix_line_ends(path):
    text = path.read_bytes().decode("utf-8")
    assert (
        unicodedata.is_normalized("NFC", text)
        and "\r" not in text
        and not text.startswith("\ufeff")
        and text.endswith("\n")
    )


@pytest.mark.parametrize(
    "name", [n for n in NAMES if "source" in read_table(DATA, n) and n != "sources"]
)
def test_every_row_has_a_source_that_is_known(name):
    sources = read_sources(DATA)
    table = read_table(DATA, name)
    assert table.source.notna().all() and set(table.source) <= set(sources.index)


def test_only_names_need_no_source():
    assert [n for n in NAMES if "source" not in read_table(DATA, n)] == [
        "geography/units",
        "geography/levels",
        "geography/aliases",
        "publishers",
        "questions",
    ]


def test_an_address_is_an_address():
    "Several stand apart by a semicolon; a remark in brackets may follow."
    parts = read_sources(DATA).url.dropna().str.split(" ; ").explode()
    good = parts.str.fullmatch(r"https?://[\w-]+(\.[\w-]+)+\.?(:\d+)?(/[^\s]*)?( \(.+\))?")
    assert good.all(), parts[~good].tolist()


@pytest.mark.parametrize("concept", OBSERVED)
def test_every_observed_place_is_known_on_its_map(concept):
    table = read_observations(DATA, concept, GEOGRAPHY)
    map = table.unit.map(GEOGRAPHY.units["map"])
    same = (map == table["map"]) | (map.isna() & table["map"].isna())
    assert same.all(), table[~same][["name", "map", "unit"]].drop_duplicates().to_string()
    assert table.available_from.notna().all()


# The official figures of the whole country, by day of publication.
# None may be lost when a newer one arrives.
VINTAGES = {
    "2023-09": {(2022, ""): 12.86, (2022, "2019-2022"): 11.53},
    "2023-12-04": {(2022, ""): 12.67, (2022, "2020-2022"): 12.75},
    "2023-12-29": {
        (2020, ""): 12.66,
        (2021, ""): 12.88,
        (2022, ""): 12.63,
        (2023, ""): 12.33,
        (2023, "2020-2023"): 12.62,
    },
    "2025-01-06": {
        (2020, ""): 12.66,
        (2021, ""): 12.87,
        (2022, ""): 12.83,
        (2023, ""): 12.87,
        (2024, ""): 13.17,
        (2024, "2020-2024"): 12.88,
    },
    "2026-01-05": {(2021, ""): 12.87, (2025, ""): 14.02, (2025, "2021-2025"): 13.2},
}


@pytest.mark.parametrize("published", VINTAGES)
def test_every_vintage_of_the_national_series_is_kept(published):
    rows = (
        read_table(DATA, "observations/digital_share")
        .fillna({"period": ""})
        .query("unit == 'Việt Nam' and measure == 'official' and published == @published")
    )
    found = {
        (r.year, r.period): {*rows.value[(rows.year == r.year) & (rows.period == r.period)]}
        for r in rows.itertuples()
    }
    assert found.keys() == VINTAGES[published].keys() and all(
        value in found[key] for key, value in VINTAGES[published].items()
    )


def test_there_is_no_national_figure_without_a_day_and_no_vintage_beside_these():
    rows = read_table(DATA, "observations/digital_share").query(
        "unit == 'Việt Nam' and measure.str.startswith('official')"
    )
    assert rows.published.notna().all()
    assert set(rows.published[rows.published <= "2026-11-22"]) == set(VINTAGES)


def test_figures_of_the_press_conference_that_disagree_both_stay():
    rows = read_table(DATA, "observations/digital_share").query(
        "unit == 'Việt Nam' and measure == 'official' and year == 2021"
    )
    rows = rows[rows.published == "2023-12-29"]
    assert sorted(rows.value) == [12.87, 12.88] and rows.source.is_unique


def test_the_ministry_and_the_office_are_kept_apart():
    rows = read_table(DATA, "observations/digital_share").query(
        "unit == 'Việt Nam' and year == 2022 and period.isna()"
    )
    assert set(rows[rows.measure == "ministry"].value) == {14.26}
    assert 14.26 not in set(rows[rows.measure == "official"].value)


def test_the_old_provinces_are_partitioned_by_the_new():
    moves = concordance(GEOGRAPHY)
    assert (
        moves.shape == (34, 63)
        and (moves.sum() == 1).all()
        and moves.isin([0.0, 1.0]).all(axis=None)
    )
    assert (summing_matrix(GEOGRAPHY, moves.index) == moves).all(axis=None) and (
        moves.sum(axis=1) >= 1
    ).all()
    for map in ("63", "34"):
        regions = GEOGRAPHY.units.index[
            (GEOGRAPHY.units.level == "region") & (GEOGRAPHY.units["map"] == map)
        ]
        assert len(regions) == 6 and (summing_matrix(GEOGRAPHY, regions).sum() == 1).all()


@pytest.mark.parametrize(
    "old, new",
    [
        ("Bắc Ninh", "Bắc Ninh"),
        ("Bắc Giang", "Bắc Ninh"),
        ("Bắc Kạn", "Thái Nguyên"),
        ("Hà Nội", "Hà Nội"),
        ("Bạc Liêu", "Cà Mau"),
        ("Hải Dương", "Hải Phòng"),
        ("Bình Dương", "Thành phố Hồ Chí Minh"),
        ("Vĩnh Phúc", "Phú Thọ"),
        ("Đắk Nông", "Lâm Đồng"),
        ("Quảng Nam", "Đà Nẵng"),
    ],
)
def test_where_a_province_went(old, new):
    assert GEOGRAPHY.successor(GEOGRAPHY.resolve(old, "63")) == GEOGRAPHY.resolve(new, "34")


def test_every_target_is_about_a_place_and_a_range():
    for t in read_table(DATA, "targets").itertuples():
        unit = GEOGRAPHY.resolve(t.unit, None if pd.isna(t.map) else t.map)
        assert GEOGRAPHY.successor(unit) in GEOGRAPHY.reported and t.low <= t.high, t.target


CORRECTIONS = read_table(DATA, "corrections").fillna({"map": "", "period": ""})


@pytest.mark.parametrize(
    "i",
    CORRECTIONS.index,
    ids=lambda i: fold(f"{CORRECTIONS.unit[i]} {CORRECTIONS.year[i]} {CORRECTIONS.measure[i]}"),
)
def test_a_correction_applies(i):
    c = CORRECTIONS.loc[i]
    concept = CORRECTIONS.file[i].removeprefix("observations/").removesuffix(".csv")

    def rows(table, name, value):
        t = table.fillna({"map": "", "period": ""})
        return t[
            (t[name] == c.unit)
            & (t["map"] == c["map"])
            & (t.year == c.year)
            & (t.period == c.period)
            & (t.measure == c.measure)
            & (t.source == c.source)
            & (t.value == value)
        ]

    assert len(rows(read_table(DATA, f"observations/{concept}"), "unit", c.expected)) == 1
    after = read_observations(DATA, concept, GEOGRAPHY)
    kept = rows(after, "name", c.expected)
    assert {
        "drop": len(kept) == 0,
        "replace": len(kept) == 0,
        "uncertain": len(kept) == 1 and kept.uncertain.all(),
    }[c.action]
    assert len(c.reason.split()) >= 4


def test_the_folder_loads_and_its_identities_hold():
    assert len(load(DATA, *OBSERVED)) > 9000


# A copy of the folder, with one thing wrong in it.


@pytest.fixture
def copy(tmp_path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def cells(path: Path) -> list:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))


def save(path: Path, rows: list) -> None:
    with path.open("w", encoding="utf-8", newline="") as f:
        csv.writer(f, lineterminator="\n").writerows(rows)


def number_of(rows: list, **wanted) -> int:
    "The row, as a spreadsheet counts, of the first line with these cells."
    at = {name: rows[0].index(name) for name in wanted}
    return next(
        i
        for i, row in enumerate(rows, 1)
        if i > 1 and all(row[at[n]] == v for n, v in wanted.items())
    )


def mistype(folder: Path, column: str, value: str, file: str = SHARE, **wanted) -> int:
    "Puts `value` into one cell; the row number."
    rows = cells(folder / file)
    row = number_of(
        rows, **wanted or dict(unit="Bắc Ninh", map="34", year="2025", measure="official")
    )
    rows[row - 1][rows[0].index(column)] = value
    save(folder / file, rows)
    return row


def refused(folder: Path, *concepts: str) -> DataError:
    with pytest.raises(DataError) as e:
        load(folder, *concepts)
    sentence = str(e.value)
    assert (
        sentence.endswith(".")
        and "\n" not in sentence
        and "Traceback" not in sentence
        and str(folder) not in sentence
    )
    return e.value


@pytest.mark.parametrize(
    "column, typed, said, nearest",
    [
        ("value", "46,3", "'46,3' is not a number", "46.3"),
        ("value", "46.3 %", "'46.3 %' is not a number", "46.3"),
        ("value", "chưa có", "'chưa có' is not a number", None),
        ("value", "140", "140.0 is outside 0 to 100", "100"),
        ("value", "-3", "-3.0 is outside 0 to 100", "0"),
        ("value", "", "the cell is empty but required", None),
        ("value", "nan", "'nan' is not a number", None),
        ("value", "inf", "'inf' is not a number", None),
        ("year", "20255", "20255 is outside 1990 to 2035", "2035"),
        ("year", "2025.5", "'2025.5' is not an integer", None),
        ("year", "", "the cell is empty but required", None),
        ("preliminary", "", "the cell is empty but required", None),
        (
            "unit",
            "Bắc Ninnh",
            "there is no place called 'Bắc Ninnh' on the map 34",
            "Bắc Ninh",
        ),
        (
            "unit",
            "Bắc Kạn",
            "there is no place called 'Bắc Kạn' on the map 34",
            "Bắc Ninh",
        ),
        ("map", "36", "'36' does not have the declared form", None),
        ("period", "Q5", "'Q5' does not have the declared form", None),
        ("measure", "offical", "'offical' is not one of institute, ministry, official", "official"),
        ("measure", "offciial_core", "'offciial_core' is not one of", "official_core"),
        ("source", "s9999", "source 's9999' is not in sources.csv", "s[0-9]{4}"),
        ("source", "0035", "'0035' does not have the declared form", None),
        ("published", "01/2026", "'01/2026' is not a date written year", "2026-01"),
        ("preliminary", "yes", "'yes' is not true or false", None),
        ("uncertain", "flase", "'flase' is not true or false", "false"),
    ],
)
def test_a_mistyped_cell_is_told_with_its_place_and_what_was_meant(
    copy, column, typed, said, nearest
):
    row = mistype(copy, column, typed)
    e = refused(copy)
    assert (e.file, e.row, e.column) == (SHARE, row, column)
    assert str(e).startswith(f"{SHARE}, row {row}, column {column}: {said}")
    assert not typed or str(e.value) in (typed, f"{typed}.0")
    assert e.nearest is nearest is None or re.fullmatch(nearest, str(e.nearest))
    assert nearest is None or "; the nearest valid value is " in str(e)


def test_two_slips_in_a_row_are_told_once_each(copy):
    mistype(copy, "preliminary", "yes")
    mistype(copy, "uncertain", "no")
    with pytest.raises(DataError) as told:
        read_collection(copy)
    faults = [str(fault) for fault in told.value.faults]
    assert len(faults) == len(set(faults)) == 2, faults


def test_what_a_spreadsheet_makes_of_true_and_false_is_understood(copy):
    known = read_observations(copy, "digital_share", GEOGRAPHY)
    mistype(copy, "preliminary", "TRUE")
    mistype(copy, "uncertain", "FALSE")
    assert len(read_observations(copy, "digital_share", GEOGRAPHY)) == len(known)


def test_a_missing_column(copy):
    rows = cells(copy / SHARE)
    at = rows[0].index("preliminary")
    save(copy / SHARE, [r[:at] + r[at + 1 :] for r in rows])
    e = refused(copy)
    assert (e.file, e.row, e.column) == (
        SHARE,
        1,
        "preliminary",
    ) and "column 'preliminary' is missing" in str(e)


@pytest.mark.parametrize(
    "file",
    [
        SHARE,
        "sources.csv",
        "corrections.csv",
        "geography/units.csv",
        "geography/concordance.csv",
        "geography/aliases.csv",
        "observations/digital_share_bands.csv",
    ],
)
def test_a_misspelt_column_of_any_table(copy, file):
    rows = cells(copy / file)
    right = rows[0][0]
    rows[0][0] = right + "s"
    save(copy / file, rows)
    e = refused(copy)
    assert (e.file, e.row, e.column, e.nearest) == (file, 1, right, right + "s")


@pytest.mark.parametrize(
    "file",
    [SHARE, "sources.csv", "corrections.csv", "geography/units.csv", "geography/concordance.csv"],
)
def test_a_key_that_stands_twice(copy, file):
    rows = cells(copy / file)
    save(copy / file, [*rows, rows[1]])
    e = refused(copy)
    assert (e.file, e.row) == (file, len(rows) + 1) and "is already in an earlier row" in str(e)


@pytest.mark.parametrize("encoding", ["cp1258", "utf-16", "latin-1"])
def test_a_file_that_is_not_utf8(copy, encoding):
    text = unicodedata.normalize("NFD", (copy / SHARE).read_text(encoding="utf-8"))
    (copy / SHARE).write_bytes(text.encode(encoding, errors="replace") + "é".encode("latin-1"))
    e = refused(copy)
    assert e.file == SHARE and "not UTF-8" in str(e)


def test_a_comma_that_was_not_quoted(copy):
    path = copy / SHARE
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text(
        "\n".join([*lines, "Hà Nội,34,2025,,official,17,34,s0035,2026-01,true,false,"]) + "\n",
        encoding="utf-8",
    )
    e = refused(copy)
    assert (e.file, e.row) == (SHARE, len(lines) + 1) and "12 cells where the header has 11" in str(
        e
    )


@pytest.mark.parametrize(
    "file", [SHARE, "sources.csv", "corrections.csv", "geography/units.csv", "indicators.toml"]
)
def test_a_missing_file(copy, file):
    (copy / file).unlink()
    assert refused(copy).file == file and "the file is missing" in str(refused(copy))


def test_an_empty_file_and_a_folder_that_is_none(copy, tmp_path):
    (copy / SHARE).write_text("", encoding="utf-8")
    assert "the file is empty" in str(refused(copy))
    with pytest.raises(DataError, match="there is no data folder here"):
        load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "column, typed, nearest", [("measure", "dti_rnak", "dti_rank"), ("value", "-63", None)]
)
def test_a_measure_that_only_the_catalogue_knows(copy, column, typed, nearest):
    file = "observations/digital_infrastructure.csv"
    mistype(copy, column, typed, file, unit="Bắc Kạn", measure="dti_rank", year="2022")
    e = refused(copy, "digital_infrastructure")
    assert (e.file, e.column) == (file, column) and typed in str(e)
    assert nearest is None or (
        e.nearest == nearest and "Bắc Kạn 2022: there is no measure called" in str(e)
    )


def test_a_bound_that_only_the_catalogue_knows(copy):
    mistype(
        copy,
        "value",
        "910",
        "observations/digital_infrastructure.csv",
        unit="Bắc Kạn",
        measure="internet_users_pct",
    )
    e = refused(copy, "digital_infrastructure")
    assert (
        e.nearest == "100"
        and "Bắc Kạn 2024: internet_users_pct = 910 is outside 0 to 100 percent" in str(e)
    )


def test_a_slip_that_breaks_a_sum(copy):
    mistype(
        copy,
        "value",
        "14.20",
        unit="Việt Nam",
        year="2025",
        period="",
        measure="official",
        source="s0007",
    )
    e = refused(copy)
    assert (e.file, e.column, e.value, e.nearest) == (SHARE, "value", 14.2, "14.02")


def test_a_source_that_was_repaired_makes_its_correction_void(copy):
    mistype(
        copy,
        "value",
        "18.66",
        unit="Thành phố Hồ Chí Minh",
        map="63",
        year="2022",
        measure="ministry",
        source="s0022",
    )
    e = refused(copy)
    assert (e.file, e.column, e.value) == (
        "corrections.csv",
        "expected",
        18.86,
    ) and "the source was repaired" in str(e)
    assert cells(copy / e.file)[e.row - 1][7] == "18.86"


@pytest.mark.parametrize(
    "column, typed, said",
    [
        ("share", "0.5", "the shares of 63-06 (Bắc Kạn) add to 0.5, not to 1"),
        ("share", "1.2", "1.2 is outside 0 to 1; the nearest valid value is 1"),
        ("to_unit", "34-99", "'34-99' is not a unit"),
        ("from_unit", "63-99", "'63-99' is not a unit"),
    ],
)
def test_a_province_that_does_not_arrive_whole(copy, column, typed, said):
    mistype(copy, column, typed, "geography/concordance.csv", from_unit="63-06")
    e = refused(copy)
    assert e.file == "geography/concordance.csv" and said in str(e)


def test_a_province_that_does_not_arrive_at_all(copy):
    file = copy / "geography/concordance.csv"
    save(file, [r for r in cells(file) if r[0] != "63-06"])
    assert "the shares of 63-06 (Bắc Kạn) add to 0, not to 1" in str(refused(copy))


def test_bands_that_count_too_many(copy):
    mistype(
        copy,
        "value",
        "54",
        "observations/digital_share_bands.csv",
        measure="official",
        year="2022",
        band_low="5",
    )
    e = refused(copy)
    assert (
        e.file == "observations/digital_share_bands.csv" and "73 places are counted of 63" in str(e)
    )


def test_a_rank_below_the_last_province(copy):
    file = "observations/digital_share_ranks.csv"
    mistype(copy, "value", "64", file, unit="Lâm Đồng")
    e = refused(copy, "digital_share_ranks")
    assert e.file == file and e.column == "value"


def test_a_measure_that_ranks_do_not_have(copy):
    file = "observations/digital_share_ranks.csv"
    mistype(copy, "measure", "goods_exports", file, unit="Lâm Đồng")
    e = refused(copy, "digital_share_ranks")
    assert e.file == file and e.column == "measure"


def test_rows_whose_address_is_known_in_part_only_are_marked():
    exports = information(DATA, concepts=["provincial_covariates"]).observations
    in_part = exports.note.fillna("").str.contains("kept in part only")
    assert in_part.sum() >= 5
    assert exports[in_part].uncertain.all() and not exports[in_part].traceable.any()
    assert exports[~in_part].traceable.all()
    grdp = information(DATA, concepts=["grdp"]).observations
    in_part = grdp.note.fillna("").str.contains("kept in part only")
    assert in_part.sum() > 70 and grdp[in_part].uncertain.all()
    assert not grdp[in_part].traceable.any()


# What is not a fault.


def same(a, b) -> None:
    columns = ["unit", "year", "measure", "value", "source", "available_from"]
    pd.testing.assert_frame_equal(a.observations[columns], b.observations[columns])


def test_a_file_typed_on_another_system_is_the_same_file(copy):
    before = load(copy)
    path = copy / SHARE
    decomposed = unicodedata.normalize("NFD", path.read_text(encoding="utf-8"))
    path.write_bytes(b"\xef\xbb\xbf" + decomposed.replace("\n", "\r\n").encode("utf-8"))
    same(before, load(copy))


@pytest.mark.parametrize(
    "spelling",
    [
        "Bac Ninh",
        "bac ninh",
        "BẮC NINH",
        unicodedata.normalize("NFD", "Bắc Ninh"),
        "Bac  Ninh",
        "bac-ninh",
        "34-24",
        " Bắc Ninh ",
    ],
)
def test_a_name_in_another_spelling_is_understood(copy, spelling):
    before = load(copy)
    mistype(copy, "unit", spelling)
    same(before, load(copy))


@pytest.mark.parametrize(
    "spelling", ["TP.HCM", "TP HCM", "Ho Chi Minh City", "Sài Gòn", "Thanh pho Ho Chi Minh"]
)
def test_another_name_is_understood_on_the_map_of_its_row(copy, spelling):
    rows = cells(copy / SHARE)
    rows.append(
        [
            spelling,
            "63",
            "2024",
            "",
            "self_reported",
            "22.5",
            "s0035",
            "2025-01",
            "false",
            "false",
            "",
        ]
    )
    save(copy / SHARE, rows)
    assert load(copy).observations.query("year == 2024 and value == 22.5").unit.tolist() == [
        "63-79"
    ]


def test_names_without_diacritics_throughout_are_understood(copy):
    before = load(copy)
    rows = cells(copy / SHARE)
    for row in rows[1:]:
        row[0] = fold(row[0]).title()
    save(copy / SHARE, rows)
    same(before, load(copy))
