"""What `conflicts.py` does, for whole batches on their device.

The sheet `dfimat`, section 4.6.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from penumbra.systems.dfimat.iscn.conflicts import CLICK_RADIUS, MISSED, OK, SPILLED


class Strokes(NamedTuple):
    """Clicks and scribbles of a batch, oldest first; coordinates in one type of floats.

    Attributes:
        points: (B, S, P, 2), (x, y) in pixels; a line of fewer points repeats its last.
        widths: (B, S) of the brushes, pixels.
        signs: (B, S) int: 1 on the person, -1 off it, 0 for no stroke.
    """

    points: Tensor
    widths: Tensor
    signs: Tensor


def click_strokes(clicks: Tensor) -> Strokes:
    """Return the discs of clicks.

    Args:
        clicks: (B, N, 3): x and y in pixels, and 1 on the person, -1 off it, 0 for no click.
    """
    places = clicks[:, :, None, :2].floor() + 0.5
    widths = torch.full_like(clicks[..., 2], 2.0 * CLICK_RADIUS)
    return Strokes(places, widths, clicks[..., 2].long())


def paint_strokes(strokes: Strokes, height: int, width: int, boxes: Tensor | None = None) -> Tensor:
    """Return what is said about each pixel, (B, 1, H, W) int8; as `conflicts.paint`.

    Args:
        strokes: In pixels of this map.
        height: H.
        width: W.
        boxes: (B, 4) of x0, y0, x1, y1; outside is background.  All of an image is inside where
            there is no box.
    """
    points = strokes.points
    rows, cols = (
        torch.arange(count, device=points.device).to(points.dtype) + 0.5
        for count in (height, width)
    )
    said = torch.zeros(len(points), height, width, dtype=torch.int8, device=points.device)
    if boxes is not None:
        x0, y0, x1, y1 = boxes[:, :, None].unbind(1)
        is_row, is_col = (rows >= y0) & (rows < y1), (cols >= x0) & (cols < x1)
        said = torch.where(is_row[:, :, None] & is_col[:, None], said, -1)
    for number in range(points.shape[1]):
        there = _painted(points[:, number], strokes.widths[:, number], rows, cols)
        sign = strokes.signs[:, number, None, None].to(torch.int8)
        said = torch.where(there & (sign != 0), sign, said)
    return said[:, None]


def masks_before(logits: Tensor, height: int, width: int) -> Tensor:
    """Return where the last round saw the person, (B, 1, H, W) bool, of (B, 1, H / 4, W / 4)."""
    large = interpolate(logits.float(), (height, width), mode="bilinear", align_corners=False)
    return large > 0


def conflicts_of(said: Tensor, previous: Tensor) -> Tensor:
    """Return M_ref, (B, 1, H, W) uint8; as `conflicts.find_conflicts`.

    Args:
        said: (B, 1, H, W) of -1, 0 and 1.
        previous: (B, 1, H, W) bool.
    """
    missed = (said == 1) & ~previous
    spilled = (said == -1) & previous
    return (OK + (MISSED - OK) * missed + (SPILLED - OK) * spilled).to(torch.uint8)


def agreement(said: Tensor, conflicts: Tensor) -> Tensor:
    """Return the share of the painted pixels that agreed, (B,); as `conflicts.consistency`."""
    painted = (said != 0).sum(dim=(1, 2, 3))
    return 1 - (conflicts != 0).sum(dim=(1, 2, 3)) / painted.clamp(min=1)


def _painted(points: Tensor, widths: Tensor, rows: Tensor, cols: Tensor) -> Tensor:
    """Return the pixels of one stroke of each image, (B, H, W) bool; points: (B, P, 2)."""
    reach = widths.clamp(min=1) / 2
    reach2 = (reach * reach)[:, None, None]
    is_painted = _under(points, len(rows), len(cols))
    count = points.shape[1]
    for start, end in zip(range(max(count - 1, 1)), range(min(1, count - 1), count), strict=True):
        x0, y0 = points[:, start, :, None, None].unbind(1)  # (B, 1, 1)
        dx, dy = (points[:, end] - points[:, start])[..., None, None].unbind(1)
        x, y = cols - x0, rows[:, None] - y0
        length2 = dx * dx + dy * dy
        share = ((x * dx + y * dy) / torch.where(length2 > 0, length2, 1)).clamp(0, 1)
        is_painted |= (x - share * dx) ** 2 + (y - share * dy) ** 2 <= reach2
    return is_painted


def _under(points: Tensor, height: int, width: int) -> Tensor:
    """Return the pixels under the points themselves, (B, H, W) bool."""
    x, y = points.floor().long().unbind(-1)
    is_inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    # What lies outside marks one cell more, which is then dropped.
    cell = torch.where(is_inside, y * width + x, height * width)
    marked = torch.zeros(len(points), height * width + 1, dtype=torch.bool, device=points.device)
    marked = marked.scatter(1, cell, True)[:, :-1]
    return torch.unflatten(marked, 1, (height, width))
