"""Pictures on disk for tests of what works piece by piece."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB
from penumbra.core.card import ModelCard
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.large.scratch import Raster


class RedCloser:
    """Looks closely: what is unknown is as opaque as it is red."""

    card = ModelCard(
        name="dim",
        title="Reads the reds of what is unknown",
        paper="none",
        accepts=frozenset({"trimap"}),
        requires=frozenset({"trimap"}),
    )

    def __init__(self) -> None:
        self.seen: list[tuple[int, ...]] = []

    def encode(self, image: RGB) -> RGB:
        """Pass the picture on."""
        return image

    def decode(self, encoded: RGB, hints: Hints, previous: Matte | None = None) -> Matte:
        """Answer, and remember how large the window was."""
        assert hints.trimap is not None
        self.seen.append(hints.trimap.shape)
        alpha = np.where(hints.trimap == 0.5, encoded[:, :, 0], hints.trimap)
        return Matte(alpha.astype(np.float32))


def on_disk(path: Path, samples: NDArray[np.uint8] | NDArray[np.uint16]) -> Raster:
    """Write (H, W) or (H, W, bands) to a raw file."""
    height, width = samples.shape[:2]
    bands = 1 if samples.ndim == 2 else samples.shape[2]
    raster = Raster(path, height, width, bands, samples.dtype).create()
    raster.write((slice(0, height), slice(0, width)), samples)
    return raster


def whole(raster: Raster) -> NDArray[np.float32]:
    """Return all of a raw file, (H, W, bands) in [0, 1]."""
    return raster.read_unit((slice(0, raster.height), slice(0, raster.width)))
