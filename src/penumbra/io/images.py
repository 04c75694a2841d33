"""Photographs from files.

Read are JPEG, PNG, WebP, TIFF, AVIF, BMP and, with the extra `heic`, HEIC, with the extra `layers`,
PSD (its flattened picture) and OpenEXR (light, which is encoded as sRGB); 1 to 16 bits and floats;
grey, palette, RGB and CMYK, with or without transparency.  The picture comes upright (EXIF
orientation is applied).  Where the pixels stay in their own RGB space, its ICC profile comes along
byte for byte; CMYK is converted to sRGB, and the profile of a grey picture is dropped, because it
would be wrong on RGB.  Animations are refused, and stacks of pages unless one is chosen.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from penumbra.core.arrays import RGB, Alpha, as_alpha, as_rgb
from penumbra.core.errors import ImageError
from penumbra.io.decoded import MAX_PIXELS, Decoded, Samples
from penumbra.io.exr import read_exr
from penumbra.io.kinds import kind_of
from penumbra.io.pillow import read_with_pillow
from penumbra.io.psd import read_psd
from penumbra.io.tiff import read_tiff

Source = Path | str | bytes | BinaryIO
"""A path, the bytes of a file, or an open binary file such as `sys.stdin.buffer`."""

Bits = Literal[8, 16]
"""Bits a sample."""

_PILLOW_LIMIT = threading.Lock()


@dataclass(frozen=True, eq=False)
class Photograph:
    """A picture and what has to be remembered to write another one like it.

    Attributes:
        rgb: (H, W, 3) in [0, 1], upright, straight where the file has transparency.
        alpha: The file's own transparency, (H, W) in [0, 1], or None where it has none.
        icc_profile: The ICC profile of `rgb`, as in the file; None means sRGB.
        bits: Bits a sample; floats count as 16.
        notes: What a user should know of how it was read, in plain words.
    """

    rgb: RGB
    alpha: Alpha | None
    icc_profile: bytes | None
    bits: Bits
    notes: tuple[str, ...] = ()


def load_image(source: Source, max_pixels: int = MAX_PIXELS) -> RGB:
    """Read the colours of a photograph, (H, W, 3) in [0, 1]; see `read_photograph`."""
    return read_photograph(source, max_pixels).rgb


def read_photograph(
    source: Source,
    max_pixels: int = MAX_PIXELS,
    name: str | None = None,
    page: int | None = None,
) -> Photograph:
    """Read a photograph with its transparency, colour profile and depth.

    Args:
        source: A path, the bytes of a file, or an open binary file.
        max_pixels: Larger pictures are refused by their header, before anything is decoded.
        name: What to call the picture in an error; the path when omitted.
        page: Which page of a TIFF, from 1 on; a file of several is refused when omitted.

    Raises:
        ImageError: No such file, or it cannot be read, is damaged, is not a picture of a
            kind we know, is too large, or holds several.
    """
    name = name or name_of(source, "image")
    decoded = _decode(_read(source, name), name, max_pixels, page)
    samples = _upright(decoded.samples, decoded.orientation)
    rgb = as_rgb(_unit(samples[:, :, :3]), name)
    has_alpha = samples.shape[2] == 4
    alpha = as_alpha(_unit(samples[:, :, 3]), f"the alpha of {name}") if has_alpha else None
    bits: Bits = 8 if samples.dtype == np.uint8 else 16
    return Photograph(rgb, alpha, decoded.icc_profile, bits, decoded.notes)


def name_of(source: Source, otherwise: str) -> str:
    """What to call a source in an error: its path if it has one."""
    return str(source) if isinstance(source, str | Path) else otherwise


def _read(source: Source, name: str) -> bytes:
    try:
        if isinstance(source, bytes):
            return source
        if isinstance(source, str | Path):
            return Path(source).read_bytes()
        return source.read()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ImageError(f"{name} must be a readable file, got {reason!r}") from error


def _decode(data: bytes, name: str, max_pixels: int, page: int | None) -> Decoded:
    kind = kind_of(data, name)
    if page is not None and page != 1 and kind != "TIFF":
        raise ImageError(f"page of {name} must be 1, the only one of a {kind} file, got {page}")

    def decode() -> Decoded:
        if kind == "TIFF":
            return read_tiff(data, name, max_pixels, page)
        if kind == "PSD":
            return read_psd(data, name, max_pixels)
        if kind == "EXR":
            return read_exr(data, name, max_pixels)
        return read_with_pillow(data, kind, name, max_pixels)

    try:
        return decode()
    except Image.DecompressionBombError:
        with pillow_unlimited():
            return decode()


@contextmanager
def pillow_unlimited() -> Iterator[None]:
    """Lift Pillow's limit on pixels for what is opened inside.

    It is lower than ours and one for the whole process, so it is lifted for such pictures only;
    `check_size` holds them to ours before anything is decoded.
    """
    with _PILLOW_LIMIT:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _upright(samples: Samples, orientation: object) -> Samples:
    """Undo an EXIF orientation (Exif 2.32, tag 274); unknown ones leave the picture as it is."""
    turned = samples.swapaxes(0, 1) if orientation in (5, 6, 7, 8) else samples
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    return turned


def _unit(samples: Samples) -> NDArray[np.float32]:
    """The samples as floats; 0 to the largest integer becomes 0 to 1."""
    if samples.dtype.kind == "f":
        return samples.astype(np.float32)
    full = np.float32(255 if samples.dtype == np.uint8 else 65535)
    return np.divide(samples, full, dtype=np.float32)
