"""A small cut-out with everything that layers can get wrong."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from penumbra.core.cutout import Cutout
from penumbra.core.matte import Matte
from penumbra.io import Photograph
from penumbra.io.images import Bits
from tests.unit.io.files import noise, unit


def levels(bits: Bits) -> Any:  # noqa: ANN401
    """The integers of a sample."""
    return np.uint8 if bits == 8 else np.uint16


def cutout(bits: Bits = 8) -> Cutout:
    """Noise over noise, with invisible, half visible and opaque pixels, on 9 rows of 14."""
    dtype = levels(bits)
    foreground, background = unit(noise(2, 9, 14, 3, dtype=dtype))
    alpha = unit(noise(9, 14, dtype=dtype))
    alpha[:3], alpha[6:, :5] = 0, 1
    return Cutout(foreground, alpha, background, Matte(alpha))


def like(bits: Bits = 8, icc_profile: bytes | None = None) -> Photograph:
    """A photograph to write alike."""
    return Photograph(np.zeros((1, 1, 3), np.float32), None, icc_profile, bits)


def integers(values: NDArray[np.float32], bits: Bits) -> NDArray[Any]:
    """Floats as samples."""
    return np.rint(values * np.float64(np.iinfo(levels(bits)).max)).astype(levels(bits))
