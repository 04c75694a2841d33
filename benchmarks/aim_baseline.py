"""What a classical pipeline answers without any hint: saliency, then GrabCut, then closed form.

Saliency is how unlike a colour is to those along the frame: in Lab, the Mahalanobis distance to
the colours of each of its four sides, where the side that a place resembles least does not count,
since an object may touch it; times a Gaussian around the middle.

Source:
    Zhang et al., "Minimum Barrier Salient Object Detection at 80 FPS", ICCV 2015 (colours of the
    frame); Rother, Kolmogorov, Blake, "GrabCut", 2004; Levin, Lischinski, Weiss, "A Closed-Form
    Solution to Natural Image Matting", 2008.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha, Mask
from penumbra.core.matte import Matte
from penumbra.core.resample import resize
from penumbra.solvers.band import trimap_around
from penumbra.solvers.closed_form import estimate_alpha_closed_form

SALIENCY_SIDE = 256  # pixels, longer
GRABCUT_SIDE = 512
FRAME = 0.1  # of the shorter side: how deep the frame reaches
SPREAD = 0.4  # standard deviation of the Gaussian around the middle, in sizes of each side
ROUNDS = 5


def find_by_saliency(image: RGB) -> Matte:
    """Return a matte of what stands out, (H, W)."""
    height, width = image.shape[:2]
    prior = resize(saliency(shrunk(image, SALIENCY_SIDE)), height, width)
    outline = cut(image, prior)
    trimap = trimap_around(image, outline, max(1.0, float(np.sqrt(outline.sum()))))
    return Matte(estimate_alpha_closed_form(image, trimap), trimap)


def saliency(image: RGB) -> Alpha:
    """Return how much a place stands out, (H, W) in [0, 1]."""
    height, width = image.shape[:2]
    lab = cv2.cvtColor(image.astype(np.float32), cv2.COLOR_RGB2LAB).astype(np.float64)
    depth = max(2, round(FRAME * min(height, width)))
    sides = (lab[:depth], lab[-depth:], lab[:, :depth], lab[:, -depth:])
    unlike = np.stack([_distance(lab, side.reshape(-1, 3)) for side in sides])
    unlike /= np.maximum(unlike.max(axis=(1, 2), keepdims=True), 1e-9)
    row = (np.arange(height) + 0.5) / height - 0.5
    column = (np.arange(width) + 0.5) / width - 0.5
    middle = np.exp(-(row[:, None] ** 2 + column**2) / (2 * SPREAD**2))
    stands_out = (unlike.sum(axis=0) - unlike.max(axis=0)) * middle
    return (stands_out / max(float(stands_out.max()), 1e-9)).astype(np.float32)


def cut(image: RGB, prior: Alpha) -> Mask:
    """Return what GrabCut makes of a prior, (H, W); where that is nothing, the prior's best half.

    Args:
        image: (H, W, 3).
        prior: (H, W) in [0, 1]; divided by Otsu's threshold.
    """
    height, width = prior.shape
    small, likely = shrunk(image, GRABCUT_SIDE), shrunk(prior, GRABCUT_SIDE)
    codes = np.rint(255 * likely).astype(np.uint8)
    _, above = cv2.threshold(codes, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    labels = np.where(above > 0, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    if 0 < above.sum() < above.size:
        bgr = np.rint(255 * small[:, :, ::-1]).astype(np.uint8)
        cv2.setRNGSeed(0)
        models = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.grabCut(bgr, labels, None, *models, ROUNDS, cv2.GC_INIT_WITH_MASK)
    found = (labels == cv2.GC_PR_FGD).astype(np.float32)
    outline: Mask = resize(found if found.any() else above.astype(np.float32), height, width) >= 0.5
    return outline


def shrunk(plane: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Shrink until the longer side has at most so many pixels."""
    height, width = plane.shape[:2]
    scale = min(1.0, side / max(height, width))
    return resize(plane, max(1, round(height * scale)), max(1, round(width * scale)))


def _distance(colours: NDArray[np.float64], side: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mahalanobis distance of every pixel to the colours of a side, (H, W)."""
    spread = np.cov(side.T) + np.eye(3)
    apart = colours - side.mean(axis=0)
    squared = np.einsum("hwi,ij,hwj->hw", apart, np.linalg.inv(spread), apart)
    return np.sqrt(np.maximum(squared, 0))
