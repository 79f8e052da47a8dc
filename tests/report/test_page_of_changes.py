"Why did my number move? What the page of changes says, for every case two editions can be in."

from types import SimpleNamespace

import pytest
from lxml import html
from pretended import pretended

from digitransform.report.changes_page import write_changes

DAYS = ("2025-10-01", "2026-10-01")
SETTINGS = dict(
    first_year="2019",
    last_year="2035",
    draws="2000",
    seed="2026",
    levels="(50, 80, 95)",
    update_day="6",
)
FILES = {"observations/digital_share.csv": "1" * 64, "observations/grdp.csv": "2" * 64}
VERSIONS = dict(digitransform="0.2.0", python="3.11", pandas="3.0", numpy="2.4")


def edition(day=DAYS[1], *, code="a" * 64, files=(), versions=(), settings=(), scale=1.0, more=0.0):
    "The pretended edition with a provenance."
    base = pretended()
    sums = dict(data=FILES | dict(files)) | (dict(code=code) if code else {})
    manifest = base.manifest | dict(
        id=day,
        as_of=day,
        checksums=sums,
        versions=VERSIONS | dict(versions),
        settings=SETTINGS | dict(as_of=day) | dict(settings),
    )
    places = {u: i for i, u in enumerate(base.units.unit)}
    quantiles = base.quantiles.assign(
        value=lambda t: t.value * scale + more * (t.unit.map(places) % 3 == 0)
    )
    tables = base.tables | dict(quantiles=quantiles)
    return SimpleNamespace(id=day, manifest=manifest, tables=tables, **tables)


def why(tmp_path, now, before, language, **more) -> str:
    "What stands on the page under the heading that asks why, up to the previous edition."
    page = html.parse(
        str(write_changes(now, before, tmp_path / f"{language}.html", language, **more))
    )
    return " ".join(
        p.text_content() for p in page.xpath("//h2[@id='why']/following-sibling::p[not(a)]")
    )


SAME = dict(en="so no number can have moved", vi="nên không con số nào có thể thay đổi")
FIGURES = dict(
    en="did so because figures are new, were revised or were corrected",
    vi="là do có số liệu mới, hoặc do số liệu được điều chỉnh hay đính chính",
)
METHOD = dict(en="did so because the method is different:", vi="là do phương pháp tính khác nhau:")
BOTH = dict(
    en="the tables do not tell these apart", vi="các bảng không tách riêng các nguyên nhân này"
)
UNKNOWN = dict(
    en="does not record the code it was computed with", vi="không lưu thông tin về mã chương trình"
)
CODE = dict(en="the code that computes the numbers", vi="mã chương trình tính toán")
VERDICTS = (SAME, FIGURES, METHOD, BOTH)
CASES = {  # the previous edition: (its verdict, what else must be said in both languages)
    "same": (dict(day=DAYS[1]), SAME, ()),
    "settings that move no number": (
        dict(day=DAYS[1], settings=dict(levels="(80,)", update_day="9")),
        SAME,
        (),
    ),
    "another label on the same code": (
        dict(day=DAYS[1], versions=dict(digitransform="0.1.0")),
        SAME,
        (),
    ),
    "date": (dict(day=DAYS[0]), FIGURES, ("2025", "2026")),
    "file": (
        dict(day=DAYS[1], files={"observations/grdp.csv": "3" * 64}),
        FIGURES,
        ("observations/grdp.csv",),
    ),
    "new file": (dict(day=DAYS[0], files={"targets.csv": "3" * 64}), FIGURES, ("targets.csv",)),
    "code": (
        dict(day=DAYS[1], code="b" * 64, versions=dict(digitransform="0.1.0")),
        METHOD,
        ("digitransform 0.1.0 → 0.2.0",),
    ),
    "library": (
        dict(day=DAYS[1], versions=dict(pandas="2.3", python="3.10")),
        METHOD,
        ("pandas 2.3 → 3.0; Python 3.10 → 3.11",),
    ),
    "seed": (dict(day=DAYS[1], settings=dict(seed="1")), METHOD, ("(1 → 2026)",)),
    "date and code": (dict(day=DAYS[0], code="b" * 64), BOTH, ("2025",)),
    "file and library": (
        dict(day=DAYS[1], files={"observations/grdp.csv": "3" * 64}, versions=dict(numpy="2.3")),
        BOTH,
        ("numpy 2.3 → 2.4", "observations/grdp.csv"),
    ),
    "date and setting": (
        dict(day=DAYS[0], settings=dict(first_year="2020")),
        BOTH,
        ("(2020 → 2019)",),
    ),
    "code not recorded": (dict(day=DAYS[0], code=None), BOTH, ()),
    "code not recorded, all else the same": (dict(day=DAYS[1], code=None), BOTH, ()),
}


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize("case", CASES)
def test_the_page_says_no_more_than_the_two_manifests_tell(tmp_path, case, language):
    made, verdict, facts = CASES[case]
    said = why(tmp_path, edition(), edition(**made), language)
    assert [v[language] for v in VERDICTS if v[language] in said] == [verdict[language]]
    assert all(fact in said for fact in facts), said
    assert (UNKNOWN[language] in said) == (not made.get("code", "a"))
    assert (CODE[language] in said) == (made.get("code", "a") == "b" * 64), (
        "code is named as a reason where it is known to be another"
    )


@pytest.mark.parametrize("language, number", [("en", "(500 → 2,000)"), ("vi", "(500 → 2.000)")])
def test_a_setting_is_named_in_words_with_both_values(tmp_path, language, number):
    said = why(tmp_path, edition(), edition(settings=dict(draws="500")), language)
    assert number in said and "draws" not in said


def test_an_edition_without_any_passport_leaves_the_question_open(tmp_path):
    bare = pretended()
    for now, before in ((edition(), bare), (bare, bare), (bare, edition())):
        said = why(tmp_path, now, before, "en")
        assert BOTH["en"] in said and UNKNOWN["en"] in said and "Data files" not in said


def test_the_first_edition_asks_nothing(tmp_path):
    page = write_changes(edition(), None, tmp_path / "changes.html", "en").read_text(
        encoding="utf-8"
    )
    assert 'id="why"' not in page


def test_a_file_name_cannot_break_out_of_the_page(tmp_path):
    page = write_changes(
        edition(files={"<b>.csv": "1"}), edition(), tmp_path / "changes.html", "en"
    ).read_text(encoding="utf-8")
    assert "<b>.csv" not in page and "&lt;b&gt;.csv" in page
