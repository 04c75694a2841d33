"""Files made on the spot, by other means than the code under test where that is possible."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms

from penumbra.core.arrays import RGB
from penumbra.core.errors import ImageError
from penumbra.io import load_image

PNG_GREY, PNG_RGB, PNG_GREY_ALPHA, PNG_RGBA = 0, 2, 4, 6  # colour types


def noise(*shape: int, dtype: type[np.unsignedinteger[Any]] = np.uint8) -> NDArray[Any]:
    """Samples of every size, the extremes among them."""
    values = np.random.default_rng(7).integers(0, np.iinfo(dtype).max, shape, dtype, endpoint=True)
    values.flat[0], values.flat[-1] = 0, np.iinfo(dtype).max
    return values


def unit(samples: NDArray[Any]) -> NDArray[np.float32]:
    """Integer samples as floats in [0, 1]."""
    return (samples / np.float32(np.iinfo(samples.dtype).max)).astype(np.float32)


def encode(image: Image.Image | NDArray[Any], kind: str, **options: Any) -> bytes:  # noqa: ANN401
    """The file Pillow makes of an image."""
    if not isinstance(image, Image.Image):
        image = Image.fromarray(image)
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def with_orientation(orientation: int) -> Image.Exif:
    """EXIF data that says how the camera was held."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk with its length and checksum."""
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def png(samples: NDArray[Any], colour_type: int, more: bytes = b"") -> bytes:
    """A PNG of 8 or 16 bits without filters; `more` are chunks to put before the pixels."""
    height, width = samples.shape[:2]
    bits = 8 * samples.dtype.itemsize
    rows = samples.reshape(height, -1).astype(f">u{samples.dtype.itemsize}")
    pixels = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0))
        + more
        + png_chunk(b"IDAT", pixels)
        + png_chunk(b"IEND", b"")
    )


def tiff(samples: NDArray[Any], orientation: int = 1, **options: Any) -> bytes:  # noqa: ANN401
    """The file tifffile makes of samples; RGB or RGBA unless the options say otherwise."""
    chosen: dict[str, Any] = {"photometric": "rgb", "metadata": None}
    if samples.shape[2:] == (4,):
        chosen["extrasamples"] = ["unassalpha"]
    file = io.BytesIO()
    tag = (274, "H", 1, orientation, True)
    tifffile.imwrite(file, samples, extratags=[tag], **{**chosen, **options})
    return file.getvalue()


def with_tags(data: bytes, **values: int) -> bytes:
    """A little-endian TIFF with single numbers for some of its first page's tags."""
    changed = bytearray(data)
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        for name, value in values.items():
            start = file.pages.first.tags[name].offset  # code, type, count, value
            changed[start + 2 : start + 12] = struct.pack("<HII", 4, 1, value)
    return bytes(changed)


def outcome(data: bytes, max_pixels: int = 100_000) -> RGB | str:
    """The colours of a file, or the one line it is refused with; nothing else may come."""
    try:
        rgb = load_image(data, max_pixels)
    except ImageError as error:
        message = str(error)
        return message if "\n" not in message else pytest.fail(message)
    assert rgb.size > 0
    return rgb


def srgb_profile() -> bytes:
    """An RGB profile as cameras and editors embed it."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def cmyk_profile(cyan_lightness: int) -> bytes:
    """A CMYK profile for which every ink is black but cyan, and cyan a neutral grey.

    The smallest table the format allows: two grid points along each ink (ICC.1:2001-04,
    section 6.5.8, lut8Type), from device values to Lab.

    Args:
        cyan_lightness: L* of full cyan, encoded from 0 to 255.
    """
    corners = np.array(np.meshgrid(*[[0, 1]] * 4, indexing="ij")).reshape(4, -1).T
    lightness = np.where(corners[:, 1:].any(1), 0, np.where(corners[:, 0], cyan_lightness, 255))
    grid = bytes(value for level in lightness.tolist() for value in (level, 128, 128))
    ramp = bytes(range(256))
    unit = struct.pack(">9i", *(0x10000 if k in (0, 4, 8) else 0 for k in range(9)))
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + unit + 4 * ramp + grid + 3 * ramp
    body = struct.pack(">I4sII", 1, b"A2B0", 128 + 16, len(table)) + table
    header = bytearray(128)
    struct.pack_into(">I", header, 0, 128 + len(body))
    header[8:12] = b"\2\x40\0\0"
    header[12:24] = b"prtrCMYKLab "
    struct.pack_into(">6H", header, 24, 2000, 1, 1, 0, 0, 0)
    header[36:40] = b"acsp"
    struct.pack_into(">3i", header, 68, 0xF6D6, 0x10000, 0xD32D)  # D50
    return bytes(header) + body
