"""Arrays and hints nobody should send, through the doors a caller uses."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from penumbra.core.arrays import as_alpha, as_rgb
from penumbra.core.errors import HintError, ImageError, InputError, TrimapError
from penumbra.core.hints import Box, Click, Hints, Scribble
from penumbra.session.session import Session
from tests.predictors import Echo

pytestmark = pytest.mark.hostile

IMAGE = np.full((4, 6, 3), 0.5, np.float32)


def with_one(value: float, dtype: type[np.floating] = np.float32) -> NDArray[Any]:
    image = IMAGE.astype(dtype)
    image[1, 2, 0] = value
    return image


BAD_IMAGES: dict[str, Any] = {
    "None": None,
    "a list": IMAGE.tolist(),
    "a path": "photo.jpg",
    "a number": 0.5,
    "no axes": np.float32(0.5),
    "0x0": np.zeros((0, 0, 3), np.float32),
    "no rows": np.zeros((0, 6, 3), np.float32),
    "no columns": np.zeros((4, 0, 3), np.float32),
    "grey": IMAGE[:, :, 0],
    "RGBA": np.zeros((4, 6, 4), np.float32),
    "channels first": np.zeros((3, 4, 6), np.float32),
    "a batch": IMAGE[None],
    "bytes": np.zeros((4, 6, 3), np.uint8),
    "booleans": np.zeros((4, 6, 3), np.bool_),
    "complex": np.zeros((4, 6, 3), np.complex64),
    "objects": np.full((4, 6, 3), None),
    "text": np.full((4, 6, 3), "0.5"),
    "dates": np.zeros((4, 6, 3), "datetime64[s]"),
    "NaN": with_one(np.nan),
    "infinity": with_one(np.inf),
    "minus infinity": with_one(-np.inf),
    "up to 255": IMAGE * 255,
    "just below": with_one(-1e-3),
    "just above": with_one(1.001),
    "beyond float32": with_one(1e300, np.float64),
}


@pytest.mark.parametrize("name", BAD_IMAGES)
def test_what_is_no_image_is_refused_without_a_warning(name: str) -> None:
    """Warnings are errors here: an overflow on the way would fail this test."""
    with pytest.raises(ImageError, match=r"^image must "):
        Session(Echo(), BAD_IMAGES[name])


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1)])
def test_a_picture_of_one_pixel_or_one_row_is_a_picture(shape: tuple[int, int]) -> None:
    hints = Hints(clicks=(Click(shape[1] - 0.5, shape[0] - 0.5),))

    matte = Session(Echo(), np.ones((*shape, 3), np.float32)).apply(hints)

    assert matte.alpha.shape == shape


def test_an_image_that_cannot_be_written_to_is_accepted() -> None:
    """Pictures from a memory map or another process are read-only."""
    image = IMAGE.copy()
    image.flags.writeable = False

    assert as_rgb(image) is image


@pytest.mark.parametrize("order", ["reversed", "transposed", "strided", "Fortran", "byte-swapped"])
def test_an_image_in_an_odd_memory_layout_is_read_as_it_looks(order: str) -> None:
    """BGR views, rotated views, every second pixel, other machines' floats."""
    image = np.random.default_rng(0).random((6, 6, 3), dtype=np.float32)
    odd = {
        "reversed": image[:, :, ::-1],
        "transposed": image.transpose(1, 0, 2),
        "strided": image[::2, ::3],
        "Fortran": np.asfortranarray(image),
        "byte-swapped": image.astype(">f4"),
    }[order]

    checked = as_rgb(odd)

    assert checked.flags.c_contiguous
    assert checked.dtype == np.dtype("=f4")
    assert_array_equal(checked, odd)


def test_denormals_and_negative_zero_are_numbers() -> None:
    alpha = np.array([[-0.0, 1e-45, 1e-320]])

    assert_array_equal(as_alpha(alpha), alpha.astype(np.float32))


BAD_TRIMAPS: dict[str, Any] = {
    "a path": "trimap.png",
    "bytes": np.full((4, 6), 128, np.uint8),
    "grey of a file": np.full((4, 6), 128 / 255),
    "up to 255": np.full((4, 6), 255.0),
    "NaN": np.full((4, 6), np.nan),
    "RGB": np.zeros((4, 6, 3), np.float32),
    "empty": np.zeros((0, 6), np.float32),
}


@pytest.mark.parametrize("name", BAD_TRIMAPS)
def test_what_is_no_trimap_never_becomes_a_hint(name: str) -> None:
    with pytest.raises(TrimapError, match=r"^trimap must "):
        Hints(trimap=BAD_TRIMAPS[name])


BAD_MASKS: dict[str, Any] = {
    "a path": "mask.png",
    "bytes": np.full((4, 6), 255, np.uint8),
    "floats": np.ones((4, 6), np.float32),
    "RGB": np.zeros((4, 6, 3), np.bool_),
    "empty": np.zeros((4, 0), np.bool_),
}


@pytest.mark.parametrize("name", BAD_MASKS)
def test_what_is_no_mask_never_becomes_a_hint(name: str) -> None:
    with pytest.raises(HintError, match=r"^mask must "):
        Hints(mask=BAD_MASKS[name])


BAD_HINTS: dict[str, Hints] = {
    "click left": Hints(clicks=(Click(-1, 1),)),
    "click on the far edge": Hints(clicks=(Click(6, 1),)),
    "click in another city": Hints(clicks=(Click(1e300, -1e300),)),
    "one bad click of many": Hints(clicks=(*[Click(1, 1)] * 1000, Click(1, 4))),
    "box outside": Hints(box=Box(10, 10, 20, 20)),
    "box around everything": Hints(box=Box(-1e9, -1e9, 1e9, 1e9)),
    "scribble": Hints(scribbles=(Scribble(((1, 1),)),)),
    "trimap": Hints(trimap=np.zeros((4, 6), np.float32)),
    "nothing": Hints(),
}


@pytest.mark.parametrize("name", BAD_HINTS)
def test_hints_that_do_not_fit_are_refused(name: str) -> None:
    session = Session(Echo(), IMAGE)

    with pytest.raises(InputError):
        session.apply(BAD_HINTS[name])

    assert session.matte is None


@pytest.mark.parametrize(
    "scribble",
    [
        Scribble(((2, 2),), 1e308),
        Scribble(((2, 2), (2 + 1e-160, 2)), 3),
        Scribble(((0, 0), (6, 4)), 5e-324),
        Scribble(((-1e6, -1e6), (1e6, 1e6)), 1),
        Scribble(tuple((x % 6, x % 4) for x in range(5000)), 1),
    ],
    ids=["wider than anything", "no length", "no width", "longer than the picture", "many points"],
)
def test_extreme_scribbles_paint_without_a_warning(scribble: Scribble) -> None:
    """An overflow or a division by nothing would be a warning, and fail here."""
    assert scribble.mask(4, 6).any()
