"""What clicks look like to the network: discs of 1 and -1, in the order in which they were made."""

import numpy as np
from numpy.typing import NDArray

from penumbra.core.hints import Click

CONFLICT = 0.5  # share of an opposite disc that a click may cover before it is worth a note


def paint(clicks: tuple[Click, ...], height: int, width: int, radius: float) -> NDArray[np.float32]:
    """Return the map of clicks, (height, width) of -1, 0 and 1; a later one covers earlier ones.

    Args:
        clicks: In pixels of this map.
        height: Of the map.
        width: Of the map.
        radius: Pixels whose centre is no farther from that of the clicked one.

    Source:
        Wei et al., CVPR 2021, section 3.1; the sheet `clicks`, section 2.1.
    """
    hints = np.zeros((height, width), np.float32)
    reach = int(radius)
    for click in clicks:
        # The last pixel is the limit: rounding may lift a point onto the far edge.
        row, col = min(click.pixel[0], height - 1), min(click.pixel[1], width - 1)
        top, left = max(row - reach, 0), max(col - reach, 0)
        part = hints[top : row + reach + 1, left : col + reach + 1]
        rows = np.arange(top, top + part.shape[0])[:, None] - row
        cols = np.arange(left, left + part.shape[1])[None] - col
        part[rows**2 + cols**2 <= radius**2] = 1 if click.is_foreground else -1
    return hints


def is_conflicting(clicks: tuple[Click, ...], radius: float) -> bool:
    """Return whether a click covers more than half of the disc of an earlier, opposite one."""
    return any(
        _shared((a.x - b.x) ** 2 + (a.y - b.y) ** 2, radius) > CONFLICT
        for number, a in enumerate(clicks)
        for b in clicks[:number]
        if a.is_foreground != b.is_foreground
    )


def _shared(distance2: float, radius: float) -> float:
    """Return which share of a disc lies in an equal one whose centre is so far away."""
    if radius <= 0:
        return float(distance2 == 0)
    half = np.sqrt(distance2) / (2 * radius)
    if half >= 1:
        return 0.0
    return float(2 / np.pi * (np.arccos(half) - half * np.sqrt(1 - half**2)))
