"""The doors where arrays enter the kit."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from penumbra.core.arrays import as_alpha, as_mask, as_rgb, as_trimap
from penumbra.core.errors import HintError, ImageError, MatteError, TrimapError

Door = Callable[[NDArray[Any]], NDArray[Any]]

DOORS: list[tuple[Door, NDArray[Any], type[MatteError]]] = [
    (as_rgb, np.full((4, 6, 3), 0.5, np.float32), ImageError),
    (as_alpha, np.full((4, 6), 0.25, np.float32), ImageError),
    (as_trimap, np.full((4, 6), 0.5, np.float32), TrimapError),
    (as_mask, np.ones((4, 6), np.bool_), HintError),
]
every_door = pytest.mark.parametrize(
    ("door", "good", "error"), DOORS, ids=["as_rgb", "as_alpha", "as_trimap", "as_mask"]
)
float_doors = pytest.mark.parametrize(
    ("door", "good", "error"), DOORS[:3], ids=["as_rgb", "as_alpha", "as_trimap"]
)


@every_door
def test_a_good_array_is_handed_through(
    door: Door, good: NDArray[Any], error: type[MatteError]
) -> None:
    """No copy of a picture of 50 megapixels that is already as promised."""
    assert door(good) is good


@every_door
def test_the_result_is_contiguous_and_the_input_untouched(
    door: Door, good: NDArray[Any], error: type[MatteError]
) -> None:
    """A mirrored view is a common way to flip a picture; OpenCV does not read its strides."""
    mirrored = good[:, ::-1]
    before = mirrored.copy()

    checked = door(mirrored)

    assert checked.flags.c_contiguous
    assert_array_equal(checked, before)
    assert_array_equal(mirrored, before)


@every_door
def test_an_array_without_pixels_is_refused(
    door: Door, good: NDArray[Any], error: type[MatteError]
) -> None:
    """Minimum and mean of nothing are no numbers; the door must say so first."""
    with pytest.raises(error, match="at least one pixel, got shape"):
        door(good[:0])


@every_door
def test_a_missing_axis_is_refused(door: Door, good: NDArray[Any], error: type[MatteError]) -> None:
    """The message shows both shapes, so the user sees which axis is missing."""
    with pytest.raises(error, match=r"must have shape \(H, W.*got \(6,"):
        door(good[0])


@every_door
def test_something_that_is_no_array_is_refused(
    door: Door, good: NDArray[Any], error: type[MatteError]
) -> None:
    """Handing over an opened file instead of an array is our error, not an AttributeError."""
    with pytest.raises(error, match="must be a NumPy array, got list"):
        door(good.tolist())


@float_doors
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int64, np.bool_, np.complex64])
def test_whatever_is_not_float_is_refused(
    door: Door, good: NDArray[Any], error: type[MatteError], dtype: type[np.generic]
) -> None:
    """Is a uint16 of 255 white or nearly black?  Guessing would be wrong half of the time."""
    with pytest.raises(error, match=f"floats in .* got {np.dtype(dtype).name}"):
        door(np.zeros(good.shape, dtype))


@float_doors
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_single_value_that_is_not_finite_is_refused(
    door: Door, good: NDArray[Any], error: type[MatteError], value: float
) -> None:
    """One NaN spreads over the whole matte through any linear system."""
    bad = good.copy()
    bad[2, 3] = value

    with pytest.raises(error, match="must be finite"):
        door(bad)


@float_doors
@pytest.mark.parametrize("value", [-0.001, 1.001, 255.0, 1 + 3e-6])
def test_values_outside_the_unit_range_are_refused(
    door: Door, good: NDArray[Any], error: type[MatteError], value: float
) -> None:
    """Floats up to 255 are the most frequent mistake; the message shows the range found."""
    bad = good.astype(np.float64)
    bad[2, 3] = value

    with pytest.raises(error, match=rf"must lie in \[0, 1\], got .*{abs(value):.8g}"):
        door(bad)


@float_doors
@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.longdouble])
def test_other_floats_become_float32(
    door: Door, good: NDArray[Any], error: type[MatteError], dtype: type[np.floating]
) -> None:
    """Everything below the door is written for float32."""
    checked = door(good.astype(dtype))

    assert checked.dtype == np.float32
    assert_array_equal(checked, good)


@pytest.mark.parametrize(("value", "end"), [(1 + 1e-9, 1), (1 + 9e-7, 1), (-1e-9, 0), (-9e-7, 0)])
def test_crumbs_of_rounding_become_the_end_they_missed(value: float, end: float) -> None:
    """A resize in float64 gives 1.0000000000000002; a user cannot be asked to know that."""
    alpha = np.full((2, 2), value)

    assert_array_equal(as_alpha(alpha), np.full((2, 2), end, np.float32))
    assert alpha[0, 0] == value


def test_four_channels_are_refused() -> None:
    """An alpha channel must be taken off on purpose, not dropped in silence."""
    with pytest.raises(ImageError, match=r"\(H, W, 3\), got \(2, 2, 4\)"):
        as_rgb(np.zeros((2, 2, 4), np.float32))


def test_a_channel_axis_on_a_matte_is_refused() -> None:
    """(H, W, 1) would broadcast against (H, W) into (H, W, W)."""
    with pytest.raises(ImageError, match=r"\(H, W\), got \(2, 2, 1\)"):
        as_alpha(np.zeros((2, 2, 1), np.float32))


@pytest.mark.parametrize("value", [0.25, 0.501, 128 / 255])
def test_a_trimap_of_other_values_is_refused(value: float) -> None:
    """128/255 is what a grey of a file becomes when it is read as a picture."""
    trimap = np.ones((3, 3))
    trimap[1, 1] = value

    with pytest.raises(TrimapError, match=f"only 0, 0.5 and 1, got {np.float32(value):.8g}"):
        as_trimap(trimap)


def test_a_mask_of_numbers_is_refused() -> None:
    """0 and 255 as a mask: any number but zero would count as object."""
    with pytest.raises(HintError, match="booleans, got uint8"):
        as_mask(np.zeros((2, 2), np.uint8))


def test_the_name_of_the_array_stands_in_the_error() -> None:
    """With four arrays in a call, "array" alone would not help."""
    with pytest.raises(ImageError, match=r"^backdrop must"):
        as_rgb(np.zeros((2, 2)), name="backdrop")
