"""PNG of 16 bits, and PNG as we write it."""

import io
import zlib

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from penumbra.core.errors import ImageError, OutputError
from penumbra.io.images import Photograph, read_photograph
from penumbra.io.png16 import encode_png
from tests.unit.io.files import (
    PNG_GREY,
    PNG_GREY_ALPHA,
    PNG_RGB,
    PNG_RGBA,
    noise,
    png,
    png_chunk,
    srgb_profile,
)


def samples_of(photograph: Photograph) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
    """RGB, or RGBA, as 16-bit integers."""
    planes = [photograph.rgb]
    if photograph.alpha is not None:
        planes.append(photograph.alpha[:, :, None])
    return np.rint(np.concatenate(planes, axis=2) * np.float64(65535)).astype(np.uint16)


@pytest.mark.parametrize("shape", [(5, 7), (1, 1), (1, 6), (6, 1)])
@pytest.mark.parametrize(
    ("colour_type", "planes"),
    [
        (PNG_GREY, [0, 0, 0]),
        (PNG_GREY_ALPHA, [0, 0, 0, 1]),
        (PNG_RGB, [0, 1, 2]),
        (PNG_RGBA, [0, 1, 2, 3]),
    ],
)
def test_all_16_bits_arrive(colour_type: int, planes: list[int], shape: tuple[int, int]) -> None:
    """Pillow alone would cut colour to 8 bits without a word."""
    samples = noise(*shape, max(planes) + 1, dtype=np.uint16)

    photograph = read_photograph(png(samples, colour_type))

    assert photograph.bits == 16
    assert_array_equal(samples_of(photograph), samples[:, :, planes])


def test_a_transparent_colour_works_at_16_bits() -> None:
    """Compared at full depth: its neighbour in the last bit is opaque."""
    samples = noise(4, 4, 3, dtype=np.uint16)
    samples[0, 1] = samples[0, 0] + 1

    photograph = read_photograph(
        png(samples, PNG_RGB, png_chunk(b"tRNS", samples[0, 0].astype(">u2").tobytes()))
    )

    assert photograph.alpha is not None
    assert np.argwhere(photograph.alpha == 0).tolist() == [[0, 0]]


def test_a_transparent_grey_works_at_16_bits() -> None:
    """OpenCV ignores this one."""
    samples = np.arange(12, dtype=np.uint16).reshape(3, 4)

    photograph = read_photograph(png(samples, PNG_GREY, png_chunk(b"tRNS", b"\0\7")))

    assert photograph.alpha is not None
    assert np.argwhere(photograph.alpha == 0).tolist() == [[1, 3]]
    assert_array_equal(samples_of(photograph)[:, :, 0], samples)


def test_nothing_is_printed_about_odd_chunks(capfd: pytest.CaptureFixture[str]) -> None:
    """The library below complains on standard error about what is no concern of the user."""
    odd = png_chunk(b"iCCP", b"x\0\0" + zlib.compress(b"hello")) + png_chunk(b"bKGD", b"\0")

    read_photograph(png(noise(3, 3, 3, dtype=np.uint16), PNG_RGB, odd))

    assert capfd.readouterr().err == ""


def test_pixels_that_end_too_early_are_an_error() -> None:
    """Sound chunks, but a stream of too few rows, which Pillow fills up with black."""
    whole = png(noise(8, 8, 3, dtype=np.uint16), PNG_RGB)
    few_rows = png(noise(3, 8, 3, dtype=np.uint16), PNG_RGB)
    header, rest = 8 + 25, few_rows[8 + 25 :]

    with pytest.raises(ImageError, match="must be a whole PNG file, got 'pixel data"):
        read_photograph(whole[:header] + rest)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 3), (4, 6, 4), (1, 1, 4)])
def test_what_is_written_is_read_by_others(
    shape: tuple[int, ...], dtype: type[np.uint8] | type[np.uint16]
) -> None:
    """Pillow agrees on the channels: it reads the upper 8 bits."""
    samples = noise(*shape, dtype=dtype)
    profile = srgb_profile()

    image = Image.open(io.BytesIO(encode_png(samples, profile)))
    image.load()

    assert image.info["icc_profile"] == profile
    read = np.asarray(image).astype(np.int64)
    shift = 8 if dtype == np.uint16 and read.max() < 256 else 0
    np.testing.assert_allclose(read, samples >> shift, atol=0)


def test_every_chunk_written_has_a_valid_checksum() -> None:
    """The profile is put in by hand; strict readers check it."""
    Image.open(io.BytesIO(encode_png(noise(3, 3, 3), srgb_profile()))).verify()


def test_what_the_encoder_refuses_is_an_error_of_ours() -> None:
    """PNG by OpenCV ends at a million pixels a side."""
    with pytest.raises(OutputError, match="must fit a PNG file"):
        encode_png(np.zeros((1, 0, 3), np.uint8), None)
