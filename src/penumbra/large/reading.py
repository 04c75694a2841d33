"""A photograph from its file to a raw file, strip by strip, so that memory does not follow it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from penumbra.core.errors import ImageError
from penumbra.io import MAX_PIXELS, Bits, read_photograph
from penumbra.io.cmyk import cmyk_to_rgb
from penumbra.io.decoded import check_size, rgb_profile
from penumbra.io.samples import quantise
from penumbra.large.header import Header, Source, read_header
from penumbra.large.scratch import Raster, Samples
from penumbra.large.vips import require_vips
from penumbra.large.windows import strips

STRIP = 128
"""Rows that are decoded or encoded in one go."""

WHOLE = "{} cannot be read in strips: it was held in memory as a whole"


@dataclass(frozen=True)
class Picture:
    """A photograph on disk.

    Attributes:
        raster: RGB, or RGBA with straight alpha.
        icc_profile: Of the RGB, as in the file; None means sRGB.
        notes: What a user should know of how it was read, in plain words.
    """

    raster: Raster
    icc_profile: bytes | None
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the upright picture."""
        return self.raster.size

    @property
    def bits(self) -> Bits:
        """Bits a sample."""
        return 8 if self.raster.dtype == np.uint8 else 16

    @property
    def has_alpha(self) -> bool:
        """Whether the file itself is transparent somewhere."""
        return self.raster.bands == 4


def read_picture(source: Source, path: Path, name: str, max_pixels: int = MAX_PIXELS) -> Picture:
    """Decode a photograph into a raw file; its samples are those of `io.read_photograph`.

    Args:
        source: The file.
        path: Of the raw file, which is made.
        name: What to call the picture in an error.
        max_pixels: Larger pictures are refused before anything is decoded.

    Raises:
        ImageError: As `io.read_photograph`.
        OutputError: The disk has no room for the raw file.
    """
    header = read_header(source)
    if header is None or not header.is_streamed:
        return _whole(source, path, name, max_pixels)
    check_size(header.width, header.height, name, max_pixels)
    vips = require_vips()
    try:
        return _streamed(header, source, path)
    except vips.Error as error:
        reason = " ".join(str(error).split())
        raise ImageError(f"{name} must be a whole {header.kind} file, got {reason!r}") from error


def _streamed(header: Header, source: Source, path: Path) -> Picture:
    vips = require_vips()
    # What is remembered of a file by its name would be wrong once another takes its place.
    how = {"access": "sequential", "fail_on": "error"}
    if isinstance(source, bytes):
        image = vips.Image.new_from_buffer(source, "", **how)
    else:
        image = vips.Image.new_from_file(str(source), revalidate=True, **how)
    dtype = np.dtype(np.uint8 if image.format == "uchar" else np.uint16)
    is_cmyk = image.interpretation == "cmyk"
    bands = 3 if is_cmyk or image.bands in (1, 3) else 4
    stored = Raster(path, image.height, image.width, bands, dtype).create()
    region = vips.Region.new(image)
    for rows, columns in strips(stored.size, STRIP):
        count = rows.stop - rows.start
        data = region.fetch(0, rows.start, image.width, count)
        samples = np.frombuffer(data, dtype).reshape(count, image.width, image.bands)
        colours = _cmyk(samples, header.icc_profile) if is_cmyk else _rgb(samples)
        stored.write((rows, columns), colours)
    is_turned = header.orientation >= 5
    height, width = (image.width, image.height) if is_turned else (image.height, image.width)
    raster = Raster(path, height, width, bands, dtype, header.orientation)
    return Picture(raster, None if is_cmyk else rgb_profile(header.icc_profile))


def _rgb(samples: NDArray[Any]) -> Samples:
    """Repeat grey three times; alpha stays."""
    if samples.shape[2] > 2:
        return samples
    return np.concatenate([np.repeat(samples[:, :, :1], 3, axis=2), samples[:, :, 1:]], axis=2)


def _cmyk(samples: NDArray[Any], profile: bytes | None) -> NDArray[np.uint8]:
    inks = Image.frombytes("CMYK", (samples.shape[1], samples.shape[0]), samples.tobytes())
    return np.asarray(cmyk_to_rgb(inks, profile))


def _whole(source: Source, path: Path, name: str, max_pixels: int) -> Picture:
    photograph = read_photograph(source, max_pixels, name)
    height, width = photograph.rgb.shape[:2]
    bands = 3 if photograph.alpha is None else 4
    dtype = np.dtype(np.uint8 if photograph.bits == 8 else np.uint16)
    raster = Raster(path, height, width, bands, dtype).create()
    for region, samples in _strips_of(photograph.rgb, photograph.alpha):
        raster.write(region, quantise(samples, photograph.bits))
    return Picture(raster, photograph.icc_profile, (*photograph.notes, WHOLE.format(name)))


def _strips_of(
    rgb: NDArray[np.float32], alpha: NDArray[np.float32] | None
) -> Iterator[tuple[tuple[slice, slice], NDArray[np.float32]]]:
    for region in strips((rgb.shape[0], rgb.shape[1]), STRIP):
        colours = rgb[region]
        if alpha is not None:
            colours = np.concatenate([colours, alpha[region][:, :, None]], axis=2)
        yield region, colours
