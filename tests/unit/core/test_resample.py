"""Resizing, against the definition written out as matrices."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from penumbra.core.resample import resize, resize_nearest


def weights(old: int, new: int) -> NDArray[np.float64]:
    """What each new pixel takes from each old one along an axis, (new, old).

    Shrinking: the share of the new pixel that the old one covers.  Growing: linear between the
    two nearest centres, the outermost repeated.
    """
    matrix = np.zeros((new, old))
    scale = old / new
    for i in range(new):
        if new < old:
            for k in range(old):
                matrix[i, k] = max(0.0, min((i + 1) * scale, k + 1) - max(i * scale, k)) / scale
        else:
            position = (i + 0.5) * scale - 0.5
            left = int(np.floor(position))
            matrix[i, min(max(left, 0), old - 1)] += left + 1 - position
            matrix[i, min(max(left + 1, 0), old - 1)] += position - left
    return matrix


SIZES = [
    ((8, 6), (4, 3)),
    ((9, 7), (4, 3)),
    ((4, 3), (9, 7)),
    ((4, 3), (8, 6)),
    ((9, 3), (4, 7)),
    ((3, 9), (7, 4)),
    ((5, 5), (5, 2)),
    ((5, 5), (2, 5)),
    ((5, 5), (5, 8)),
    ((5, 5), (8, 5)),
    ((1, 9), (1, 4)),
    ((9, 1), (14, 1)),
    ((1, 1), (3, 4)),
    ((6, 7), (1, 1)),
    ((301, 211), (97, 83)),
]


@pytest.mark.parametrize("channels", [(), (1,), (3,), (4,), (6,)], ids=str)
@pytest.mark.parametrize(("old", "new"), SIZES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_resize_does_what_its_definition_says(
    old: tuple[int, int],
    new: tuple[int, int],
    channels: tuple[int, ...],
    dtype: type[np.floating],
) -> None:
    """The half-pixel convention, for every mixture of shrinking and growing."""
    array = np.random.default_rng(0).random((*old, *channels)).astype(dtype)
    before = array.copy()
    rows = np.tensordot(weights(old[0], new[0]), array, axes=(1, 0))
    expected = np.moveaxis(np.tensordot(weights(old[1], new[1]), rows, axes=(1, 1)), 0, 1)

    resized = resize(array, *new)

    assert resized.dtype == dtype
    assert resized.shape == (*new, *channels)
    assert_allclose(resized, expected, atol=1e-3 if min(old) > 100 else 3e-7)
    assert_array_equal(array, before)


@pytest.mark.parametrize("new", [(3, 4), (11, 12), (3, 12)])
def test_views_are_resized_as_they_look(new: tuple[int, int]) -> None:
    """A mirrored, turned or thinned picture is a view with odd strides."""
    image = np.random.default_rng(0).random((14, 12, 3), dtype=np.float32)
    for view in (image[::-1, ::-1], image.transpose(1, 0, 2), image[::2, ::2], image[:, :, 1]):
        assert_array_equal(resize(view, *new), resize(view.copy(), *new))


def test_resize_to_the_same_size_is_a_copy() -> None:
    """A caller may write to what it was given; the original must not feel it."""
    array = np.random.default_rng(0).random((4, 5), dtype=np.float32)

    resized = resize(array, 4, 5)

    assert_array_equal(resized, array)
    assert not np.shares_memory(resized, array)


@pytest.mark.parametrize("old", [(97, 61), (1, 53), (40, 1)])
@pytest.mark.parametrize("new", [(31, 29), (96, 60), (200, 7), (13, 199), (1, 1), (98, 62)])
def test_ones_stay_exactly_one(old: tuple[int, int], new: tuple[int, int]) -> None:
    """A matte of 0.9999997 is no longer opaque, and 1.0000026 is no matte.

    OpenCV's area average alone gives both.
    """
    assert_array_equal(resize(np.ones(old, np.float32), *new), np.ones(new, np.float32))


def test_the_opaque_half_of_a_matte_stays_opaque() -> None:
    """Also beside an edge: only new pixels that touch the other half may change."""
    alpha = np.zeros((101, 67), np.float32)
    alpha[:50] = 1

    shrunk = resize(alpha, 43, 29)
    edge = 50 * 43 // 101

    assert_array_equal(shrunk[:edge], np.ones((edge, 29)))
    assert_array_equal(shrunk[edge + 1 :], np.zeros((43 - edge - 1, 29)))


@pytest.mark.parametrize("old", [(1, 40_000), (70_000, 2)])
def test_sides_longer_than_a_short_integer(old: tuple[int, int]) -> None:
    """OpenCV refuses such sides in some of its functions, not in this one."""
    ramp = np.broadcast_to(np.linspace(0, 1, max(old), dtype=np.float32), (min(old), max(old)))
    array = ramp if old[0] == 1 else ramp.T

    for factor in (2, 0.5):
        new = tuple(max(1, round(side * factor)) for side in old)
        line = resize(array, *new)[:, 0] if old[1] == 2 else resize(array, *new)[0]

        assert_allclose(line, np.linspace(0, 1, len(line)), atol=1e-4)


def test_resize_nearest_takes_the_value_under_the_centre() -> None:
    """Centres of 3 pixels over 6 lie at 1, 3, 5: on edges, which belong to the right pixel."""
    labels = np.arange(6)[None]

    assert resize_nearest(labels, 1, 3).tolist() == [[1, 3, 5]]
    assert resize_nearest(labels, 1, 4).tolist() == [[0, 2, 3, 5]]
    assert resize_nearest(labels.T, 3, 1).tolist() == [[1], [3], [5]]
    assert resize_nearest(labels, 2, 12)[1].tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_resize_nearest_keeps_masks_masks() -> None:
    mask = np.eye(5, dtype=np.bool_)

    assert resize_nearest(mask, 3, 8).dtype == np.bool_
    assert_array_equal(resize_nearest(mask, 5, 5), mask)
