"""PNG, written row by row.

Chunks, filters and their order: "Portable Network Graphics (PNG) Specification", third edition,
W3C.
"""

import zlib
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from penumbra.io.png16 import SIGNATURE, chunk

_COLOURS = {1: 0, 3: 2, 4: 6}  # samples a pixel to the type of colour
_EFFORT = 4  # of 9, as in `io.png16`
_BLOCK = 1 << 18  # bytes of a chunk of pixels
_SUB = 1  # the filter: each sample less that of the pixel on its left


class PngWriter:
    """A PNG file in the making.

    Args:
        file: Where it goes.
        height: In pixels.
        width: Likewise.
        bands: 1 (grey), 3 (RGB) or 4 (RGB and straight alpha).
        bits: 8 or 16 a sample.
        icc_profile: Embedded as it is.
        effort: From 0, nothing is deflated, to 9.
    """

    def __init__(
        self,
        file: BinaryIO,
        size: tuple[int, int],
        bands: int,
        bits: int,
        icc_profile: bytes | None,
        effort: int = _EFFORT,
    ) -> None:
        self._file = file
        self._deflate = zlib.compressobj(effort, zlib.DEFLATED, 15, 9, zlib.Z_FILTERED)
        self._waiting = bytearray()
        height, width = size
        header = width.to_bytes(4, "big") + height.to_bytes(4, "big")
        file.write(SIGNATURE + chunk(b"IHDR", header + bytes([bits, _COLOURS[bands], 0, 0, 0])))
        if icc_profile is not None:
            profile = b"ICC profile\0\0" + zlib.compress(icc_profile, 9)
            file.write(chunk(b"iCCP", profile))

    def write(self, samples: NDArray[np.uint8] | NDArray[np.uint16]) -> None:
        """Append rows of pixels, (h, width, bands)."""
        height = len(samples)
        big_endian = samples.astype(samples.dtype.newbyteorder(">"), copy=False)
        pixels = big_endian.view(np.uint8).reshape(height, samples.shape[1], -1)
        filtered = np.empty((height, 1 + pixels[0].size), np.uint8)
        filtered[:, 0] = _SUB
        lines = filtered[:, 1:].reshape(pixels.shape)
        lines[:, 0] = pixels[:, 0]
        np.subtract(pixels[:, 1:], pixels[:, :-1], out=lines[:, 1:])
        self._waiting += self._deflate.compress(filtered.tobytes())
        if len(self._waiting) >= _BLOCK:
            self._flush()

    def close(self) -> None:
        """Write the end."""
        self._waiting += self._deflate.flush()
        self._flush()
        self._file.write(chunk(b"IEND", b""))

    def _flush(self) -> None:
        self._file.write(chunk(b"IDAT", bytes(self._waiting)))
        self._waiting.clear()
