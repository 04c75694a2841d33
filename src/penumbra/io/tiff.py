"""TIFF: which page is the picture, 16 bits and floats, and writing.

Tags and their values: "TIFF Revision 6.0", Adobe 1992, and its supplements.  Decoders, by what
each is good for: Pillow for whatever has 8 bits or fewer; tifffile for 16 bits and floats,
stored plainly or deflated; OpenCV for their other compressions (LZW, PackBits, ...).
"""

import logging
import math
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tifffile import (
    COMPRESSION,
    PHOTOMETRIC,
    PLANARCONFIG,
    PREDICTOR,
    TiffFile,
    TiffFrame,
    TiffPage,
    imwrite,
)

from penumbra.core.errors import ImageError
from penumbra.io.cmyk import cmyk_to_rgb
from penumbra.io.decoded import Decoded, Samples, check_size, decoding, rgb_profile
from penumbra.io.pillow import read_with_pillow

# What it logs about a damaged file, our caller learns from an exception; without any handler
# Python would print it as well.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

_COLOURS: dict[int, int] = {
    PHOTOMETRIC.MINISWHITE: 1,
    PHOTOMETRIC.MINISBLACK: 1,
    PHOTOMETRIC.RGB: 3,
    PHOTOMETRIC.SEPARATED: 4,  # CMYK
}
_DEFLATED = frozenset({COMPRESSION.ADOBE_DEFLATE, COMPRESSION.DEFLATE})
_PREMULTIPLIED, _STRAIGHT = 1, 2  # the values of ExtraSamples that mean transparency
_ORIENTATION, _ICC_PROFILE = 274, 34675  # tags
_SMALL = 2**20  # samples; a tile may be larger than a small picture


def read_tiff(data: bytes, name: str, max_pixels: int, wanted: int | None = None) -> Decoded:
    """Decode a picture of a TIFF; arguments and errors as in `read_with_pillow`.

    Args:
        data: As there.
        name: As there.
        max_pixels: As there.
        wanted: Which of several pictures, from 1 on; thumbnails and masks are not counted.  When
            omitted, there must be only one.

    Floats are returned as they are, for the caller to check.  CMYK of 16 bits is converted
    to RGB at 8 bits.
    """
    with decoding("TIFF", name), TiffFile(BytesIO(data)) as file:
        index, page = _picture(file, name, wanted)
        check_size(page.imagewidth, page.imagelength, name, max_pixels)
        if page.dtype is None or not (page.dtype == np.uint16 or page.dtype.kind == "f"):
            return read_with_pillow(data, "TIFF", name, max_pixels, index)
        colours = _colours(page, name)
        samples = _read_samples(page, index, data, max_pixels)
        orientation = page.tags.valueof(_ORIENTATION)
        profile = page.tags.valueof(_ICC_PROFILE)
        if page.photometric == PHOTOMETRIC.SEPARATED:
            return Decoded(_cmyk16_to_rgb(samples, profile), orientation, None)
        return Decoded(_rgb(samples, page, colours), orientation, rgb_profile(profile))


def encode_tiff(
    samples: NDArray[np.uint8] | NDArray[np.uint16], icc_profile: bytes | None
) -> bytes:
    """Encode a deflated TIFF of 8 or 16 bits.

    Args:
        samples: (H, W) grey, (H, W, 3) RGB, or (H, W, 4) with straight alpha.
        icc_profile: Embedded as it is.
    """
    is_grey, has_alpha = samples.ndim == 2, samples.shape[2:] == (4,)
    file = BytesIO()
    imwrite(
        file,
        samples,
        photometric="minisblack" if is_grey else "rgb",
        planarconfig=None if is_grey else "contig",
        extrasamples=["unassalpha"] if has_alpha else None,
        compression="zlib",
        predictor=True,
        iccprofile=icc_profile,
        metadata=None,
        software=False,
    )
    return file.getvalue()


def _picture(file: TiffFile, name: str, wanted: int | None) -> tuple[int, TiffPage]:
    """The wanted one of the pages that are neither thumbnails nor masks, and its index."""
    if not file.pages:
        raise ValueError("there is no page where the header says")
    pages = [
        (index, page)
        for index, page in _pages(file)
        if isinstance(page, TiffPage) and not (page.is_reduced or page.is_mask)
    ]
    if not pages:
        raise ImageError(f"{name} must hold a picture at full size, got only thumbnails")
    if wanted is None and len(pages) > 1:
        came = f"a TIFF of {len(pages)} pages, of which none is chosen"
        raise ImageError(f"{name} must be a single picture, got {came}")
    if wanted is not None and not 1 <= wanted <= len(pages):
        raise ImageError(f"page of {name} must be from 1 to {len(pages)}, got {wanted}")
    return pages[(wanted or 1) - 1]


def _pages(file: TiffFile) -> Iterator[tuple[int, TiffPage | TiffFrame]]:
    """Yield all pages; each says where the next one is, which may be where one has been."""
    seen: set[int] = set()
    for index, page in enumerate(file.pages):
        if page.offset in seen:
            raise ValueError("its pages go in a circle")
        seen.add(page.offset)
        yield index, page


def _colours(page: TiffPage, name: str) -> int:
    """How many samples of a pixel are colour; the rest is transparency and the like."""
    colours = _COLOURS.get(page.photometric)
    is_flat = page.imagedepth == 1 and page.samplesperpixel >= (colours or 1)
    is_float_cmyk = page.photometric == PHOTOMETRIC.SEPARATED and page.dtype != np.uint16
    if colours is None or not is_flat or is_float_cmyk:
        model = getattr(page.photometric, "name", page.photometric)
        raise ImageError(
            f"{name} must be grey or RGB, or CMYK of at most 16 bits, got {model} with"
            f" {page.samplesperpixel} samples of {page.dtype}"
        )
    return colours


def _read_samples(page: TiffPage, index: int, data: bytes, max_pixels: int) -> NDArray[Any]:
    """The page as (H, W, samples a pixel), in the type of the file."""
    shape = page.imagelength, page.imagewidth, page.samplesperpixel
    is_planar = page.planarconfig == PLANARCONFIG.SEPARATE
    is_plain = page.compression in _DEFLATED or page.compression == COMPRESSION.NONE
    if is_plain and page.predictor != PREDICTOR.FLOATINGPOINT:
        _check_segments(page, data, max_pixels)
        samples = page.asarray()
        if is_planar:
            return np.moveaxis(samples.reshape(shape[2], *shape[:2]), 0, 2)
        return samples.reshape(shape)
    # OpenCV shuffles separate planes, forgets the alpha of grey, and knows the first page only.
    if not is_planar and index == 0 and page.samplesperpixel in (1, 3, 4):
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if decoded is not None and decoded.dtype == page.dtype:
            decoded = decoded.reshape(shape)
            return decoded[:, :, [2, 1, 0, 3][: shape[2]]] if shape[2] > 1 else decoded
    compression = getattr(page.compression, "name", page.compression)
    raise ValueError(f"samples in {compression} that are damaged, or stored in a way unknown here")


def _check_segments(page: TiffPage, data: bytes, max_pixels: int) -> None:
    """Raise `ValueError` unless all strips or tiles are there and inflate to what they should.

    tifffile would leave the missing ones black, and inflate one to any size.
    """
    assert page.dtype is not None
    largest = math.prod(page.chunks)
    if largest > max(max_pixels * page.samplesperpixel, _SMALL):
        raise ValueError(f"strips or tiles of {page.chunks}")
    total = 0
    for start, count in zip(page.dataoffsets, page.databytecounts, strict=True):
        segment = data[start : start + count]
        if page.compression in _DEFLATED:
            total += _inflated_size(segment, largest * page.dtype.itemsize)
        else:
            total += len(segment)
    if total < math.prod(page.shape) * page.dtype.itemsize:
        raise ValueError("pixel data is cut short")


def _inflated_size(segment: bytes, at_most: int) -> int:
    inflater = zlib.decompressobj()
    size = len(inflater.decompress(segment, at_most + 1))
    if size > at_most or not inflater.eof:
        raise ValueError("a strip or tile is cut short, or longer than it may be")
    return size


def _rgb(samples: NDArray[Any], page: TiffPage, colours: int) -> Samples:
    """(H, W, 3) RGB, or (H, W, 4) where there is alpha, made straight."""
    full = samples.dtype.type(65535 if samples.dtype.kind == "u" else 1)
    colour = samples[:, :, :colours]
    if page.photometric == PHOTOMETRIC.MINISWHITE:
        colour = full - colour
    if colours == 1:
        colour = np.repeat(colour, 3, axis=2)
    if samples.shape[2] == colours:
        return colour
    # Undeclared, a sample too many is taken for straight alpha, as Pillow does.
    kind = page.extrasamples[0] if page.extrasamples else _STRAIGHT
    alpha = samples[:, :, colours : colours + 1]
    if kind == _PREMULTIPLIED:
        shown = np.maximum(alpha, np.finfo(np.float32).tiny, dtype=np.float64)
        colour = np.clip(colour / shown, 0, 1).astype(np.float32)
        alpha = (alpha / np.float32(full)).astype(np.float32)
    elif kind != _STRAIGHT:
        return colour
    return np.concatenate([colour, alpha], axis=2)


def _cmyk16_to_rgb(samples: NDArray[np.uint16], profile: bytes | None) -> NDArray[np.uint8]:
    inks = np.rint(samples[:, :, :4] / np.float32(257)).astype(np.uint8)
    image = Image.frombytes("CMYK", (inks.shape[1], inks.shape[0]), inks.tobytes())
    return np.asarray(cmyk_to_rgb(image, profile))
