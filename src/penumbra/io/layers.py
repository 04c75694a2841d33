"""A cut-out as layers: the background, and above it the object.

Photoshop documents hold the matte as a layer mask, which can be painted on: the colours it hides
are those of the picture.  OpenRaster has no masks, so there the matte is the alpha of the object's
layer.
"""

import cv2
import numpy as np

from penumbra.core.arrays import RGB, Alpha, as_alpha, as_rgb
from penumbra.core.cutout import Cutout
from penumbra.io.hidden import spread_colours
from penumbra.io.ora import encode_ora
from penumbra.io.psd import BACKGROUND, OBJECT, encode_psd
from penumbra.io.samples import Integers, quantise

LAYER_SUFFIXES = (".psd", ".ora")

_GUESSED, _UNSEEN = 0.5, 0.9  # alpha from which on a background is calmed, and wholly
_CALM = 3.0  # standard deviation, in pixels


def encode_layers(
    cutout: Cutout, behind: RGB | None, suffix: str, bits: int, icc_profile: bytes | None
) -> bytes:
    """Return the file of a cut-out in layers.

    Args:
        cutout: What was lifted off.
        behind: What it is laid over, (H, W, 3) or one colour (3,).  None leaves it transparent:
            the layer below is then the picture's background without the object, and hidden.
        suffix: One of `LAYER_SUFFIXES`.
        bits: A sample, 8 or 16.
        icc_profile: Embedded as it is.

    Raises:
        OutputError: The picture does not fit that kind of file, or the extra is missing.
        ImageError: Colours or alpha are not finite or lie outside [0, 1].
    """
    alpha = quantise(as_alpha(cutout.alpha), bits)
    is_seen = alpha > 0
    foreground = as_rgb(cutout.foreground, "foreground")
    picture = as_rgb(cutout.background, "background")
    if behind is None:
        below = _calmed(picture, cutout.alpha)
    else:
        below = as_rgb(np.broadcast_to(behind, foreground.shape), "background")
    background = quantise(below, bits)
    spread = quantise(spread_colours(foreground, is_seen), bits)
    lifted: Integers = np.concatenate([spread, alpha[:, :, None]], axis=2)
    merged = lifted if behind is None else quantise(cutout.over(below), bits)
    if suffix == ".ora":
        hidden = frozenset({BACKGROUND}) if behind is None else frozenset[str]()
        layers = {OBJECT: lifted, BACKGROUND: background}
        return encode_ora(layers, hidden, merged, icc_profile)
    colours = quantise(np.where(is_seen[:, :, None], foreground, picture), bits)
    return encode_psd(colours, alpha, background, merged, icc_profile)


def _calmed(background: RGB, alpha: Alpha) -> RGB:
    """Smooth a background where the object hides most of it.

    There its estimate is hardly held by the photograph, and may be a dot of any colour; below the
    object nobody sees that, on a layer of its own everybody does.
    """
    weight = np.square(1 - alpha)[:, :, None] + np.float32(1e-4)
    sums = cv2.GaussianBlur(np.dstack([background * weight, weight]), (0, 0), _CALM)
    smooth = sums[:, :, :3] / sums[:, :, 3:]
    share = ((alpha - _GUESSED) / (_UNSEEN - _GUESSED)).clip(0, 1)[:, :, None]
    calm: RGB = (background + share * (smooth - background)).clip(0, 1).astype(np.float32)
    return calm
