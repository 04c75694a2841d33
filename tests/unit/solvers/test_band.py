"""From a binary outline to a trimap."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from penumbra.core.arrays import Mask
from penumbra.solvers.band import trimap_around
from tests.scenes import object_mask, photograph, soft_disk, strands

FOOT = np.zeros((96, 96), np.bool_)
FOOT[64:] = True


def unknown_rows(alpha_of: str) -> list[int]:
    """Rows that are unknown in the middle of a hard or a hairy edge along row 64."""
    alpha = strands(96, 16) if alpha_of == "hair" else FOOT.astype(np.float32)
    trimap = trimap_around(photograph(alpha).image, FOOT, 60)
    return np.flatnonzero((trimap == 0.5).any(axis=1)).tolist()


def test_the_band_is_wider_where_there_is_hair() -> None:
    """Strands that lie in known background are lost whatever the solver does."""
    assert unknown_rows("edge") == [63, 64]
    assert min(unknown_rows("hair")) < min(unknown_rows("edge"))


def test_the_band_is_no_wider_than_the_object_allows() -> None:
    assert min(unknown_rows("hair")) >= 64 - 4
    assert max(unknown_rows("hair")) < 64 + 4


def test_the_sides_of_the_outline_stay_what_they_are() -> None:
    alpha = soft_disk(64, 20, 3)
    mask = object_mask(alpha)

    trimap = trimap_around(photograph(alpha).image, mask, 35)

    assert trimap.dtype == np.float32
    assert mask[trimap == 1].all()
    assert not mask[trimap == 0].any()
    assert (trimap[(alpha > 0.05) & (alpha < 0.95)] == 0.5).all()


def test_the_band_grows_with_the_object() -> None:
    image = photograph(FOOT.astype(np.float32)).image

    small, large = trimap_around(image, FOOT, 60), trimap_around(image, FOOT, 600)

    assert (large == 0.5).sum() > 2 * (small == 0.5).sum()


@pytest.mark.parametrize("is_object", [True, False])
def test_an_outline_without_an_edge_is_known_everywhere(is_object: bool) -> None:
    """Nobody wants a veil over a picture in which nothing was found."""
    mask = np.full((5, 7), is_object)

    trimap = trimap_around(np.zeros((5, 7, 3), np.float32), mask, 6)

    assert_array_equal(trimap, mask.astype(np.float32))


@pytest.mark.parametrize("is_object", [True, False])
def test_a_band_swallows_neither_side(is_object: bool) -> None:
    """A branch of three pixels lies in its band all through; its middle is still a branch."""
    mask = np.zeros((9, 20), np.bool_)
    mask[3:6] = True
    image = photograph(mask.astype(np.float32)).image

    trimap = trimap_around(image, mask == is_object, 8)

    assert (trimap[4] == is_object).all()
    assert (trimap[[3, 5]] == 0.5).all()
    assert (trimap[[0, 8]] == (not is_object)).all()


@pytest.mark.parametrize("mask", [np.eye(2, dtype=np.bool_), np.eye(1, 9, dtype=np.bool_)])
def test_tiny_pictures_know_both_sides(mask: Mask) -> None:
    """Otherwise the solver refuses a trimap that nobody has given."""
    image = np.zeros((*mask.shape, 3), np.float32)

    trimap = trimap_around(image, mask, 1)

    assert {0.0, 1.0} <= set(trimap.ravel().tolist())


def test_thin_parts_of_a_large_object_stay_known_in_the_middle() -> None:
    """A leash is in its band all through; were it all unknown, it would be solved away."""
    mask = np.zeros((200, 200), np.bool_)
    mask[60:140, 20:100] = True
    mask[98:102, 100:190] = True

    trimap = trimap_around(photograph(mask.astype(np.float32)).image, mask, 1000)

    assert (trimap[99:101, 150:180] == 1).all()
    assert (trimap[[98, 101], 150:180] == 0.5).all()


def test_a_band_is_narrow_where_both_sides_look_alike() -> None:
    """Strays cannot be told there, and a wide band would only smear."""
    flat = np.full((96, 96, 3), 0.5, np.float32)
    flat += np.random.default_rng(0).normal(0, 0.02, flat.shape).astype(np.float32)

    trimap = trimap_around(flat, FOOT, 60)

    assert np.flatnonzero((trimap == 0.5).any(axis=1)).tolist() == [63, 64]


def test_stripes_are_no_hair() -> None:
    """A shirt that has the wall's colour among its own is as hard-edged as any other."""
    rows = np.arange(96)
    shade = np.where(FOOT[:, 0], np.where(rows // 3 % 2 == 0, 0.2, 0.7), 0.9)
    image = np.repeat(np.repeat(shade[:, None], 96, axis=1)[:, :, None], 3, axis=2)

    trimap = trimap_around(image.astype(np.float32), FOOT, 60)

    assert np.flatnonzero((trimap == 0.5).any(axis=1)).tolist() == [63, 64]


def test_a_band_has_the_same_share_of_a_larger_picture() -> None:
    """The same photograph at twice the size has the same hair."""
    scene = photograph(strands(96, 16)).image
    large = np.kron(scene, np.ones((2, 2, 1), np.float32))

    small_band = (trimap_around(scene, FOOT, 300) == 0.5).mean()
    large_band = (trimap_around(large, np.kron(FOOT, np.ones((2, 2), bool)), 600) == 0.5).mean()

    assert abs(large_band / small_band - 1) < 0.2


def test_a_rough_outline_can_have_a_wider_band() -> None:
    """A polygon misses its object by more than a band of the usual width holds."""
    image = photograph(FOOT.astype(np.float32)).image

    usual = trimap_around(image, FOOT, 300)
    rough = trimap_around(image, FOOT, 300, narrow=0.03, wide=0.08)

    assert [int((band[:, 48] == 0.5).sum()) for band in (usual, rough)] == [6, 18]
