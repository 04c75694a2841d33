"""Cutting affine windows out of a pool, all of a batch at once."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import grid_sample

from penumbra.training.draws import Floats
from penumbra.training.pool import LEVELS, Pool


@dataclass(frozen=True, eq=False)
class Window:
    """Where each sample of a batch looks into its picture.

    The pixel of the sample whose centre lies `d` from the centre of the sample shows the point
    `centre + matrix @ d` of the picture.

    Attributes:
        pictures: (B,) numbers in the pool.
        centre: (B, 2) points (x, y) in pixels of the picture.
        matrix: (B, 2, 2), in pixels of the picture per pixel of the sample.
    """

    pictures: NDArray[np.int64]
    centre: Floats
    matrix: Floats


def window(
    pictures: NDArray[np.int64],
    centre: Floats,
    zoom: Floats,
    angle: Floats | float = 0.0,
    aspect: Floats | float = 1.0,
    is_mirrored: NDArray[np.bool_] | bool = False,
) -> Window:
    """Describe windows.

    Args:
        pictures: (B,).
        centre: (B, 2).
        zoom: (B,) pixels of the picture per pixel of the sample.
        angle: Of rotation, radians.
        aspect: How much wider than high a pixel of the sample is in the picture.
        is_mirrored: Left and right change sides.
    """
    zeros = np.zeros(len(pictures))
    sine, cosine = np.sin(angle + zeros), np.cos(angle + zeros)
    across = zoom * np.sqrt(aspect + zeros) * np.where(np.asarray(is_mirrored) | False, -1, 1)
    down = zoom / np.sqrt(aspect + zeros)
    rows = [
        np.stack([cosine * across, -sine * down], 1),
        np.stack([sine * across, cosine * down], 1),
    ]
    return Window(pictures, centre, np.stack(rows, 1))


def cut(pool: Pool, view: Window, size: int, fill: str) -> tuple[Tensor, Tensor]:
    """Sample the windows at the pyramid level that keeps them from aliasing.

    Args:
        pool: Of pictures.
        view: Of B samples.
        size: Of the samples, pixels.
        fill: What lies beyond a picture: "reflect" its mirror image, or "empty" its border
            colours with an alpha of 0.

    Returns:
        Colours (B, 3, size, size) and alpha (B, 1, size, size) in [0, 1], on the pool's device.
    """
    device = pool.levels[0].device
    scale = np.sqrt(np.abs(np.linalg.det(view.matrix)))
    levels = np.clip(np.floor(np.log2(np.maximum(scale, 1e-9)) + 0.5), 0, LEVELS - 1).astype(int)
    result = torch.empty((len(levels), 4, size, size), device=device)
    for level in np.unique(levels):
        rows = np.flatnonzero(levels == level)
        points = _points(view, rows, size, device)  # (b, size, size, 2)
        extent = torch.from_numpy(pool.sizes[view.pictures[rows]][:, None, None, ::-1].copy())
        extent = extent.to(device)  # (b, 1, 1, 2): width, height
        coarse = torch.round(extent / 2**level).clamp_(min=1)
        is_inside = ((points > 0) & (points < extent)).all(dim=3).unsqueeze(1)
        if fill == "reflect":
            points = extent - (points.remainder(2 * extent) - extent).abs()
        points = points * (coarse / extent)
        # Not beyond the outermost centres: past them the canvas holds copies, or nothing.
        points = torch.minimum(points.clamp(min=0.5), coarse - 0.5)
        canvas = pool.levels[level]
        pictures = torch.from_numpy(view.pictures[rows]).to(device)
        source = canvas.index_select(0, pictures).float()
        grid = points * (2 / canvas.shape[-1]) - 1
        part = grid_sample(
            source, grid, mode="bilinear", padding_mode="border", align_corners=False
        )
        if fill == "empty":
            part[:, 3:] *= is_inside
        result[torch.from_numpy(rows).to(device)] = part
    result *= 1 / 255
    return result[:, :3], result[:, 3:]


def _points(view: Window, rows: NDArray[np.int64], size: int, device: torch.device) -> Tensor:
    """Return what each pixel of the samples looks at, (b, size, size, 2) as (x, y)."""
    matrix = torch.from_numpy(view.matrix[rows].astype(np.float32)).to(device)
    centre = torch.from_numpy(view.centre[rows].astype(np.float32)).to(device)
    steps = torch.arange(size, dtype=torch.float32, device=device) - (size - 1) / 2
    across = steps[None, None, :, None] * matrix[:, None, None, :, 0]
    down = steps[None, :, None, None] * matrix[:, None, None, :, 1]
    return centre[:, None, None, :] + across + down
