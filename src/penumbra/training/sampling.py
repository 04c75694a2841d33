"""Cutting affine windows out of a pool, all of a batch at once."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import avg_pool2d, grid_sample

from penumbra.training.draws import Floats
from penumbra.training.pool import LEVELS, Pool
from penumbra.training.upload import upload

DENSE = 1.1  # pixels of a level per pixel of the sample from which on four are averaged into one


@dataclass(frozen=True, eq=False)
class Shape:
    """How windows are turned, stretched and mirrored, whatever their size.

    Attributes:
        matrix: (B, 2, 2) from a step in the sample to one in the picture, at a zoom of 1.
    """

    matrix: Floats

    @property
    def reach(self) -> Floats:
        """How far a window of side 2 and zoom 1 reaches from its centre, (B, 2) as (x, y)."""
        return np.abs(self.matrix).sum(axis=2)


@dataclass(frozen=True, eq=False)
class Window:
    """Where each sample of a batch looks into its picture.

    The pixel of the sample whose centre lies `d` from the centre of the sample shows the point
    `centre + zoom * matrix @ d` of the picture.

    Attributes:
        pictures: (B,) numbers in the pool.
        centre: (B, 2) points (x, y) in pixels of the picture.
        zoom: (B,) pixels of the picture per pixel of the sample.
        shape: Turn, stretch and mirror.
    """

    pictures: NDArray[np.int64]
    centre: Floats
    zoom: Floats
    shape: Shape

    def only(self, rows: NDArray[np.int64]) -> "Window":
        """Return the windows of some samples."""
        shape = Shape(self.shape.matrix[rows])
        return Window(self.pictures[rows], self.centre[rows], self.zoom[rows], shape)


def shape_of(
    angle: Floats, aspect: Floats | float = 1.0, is_mirrored: NDArray[np.bool_] | bool = False
) -> Shape:
    """Describe how windows are turned, stretched and mirrored.

    Args:
        angle: (B,) of rotation, radians.
        aspect: (B,) how much wider than high a pixel of the sample is in the picture.
        is_mirrored: (B,) left and right change sides.
    """
    sine, cosine = np.sin(angle), np.cos(angle)
    across = np.sqrt(aspect) * np.where(is_mirrored, -1.0, 1.0)
    down = 1 / np.sqrt(aspect)
    return Shape(
        np.stack(
            [
                np.stack([cosine * across, -sine * down], axis=1),
                np.stack([sine * across, cosine * down], axis=1),
            ],
            axis=1,
        )
    )


def cut(
    pool: Pool, view: Window, size: int, beyond: Literal["mirror", "empty"]
) -> tuple[Tensor, Tensor]:
    """Sample the windows.

    A window takes the level of the pyramid that is just fine enough; where that is still finer
    than the sample by more than a little, four points are averaged into one pixel.  So strands of
    hair neither alias nor blur.

    Args:
        pool: Of pictures.
        view: Of B samples.
        size: Of the samples, pixels.
        beyond: What lies beyond a picture: its mirror image, or its border colours with an
            alpha of 0.

    Returns:
        Colours (B, 3, size, size) and alpha (B, 1, size, size) in [0, 1], on the pool's device.
    """
    device = pool.levels[0].device
    scale = view.zoom * np.sqrt(np.abs(np.linalg.det(view.shape.matrix)))
    levels = np.clip(np.floor(np.log2(np.maximum(scale, 1e-9)) + 1e-6), 0, LEVELS - 1).astype(int)
    is_dense = scale / 2.0**levels > DENSE
    result = torch.empty((len(levels), 4, size, size), device=device)
    for level, density in sorted({*zip(levels.tolist(), (1 + is_dense).tolist(), strict=True)}):
        rows = np.flatnonzero((levels == level) & (is_dense == (density == 2)))
        points = _points(view, rows, size, density, device)  # (b, n, n, 2), n = size * density
        sizes = pool.sizes[view.pictures[rows]][:, None, None, ::-1]
        extent = upload(sizes, device)  # (b, 1, 1, 2): width, height
        coarse = torch.round(extent / 2**level).clamp_(min=1)
        is_inside = ((points > 0) & (points < extent)).all(dim=3).unsqueeze(1)
        if beyond == "mirror":
            points = extent - (points.remainder(2 * extent) - extent).abs()
        points = points * (coarse / extent)
        # Not beyond the outermost centres: past them the canvas holds copies, or nothing.
        points = torch.minimum(points.clamp(min=0.5), coarse - 0.5)
        canvas = pool.levels[level]
        source = canvas.index_select(0, upload(view.pictures[rows], device)).float()
        grid = points * (2 / canvas.shape[-1]) - 1
        part = grid_sample(source, grid, "bilinear", "border", align_corners=False)
        if beyond == "empty":
            part[:, 3:] *= is_inside
        result[upload(rows, device)] = avg_pool2d(part, 2) if density == 2 else part
    result *= 1 / 255
    return result[:, :3], result[:, 3:]


def _points(
    view: Window, rows: NDArray[np.int64], size: int, density: int, device: torch.device
) -> Tensor:
    """Return what each point of the samples looks at, (b, n, n, 2) as (x, y)."""
    zoom = view.zoom[rows, None, None] / density
    matrix = upload((zoom * view.shape.matrix[rows]).astype(np.float32), device)
    centre = upload(view.centre[rows].astype(np.float32), device)
    count = size * density
    steps = torch.arange(count, dtype=torch.float32, device=device) - (count - 1) / 2
    across = steps[None, None, :, None] * matrix[:, None, None, :, 0]
    down = steps[None, :, None, None] * matrix[:, None, None, :, 1]
    return centre[:, None, None, :] + across + down
