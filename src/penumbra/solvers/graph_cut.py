"""Which side each pixel is on, by its colour and by edges: GrabCut, in its parts.

Rother, Kolmogorov and Blake, "GrabCut: interactive foreground extraction using iterated graph
cuts", SIGGRAPH 2004, through OpenCV; always from the same random numbers.
"""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import Mask

GAUSSIANS = 5
"""Of each side's colours."""

_LEAST = GAUSSIANS + 1  # colours of a side to learn from
_GRAIN = 3.0  # 8-bit steps by which colours that count as one differ
_NO_RECT = (0, 0, 1, 1)  # asked for, and not looked at where there are labels

Picture = NDArray[np.uint8]
"""(H, W, 3)."""

Labels = NDArray[np.uint8]
"""(H, W) of OpenCV's GC_BGD, GC_FGD, GC_PR_BGD and GC_PR_FGD."""


class Models(NamedTuple):
    """The colours of both sides, as OpenCV holds them.

    Attributes:
        background: (1, 65): weights, means and covariances of five Gaussians, in 8-bit steps.
        foreground: The same.
    """

    background: NDArray[np.float64]
    foreground: NDArray[np.float64]


def fit(colours: Picture, is_object: Mask) -> Models | None:
    """Learn the colours of both sides; None where a side has fewer than six pixels.

    Args:
        colours: (N, 3), of pixels anywhere.
        is_object: (N,), which side they are on.
    """
    if min(np.count_nonzero(is_object), np.count_nonzero(~is_object)) < _LEAST:
        return None
    labels = np.where(is_object, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)[None]
    return _grab_cut(colours[None], labels, Models(*np.zeros((2, 1, 65))), 0)


def cut(picture: Picture, labels: Labels, rounds: int, models: Models | None = None) -> Mask:
    """Return which pixels are object, (H, W): those labelled so, and of the rest the likely ones.

    Args:
        picture: (H, W, 3).
        labels: (H, W).
        rounds: How often the colours are learned and the picture is cut.
        models: What the colours are, where they are not to be learned.
    """
    is_object = (labels & 1).astype(np.bool_)
    if is_object.all() or not is_object.any():
        return is_object  # one side is empty: there is nothing to tell apart
    labels = labels.copy()
    if models is None:
        _grab_cut(picture, labels, Models(*np.zeros((2, 1, 65))), rounds)
    else:
        _grab_cut(picture, labels, models, rounds, cv2.GC_EVAL_FREEZE_MODEL)
    return (labels & 1).astype(np.bool_)


def log_ratio(picture: Picture, models: Models) -> NDArray[np.float32]:
    """Return how much likelier each colour is as object's than as background's, in nats.

    Args:
        picture: (H, W, 3), or pixels of it, (N, 3); the answer is (H, W) or (N,).
        models: Of both sides; colours nearer than grain count as one.
    """
    colours = np.ascontiguousarray(picture.reshape(-1, 3).T, np.float32)
    background, foreground = (np.log(_density(colours, model[0])) for model in models)
    return (foreground - background).reshape(picture.shape[:-1])


def _density(colours: NDArray[np.float32], model: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return the density of colours, (3, N), up to a factor, (N,); never 0."""
    weights = model[:GAUSSIANS]
    means = model[GAUSSIANS : 4 * GAUSSIANS].reshape(GAUSSIANS, 3)
    spreads = model[4 * GAUSSIANS :].reshape(GAUSSIANS, 3, 3) + _GRAIN**2 * np.eye(3)
    density = np.full(colours.shape[1], 1e-30, np.float32)
    for weight, mean, spread in zip(weights, means, spreads, strict=True):
        if weight > 0:
            whitened = np.linalg.cholesky(np.linalg.inv(spread)).astype(np.float32)
            away = whitened.T @ (colours - mean.astype(np.float32)[:, None])
            away *= away
            scale = np.float32(weight / np.sqrt(np.linalg.det(spread)))
            density += scale * np.exp(np.full(3, -0.5, np.float32) @ away)
    return density


def _grab_cut(
    picture: Picture, labels: Labels, models: Models, rounds: int, how: int = cv2.GC_INIT_WITH_MASK
) -> Models:
    """Change the labels, and return the models of which they come."""
    background, foreground = (np.array(model) for model in models)
    cv2.setRNGSeed(0)
    seen = np.ascontiguousarray(picture)
    cv2.grabCut(seen, labels, _NO_RECT, background, foreground, rounds, how)
    return Models(background, foreground)
