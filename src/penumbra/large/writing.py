"""Raw files to PNG, TIFF and JPEG, a few rows or a tile at a time."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from tifffile import imwrite

from penumbra.core.errors import OutputError
from penumbra.io import check_suffix
from penumbra.io.writing import atomic_file
from penumbra.large.png import PngWriter
from penumbra.large.reading import STRIP
from penumbra.large.scratch import Raster
from penumbra.large.vips import require_vips
from penumbra.large.windows import strips

STREAMED_SUFFIXES = (".png", ".tif", ".tiff", ".jpg", ".jpeg")
"""Kinds of file that are written piece by piece; JPEG holds no transparency and 8 bits."""

_TILE = 256  # side of the tiles of a TIFF, pixels
_JPEG_SIDE = 65535  # pixels, the longest there is


def save_raster(path: Path, raster: Raster, icc_profile: bytes | None) -> None:
    """Write a picture whose suffix is one of `STREAMED_SUFFIXES`, whole or not at all.

    Args:
        path: The file.
        raster: 1 band (grey), 3 (RGB) or 4 (RGB with straight alpha).
        icc_profile: Embedded as it is.

    Raises:
        OutputError: The file cannot be written, or the picture does not fit that kind.
    """
    suffix = check_suffix(path, STREAMED_SUFFIXES)
    with atomic_file(path) as file:
        _WRITERS[suffix](file, raster, icc_profile)


def _png(file: BinaryIO, raster: Raster, icc_profile: bytes | None) -> None:
    bits = 8 * raster.dtype.itemsize
    writer = PngWriter(file, raster.size, raster.bands, bits, icc_profile)
    for region in strips(raster.size, STRIP):
        writer.write(raster.read(region))
    writer.close()


def _tiff(file: BinaryIO, raster: Raster, icc_profile: bytes | None) -> None:
    is_grey = raster.bands == 1
    imwrite(
        file,
        _tiles(raster),
        shape=raster.size if is_grey else (*raster.size, raster.bands),
        dtype=raster.dtype,
        tile=(_TILE, _TILE),
        photometric="minisblack" if is_grey else "rgb",
        planarconfig=None if is_grey else "contig",
        extrasamples=["unassalpha"] if raster.bands == 4 else None,
        compression="zlib",
        predictor=True,
        iccprofile=icc_profile,
        metadata=None,
        software=False,
        maxworkers=1,
    )


def _tiles(raster: Raster) -> Iterator[NDArray[Any]]:
    """Yield the tiles of a TIFF, filled up with zeros at the right and at the bottom."""
    for top in range(0, raster.height, _TILE):
        for left in range(0, raster.width, _TILE):
            rows = slice(top, min(top + _TILE, raster.height))
            columns = slice(left, min(left + _TILE, raster.width))
            tile = np.zeros((_TILE, _TILE, raster.bands), raster.dtype)
            window = raster.read((rows, columns))
            tile[: window.shape[0], : window.shape[1]] = window
            yield tile[:, :, 0] if raster.bands == 1 else tile


def _jpeg(file: BinaryIO, raster: Raster, icc_profile: bytes | None) -> None:
    if max(raster.size) > _JPEG_SIDE:
        came = f"{raster.width}x{raster.height}"
        raise OutputError(f"output must have sides of at most {_JPEG_SIDE} as a JPEG, got {came}")
    vips = require_vips()
    source = vips.SourceCustom()
    source.on_read(_reader(_as_file(raster)))
    target = vips.TargetCustom()
    target.on_write(lambda data: file.write(data))
    try:
        image = vips.Image.new_from_source(source, "", access="sequential", fail_on="error")
        image = image.copy(interpretation="srgb")
        if icc_profile is not None:
            image.set_type(vips.GValue.blob_type, "icc-profile-data", icc_profile)
        image.write_to_target(target, ".jpg", Q=95, subsample_mode="off", keep="icc")
    except vips.Error as error:
        reason = " ".join(str(error).split())
        raise OutputError(f"output must fit a JPEG file, got {reason!r}") from error


def _as_file(raster: Raster) -> Iterator[bytes]:
    """Yield the picture as a file that libvips reads row by row without ever going back."""
    file = BytesIO()
    writer = PngWriter(file, raster.size, raster.bands, 8, None, effort=0)
    for region in strips(raster.size, STRIP):
        writer.write(raster.read(region))
        yield file.getvalue()
        file.seek(0)
        file.truncate()
    writer.close()
    yield file.getvalue()


def _reader(parts: Iterator[bytes]) -> Callable[[int], bytes]:
    """Return a function that returns the next bytes of the parts, at most so many."""
    waiting = bytearray()

    def read(count: int) -> bytes:
        while len(waiting) < count and (more := next(parts, None)) is not None:
            waiting.extend(more)
        data = bytes(waiting[:count])
        del waiting[:count]
        return data

    return read


_WRITERS: dict[str, Callable[[BinaryIO, Raster, bytes | None], None]] = {
    ".png": _png,
    ".tif": _tiff,
    ".tiff": _tiff,
    ".jpg": _jpeg,
    ".jpeg": _jpeg,
}
