"""Grey pictures that mean something else: mattes, trimaps and masks.

Their files are read as photographs are (all kinds, 8 and 16 bits, upright).  Files of three
channels must be grey: the first is used if no other differs by more than two levels of 255.
Transparency is ignored, except by `load_opacity`.
"""

import logging

import numpy as np

from penumbra.core.arrays import Alpha, Mask, Trimap
from penumbra.core.errors import HintError, ImageError, MatteError, TrimapError
from penumbra.io.decoded import MAX_PIXELS
from penumbra.io.images import Photograph, Source, name_of, read_photograph

_TOLERANCE = 2 / 255 + 1e-6  # two grey levels of 8 bits; the rest is rounding of float32
_ODD_SHARE = 0.05  # of a trimap's pixels that may be other greys before it is said

_LOG = logging.getLogger(__name__)


def load_alpha(source: Source, max_pixels: int = MAX_PIXELS) -> Alpha:
    """Read a matte, (H, W) in [0, 1]: black is background, white is the object.

    Raises:
        ImageError: The file cannot be read (see `read_photograph`), or is in colour.
    """
    return _read_grey(source, "alpha", ImageError, max_pixels)


def load_opacity(source: Source, max_pixels: int = MAX_PIXELS) -> Alpha:
    """Read what a file says of opacity, (H, W) in [0, 1]: its transparency, else its grey.

    Raises:
        ImageError: The file cannot be read, or is in colour without transparency.
    """
    name = name_of(source, "alpha")
    photograph = read_photograph(source, max_pixels, name)
    return grey_of(photograph, name, ImageError) if photograph.alpha is None else photograph.alpha


def load_trimap(source: Source, max_pixels: int = MAX_PIXELS) -> Trimap:
    """Read a trimap, (H, W): black is background, white foreground, any grey between unknown.

    A warning is logged where many greys are not 128 of 255: JPEG and resizing leave such, and
    what they made of black and white is unknown, too.

    Raises:
        ImageError: The file cannot be read.
        TrimapError: It is in colour, or nowhere brighter than 2 of 255 yet not black: most
            likely a file of the values 0, 1 and 2 instead of 0, 128 and 255.
    """
    grey = _read_grey(source, "trimap", TrimapError, max_pixels)
    name, brightest = name_of(source, "trimap"), 255 * float(grey.max())
    if 0 < brightest < 2.5:
        raise TrimapError(
            f"{name} must hold 0, 128 and 255 of 255, got at most {brightest:.3g}: are they labels?"
        )
    is_odd = (grey > 0) & (grey < 1) & ((grey < 127.5 / 255) | (grey > 128.5 / 255))
    odd_share = np.count_nonzero(is_odd) / grey.size
    if odd_share > _ODD_SHARE:
        _LOG.warning(
            "%s should hold only 0, 128 and 255: other greys, which count as unknown, are %.0f %%",
            name,
            100 * odd_share,
        )
    trimap: Trimap = np.where((grey > 0) & (grey < 1), np.float32(0.5), grey)
    return trimap


def load_mask(source: Source, max_pixels: int = MAX_PIXELS) -> Mask:
    """Read a coarse mask, (H, W): the object is what is at least half bright.

    Raises:
        ImageError: The file cannot be read.
        HintError: It is in colour, or nowhere half bright yet not black: most likely a file
            of the values 0 and 1 instead of 0 and 255.
    """
    grey = _read_grey(source, "mask", HintError, max_pixels)
    brightest = float(grey.max())
    if 0 < brightest < 0.5:
        raise HintError(
            f"{name_of(source, 'mask')} must reach 128 of 255 on the object, got at most"
            f" {255 * brightest:.3g}"
        )
    mask: Mask = grey >= 0.5
    return mask


def grey_of(photograph: Photograph, name: str, error: type[MatteError]) -> Alpha:
    """The one channel of a grey picture, (H, W) in [0, 1], or raise `error`."""
    first = photograph.rgb[:, :, 0]
    difference = max(float(np.abs(photograph.rgb[:, :, k] - first).max()) for k in (1, 2))
    if difference > _TOLERANCE:
        raise error(
            f"{name} must be grey, got a colour picture: its channels differ by"
            f" {255 * difference:.0f} of 255"
        )
    return np.ascontiguousarray(first)


def _read_grey(source: Source, name: str, error: type[MatteError], max_pixels: int) -> Alpha:
    name = name_of(source, name)
    return grey_of(read_photograph(source, max_pixels, name), name, error)
