"""What a decoder hands over, and what every decoder checks before it decodes.

A file is refused by its header: a picture too large, or one of several, costs no memory.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from penumbra.core.errors import ImageError, MatteError, SizeError
from penumbra.io.kinds import SUPPORTED, Kind

MAX_PIXELS = 200_000_000
"""Pictures with more pixels are refused unless the caller asks for more."""

Samples = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.float32]


class Decoded(NamedTuple):
    """The pixels as they lie in the file.

    Attributes:
        samples: (H, W, 3) RGB or (H, W, 4) with straight alpha; uint8, uint16, or floats that
            are yet to be checked.
        orientation: What EXIF says about how the pixels still have to be turned: 1 to 8, or
            any other value in files that know no better.
        icc_profile: An RGB profile that holds for these pixels, untouched, or None.
        notes: What a user should know of how they were read, in plain words.
    """

    samples: Samples
    orientation: object
    icc_profile: bytes | None
    notes: tuple[str, ...] = ()


def check_size(width: int, height: int, name: str, max_pixels: int) -> None:
    """Raise `ImageError` unless the picture has pixels, `SizeError` if more than allowed."""
    if width < 1 or height < 1:
        raise ImageError(f"{name} must hold at least one pixel, got {width}x{height}")
    if width * height > max_pixels:
        raise SizeError(f"{name} must have at most {max_pixels:,} pixels, got {width}x{height}")


def check_single(frames: int, kind: Kind, name: str) -> None:
    """Raise `ImageError` for animations and collections, and for GIF as such."""
    if frames > 1:
        raise ImageError(f"{name} must be a single picture, got an animation of {frames} frames")
    if kind == "GIF":
        raise ImageError(f"{name} must be a {SUPPORTED} file, got GIF")


@contextmanager
def decoding(kind: Kind, name: str) -> Iterator[None]:
    """Translate whatever a decoder raises into one line of ours.

    Decoders meet damaged files with every exception there is (SyntaxError, struct.error,
    IndexError, zlib.error, ...), so all are caught.  Pillow's own limit on pixels passes:
    `images` answers it.
    """
    try:
        yield
    except (MatteError, Image.DecompressionBombError):
        raise
    except UnidentifiedImageError as error:  # whose text is an address in memory
        raise ImageError(f"{name} must be a whole {kind} file, got a damaged header") from error
    except Exception as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ImageError(f"{name} must be a whole {kind} file, got {reason!r}") from error


def rgb_profile(profile: object) -> bytes | None:
    """Return an ICC profile untouched if it describes RGB pixels, else None.

    The profile of a grey or CMYK picture would be wrong on the RGB pixels we make of it.
    """
    if isinstance(profile, bytes) and profile[16:20] == b"RGB ":  # ICC.1, section 7.2
        return profile
    return None
