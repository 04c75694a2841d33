"""Reading the pixels around scattered pixels, one offset at a time."""

from collections.abc import Iterator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.intp]  # positions in a flattened plane, row * width + col
Number = TypeVar("Number", bound=np.generic)


class Disk:
    """All pixels within a radius of each of some pixels.

    Planes are flattened with a margin around them, so that one addition leads from any pixel
    to a neighbour, also across the edge of the picture:

        around = Disk(size, pixels, radius)
        padded = around.pad(plane, outside)
        for offset, distance in around.offsets():
            neighbours = padded[around.pixels + offset]

    Args:
        size: (H, W) of the planes.
        pixels: Middles of the disks, (N,), as positions without the margin.
        radius: In pixels; a neighbour at exactly this distance belongs to the disk.
    """

    def __init__(self, size: tuple[int, int], pixels: Pixels, radius: float) -> None:
        self._radius = radius
        self._margin = int(radius)
        self._width = size[1] + 2 * self._margin
        row, col = np.divmod(pixels, size[1])
        self.pixels: Pixels = (row + self._margin) * self._width + col + self._margin

    def pad(self, plane: NDArray[Number], outside: float | None = None) -> NDArray[Number]:
        """Flatten (H, W) or (H, W, C) with its margin: (M,) or (M, C).

        Args:
            plane: What to read.
            outside: What lies beyond the edge of the picture; its outermost pixels if omitted.
        """
        widths = [(self._margin, self._margin)] * 2 + [(0, 0)] * (plane.ndim - 2)
        how: dict[str, Any] = (
            {"mode": "edge"}
            if outside is None
            else {"mode": "constant", "constant_values": outside}
        )
        return np.pad(plane, widths, **how).reshape(-1, *plane.shape[2:])

    def offsets(self) -> Iterator[tuple[int, float]]:
        """Yield the offset and the distance of every neighbour, the pixel itself first."""
        reach = np.arange(-self._margin, self._margin + 1)
        distance = np.hypot(*np.meshgrid(reach, reach, indexing="ij"))
        offset = reach[:, None] * self._width + reach
        for place in np.argsort(distance, axis=None, kind="stable"):
            if distance.flat[place] <= self._radius:
                yield int(offset.flat[place]), float(distance.flat[place])
