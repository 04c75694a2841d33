"""Cut-outs, pictures and mattes to files.

The suffix chooses the kind of file.  PNG and TIFF hold 16 bits where the photograph had them;
the others hold 8.  PNG, TIFF and WebP keep every sample exactly; AVIF keeps alpha exactly and
colours closely; JPEG keeps colours closely and has no alpha.  Samples are rounded, never cut.
Alpha is straight, and the colours under zero alpha are those of `spread_colours`.
"""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from penumbra.core.arrays import RGB, Alpha, as_alpha, as_rgb
from penumbra.core.cutout import Cutout
from penumbra.core.errors import OutputError
from penumbra.io.hidden import spread_colours
from penumbra.io.images import Bits, Photograph
from penumbra.io.png16 import encode_png
from penumbra.io.tiff import encode_tiff
from penumbra.io.writing import write_atomically

ALPHA_SUFFIXES = (".png", ".tif", ".tiff")
CUTOUT_SUFFIXES = (*ALPHA_SUFFIXES, ".webp", ".avif")
IMAGE_SUFFIXES = (*CUTOUT_SUFFIXES, ".jpg", ".jpeg")

_DEEP_SUFFIXES = ALPHA_SUFFIXES  # those that can hold 16 bits

# Pillow's name of the format, and how to write it.
_WEBP = ("WEBP", {"lossless": True, "exact": True, "quality": 50, "method": 2})
_AVIF = ("AVIF", {"quality": 92, "subsampling": "4:4:4", "advanced": {"a:lossless": "1"}})
_JPEG = ("JPEG", {"quality": 95, "subsampling": "4:4:4"})
_PILLOW: dict[str, tuple[str, dict[str, Any]]] = {
    ".webp": _WEBP,
    ".avif": _AVIF,
    ".jpg": _JPEG,
    ".jpeg": _JPEG,
}

Samples = NDArray[np.uint8] | NDArray[np.uint16]


def save_cutout(path: Path | str, cutout: Cutout, like: Photograph | None = None) -> None:
    """Write a cut-out with its transparency; see `encode_cutout` and `write_atomically`."""
    write_atomically(path, encode_cutout(cutout, check_suffix(path, CUTOUT_SUFFIXES), like))


def save_image(path: Path | str, image: RGB, like: Photograph | None = None) -> None:
    """Write an opaque picture; see `encode_image` and `write_atomically`."""
    write_atomically(path, encode_image(image, check_suffix(path, IMAGE_SUFFIXES), like))


def save_alpha(path: Path | str, alpha: Alpha, bits: Bits = 8) -> None:
    """Write a matte as a grey picture; see `encode_alpha` and `write_atomically`."""
    write_atomically(path, encode_alpha(alpha, check_suffix(path, ALPHA_SUFFIXES), bits))


def encode_cutout(cutout: Cutout, suffix: str = ".png", like: Photograph | None = None) -> bytes:
    """Return the file of a cut-out: straight alpha, and the object's own colours.

    Args:
        cutout: What was lifted off.
        suffix: One of `CUTOUT_SUFFIXES`.
        like: The photograph it was lifted off, whose depth and colour profile it gets; 8 bits
            and sRGB when omitted.

    Raises:
        OutputError: Another suffix, or the picture does not fit that kind of file.
        ImageError: Colours or alpha are not finite or lie outside [0, 1].
    """
    suffix = _check_allowed(suffix, CUTOUT_SUFFIXES)
    bits = _bits(suffix, like)
    foreground = as_rgb(cutout.foreground, "foreground")
    alpha = _quantise(as_alpha(cutout.alpha), bits)
    colours = _quantise(spread_colours(foreground, alpha > 0), bits)
    samples: Samples = np.concatenate([colours, alpha[:, :, None]], axis=2)
    return _encode(samples, suffix, _profile(like))


def encode_image(image: RGB, suffix: str = ".png", like: Photograph | None = None) -> bytes:
    """Return the file of an opaque picture; arguments and errors as in `encode_cutout`.

    Args:
        image: (H, W, 3) in [0, 1].
        suffix: One of `IMAGE_SUFFIXES`.
        like: As there.
    """
    suffix = _check_allowed(suffix, IMAGE_SUFFIXES)
    samples = _quantise(as_rgb(image), _bits(suffix, like))
    return _encode(samples, suffix, _profile(like))


def encode_alpha(alpha: Alpha, suffix: str = ".png", bits: Bits = 8) -> bytes:
    """Return the file of a matte, grey without a profile; errors as in `encode_cutout`.

    Args:
        alpha: (H, W) in [0, 1].
        suffix: One of `ALPHA_SUFFIXES`.
        bits: A sample.
    """
    return _encode(_quantise(as_alpha(alpha), bits), _check_allowed(suffix, ALPHA_SUFFIXES), None)


def check_suffix(path: Path | str, allowed: tuple[str, ...]) -> str:
    """Return the suffix of a path in small letters, or raise `OutputError`."""
    return _check_allowed(Path(path).suffix.lower(), allowed, str(path))


def _check_allowed(suffix: str, allowed: tuple[str, ...], name: str = "output") -> str:
    if suffix not in allowed:
        is_jpeg_cutout = suffix in (".jpg", ".jpeg") and allowed == CUTOUT_SUFFIXES
        reason = ", which has no transparency" if is_jpeg_cutout else ""
        ends = f"{', '.join(allowed[:-1])} or {allowed[-1]}"
        raise OutputError(f"{name} must end in {ends}, got {suffix or 'no suffix'}{reason}")
    return suffix


def _bits(suffix: str, like: Photograph | None) -> Bits:
    return 16 if like is not None and like.bits == 16 and suffix in _DEEP_SUFFIXES else 8


def _profile(like: Photograph | None) -> bytes | None:
    return None if like is None else like.icc_profile


def _quantise(values: NDArray[np.float32], bits: Bits) -> Samples:
    """Floats in [0, 1] to the nearest integers."""
    if bits == 8:
        return np.rint(values * np.float32(255)).astype(np.uint8)
    return np.rint(values * np.float32(65535)).astype(np.uint16)


def _encode(samples: Samples, suffix: str, icc_profile: bytes | None) -> bytes:
    if suffix == ".png":
        return encode_png(samples, icc_profile)
    if suffix in (".tif", ".tiff"):
        return encode_tiff(samples, icc_profile)
    kind, options = _PILLOW[suffix]
    file = BytesIO()
    try:
        Image.fromarray(samples).save(file, kind, icc_profile=icc_profile, **options)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise OutputError(f"output must fit a {kind} file, got {str(error)!r}") from error
    return file.getvalue()
