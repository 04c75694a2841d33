"""Sizes at which the network sees a photograph."""

from penumbra.systems.aim.options import MULTIPLE, Options

Size = tuple[int, int]
"""(height, width) in pixels."""


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
    long_side = options.side_local if is_local else options.side_global
    if long_side is not None:
        scale = min(1.0, long_side / max(size))
        height, width = (max(1, round(side * scale / MULTIPLE)) * MULTIPLE for side in size)
        return height, width
    ratio = options.r_local if is_local else options.r_global
    shrunk = min(1.0, options.short_limit / min(size))
    if min(size) * shrunk * ratio < options.keep_short:
        ratio = 1.0
    height, width = (_side(side * shrunk * ratio, options.max_side) for side in size)
    return height, width


def _side(length: float, max_side: int) -> int:
    return min(max(MULTIPLE, int(length) // MULTIPLE * MULTIPLE), max_side)
