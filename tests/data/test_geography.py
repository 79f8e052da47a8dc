"Properties of the matrices of geography and of reconciliation, on countries nobody thought of."

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from digitransform.core.errors import DataError
from digitransform.data.geography import Geography, concordance, read_geography, summing_matrix
from digitransform.data.tables import read_package
from digitransform.edition.store import Edition
from digitransform.edition.summary import aliases
from digitransform.evaluation.reconciliation import shift_to_total

few = settings(max_examples=60, deadline=None)


@st.composite
def countries(draw):
    "A country of up to nine old provinces, merged at random into new ones, in up to three regions."
    n = draw(st.integers(1, 9))
    into = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    regions = draw(st.lists(st.integers(0, 2), min_size=4, max_size=4))
    key = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    rows = [dict(unit="X", map=None, level="country")]
    rows += [
        dict(unit=f"new-R{r}", map="new", level="region", parent="X")
        for r in sorted({regions[i] for i in into})
    ]
    rows += [dict(unit="old-K", map="old", level="group", parent="X")]
    rows += [
        dict(unit=f"new-{i}", map="new", level="place", parent=f"new-R{regions[i]}")
        for i in sorted(set(into))
    ]
    rows += [
        dict(
            unit=f"old-{j}",
            map="old",
            level="place",
            parent="X",
            group="old-K" if key[j] else None,
        )
        for j in range(n)
    ]
    units = pd.DataFrame(rows, columns=["unit", "map", "level", "parent", "group"]).set_index(
        "unit"
    )
    moves = pd.DataFrame(
        dict(
            from_unit=[f"old-{j}" for j in range(n)], to_unit=[f"new-{i}" for i in into], share=1.0
        )
    )
    return Geography(units, moves, {})


@few
@given(countries())
def test_the_concordance_partitions_the_old_map(geo):
    c = concordance(geo)
    assert (c.sum(axis=0) == 1).all() and ((c == 0) | (c == 1)).all().all()
    assert c.equals(summing_matrix(geo, c.index))


@few
@given(countries(), st.randoms(use_true_random=False))
def test_sums_over_provinces_regions_and_country_agree(geo, random):
    x = pd.Series({leaf: random.uniform(0.1, 100) for leaf in geo.leaves()})

    def at(level):
        return (summing_matrix(geo, [u for u in geo.reported if geo.role(u) == level]) @ x).sum()

    assert (
        np.isclose(at("country"), at("region"))
        and np.isclose(at("country"), at("place"))
        and np.isclose(at("country"), x.sum())
    )


@few
@given(countries(), st.randoms(use_true_random=False))
def test_a_weighted_share_lies_between_those_of_its_leaves(geo, random):
    w = pd.Series({leaf: random.uniform(0.1, 100) for leaf in geo.leaves()})
    share = pd.Series({leaf: random.uniform(1, 99) for leaf in geo.leaves()})
    units = [u for u in geo.reported if geo.leaves(u)]
    mean = summing_matrix(geo, units, weights=w) @ share
    for u in units:
        inside = share[geo.leaves(u)]
        assert inside.min() - 1e-9 <= mean[u] <= inside.max() + 1e-9


@few
@given(
    arrays(float, (5, 7), elements=st.floats(-6, 4)),
    arrays(float, (5, 7), elements=st.floats(0.05, 10)),
    arrays(float, 7, elements=st.floats(0.02, 0.8)),
    arrays(float, (5, 1), elements=st.floats(0.5, 2)),
)
def test_tilting_meets_any_total_and_never_leaves_the_bounds(z, size, share, give):
    weight = size / size.sum(axis=0)
    bent = shift_to_total(z, weight, share, give / give.mean() * np.ones_like(z))
    p = 1 / (1 + np.exp(-bent))
    assert (
        np.allclose((weight * p).sum(axis=0), share, atol=1e-9) and (p > 0).all() and (p < 1).all()
    )


@few
@given(arrays(float, (4, 3), elements=st.floats(-4, 2)))
def test_tilting_to_what_is_already_true_moves_nothing(z):
    weight = np.full(z.shape, 0.25)
    share = (weight / (1 + np.exp(-z))).sum(axis=0)
    assert np.allclose(shift_to_total(z, weight, share, np.ones_like(z)), z, atol=1e-6)


DATA = Path(__file__).resolve().parents[2] / "data"
SPELLINGS = {
    "34-24": [
        "tỉnh Bắc Ninh",
        "Bac Ninh Province",
        "BẮC NINH",
        "Bắc  Ninh",
        "bacninh",
        "T. Bắc Ninh",
    ],
    "34-92": ["Can Tho City", "City of Can Tho", "TP. Cần Thơ", "can tho city"],
    "34-79": ["TP. Hồ Chí Minh", "HCMC", "t.p. Hồ Chí Minh", "hochiminh", "Ho Chi Minh City"],
    "34-01": ["hanoi", "HÀ NỘI", "Hà Nội (TP)", "Thành phố Hà Nội"],
    "34-46": ["tỉnh Thừa Thiên Huế", "Hue City"],
}


@pytest.fixture(scope="module")
def geography():
    return read_geography(DATA)


@pytest.fixture(scope="module")
def titled(geography):
    "An edition that knows the titles of the country."
    units = geography.units.reset_index(names="unit").assign(
        reported=lambda u: u.unit.isin(geography.reported)
    )
    about = dict(locale=dict(titles=geography.titles))
    return Edition(about, dict(units=units, aliases=aliases(geography)))


@pytest.mark.parametrize("unit", SPELLINGS)
def test_a_title_and_a_blank_left_out_change_nothing(geography, titled, unit):
    for spelling in SPELLINGS[unit]:
        assert geography.resolve(spelling) == titled.resolve(spelling) == unit, spelling


def test_a_former_place_with_its_title_means_the_one_it_is_part_of(geography, titled):
    assert geography.resolve("tỉnh Bắc Giang") == "63-24"
    assert titled.resolve("tỉnh Bắc Giang") == titled.resolve("Bac Giang Province") == "34-24"


@pytest.mark.parametrize("town", ["thành phố Bắc Ninh", "Bac Ninh City", "phường Bắc Ninh"])
def test_a_town_in_a_province_is_not_the_province(geography, titled, town):
    for known in (geography, titled):
        with pytest.raises(DataError, match="the nearest valid value is 'Bắc Ninh'"):
            known.resolve(town)


def test_no_two_names_of_one_map_differ_only_in_blanks(geography):
    joined: dict[str, set[str]] = {}
    for name in geography.names:
        joined.setdefault(name.replace(" ", ""), set()).add(geography.resolve(name))
    assert not {name: units for name, units in joined.items() if len(units) > 1}


@pytest.mark.parametrize(
    "titles, told",
    [
        (["tỉnh"], "locale.titles.*not a table"),
        ({"provinc": ["tỉnh"]}, "no unit is of the type 'provinc'; the nearest .* 'province'"),
        ({"province": "tỉnh"}, "locale.titles.province.*'tỉnh' is not a list of words"),
        ({"province": ["?"]}, "is not a list of words"),
    ],
)
def test_titles_that_are_none_are_refused(titles, told):
    package = read_package(DATA)
    package = package | {"locale": package["locale"] | {"titles": titles}}
    with pytest.raises(DataError, match=told):
        read_geography(DATA, package)
