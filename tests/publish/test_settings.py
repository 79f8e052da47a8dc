"""settings.ini: the collection's own file, where it is found, and every slip that is refused with
a sentence.
"""

import dataclasses
import datetime
import re
import unicodedata
from pathlib import Path

import pytest
from fictional import write_fictional

import digitransform as dt
from digitransform.core.errors import DataError
from digitransform.publish.settings import (
    LANGUAGES,
    PARSERS,
    Settings,
    collection_root,
    read_settings,
    today_in,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def written(tmp_path):
    (tmp_path / "data").mkdir()

    def read(text, encoding="utf-8", **overrides):
        (tmp_path / "settings.ini").write_bytes(("[collection]\n" + text).encode(encoding))
        return read_settings(tmp_path / "settings.ini", **overrides)

    return read


def test_the_collections_own_file_names_every_key_and_explains_it():
    text = (ROOT / "settings.ini").read_text(encoding="utf-8")
    own, _, publisher = text.partition("[publisher]")
    keys = [*re.findall(r"^(\w+) =", own, re.M), "publisher"]
    assert re.findall(r"^(\w+) =", publisher, re.M)[0] == "organisation"
    assert keys == [f.name for f in dataclasses.fields(Settings)]
    assert keys[:-1] == list(PARSERS)
    for key in keys[:-1]:
        assert re.search(rf"^# .+\n{key} =", text, re.M), f"{key} is not explained"


def test_the_collections_own_file_holds_the_defaults():
    found = read_settings(ROOT / "settings.ini")
    default = Settings()
    for f in dataclasses.fields(Settings):
        if f.name not in ("data", "output"):
            assert getattr(found, f.name) == (
                tuple(getattr(default, f.name))
                if isinstance(getattr(default, f.name), tuple)
                else getattr(default, f.name)
            )
    assert (found.data, found.output) == (ROOT / "data", ROOT / "reports")


def test_a_line_left_out_has_its_default(written):
    assert written("draws = 300\n").last_year == 2035


def test_paths_in_the_file_start_at_the_file_and_paths_by_hand_where_we_stand(
    written, tmp_path, monkeypatch
):
    (tmp_path / "elsewhere" / "figures").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "elsewhere")
    s = written("output = out\n", data="figures")
    assert (s.data, s.output) == (tmp_path / "elsewhere" / "figures", tmp_path / "out")


def test_the_file_is_found_from_below_and_strangers_of_that_name_are_passed_over(
    tmp_path, monkeypatch
):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "settings.ini").write_text("# first\n[collection]\n")
    (tmp_path / "a" / "settings.ini").write_bytes(b"[DEFAULT]\nx = \xff\n")
    monkeypatch.chdir(tmp_path / "a" / "b")
    assert collection_root() == tmp_path.resolve()


def test_without_a_collection_the_packaged_one_serves(tmp_path):
    assert collection_root(tmp_path) == dt.data.packaged_collection()


def test_lists_dates_and_words(written):
    s = written("levels = 95, 50\nlanguages = en,en\nunits = Bắc Ninh, ha noi,\nas_of = today\n")
    assert (s.levels, s.languages, s.units, s.as_of) == (
        (50, 95),
        ("en",),
        ("Bắc Ninh", "ha noi"),
        today_in(s.data),
    )


@pytest.mark.parametrize(
    "given", [dict(levels=[80]), dict(levels=(80,)), dict(levels="80"), dict(levels=80)]
)
def test_values_and_text_are_read_alike(written, given):
    assert written("", **given).levels == (80,)


def test_none_leaves_the_file_alone(written):
    assert written("draws = 300\n", draws=None).draws == 300


def test_a_file_saved_by_a_windows_editor(written):
    assert written("draws = 300\r\nunits = Hà Nội\r\n").units == ("Hà Nội",)
    assert written("".join(["draws = 300\n"]), encoding="utf-8").draws == 300


def test_a_byte_order_mark_does_no_harm(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "settings.ini").write_text("[collection]\ndraws = 300\n", encoding="utf-8-sig")
    assert (
        read_settings(tmp_path / "settings.ini").draws == 300
        and collection_root(tmp_path) == tmp_path.resolve()
    )


def test_remarks_behind_a_value_and_percent_signs(written):
    assert written("draws = 300 # 100 % of a trial\n").draws == 300


SLIPS = {
    "drawz = 500": ("drawz", "there is no setting 'drawz'", "draws"),
    "draws = 2,000": ("draws", "'2,000' is not a whole number", "2000"),
    "draws = 2e3": ("draws", "is not a whole number", None),
    "draws = ": ("draws", "'' is not a whole number", None),
    "draws = 99": ("draws", "99 is outside 100 to 100000", "100"),
    "seed = -1": ("seed", "-1 is outside", "0"),
    "last_year = 20355": ("last_year", "20355 is outside 1990 to 2100", "2100"),
    "first_year = 2035": ("last_year", "must come after the first year", "2036"),
    "last_year = 2024": ("last_year", "not before the year 2026", "2026"),
    "as_of = 2018-01-01": (
        "first_year",
        "after the year 2018",
        "2018",
    ),
    "as_of = 22/11/2026": ("as_of", "is not a date", "2026-11-22"),
    "as_of = 2026-13-01": ("as_of", "is not a date", None),
    "as_of = tody": ("as_of", "is not a date", "today"),
    "languages = vn": ("languages", "'vn' is not one of", "vi"),
    "languages = ": ("languages", "nothing is chosen", None),
    "formats = htm": ("formats", "'htm' is not one of html", "html"),
    "levels = 80, 90": ("levels", "'90' is not one of 50, 80, 95", None),
    "units = ,": ("units", "no place is named", "all"),
    "jobs = two": ("jobs", "'two' is not a whole number", None),
    "data = dat": ("data", "does not exist", "data"),
    "output =": ("output", "the folder is not named", None),
}


@pytest.mark.parametrize("text", SLIPS, ids=SLIPS)
def test_a_slip_is_one_sentence_with_the_nearest_valid_value(written, text):
    column, sentence, near = SLIPS[text]
    with pytest.raises(DataError) as caught:
        written(text)
    e = caught.value
    assert (
        sentence in str(e) and str(e).startswith("settings.ini") and len(str(e).splitlines()) == 1
    )
    assert e.file == "settings.ini" and e.column == column
    if near is not None:
        assert str(e.nearest) == near


@pytest.mark.parametrize(
    "text, sentence",
    {
        "draws = 300\n\nDRAWS = 400": "row 4, column draws: the key stands twice",
        "[collection]": "row 2: the heading [collection] stands twice",
        "draws 300": "row 2: the line is not of the form",
        "[other]": "the heading [other] is not known",
    }.items(),
)
def test_a_broken_file_names_the_line(written, text, sentence):
    with pytest.raises(DataError, match=re.escape(sentence)):
        written(text)


def test_a_file_without_heading_or_in_another_encoding_or_missing(tmp_path):
    file = tmp_path / "settings.ini"
    with pytest.raises(DataError, match="there is no such file"):
        read_settings(file)
    file.write_text("draws = 3\n")
    with pytest.raises(DataError, match=r"row 1: the heading \[collection\] is missing"):
        read_settings(file)
    file.write_bytes("[collection]\nunits = Hà Nội\n".encode("utf-16"))
    with pytest.raises(DataError, match="not UTF-8"):
        read_settings(file)


@pytest.mark.parametrize("key", PARSERS)
def test_every_key_can_be_given_by_hand_and_is_named_when_wrong(written, key, tmp_path):
    good = dict(
        data=tmp_path / "data",
        output=tmp_path,
        as_of="2026-05-01",
        first_year="2018",
        last_year="2040",
        draws="100",
        seed="0",
        levels="80",
        languages="en",
        formats="html",
        units="Cà Mau",
        jobs="3",
        update_day="28",
        address="https://example.vn",
    )
    assert getattr(written("", **{key: good[key]}), key) == PARSERS[key](good[key], {})
    with pytest.raises(DataError, match=f"option {key}"):
        written("", **{key: {"data": "nowhere", "address": "example.vn"}.get(key, "")})


def test_names_in_another_unicode_form_arrive(written):
    name = unicodedata.normalize("NFD", "Đắk Lắk")
    assert written(f"units = {name}\n").units == (name,)


def test_there_is_a_catalogue_for_each_language():
    assert {"vi", "en"} <= set(LANGUAGES)


# Dates that depend on the data folder


def test_newest_is_the_date_of_the_newest_figure_and_not_of_the_future(tmp_path):
    write_fictional(tmp_path / "data")
    (tmp_path / "settings.ini").write_text("[collection]\nas_of = newest\n")
    newest = read_settings(tmp_path / "settings.ini").as_of
    table = tmp_path / "data" / "observations" / "digital_share.csv"
    text = table.read_text(encoding="utf-8")
    published = max(re.findall(r",(20\d\d-\d\d-\d\d),", text))
    assert newest >= datetime.date.fromisoformat(published)
    table.write_text(text.replace(published, "2999-01-01"), encoding="utf-8")
    assert read_settings(tmp_path / "settings.ini").as_of < datetime.date(2999, 1, 1)


def test_newest_names_the_row_of_a_date_that_is_none(tmp_path):
    write_fictional(tmp_path / "data")
    (tmp_path / "settings.ini").write_text("[collection]\nas_of = newest\n")
    table = tmp_path / "data" / "observations" / "digital_share.csv"
    text = table.read_text(encoding="utf-8")
    published = re.search(r",(20\d\d-\d\d-\d\d),", text)[1]
    table.write_text(text.replace(published, "30/6/2026", 1), encoding="utf-8")
    with pytest.raises(DataError, match="digital_share.csv, row"):
        read_settings(tmp_path / "settings.ini")


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_today_is_the_day_of_the_country_not_of_the_server(written, tmp_path, zone):
    (tmp_path / "data" / "datapackage.json").write_text('{"locale": {"timezone": "%s"}}' % zone)
    now = datetime.datetime.now(datetime.timezone.utc)
    # 26 hours apart: in one of the two it is never the server's date
    there = {"Pacific/Kiritimati": 14, "Etc/GMT+12": -12}[zone]
    assert written("", as_of="today").as_of == (now + datetime.timedelta(hours=there)).date()


def test_languages_are_those_that_the_data_folder_declares(tmp_path):
    country = dt.data.Country("Ruritania", "RT", ("fr", "en"), "county", "counties")
    file = dt.data.begin_collection(tmp_path / "ruritania", country) / "settings.ini"
    assert read_settings(file).languages == ("fr", "en")
    text = file.read_text(encoding="utf-8")
    worded = re.sub("^organisation =$", "organisation_fr = Bureau", text, flags=re.M)
    file.write_text(worded, encoding="utf-8")
    assert read_settings(file).publisher == {"organisation_fr": "Bureau"}
    with pytest.raises(DataError, match="option languages: 'vi' is not one of en, fr"):
        read_settings(file, languages="vi")
    file.write_text(text.replace("languages = fr, en", "languages = de"), encoding="utf-8")
    with pytest.raises(DataError, match=r"row \d+, column languages: 'de' is not one of en, fr"):
        read_settings(file)
