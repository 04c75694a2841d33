"""What a user marks and writes, put in order: whatever can be understood is.

The sheet `dfimat`, section 12.  Coordinates are in pixels of the photograph.
"""

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeVar

from penumbra.core.errors import HintError
from penumbra.core.hints import Box, Click, Hints, Scribble
from penumbra.systems.dfimat.flags import Flag
from penumbra.systems.dfimat.text.phrases import is_said

LEAST_SIDE = 2.0
"""Pixels below which a box is a click."""

NEAR = 3.0
"""Pixels below which a click takes back an earlier one of the other sign."""

Point = tuple[float, float]

_Mark = TypeVar("_Mark", bound=Hashable)


@dataclass(frozen=True, eq=False)
class Tidied:
    """Hints in order.

    Attributes:
        hints: Scribbles have a length, a box is at least 2 pixels wide and high, all lies inside
            the photograph, and a text says something.
        flags: What had to be done.
    """

    hints: Hints
    flags: tuple[Flag, ...]


@dataclass(frozen=True, eq=False)
class Split:
    """Hints of earlier rounds, and those of this one."""

    older: Hints
    newest: Hints


def tidy(hints: Hints, height: int, width: int) -> Tidied:
    """Return hints in order.

    Scribbles lose what lies outside, and become clicks if they are but a point.  A box is cut to
    the photograph, and becomes a click if hardly anything is left.  A text without a letter or a
    digit is no text.

    Args:
        hints: All that was said.
        height: Of the photograph.
        width: Of the photograph.

    Raises:
        HintError: A click, a scribble or a box lies outside altogether.
    """
    flags: list[Flag] = []
    clicks, scribbles = list(hints.clicks), []
    for click in clicks:
        if not _is_inside((click.x, click.y), height, width):
            raise HintError(_outside("click", height, width, f"({click.x:g}, {click.y:g})"))
    for scribble in hints.scribbles:
        pieces = pieces_inside(scribble, height, width)
        if not pieces:
            came = f"{len(scribble.points)} points outside"
            raise HintError(_outside("scribble", height, width, came))
        if pieces != [scribble]:
            flags.append("outside_dropped")
        for piece in pieces:
            if len(set(piece.points)) > 1:
                scribbles.append(piece)
            else:
                clicks.append(_pointed(piece, height, width))
    box = hints.box
    if box is not None:
        cut = normalised_box((box.x0, box.y0), (box.x1, box.y1), height, width)
        if isinstance(cut, Click):
            clicks.insert(0, cut)  # boxes come before marks
            flags.append("box_as_click")
        elif cut != box:
            flags.append("outside_dropped")
        if cut == Box(0, 0, width, height):
            flags.append("whole_box")
        box = None if isinstance(cut, Click) else cut
    text = hints.text if hints.text is not None and is_said(hints.text) else None
    ordered = Hints(tuple(clicks), tuple(scribbles), box, text)
    return Tidied(ordered, tuple(dict.fromkeys(flags)))


def normalised_box(one: Point, other: Point, height: int, width: int) -> Box | Click:
    """Return the box between two corners, cut to the photograph; a click if it is degenerate.

    Args:
        one: A corner (x, y).
        other: The opposite corner, on whichever side.
        height: Of the photograph.
        width: Of the photograph.

    Raises:
        HintError: It lies outside.

    Example:
        >>> normalised_box((50, 40), (-10, 10), 30, 60)
        Box(x0=0, y0=10, x1=50, y1=30)
        >>> normalised_box((20, 10), (21, 20), 30, 60)
        Click(x=20.5, y=15.0, is_foreground=True)
    """
    (x0, x1), (y0, y1) = (sorted(pair) for pair in zip(one, other, strict=True))
    x0, x1, y0, y1 = max(x0, 0), min(x1, width), max(y0, 0), min(y1, height)
    if x1 - x0 >= LEAST_SIDE and y1 - y0 >= LEAST_SIDE:
        return Box(x0, y0, x1, y1)
    centre = ((x0 + x1) / 2, (y0 + y1) / 2)
    if x0 > x1 or y0 > y1 or not _is_inside(centre, height, width):
        raise HintError(_outside("box", height, width, f"corners {one} and {other}"))
    return Click(*centre)


def pieces_inside(scribble: Scribble, height: int, width: int) -> list[Scribble]:
    """Return the parts of a scribble that lie inside; the very scribble where all of it does.

    Parts without a length count only where there are no others; there may be none.
    """
    points = scribble.points
    if all(0 <= x <= width and 0 <= y <= height for x, y in points):
        return [scribble]
    lines: list[list[Point]] = []
    for start, end in pairwise(points):
        inside = _segment_inside(start, end, height, width)
        if inside is None:
            continue
        first, last = inside
        if not (lines and lines[-1][-1] == first == start):
            lines.append([first])
        lines[-1].append(last)
    long = [line for line in lines if len(set(line)) > 1]
    return [replace(scribble, points=tuple(line)) for line in long or lines[:1]]


def split(hints: Hints, before: Hints | None) -> Split:
    """Return what was said before and what is new, in their order.

    Args:
        hints: All, in order.
        before: What the last answer was an answer to, in order; None if nothing is known of it.
    """
    if before is None:
        return Split(Hints(), hints)
    old_clicks, new_clicks = _shared_out(hints.clicks, before.clicks)
    old_strokes, new_strokes = _shared_out(hints.scribbles, before.scribbles)
    is_old_box = hints.box == before.box
    return Split(
        Hints(old_clicks, old_strokes, hints.box if is_old_box else None),
        Hints(new_clicks, new_strokes, None if is_old_box else hints.box),
    )


def is_new_target(hints: Hints, before: Hints) -> bool:
    """Return whether all that was said before is taken back: somebody else is meant now.

    Where nothing had been said, the answer was a proposal, which what is said now corrects.

    Source:
        The sheet `dfimat`, section 9, `new_target`.

    Example:
        >>> is_new_target(Hints(box=Box(0, 0, 9, 9)), Hints(box=Box(5, 5, 9, 9)))
        True
        >>> is_new_target(Hints(text="the man"), Hints())
        False
    """
    if not before.kinds:
        return False
    is_old_text = before.text is not None and hints.text == before.text
    is_old_box = before.box is not None and hints.box == before.box
    kept = split(hints, before).older
    return not (is_old_text or is_old_box or marks_of(kept))


def without_contradicted(parts: Split) -> Split:
    """Return the same without clicks that a later click of the other sign lies upon."""
    clicks = [*parts.older.clicks, *parts.newest.clicks]
    kept = [
        not any(_contradicts(later, click) for later in clicks[place + 1 :])
        for place, click in enumerate(clicks)
    ]
    count = len(parts.older.clicks)
    return Split(
        replace(parts.older, clicks=_chosen(parts.older.clicks, kept[:count])),
        replace(parts.newest, clicks=_chosen(parts.newest.clicks, kept[count:])),
    )


def marks_of(hints: Hints) -> tuple[Click | Scribble, ...]:
    """Return clicks, then scribbles: the order in which they are painted."""
    return (*hints.clicks, *hints.scribbles)


def is_only_negative(hints: Hints) -> bool:
    """Return whether there are marks, but nothing says who is meant."""
    marks = marks_of(hints)
    is_meant = hints.box is not None or hints.text is not None
    return bool(marks) and not is_meant and not any(mark.is_foreground for mark in marks)


def _shared_out(
    marks: Sequence[_Mark], before: Iterable[_Mark]
) -> tuple[tuple[_Mark, ...], tuple[_Mark, ...]]:
    """Return the marks that were there before, and those that were not; twice counts twice."""
    known = Counter(before)
    old: list[_Mark] = []
    new: list[_Mark] = []
    for mark in marks:
        is_old = known[mark] > 0
        known[mark] -= is_old
        (old if is_old else new).append(mark)
    return tuple(old), tuple(new)


def _chosen(clicks: Sequence[Click], is_kept: Sequence[bool]) -> tuple[Click, ...]:
    return tuple(click for click, kept in zip(clicks, is_kept, strict=True) if kept)


def _contradicts(one: Click, other: Click) -> bool:
    is_near = math.hypot(one.x - other.x, one.y - other.y) < NEAR
    return is_near and one.is_foreground != other.is_foreground


def _pointed(piece: Scribble, height: int, width: int) -> Click:
    """Return the click of a scribble without length, which may lie on the very edge."""
    x, y = piece.points[0]
    inner = math.nextafter(width, 0), math.nextafter(height, 0)
    return Click(min(x, inner[0]), min(y, inner[1]), piece.is_foreground)


def _segment_inside(
    start: Point, end: Point, height: int, width: int
) -> tuple[Point, Point] | None:
    """Return the part of a segment inside [0, width] x [0, height]; Liang and Barsky, 1984."""
    first, last = 0.0, 1.0
    for at, to, length in zip(start, end, (width, height), strict=True):
        step = to - at
        if step == 0:
            if not 0 <= at <= length:
                return None
            continue
        near, far = sorted((-at / step, (length - at) / step))
        first, last = max(first, near), min(last, far)
    if first > last:
        return None
    ends = [_between(start, end, share) for share in (first, last)]
    inner = [(min(max(x, 0), width), min(max(y, 0), height)) for x, y in ends]  # but for rounding
    return inner[0], inner[1]


def _between(start: Point, end: Point, share: float) -> Point:
    if share in (0.0, 1.0):
        return end if share else start
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])


def _is_inside(point: Point, height: int, width: int) -> bool:
    return 0 <= point[0] < width and 0 <= point[1] < height


def _outside(name: str, height: int, width: int, came: str) -> str:
    return f"{name} must lie inside the {width}x{height} image, got {came}"
