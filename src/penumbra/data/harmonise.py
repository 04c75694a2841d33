"""Making pasted people belong: light of the background, a shadow at the feet, one camera.

The sheet `smpmat`, section 8.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha

_STRETCH = (0.5, 2.0)  # limits of the ratio of deviations: flat colours are not blown up
_FOOT = 0.08  # heights of a person: the part that is near the ground
_SOLE = 0.03  # heights of a person: how deep the feet are that touch it, seen from above
_SHADOW = (0.03, 0.012)  # heights of a person: how far its shadow is blurred across and down


def matched(colours: RGB, alpha: Alpha, scenery: RGB, strength: float = 0.5) -> RGB:
    """Return colours whose mean and deviation in Lab come nearer to those of a scenery.

    Args:
        colours: (H, W, 3) in [0, 1] of a person.
        alpha: (H, W) in [0, 1]: how much each pixel counts; not all 0.
        scenery: (h, w, 3) in [0, 1].
        strength: 0 changes nothing, 1 is the full transfer.

    Returns:
        (H, W, 3) in [0, 1].

    Source:
        Reinhard et al., "Color transfer between images", IEEE CG&A 2001, in CIE Lab; mixed by
        strength as in the sheet `smpmat`, section 8.  The ratio of the deviations is kept in
        [0.5, 2].
    """
    if strength == 0:
        return colours.copy()
    person, around = _lab(colours), _lab(scenery)
    weights = alpha.astype(np.float64).ravel()
    mean, deviation = _moments(person.reshape(-1, 3), weights)
    goal, wanted = _moments(around.reshape(-1, 3), np.ones(scenery.shape[0] * scenery.shape[1]))
    ratio = np.clip(wanted / np.maximum(deviation, 1e-6), *_STRETCH)
    moved = (person - mean) * ratio + goal
    mixed = (person + strength * (moved - person)).astype(np.float32)
    return np.clip(np.asarray(cv2.cvtColor(mixed, cv2.COLOR_LAB2RGB), np.float32), 0, 1)


def contact_shadow(alpha: Alpha, ground: int, height: int) -> Alpha:
    """Return the soft shadow right under a standing person.

    Args:
        alpha: (H, W) in [0, 1], the person on the canvas.
        ground: Row below the feet; it may lie outside.
        height: Of the person, pixels.

    Returns:
        (H, W) in [0, 1]: where the person's feet, seen from above, would be, blurred, 1 where it
        is darkest; all 0 where no feet are on the canvas.
    """
    near = alpha[max(ground - max(round(_FOOT * height), 1), 0) : max(ground, 0)]
    half = max(_SOLE * height / 2, 1)
    shadow = np.zeros_like(alpha)
    rows = slice(max(round(ground - half), 0), max(round(ground + half), 0))
    shadow[rows] = near.max(axis=0, initial=0)
    across, down = (max(share * height, 0.5) for share in _SHADOW)
    shadow = np.asarray(cv2.GaussianBlur(shadow, (0, 0), across, sigmaY=down), np.float32)
    darkest = float(shadow.max())
    return shadow / darkest if darkest > 0 else shadow


def noisy(image: RGB, deviation: float, quality: int | None, rng: np.random.Generator) -> RGB:
    """Return what one camera would have kept of a picture: noise, then JPEG.

    Args:
        image: (H, W, 3) in [0, 1].
        deviation: Of Gaussian noise, in units of the range.
        quality: Of JPEG, 1 to 100; None for no compression.
        rng: Draws the noise.

    Returns:
        (H, W, 3) in [0, 1]; the picture itself, if nothing is asked for.
    """
    if deviation > 0:
        grain = rng.standard_normal(image.shape, np.float32)
        image = np.clip(image + np.float32(deviation) * grain, 0, 1)
    if quality is None:
        return image
    levels = np.rint(255 * image[:, :, ::-1]).astype(np.uint8)
    is_done, data = cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert is_done
    kept = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.float32)
    return np.ascontiguousarray(kept[:, :, ::-1]) / np.float32(255)


def _lab(image: RGB) -> NDArray[np.float32]:
    """Return CIE Lab, (H, W, 3): lightness in [0, 100], and two colour differences."""
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2LAB), np.float32)


def _moments(
    values: NDArray[np.float32], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and standard deviation of (N, 3) values, each (3,)."""
    total = weights.sum()
    mean = weights @ values / total
    return mean, np.sqrt(weights @ np.square(values - mean) / total)
