"""Picture and matte to what is written: colours of the object, over nothing or over a backdrop."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.composite import composite
from penumbra.core.matte import VISIBLE
from penumbra.io.hidden import REACH, spread_colours
from penumbra.io.samples import quantise
from penumbra.large.backdrops import Behind
from penumbra.large.reading import Picture
from penumbra.large.scratch import Raster
from penumbra.large.windows import Region, Size, grown, within
from penumbra.solvers.foreground_tiles import Overview, Read, estimate_window, look_over

SIDE = 1024
"""Of the windows that are merged, pixels."""


@dataclass(frozen=True)
class Merger:
    """Colours and opacity of the object of a large picture.

    Attributes:
        picture: The photograph.
        matte: What was found, one band.
        overview: Of its colours.
    """

    picture: Picture
    matte: Raster
    overview: Overview

    @classmethod
    def of(cls, picture: Picture, matte: Raster) -> "Merger":
        """Look the picture over."""
        return cls(picture, matte, look_over(picture.size, _reader(picture, matte)))

    def cutout(self, target: Raster, behind: Behind | None) -> bool:
        """Write the cut-out, and return whether anything of it is seen.

        Args:
            target: Four bands, or three where there is something behind.
            behind: What the object is laid over, or None.
        """
        is_seen = False
        for region in windows(self.picture.size, SIDE):
            seen = _with_reach(region, self.picture.size)
            foreground, alpha = self._colours(seen), self.alpha(seen)
            inner = within(region[0], seen[0]), within(region[1], seen[1])
            is_seen |= bool((alpha[inner] >= VISIBLE).any())
            if behind is not None:
                shown = composite(foreground[inner], behind.window(region), alpha[inner])
                target.write(region, quantise(shown, self._bits(target)))
                continue
            opacity = quantise(alpha, self._bits(target))
            spread = quantise(spread_colours(foreground, opacity > 0), self._bits(target))
            whole = np.concatenate([spread, opacity[:, :, None]], axis=2)
            target.write(region, whole[inner])
        return is_seen

    def foreground(self, target: Raster) -> None:
        """Write the object's colours alone; three bands."""
        for region in windows(self.picture.size, SIDE):
            foreground, _ = estimate_window(
                self.overview, region, _reader(self.picture, self.matte)
            )
            target.write(region, quantise(foreground, self._bits(target)))

    def opacity(self, target: Raster) -> None:
        """Write the object's opacity alone; one band."""
        for region in windows(self.picture.size, SIDE):
            target.write(region, quantise(self.alpha(region), self._bits(target)))

    def alpha(self, region: Region) -> Alpha:
        """Return the object's opacity; what the file itself left transparent stays so."""
        alpha = self.matte.read_unit(region)[:, :, 0]
        if self.picture.has_alpha:
            alpha *= self.picture.raster.read_unit(region)[:, :, 3]
        return alpha

    def _colours(self, region: Region) -> RGB:
        """Return the object's colours where it is seen, and any elsewhere."""
        image, alpha = _reader(self.picture, self.matte)(region)
        if not ((alpha > 0) & (alpha < 1)).any():
            return image
        return estimate_window(self.overview, region, _reader(self.picture, self.matte))[0]

    @staticmethod
    def _bits(target: Raster) -> int:
        return 8 * target.dtype.itemsize


def windows(size: Size, side: int) -> Iterator[Region]:
    """Yield square windows side by side that cover a picture; the last ones may be smaller."""
    for top in range(0, size[0], side):
        for left in range(0, size[1], side):
            yield slice(top, min(top + side, size[0])), slice(left, min(left + side, size[1]))


def _with_reach(region: Region, size: Size) -> Region:
    return grown(region[0], REACH, size[0]), grown(region[1], REACH, size[1])


def _reader(picture: Picture, matte: Raster) -> Read:
    def read(region: Region) -> tuple[RGB, Alpha]:
        image = picture.raster.read_unit(region)[:, :, :3]
        return np.ascontiguousarray(image), matte.read_unit(region)[:, :, 0]

    return read
