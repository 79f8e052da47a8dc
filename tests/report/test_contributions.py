"What moves the share: what pages say agrees with the table, and every way of saying it has words."

from dataclasses import replace

import pandas as pd
import pytest
from lxml import html

from digitransform.edition.example import example_edition
from digitransform.report.blocks import html as blocks_html
from digitransform.report.contributions_page import place_table, write_contributions
from digitransform.report.mergers_page import merger_table, write_mergers
from digitransform.report.sections import headline, moved_by
from digitransform.report.view import unit_report

EDITION = example_edition()


def with_contributions(**changes):
    table = EDITION.contributions.assign(**changes)
    return replace(EDITION, tables={**EDITION.tables, "contributions": table})


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_country_is_told_only_places_whose_sign_is_sure(language):
    said = moved_by(unit_report(EDITION, "VN", language))
    table = EDITION.contributions
    rows = table[(table.parent == "VN") & (table.by == "place") & (table.quantity == "share")]
    rows = rows[(rows.since == 2020) & (rows.term == "total") & (rows.part == "place")]
    names = EDITION.units.set_index("unit")[f"name_{language}"]
    for row in rows.itertuples():
        sure = row.positive >= 0.9 or row.positive <= 0.1
        assert (f"{names[row.unit]} (" in said) == sure, row.unit


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("positive", [0.5, 0.0])
def test_no_sure_place_and_only_falling_ones_have_words(language, positive):
    said = moved_by(unit_report(with_contributions(positive=positive), "VN", language))
    assert said and "{" not in said
    assert ("(" in said.split(")", 1)[1]) == (positive == 0.0)


def test_without_the_table_nothing_is_said():
    empty = replace(
        EDITION, tables={**EDITION.tables, "contributions": EDITION.contributions.iloc[:0]}
    )
    assert moved_by(unit_report(empty, "VN", "vi")) == ""
    assert place_table(empty, "VN", "place", (2020, 2025), "vi") is None


def test_a_merged_province_leads_to_its_row():
    text = blocks_html(headline(unit_report(EDITION, "34-24", "en")))
    assert "mergers.html#bac-ninh" in text
    capital = blocks_html(headline(unit_report(EDITION, "34-01", "en")))
    assert "mergers.html" not in capital


@pytest.mark.parametrize("language", ["vi", "en"])
def test_parts_of_grdp_are_a_hundred_and_the_error_is_the_difference(language):
    table = merger_table(EDITION, "34-24", language)
    number = [float(row[1][0].replace(",", ".")) for row in table.rows[:2]]
    assert abs(sum(number) - 100) < 0.11
    row = EDITION.mergers.set_index("unit").loc["34-24"]
    assert abs(row.simple - row.weighted - row.error) < 0.05


@pytest.mark.parametrize("write", [write_contributions, write_mergers])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_pages_are_whole_and_lead_only_to_what_is_there(tmp_path, write, language):
    absent = ("bac-ninh.html", "ha-noi.html")
    page = write(EDITION, tmp_path / "page.html", language, absent=absent)
    tree = html.fromstring(page.read_text(encoding="utf-8"))
    hrefs = {a.get("href").partition("#")[0] for a in tree.xpath("//main//a[@href]")}
    assert not hrefs & set(absent)
    assert tree.get("lang") == language
    ids = [e.get("id") for e in tree.xpath("//*[@id]")]
    assert len(ids) == len(set(ids))
    text = tree.xpath("//main")[0].text_content()
    assert " nan" not in text and "None" not in text and "{" not in text


def test_without_mergers_the_page_says_so(tmp_path):
    empty = replace(EDITION, tables={**EDITION.tables, "mergers": EDITION.mergers.iloc[:0]})
    page = write_mergers(empty, tmp_path / "mergers.html", "en").read_text(encoding="utf-8")
    assert "No province was formed by merging." in page


def test_without_exports_there_is_no_such_section(tmp_path):
    none = EDITION.export_sensitivity.iloc[:0]
    empty = replace(EDITION, tables={**EDITION.tables, "export_sensitivity": pd.DataFrame(none)})
    page = write_contributions(empty, tmp_path / "c.html", "en").read_text(encoding="utf-8")
    assert 'id="exports"' not in page and 'id="places"' in page
