"""People cut out of photographs: what the frame cut, whether they stand, new sizes."""

import numpy as np
import pytest

from penumbra.core.arrays import Alpha
from penumbra.core.errors import ImageError
from penumbra.data.persons import (
    Cuts,
    Extent,
    Person,
    cuts_of,
    extent_of,
    flipped,
    has_feet,
    scaled,
    trimmed,
)


def of(alpha: Alpha) -> Person:
    """A person in noise."""
    return Person(np.random.default_rng(0).random((*alpha.shape, 3), np.float32), alpha)


def ellipse(height: int, width: int, y: float, x: float, ry: float, rx: float) -> Alpha:
    """Opaque inside, (height, width)."""
    rows, cols = np.indices((height, width)) + 0.5
    return (((rows - y) / ry) ** 2 + ((cols - x) / rx) ** 2 <= 1).astype(np.float32)


def upright() -> Alpha:
    """A head over a trunk over two legs, with a margin all around."""
    alpha = ellipse(200, 120, 30, 60, 18, 14)
    alpha[45:110, 35:85] = 1
    alpha[110:190, 40:54] = alpha[110:190, 66:80] = 1
    return alpha


@pytest.mark.parametrize(
    ("centre", "expected"),
    [
        ((100, 100), Cuts(False, False, False, False)),
        ((160, 100), Cuts(False, True, False, False)),
        ((40, 100), Cuts(True, False, False, False)),
        ((100, 40), Cuts(False, False, True, False)),
        ((160, 160), Cuts(False, True, False, True)),
    ],
)
def test_the_frame_leaves_straight_lines(centre: tuple[int, int], expected: Cuts) -> None:
    """A round thing is cut where it reaches the border; a margin afterwards changes nothing."""
    alpha = ellipse(200, 200, *centre, 60, 50)

    assert cuts_of(of(alpha)) == expected
    assert cuts_of(of(np.pad(alpha, 20))) == expected
    left_right = Cuts(expected.top, expected.bottom, expected.right, expected.left)
    assert cuts_of(flipped(of(alpha))) == left_right


def test_who_has_legs_stands() -> None:
    """Not who is cut off, not who sits behind something, not who lies."""
    legs, apart = upright(), upright()
    apart[110:190, 35:85] = 0
    apart[110:190, 20:34] = apart[110:190, 86:100] = 1
    hidden = legs[:110].copy()
    hidden[100:, :50] = 0  # what is left of the lower line is short
    hidden[105:, 62:] = 0

    assert has_feet(of(legs))
    assert has_feet(of(apart))
    assert not has_feet(of(legs[:100]))
    assert not cuts_of(of(hidden)).bottom
    assert not has_feet(of(hidden))
    assert not has_feet(of(legs.T.copy()))


def test_extents_are_tight_and_half_open() -> None:
    """As slices."""
    mask = np.zeros((9, 9), np.bool_)
    mask[2:5, 3:8] = True

    extent = extent_of(mask)

    assert extent == Extent(2, 5, 3, 8)
    assert (extent.height, extent.width) == (3, 5)
    assert extent_of(~mask & mask) is None


def test_trimming_takes_off_what_is_not_there() -> None:
    """And faint opacity around it; the rest stays as it is."""
    alpha = np.zeros((30, 40), np.float32)
    alpha[10:20, 5:15] = 1
    alpha[20, 5:15] = 0.3
    alpha[25, 30] = 0.01
    person = of(alpha)

    small = trimmed(person)

    np.testing.assert_array_equal(small.alpha, alpha[10:21, 5:15])
    np.testing.assert_array_equal(small.colours, person.colours[10:21, 5:15])
    assert small.extent == Extent(0, 10, 0, 10)


@pytest.mark.parametrize("factor", [0.37, 1.0, 1.6])
def test_scaling_keeps_straight_colours(factor: float) -> None:
    """What lies under alpha 0 has another colour and must not bleed in."""
    alpha = ellipse(60, 50, 30, 25, 20, 15)
    colours = alpha[..., None] * np.array([0.9, 0.2, 0.1], np.float32)

    small = scaled(Person(colours, alpha), factor)

    assert small.alpha.shape == (round(factor * 60), round(factor * 50))
    assert small.alpha.mean() == pytest.approx(alpha.mean(), rel=0.02)
    seen = small.colours[small.alpha > 0.01]
    np.testing.assert_allclose(seen, np.broadcast_to([0.9, 0.2, 0.1], seen.shape), atol=1e-4)


def test_mirrors_turn_left_and_right() -> None:
    """Twice is nothing."""
    person = of(upright())

    np.testing.assert_array_equal(flipped(person).alpha, person.alpha[:, ::-1])
    np.testing.assert_array_equal(flipped(flipped(person)).colours, person.colours)


def test_people_have_to_be_there() -> None:
    """Colours and alpha of one size, something opaque."""
    alpha = upright()
    with pytest.raises(ImageError, match="alpha must have shape"):
        Person(np.zeros((10, 10, 3), np.float32), alpha)
    with pytest.raises(ImageError, match=r"alpha must exceed 0\.5"):
        of(0.5 * alpha)
    with pytest.raises(ImageError, match="colours"):
        Person(np.zeros((200, 120, 4), np.float32), alpha)
