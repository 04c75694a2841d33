"""Pictures decoded by Pillow: every kind of file at 8 bits.

AVIF and HEIC of 10 and 12 bits are rounded to 8 by their decoders.  PNG of 16 bits goes on to
`png16`; TIFF comes from `tiff`, which sends here what has 8 bits or fewer.
"""

import warnings
from io import BytesIO

import numpy as np
from PIL import ExifTags, Image

from penumbra.core.errors import ImageError
from penumbra.io.cmyk import cmyk_to_rgb
from penumbra.io.decoded import Decoded, Samples, check_single, check_size, decoding, rgb_profile
from penumbra.io.kinds import Kind
from penumbra.io.png16 import has_16_bits, read_png16

_MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "YCbCr", "CMYK"})


def read_with_pillow(
    data: bytes, kind: Kind, name: str, max_pixels: int, page: int | None = None
) -> Decoded:
    """Decode one picture.

    Args:
        data: The file.
        kind: What `kind_of` found it to be.
        name: What to call the file in an error.
        max_pixels: Refuse larger pictures before decoding them.
        page: Which page of a TIFF; the caller has seen to it that there is only one picture.

    Raises:
        ImageError: Damaged, too large, animated, or of a colour model we cannot read.
        PIL.Image.DecompressionBombError: Larger than Pillow's own limit; see `images`.
    """
    with decoding(kind, name), warnings.catch_warnings():
        # Pillow warns about odd metadata, which is not ours to mind, and about large pictures,
        # which `check_size` judges; damaged pixels it raises.
        warnings.simplefilter("ignore")
        image = _open(data, kind, name)
        if page is not None:
            image.seek(page)
        # A JPEG may carry a depth or gain map as a second picture; the first is the photograph.
        elif kind != "JPEG":
            check_single(getattr(image, "n_frames", 1), kind, name)
        check_size(image.width, image.height, name, max_pixels)
        image.load()
        orientation, profile = _orientation(image), image.info.get("icc_profile")
        if kind == "PNG" and has_16_bits(data):
            return Decoded(read_png16(data), orientation, rgb_profile(profile))
        if image.mode not in _MODES:
            raise ImageError(
                f"{name} must be grey, palette, RGB or CMYK, got {image.mode!r} pixels"
            )
        if image.mode == "CMYK":
            return Decoded(np.asarray(cmyk_to_rgb(image, profile)), orientation, None)
        return Decoded(_samples(image), orientation, rgb_profile(profile))


def _open(data: bytes, kind: Kind, name: str) -> Image.Image:
    if kind != "HEIC":
        return Image.open(BytesIO(data), formats=[kind])
    try:
        from pillow_heif import HeifImageFile
    except ImportError as error:
        raise ImageError(
            f"{name} must be opened with the extra 'heic' (pip install 'penumbra[heic]'), got HEIC"
            " without it"
        ) from error
    opened: Image.Image = HeifImageFile(BytesIO(data))  # type: ignore[no-untyped-call]
    return opened


def _orientation(image: Image.Image) -> object:
    """The EXIF orientation; unreadable EXIF says nothing."""
    try:
        return image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # any decoder error, as in `decoding`; the pixels are sound
        return None


def _samples(image: Image.Image) -> Samples:
    return np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"))
