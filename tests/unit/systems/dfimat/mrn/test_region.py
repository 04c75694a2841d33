"""Where the refinement network looks, and how its matte comes back."""

import numpy as np
import pytest
from numpy.typing import NDArray

from penumbra.systems.dfimat.mrn.region import region_of

Box = tuple[int, int, int, int]


def mask_of(height: int, width: int, box: Box) -> NDArray[np.float32]:
    """A mask of the half-open box (top, left, bottom, right)."""
    mask = np.zeros((height, width), np.float32)
    top, left, bottom, right = box
    mask[top:bottom, left:right] = 1
    return mask


@pytest.mark.parametrize(
    ("size", "box", "window"),
    [
        # A tenth of 300 rows and 400 columns on each side.
        ((300, 400), (100, 120, 200, 250), (70, 80, 230, 290)),
        # Cut off by the border.
        ((300, 400), (10, 5, 200, 390), (0, 0, 230, 400)),
        # A tenth that is no whole number is rounded up: 10.1 and 20.3 pixels.
        ((101, 203), (30, 90, 80, 140), (19, 69, 91, 161)),
        # 6 x 6 pixels have 24 x 24 with their room, and become 64 x 64 around the same middle.
        ((90, 90), (42, 42, 48, 48), (13, 13, 77, 77)),
        # There is no room above and to the right: the rest lies on the other side.
        ((200, 100), (0, 94, 6, 100), (0, 36, 64, 100)),
        # An image of fewer pixels is looked at whole.
        ((40, 200), (18, 100, 24, 110), (0, 73, 40, 137)),
        # So is one with a person at all of its borders.
        ((120, 150), (0, 0, 120, 150), (0, 0, 120, 150)),
    ],
)
def test_the_window_is_the_sheet_s(size: tuple[int, int], box: Box, window: Box) -> None:
    """Section 5.4."""
    region = region_of(mask_of(*size, box))

    assert region is not None
    crop = region.crop
    assert (crop.top, crop.left, crop.bottom, crop.right) == window
    assert (crop.height, crop.width) == size


def test_a_person_is_where_the_mask_is_above_a_half() -> None:
    """Fainter pixels do not widen the window."""
    mask = mask_of(300, 400, (100, 120, 200, 250))
    faint = np.maximum(mask, np.float32(0.5))

    assert region_of(mask) == region_of(faint)


@pytest.mark.parametrize("pixels", [0, 15, 16])
def test_a_mask_of_fewer_than_16_pixels_is_empty(pixels: int) -> None:
    """Then there is nothing to look at."""
    mask = np.zeros((100, 100), np.float32)
    mask.flat[4000 : 4000 + pixels] = 0.9

    assert (region_of(mask) is None) == (pixels < 16)


@pytest.mark.parametrize(
    ("size", "longest"), [((700, 330), 512), ((97, 1300), 512), ((70, 65), 64)]
)
def test_what_is_seen_is_small_enough_and_fits(size: tuple[int, int], longest: int) -> None:
    """Not longer than is said but for padding, in multiples of 32, and never enlarged."""
    rng = np.random.default_rng(1)
    image = rng.random((*size, 3), np.float32)
    mask = mask_of(*size, (0, 0, *size))

    region = region_of(mask, longest)

    assert region is not None
    seen = region.plane(image)
    height, width = seen.shape[:2]
    scale = longest / max(size)
    for side, found in zip(size, (height, width), strict=True):
        assert found % 32 == 0
        assert found - 32 < round(side * scale) <= found
    assert region.plane(mask).shape == (height, width)
    # Means of areas: the mean of all stays, but for what is padded.
    inside = seen[: round(size[0] * scale), : round(size[1] * scale)]
    assert inside.mean() == pytest.approx(image.mean(), abs=0.01)


def test_small_windows_are_seen_as_they_are() -> None:
    """Reflected below and to the right to the next multiple of 32, without repeating the edge."""
    image = np.random.default_rng(2).random((300, 400, 3), np.float32)
    mask = mask_of(300, 400, (100, 120, 200, 251))

    region = region_of(mask)

    assert region is not None
    window = image[70:230, 80:291]
    assert np.array_equal(region.plane(image)[:160, :211], window)
    assert region.plane(image).shape == (160, 224, 3)
    assert np.array_equal(region.plane(image)[:, 211:], window[:, 209:196:-1])
    assert np.array_equal(region.plane(mask)[:160, :211], mask[70:230, 80:291])


@pytest.mark.parametrize("longest", [512, 96])
def test_mattes_come_back_to_their_place(longest: int) -> None:
    """1 in all of the window, 0 outside, whether it was shrunk or not."""
    mask = mask_of(300, 400, (100, 120, 200, 250))
    region = region_of(mask, longest)
    assert region is not None
    seen = np.ones(region.pad.new_size, np.float32)

    alpha = region.back(seen)

    assert np.array_equal(alpha, mask_of(300, 400, (70, 80, 230, 290)))


def test_a_mask_that_goes_both_ways_is_the_same() -> None:
    """To the last bit where it is not shrunk, and nearly so where it is."""
    rng = np.random.default_rng(3)
    mask = mask_of(300, 400, (100, 120, 200, 250))
    mask[110:190, 130:240] = rng.random((80, 110), np.float32).repeat(1, axis=0) * 0.4 + 0.6

    for longest, tolerance in ((512, 0.0), (128, 0.25)):
        region = region_of(mask, longest)
        assert region is not None
        error = np.abs(region.back(region.plane(mask)) - mask)
        assert error.mean() <= tolerance * 0.1
        assert (error.max() == 0) == (tolerance == 0)


def test_mattes_are_kept_in_range() -> None:
    """What a network in 16 bits overshoots is cut."""
    region = region_of(mask_of(100, 100, (20, 20, 80, 80)))
    assert region is not None

    alpha = region.back(np.full(region.pad.new_size, 1.001, np.float32))

    assert alpha.max() == 1
