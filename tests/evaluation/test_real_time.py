"""Looking back without looking ahead: later figures change no forecast of an earlier date."""

import json
import re
import shutil
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from fictional import write_fictional
from notebooks import ROOT, paths
from pretended import pretended

from digitransform.data.collection import collection
from digitransform.data.geography import read_geography
from digitransform.data.targets import read_targets
from digitransform.edition.edition import make_edition
from digitransform.evaluation import real_time
from digitransform.evaluation.accuracy import accuracy
from digitransform.evaluation.real_time import (
    SCORECARD_COLUMNS,
    averages,
    blind_tests,
    evaluation_pairs,
    real_time_forecast,
    releases,
    score_others,
    score_pairs,
    score_targets,
    scorecard,
    vintage_dates,
)
from digitransform.models.candidates import DEFAULT, candidates
from digitransform.models.contract import NoFit
from digitransform.models.forecast import KEYS, Forecast
from digitransform.models.priors import learn_priors, priors_as_of
from digitransform.publish.settings import Settings
from digitransform.report.blocks import markdown
from digitransform.report.methods_page import write_methods
from digitransform.report.sections import sections
from digitransform.report.track_record import track_record
from digitransform.report.view import unit_report

DATA = ROOT / "data"
DAY = date(2023, 12, 29)


@cache
def known(as_of="2026-11-22", folder=DATA):
    return collection(folder).as_of(as_of)


@cache
def line_up():
    return candidates(known(DAY))


def rules():
    return {n: line_up()[n] for n in ("naive", "drift")}


@cache
def card():
    return scorecard(known(), rules(), read_targets(DATA, known().geography), draws=200, seed=1)


def rewritten(info, day):
    "The same information, every figure of the share published after `day` changed wildly."
    o = info.observations
    later = (o.available_from > day) & (o.concept == "digital_share")
    return replace(info, observations=o.assign(value=o.value.where(~later, o.value / 2 + 1)))


@pytest.mark.parametrize("day", [DAY, date(2025, 1, 6)])
def test_later_figures_move_no_forecast_of_an_earlier_day(day):
    asked = dict(years=[2025], units=["VN", "34-24"], first_year=2019, draws=60, seed=3)
    chosen = {n: line_up()[n] for n in ("naive", "drift", "ets", "latent_share")}
    a, b = (
        real_time_forecast(i, day, chosen, **asked).draws
        for i in (known(), rewritten(known(), day))
    )
    pd.testing.assert_frame_equal(a, b)
    assert (
        known()
        .as_of("2026-11-22")
        .observations.value.ne(rewritten(known(), day).observations.value)
        .any()
    )


def edited(tmp_path, change):
    "A copy of the data in which `change` has rewritten the lines of the observed shares."
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    path = folder / "observations" / "digital_share.csv"
    path.write_text(
        "".join(
            change(line) for line in path.read_text(encoding="utf-8").splitlines(keepends=True)
        ),
        encoding="utf-8",
    )
    return folder


def test_later_revisions_teach_nothing_about_the_size_of_revisions(tmp_path):
    folder = edited(
        tmp_path,
        lambda line: line.replace(",12.87,s0005", ",19.87,s0005").replace(
            ",12.83,s0005", ",3.83,s0005"
        ),
    )
    assert learn_priors(known(None, folder)) != learn_priors(known(None))
    assert learn_priors(known(DAY, folder)) == learn_priors(known(DAY))
    assert candidates(known(DAY, folder)) == candidates(known(DAY))


def test_the_newest_date_changes_nothing():
    day = date(2026, 11, 22)
    assert (
        learn_priors(known(day))
        == learn_priors(known(None))
        == priors_as_of(learn_priors(known(None)), known(day))
    )
    assert candidates(known(day)) == candidates(known(None))


def test_the_panels_are_cut_where_a_day_could_not_have_seen_them():
    early = learn_priors(known(date(2019, 1, 1)))
    late = learn_priors(known(None))
    assert early.nation != late.nation and early.unit != late.unit
    assert early.revision == early.nation and early.later_revision == early.nation / 2, (
        "nothing had been revised"
    )


def test_a_target_is_not_known_before_it_was_stated():
    geography = read_geography(DATA)
    every = read_targets(DATA, geography)
    for day in (date(2019, 1, 1), DAY, date(2026, 11, 21), date(2026, 11, 22)):
        told = read_targets(DATA, geography, day)
        assert (told.available_from <= day).all() and set(told.target) == set(
            every.target[every.available_from <= day]
        )
    assert len(read_targets(DATA, geography, date(2026, 11, 22))) == len(every), (
        "the collection was made that day"
    )
    assert every.available_from[every.published.isna()].max() == date(2026, 11, 22)


def test_the_dates_of_documents_agree_with_their_titles():
    months = dict(zip("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), range(1, 13)))
    for t in read_targets(DATA, read_geography(DATA)).itertuples():
        said = re.search(r"\((?:(\d{1,2}) )?(\w{3}) (\d{4})\)", t.document)
        if not said:
            continue
        printed = "-".join(
            filter(None, [said[3], f"{months[said[2]]:02}", said[1] and f"{int(said[1]):02}"])
        )
        assert t.published == printed, (t.target, t.document, t.published)


# What is pairs


def test_questions_are_what_was_published_later():
    out = releases(known())
    for day in vintage_dates(known()):
        pairs = evaluation_pairs(known(), day)
        first = pairs[pairs.against == "first"]
        assert (first.published > day).all() and not first.duplicated(["unit", "year"]).any()
        later = out[out.available_from > day]
        assert set(zip(first.unit, first.year)) == set(zip(later.unit, later.year))
        newest = pairs[pairs.against == "newest"].set_index(["unit", "year"]).actual
        assert (
            newest
            == out.sort_values("available_from")
            .groupby(["unit", "year"])
            .value.last()
            .reindex(newest.index)
        ).all()


def test_kinds_of_questions():
    pairs = evaluation_pairs(known(), DAY).query("against == 'first'").set_index(["unit", "year"])
    assert pairs.kind["VN", 2023] == "revision" and pairs.actual["VN", 2023] == 12.87
    assert pairs.kind["VN", 2024] == "forecast" and pairs.horizon["VN", 2024] == 1
    assert pairs.kind["63-68", 2020] == "estimate" and pairs.kind["34-24", 2025] == "forecast"


def test_uncertain_figures_judge_nobody():
    o = known().select("digital_share", "official")
    doubtful = o[o.uncertain.astype(bool)]
    out = releases(known())
    assert len(doubtful) and not set(
        zip(doubtful.unit, doubtful.year, doubtful.available_from)
    ) & set(zip(out.unit, out.year, out.available_from))


def test_the_order_of_rows_is_irrelevant():
    mixed = replace(known(), observations=known().observations.sample(frac=1, random_state=4))
    pd.testing.assert_frame_equal(releases(mixed), releases(known()))
    pd.testing.assert_frame_equal(evaluation_pairs(mixed, DAY), evaluation_pairs(known(), DAY))


# How it is scored


def test_scores_are_those_of_accuracy():
    pairs = evaluation_pairs(known(), DAY).query(
        "unit == 'VN' and kind == 'forecast' and against == 'newest'"
    )
    said = real_time_forecast(known(), DAY, rules(), pairs.year, ["VN"], 2019, 300, 5)
    ours = averages(
        score_pairs(said, pairs).assign(as_of=DAY, concept="digital_share"), by=("model", "level")
    ).set_index(["model", "level"])
    theirs = (
        accuracy(said, pairs.set_index(["unit", "year"]).actual, ["mae", "crps", "coverage"])
        .set_index(["model", "measure", "level"])
        .value.sort_index()
    )
    for m in ("naive", "drift"):
        assert np.isclose(ours.error[m, 80], theirs[m, "mae"].item()) and np.isclose(
            ours.crps[m, 80], theirs[m, "crps"].item()
        )
        for level in (80, 95):
            assert np.isclose(100 * ours.covered[m, level], theirs[m, "coverage", level])


def test_averages_count_units_once_and_pair_with_the_benchmark():
    rows = [("a", 1, 1.0, 3.0), ("a", 2, 3.0, 3.0), ("b", 1, 6.0, 2.0)]
    table = pd.DataFrame(
        [
            dict(
                as_of=DAY,
                concept="c",
                unit=u,
                year=y,
                against="first",
                level=80,
                kind="forecast",
                covered=1.0,
                error=e,
                crps=e,
                model=m,
            )
            for u, y, mine, theirs in rows
            for m, e in (("mine", mine), ("drift", theirs))
        ]
    )
    table = table[~((table.model == "drift") & (table.unit == "a") & (table.year == 2))]
    mine = averages(table).set_index("model").loc["mine"]
    assert (mine.n, mine.outcomes, mine.units) == (3, 3, 2) and mine.crps == (2 + 6) / 2
    assert np.isclose(mine.gain, (2 - 4) / 2) and np.isclose(
        mine.gain_se, np.std([2, -4], ddof=1) / 2**0.5
    )


def test_a_target_is_a_point_of_its_own_territory():
    pairs = evaluation_pairs(known(), date(2025, 1, 6))
    rows = score_targets(known(), pairs, read_targets(DATA, known().geography), date(2025, 1, 6))
    rows = rows[(rows.level == 80) & (rows.against == "first")].set_index(["unit", "year"])
    assert (
        rows.error["VN", 2025] == pytest.approx(20 - 14.02)
        and rows.crps.equals(rows.error)
        and rows.covered.isna().all()
    )
    assert rows["median"]["34-01", 2025] == 30, "Hà Nội kept its territory"
    assert ("34-24", 2025) not in rows.index, "a target of Bắc Giang is none of Bắc Ninh"
    assert not (rows.kind == "revision").any()


def test_a_target_after_the_day_is_not_scored():
    pairs = evaluation_pairs(known(), DAY)
    vow = pd.DataFrame(
        dict(
            measure="digital_share",
            about=["VN"],
            year=[2025],
            low=[20.0],
            available_from=[date(2024, 1, 1)],
            uncertain=[False],
        )
    )
    assert (
        score_targets(known(), pairs, vow, DAY).empty
        and len(score_targets(known(), pairs, vow, date(2024, 1, 1))) == 4
    )


# The card


def test_the_card_is_complete():
    assert list(card()) == SCORECARD_COLUMNS and set(card().model) == {
        "naive",
        "drift",
        "target",
        "wider_ratio",
    }
    assert (
        sorted(card().as_of.unique()) == vintage_dates(known())
        and not card().duplicated(["as_of", "model", "unit", "year", "against", "level"]).any()
    )
    assert (card().published > card().as_of).all() and (card().error >= 0).all()


def test_specifications_may_depend_on_the_day():
    seen = []

    def of_the_day(then):
        seen.append(then.cutoff)
        return rules()

    a = scorecard(known(), of_the_day, dates=[DAY], draws=100, seed=1)
    pd.testing.assert_frame_equal(a, scorecard(known(), rules(), dates=[DAY], draws=100, seed=1))
    assert seen == [DAY]


def test_a_model_that_cannot_be_fitted_is_left_out():
    @dataclass(frozen=True)
    class Never:
        def fit(self, info):
            raise NoFit("not today")

    some = scorecard(known(), rules() | {"never": Never()}, dates=[DAY], draws=100, seed=1)
    pd.testing.assert_frame_equal(some, scorecard(known(), rules(), dates=[DAY], draws=100, seed=1))
    alone = scorecard(known(), {"never": Never()}, dates=[DAY])
    assert set(alone.model) <= {"target", "wider_ratio"}, "rules that need no fit"


def test_before_a_second_release_there_is_nothing_to_score():
    early = known().as_of("2023-09-30")
    assert (
        vintage_dates(early) == []
        and scorecard(early, rules()).empty
        and list(scorecard(early, rules())) == SCORECARD_COLUMNS
    )


# Others


def test_others_are_judged_by_later_figures_of_their_own_measure():
    market = known()
    rows = (
        score_others(market, "report")
        .query("level == 80 and against == 'newest'")
        .set_index(["as_of", "model"])
    )
    day = date(2022, 12, 31)
    assert rows["median"][day].to_dict() == pytest.approx(
        dict(report=50, naive=23, drift=23 + 3 * 20 / 7, growth=23 * (23 / 3) ** (3 / 7))
    )
    assert (rows.actual == 39).all() and len(rows) == 24
    assert score_others(known("2024-12-31"), "report").empty, "2025 had not been reported"


# In an edition, on the pages


@pytest.fixture(scope="module")
def country(tmp_path_factory):
    folder = write_fictional(tmp_path_factory.mktemp("country") / "data")
    path = folder / "targets.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    column = lines[0].split(",").index("published")

    def dated(line):
        cells = line.split(",")
        cells[column] = {"rt-2025": "2021", "rt-2030": "2026-03"}.get(cells[0], "")
        return ",".join(cells)

    path.write_text("\n".join([lines[0], *map(dated, lines[1:])]) + "\n", encoding="utf-8")
    return folder


def edition_of(folder, day):
    return make_edition(
        collection(folder),
        Settings(data=folder, as_of=date.fromisoformat(day), draws=100, last_year=2031),
    )


@pytest.fixture(scope="module")
def edition(country):
    return edition_of(country, "2026-11-22")


def test_every_edition_carries_its_scorecard(edition):
    table = edition.scorecard
    nation = table[
        (table.unit == "RT") & (table.kind == "forecast") & (table.concept == "digital_share")
    ]
    assert list(table) == SCORECARD_COLUMNS
    assert {edition.manifest["default_model"], "naive", "drift", "target"} <= set(nation.model)
    assert nation.as_of.nunique() == 5
    assert nation[nation.model == DEFAULT].year.nunique() == 5
    assert edition.manifest["targets_undated"] == 0


def test_an_earlier_edition_shows_no_target_and_no_figure_of_later(country):
    early = edition_of(country, "2025-06-30")
    assert (
        early.targets.target.tolist() == ["rt-2025"]
        and set(early.attainment.target) == {"rt-2025"}
        and early.targets_other.empty
    )
    assert early.manifest["targets_undated"] == 3
    assert (
        early.scorecard.published <= date(2025, 6, 30)
    ).all() and early.evidence.published.dropna().max() < "2025-07"


def test_the_scorecard_survives_saving(edition, tmp_path):
    again = type(edition).load(edition.save(tmp_path / "edition")).scorecard
    pd.testing.assert_frame_equal(again, edition.scorecard, check_dtype=False)
    assert track_record(edition, "vi") == track_record(
        SimpleNamespace(
            tables=dict(scorecard=again),
            scorecard_means=edition.scorecard_means,
            units=edition.units,
            manifest=edition.manifest,
        ),
        "vi",
    )


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_page_of_methods_tells_the_record(edition, language, tmp_path):
    shown = track_record(edition, language)
    nation = edition.scorecard[
        (edition.scorecard.unit == "RT") & (edition.scorecard.kind == "forecast")
    ]
    own = nation[(nation.model == DEFAULT) & (nation.level == 80) & (nation.against == "first")]
    assert (
        len(shown.cases) == len(own) and sum(c["inside"] for c in shown.cases) == own.covered.sum()
    )
    page = write_methods(edition, tmp_path / "methods.html", language).read_text(encoding="utf-8")
    part = page[page.index('id="record"') : page.index("</main>")]
    assert part.count("<tr>") == len(own) + 1 and all(
        len(c) == len(shown.header) for c in shown.cases
    )
    assert not re.search(r"\bnan\b|\bNone\b|\{\w+\}", part)


def test_an_edition_without_a_scorecard_has_no_record(tmp_path):
    assert track_record(pretended(), "en") is None
    page = write_methods(pretended(), tmp_path / "methods.html", "en").read_text(encoding="utf-8")
    assert 'id="record"' not in page


def test_a_place_shows_what_would_have_been_said_of_it(edition):
    with_figure = unit_report(edition, "3-02", "en")
    assert with_figure.scored.year.tolist() == [2025] and with_figure.scored.as_of.tolist() == [
        date(2025, 1, 6)
    ]
    told = next(markdown(s) for s in sections(with_figure) if s.anchor == "forecast")
    assert "With data published up to 6 January 2025" in told and told.count("Published later") == 1
    nation = next(
        markdown(s) for s in sections(unit_report(edition, "RT", "vi")) if s.anchor == "forecast"
    )
    assert nation.count("Số công bố sau đó") == len(unit_report(edition, "RT", "vi").scored) == 5
    nobody = unit_report(edition, "3-04", "en")
    assert nobody.scored.empty and "Backtest" not in next(
        markdown(s) for s in sections(nobody) if s.anchor == "forecast"
    )


def test_the_studies_are_run_as_tests():
    studies = [p for p in paths() if p.parent.name == "studies"]
    assert studies and all(json.loads(p.read_text(encoding="utf-8"))["cells"] for p in studies)


def test_first_figures_and_shares_are_judged_by_their_own_outcomes():
    table = card()
    judged = table[["kind", "against", "quantity"]].drop_duplicates()
    first = judged[judged.quantity == "first_figure"]
    assert set(first.against) == {"first"} and "revision" not in set(first.kind)
    assert set(judged[judged.against == "newest"].quantity) == {"share"}


def test_rules_forecast_first_figure_and_share_alike():
    asked = dict(years=[2025], units=["VN"], first_year=2019, draws=100, seed=3)
    share, first = (
        real_time_forecast(known(), DAY, rules(), quantity=quantity, **asked).draws
        for quantity in ("share", "first_figure")
    )
    pd.testing.assert_frame_equal(share, first)


def test_the_one_line_rule_is_scored_for_provinces_only():
    rule = card().query("model == 'wider_ratio'")
    assert len(rule) and "VN" not in set(rule.unit) and rule.covered.isna().all()
    phu_tho = rule[(rule.unit == "34-25") & (rule.level == 80)]
    assert phu_tho["median"].between(12, 16).all()


def test_a_blind_test_is_the_first_official_figure_of_a_territory():
    tests = blind_tests(known(), card(), "drift")
    assert tests.unit.is_unique and set(tests.unit) >= {"34-25", "34-24", "63-68"}
    assert not {"34-79", "34-31", "VN"} & set(tests.unit), "something official was known before"
    assert (tests.as_of < tests.published).all()
    assert tests.missed.isin([0, 1]).all() and not (tests.missed.eq(1) & tests.inside.eq(1)).any()


def test_a_point_is_scored_as_a_forecast_with_a_single_draw():
    said = {("u", 2025): 15.5, ("v", 2025): 9.0}
    rows = [("u", 2025, "first", 14.0), ("v", 2025, "newest", 9.5), ("u", 2025, "newest", 15.0)]
    rows += [("w", 2025, "first", 1.0)]
    pairs = pd.DataFrame(rows, columns=["unit", "year", "against", "actual"])
    index = pd.MultiIndex.from_tuples([("rule", 2025, u, y) for u, y in said], names=KEYS)
    single = Forecast(pd.DataFrame([[value] for value in said.values()], index=index))
    theirs = score_pairs(single, pairs).sort_values("level", kind="stable", ignore_index=True)
    ours = real_time._score_points(pairs, "rule", said)
    shared = ["unit", "year", "against", "model", "level", "median", "error", "crps"]
    pd.testing.assert_frame_equal(ours[shared], theirs[shared])
    assert ours[["lower", "upper", "covered"]].isna().all(axis=None)


def rewritten_table(path, change):
    "Write a table again, its rows changed."
    rows = change(pd.read_csv(path, dtype=str, keep_default_na=False))
    rows.to_csv(path, index=False)


def without_days(rows):
    "No day of publication, and the country's figures again for one of its regions."
    rows = rows.assign(published="")
    rows = rows.drop_duplicates(["unit", "map", "year", "period", "measure", "source"])
    again = rows[(rows.unit == "Ruritania") & (rows.measure == "official")]
    return pd.concat([rows, again.assign(unit="Nordland", map="3")])


def late(rows):
    "GDP from 2016 on, and no day of publication."
    return rows[rows.year.astype(int) >= 2016].assign(published="")


def test_a_day_on_which_too_little_was_known_is_a_day_without_a_score(tmp_path):
    "A country that types no day of publication, and whose GDP begins late."
    data = write_fictional(tmp_path / "c")
    rewritten_table(data / "observations/digital_share.csv", without_days)
    rewritten_table(data / "observations/gdp.csv", late)
    info = collection(data).as_of("2026-11-22")
    model = replace(candidates(info)[DEFAULT], sets=32)
    days = vintage_dates(info)
    found = scorecard(info, {DEFAULT: model}, draws=60, seed=1)
    region = found[(found.unit == "3-NO") & (found.model == DEFAULT)]
    assert max(days) in set(region.as_of)
    assert min(days) not in set(region.as_of)
