"""Each person of a photograph, without a word said."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import Alpha, Mask
from penumbra.core.hints import Box
from penumbra.core.people import FoundPerson
from penumbra.systems.dfimat.rounds import iou

_ROUNDING = float(np.finfo(np.float32).eps)  # of float32: no sum may be above 1 by it


def distinct(masks: NDArray[np.bool_], sure: NDArray[np.float32], overlap: float) -> list[int]:
    """Return the masks that show something else than surer ones, the surest first.

    Args:
        masks: (N, h, w).
        sure: (N,); of equals the first is surer.
        overlap: IoU from which on two masks show the same.

    Example:
        >>> both = np.array([[[True, True, False]], [[True, True, True]], [[False, False, True]]])
        >>> distinct(both, np.array([0.5, 0.9, 0.7], np.float32), 0.5)
        [1, 2]
    """
    kept: list[int] = []
    for number in np.argsort(-sure, kind="stable").tolist():
        if all(iou(masks[number], masks[other]) < overlap for other in kept):
            kept.append(number)
    return kept


def nearest(masks: NDArray[np.float32], mask: NDArray[np.float32]) -> tuple[int, float]:
    """Return the number of the mask that overlaps another one most, and by how much.

    Args:
        masks: (N, h, w) in [0, 1], at least one.
        mask: (h, w) in [0, 1].

    Returns:
        The overlap is the IoU of soft masks: the sum of what both have over that of what either
        has, in [0, 1]; 0 where all are empty.

    Example:
        >>> one, other = np.eye(2, dtype=np.float32)[:, None]
        >>> nearest(np.stack([one, other]), 0.5 * other)
        (1, 0.5)
    """
    both = np.minimum(masks, mask).sum(axis=(1, 2), dtype=np.float64)
    either = np.maximum(masks, mask).sum(axis=(1, 2), dtype=np.float64)
    overlaps = both / np.maximum(either, 1e-9)
    best = int(overlaps.argmax())
    return best, float(overlaps[best])


def box_of(mask: Mask) -> Box:
    """Return the smallest box around a mask, (H, W), that is not empty."""
    rows, cols = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return Box(int(cols[0]), int(rows[0]), int(cols[-1]) + 1, int(rows[-1]) + 1)


def shared(alphas: Sequence[Alpha]) -> list[Alpha]:
    """Return opacities, (H, W), made less where they add up to more than 1."""
    if not alphas:
        return []
    total = np.sum(alphas, axis=0, dtype=np.float64)
    divisor = np.where(total > 1, total * (1 + _ROUNDING), 1)
    return [(alpha / divisor).astype(np.float32) for alpha in alphas]


def from_left(people: Sequence[FoundPerson], masks: Sequence[Mask]) -> list[FoundPerson]:
    """Return people by where the middles of their masks lie, the leftmost first."""
    middles = [float(np.nonzero(mask)[1].mean()) for mask in masks]
    order = np.argsort(middles, kind="stable").tolist()
    return [people[number] for number in order]
