"What differs between two editions, for all places of the made-up edition."

import numpy as np
import pytest
from pretended import pretended

from digitransform.edition.changes import lead_goals, moved, new_figures
from digitransform.edition.summary import PRECISION


def edition(scale=1.0, more=0.0):
    "The made-up edition, its shares times `scale` and, for every third place, plus `more` points."
    made = pretended()
    places = {u: i for i, u in enumerate(made.units.unit)}
    third = made.quantiles.unit.map(places) % 3 == 0
    made.quantiles = made.quantiles.assign(value=made.quantiles.value * scale + more * third)
    return made


def with_share(made, unit, value):
    "`made` with another median of one place in 2030."
    q = made.quantiles
    asked = (q.unit == unit) & (q.year == 2030) & (q.quantity == "share") & (q.probability == 0.5)
    made.quantiles = q.assign(value=q.value.mask(asked, value))
    return made


def test_nothing_moves_between_an_edition_and_itself():
    moves = moved(edition(), edition())
    assert len(moves) == 45
    assert (moves.ahead_move == 0).all() and (moves.now_move == 0).all()
    assert moves.probability.equals(moves.probability_before)
    assert new_figures(edition(), edition()).empty


def test_moves_are_whole_steps_of_printing_and_near_to_the_exact_ones():
    moves = moved(edition(more=1.3), edition(scale=0.97))
    for year, step in (("now", moves.precision), ("ahead", moves.forecast_precision)):
        steps = moves[f"{year}_move"] / step
        assert np.abs(steps - steps.round()).max() < 1e-6
        exact = moves[year] - moves[f"{year}_before"]
        assert (np.abs(moves[f"{year}_move"] - exact) <= step / 2 + 1e-9).all()
        zeros = moves[f"{year}_move"] == 0
        assert not np.signbit(moves[f"{year}_move"][zeros]).any(), "no −0"
    assert moves.ahead_move.abs().is_monotonic_decreasing


@pytest.mark.parametrize("before, now, printed", [(10, 11.45, 1), (10, 10.4, 0), (10, 8.6, -1)])
def test_the_move_is_rounded_and_not_a_difference_of_rounded_numbers(before, now, printed):
    moves = moved(edition(), edition())
    unit = moves.unit[moves.precision == PRECISION["model"].share].iloc[0]
    moves = moved(with_share(edition(), unit, now), with_share(edition(), unit, before))
    assert moves.set_index("unit").ahead_move[unit] == printed


def test_a_place_that_one_edition_lacks_is_left_out():
    short = edition()
    short.quantiles = short.quantiles[short.quantiles.unit != "34-24"]
    assert "34-24" not in set(moved(edition(), short).unit)


def test_the_coarser_precision_of_the_two_counts():
    before = edition()
    before.units = before.units.assign(
        precision=before.units.precision.mask(before.units.unit == "VN", 1.0)
    )
    assert moved(edition(), before).set_index("unit").precision["VN"] == 1.0


def test_a_probability_is_compared_only_for_the_same_goal():
    before = edition()
    goal = lead_goals(before).target["VN"]
    other = before.targets.low.mask(before.targets.target == goal, 31.0)
    before.targets = before.targets.assign(low=other)
    moves = moved(edition(), before).set_index("unit")
    assert np.isnan(moves.probability["VN"]) and np.isnan(moves.probability_before["VN"])
    assert moves.probability.notna().sum() > 5


def test_a_figure_that_was_revised_has_its_value_before():
    before = edition()
    e = before.evidence
    asked = e.index[(e.unit == "34-24") & (e.measure == "official")]
    before.evidence = e.assign(value=e.value.mask(e.index.isin(asked), 40.0))
    found = new_figures(edition(), before)
    assert found.before.tolist() == [40.0] * len(found) and set(found.unit) == {"34-24"}
