"""Sizes at which the network sees a photograph."""

from penumbra.systems.aim.options import MULTIPLE, Options

Size = tuple[int, int]
"""(height, width) in pixels."""

ASPECT = 1.1
"""By how much the shape may change; more is worth a note."""


def size_seen(size: Size, options: Options, is_local: bool) -> Size:
    """Return the size at which a photograph is seen.

    Both sides are multiples of 32, so its shape may change a little.

    Args:
        size: Of the photograph.
        options: Ratios or sides, and limits.
        is_local: For the opacity, or else for the meaning.

    Source:
        The published code of AIM, with a least side; the sheet `aim`, section 8.
    """
    side = options.side_local if is_local else options.side_global
    if side is not None:
        # A size near by where the sides' multiples of 32 would change the shape by much.
        sizes = [_of_long_side(size, side + more) for more in (0, MULTIPLE, -MULTIPLE)]
        return next((each for each in sizes if is_like(each, size)), sizes[0])
    ratio = options.r_local if is_local else options.r_global
    shrunk = min(1.0, (options.short_limit or min(size)) / min(size))
    # Both looks or none, so that opacity is never seen smaller than meaning.
    if min(size) * shrunk * min(options.r_local, options.r_global) < options.keep_short:
        ratio = 1.0
    height, width = (_side(side * shrunk * ratio, options.max_side) for side in size)
    return height, width


def is_like(one: Size, other: Size) -> bool:
    """Return whether two sizes have nearly the same shape."""
    change = (one[0] * other[1]) / (one[1] * other[0])
    return 1 / ASPECT <= change <= ASPECT


def _of_long_side(size: Size, long_side: int) -> Size:
    scale = min(1.0, long_side / max(size))
    height, width = (max(1, round(side * scale / MULTIPLE)) * MULTIPLE for side in size)
    return height, width


def _side(length: float, max_side: int) -> int:
    # What is a multiple but for the rounding of floats is one.
    return max(MULTIPLE, min(int(length + 1e-6), max_side) // MULTIPLE * MULTIPLE)
