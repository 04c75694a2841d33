"""Scribbles that lie in an area."""

import numpy as np
import pytest

from penumbra.core.arrays import Mask
from penumbra.data.strokes import scribble_in


def disc(radius: float, size: int = 80) -> Mask:
    """A disc in the middle, (size, size)."""
    rows, cols = np.indices((size, size)) + 0.5
    return np.hypot(rows - size / 2, cols - size / 2) <= radius


def on(area: Mask, points: tuple[tuple[float, float], ...]) -> list[bool]:
    """Whether each point lies in an area."""
    return [bool(area[int(y), int(x)]) for x, y in points]


@pytest.mark.parametrize("seed", range(10))
def test_brushes_stay_inside_where_there_is_room(seed: int) -> None:
    """Not a painted pixel is outside."""
    area = disc(20)

    scribble = scribble_in(area, 7, True, np.random.default_rng(seed))

    painted = scribble.mask(80, 80)
    assert painted.sum() > 7 * 7
    assert not (painted & ~area).any()


@pytest.mark.parametrize("seed", range(10))
def test_curves_that_would_leave_are_cut(seed: int) -> None:
    """In a thin ring nearly all do."""
    ring = disc(38) & ~disc(35)

    scribble = scribble_in(ring, 5, False, np.random.default_rng(seed))

    assert all(on(ring, scribble.points))
    assert not scribble.is_foreground


def test_curves_are_quadratic() -> None:
    """All their points fit one parabola in a parameter: third differences vanish along it."""
    scribble = scribble_in(disc(35), 3, True, np.random.default_rng(1))

    points = np.array(scribble.points)
    steps = np.linspace(0, 1, len(points))
    for values in points.T:
        fit = np.polynomial.Polynomial.fit(steps, values, 2)
        assert np.abs(fit(steps) - values).max() < 0.25  # samples are picked to whole steps


def test_the_longest_of_five_is_kept() -> None:
    """Longer on average, by 1.2 deviations of 13 in 44 pixels, than single curves drawn here."""
    rows, cols = np.nonzero(disc(35))
    rng = np.random.default_rng(5)
    t = np.linspace(0, 1, 200)[:, None]
    single = []
    for _ in range(60):
        i = rng.integers(len(rows), size=3)
        a, b, c = np.stack([cols[i], rows[i]], axis=1)
        curve = (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c
        single.append(np.hypot(*np.diff(curve, axis=0).T).sum())

    kept = []
    for seed in range(60):
        points = np.array(scribble_in(disc(35), 1, True, np.random.default_rng(seed)).points)
        kept.append(np.hypot(*np.diff(points, axis=0).T).sum())

    assert np.mean(kept) > 1.15 * np.mean(single)


def test_one_pixel_is_enough() -> None:
    """Its middle; the brush has no room, and paints over it."""
    area = np.zeros((20, 20), np.bool_)
    area[4, 7] = True

    scribble = scribble_in(area, 5, True, np.random.default_rng(0))

    assert set(scribble.points) == {(7.5, 4.5)}
    assert len(scribble.points) <= 50


def test_the_same_seed_draws_the_same() -> None:
    """Users are deterministic."""
    one, other = (scribble_in(disc(20), 5, True, np.random.default_rng(3)) for _ in range(2))

    assert one == other


@pytest.mark.parametrize(("step", "draws"), [(1, 5), (10, 20)])
def test_five_candidates_or_twenty_rejections_are_drawn(step: int, draws: int) -> None:
    """In a whole square all curves fit, between lonely pixels none does."""
    area = np.zeros((80, 80), np.bool_)
    area[5:75:step, 5:75:step] = True
    used, expected = (np.random.default_rng(0) for _ in range(2))

    scribble_in(area, 0.1, True, used)

    for _ in range(draws):
        expected.integers(68 * 68 if step == 1 else 49, size=3)
    assert used.bit_generator.state == expected.bit_generator.state
