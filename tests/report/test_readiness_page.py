"The page of readiness shows what the edition holds, in any browser, and no page grows by it."

import re
import shutil

import pytest
from pretended import pretended

from digitransform.report.blocks import markdown, plain
from digitransform.report.readiness_page import (
    _country,
    _topics,
    indicator_tables,
    write_readiness,
)
from digitransform.report.sections import centre_lines, members_table, readiness, telling_facts
from digitransform.report.view import unit_report

EDITION = pretended()
REGIONS = EDITION.units.unit[(EDITION.units.role == "group") & EDITION.units.reported]


@pytest.fixture(scope="module", params=["vi", "en"])
def page(request, tmp_path_factory):
    path = tmp_path_factory.mktemp(request.param) / "readiness.html"
    write_readiness(EDITION, path, request.param)
    return path.read_text(encoding="utf-8")


def test_it_is_light_and_complete_without_a_script(page):
    assert len(page.encode()) < 150_000
    main = page[page.index("<main") :].partition("</main>")[0]
    assert main.count("<details") > 20 and "hidden>" in main[: main.index("<details")]
    for anchor in ("indicators", "nation", "topics", "regions", "merged"):
        assert f'id="{anchor}"' in main
    assert not re.search(r"\bnan\b|None|[{}]", main)


def year(row) -> int:
    "The year in the third cell of a row."
    return int(re.search(r"20\d\d", plain(row[2]))[0])


def test_every_row_of_an_indicator_is_a_row_of_the_edition():
    r = _country(EDITION, "en")
    names = dict(zip(EDITION.units.unit, EDITION.units.name_en))
    known = EDITION.readiness
    for fold in indicator_tables(r, EDITION):
        table = fold.blocks[0]
        measure = fold.anchor.removeprefix("i-").replace("-", "_")
        there = known[(known.measure == measure) & known.value.notna()]
        shown = [plain(row[0]).removesuffix(" (former)") for row in table.rows]
        assert 1 <= len(shown) <= len(there)
        assert set(shown) <= {names[u] for u in there.unit}
        assert len({plain(row[0]) for row in table.rows}) == len(table.rows)
        sign = 1 if measure.endswith("_rank") else -1
        order = [(-year(row), sign * float(plain(row[1]).replace(",", ""))) for row in table.rows]
        assert order == sorted(order)


def test_a_topic_nobody_measured_says_so_and_has_no_figure():
    table = _topics(_country(EDITION, "en"), EDITION)
    said = {plain(row[0]): (plain(row[1]), plain(row[2])) for row in table.rows}
    for topic in ("Shared databases", "Electricity for telecommunications", "Cloud computing"):
        words, provinces = said[topic]
        assert words.startswith("Not measured") and provinces == "–"
        assert not any(c.isdigit() for c in words)
    assert "86.97" in said["Digital payments"][0]


@pytest.mark.parametrize("unit", REGIONS)
def test_a_key_region_names_both_centres_and_all_members(unit):
    report = unit_report(EDITION, unit, "en")
    lines = [plain(line) for line in centre_lines(report)]
    assert len(lines) == 2
    assert all("not published, as far as we found" in line for line in lines)
    (table,) = members_table(report)
    members = EDITION.units["group"] == unit
    assert len(table.rows) == members.sum() and len(table.columns) == 7
    assert "What the members have" in markdown(readiness(report))


def test_the_line_on_a_page_repeats_the_table():
    told = 0
    spoken = EDITION.readiness.unit[EDITION.readiness.comparison.notna()]
    reported = EDITION.units.unit[EDITION.units.reported]
    for unit in [*reported[reported.isin(spoken)], *REGIONS[:1]]:
        report = unit_report(EDITION, unit, "en")
        words = plain(telling_facts(report).runs)
        assert words.endswith("All indicators, places and topics.")
        for fact in report.facts.itertuples():
            assert f"{fact.title}: " in words and f"{fact.comparison} the" in words
            assert (fact.value > fact.nation) == (fact.comparison == "above")
        told += len(report.facts)
    assert told >= 8


def test_an_indicator_is_chosen_from_a_list_or_by_the_address(page, tmp_path):
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if '<html lang="en"' in page:
        pytest.skip("the script is the same in both languages")
    if chromium is None:
        pytest.skip("no Chromium is installed: apt-get install chromium")
    file = tmp_path / "readiness.html"
    file.write_text(page, encoding="utf-8")
    shown = "#indicators details:visible table"
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page()
        tab.goto(file.as_uri())
        assert tab.locator(shown).count() == 1
        tab.locator("#indicator").select_option("i-dti")
        assert tab.locator("#i-dti table").is_visible() and tab.locator(shown).count() == 1
        assert tab.url.endswith("#i-dti")
        tab.goto(f"{file.as_uri()}#i-ebi")
        assert tab.locator("#i-ebi table").is_visible() and tab.locator(shown).count() == 1
        tab.locator("#indicator").select_option("")
        assert tab.locator("#indicators details:visible").count() > 20
        browser.close()
