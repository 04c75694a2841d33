"""Cut-outs, pictures and mattes to files, and back."""

import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from PIL import Image

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.cutout import Cutout
from penumbra.core.errors import ImageError, OutputError
from penumbra.core.matte import Matte
from penumbra.io import (
    Photograph,
    encode_alpha,
    encode_cutout,
    encode_image,
    load_alpha,
    read_photograph,
    save_alpha,
    save_cutout,
    save_image,
)
from penumbra.io.images import Bits
from tests.unit.io.files import noise, srgb_profile, unit

EXACT = [".png", ".tif", ".tiff", ".webp"]
DEEP = [".png", ".tif", ".tiff"]
SHALLOW = [".webp", ".avif"]


def cutout_of(foreground: RGB, alpha: Alpha) -> Cutout:
    """A cut-out of given colours and alpha."""
    return Cutout(foreground, alpha, np.zeros_like(foreground), Matte(alpha))


def levels_cutout(bits: Bits, *shape: int) -> tuple[Cutout, NDArray[Any]]:
    """A cut-out without invisible pixels, and its samples."""
    dtype: Any = np.uint8 if bits == 8 else np.uint16
    samples = np.maximum(noise(*shape, 4, dtype=dtype), 1)
    samples[0, 0, 3] = 7  # WebP leaves out an alpha that is opaque everywhere
    values = unit(samples)
    return cutout_of(values[:, :, :3], values[:, :, 3]), samples


def photograph(bits: Bits = 8, icc_profile: bytes | None = None) -> Photograph:
    """A photograph to write alike."""
    return Photograph(np.zeros((1, 1, 3), np.float32), None, icc_profile, bits)


def integers(values: NDArray[np.float32], bits: Bits) -> NDArray[Any]:
    """Floats as samples."""
    return np.rint(values * np.float64(255 if bits == 8 else 65535))


@pytest.mark.parametrize("suffix", EXACT)
@pytest.mark.parametrize("shape", [(5, 7), (1, 1), (1, 9), (9, 1)])
def test_8_bits_come_back_exactly(suffix: str, shape: tuple[int, int]) -> None:
    """Straight alpha, every colour under every alpha."""
    cutout, samples = levels_cutout(8, *shape)

    back = read_photograph(encode_cutout(cutout, suffix))

    assert back.alpha is not None
    assert back.bits == 8
    assert back.icc_profile is None
    assert_array_equal(integers(back.rgb, 8), samples[:, :, :3])
    assert_array_equal(integers(back.alpha, 8), samples[:, :, 3])


@pytest.mark.parametrize("suffix", DEEP)
@pytest.mark.parametrize("shape", [(5, 7), (1, 1), (1, 9), (9, 1)])
def test_16_bits_come_back_exactly(suffix: str, shape: tuple[int, int]) -> None:
    """16 bits in, 16 bits out."""
    cutout, samples = levels_cutout(16, *shape)

    back = read_photograph(encode_cutout(cutout, suffix, photograph(16)))

    assert back.alpha is not None
    assert back.bits == 16
    assert_array_equal(integers(back.rgb, 16), samples[:, :, :3])
    assert_array_equal(integers(back.alpha, 16), samples[:, :, 3])


@pytest.mark.parametrize("suffix", SHALLOW)
def test_16_bits_fall_to_8_where_the_file_has_no_more(suffix: str) -> None:
    """WebP and AVIF; rounded as everywhere."""
    alpha = np.full((16, 16), 0.5, np.float32)
    cutout = cutout_of(np.full((16, 16, 3), 0.25, np.float32), alpha)

    back = read_photograph(encode_cutout(cutout, suffix, photograph(16)))

    assert back.alpha is not None
    assert back.bits == 8
    assert_array_equal(integers(back.alpha, 8), 128)
    np.testing.assert_allclose(back.rgb, 0.25, atol=2 / 255)


def test_avif_keeps_alpha_exactly_and_colours_closely() -> None:
    """Lossy alpha leaves a veil where there should be nothing."""
    alpha = unit(noise(48, 48))
    y, x = np.mgrid[:48, :48] / np.float32(48)
    cutout = cutout_of(np.dstack([x, y, x * y]).astype(np.float32), alpha)

    back = read_photograph(encode_cutout(cutout, ".avif"))

    assert back.alpha is not None
    assert_array_equal(back.alpha, alpha)
    seen = alpha > 0
    assert np.abs(back.rgb - cutout.foreground)[seen].mean() < 1.5 / 255


@pytest.mark.parametrize("suffix", [*EXACT, ".avif"])
def test_the_colour_profile_goes_along_byte_for_byte(suffix: str) -> None:
    """From the photograph to the cut-out."""
    profile = srgb_profile()
    cutout, _ = levels_cutout(8, 16, 16)

    back = read_photograph(encode_cutout(cutout, suffix, photograph(8, profile)))

    assert back.icc_profile == profile


@pytest.mark.parametrize("suffix", DEEP)
def test_the_colour_profile_goes_along_at_16_bits(suffix: str) -> None:
    """Here it is put in by other means."""
    profile = srgb_profile()
    cutout, _ = levels_cutout(16, 4, 4)

    back = read_photograph(encode_cutout(cutout, suffix, photograph(16, profile)))

    assert back.icc_profile == profile


def test_samples_are_rounded_and_not_cut() -> None:
    """Cutting darkens everything by half a level and makes almost opaque pixels see-through."""
    values = np.array([[0.4 / 255, 0.6 / 255, 1 - 0.4 / 255, 1 - 0.6 / 255]], np.float32)
    cutout = cutout_of(np.repeat(values[:, :, None], 3, axis=2), np.ones((1, 4), np.float32))

    back = read_photograph(encode_cutout(cutout))

    assert integers(back.rgb[0, :, 0], 8).tolist() == [0, 1, 255, 254]
    assert integers(load_alpha(encode_alpha(values)), 8).tolist() == [[0, 1, 255, 254]]
    deep = np.array([[0.4 / 65535, 0.6 / 65535, 1 - 0.4 / 65535, 1 - 0.6 / 65535]], np.float32)
    assert integers(load_alpha(encode_alpha(deep, bits=16)), 16).tolist() == [[0, 1, 65535, 65534]]


@pytest.mark.parametrize("suffix", EXACT)
def test_nothing_of_the_photograph_is_left_under_zero_alpha(suffix: str) -> None:
    """Neither as a fringe nor as a secret: the nearest colours of the object, then black."""
    foreground = np.full((4, 40, 3), (0.2, 0.4, 0.6), np.float32)
    foreground[:, :3] = (1, 0, 0)
    alpha = np.zeros((4, 40), np.float32)
    alpha[:, :3] = 1

    back = read_photograph(encode_cutout(cutout_of(foreground, alpha), suffix))

    assert_array_equal(back.rgb[:, :19], np.tile([1.0, 0.0, 0.0], (4, 19, 1)))
    assert_array_equal(back.rgb[:, 19:], 0)


def test_alpha_that_rounds_to_zero_is_invisible() -> None:
    """Its colour is as meaningless as any other's."""
    foreground = np.array([[[1, 0, 0], [0, 1, 0]]], np.float32)
    alpha = np.array([[1, 0.4 / 255]], np.float32)

    back = read_photograph(encode_cutout(cutout_of(foreground, alpha)))

    assert back.rgb[0, 1].tolist() == [1, 0, 0]


@pytest.mark.parametrize("suffix", [".jpg", ".jpeg", ".JPG"])
def test_a_cut_out_is_no_jpeg(suffix: str, tmp_path: Path) -> None:
    """Refused before anything is written, with the reason."""
    cutout, _ = levels_cutout(8, 2, 2)

    with pytest.raises(OutputError, match=r"must end in \.png, .* or \.ora, .* no transparency"):
        save_cutout(tmp_path / f"out{suffix}", cutout)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["out", "out.gif", "out.png.bak"])
def test_other_suffixes_are_refused(name: str, tmp_path: Path) -> None:
    """The suffix is the only thing that says which kind of file is wanted."""
    image = np.zeros((2, 2, 3), np.float32)

    with pytest.raises(OutputError, match=r"must end in \.png, .* or \.jpeg, got (\.|no suffix)"):
        save_image(tmp_path / name, image)


@pytest.mark.parametrize("suffix", [".webp", ".avif", ".jpg"])
def test_a_matte_is_written_without_loss_or_not_at_all(suffix: str) -> None:
    """A matte is a measurement."""
    with pytest.raises(OutputError, match=r"must end in \.png, \.tif or \.tiff, got"):
        encode_alpha(np.zeros((2, 2), np.float32), suffix)


@pytest.mark.parametrize("suffix", DEEP)
@pytest.mark.parametrize("bits", [8, 16])
def test_mattes_come_back_exactly(suffix: str, bits: Bits, tmp_path: Path) -> None:
    """As grey files of one channel."""
    dtype = np.uint8 if bits == 8 else np.uint16
    samples = noise(5, 7, dtype=dtype)
    path = tmp_path / f"alpha{suffix}"

    save_alpha(path, unit(samples), bits)

    assert_array_equal(integers(load_alpha(path), bits), samples)
    assert Image.open(io.BytesIO(path.read_bytes())).mode == {8: "L", 16: "I;16"}[bits]


@pytest.mark.parametrize("suffix", [*EXACT, ".avif", ".jpg", ".jpeg"])
def test_opaque_pictures_are_written_without_alpha(suffix: str, tmp_path: Path) -> None:
    """Composites; JPEG is welcome here."""
    profile = srgb_profile()
    image = np.full((16, 16, 3), (0.8, 0.4, 0.2), np.float32)
    path = tmp_path / f"composite{suffix.upper()}"

    save_image(path, image, photograph(8, profile))

    back = read_photograph(path)
    np.testing.assert_allclose(back.rgb, image, atol=2.5 / 255)
    assert back.alpha is None
    assert back.icc_profile == profile


@pytest.mark.parametrize("suffix", DEEP)
def test_opaque_pictures_keep_16_bits(suffix: str) -> None:
    """As cut-outs do."""
    samples = noise(5, 7, 3, dtype=np.uint16)

    back = read_photograph(encode_image(unit(samples), suffix, photograph(16)))

    assert_array_equal(integers(back.rgb, 16), samples)


def test_files_and_bytes_are_the_same(tmp_path: Path) -> None:
    """Standard output gets what a file would."""
    cutout, _ = levels_cutout(8, 5, 7)

    save_cutout(tmp_path / "out.PNG", cutout)

    assert (tmp_path / "out.PNG").read_bytes() == encode_cutout(cutout, ".png")


def test_other_programs_see_the_channels_in_their_places() -> None:
    """Red, half transparent, for OpenCV and Pillow."""
    red = cutout_of(np.full((1, 1, 3), (1, 0, 0), np.float32), np.full((1, 1), 0.5, np.float32))

    for data in (encode_cutout(red), encode_cutout(red, ".webp")):
        bgra = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        assert bgra is not None
        assert bgra[0, 0].tolist() == [0, 0, 255, 128]
        assert np.asarray(Image.open(io.BytesIO(data)))[0, 0].tolist() == [255, 0, 0, 128]


@pytest.mark.parametrize("value", [np.nan, -0.1, 1.1])
def test_values_that_are_no_samples_are_never_written(value: float) -> None:
    """A NaN would become an arbitrary integer."""
    bad = np.full((2, 2), value, np.float32)
    good = np.ones((2, 2, 3), np.float32)

    with pytest.raises(ImageError, match="alpha must"):
        encode_alpha(bad)
    with pytest.raises(ImageError, match="alpha must"):
        encode_cutout(cutout_of(good, bad))
    with pytest.raises(ImageError, match="foreground must"):
        encode_cutout(cutout_of(good * value, np.ones((2, 2), np.float32)))
    with pytest.raises(ImageError, match="image must"):
        encode_image(good * value)


def test_a_picture_too_long_for_its_kind_is_refused() -> None:
    """WebP ends at 16383 pixels a side."""
    with pytest.raises(OutputError, match="output must fit a WEBP file, got '"):
        encode_image(np.zeros((1, 16384, 3), np.float32), ".webp")
