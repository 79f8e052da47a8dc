"""The pages about many places, and the files around the editions.

Right for every unit, valid as feed and site map, and untouched when nothing changed.
"""

import csv
import json
import re

import numpy as np
import pandas as pd
import pytest
from lxml import etree
from pretended import DATA, pretended

from digitransform.core.errors import DataError
from digitransform.edition.changes import moved, new_figures
from digitransform.report.changes_page import write_changes
from digitransform.report.comparison import MOST_PLACES, places, write_comparison
from digitransform.report.language import goal_text
from digitransform.report.overview import write_overview
from digitransform.report.ranking import SHARE_LIMITS, former_places, goals, ranking
from digitransform.report.sections import main_target
from digitransform.report.site import GENERATOR_TAG, editions, feed, sitemap, write_site
from digitransform.report.view import quantile, unit_report


def changed(edition, manifest=(), id="x", **tables):
    "`edition` with other tables and manifest."
    tables = edition.tables | tables
    about = vars(edition) | dict(id=id, manifest=edition.manifest | dict(manifest))
    return type(edition)(**about | dict(tables=tables) | tables)


ATOM = "{http://www.w3.org/2005/Atom}"
MAPS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


# The overview and the pages of the places say the same


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_row_says_what_the_page_of_its_place_says(language):
    edition = pretended()
    rows = ranking(edition, language).set_index("unit")
    leads = goals(edition)[lambda t: t.lead].set_index("unit")
    for unit in rows.index:
        r = unit_report(edition, unit, language)
        row = rows.loc[unit]
        asked = ((r.now, 0.1), (r.now, 0.5), (r.now, 0.9), (r.ahead, 0.5))
        shown = [row.low, row["median"], row.high, row.median_ahead]
        assert (row["name"], row.slug) == (r.name, r.slug)
        assert shown == [quantile(r.share, year, p) for year, p in asked]
        target = main_target(r)
        assert (target is None) == (unit not in leads.index)
        if target is None:
            assert row.goal == "–"
            continue
        lead = leads.loc[unit]
        assert (lead.year, lead.low, lead.probability) == (
            target.year,
            target.low,
            target.probability,
        )
        goal = goal_text(target.low, target.high, target.relation, language)
        assert row.goal == (goal if target.year == r.ahead else "–")


def with_former(edition):
    "The pretended edition with shares for the former provinces, those of one of today's."
    q = edition.quantiles
    model = q[q.unit == "34-11"]
    old = edition.units.unit[edition.units.unit.str.match(r"63-\d\d")]
    more = pd.concat([q, *(model.assign(unit=u) for u in old)], ignore_index=True)
    return changed(edition, quantiles=more)


def test_a_former_province_claims_no_more_than_its_own_evidence_allows():
    edition = with_former(pretended())
    level = edition.units.set_index("unit").evidence_level
    former = former_places(edition, "en").set_index("unit")
    assert len(former) == 63
    # the figure of today's Bắc Ninh is not split between the two former provinces
    assert list(level[["34-24", "63-24", "63-27"]]) == ["official", "indirect", "indirect"]
    assert former.evidence_level["63-01"] == level["34-01"]
    assert former.slug["63-01"] == "ha-noi"
    # Lâm Đồng: the statistics office published it for the old territory
    assert former.evidence_level["63-68"] == "official"
    assert set(former.slug) <= set(edition.units.slug[edition.units.reported])
    for unit, row in former.iterrows():
        assert ("." in row.share) == (row.evidence_level != "model"), unit


def test_the_page_shows_both_maps_and_leads_to_places_of_today(tmp_path):
    both = write_overview(with_former(pretended()), tmp_path / "index.html", "vi")
    page = both.read_text(encoding="utf-8")
    assert page.count('<a class="tile') == 34 + 63 and 'id="map-former"' in page


def test_the_map_names_the_archipelagos_and_hatches_what_only_a_model_says(tmp_path):
    edition = with_former(pretended())
    for language, said in (
        ("vi", ("đặc khu Hoàng Sa thuộc Đà Nẵng", "đặc khu Trường Sa thuộc Khánh Hòa")),
        ("en", ("Hoang Sa special zone to Da Nang", "Truong Sa special zone to Khanh Hoa")),
    ):
        page = etree.HTML(
            write_overview(edition, tmp_path / "map.html", language).read_text(encoding="utf-8")
        )
        (today,) = page.xpath("//p[contains(@class, 'small') and contains(@class, 'today')]")
        assert all(words in today.text for words in said)
        tiles = page.xpath("//a[contains(@class, 'tile')]")
        rows = pd.concat([ranking(edition, language), former_places(edition, language)])
        model = set(rows.name[(rows.role == "place") & (rows.evidence_level == "model")])
        hatched = {t.find("span").text for t in tiles if "hatched" in t.get("class")}
        assert hatched and hatched == model
        names = {"".join(t.itertext()) for t in tiles}
        assert sum("Hoàng Sa" in name or "Hoang Sa" in name for name in names) == 2
        key = " ".join(page.xpath("//div[@class='key']")[0].itertext())
        assert all(limits in key for limits in ("0–10%", "10–33%", "33–66%", "66–90%", "90–100%"))


def test_the_colour_of_a_tile_is_that_of_the_number_on_it():
    rows = ranking(pretended(), "en")
    for row in rows.itertuples():
        printed = float(row.shown)
        assert row.share_class == sum(printed >= limit for limit in SHARE_LIMITS), row.name
    assert rows[rows.role == "place"].share_class.value_counts().max() < 20


def test_an_edition_without_shares_of_former_places_has_one_map(tmp_path):
    page = write_overview(pretended(), tmp_path / "lone.html", "vi").read_text(encoding="utf-8")
    assert page.count('<a class="tile') == 34 and 'id="map-former"' not in page


# The tile maps

NEIGHBOURS = """
Lai Châu–Lào Cai, Lào Cai–Hà Giang, Hà Giang–Cao Bằng, Hà Giang–Tuyên Quang, Cao Bằng–Bắc Kạn,
Cao Bằng–Lạng Sơn, Bắc Kạn–Lạng Sơn, Bắc Kạn–Thái Nguyên, Điện Biên–Lai Châu, Điện Biên–Sơn La,
Sơn La–Yên Bái, Yên Bái–Tuyên Quang, Yên Bái–Phú Thọ, Phú Thọ–Vĩnh Phúc, Phú Thọ–Hòa Bình, Thái
Nguyên–Bắc Giang, Bắc Giang–Bắc Ninh, Bắc Giang–Quảng Ninh, Vĩnh Phúc–Hà Nội, Hòa Bình–Hà Nội,
Hà Nội–Bắc Ninh, Hà Nội–Hà Nam, Hà Nội–Hưng Yên, Bắc Ninh–Hải Dương, Hải Dương–Quảng Ninh, Hải
Dương–Hải Phòng, Hải Phòng–Quảng Ninh, Hải Phòng–Thái Bình, Hưng Yên–Hà Nam, Hưng Yên–Thái Bình,
Thái Bình–Nam Định, Nam Định–Ninh Bình, Nam Định–Hà Nam, Ninh Bình–Thanh Hóa, Thanh Hóa–Nghệ An,
Nghệ An–Hà Tĩnh, Hà Tĩnh–Quảng Bình, Quảng Bình–Quảng Trị, Quảng Trị–Thừa Thiên Huế, Thừa Thiên
Huế–Quảng Nam, Thừa Thiên Huế–Đà Nẵng, Quảng Nam–Đà Nẵng, Quảng Nam–Quảng Ngãi, Quảng Nam–Kon
Tum, Kon Tum–Quảng Ngãi, Kon Tum–Gia Lai, Quảng Ngãi–Bình Định, Gia Lai–Bình Định, Gia Lai–Đắk
Lắk, Bình Định–Phú Yên, Đắk Lắk–Phú Yên, Phú Yên–Khánh Hòa, Đắk Lắk–Đắk Nông, Đắk Nông–Lâm Đồng,
Đắk Nông–Bình Phước, Lâm Đồng–Ninh Thuận, Lâm Đồng–Bình Thuận, Khánh Hòa–Ninh Thuận, Ninh
Thuận–Bình Thuận, Bình Thuận–Đồng Nai, Lâm Đồng–Đồng Nai, Bình Phước–Bình Dương, Bình Phước–Tây
Ninh, Bình Dương–Đồng Nai, Bình Dương–Thành phố Hồ Chí Minh, Tây Ninh–Long An, Đồng Nai–Bà Rịa -
Vũng Tàu, Thành phố Hồ Chí Minh–Long An, Long An–Đồng Tháp, Long An–Tiền Giang, Tiền Giang–Bến
Tre, Tiền Giang–Vĩnh Long, Bến Tre–Trà Vinh, Vĩnh Long–Trà Vinh, Vĩnh Long–Cần Thơ, Đồng Tháp–An
Giang, An Giang–Kiên Giang, Kiên Giang–Hậu Giang, Cần Thơ–Hậu Giang, Hậu Giang–Sóc Trăng, Sóc
Trăng–Bạc Liêu, Bạc Liêu–Cà Mau
"""
COAST = [
    "Thanh Hóa",
    "Nghệ An",
    "Hà Tĩnh",
    "Quảng Bình",
    "Quảng Trị",
    "Thừa Thiên Huế",
    "Đà Nẵng",
    "Quảng Ngãi",
    "Bình Định",
    "Phú Yên",
    "Khánh Hòa",
    "Ninh Thuận",
]


def grid(map):
    with (DATA / "geography" / "units.csv").open(encoding="utf-8", newline="") as file:
        return {
            r["name_vi"]: (int(r["grid_row"]), int(r["grid_col"]))
            for r in csv.DictReader(file)
            if r["level"] == "province" and r["map"] == map
        }


@pytest.mark.parametrize("map, n", [("63", 63), ("34", 34)])
def test_every_province_has_a_tile_of_its_own(map, n):
    tiles = grid(map)
    assert len(tiles) == n == len(set(tiles.values()))


def test_neighbours_on_the_former_map_touch():
    tiles = grid("63")
    pairs = [pair.strip().split("–") for pair in NEIGHBOURS.replace("\n", " ").split(",")]
    assert {name for pair in pairs for name in pair} == set(tiles)
    apart = [
        (a, b)
        for a, b in pairs
        if max(abs(tiles[a][0] - tiles[b][0]), abs(tiles[a][1] - tiles[b][1])) > 1
    ]
    assert not apart
    assert (
        min(tiles.values())[0] == tiles["Hà Giang"][0]
        and max(tiles.values())[0] == tiles["Cà Mau"][0]
    )
    assert all(
        tiles[name][1] == max(c for r, c in tiles.values() if r == tiles[name][0]) for name in COAST
    ), "the sea is in the east"
    assert [tiles[name][0] for name in COAST] == sorted(tiles[name][0] for name in COAST)


# Two places, two editions


def test_without_draws_the_pairs_are_left_out_and_the_page_says_so(tmp_path):
    assert (
        places(pretended(), "en")["pairs"] is None
        and len(places(pretended(), "en")["places"]) == 45 < MOST_PLACES
    )
    assert "they are left out" in write_comparison(
        pretended(), tmp_path / "compare.html", "en"
    ).read_text(encoding="utf-8")


def test_a_name_cannot_break_out_of_the_page(tmp_path):
    units = pretended().units
    name = units.name_en.where(units.unit != "34-24", "</script><b>Bac Ninh")
    odd = changed(pretended(), units=units.assign(name_en=name))
    for write in (write_comparison, write_overview):
        page = write(odd, tmp_path / "page.html", "en").read_text(encoding="utf-8")
        assert "</script><b>" not in page


def test_nothing_has_changed_since_the_same_edition(tmp_path):
    assert new_figures(pretended(), pretended()).empty
    moves = moved(pretended(), pretended())
    assert len(moves) == 45 and (moves[["now_move", "ahead_move"]] == 0).all(axis=None)
    assert not np.signbit(moves.ahead_move).any()
    page = write_changes(pretended(), pretended(), tmp_path / "changes.html", "vi")
    text = page.read_text(encoding="utf-8")
    assert "−0" not in text and text.count("<table") == 1


def test_places_that_one_edition_lacks_are_left_out():
    q = pretended().quantiles
    fewer = q[(q.unit != "34-24") & (q.year < 2030)]
    short = changed(pretended(), manifest=dict(last_year=2029), quantiles=fewer)
    moves = moved(pretended(), short)
    assert len(moves) == 44 and moves.ahead_move.isna().all() and (moves.now_move == 0).all()


def write_changes_since_another(edition, path, language):
    return write_changes(edition, with_former(edition), path, language)


@pytest.mark.parametrize("write", [write_overview, write_comparison, write_changes_since_another])
def test_the_same_edition_gives_the_same_bytes(write, tmp_path):
    assert (
        write(pretended(), tmp_path / "a.html", "vi").read_bytes()
        == write(pretended(), tmp_path / "b.html", "vi").read_bytes()
    )


# The files around the editions


@pytest.fixture
def out(tmp_path):
    for day, slugs in (("2026-01-31", ("ha-noi", "ha-tay")), ("2026-11-22", ("ha-noi",))):
        (tmp_path / day / "edition").mkdir(parents=True)
        (tmp_path / day / "edition" / "manifest.json").write_text(
            json.dumps(dict(as_of=day, locale=dict(timezone="Asia/Ho_Chi_Minh")))
        )
        (tmp_path / day / "results").mkdir()
        (tmp_path / day / "results" / f"digitransform-{day}.zip").touch()
        for language in ("vi", "en"):
            (tmp_path / day / language).mkdir()
            for slug in ("index", "compare", "changes", *slugs):
                (tmp_path / day / language / f"{slug}.html").write_text(
                    '<head><meta name="description" content="Growth of 5 &lt; 6 &amp; more">'
                    f"<title>{slug} &amp; {day}</title></head>"
                )
            (tmp_path / day / language / ".part-new.html").touch()
    return tmp_path


def tree(folder):
    return {
        p.relative_to(folder).as_posix(): (p.stat().st_mtime_ns, p.stat().st_ino, p.read_bytes())
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def test_a_second_run_touches_no_file(out):
    assert write_site(out)
    before = tree(out)
    assert write_site(out) == [] and tree(out) == before
    (out / "2026-11-22" / "vi" / "hue.html").write_text("<title>Huế</title>")
    assert [p.relative_to(out).as_posix() for p in write_site(out)] == ["vi/hue.html"]


def test_permalinks_lead_to_the_newest_page_there_is(out):
    write_site(out, address="https://example.org/digital/")
    for slug, day in (
        ("ha-noi", "2026-11-22"),
        ("ha-tay", "2026-01-31"),
        ("index", "2026-11-22"),
        ("compare", "2026-11-22"),
    ):
        text = (out / "vi" / f"{slug}.html").read_text(encoding="utf-8")
        assert (
            f'content="0; url=../{day}/vi/{slug}.html"' in text
            and f'<link rel="canonical" href="https://example.org/digital/{day}/vi/{slug}.html">'
            in text
        )
        assert (
            f'<a href="../{day}/vi/{slug}.html">' in text
            and '<html lang="vi">' in text
            and f"<title>{slug} &amp; {day}</title>" in text
        )
    assert not list(out.glob("vi/.*"))


def test_an_address_that_leads_nowhere_goes_and_what_is_not_ours_stays(out):
    write_site(out)
    (out / "vi" / "own.html").write_text("<p>written by hand</p>")
    (out / "2026-01-31" / "vi" / "ha-tay.html").unlink()
    write_site(out)
    assert (
        not (out / "vi" / "ha-tay.html").exists()
        and (out / "en" / "ha-tay.html").exists()
        and (out / "vi" / "own.html").exists()
    )
    assert GENERATOR_TAG in (out / "vi" / "ha-noi.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("address", ["", "https://example.org/digital"])
def test_the_feed_is_an_atom_feed(out, address):
    write_site(out, address=address)
    root = etree.parse(str(out / "feed.vi.xml")).getroot()
    assert root.tag == f"{ATOM}feed" and root.get("{http://www.w3.org/XML/1998/namespace}base") == (
        f"{address}/" if address else None
    )
    moment = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)")  # RFC 3339
    entries = root.findall(f"{ATOM}entry")
    assert len(entries) == 2 and root.find(f"{ATOM}author/{ATOM}name").text
    for node in (root, *entries):
        for name in ("id", "title", "updated"):
            found = node.findall(f"{ATOM}{name}")
            assert len(found) == 1 and found[0].text.strip(), name
        identity = r"tag:example.org,\d{4}-\d\d-\d\d:[\w/.-]+" if address else r"urn:uuid:[\w-]{36}"
        assert moment.fullmatch(node.find(f"{ATOM}updated").text)
        assert re.fullmatch(identity, node.find(f"{ATOM}id").text)
        links = node.findall(f"{ATOM}link")
        assert sum(link.get("rel") == "alternate" for link in links) == 1
        assert all((out / link.get("href")).is_file() for link in links)
    assert len({n.find(f"{ATOM}id").text for n in (root, *entries)}) == 3
    assert [e.find(f"{ATOM}updated").text for e in entries] == [
        "2026-11-22T08:00:00+07:00",
        "2026-01-31T08:00:00+07:00",
    ]
    assert entries[0].find(f"{ATOM}summary").text == "Growth of 5 < 6 & more"


def test_there_is_a_site_map_only_where_there_is_an_address(out):
    write_site(out)
    assert not (out / "sitemap.xml").exists() and not (out / "robots.txt").exists()
    write_site(out, address="https://example.org/digital")
    urls = [u.text for u in etree.parse(str(out / "sitemap.xml")).getroot().iter(f"{MAPS}loc")]
    assert len(urls) == len(set(urls)) == 1 + 2 * 4 and all(
        u.startswith("https://example.org/digital/") for u in urls
    )
    assert all((out / u.removeprefix("https://example.org/digital/")).exists() for u in urls)
    assert not (out / "robots.txt").exists()  # read only at the root of a host
    write_site(out, address="https://example.org")
    assert "Sitemap: https://example.org/sitemap.xml" in (out / "robots.txt").read_text()
    assert sitemap([], ("vi",), "https://example.org").count("<url>") == 0


def test_the_landing_page_offers_every_language_and_edition(out):
    write_site(out)
    page = (out / "index.html").read_text(encoding="utf-8")
    for day in ("2026-11-22", "2026-01-31"):
        assert f'href="{day}/results/digitransform-{day}.zip"' in page
        for language in ("vi", "en"):
            assert f'href="{day}/{language}/index.html"' in page
    assert (
        'href="feed.vi.xml"' in page
        and 'http-equiv="refresh"' not in page
        and "5 &lt; 6 &amp; more" in page
    )
    for address in re.findall(r'href="([^"]+)"', page):
        assert address.startswith("data:image/svg+xml") or (out / address).exists(), address


def test_a_site_of_one_language_or_of_nothing(out, tmp_path_factory):
    write_site(out, languages=("en",))
    assert (
        not (out / "vi").exists()
        and not (out / "feed.vi.xml").exists()
        and '<html lang="en">' in (out / "index.html").read_text(encoding="utf-8")
    )
    empty = tmp_path_factory.mktemp("empty")
    assert write_site(empty) == [] and not list(empty.iterdir())
    assert feed([], "vi") == "" and editions(empty) == []


def test_a_manifest_that_cannot_be_read_is_named(out):
    (out / "2026-01-31" / "edition" / "manifest.json").write_text('{"information')
    with pytest.raises(DataError, match="publish it again"):
        write_site(out)
