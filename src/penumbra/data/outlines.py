"""Regions that a dataset writes as numbers: polygons, and runs of equal pixels.

The format of COCO (Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014; its page
"Data format").  Runs are those of the published annotation files, plain lists; the packed
strings that programs exchange are not read.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from penumbra.core.arrays import Mask
from penumbra.core.errors import DatasetError

_FINE = 8  # subpixels a side, by which a polygon's cover of a pixel is measured


@dataclass(frozen=True)
class Outline:
    """One object's region, as it stands in the file.

    Attributes:
        height: Of the picture, in pixels.
        width: Of the picture, in pixels.
        segmentation: A list of polygons [x0, y0, x1, y1, ...], x right and y down from the outer
            corner of the top-left pixel; or {"counts": [...], "size": [height, width]}, the
            lengths of runs down the columns, background first.
        is_crowd: The region holds several objects that were not told apart.
    """

    height: int
    width: int
    segmentation: Any = field(hash=False)
    is_crowd: bool = False


def mask_of(outline: Outline) -> Mask:
    """Draw the region, (height, width).

    A pixel belongs to a polygon that covers at least half of it, and to the region if it belongs
    to any polygon.

    Raises:
        DatasetError: The polygons or the runs cannot be those of a picture of this size.

    Example:
        >>> mask_of(Outline(2, 3, [[1, 0, 3, 0, 3, 1, 1, 1]])).astype(int)
        array([[0, 1, 1],
               [0, 0, 0]])
        >>> mask_of(Outline(2, 3, {"counts": [1, 3, 2], "size": [2, 3]})).astype(int)
        array([[0, 1, 0],
               [1, 1, 0]])
    """
    if isinstance(outline.segmentation, dict):
        return _mask_of_runs(outline)
    mask: Mask = np.zeros((outline.height, outline.width), np.bool_)
    for polygon in outline.segmentation:
        _add_polygon(mask, polygon)
    return mask


def _mask_of_runs(outline: Outline) -> Mask:
    shape = (outline.height, outline.width)
    counts, size = outline.segmentation.get("counts"), outline.segmentation.get("size")
    if size != list(shape):
        raise DatasetError(f"runs must have the size {list(shape)} of their picture, got {size}")
    if not isinstance(counts, list) or not all(isinstance(n, int) and n >= 0 for n in counts):
        raise DatasetError(f"runs must be a list of lengths, got {str(counts)[:40]!r}")
    if sum(counts) != outline.height * outline.width:
        raise DatasetError(f"runs must cover {shape[0] * shape[1]} pixels, got {sum(counts)}")
    is_object = np.arange(len(counts)) % 2 == 1
    mask: Mask = np.repeat(is_object, counts).reshape(shape, order="F")
    return mask


def _add_polygon(mask: Mask, polygon: Sequence[float]) -> None:
    """Set the pixels of `mask` that the polygon covers at least half."""
    import cv2

    if len(polygon) < 6 or len(polygon) % 2 or not np.isfinite(polygon).all():
        raise DatasetError(f"polygon must be at least three points x, y, got {list(polygon)[:8]}")
    points = np.reshape(np.asarray(polygon, np.float64), (-1, 2))
    lowest = np.maximum(np.floor(points.min(0)), 0).astype(int)
    highest = np.minimum(np.ceil(points.max(0)), mask.shape[::-1]).astype(int)
    width, height = np.maximum(highest - lowest, 0)
    if width * height == 0:
        return
    fine = np.zeros((height * _FINE, width * _FINE), np.uint8)
    # OpenCV counts from the centre of the first pixel, and 16ths of a pixel with shift=4.
    corners = np.rint(((points - lowest) * _FINE - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(fine, [corners], 1, shift=4)
    cover = fine.reshape(height, _FINE, width, _FINE).mean((1, 3))
    part = mask[lowest[1] : highest[1], lowest[0] : highest[0]]
    part |= cover >= 0.5
