"""Pictures that are not square, for who sees squares alone: crops that overlap, then one answer.

The sheet `smpmat`, section 11.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from penumbra.systems.dfimat.synth.mattes import overlap
from penumbra.systems.dfimat.synth.reading import Answers

SAME = 0.5
"""Overlap from which on what two crops show is one person, where both see it."""

_SURE = 0.5  # probability from which on a query shows a person

_Planes = NDArray[np.float32]


class Crop(NamedTuple):
    """Where a square lies in a picture, pixels.

    Attributes:
        row: Of its upper left corner.
        col: Likewise.
    """

    row: int
    col: int


def crops_of(height: int, width: int, side: int) -> list[Crop]:
    """Return squares that cover a picture whose shorter side is theirs, one or more.

    Neighbours share at least a quarter of their side, where there are several.

    Example:
        >>> crops_of(512, 768, 512)
        [Crop(row=0, col=0), Crop(row=0, col=256)]
    """
    rest = max(height, width) - side
    count = 1 if rest <= 0 else 1 + -(-4 * rest // (3 * side))
    starts = [round(rest * k / max(count - 1, 1)) for k in range(count)]
    return [Crop(0, it) if width >= height else Crop(it, 0) for it in starts]


def merged(parts: Sequence[Answers], crops: Sequence[Crop], height: int, width: int) -> Answers:
    """Return what all queries of all crops say of the whole picture.

    Who is seen by two neighbours is one person: opacity passes from the one to the other over what
    they share, and the surer probability counts.

    Args:
        parts: Of each crop, (N, side, side).
        crops: Where they lie, from one end to the other.
        height: Of the picture.
        width: Likewise.
    """
    alphas, human = _laid(parts[0].alphas, crops[0], height, width), parts[0].human.copy()
    newest = np.arange(len(human))  # numbers of what the last crop shows
    for part, before, here in zip(parts[1:], crops, crops[1:], strict=False):
        side = part.alphas.shape[1]
        shared = np.s_[:, here.row : before.row + side, here.col : before.col + side]
        new = _laid(part.alphas, here, height, width)
        fade = _fade(before, here, side, height, width)
        numbers = np.arange(len(new)) + len(alphas)
        fresh = np.ones(len(new), np.bool_)
        sure = part.human >= _SURE
        for old, other in _pairs(alphas[newest][shared], new[shared], human[newest], sure):
            number = newest[old]
            alphas[number] = (1 - fade) * alphas[number] + fade * new[other]
            human[number] = max(human[number], part.human[other])
            numbers[other], fresh[other] = number, False
        numbers[fresh] = len(alphas) + np.arange(fresh.sum())
        alphas, human = np.concatenate([alphas, new[fresh]]), np.append(human, part.human[fresh])
        newest = numbers
    return Answers(alphas, human)


def _laid(alphas: _Planes, crop: Crop, height: int, width: int) -> _Planes:
    whole = np.zeros((len(alphas), height, width), np.float32)
    rows, cols = alphas.shape[1:]
    whole[:, crop.row : crop.row + rows, crop.col : crop.col + cols] = alphas
    return whole


def _fade(before: Crop, here: Crop, side: int, height: int, width: int) -> _Planes:
    """Return 0 where only the first crop lies, 1 where only the second one does, (H, W)."""
    is_wide = here.row == before.row
    first, last = (here.col, before.col + side) if is_wide else (here.row, before.row + side)
    line = np.arange(width if is_wide else height, dtype=np.float32) + 0.5
    share = np.clip((line - first) / (last - first), 0, 1)
    plane = share[None, :] if is_wide else share[:, None]
    return np.broadcast_to(plane, (height, width)).astype(np.float32)


def _pairs(
    old: _Planes, new: _Planes, human: NDArray[np.float32], is_sure: NDArray[np.bool_]
) -> list[tuple[int, int]]:
    """Return who is who, the most alike first."""
    found = []
    for one in np.flatnonzero(human >= _SURE).tolist():
        for other in np.flatnonzero(is_sure).tolist():
            alike = overlap(old[one] > 0.5, new[other] > 0.5)
            if alike >= SAME:
                found.append((alike, one, other))
    pairs: list[tuple[int, int]] = []
    for _, one, other in sorted(found, reverse=True):
        if all(one != mine and other != theirs for mine, theirs in pairs):
            pairs.append((one, other))
    return pairs
