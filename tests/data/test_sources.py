"Every source has a title, a publisher with a name, and the producer of its figures."

import re
from urllib.parse import urlsplit

import pandas as pd
import pytest
from fictional import write_fictional
from notebooks import ROOT

from digitransform.core.errors import DataError
from digitransform.data.collection import collection
from digitransform.data.sources import cited, read_publishers, read_sources
from digitransform.data.tables import read_table
from digitransform.edition.edition import checked_information
from digitransform.publish.settings import Settings

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


def test_a_share_without_any_traceable_source_is_refused_by_source(tmp_path):
    "Figures of a source without an address are not used; where that is all there is, it is said."
    data = write_fictional(tmp_path / "c")
    path = data / "sources.csv"
    sources = pd.read_csv(path, dtype=str, keep_default_na=False)
    sources.assign(url="").to_csv(path, index=False)
    with pytest.raises(DataError) as told:
        checked_information(collection(data), Settings(data=data, first_year=2019))
    said = [str(fault) for fault in told.value.faults if fault.file == "sources.csv"]
    row = list(sources.source).index("s9002") + 2
    assert any(s.startswith(f"sources.csv, row {row}, column url: no address, so") for s in said)
