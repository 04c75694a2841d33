"""Clicks, scribbles, boxes, and all of them together."""

import math

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from penumbra.core.arrays import Mask
from penumbra.core.errors import HintError, TrimapError
from penumbra.core.hints import Box, Click, Hints, Scribble

NOT_FINITE = pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])


def painted(scribble: Scribble, height: int, width: int) -> Mask:
    """The definition, pixel by pixel: near the line, or under a point."""
    mask = np.zeros((height, width), np.bool_)
    reach = max(scribble.width, 1) / 2
    ends = list(zip(scribble.points, scribble.points[1:], strict=False))
    for row in range(height):
        for col in range(width):
            centre = (col + 0.5, row + 0.5)
            near = [_distance(centre, *segment) for segment in ends]
            near += [math.dist(centre, point) for point in scribble.points]
            mask[row, col] = min(near) <= reach
    for x, y in scribble.points:
        if 0 <= x < width and 0 <= y < height:
            mask[int(y), int(x)] = True
    return mask


def _distance(
    centre: tuple[float, float], start: tuple[float, float], end: tuple[float, float]
) -> float:
    """From a point to a segment, by the angle between them."""
    length = math.dist(start, end)
    if length == 0:
        return math.dist(centre, start)
    along = sum((c - s) * (e - s) for c, s, e in zip(centre, start, end, strict=True)) / length
    if along <= 0 or along >= length:
        return min(math.dist(centre, start), math.dist(centre, end))
    return math.sqrt(max(math.dist(centre, start) ** 2 - along**2, 0))


@pytest.mark.parametrize(
    ("x", "y", "pixel"),
    [(0, 0, (0, 0)), (3.99, 0.01, (0, 3)), (4, 2, (2, 4)), (0.5, 7.5, (7, 0))],
)
def test_a_click_names_the_pixel_it_lies_on(x: float, y: float, pixel: tuple[int, int]) -> None:
    """The column comes from x: the one place where the order turns."""
    assert Click(x, y).pixel == pixel


@NOT_FINITE
def test_a_click_must_be_finite(value: float) -> None:
    for x, y in ((value, 1.0), (1.0, value)):
        with pytest.raises(HintError, match="click must be finite, got"):
            Click(x, y)


@NOT_FINITE
def test_a_scribble_must_be_finite(value: float) -> None:
    for point in ((value, 1.0), (1.0, value)):
        with pytest.raises(HintError, match="scribble must be finite, got"):
            Scribble(((0, 0), point))


def test_a_scribble_needs_a_point() -> None:
    with pytest.raises(HintError, match="at least one point"):
        Scribble(())


@pytest.mark.parametrize("width", [0, -3, math.nan, math.inf])
def test_a_scribble_needs_a_width(width: float) -> None:
    with pytest.raises(HintError, match="width must be positive"):
        Scribble(((0, 0),), width)


@NOT_FINITE
@pytest.mark.parametrize("side", range(4))
def test_a_box_must_be_finite(value: float, side: int) -> None:
    sides = [0.0, 0.0, 4.0, 4.0]
    sides[side] = value

    with pytest.raises(HintError, match="box must be finite"):
        Box(*sides)


@pytest.mark.parametrize("sides", [(2, 0, 2, 4), (0, 2, 4, 2), (3, 0, 2, 4), (0, 4, 4, 0)])
def test_a_box_must_hold_something(sides: tuple[float, float, float, float]) -> None:
    """Corners in the wrong order are refused rather than sorted: they may be x and width."""
    with pytest.raises(HintError, match="x0 < x1 and y0 < y1"):
        Box(*sides)


@pytest.mark.parametrize(
    "scribble",
    [
        Scribble(((6, 4),), 5),
        Scribble(((6.5, 4.5),), 1),
        Scribble(((5.5, 4.6),), 4.6),
        Scribble(((2.5, 2.5), (9.5, 2.5)), 1),
        Scribble(((2, 2), (9, 2)), 2),
        Scribble(((1, 1), (10, 6)), 0.1),
        Scribble(((1, 1), (10, 6), (3, 8)), 3),
        Scribble(((2.6, 2.5), (3.4, 2.95)), 1.2),
        Scribble(((1, 8), (1, 8)), 4),
        Scribble(((1, 8), (1 + 1e-12, 8)), 4),
        Scribble(((-3, 4), (30, 4.2)), 2),
        Scribble(((0, 0), (12, 8.9)), 1),
        Scribble(((5, 5),), 100),
    ],
    ids=repr,
)
def test_a_scribble_paints_what_its_definition_says(scribble: Scribble) -> None:
    """The fast way works on the rectangle around each segment; the slow one on nothing clever."""
    assert_array_equal(scribble.mask(9, 12), painted(scribble, 9, 12))


def test_a_scribble_of_one_point_paints_a_disk() -> None:
    disk = Scribble(((2.5, 2.5),), 3).mask(5, 5)

    assert_array_equal(
        disk,
        np.array(
            [
                [0, 0, 0, 0, 0],
                [0, 1, 1, 1, 0],
                [0, 1, 1, 1, 0],
                [0, 1, 1, 1, 0],
                [0, 0, 0, 0, 0],
            ],
            np.bool_,
        ),
    )


@pytest.mark.parametrize("end", [(19.0, 1.0), (19.0, 7.3), (14.2, 18.9), (1.0, 19.0)])
def test_a_thin_line_has_no_gaps(end: tuple[float, float]) -> None:
    """A stroke on a photograph that is shrunk for the solver becomes thinner than a pixel."""
    mask = Scribble(((1, 1), end), 0.05).mask(20, 20)
    steps = np.linspace(0, 1, 400)
    rows = (1 + steps * (end[1] - 1)).astype(int)
    cols = (1 + steps * (end[0] - 1)).astype(int)
    grown = np.pad(mask, 1)
    touched = [grown[rows + down, cols + right] for down in range(3) for right in range(3)]

    assert np.any(touched, axis=0).all()
    assert mask.sum() >= np.hypot(end[0] - 1, end[1] - 1) / math.sqrt(2)


def test_a_scribble_beside_the_picture_paints_nothing() -> None:
    """Each side on its own: a crop leaves strokes outside on any of the four."""
    for point in ((-9, 4), (20, 4), (4, -9), (4, 20)):
        assert not Scribble((point,), 6).mask(8, 8).any()


def test_hints_name_their_kinds() -> None:
    everything = Hints(
        clicks=(Click(1, 1),),
        scribbles=(Scribble(((1, 1),)),),
        box=Box(0, 0, 1, 1),
        text="cat",
        trimap=np.zeros((2, 2), np.float32),
        mask=np.zeros((2, 2), np.bool_),
    )

    assert everything.kinds == {"click", "scribble", "box", "text", "trimap", "mask"}
    assert Hints().kinds == frozenset()


def test_adding_leaves_the_old_hints_as_they_were() -> None:
    """A session keeps every round; undo would otherwise show the new clicks."""
    box = Box(0, 0, 4, 4)
    before = Hints(clicks=(Click(1, 1),), box=box)
    click, scribble = Click(2, 2, is_foreground=False), Scribble(((1, 2),))

    after = before.add(scribble, click)

    assert before.clicks == (Click(1, 1),)
    assert before.scribbles == ()
    assert after.clicks == (Click(1, 1), click)
    assert after.scribbles == (scribble,)
    assert after.box is box


def test_hints_check_their_trimap_and_mask() -> None:
    """A trimap read as grey would otherwise reach the solver and give a plausible wrong matte."""
    with pytest.raises(TrimapError, match=r"only 0, 0\.5 and 1"):
        Hints(trimap=np.full((2, 2), 0.25, np.float32))
    with pytest.raises(HintError, match="mask must hold booleans"):
        Hints(mask=np.zeros((2, 2), np.uint8))


def test_hints_hold_a_float32_trimap() -> None:
    """float64 is what `np.where(...)` gives a user."""
    trimap = np.where(np.eye(3) > 0, 1.0, 0.5)

    held = Hints(trimap=trimap).trimap

    assert held is not None
    assert held.dtype == np.float32


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_a_blank_text_is_refused(text: str) -> None:
    """It would count as a hint and say nothing."""
    with pytest.raises(HintError, match="text must name the object"):
        Hints(text=text)


INSIDE = [
    Hints(),
    Hints(clicks=(Click(0, 0), Click(7.999, 3.999))),
    Hints(scribbles=(Scribble(((0, 0), (8, 4))),)),
    Hints(box=Box(0, 0, 8, 4)),
    Hints(text="cat"),
    Hints(trimap=np.zeros((4, 8), np.float32), mask=np.zeros((4, 8), np.bool_)),
]


@pytest.mark.parametrize("hints", INSIDE, ids=lambda hints: "+".join(sorted(hints.kinds)) or "none")
def test_hints_inside_pass(hints: Hints) -> None:
    """The far edge belongs to boxes and strokes, not to clicks, which need a pixel."""
    hints.check_inside(4, 8)


@pytest.mark.parametrize(
    ("hints", "message"),
    [
        (Hints(clicks=(Click(8, 1),)), r"click must lie inside the 8x4 image, got \(8, 1\)"),
        (Hints(clicks=(Click(1, 4),)), "click must lie"),
        (Hints(clicks=(Click(1, 1), Click(-0.001, 1))), "click must lie"),
        (Hints(clicks=(Click(1, -0.001),)), "click must lie"),
        (Hints(scribbles=(Scribble(((1, 1), (9, 1))),)), r"scribble must .* got \(9, 1\)"),
        (Hints(scribbles=(Scribble(((1, -1),)),)), "scribble must lie"),
        (Hints(box=Box(-1, 0, 4, 4)), r"box must lie inside the 8x4 image, got \(-1, 0, 4, 4\)"),
        (Hints(box=Box(0, -1, 4, 4)), "box must lie"),
        (Hints(box=Box(0, 0, 8.5, 4)), "box must lie"),
        (Hints(box=Box(0, 0, 8, 5)), "box must lie"),
        (Hints(trimap=np.zeros((8, 4), np.float32)), "trimap must be as large .* got 4x8"),
        (Hints(mask=np.zeros((4, 7), np.bool_)), "mask must be as large .* got 7x4"),
    ],
)
def test_hints_outside_are_refused(hints: Hints, message: str) -> None:
    """Sides are told as people say them, width first; a click outside shows where it was."""
    with pytest.raises(HintError, match=message):
        hints.check_inside(4, 8)
