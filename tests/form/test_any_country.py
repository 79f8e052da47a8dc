"""The package knows roles; what a country calls its levels and measures is in its collection.

Looked at are code, comments and docstrings of all parts, the English texts of the edition's schema,
and what the package says in its own catalogues. What may stay is listed with its reason.
"""

import json
import re
from pathlib import Path

import pytest
from notebooks import ROOT

from digitransform.core.messages import packaged_messages, packaged_sentences

PACKAGE = ROOT / "digitransform"
PARTS = ("core", "data", "measurement", "models", "evaluation", "policy", "edition")
PARTS += ("report", "publish")
FILES = sorted(path for part in PARTS for path in (PACKAGE / part).glob("*.py"))
OF_ONE_COUNTRY = re.compile(
    r"viet ?nam(?!ese)|hà nội|ha noi|bắc ninh|hcm|\bdong\b|đồng|_?vnd\b|\bgso\b|\bnso\b"
    r"|provinc|ministry|ministries|key.region|key econ|decree|name_vi|\"VN\"|\b(63|34)\b"
    r"|national statistics office|emarket",
    re.IGNORECASE,
)
MAY_STAY = {  # (file, what is found in the line): why
    ("data/geography.py", "What the country calls a level, as 'province'"): "an example",
    ("data/geography.py", "As in the table of units, e.g. 'province'"): "an example",
    ("data/geography.py", "The map on which it is meant, e.g. '63'"): "an example",
    ("data/panels.py", "country region state province place"): "what offices call a column",
    (
        "data/new_collection.py",
        "GSO|NSO",
    ): "what a new collection does not copy from the shipped one",
    ("report/language.py", "For example `Bắc Giang và Bắc Ninh`"): "an example",
    ("report/sections.py", "Places with what they add: `Hà Nội (+0.20)`"): "an example",
    ("report/page.py", "without codes such as `34 24`"): "an example",
    ("report/blocks.py", "application/vnd."): "a media type: vnd is vendor",
    ("report/results.py", "application/vnd."): "a media type: vnd is vendor",
    ("edition/store.py", "TP.HCM"): "an example of a spelling in the shipped collection",
    ("edition/example.py", "PLACES = ("): "the example edition is cut from the shipped collection",
    ("measurement/input_output.py", "Decree 94/2022"): "the reference for a method",
    ("measurement/digital_economy.py", "Decree 94/2022"): "the reference for a method",
}


def _lines(path: Path):
    "Lines of a module, without the marks of its cells."
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("# %%"):
            yield line


def _allowed(file: str, line: str) -> bool:
    return any(file == where and what in line for where, what in MAY_STAY)


@pytest.mark.parametrize("path", FILES, ids=[str(p.relative_to(PACKAGE)) for p in FILES])
def test_no_part_knows_a_country(path):
    file = path.relative_to(PACKAGE).as_posix()
    found = [line.strip() for line in _lines(path) if OF_ONE_COUNTRY.search(line)]
    assert [line for line in found if not _allowed(file, line)] == []


def test_the_schema_says_nothing_of_one_country_in_english():
    package = json.loads((PACKAGE / "edition" / "schema.json").read_text(encoding="utf-8"))
    fields = [f for table in package["resources"] for f in table["schema"]["fields"]]
    texts = [
        entry.get(key, "")
        for entry in [*package["resources"], *fields, *package["readings"]]
        for key in ("name", "title", "description", "unit")
    ]
    of_a_language = re.compile("_vi$|Vietnamese")  # a column for each language is declared by one
    found = [t for t in texts if OF_ONE_COUNTRY.search(t) and not of_a_language.search(t)]
    assert found == []


def test_the_schema_says_nothing_of_viet_nam_in_vietnamese():
    text = (PACKAGE / "edition" / "schema.json").read_text(encoding="utf-8")
    of_viet_nam = re.compile(
        r"\btỉnh\b|Cục Thống kê|tỷ đồng|của bộ\b|trọng điểm|sắp xếp", re.IGNORECASE
    )
    texts = re.findall(r'"(?:title|description)_vi": "([^"]*)"', text)
    assert len(texts) > 1000
    assert [text for text in texts if of_viet_nam.search(text)] == []


@pytest.mark.parametrize("where, what", MAY_STAY)
def test_what_may_stay_is_there(where, what):
    assert any(what in line for line in _lines(PACKAGE / where))


OF_A_PLACE = re.compile(
    rf"{OF_ONE_COUNTRY.pattern}|\bGRDP\b|\bMIC\b|January|socio-economic", re.IGNORECASE
)


def test_no_sentence_of_the_package_is_of_one_country():
    messages = {text for pair in packaged_messages().items() for text in pair}
    assert not [text for text in messages if OF_A_PLACE.search(text)]


def test_the_package_calls_no_place_by_the_words_of_viet_nam():
    of_viet_nam = re.compile(r"\btỉnh\b|Cục Thống kê|\bGRDP\b|tỷ đồng", re.IGNORECASE)
    texts = [text for sentence in packaged_sentences("vi") for text in sentence.texts]
    assert not [text for text in texts if of_viet_nam.search(text)]
