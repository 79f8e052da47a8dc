"Why did my number move? What the page of changes, the manifest and the command line say of it, for every case that two editions can be in."

import copy
import itertools
import json
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from fictional import write_fictional
from lxml import html
from pretended import pretended

from digitransform.core.errors import DataError
from digitransform.data.collection import read_collection
from digitransform.edition.edition import _manifest
from digitransform.edition.provenance import edition_fingerprint, provenance, provenance_diff
from digitransform.edition.store import Edition
from digitransform.publish.settings import Settings
from digitransform.publish.staleness import why_new_edition
from digitransform.report.comparison import moved, reasons, split_moves, write_changes

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
    "The pretended edition with a passport, its shares times `scale` and, for every third place, plus `more` points."
    base = pretended()
    sums = dict(data=FILES | dict(files)) | (dict(code=code) if code else {})
    manifest = base.manifest | dict(
        id=day,
        information_date=day,
        checksums=sums,
        versions=VERSIONS | dict(versions),
        settings=SETTINGS | dict(information_date=day) | dict(settings),
    )
    places = {u: i for i, u in enumerate(base.units.unit)}
    quantiles = base.quantiles.assign(
        value=lambda t: t.value * scale + more * (t.unit.map(places) % 3 == 0)
    )
    tables = base.tables | dict(quantiles=quantiles)
    return SimpleNamespace(id=day, manifest=manifest, tables=tables, **tables)


def why(tmp_path, now, before, language, **more) -> str:
    "What stands on the page under the heading that asks why, up to the link to the previous edition."
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
REPLAYED = dict(
    en="computed once more with today's method", vi="được tính lại bằng phương pháp hiện nay"
)
CODE = dict(en="the code that computes the numbers", vi="mã chương trình tính toán")
VERDICTS = (SAME, FIGURES, METHOD, BOTH, REPLAYED)
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


# Three editions tell method and figures apart

BEFORE = edition(DAYS[0], code="b" * 64, scale=0.97)
REPLAY = edition(DAYS[0])
NOW = edition(more=1.3)


def test_the_parts_add_up_to_the_move_as_printed_and_each_is_near_its_own():
    t = split_moves(NOW, REPLAY, BEFORE)
    assert t[["unit", "ahead_move", "now_move"]].equals(
        moved(NOW, BEFORE)[["unit", "ahead_move", "now_move"]]
    )
    third = moved(REPLAY, BEFORE).set_index("unit").loc[t.unit]
    for year in ("now", "ahead"):
        move = t[f"{year}_move"]
        method = t[f"{year}_method"]
        data = t[f"{year}_data"]
        steps = np.array([move, method, data]) / t.step.to_numpy()
        assert np.abs(steps - steps.round()).max() < 1e-6, "in steps of printing"
        assert np.array_equal(steps[0].round(), steps[1].round() + steps[2].round())
        exact = third[year].to_numpy() - third[f"{year}_before"].to_numpy()
        assert (np.abs(method - exact) <= 0.75 * t.step + 1e-9).all() and (
            np.abs(data - (t[year] - t[f"{year}_before"] - exact)) <= 0.75 * t.step + 1e-9
        ).all()
        assert method.max() > 0.4 and data.max() > 1 and (data == 0).sum() > 10, (
            "both parts are there, and most places have no new figure"
        )
        assert not any(((part == 0) & np.signbit(part)).any() for part in (method, data)), "no −0"


def with_share(made, unit, value):
    "`made` with another median of one place in 2030."
    q = made.quantiles
    made.quantiles = q.assign(
        value=q.value.mask(
            (q.unit == unit) & (q.year == 2030) & (q.quantity == "share") & (q.probability == 0.5),
            value,
        )
    )
    return made


@pytest.mark.parametrize(
    "before, third, now, printed",
    [
        (10, 10.5, 11.45, (1, 0, 1)),
        (10, 10.95, 11.45, (1, 1, 0)),
        (10, 10.4, 10.9, (1, 0, 1)),
        (10, 8.6, 10.3, (0, -2, 2)),
        (10, 10.3, 10.3, (0, 0, 0)),
    ],
)
def test_what_rounding_leaves_over_goes_where_it_distorts_least(before, third, now, printed):
    unit = next(r.unit for r in moved(NOW, BEFORE).itertuples() if r.step == 1)
    t = split_moves(
        with_share(edition(), unit, now),
        with_share(edition(DAYS[0]), unit, third),
        with_share(edition(DAYS[0], code="b" * 64), unit, before),
    ).set_index("unit")
    assert tuple(t.loc[unit, ["ahead_move", "ahead_method", "ahead_data"]]) == printed


def test_an_improvement_and_a_figure_that_cancel_are_both_shown():
    t = split_moves(edition(), edition(DAYS[0], scale=1.1), edition(DAYS[0], code="b" * 64))
    assert (
        (t.ahead_move == 0).all()
        and (t.ahead_method > 0).any()
        and (t.ahead_data == -t.ahead_method).all()
    )


def test_a_place_that_the_third_edition_lacks_is_left_open():
    short = edition(DAYS[0])
    short.quantiles = short.quantiles[short.quantiles.unit != "34-24"]
    t = split_moves(NOW, short, BEFORE).set_index("unit")
    assert (
        t.loc["34-24", ["ahead_method", "ahead_data", "now_method", "now_data"]].isna().all()
        and t.ahead_move.notna().all()
        and t.ahead_method.notna().sum() == len(t) - 1
    )


@pytest.mark.parametrize(
    "third, sentence",
    [
        (
            edition(),
            "has another information date than the previous edition; the nearest valid value is '2025-10-01'.",
        ),
        (edition(DAYS[0], code="b" * 64), "was not computed like the new one; it differs in code."),
        (edition(DAYS[0], versions=dict(pandas="2.3")), "it differs in pandas."),
        (edition(DAYS[0], settings=dict(seed="1")), "it differs in seed."),
        (
            edition(DAYS[0], files={"observations/grdp.csv": "3" * 64}),
            "it differs in observations/grdp.csv.",
        ),
        (edition(DAYS[0], code=None), "it differs in code."),
    ],
)
def test_another_edition_is_not_taken_for_the_third(third, sentence):
    with pytest.raises(DataError, match=re.escape(sentence)):
        split_moves(NOW, third, BEFORE)


@pytest.mark.parametrize("language", ["en", "vi"])
def test_the_page_with_a_third_edition(tmp_path, language):
    said = why(tmp_path, NOW, BEFORE, language, replayed=REPLAY)
    assert [v[language] for v in VERDICTS if v[language] in said] == [REPLAYED[language]] and CODE[
        language
    ] in said
    table = html.parse(str(tmp_path / f"{language}.html")).xpath("//section[@id='split']//table")[0]
    assert len(table.xpath(".//thead//th")) == 7

    def value(text):
        return float(text.replace(",", ".").replace("−", "-"))

    rows = [
        [value(cell.text_content()) for cell in row.xpath("td")]
        for row in table.xpath(".//tbody/tr")
    ]
    assert len(rows) == 45 and all(
        abs(r[0] - r[1] - r[2]) < 1e-9 and abs(r[3] - r[4] - r[5]) < 1e-9 for r in rows
    )


LATE = dict(
    en="entered there only later, counts with the method",
    vi="thì được tính vào phần do phương pháp",
)


@pytest.mark.parametrize("language", ["en", "vi"])
def test_what_was_entered_late_is_said_to_count_with_the_method(tmp_path, language):
    before = edition(DAYS[0], code="b" * 64, scale=0.97, files={"observations/grdp.csv": "3" * 64})
    assert LATE[language] in why(tmp_path, NOW, before, language, replayed=REPLAY)
    assert LATE[language] not in why(tmp_path, NOW, BEFORE, language, replayed=REPLAY)
    assert LATE[language] not in why(tmp_path, NOW, before, language)


def test_where_two_editions_tell_the_reason_the_third_is_not_needed(tmp_path):
    same_method = edition(DAYS[0], scale=0.97)
    assert FIGURES["en"] in why(
        tmp_path, NOW, same_method, "en", replayed=REPLAY
    ) and 'id="split"' not in (tmp_path / "en.html").read_text(encoding="utf-8")


# The passport in the manifest


@pytest.fixture(scope="module")
def ruritania(tmp_path_factory):
    return Settings(data=write_fictional(tmp_path_factory.mktemp("data")), draws=50)


def test_the_manifest_carries_the_passport_and_keeps_it_on_disk(ruritania, tmp_path):
    made = Edition(
        _manifest(read_collection(ruritania.data), ruritania), dict(gap=pretended().gap)
    )  # as `make_edition` does, without the forecasts
    code = made.manifest["checksums"]["code"]
    assert re.fullmatch("[0-9a-f]{64}", code) and code == provenance(ruritania)["checksums"]["code"]
    assert not any(
        provenance_diff(
            Edition.load(made.save(tmp_path / "edition")).manifest, provenance(ruritania)
        ).values()
    )
    assert why_new_edition(made.manifest, ruritania) == [] and made.manifest[
        "key"
    ] == edition_fingerprint(ruritania)


def test_every_part_of_the_passport_is_part_of_the_key(ruritania, monkeypatch):
    from digitransform.edition import provenance as module

    key = edition_fingerprint(ruritania)
    assert (
        len(
            {
                key,
                *(
                    edition_fingerprint(replace(ruritania, **{k: v}))
                    for k, v in dict(
                        seed=1,
                        draws=51,
                        first_year=2021,
                        last_year=2040,
                        levels=(80,),
                        update_day=9,
                    ).items()
                ),
            }
        )
        == 7
    )
    modules = module.computing_modules()
    versions = module._versions()
    for name, found in (
        ("computing_modules", modules | {"edition.edition": "0" * 64}),
        ("_versions", versions | dict(pandas="2.3")),
    ):
        with monkeypatch.context() as m:
            m.setattr(module, name, lambda found=found: found)
            assert edition_fingerprint(ruritania) != key, name
    share = ruritania.data / "observations" / "digital_share.csv"
    text = share.read_bytes()
    try:
        share.write_bytes(text + b"\n")
        assert edition_fingerprint(ruritania) != key
    finally:
        share.write_bytes(text)
    assert edition_fingerprint(ruritania) == key


def stale(settings, change=None, **more):
    manifest = json.loads(json.dumps(dict(key="another", **provenance(settings)) | more))
    if change:
        change(manifest)
    return why_new_edition(manifest, settings)


def test_the_command_line_names_what_is_another(ruritania):
    now = provenance(ruritania)["versions"]
    assert stale(ruritania, lambda m: m["checksums"].update(code="0" * 64)) == [
        "the code that computes it changed"
    ]
    assert stale(ruritania, lambda m: m["versions"].update(pandas="2.3")) == [
        f"pandas 2.3 → {now['pandas']}"
    ]
    assert stale(ruritania, lambda m: m["settings"].update(draws="7")) == ["draws: 7 → 50"]

    def all_of_it(m):
        m["checksums"]["code"] = "0" * 64
        m["versions"]["numpy"] = "1.0"
        m["settings"]["seed"] = "1"
        m["checksums"]["data"] |= {"gone.csv": "1", "targets.csv": "1"}
        del m["checksums"]["data"]["sources.csv"]

    assert stale(ruritania, all_of_it) == [
        "gone.csv is gone",
        "sources.csv is new",
        "targets.csv changed",
        "seed: 1 → 2026",
        f"numpy 1.0 → {now['numpy']}",
        "the code that computes it changed",
    ]


def test_an_edition_saved_before_the_code_was_recorded_is_told_cautiously(ruritania):
    def forget(m):
        return m["checksums"].pop("code")

    assert stale(ruritania, forget) == ["the code that computes it, or a library, changed"]
    assert stale(
        ruritania, lambda m: (forget(m), m["checksums"]["data"].update({"targets.csv": "1"}))
    ) == ["targets.csv changed"]
    assert stale(ruritania) == ["the code that computes it, or a library, changed"], (
        "a key of other parts"
    )


def test_two_manifests_differ_alike_from_either_side():
    parts = [
        dict(code=None),
        dict(code="b" * 64),
        dict(files={"new.csv": "1"}),
        dict(settings=dict(seed="1")),
        dict(versions=dict(scipy="1")),
    ]
    for a, b in itertools.combinations([edition(**p).manifest for p in parts], 2):
        kept = copy.deepcopy((a, b))
        there = provenance_diff(a, b)
        back = provenance_diff(b, a)
        assert {p: {k: v[::-1] for k, v in d.items()} for p, d in there.items()} == back and (
            a,
            b,
        ) == kept
    assert reasons(edition(), edition()) == dict(files=[], dates=(), method={}, recorded=True)
