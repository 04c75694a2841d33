"""Where people stand in scenes."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from penumbra.core.errors import InputError
from penumbra.data.arranging import Arrangement, Figure, Layout, Place, arranged
from penumbra.data.persons import Cuts

WHOLE = Cuts(False, False, False, False)
SIZE = (300, 400)
LAYOUTS: list[Layout] = ["scene", "random"]


def standing(width: int = 50) -> Figure:
    """A person seen down to the feet."""
    return Figure(150, width, WHOLE, True)


def portrait(left: bool = False, right: bool = False) -> Figure:
    """A person seen from the chest up."""
    return Figure(120, 100, Cuts(False, True, left, right), False)


def spans(figures: list[Figure], places: tuple[Place, ...]) -> list[tuple[float, float]]:
    """Left and right end of each person, pixels."""
    halves = [place.scale * figure.width / 2 for figure, place in zip(figures, places, strict=True)]
    return [(place.x - half, place.x + half) for place, half in zip(places, halves, strict=True)]


@pytest.mark.parametrize("kind", ["standing", "portraits", "mixed"])
@pytest.mark.parametrize("seed", range(12))
def test_neighbours_share_no_more_than_allowed(kind: str, seed: int) -> None:
    """At most 40 % of the narrower one, whoever the two are; so feet have room between them."""
    rng = np.random.default_rng(seed)
    pool = {
        "standing": [standing(40), standing(70), standing(120)],
        "portraits": [portrait(), portrait(True), portrait(True, True)],
    }
    pool["mixed"] = pool["standing"] + pool["portraits"]
    figures = [pool[kind][int(rng.integers(len(pool[kind])))] for _ in range(seed % 5 + 2)]

    places, _ = arranged(figures, SIZE, Arrangement(), rng)

    for (a0, a1), (b0, b1) in combinations(spans(figures, places), 2):
        narrower = min(a1 - a0, b1 - b0)
        assert min(a1, b1) - max(a0, b0) <= 0.4 * narrower + 1e-6
        assert abs((a0 + a1) - (b0 + b1)) / 2 >= 0.6 * narrower - 1e-6


@pytest.mark.parametrize("seed", range(12))
def test_nobody_is_outside(seed: int) -> None:
    """Heads have headroom; only shoulders that were cut reach beyond the sides, by a tenth."""
    rng = np.random.default_rng(seed)
    figures = [standing(), portrait(True, True), standing(200), portrait(False, True)]

    places, _ = arranged(figures, SIZE, Arrangement(), rng)

    for figure, place, (x0, x1) in zip(figures, places, spans(figures, places), strict=True):
        reach = 0.1 * (x1 - x0) + 1e-6 if figure.cuts.bottom else 1e-6
        assert x0 >= -reach
        assert x1 <= SIZE[1] + reach
        assert place.foot - place.scale * figure.height >= 0.009 * SIZE[0]


def test_sizes_follow_the_depth() -> None:
    """Feet and sizes of people of the same stature, seen by one camera, lie on one line."""
    figures = [standing() for _ in range(4)]
    spread = []
    for seed in range(40):
        how = Arrangement(perspective=1.0, ground=(0.9, 0.9))
        places, order = arranged(figures, SIZE, how, np.random.default_rng(seed))
        feet = np.array([place.foot for place in places])
        sizes = np.array([place.scale for place in places])
        assert list(order) == np.argsort(feet).tolist()
        assert feet.max() == pytest.approx(0.9 * SIZE[0])
        slope = sizes / (feet - (0.9 - 0.75) * SIZE[0])  # horizon between 0.05 and 0.25
        spread.append(np.corrcoef(feet, sizes)[0, 1] if np.ptp(feet) > 60 else 1)
        assert slope.min() > 0
    assert np.mean(spread) > 0.9


def test_without_perspective_everybody_is_near() -> None:
    """One line of feet."""
    places, _ = arranged(
        [standing() for _ in range(3)], SIZE, Arrangement(perspective=0), np.random.default_rng(0)
    )

    assert len({place.foot for place in places}) == 1


def test_ground_lines_lie_in_their_range() -> None:
    """Three quarters of the height down, or farther."""
    feet = [
        arranged([standing()], SIZE, Arrangement(), np.random.default_rng(seed))[0][0].foot
        for seed in range(60)
    ]

    assert 0.75 * SIZE[0] <= min(feet) < 0.8 * SIZE[0]
    assert 0.95 * SIZE[0] < max(feet) <= SIZE[0]


def test_portraits_are_in_front_and_on_the_border() -> None:
    """Or a little below it."""
    figures = [portrait(), standing(), portrait()]
    for seed in range(10):
        places, order = arranged(figures, SIZE, Arrangement(), np.random.default_rng(seed))
        assert order[0] == 1
        assert all(SIZE[0] <= places[i].foot <= SIZE[0] + 0.03 * SIZE[0] for i in (0, 2))


def test_cut_shoulders_are_turned_outwards() -> None:
    """At the ends of a row they reach the border of the picture."""
    figures = [portrait(left=True), portrait(right=True)]
    for seed in range(20):
        places, _ = arranged(figures, SIZE, Arrangement(), np.random.default_rng(seed))
        (x0, _), (_, x1) = sorted(spans(figures, places))
        left, right = sorted((0, 1), key=lambda i: places[i].x)
        assert places[left].is_flipped == figures[left].cuts.right
        assert places[right].is_flipped == figures[right].cuts.left
        assert x0 <= 1e-6
        # As large as fits: either they span the picture, or the tallest has just headroom.
        tops = [it.foot - it.scale * 120 for it in places]
        assert x1 >= SIZE[1] - 1e-6
        assert min(tops) < 0.2 * SIZE[0]


def test_a_full_picture_makes_people_smaller() -> None:
    """Six wide people fit; with room they are larger."""
    wide = [standing(150) for _ in range(6)]
    few, _ = arranged(wide[:2], SIZE, Arrangement(), np.random.default_rng(0))
    many, _ = arranged(wide, SIZE, Arrangement(), np.random.default_rng(0))

    assert max(place.scale for place in many) < 0.7 * min(place.scale for place in few)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_everybody_shrinks_where_that_is_asked_for(layout: Layout) -> None:
    """To the half, or a little less where there was no headroom for the usual size."""
    how = Arrangement(layout=layout)

    usual, small = (
        arranged([standing(), standing()], SIZE, how, np.random.default_rng(0), shrink)[0]
        for shrink in (1.0, 0.5)
    )

    for one, other in zip(usual, small, strict=True):
        assert 0.5 <= other.scale / one.scale + 1e-9 < 0.6


def test_random_layouts_are_random() -> None:
    """Feet and sizes anywhere, portraits too, in any order."""
    figures = [portrait(), standing()]
    how = Arrangement(layout="random")
    draws = [arranged(figures, SIZE, how, np.random.default_rng(seed)) for seed in range(80)]

    feet = np.array([places[0].foot for places, _ in draws])
    tall = np.array([places[1].scale * 150 / SIZE[0] for places, _ in draws])
    assert feet.min() < 0.4 * SIZE[0] < SIZE[0] < feet.max()
    assert 0.3 <= tall.min() < 0.35
    assert 0.75 < tall.max() <= 0.8
    assert {order for _, order in draws} == {(0, 1), (1, 0)}


def test_flips_are_drawn() -> None:
    """Always, never."""
    for flips in (0.0, 1.0):
        for layout in LAYOUTS:
            how = Arrangement(layout=layout, flips=flips)
            places, _ = arranged([standing()] * 3, SIZE, how, np.random.default_rng(0))
            assert [place.is_flipped for place in places] == [flips == 1] * 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"layout": "heap"},
        {"ground": (0.9, 0.8)},
        {"perspective": -1.0},
        {"overlap": (0.0, 0.6)},
        {"flips": 2.0},
    ],
)
def test_nonsense_is_refused(wrong: dict[str, Any]) -> None:
    """Ranges the right way round and in bounds."""
    with pytest.raises(InputError, match=next(iter(wrong))):
        Arrangement(**wrong)
