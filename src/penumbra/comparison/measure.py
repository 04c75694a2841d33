"""Errors of one matte, as the comparison writes them down."""

from dataclasses import dataclass

import numpy as np

from penumbra.comparison.scenes import Protocol, Scene
from penumbra.core.arrays import RGB, Alpha, Mask
from penumbra.core.composite import composite
from penumbra.core.trimap import unknown
from penumbra.metrics.alpha import mad, mse, sad
from penumbra.metrics.connectivity import connectivity_error
from penumbra.metrics.gradient import gradient_error_adobe
from penumbra.metrics.interaction import iou
from penumbra.metrics.uncertainty import sparsify
from penumbra.solvers.foreground import estimate_foreground

BACKDROPS = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.0, 1.0, 0.0))
"""Black, white and green: what cut-outs are judged on."""


@dataclass(frozen=True, eq=False)
class Region:
    """Where errors are summed.

    Attributes:
        name: "image" or "unknown".
        mask: (H, W), or None for all of the image.
        pixels: How many.
    """

    name: str
    mask: Mask | None
    pixels: int


def region_of(scene: Scene, protocol: Protocol) -> Region:
    """Return the unknown region where a trimap is given, else the whole image."""
    if protocol != "trimap" or scene.trimap is None:
        return Region("image", None, scene.alpha_true.size)
    mask = unknown(scene.trimap)
    return Region("unknown", mask, int(mask.sum()))


def scores_of(alpha: Alpha, scene: Scene, region: Region) -> dict[str, float]:
    """Return the errors of a matte: SAD, Grad and Conn in thousands, the others as they are.

    Grad is that of Deep Image Matting's published tool, IoU is of what is more than half opaque
    in the whole image, and "colour" is there where the true colours are known.

    Args:
        alpha: (H, W) in [0, 1].
        scene: With the truth.
        region: Where errors are summed.

    Raises:
        ImageError: The matte has another size, or the region is empty.
    """
    truth, mask = scene.alpha_true, region.mask
    scores = {
        "SAD": sad(alpha, truth, mask) / 1000,
        "MSE": mse(alpha, truth, mask),
        "MAD": mad(alpha, truth, mask),
        "Grad": gradient_error_adobe(alpha, truth, mask) / 1000,
        "Conn": connectivity_error(alpha, truth, mask) / 1000,
        "IoU": iou(alpha, truth),
    }
    if scene.foreground_true is not None:
        scores["colour"] = colour_error(alpha, scene, scene.foreground_true, mask)
    return scores


def colour_error(alpha: Alpha, scene: Scene, foreground_true: RGB, mask: Mask | None) -> float:
    """Mean absolute difference between the cut-out and the true one over plain backdrops.

    The colours of the object are estimated as `penumbra cut` does.  Both cut-outs are laid over
    black, white and green; the differences, in [0, 1], are averaged over the region, the three
    channels and the three backdrops.

    Args:
        alpha: The matte, (H, W) in [0, 1].
        scene: With image and true matte.
        foreground_true: Straight colours of the object, (H, W, 3).
        mask: The region, (H, W), or None for all of the image.
    """
    foreground, _ = estimate_foreground(scene.image, alpha)
    errors = []
    for colour in BACKDROPS:
        backdrop = np.array(colour, np.float32)
        error = composite(foreground, backdrop, alpha) - composite(
            foreground_true, backdrop, scene.alpha_true
        )
        errors.append(np.abs(error if mask is None else error[mask]).mean(dtype=float))
    return float(np.mean(errors))


def sparsification(
    alpha: Alpha, scene: Scene, uncertainty: Alpha, region: Region
) -> dict[str, list[float]]:
    """Return the squared error that is left without the most uncertain pixels, and the oracle's.

    At 21 shares from 0 to 1, relative to the error of all; nothing where the matte is perfect.

    Args:
        alpha: (H, W) in [0, 1].
        scene: With the truth.
        uncertainty: (H, W).
        region: Where errors are counted.
    """
    curves = sparsify(alpha, scene.alpha_true, uncertainty, region.mask).normalised()
    if not np.isfinite(curves.oracle).all():
        return {}
    return {
        "sparsification": np.round(curves.by_uncertainty, 6).tolist(),
        "oracle": np.round(curves.oracle, 6).tolist(),
    }
