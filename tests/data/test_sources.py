"Every source has a title, a publisher with a name, and the producer of its figures."

import re
from urllib.parse import urlsplit

import pandas as pd
import pytest
from notebooks import ROOT

from digitransform.data.sources import cited, read_publishers, read_sources
from digitransform.data.tables import read_table

DATA = ROOT / "data"
SOURCES = read_sources(DATA)
PUBLISHERS = read_publishers(DATA)
CITED = cited(SOURCES, PUBLISHERS)
LETTERS = re.compile("[ăâđêôơưáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ]")


def hosts(url: str) -> str:
    return (urlsplit(url.split(" ; ")[0]).hostname or "").rstrip(".").removeprefix("www.")


def test_every_host_has_a_name_in_both_languages():
    assert set(SOURCES.url.dropna().map(hosts)) <= set(PUBLISHERS.index)
    assert not CITED.citation_vi.str.contains(r"\bPage (?:at|of)\b").any()


def test_a_producer_is_a_publisher_with_a_name():
    assert set(SOURCES.producer.dropna()) <= set(PUBLISHERS.index)


def test_no_title_is_only_a_host():
    assert not SOURCES.title.str.contains(r"^Page at|^[\w.-]+\.(?:vn|com|cn)$").any()
    known = SOURCES.title_basis != "publisher"
    assert known.sum() > 300 and (~known).sum() < 30


def test_vietnamese_titles_have_their_diacritics_and_ours_are_in_both_languages():
    vietnamese = SOURCES.title[SOURCES.language == "vi"].str.lower()
    assert vietnamese.map(lambda title: bool(LETTERS.search(title))).all()
    ours = SOURCES[SOURCES.title_basis.isin(["description", "publisher"])]
    assert ours.title_vi.notna().all() and SOURCES.title_vi.drop(ours.index).isna().all()


@pytest.mark.parametrize(
    "measure, producer", [("official", "nso.gov.vn"), ("ministry", "mic.gov.vn")]
)
def test_the_producer_is_the_one_the_measure_names(measure, producer):
    shares = read_table(DATA, "observations/digital_share")
    kinds = shares.assign(kind=shares.measure.str.split("_").str[0]).groupby("source").kind
    for source, kind in kinds.agg(set).items():
        if kind & {"official", "ministry"} == {measure} and source != "s0022":
            assert SOURCES.producer[source] == producer, source


def test_a_citation_names_the_producer_first_and_the_same_party_once():
    assert CITED.citation_en["s0007"].startswith("National Statistics Office, “")
    assert "as reported by" in CITED.citation_en["s0007"]
    assert CITED.citation_en["s0225"].count("National Statistics Office") == 1
    assert CITED[["citation_en", "citation_vi"]].notna().all().all()


def test_a_host_without_a_name_stands_for_itself():
    few = SOURCES.loc[["s0007"]].assign(url="https://www.unheard.example/a", producer=None)
    row = cited(few, PUBLISHERS).iloc[0]
    assert row.publisher_vi == "unheard.example" and pd.isna(row.publisher_kind)
