"""PNG, as far as Pillow does not go: 16 bits in colour.

Chunks and their order: "Portable Network Graphics (PNG) Specification", third edition, W3C.
"""

import zlib
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.errors import OutputError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER_END = len(SIGNATURE) + 4 + 4 + 13 + 4  # the IHDR chunk: length, type, data, checksum

# What decides the pixels.  The rest (profiles, gamma, text) is none of the decoder's business,
# and what it finds wrong there it would print.
_NEEDED = frozenset({b"IHDR", b"tRNS", b"IDAT", b"IEND"})

_EFFORT = 4  # of 9: a tenth larger than the smallest file, in a tenth of the time


def has_16_bits(data: bytes) -> bool:
    """Tell whether a PNG file holds 16 bits a sample."""
    return data[24:25] == b"\x10"


def read_png16(data: bytes) -> NDArray[np.uint16]:
    """Decode a PNG of 16 bits: (H, W, 3) RGB, or (H, W, 4) with straight alpha.

    Raises:
        ValueError: The file is damaged.
    """
    chunks = list(_chunks(data))
    needed = SIGNATURE + b"".join(whole for kind, whole in chunks if kind in _NEEDED)
    decoded = cv2.imdecode(np.frombuffer(needed, np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None:
        raise ValueError("pixel data is damaged or cut short")
    samples: NDArray[np.uint16] = decoded.astype(np.uint16, copy=False)
    if samples.ndim == 2:
        return _grey_to_rgb(samples, dict(chunks).get(b"tRNS"))
    return samples[:, :, [2, 1, 0, 3][: samples.shape[2]]]


def encode_png(samples: NDArray[np.uint8] | NDArray[np.uint16], icc_profile: bytes | None) -> bytes:
    """Encode a PNG of 8 or 16 bits.

    Args:
        samples: (H, W) grey, (H, W, 3) RGB, or (H, W, 4) with straight alpha.
        icc_profile: Embedded as it is.

    Raises:
        OutputError: The encoder refused, for example because a side is too long.
    """
    if samples.ndim == 3:
        samples = samples[:, :, [2, 1, 0, 3][: samples.shape[2]]]
    try:
        done, buffer = cv2.imencode(".png", samples, [cv2.IMWRITE_PNG_COMPRESSION, _EFFORT])
    except cv2.error as error:
        raise OutputError(f"output must fit a PNG file, got {error.err!r}") from error
    assert done  # refusals are raised
    data: bytes = buffer.tobytes()
    if icc_profile is None:
        return data
    profile = chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(icc_profile, 9))
    return data[:_HEADER_END] + profile + data[_HEADER_END:]


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the type of each chunk and the whole chunk."""
    start = len(SIGNATURE)
    while start < len(data):
        end = start + 12 + int.from_bytes(data[start : start + 4], "big")
        yield data[start + 4 : start + 8], data[start:end]
        start = end


def _grey_to_rgb(grey: NDArray[np.uint16], transparent: bytes | None) -> NDArray[np.uint16]:
    """Repeat grey three times, with alpha where one grey value (of a tRNS chunk) is transparent."""
    planes = [grey, grey, grey]
    if transparent is not None:
        key = int.from_bytes(transparent[8:10], "big")
        planes.append(np.where(grey == key, 0, 65535).astype(np.uint16))
    return np.dstack(planes)


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a whole chunk: length, type, content, checksum."""
    checksum = zlib.crc32(kind + content).to_bytes(4, "big")
    return len(content).to_bytes(4, "big") + kind + content + checksum
