"""Outline, shadow and crop, on shapes whose result is known."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.arrays import Alpha
from penumbra.core.cutout import Cutout
from penumbra.core.errors import InputError
from penumbra.core.finish import (
    DROP,
    FLOOR,
    Canvas,
    Crop,
    Finish,
    Finished,
    Length,
    Outline,
    Shadow,
    extent,
    finish,
    parse_length,
)
from penumbra.core.matte import Matte
from tests.scenes import soft_disk

RED, GREEN, BLUE = np.eye(3, dtype=np.float32)


def plain(alpha: Alpha) -> Cutout:
    """A red object before blue."""
    shape = (*alpha.shape, 3)
    red, blue = np.broadcast_to(RED, shape).copy(), np.broadcast_to(BLUE, shape).copy()
    return Cutout(red, alpha, blue, Matte(alpha))


def square(size: int = 60, side: int = 20) -> Alpha:
    """A square in the middle of a larger one."""
    alpha = np.zeros((size, size), np.float32)
    start = (size - side) // 2
    alpha[start : start + side, start : start + side] = 1
    return alpha


def shape(finished: Finished) -> tuple[int, ...]:
    return finished.shown.alpha.shape


@pytest.mark.parametrize("wish", [None, Finish()])
def test_without_a_wish_all_stays(wish: Finish | None) -> None:
    """Bit for bit."""
    cutout = plain(soft_disk())
    finished = finish(cutout, wish)

    assert_array_equal(finished.shown.alpha, cutout.alpha)
    assert_array_equal(finished.shown.foreground, cutout.foreground)
    assert finished.canvas == Canvas(0, 0, 32, 32)


def test_nothing_has_no_looks() -> None:
    """An empty cut-out would be cropped to nothing, which no file can hold."""
    cutout = plain(np.full((5, 7), 0.01, np.float32))
    wish = Finish(Outline(Length(3)), DROP, Crop(is_square=True))

    assert finish(cutout, wish).shown is cutout


@pytest.mark.parametrize(
    ("margin", "side"), [(Length(0), 20), (Length(5), 30), (Length(0.1, True), 24)]
)
def test_a_crop_leaves_the_margin(margin: Length, side: int) -> None:
    """A share is one of the object."""
    finished = finish(plain(square()), Finish(crop=Crop(margin)))

    assert shape(finished) == (side, side)
    assert finished.shown.alpha.sum() == 400
    assert finished.canvas == Canvas(20, 20, 40, 40).grown((side - 20) // 2)


def test_a_margin_reaches_out_of_the_photograph() -> None:
    """An object at the edge has as much room as any other, transparent."""
    alpha = np.zeros((20, 30), np.float32)
    alpha[:10, :10] = 1
    finished = finish(plain(alpha), Finish(crop=Crop(Length(4))))

    assert shape(finished) == (18, 18)
    assert finished.shown.alpha[:4].max() == 0
    assert finished.shown.alpha[4:14, 4:14].min() == 1
    assert_array_equal(finished.shown.background[0, 0], BLUE)


@pytest.mark.parametrize(("high", "wide"), [(11, 20), (20, 11)])
def test_a_square_crop_is_one(high: int, wide: int) -> None:
    """The object stays in the middle, to half a pixel."""
    alpha = np.zeros((40, 40), np.float32)
    alpha[10 : 10 + high, 10 : 10 + wide] = 1
    finished = finish(plain(alpha), Finish(crop=Crop(Length(2), is_square=True)))
    rows, cols = extent(finished.shown.alpha)

    assert shape(finished) == (24, 24)
    assert abs(rows.start + rows.stop - 24) <= 1
    assert abs(cols.start + cols.stop - 24) <= 1


def test_an_outline_is_as_wide_as_it_should_be() -> None:
    """Around a disk of radius 10 it is a ring from 10 to 14: its area says so to 2 %."""
    cutout = plain(soft_disk(size=64, radius=10, edge=1))
    finished = finish(cutout, Finish(Outline(Length(4), (0, 1, 0))))
    ring = finished.shown.alpha.sum() - cutout.alpha.sum()

    assert shape(finished) == (64, 64)
    assert ring == pytest.approx(math.pi * (14**2 - 10**2), rel=0.02)


def test_an_outline_is_smooth() -> None:
    """No pixel of its rim is further than a third from what a disk would cover."""
    finished = finish(plain(soft_disk(size=64, radius=10, edge=1)), Finish(Outline(Length(8))))

    assert_allclose(finished.shown.alpha, soft_disk(size=64, radius=18, edge=1), atol=0.34)


def test_an_outline_lies_below_the_object() -> None:
    """What is half visible shows it, and the colours come out straight."""
    alpha = square()
    alpha[25:35, 25:35] = 0.75
    shown = finish(plain(alpha), Finish(Outline(Length(4), (0, 1, 0)))).shown

    assert shown.alpha[30, 30] == 1
    assert_allclose(shown.foreground[30, 30], 0.75 * RED + 0.25 * GREEN)
    assert_allclose(shown.foreground[22, 22], RED)
    assert_allclose(shown.foreground[18, 30], GREEN)


def test_the_canvas_grows_for_an_outline() -> None:
    """An object at the edge of the photograph gets all of it."""
    finished = finish(plain(np.ones((10, 10), np.float32)), Finish(Outline(Length(3))))

    assert shape(finished) == (18, 18)
    assert finished.shown.alpha[1:17, 5:13].min() == 1
    assert finished.canvas == Canvas(-4, -4, 14, 14)


def test_nothing_that_is_opaque_has_no_outline() -> None:
    """Smoke ends nowhere."""
    alpha = np.full((9, 9), 0.3, np.float32)
    shown = finish(plain(alpha), Finish(Outline(Length(2)), crop=Crop())).shown

    assert_allclose(shown.alpha.max(), 0.3)


def test_a_sharp_shadow_is_the_shape_moved() -> None:
    """Without blur it can be checked pixel by pixel."""
    wish = Shadow(x=Length(5), y=Length(-7), blur=Length(0), opacity=0.5)
    alpha = square()
    shown = finish(plain(alpha), Finish(shadow=wish)).shown

    moved = np.roll(alpha, (-7, 5), axis=(0, 1))
    assert_allclose(shown.alpha, alpha + 0.5 * moved * (1 - alpha))
    assert_allclose(shown.foreground[20, 42], 0)
    assert_allclose(shown.over(np.ones(3, np.float32))[20, 42], 0.5)


@pytest.mark.parametrize("blur", [4.0, 60.0])
def test_a_blur_keeps_the_amount_of_shadow(blur: float) -> None:
    """The canvas grows until none of it is cut off, also of one that is made smaller first."""
    wish = Shadow(x=Length(0), y=Length(0), blur=Length(blur), opacity=1)
    cutout = plain(square(size=30))
    grown = shape(finish(cutout, Finish(shadow=wish)))

    # Where the object is, the shadow is hidden, so it is measured moved aside.
    aside = Shadow(x=Length(500), y=Length(0), blur=Length(blur), opacity=1)
    dark = finish(cutout, Finish(shadow=aside)).shown.alpha
    dark[:, : dark.shape[1] // 4] = 0

    assert grown == 2 * (20 + 2 * round(1.5 * blur),)
    assert dark.sum() == pytest.approx(400, rel=0.02)
    assert dark[0].max() < 0.01


def test_a_blur_is_a_gaussian() -> None:
    """Of half the width that is named, as in CSS: 16 % at one standard deviation from an edge."""
    alpha = np.zeros((200, 200), np.float32)
    alpha[:, :100] = 1
    wish = Shadow(x=Length(0), y=Length(0), blur=Length(40), opacity=1)
    finished = finish(plain(alpha), Finish(shadow=wish))
    row = finished.shown.alpha[100 - finished.canvas.top]

    assert row[119 - finished.canvas.left] == pytest.approx(0.165, abs=0.01)


def test_a_shadow_on_the_floor_lies_where_the_object_stands() -> None:
    """Half before it and half behind, as wide as its foot."""
    alpha = np.zeros((120, 100), np.float32)
    alpha[10:60, 20:80] = 1  # wide above
    alpha[60:110, 40:60] = 1  # on a narrow foot
    wish = Shadow("floor", Length(0), Length(0), Length(0), 1.0)
    shown = finish(plain(alpha), Finish(shadow=wish)).shown
    dark = shown.alpha - alpha

    rows, cols = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    assert rows.tolist() == list(range(110, 116))
    assert (cols[0], cols[-1]) == (40, 59)


def test_the_order_is_outline_shadow_crop() -> None:
    """The shadow is one of the sticker, and the crop holds all of it."""
    shadow = Shadow(x=Length(10), y=Length(0), blur=Length(0), opacity=1, colour=(0, 0, 1))
    finished = finish(plain(square()), Finish(Outline(Length(3), (0, 1, 0)), shadow, Crop()))
    middle = finished.shown.foreground[14, 1:37]

    assert shape(finished) == (28, 38)
    assert (
        "".join("RGB"[int(it.argmax())] for it in middle) == 3 * "G" + 20 * "R" + 3 * "G" + 10 * "B"
    )


def test_the_object_alone_is_there_too() -> None:
    """On the same canvas, for the files beside the result."""
    finished = finish(plain(square()), Finish(Outline(Length(3)), DROP, Crop(Length(2))))

    assert finished.object.alpha.shape == finished.shown.alpha.shape
    assert finished.object.alpha.sum() == 400
    assert finished.shown.alpha.sum() > 500


def test_inputs_are_never_modified() -> None:
    """A session keeps its mattes."""
    cutout = plain(soft_disk())
    before = [it.copy() for it in (cutout.alpha, cutout.foreground, cutout.background)]
    finish(cutout, Finish(Outline(Length(3)), FLOOR, Crop(Length(2), is_square=True)))

    for was, array in zip(
        before, (cutout.alpha, cutout.foreground, cutout.background), strict=True
    ):
        assert_array_equal(array, was)


@pytest.mark.parametrize("text", ["", "5 %%", "px", "-3px", "1e3", "5em"])
def test_what_is_no_length_is_refused(text: str) -> None:
    """With an example of what is."""
    with pytest.raises(InputError, match="margin must be like 20px or 5%"):
        parse_length(text, "margin")


def test_a_length_may_be_negative_where_it_means_something() -> None:
    """A shadow falls to the left as well."""
    assert parse_length("-2.5%", is_signed=True) == Length(-0.025, is_share=True)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Length(10_001),
        lambda: Length(1.01, is_share=True),
        lambda: Length(math.nan),
        lambda: Outline(Length(-1)),
        lambda: Crop(Length(-1)),
        lambda: Shadow(blur=Length(-1)),
        lambda: Shadow(opacity=1.5),
    ],
)
def test_looks_that_make_no_sense_are_refused(make: object) -> None:
    """Before any work; a canvas without bounds would fill the memory."""
    assert callable(make)
    with pytest.raises(InputError, match="must be"):
        make()
