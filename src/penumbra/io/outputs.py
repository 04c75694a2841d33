"""Cut-outs, pictures and mattes to files.

The suffix chooses the kind of file.  PNG, TIFF, PSD and ORA hold 16 bits where the photograph had
them, EXR holds half floats; the others hold 8 bits.  PNG, TIFF, WebP, PSD and ORA keep every sample
exactly; AVIF keeps alpha exactly and colours closely; JPEG keeps colours closely and has no alpha.
EXR holds light instead, premultiplied (see `exr`), and no profile: what every other kind embeds as
it is.  Samples are rounded, never cut.  Alpha is straight otherwise, and the colours under zero
alpha are those of `spread_colours`.  PSD and ORA hold the background as a layer of its own.
"""

from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from penumbra.core.arrays import RGB, Alpha, as_alpha, as_rgb
from penumbra.core.cutout import Cutout
from penumbra.core.errors import OutputError
from penumbra.io.exr import encode_exr
from penumbra.io.hidden import spread_colours
from penumbra.io.images import Bits, Photograph
from penumbra.io.layers import LAYER_SUFFIXES, encode_layers
from penumbra.io.png16 import encode_png
from penumbra.io.samples import Integers, quantise
from penumbra.io.tiff import encode_tiff
from penumbra.io.writing import write_atomically

ALPHA_SUFFIXES = (".png", ".tif", ".tiff")
_FLAT_SUFFIXES = (*ALPHA_SUFFIXES, ".webp", ".avif", ".exr")
CUTOUT_SUFFIXES = (*_FLAT_SUFFIXES, *LAYER_SUFFIXES)
IMAGE_SUFFIXES = (*_FLAT_SUFFIXES, ".jpg", ".jpeg")

_DEEP_SUFFIXES = (*ALPHA_SUFFIXES, *LAYER_SUFFIXES)  # those that can hold 16 bits
_NEEDED = {".psd": "psd_tools", ".exr": "OpenEXR"}  # modules of the extra `layers`

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
    if suffix in LAYER_SUFFIXES:
        return encode_layered(cutout, None, suffix, like)
    bits = _bits(suffix, like)
    foreground = as_rgb(cutout.foreground, "foreground")
    if suffix == ".exr":
        return encode_exr(foreground, as_alpha(cutout.alpha), _profile(like))
    alpha = quantise(as_alpha(cutout.alpha), bits)
    colours = quantise(spread_colours(foreground, alpha > 0), bits)
    samples: Integers = np.concatenate([colours, alpha[:, :, None]], axis=2)
    return _encode(samples, suffix, _profile(like))


def encode_layered(
    cutout: Cutout, behind: RGB | None, suffix: str, like: Photograph | None = None
) -> bytes:
    """Return the file of a cut-out over a background that stays a layer of its own.

    Args:
        cutout: As in `encode_cutout`.
        behind: (H, W, 3), or one colour (3,); None is the picture's own background, hidden.
        suffix: One of `LAYER_SUFFIXES`.
        like: As there.

    Raises:
        OutputError: As there.
        ImageError: As there.
    """
    suffix = _check_allowed(suffix, LAYER_SUFFIXES)
    return encode_layers(cutout, behind, suffix, _bits(suffix, like), _profile(like))


def output_notes(suffix: str, like: Photograph) -> tuple[str, ...]:
    """Return what a user should know of a file of this suffix, in plain words."""
    if suffix == ".exr" and like.icc_profile is not None:
        return ("EXR holds no profile: colours are converted to the primaries of sRGB",)
    return ()


def encode_image(image: RGB, suffix: str = ".png", like: Photograph | None = None) -> bytes:
    """Return the file of an opaque picture; arguments and errors as in `encode_cutout`.

    Args:
        image: (H, W, 3) in [0, 1].
        suffix: One of `IMAGE_SUFFIXES`.
        like: As there.
    """
    suffix = _check_allowed(suffix, IMAGE_SUFFIXES)
    if suffix == ".exr":
        return encode_exr(as_rgb(image), None, _profile(like))
    samples = quantise(as_rgb(image), _bits(suffix, like))
    return _encode(samples, suffix, _profile(like))


def encode_alpha(alpha: Alpha, suffix: str = ".png", bits: Bits = 8) -> bytes:
    """Return the file of a matte, grey without a profile; errors as in `encode_cutout`.

    Args:
        alpha: (H, W) in [0, 1].
        suffix: One of `ALPHA_SUFFIXES`.
        bits: A sample.
    """
    return _encode(quantise(as_alpha(alpha), bits), _check_allowed(suffix, ALPHA_SUFFIXES), None)


def check_suffix(path: Path | str, allowed: tuple[str, ...]) -> str:
    """Return the suffix of a path in small letters, or raise `OutputError`."""
    return _check_allowed(Path(path).suffix.lower(), allowed, str(path))


def _check_allowed(suffix: str, allowed: tuple[str, ...], name: str = "output") -> str:
    if suffix not in allowed:
        is_jpeg_cutout = suffix in (".jpg", ".jpeg") and allowed == CUTOUT_SUFFIXES
        reason = ", which has no transparency" if is_jpeg_cutout else ""
        ends = f"{', '.join(allowed[:-1])} or {allowed[-1]}"
        raise OutputError(f"{name} must end in {ends}, got {suffix or 'no suffix'}{reason}")
    if suffix in _NEEDED and find_spec(_NEEDED[suffix]) is None:
        extra = "the extra 'layers' (pip install 'penumbra[layers]')"
        raise OutputError(f"{name} must be written with {extra}, got {suffix} without it")
    return suffix


def _bits(suffix: str, like: Photograph | None) -> Bits:
    return 16 if like is not None and like.bits == 16 and suffix in _DEEP_SUFFIXES else 8


def _profile(like: Photograph | None) -> bytes | None:
    return None if like is None else like.icc_profile


def _encode(samples: Integers, suffix: str, icc_profile: bytes | None) -> bytes:
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
