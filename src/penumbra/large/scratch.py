"""Samples of a large picture in a raw file on disk, read and written by windows.

Plain reads and writes rather than a mapped file: pages of a map count as the process's memory for
as long as the system likes to keep them.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penumbra.core.errors import OutputError
from penumbra.large.windows import Region

Samples = NDArray[np.uint8] | NDArray[np.uint16]

_TURNED = (5, 6, 7, 8)  # EXIF orientations that swap rows and columns
_TOP_LAST = (3, 4, 7, 8)
_LEFT_LAST = (2, 3, 6, 7)


@dataclass(frozen=True)
class Raster:
    """A picture in a raw file: rows from top to bottom, samples of a pixel side by side.

    Attributes:
        path: The file.
        height: Of the upright picture, pixels.
        width: Likewise.
        bands: Samples a pixel.
        dtype: uint8 or uint16, in the machine's own order of bytes.
        orientation: EXIF's, by which what is stored has still to be turned; only for reading.
    """

    path: Path
    height: int
    width: int
    bands: int
    dtype: "np.dtype[Any]"
    orientation: int = 1

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the upright picture."""
        return self.height, self.width

    @property
    def full(self) -> int:
        """The sample that stands for 1."""
        return int(np.iinfo(self.dtype).max)

    def create(self) -> "Raster":
        """Make the file, all zeros; return the raster itself.

        Raises:
            OutputError: The disk has no room for it.
        """
        with _on_disk(self.path), self.path.open("wb") as file:
            file.truncate(self.height * self.width * self._pixel)
        return self

    def read(self, region: Region) -> Samples:
        """Return a window of the upright picture, (h, w, bands); a copy."""
        rows, columns = _stored(region, self.size, self.orientation)
        height, width = rows.stop - rows.start, columns.stop - columns.start
        window = np.empty((height, width, self.bands), self.dtype)
        stride = self._stored_width * self._pixel
        with _on_disk(self.path), self.path.open("rb", buffering=0) as file:
            for row, view in zip(range(rows.start, rows.stop), window, strict=True):
                file.seek(row * stride + columns.start * self._pixel)
                if file.readinto(view.view(np.uint8).data) != width * self._pixel:
                    raise OSError(f"only part of row {row} is there")
        return upright(window, self.orientation)

    def read_unit(self, region: Region) -> NDArray[np.float32]:
        """Return a window as floats in [0, 1], (h, w, bands)."""
        return np.divide(self.read(region), np.float32(self.full), dtype=np.float32)

    def write(self, region: Region, samples: Samples) -> None:
        """Replace a window by samples of (h, w, bands), or (h, w) where a pixel has only one.

        Raises:
            OutputError: The disk has no room for it.
        """
        rows, columns = region
        window = np.ascontiguousarray(samples, self.dtype).reshape(
            rows.stop - rows.start, columns.stop - columns.start, self.bands
        )
        with _on_disk(self.path), self.path.open("r+b", buffering=0) as file:
            for row, line in zip(range(rows.start, rows.stop), window, strict=True):
                file.seek((row * self.width + columns.start) * self._pixel)
                if file.write(line.tobytes()) != line.nbytes:
                    raise OSError("no space left")

    @property
    def _pixel(self) -> int:
        return self.bands * self.dtype.itemsize

    @property
    def _stored_width(self) -> int:
        return self.height if self.orientation in _TURNED else self.width


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Make a folder for raw files, and remove it with all that is in it.

    It lies where temporary files lie: TMPDIR says where that is.

    Raises:
        OutputError: It cannot be made.
    """
    with _on_disk(Path(tempfile.gettempdir())):
        folder = tempfile.TemporaryDirectory(prefix="penumbra-")
    with folder as path:
        yield Path(path)


def upright(samples: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Undo an EXIF orientation (Exif 2.32, tag 274) of (H, W, ...); a view."""
    turned = samples.swapaxes(0, 1) if orientation in _TURNED else samples
    if orientation in _TOP_LAST:
        turned = turned[::-1]
    return turned[:, ::-1] if orientation in _LEFT_LAST else turned


def _stored(region: Region, size: tuple[int, int], orientation: int) -> Region:
    """Return where a window of the upright picture of `size` lies in what is stored."""
    rows, columns = (
        slice(length - part.stop, length - part.start) if orientation in last else part
        for part, length, last in zip(region, size, (_TOP_LAST, _LEFT_LAST), strict=True)
    )
    return (columns, rows) if orientation in _TURNED else (rows, columns)


@contextmanager
def _on_disk(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        hint = "large pictures need room for temporary files; TMPDIR says where"
        raise OutputError(f"{path} must be usable, got {reason!r}: {hint}") from error
