"""What every trimap solver does first: check its input, answer what needs no solving."""

import numpy as np

from penumbra.core.arrays import RGB, Alpha, Trimap, as_rgb, as_trimap
from penumbra.core.errors import TrimapError


def checked(image: RGB, trimap: Trimap) -> tuple[RGB, Trimap]:
    """Return image and trimap as promised by their types and of one size.

    Raises:
        ImageError: The image is not one.
        TrimapError: The trimap is none, has another size, or has no known pixel.
    """
    image, trimap = as_rgb(image), as_trimap(trimap)
    if trimap.shape != image.shape[:2]:
        raise TrimapError(f"trimap must have shape {image.shape[:2]}, got {trimap.shape}")
    if (trimap == 0.5).all():
        raise TrimapError("trimap must have at least one known pixel, got only unknown ones")
    return image, trimap


def answer_without_solving(trimap: Trimap) -> Alpha | None:
    """Return the matte that follows from the trimap alone, or None if there is work to do.

    With nothing unknown it is the trimap.  With known pixels of one kind only, whatever
    spreads from them is that kind: every energy of ours is zero there.
    """
    kinds = np.array([value for value in (0, 0.5, 1) if (trimap == value).any()])
    if 0.5 not in kinds:
        return trimap.copy()
    if kinds.size == 2:
        return np.full_like(trimap, kinds[kinds != 0.5][0])
    return None
