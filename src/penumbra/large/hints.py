"""Hints on a large picture: pictures among them stay on disk."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from penumbra.core.errors import HintError, MatteError, TrimapError
from penumbra.core.frames import Resize
from penumbra.core.hints import Hints
from penumbra.io.images import Photograph
from penumbra.io.mattes import grey_of
from penumbra.large.reading import STRIP, read_picture
from penumbra.large.scratch import Raster
from penumbra.large.shrinking import shrunk
from penumbra.large.windows import Size, strips

_KNOWN = 1e-4  # how near to 0 or 1 a mean counts as known: less than one pixel's share


@dataclass(frozen=True)
class LargeHints:
    """Everything said about one object of a large picture.

    Attributes:
        said: What is no picture, in pixels of the large picture.
        trimap: One band of 0, 128 and 255, or None.
        mask: One band of 0 and 255, or None.
    """

    said: Hints
    trimap: Raster | None = None
    mask: Raster | None = None

    @property
    def sketch(self) -> Hints:
        """Hints of the same kinds, for those who ask for these alone."""
        trimap = None if self.trimap is None else np.full((1, 1), 0.5, np.float32)
        mask = None if self.mask is None else np.ones((1, 1), np.bool_)
        return replace(self.said, trimap=trimap, mask=mask)

    def shrunk(self, size: Size, small: Size) -> Hints:
        """Return the hints on the small picture; known is there what is known all over.

        Raises:
            HintError: A hint does not fit a picture of `size`, (height, width).
            TrimapError: The trimap does not.
        """
        self.said.check_inside(*size)
        hints = Resize(*size, *small).hints(self.said)
        for name, plane, error in (
            ("trimap", self.trimap, TrimapError),
            ("mask", self.mask, HintError),
        ):
            if plane is not None and plane.size != size:
                came = f"{plane.width}x{plane.height}"
                rule = f"must be as large as the {size[1]}x{size[0]} image"
                raise error(f"{name} {rule}, got {came}")
        if self.trimap is not None:
            mean = shrunk(self.trimap, small)[:, :, 0]
            known = np.where(mean > 1 - _KNOWN, np.float32(1), np.float32(0.5))
            hints = replace(hints, trimap=np.where(mean < _KNOWN, np.float32(0), known))
        if self.mask is not None:
            hints = replace(hints, mask=shrunk(self.mask, small)[:, :, 0] >= 0.5)
        return hints


def on_disk(hints: Hints, folder: Path) -> LargeHints:
    """Put the trimap and the mask of hints into raw files in a folder."""
    said = replace(hints, trimap=None, mask=None)
    trimap = mask = None
    if hints.trimap is not None:
        trimap = _stored(_levels(hints.trimap), folder / "trimap.raw")
    if hints.mask is not None:
        mask = _stored(hints.mask * np.uint8(255), folder / "mask.raw")
    return LargeHints(said, trimap, mask)


def read_trimap(path: Path, folder: Path) -> Raster:
    """Read a trimap as `io.load_trimap` does, into a raw file in a folder.

    Raises:
        ImageError: The file cannot be read.
        TrimapError: It is in colour, or holds labels instead of greys.
    """
    raster, brightest = _read_grey(path, folder / "trimap.raw", _levels, TrimapError)
    if 0 < brightest < 2.5 / 255:
        came = f"{255 * brightest:.3g}: are they labels?"
        raise TrimapError(f"{path} must hold 0, 128 and 255 of 255, got at most {came}")
    return raster


def read_mask(path: Path, folder: Path) -> Raster:
    """Read a coarse mask as `io.load_mask` does, into a raw file in a folder.

    Raises:
        ImageError: The file cannot be read.
        HintError: It is in colour, or nowhere half bright yet not black.
    """
    raster, brightest = _read_grey(path, folder / "mask.raw", _halves, HintError)
    if 0 < brightest < 0.5:
        came = f"{255 * brightest:.3g}"
        raise HintError(f"{path} must reach 128 of 255 on the object, got at most {came}")
    return raster


def _read_grey(
    path: Path,
    target: Path,
    levels: Callable[[NDArray[np.float32]], NDArray[np.uint8]],
    error: type[MatteError],
) -> tuple[Raster, float]:
    """Return one band, and the brightest value of the file in [0, 1]."""
    picture = read_picture(path, target.with_suffix(".read"), str(path))
    raster = Raster(target, *picture.size, 1, np.dtype(np.uint8)).create()
    brightest = 0.0
    for region in strips(picture.size, STRIP):
        rgb = picture.raster.read_unit(region)[:, :, :3]
        grey = grey_of(Photograph(rgb, None, None, picture.bits), str(path), error)
        brightest = max(brightest, float(grey.max()))
        raster.write(region, levels(grey))
    picture.raster.path.unlink()
    return raster, brightest


def _levels(grey: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Known stays, all else is unknown: 0, 128 and 255."""
    return np.where((grey > 0) & (grey < 1), 128, grey * 255).astype(np.uint8)


def _halves(grey: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.where(grey >= 0.5, 255, 0).astype(np.uint8)


def _stored(plane: NDArray[np.uint8], path: Path) -> Raster:
    height, width = plane.shape
    raster = Raster(path, height, width, 1, np.dtype(np.uint8)).create()
    raster.write((slice(0, raster.height), slice(0, raster.width)), plane)
    return raster
