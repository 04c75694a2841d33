"""What the header of a file says, and whether its pixels can be read strip by strip.

Only what comes out exactly as `io.read_photograph` decodes it is read in strips: JPEG, PNG without
a transparent colour, and TIFF of 8 or 16 bits with one picture.  Everything else is decoded whole.
"""

import warnings
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from PIL import ExifTags, Image
from tifffile import PHOTOMETRIC, TiffFile, TiffPage

from penumbra.io.images import pillow_unlimited
from penumbra.io.kinds import Kind, kind_of

Source = Path | bytes
"""A file, or its bytes."""

_HEAD = 1024  # bytes that tell of which kind a file is
_KINDS = ("JPEG", "PNG", "TIFF", "WebP", "AVIF", "BMP")
_MODES = {
    "JPEG": frozenset({"L", "RGB", "CMYK"}),
    "PNG": frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}),
}
_TIFF_BANDS: dict[int, tuple[int, ...]] = {
    PHOTOMETRIC.MINISBLACK: (1,),
    PHOTOMETRIC.RGB: (3, 4),
}
_STRAIGHT = 2  # of ExtraSamples
_ORIENTATION, _ICC_PROFILE = 274, 34675  # tags of TIFF


class Header(NamedTuple):
    """A picture before it is decoded.

    Attributes:
        kind: Of the file.
        height: As stored, in pixels.
        width: Likewise.
        is_streamed: Whether its pixels can be read in strips.
        orientation: How they have to be turned, 1 to 8.
        icc_profile: As in the file, whatever it is for; None where there is none.
    """

    kind: Kind
    height: int
    width: int
    is_streamed: bool
    orientation: int = 1
    icc_profile: bytes | None = None


def read_header(source: Source) -> Header | None:
    """Read the header of a picture; None if it cannot be read, which `io` will explain."""
    try:
        kind = kind_of(_head(source), "picture")
        if kind not in _KINDS:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd metadata, which is not ours to mind
            return _tiff(source) if kind == "TIFF" else _other(source, kind)
    except Exception:  # damaged files make decoders raise anything: see `io.decoded.decoding`
        return None


def _head(source: Source) -> bytes:
    if isinstance(source, bytes):
        return source[:_HEAD]
    with source.open("rb") as file:
        return file.read(_HEAD)


def _other(source: Source, kind: Kind) -> Header:
    file = BytesIO(source) if isinstance(source, bytes) else source
    with pillow_unlimited(), Image.open(file, formats=[kind]) as image:
        is_single = kind == "JPEG" or getattr(image, "n_frames", 1) == 1
        is_known = image.mode in _MODES.get(kind, frozenset()) and "transparency" not in image.info
        return Header(
            kind,
            image.height,
            image.width,
            is_single and is_known,
            _turn(image.getexif().get(ExifTags.Base.Orientation)),
            image.info.get("icc_profile"),
        )


def _tiff(source: Source) -> Header | None:
    with TiffFile(BytesIO(source) if isinstance(source, bytes) else source) as file:
        page = file.pages.first
        if not isinstance(page, TiffPage):
            return None
        is_plain = (
            len(file.pages) == 1
            and page.imagedepth == 1
            and page.dtype is not None
            and page.dtype.name in ("uint8", "uint16")
            and page.bitspersample in (8, 16)
            and page.samplesperpixel in _TIFF_BANDS.get(page.photometric, ())
            and tuple(page.extrasamples) in ((), (_STRAIGHT,))
        )
        return Header(
            "TIFF",
            page.imagelength,
            page.imagewidth,
            is_plain,
            _turn(page.tags.valueof(_ORIENTATION)),
            page.tags.valueof(_ICC_PROFILE),
        )


def _turn(orientation: object) -> int:
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1
