"""Encoded colours to linear light, through the profile they are in.

A profile of three colorants and three curves (sRGB, Display P3, Adobe RGB and the like) is followed
in floats: ICC.1:2022, sections 10.6, 10.18 and F.3.  One of tables is left to LittleCMS, which
Pillow runs at 8 bits.
"""

import io
import logging
import struct
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from penumbra.core.arrays import RGB
from penumbra.core.composite import srgb_to_linear
from penumbra.io.samples import quantise

_log = logging.getLogger(__name__)

Curve = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""From encoded values in [0, 1] to light."""

# Linear light of sRGB to XYZ under D50: IEC 61966-2-1, adapted as ICC.1 appendix E says.
_SRGB = np.array(
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)


def to_light(image: RGB, profile: bytes | None) -> RGB:
    """Return linear light in the primaries of sRGB.

    Args:
        image: (H, W, 3) in [0, 1].
        profile: Its ICC profile; None means sRGB.  One that is damaged counts as none.

    Returns:
        (H, W, 3): 1 is white; colours outside sRGB have components below 0 or above 1.
    """
    if profile is None:
        return srgb_to_linear(image)
    try:
        tags = _tags(profile)
        if {b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC"} <= tags.keys():
            colorants = np.stack([_xyz(tags[it]) for it in (b"rXYZ", b"gXYZ", b"bXYZ")], axis=1)
            curves = [_curve(tags[it]) for it in (b"rTRC", b"gTRC", b"bTRC")]
            light = np.dstack([curve(image[:, :, at]) for at, curve in enumerate(curves)])
            into = np.linalg.solve(_SRGB, colorants).T.astype(np.float32)
            return (light @ into).astype(np.float32, copy=False)
        return srgb_to_linear(_through_tables(image, profile))
    except (ImageCms.PyCMSError, OSError, ValueError, struct.error) as error:
        _log.info("colours converted as sRGB, without their profile: %s", error)
        return srgb_to_linear(image)


def _tags(profile: bytes) -> dict[bytes, bytes]:
    """Return the contents of a profile by their signatures (section 7.3)."""
    (count,) = struct.unpack_from(">I", profile, 128)
    tags = {}
    for index in range(min(count, len(profile) // 12)):
        name, start, size = struct.unpack_from(">4sII", profile, 132 + 12 * index)
        tags[name] = profile[start : start + size]
    return tags


def _xyz(tag: bytes) -> NDArray[np.float64]:
    """Return a colour in XYZ (section 10.31)."""
    return np.array(struct.unpack_from(">3i", tag, 8)) / 65536


def _curve(tag: bytes) -> Curve:
    """Return a curve: a power, a table (section 10.6) or a formula (section 10.18)."""
    if tag[:4] == b"para":
        (kind,) = struct.unpack_from(">H", tag, 8)
        return _formula(kind, tag)
    if tag[:4] != b"curv":
        raise ValueError(f"curve of the kind {tag[:4]!r}")
    (count,) = struct.unpack_from(">I", tag, 8)
    if count == 0:
        return lambda values: values
    if count == 1:
        (power,) = struct.unpack_from(">H", tag, 12)
        return lambda values: values ** np.float32(power / 256)
    table = np.frombuffer(tag, ">u2", count, 12) / 65535
    places = np.linspace(0, 1, count)
    return lambda values: np.interp(values, places, table).astype(np.float32)


def _formula(kind: int, tag: bytes) -> Curve:
    """Y = (aX + b)^g + e from X = d on, cX + f below; all kinds but 4 leave some of these out."""
    if kind > 4:
        raise ValueError(f"formula of the kind {kind}")
    count = (1, 3, 4, 5, 7)[kind]
    given = [it / 65536 for it in struct.unpack_from(f">{count}i", tag, 12)]
    g, a, b, c, d, e, f = given + [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0][count:]
    if kind in (1, 2):
        c, d, e, f = 0.0, -b / a, c, c

    def light(values: NDArray[np.float32]) -> NDArray[np.float32]:
        high = np.maximum(a * values + b, 0) ** g + e
        return np.where(values >= d, high, c * values + f).astype(np.float32, copy=False)

    return light


def _through_tables(image: RGB, profile: bytes) -> RGB:
    """Return sRGB values in [0, 1]."""
    converted = ImageCms.profileToProfile(
        Image.fromarray(quantise(image, 8)),
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    assert converted is not None  # only an in-place conversion returns nothing
    return np.asarray(converted, np.float32) / np.float32(255)
