"""Coarse masks out of true mattes, for training: what the net before this one may get wrong.

Yu et al., "Mask guided matting via progressive refinement network", CVPR 2021, section 4; the
sheet `dfimat`, section 7, the row of the refinement network.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from penumbra.core.errors import require
from penumbra.systems.dfimat.mrn.region import LEAST
from penumbra.training.trimaps import dilate
from penumbra.training.upload import upload

ERODE, DILATE, OPEN, CLOSE = range(4)
"""What is done to a mask."""

_NUMBERS = 10  # at random for every sample


@dataclass(frozen=True)
class Perturbation:
    """How masks are perturbed.

    Attributes:
        lowest: Opacity at which a matte may be cut; any from there to 1 is as likely.
        largest: Width of the elliptic kernel at most, pixels; any from 1 on is as likely.
        pasted: Share of the masks of which one rectangle, from a quarter to half of either side,
            is replaced by another.
    """

    lowest: float = 0.01
    largest: int = 30
    pasted: float = 0.25

    def __post_init__(self) -> None:
        require(0 < self.lowest <= 1, "lowest", "above 0 and at most 1", self.lowest)
        require(self.largest >= 1, "largest", "at least 1", self.largest)
        require(0 <= self.pasted <= 1, "pasted", "in [0, 1]", self.pasted)


USUAL = Perturbation()
"""The sheet's."""


class Plan(NamedTuple):
    """What is done to every mask of a batch.

    Attributes:
        cuts: (B,) opacities from which on a pixel belongs.
        kinds: (B,) of `ERODE` to `CLOSE`.
        widths: (B,) of the elliptic kernel, pixels.
        is_pasted: (B,) whether a rectangle is replaced.
        rectangles: (B, 6) its height and width, (row, col) of what it replaces, and of what it
            is replaced by.
    """

    cuts: NDArray[np.float64]
    kinds: NDArray[np.int64]
    widths: NDArray[np.int64]
    is_pasted: NDArray[np.bool_]
    rectangles: NDArray[np.int64]


def perturbed(alpha: Tensor, rng: np.random.Generator, how: Perturbation = USUAL) -> Tensor:
    """Return masks of mattes: cut, eroded or dilated, a rectangle pasted into some of them.

    Args:
        alpha: (B, 1, H, W) in [0, 1].
        rng: Of which every sample takes as many numbers, so that samples that are added behind
            do not change those before them.
        how: They are perturbed.

    Returns:
        (B, 1, H, W) of 0 and 1.
    """
    height, width = alpha.shape[2:]
    return carried_out(planned(len(alpha), height, width, rng, how), alpha)


def planned(
    count: int, height: int, width: int, rng: np.random.Generator, how: Perturbation = USUAL
) -> Plan:
    """Draw what is done to `count` masks of (height, width) pixels; see `perturbed`."""
    cut, kind, size, chance, tall, wide, *corners = rng.random((count, _NUMBERS)).T
    rows = _between(tall, height // 4, height // 2)
    columns = _between(wide, width // 4, width // 2)
    rooms = (height - rows, width - columns) * 2
    places = [_between(unit, 0, room) for unit, room in zip(corners, rooms, strict=True)]
    return Plan(
        cuts=how.lowest + (1 - how.lowest) * cut,
        kinds=_between(kind, ERODE, CLOSE),
        widths=_between(size, 1, how.largest),
        is_pasted=chance < how.pasted,
        rectangles=np.stack([rows, columns, *places], axis=1),
    )


def carried_out(plan: Plan, alpha: Tensor) -> Tensor:
    """Return masks of mattes, (B, 1, H, W) of 0 and 1, by a plan.

    What ends with fewer than 16 pixels, which no network is shown at inference, is the matte cut
    at a half instead.

    Args:
        plan: For as many mattes.
        alpha: (B, 1, H, W) in [0, 1].
    """
    cuts = upload(plan.cuts.astype(np.float32), alpha.device)[:, None, None, None]
    mask = morphed(alpha >= cuts, plan.kinds, plan.widths)
    for number in np.flatnonzero(plan.is_pasted):
        rows, columns, row, column, from_row, from_column = plan.rectangles[number]
        plane = mask[number, 0]
        source = plane[from_row : from_row + rows, from_column : from_column + columns].clone()
        plane[row : row + rows, column : column + columns] = source
    is_left = mask.sum(dim=(1, 2, 3), keepdim=True) >= LEAST
    return torch.where(is_left, mask, alpha > 0.5).float()


def morphed(mask: Tensor, kinds: NDArray[np.int64], widths: NDArray[np.int64]) -> Tensor:
    """Return masks eroded, dilated, opened or closed by OpenCV's elliptic kernels.

    What lies outside is ignored, as there.

    Args:
        mask: (B, 1, H, W) of bool.
        kinds: (B,) of `ERODE` to `CLOSE`.
        widths: (B,) of the kernels, pixels, at least 1; both steps of an opening have the same.
    """
    # Erosion is dilation of what is left out; so what begins or ends with it is turned inside out.
    is_first = upload(np.isin(kinds, (ERODE, OPEN)), mask.device)[:, None, None, None]
    mask = dilate(mask ^ is_first, widths) ^ is_first
    is_double = np.isin(kinds, (OPEN, CLOSE))
    is_second = upload(kinds == CLOSE, mask.device)[:, None, None, None]
    return dilate(mask ^ is_second, np.where(is_double, widths, 1)) ^ is_second


def _between(
    unit: NDArray[np.float64], low: int, high: NDArray[np.int64] | int
) -> NDArray[np.int64]:
    """Return whole numbers from low to high, both among them, of numbers in [0, 1)."""
    return low + (unit * (high - low + 1)).astype(np.int64)
