"""Is a model unsure where it is wrong?  Sparsification curves and the area between them.

Take away the pixels the model is least sure of, share by share, and watch the error of the
rest.  The oracle takes away the pixels of the largest error; the area between both curves
(AUSE) is 0 for a perfect uncertainty.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import Mask
from penumbra.core.errors import ImageError
from penumbra.metrics.pair import AnyAlpha, Floats, check_pair

ErrorKind = Literal["squared", "absolute"]
Curve = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sparsification:
    """Mean error of what remains, after taking away the shares 0, 1/K, ..., 1 of the pixels.

    Attributes:
        by_uncertainty: (K + 1,), the most uncertain pixels taken away first; 0 at the end.
        oracle: (K + 1,), the pixels of the largest error first; nowhere higher.
        error: What is averaged: squared or absolute differences of alpha.
        is_normalised: Whether the curves are divided by the error of the whole, and so start
            at 1.
        images: How many images the curves speak for.
        skipped: How many were left out because their curves are undefined.
    """

    by_uncertainty: Curve
    oracle: Curve
    error: ErrorKind
    is_normalised: bool
    images: int = 1
    skipped: int = 0

    @property
    def steps(self) -> int:
        """K, the number of shares."""
        return len(self.oracle) - 1

    @property
    def shares(self) -> list[float]:
        """Shares of the pixels that are taken away, from none to all."""
        return [step / self.steps for step in range(self.steps + 1)]

    @property
    def ause(self) -> float:
        """Area between both curves over the share taken away, by trapezoids."""
        return float(np.trapezoid(self.by_uncertainty - self.oracle, dx=1 / self.steps))

    def normalised(self) -> "Sparsification":
        """Return the curves divided by the error of the whole; NaN where that is 0."""
        whole = self.oracle[0] or np.nan
        return replace(
            self,
            by_uncertainty=self.by_uncertainty / whole,
            oracle=self.oracle / whole,
            is_normalised=True,
        )


def sparsify(
    alpha: AnyAlpha,
    alpha_true: AnyAlpha,
    uncertainty: Floats,
    region: Mask | None = None,
    *,
    error: ErrorKind = "squared",
    steps: int = 20,
) -> Sparsification:
    """Sparsification curves of one image, raw: in units of the error.

    Args:
        alpha: Estimated matte, (H, W) in [0, 1].
        alpha_true: True matte, (H, W) in [0, 1].
        uncertainty: (H, W), finite; only its order matters.  Of equals, the pixel first row
            by row is taken away first.
        region: Pixels to count, (H, W); all of them when omitted.
        error: What is averaged over the pixels that remain.
        steps: Number of shares K.

    Raises:
        ImageError: As in `sad`, or the uncertainty has another shape or is not finite, or
            steps is not positive.

    Source:
        Ilg et al., "Uncertainty estimates and multi-hypotheses networks for optical flow",
        ECCV 2018, section 5; Wei et al., CVPR 2021, figure 3.
    """
    return _curves(*_pixels(alpha, alpha_true, uncertainty, region, error), error, steps)


def sparsify_set(
    images: Iterable[tuple[AnyAlpha, AnyAlpha, Floats]],
    *,
    error: ErrorKind = "squared",
    steps: int = 20,
    is_pooled: bool = False,
    is_normalised: bool = True,
) -> Sparsification:
    """Sparsification curves of a set of images.

    Args:
        images: Estimated matte, true matte and uncertainty of each, (H, W).
        error: As in `sparsify`.
        steps: As in `sparsify`.
        is_pooled: Throw the pixels of all images into one heap.  Otherwise the curves of the
            images are averaged, each image weighing the same.
        is_normalised: Divide each curve by the error of the whole first; an image without any
            error is then skipped and counted.

    Returns:
        The curves; NaN if every image was skipped.

    Raises:
        ImageError: As in `sparsify`, or there is no image.
    """
    if is_pooled:
        curves = _pooled([_pixels(*image, None, error) for image in images], error, steps)
    else:
        curves = [sparsify(*image, error=error, steps=steps) for image in images]
    if not curves:
        raise ImageError("images must hold at least one image, got none")
    return mean_curves([each.normalised() for each in curves] if is_normalised else curves)


def mean_curves(curves: Sequence[Sparsification]) -> Sparsification:
    """Return the mean of curves, of as many shares each; undefined ones are left out and counted.

    NaN if all are.
    """
    kept = [each for each in curves if np.isfinite(each.oracle[0])]
    return replace(
        curves[0],
        by_uncertainty=np.mean([each.by_uncertainty for each in kept or curves], axis=0),
        oracle=np.mean([each.oracle for each in kept or curves], axis=0),
        images=sum(each.images for each in kept),
        skipped=sum(each.images for each in curves) - sum(each.images for each in kept),
    )


def _pixels(
    alpha: AnyAlpha,
    alpha_true: AnyAlpha,
    uncertainty: Floats,
    region: Mask | None,
    error: ErrorKind,
) -> tuple[Floats, Floats]:
    """Errors and uncertainties of the pixels of the region, (N,) each, row by row."""
    estimate, truth = check_pair(alpha, alpha_true, region)
    if uncertainty.shape != truth.shape:
        raise ImageError(f"uncertainty must have shape {truth.shape}, got {uncertainty.shape}")
    if not np.isfinite(uncertainty).all():
        raise ImageError("uncertainty must be finite, got NaN or infinity")
    errors = np.abs(np.subtract(estimate, truth, dtype=np.float64))
    if error == "squared":
        errors = np.square(errors)
    counted = np.ones(truth.shape, np.bool_) if region is None else region
    return errors[counted], uncertainty[counted].astype(np.float64)


def _pooled(
    pixels: list[tuple[Floats, Floats]], error: ErrorKind, steps: int
) -> list[Sparsification]:
    if not pixels:
        return []
    errors = np.concatenate([of_image for of_image, _ in pixels])
    unsure = np.concatenate([of_image for _, of_image in pixels])
    return [replace(_curves(errors, unsure, error, steps), images=len(pixels))]


def _curves(errors: Floats, unsure: Floats, error: ErrorKind, steps: int) -> Sparsification:
    if steps < 1:
        raise ImageError(f"steps must be at least 1, got {steps}")
    return Sparsification(
        _remaining(errors, unsure, steps), _remaining(errors, errors, steps), error, False
    )


def _remaining(errors: Floats, rank: Floats, steps: int) -> Curve:
    """Mean error of what remains after taking away the highest-ranked k/K, (K + 1,)."""
    ordered = errors[np.argsort(-rank, kind="stable")]
    sums = np.append(np.cumsum(ordered[::-1])[::-1], 0.0)  # sums[n]: without the first n
    # Half a pixel is rounded up, in integers: (2 k N + K) // 2 K is k N / K + 1/2, floored.
    removed = (2 * np.arange(steps + 1) * errors.size + steps) // (2 * steps)
    curve: Curve = sums[removed] / np.maximum(errors.size - removed, 1)
    return curve
