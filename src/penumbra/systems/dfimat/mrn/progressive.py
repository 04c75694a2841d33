"""Progressive refinement of mattes, as inference does it.

Yu et al., "Mask guided matting via progressive refinement network", CVPR 2021, section 3.2; the
sheet `dfimat`, section 5.2.  `refinement` does the same to batches of tensors.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import Alpha, Mask

LEAST = 1 / 255
"""How far from 0 and 1 an opacity is that is not sure."""

WIDTHS = (15, 7)
"""Of the elliptic kernels around what strides 8 and 4 are not sure of, pixels of a crop of about
512."""


def fuse(alphas: Sequence[Alpha], widths: Sequence[int] = WIDTHS) -> Alpha:
    """Return one matte of several: each counts near where those before it are not sure.

    Args:
        alphas: Of full size, (H, W) in [0, 1], the coarsest first: of strides 8, 4 and 1, or one
            alone.
        widths: Of the kernel around what is unsure, for each matte but the first; at least 1.

    Source:
        The sheet `dfimat`, section 5.2: what is written there as a product with 0 or 1 is a
        choice.

    Example:
        >>> sure, fine = np.ones((2, 3), np.float32), np.zeros((2, 3), np.float32)
        >>> fuse([sure, fine], [15]).tolist()
        [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """
    whole, *finer = alphas
    for alpha, width in zip(finer, widths, strict=len(finer) > 0):
        whole = np.where(dilate(is_unsure(whole), width), alpha, whole)
    return whole


def is_unsure(alpha: Alpha) -> Mask:
    """Return where a matte is neither 0 nor 1 by more than a step of 8 bits, (H, W)."""
    return (alpha > LEAST) & (alpha < 1 - LEAST)


def dilate(mask: Mask, width: int) -> Mask:
    """Return (H, W), dilated by OpenCV's elliptic kernel of that width; nothing lies outside."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    grown: NDArray[np.uint8] = np.asarray(cv2.dilate(mask.astype(np.uint8), kernel))
    return grown.astype(np.bool_)
