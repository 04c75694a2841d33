"""What saying something takes a person, by a stated model: no person was watched.

The keystroke-level model: a mental preparation M, a pointing P, a press of the button K, and for
drawing 0.9 seconds for each straight piece and 0.16 for each centimetre.

Source:
    Card, Moran, Newell: "The keystroke-level model for user performance time with interactive
    systems", Communications of the ACM 23(7), 1980.
"""

import cv2
import numpy as np

from penumbra.core.arrays import Mask, Trimap

MENTAL, POINT, PRESS = 1.35, 1.1, 0.2  # seconds
PIECE, CENTIMETRE = 0.9, 0.16  # seconds
SCREEN = 25.0
"""Centimetres of the longer side of a picture on the screen."""

STRAIGHT = 0.01
"""Share of the longer side within which an outline is taken for straight."""


def seconds_of_clicks(clicks: int) -> float:
    """Return the seconds that clicks take: prepare, point, press, each.

    Example:
        >>> round(seconds_of_clicks(2), 2)
        5.3
    """
    return clicks * (MENTAL + POINT + PRESS)


def seconds_of_box() -> float:
    """Return the seconds that a box takes: prepare, point, press, drag there, release.

    Example:
        >>> round(seconds_of_box(), 2)
        3.75
    """
    return MENTAL + 2 * POINT + PRESS


def seconds_of_trimap(trimap: Trimap) -> float:
    """Return the seconds that it takes to draw both outlines of the unknown region.

    Every outline costs a preparation and a pointing, then its straight pieces and its length.

    Args:
        trimap: (H, W).

    Example:
        >>> trimap = np.zeros((100, 100), np.float32)
        >>> trimap[20:80, 20:80] = 0.5
        >>> round(seconds_of_trimap(trimap), 1)  # 4 pieces, 59 pixels each
        15.5
    """
    return _seconds_of_outlines(trimap > 0) + _seconds_of_outlines(trimap >= 1)


def _seconds_of_outlines(mask: Mask) -> float:
    longest = max(mask.shape)
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    seconds = 0.0
    for outline in outlines:
        pieces = cv2.approxPolyDP(outline, STRAIGHT * longest, True)
        length = cv2.arcLength(pieces, True) * SCREEN / longest
        seconds += MENTAL + POINT + PIECE * len(pieces) + CENTIMETRE * length
    return seconds
