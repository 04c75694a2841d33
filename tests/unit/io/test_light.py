"""Profiles followed to linear light."""

import io
import struct

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from PIL import Image, ImageCms

from penumbra.core.composite import srgb_to_linear
from penumbra.io.light import to_light
from tests.unit.io.files import cmyk_profile, srgb_profile, unit

# Colorants under D50 of Display P3 and Adobe RGB (1998), by columns, as their profiles have them.
P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))


def curve(*values: int) -> bytes:
    """A table, or a power (one value, of which 256 is 1)."""
    return b"curv\0\0\0\0" + struct.pack(f">I{len(values)}H", len(values), *values)


def formula(kind: int, *numbers: float) -> bytes:
    """A parametric curve."""
    fixed = [round(65536 * it) for it in numbers]
    return b"para\0\0\0\0" + struct.pack(f">HH{len(fixed)}i", kind, 0, *fixed)


def profile(colorants: tuple[tuple[float, ...], ...], tone: bytes) -> bytes:
    """A display profile of three colorants and one curve."""
    tags = {f"{name}XYZ".encode(): column for name, column in zip("rgb", colorants, strict=True)}
    contents = {
        name: b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(65536 * it) for it in column))
        for name, column in tags.items()
    } | {f"{name}TRC".encode(): tone for name in "rgb"}
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    contents[b"wtpt"] = white
    table, data = struct.pack(">I", len(contents)), b""
    start = 128 + 4 + 12 * len(contents)
    for name, content in contents.items():
        table += struct.pack(">4sII", name, start + len(data), len(content))
        data += content + b"\0" * (-len(content) % 4)
    size = start + len(data)
    head = struct.pack(">I4sI4s4s4s", size, b"\0\0\0\0", 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    head += b"\0" * 12 + b"acsp" + b"\0" * 28 + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + data


def tables() -> bytes:
    """A profile of a table alone: L* is 100 where all three are full, and 0 at other corners."""
    grid = bytes(7 * [0, 128, 128] + [255, 128, 128])
    ramp = bytes(range(256))
    unchanged = struct.pack(">9i", *(0x10000 if k in (0, 4, 8) else 0 for k in range(9)))
    table = b"mft1\0\0\0\0" + bytes([3, 3, 2, 0]) + unchanged + 3 * ramp + grid + 3 * ramp
    body = struct.pack(">I4sII", 1, b"A2B0", 128 + 16, len(table)) + table
    head = struct.pack(
        ">I4sI4s4s4s", 128 + len(body), b"\0" * 4, 0x02400000, b"mntr", b"RGB ", b"Lab "
    )
    head += b"\0" * 12 + b"acsp" + b"\0" * 28 + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + body


RAMP = np.linspace(0, 1, 33, dtype=np.float32)[None, :, None].repeat(3, axis=2)


def by_littlecms(image: NDArray[np.float32], icc_profile: bytes) -> NDArray[np.float32]:
    """Values of sRGB with 8 bits, by the library that most programs use."""
    converted = ImageCms.profileToProfile(
        Image.fromarray(np.rint(image * 255).astype(np.uint8)),
        ImageCms.ImageCmsProfile(io.BytesIO(icc_profile)),
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    assert converted is not None
    return unit(np.asarray(converted))


def test_without_a_profile_it_is_srgb() -> None:
    """As everywhere in the kit."""
    assert_allclose(to_light(RAMP, None), srgb_to_linear(RAMP))


def test_the_profile_of_srgb_changes_nothing() -> None:
    """Closer than the step of a half float below 1."""
    assert_allclose(to_light(RAMP, srgb_profile()), srgb_to_linear(RAMP), atol=5e-4)


@pytest.mark.parametrize("colorants", [P3, ADOBE], ids=["Display P3", "Adobe RGB"])
@pytest.mark.parametrize(
    "tone",
    [
        curve(563),
        formula(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045),
        curve(*(round(65535 * (it / 255) ** 2.2) for it in range(256))),
    ],
    ids=["power", "formula", "table"],
)
def test_colours_are_those_of_littlecms(
    colorants: tuple[tuple[float, ...], ...], tone: bytes
) -> None:
    """Within sRGB, where it does not cut anything; to its 8 bits."""
    rng = np.random.default_rng(3)
    image = unit(rng.integers(90, 166, (9, 9, 3), np.uint8))
    icc_profile = profile(colorants, tone)

    theirs = srgb_to_linear(by_littlecms(image, icc_profile))

    assert_allclose(to_light(image, icc_profile), theirs, atol=6e-3)


def test_colours_outside_srgb_are_not_cut() -> None:
    """Half floats hold them: negative red."""
    green = np.array([[[0, 1, 0]]], np.float32)

    light = to_light(green, profile(P3, curve(563)))

    assert light[0, 0, 0] < -0.1
    assert light[0, 0, 1] > 1


@pytest.mark.parametrize(
    ("tone", "wanted"),
    [
        (curve(), RAMP),
        (formula(0, 2.0), RAMP**2),
        (formula(1, 2.0, 2.0, -0.5), np.maximum(2 * RAMP - 0.5, 0) ** 2),
        (formula(2, 2.0, 0.5, 0.25, 0.125), (0.5 * RAMP + 0.25) ** 2 + 0.125),
        (
            formula(4, 2.0, 0.5, 0.0, 0.25, 0.5, 0.125, 0.0625),
            np.where(RAMP >= 0.5, (0.5 * RAMP) ** 2 + 0.125, 0.25 * RAMP + 0.0625),
        ),
    ],
    ids=["straight", "power", "cut off", "raised", "all numbers"],
)
def test_every_kind_of_curve(tone: bytes, wanted: NDArray[np.float32]) -> None:
    """By the formulas of the specification, with the colorants of sRGB."""
    srgb = ((0.43607, 0.22250, 0.01393), (0.38506, 0.71688, 0.09710), (0.14308, 0.06062, 0.71417))

    assert_allclose(to_light(RAMP, profile(srgb, tone)), wanted, atol=1e-3)


def test_a_profile_of_tables_is_followed_too() -> None:
    """Lightness of 50 is light of 18.4 %."""
    grey = np.full((2, 2, 3), 128 / 255, np.float32)

    assert_allclose(to_light(grey, tables()), 0.184, atol=0.01)


@pytest.mark.parametrize(
    "icc_profile",
    [b"", b"no profile", profile(P3, b"odd!" + bytes(8)), profile(P3, formula(9)), cmyk_profile(9)],
    ids=["empty", "damaged", "odd curve", "odd formula", "CMYK"],
)
def test_a_profile_that_cannot_be_followed_counts_as_none(icc_profile: bytes) -> None:
    """As readers of pictures do with it."""
    assert_allclose(to_light(RAMP, icc_profile), srgb_to_linear(RAMP))
