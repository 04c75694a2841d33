"""What users mark and write, put in order."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from penumbra.core.errors import HintError
from penumbra.core.hints import Box, Click, Hints, Scribble
from penumbra.systems.dfimat.prompting import (
    is_only_negative,
    normalised_box,
    pieces_inside,
    split,
    tidy,
    without_contradicted,
)

HEIGHT, WIDTH = 40, 60


def test_what_is_in_order_stays_as_it_is() -> None:
    """All kinds together, and nothing is flagged."""
    hints = Hints(
        (Click(5, 6), Click(7, 8, False)),
        (Scribble(((1, 2), (30, 20)), 4, False),),
        Box(2, 3, 50, 30),
        "the woman",
    )

    tidied = tidy(hints, HEIGHT, WIDTH)

    assert tidied.flags == ()
    for name in ("clicks", "scribbles", "box", "text"):
        assert getattr(tidied.hints, name) == getattr(hints, name)


@pytest.mark.parametrize("text", ["?! ...", "-", None])
def test_a_text_that_says_nothing_is_none(text: str | None) -> None:
    """Blank ones never get here: hints refuse them."""
    assert tidy(Hints(text=text), HEIGHT, WIDTH).hints.text is None


def test_text_of_any_language_is_text() -> None:
    """Whether the encoder knows it or not."""
    assert tidy(Hints(text="女人"), HEIGHT, WIDTH).hints.text == "女人"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((10, 5), (30, 25), Box(10, 5, 30, 25)),
        ((30, 25), (10, 5), Box(10, 5, 30, 25)),
        ((30, 5), (10, 25), Box(10, 5, 30, 25)),
        ((-9, -9), (99, 99), Box(0, 0, 60, 40)),
        ((10, 5), (11.9, 25), Click(10.95, 15)),
        ((10, 5), (12, 25), Box(10, 5, 12, 25)),
        ((10, 5), (10, 5), Click(10, 5)),
        ((-20, 10), (1, 20), Click(0.5, 15)),
    ],
)
def test_a_box_has_its_corners_sorted_and_is_cut(
    one: tuple[float, float], other: tuple[float, float], expected: Box | Click
) -> None:
    """What is left of it is a box, or a click on the person at its centre."""
    assert normalised_box(one, other, HEIGHT, WIDTH) == expected


@pytest.mark.parametrize("corners", [((-20, 5), (-3, 25)), ((60, 5), (61, 6)), ((5, 41), (9, 50))])
def test_a_box_outside_is_refused(corners: tuple[tuple[float, float], tuple[float, float]]) -> None:
    """Rather than taken for a click that nobody made."""
    with pytest.raises(HintError, match="box must lie inside the 60x40 image, got corners"):
        normalised_box(*corners, HEIGHT, WIDTH)


def test_boxes_say_what_was_done_to_them() -> None:
    """A sliver is a click that comes before all others."""
    sliver = tidy(Hints((Click(1, 1),), box=Box(10, 5, 11, 25)), HEIGHT, WIDTH)
    cut = tidy(Hints(box=Box(-5, 5, 30, 25)), HEIGHT, WIDTH)
    whole = tidy(Hints(box=Box(0, 0, 60, 40)), HEIGHT, WIDTH)

    assert sliver.hints.clicks == (Click(10.5, 15), Click(1, 1))
    assert sliver.hints.box is None
    assert sliver.flags == ("box_as_click",)
    assert cut.hints.box == Box(0, 5, 30, 25)
    assert cut.flags == ("outside_dropped",)
    assert whole.flags == ("whole_box",)


@pytest.mark.parametrize("click", [Click(60, 5), Click(5, 40), Click(-0.1, 5)])
def test_a_click_outside_is_refused(click: Click) -> None:
    """There is no part of it inside."""
    with pytest.raises(HintError, match="click must lie inside the 60x40 image"):
        tidy(Hints((click,)), HEIGHT, WIDTH)


@pytest.mark.parametrize("points", [((5.0, 6.0),), ((5.0, 6.0), (5.0, 6.0))])
def test_a_scribble_without_length_is_a_click(points: tuple[tuple[float, float], ...]) -> None:
    """Of its sign, whatever its brush."""
    tidied = tidy(Hints(scribbles=(Scribble(points, 20, False),)), HEIGHT, WIDTH)

    assert tidied.hints.clicks == (Click(5, 6, False),)
    assert tidied.hints.scribbles == ()
    assert tidied.flags == ()


def test_a_point_on_the_outer_edge_is_a_click_inside() -> None:
    """Sessions let scribbles reach the edge; clicks must lie before it."""
    (click,) = tidy(Hints(scribbles=(Scribble(((60, 40),)),)), HEIGHT, WIDTH).hints.clicks

    assert click.pixel == (39, 59)


def test_a_scribble_loses_what_lies_outside() -> None:
    """It leaves at the right, comes back, and ends below: two pieces of its brush and sign."""
    stroke = Scribble(((10, 10), (50, 10), (70, 10), (70, 20), (40, 20), (40, 60)), 3, False)

    first, second = pieces_inside(stroke, HEIGHT, WIDTH)

    assert_allclose(first.points, [(10, 10), (50, 10), (60, 10)])
    assert_allclose(second.points, [(60, 20), (40, 20), (40, 40)])
    assert {(it.width, it.is_foreground) for it in (first, second)} == {(3, False)}
    assert tidy(Hints(scribbles=(stroke,)), HEIGHT, WIDTH).flags == ("outside_dropped",)


def test_a_stroke_through_the_picture_is_kept_where_it_crosses() -> None:
    """Though both of its ends lie outside, and at an angle."""
    (piece,) = pieces_inside(Scribble(((-10, -5), (90, 45))), HEIGHT, WIDTH)

    assert_allclose(piece.points, [(0, 0), (60, 30)], atol=1e-12)


def test_rounding_never_leaves_the_picture() -> None:
    """Of many strokes across its edges."""
    rng = np.random.default_rng(0)
    for points in rng.uniform(-100, 160, (2000, 2, 2)).tolist():
        try:
            pieces = pieces_inside(Scribble(tuple(map(tuple, points))), HEIGHT, WIDTH)
        except HintError:
            continue
        Hints(scribbles=tuple(pieces)).check_inside(HEIGHT, WIDTH)


@pytest.mark.parametrize(
    "points", [((-5, 5), (-1, 20)), ((70.0, 5.0),), ((-10, 20), (8, -20)), ((61, 0), (61, 40))]
)
def test_a_scribble_outside_is_refused(points: tuple[tuple[float, float], ...]) -> None:
    """Also one that passes a corner by."""
    with pytest.raises(HintError, match="scribble must lie inside the 60x40 image"):
        tidy(Hints(scribbles=(Scribble(points),)), HEIGHT, WIDTH)


def test_what_is_new_is_told_from_what_was_said() -> None:
    """Whatever the order; said twice counts twice."""
    old, new = Click(1, 2), Click(3, 4, False)
    line, other = Scribble(((1, 2), (3, 4))), Scribble(((1, 2), (3, 5)))
    before = Hints((old,), (line,), Box(1, 2, 3, 4))

    parts = split(Hints((new, old, old), (other, line), Box(1, 2, 3, 4)), before)
    moved = split(Hints((old,), (line,), Box(1, 2, 3, 9)), before)

    assert parts.older.clicks == (old,)
    assert parts.newest.clicks == (new, old)
    assert (parts.older.scribbles, parts.newest.scribbles) == ((line,), (other,))
    assert (parts.older.box, parts.newest.box) == (Box(1, 2, 3, 4), None)
    assert (moved.older.box, moved.newest.box) == (None, Box(1, 2, 3, 9))
    assert split(before, None).newest is before


def test_a_later_click_of_the_other_sign_takes_one_back() -> None:
    """Closer than three pixels, in this round or an earlier one; of the same sign both stay."""
    hints = Hints((Click(10, 10), Click(20, 20), Click(21, 20), Click(12, 12, False)))
    more = Hints((*hints.clicks, Click(12, 14), Click(20, 23, False)))

    kept = without_contradicted(split(more, hints))

    assert kept.older.clicks == (Click(20, 20), Click(21, 20))
    assert kept.newest.clicks == (Click(12, 14), Click(20, 23, False))


def test_whether_anything_says_who_is_meant() -> None:
    """Negative marks alone do not; a box or words do."""
    off = (Click(1, 1, False),)
    line = (Scribble(((1, 2), (3, 4)), 2, False),)

    assert is_only_negative(Hints(off, line))
    assert not is_only_negative(Hints((*off, Click(2, 2))))
    assert not is_only_negative(Hints(off, box=Box(1, 1, 9, 9)))
    assert not is_only_negative(Hints(off, text="her"))
    assert not is_only_negative(Hints())
