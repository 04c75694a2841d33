"""Photographs from files of every kind."""

import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from PIL import Image, ImageOps

from penumbra.core.errors import ImageError
from penumbra.io import load_image, read_photograph
from tests.unit.io.files import (
    PNG_GREY_ALPHA,
    PNG_RGB,
    cmyk_profile,
    encode,
    noise,
    png,
    png_chunk,
    srgb_profile,
    tiff,
    with_orientation,
)

LOSSLESS: list[tuple[str, dict[str, Any]]] = [
    ("PNG", {}),
    ("BMP", {}),
    ("WebP", {"lossless": True, "exact": True}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("TIFF", {"compression": "tiff_adobe_deflate"}),
]
LOSSY: list[tuple[str, dict[str, Any]]] = [
    ("JPEG", {"quality": 95, "subsampling": 0}),
    ("AVIF", {"quality": 95, "subsampling": "4:4:4"}),
]


def levels(values: NDArray[np.float32], full: int = 255) -> NDArray[np.int64]:
    """Floats as the integers they stand for; a float between two integers is an error."""
    integers = np.rint(values * np.float64(full))
    np.testing.assert_allclose(values, integers / full, atol=1e-7)
    return integers.astype(np.int64)


@pytest.mark.parametrize(("kind", "options"), LOSSLESS)
@pytest.mark.parametrize("shape", [(5, 7), (1, 1), (1, 9), (9, 1)])
def test_every_lossless_kind_gives_its_samples(
    kind: str, options: dict[str, Any], shape: tuple[int, int]
) -> None:
    """Exact to the last bit, in RGB order, down to a single pixel."""
    samples = noise(*shape, 3)

    photograph = read_photograph(encode(samples, kind, **options))

    assert_array_equal(levels(photograph.rgb), samples)
    assert photograph.rgb.dtype == np.float32
    assert photograph.alpha is None
    assert photograph.icc_profile is None
    assert photograph.bits == 8


@pytest.mark.parametrize(("kind", "options"), LOSSY)
def test_every_lossy_kind_gives_about_its_samples(kind: str, options: dict[str, Any]) -> None:
    """Close enough to notice swapped channels or a wrong scale."""
    samples = np.full((16, 16, 3), (200, 100, 50), np.uint8)

    rgb = load_image(encode(samples, kind, **options))

    np.testing.assert_allclose(rgb * 255, samples, atol=3)


def test_heic_is_read_with_its_extra() -> None:
    """What phones write."""
    heif = pytest.importorskip("pillow_heif", reason="needs the extra heic")
    file = io.BytesIO()
    heif.from_pillow(Image.new("RGB", (16, 16), (200, 100, 50))).save(file, quality=95)

    photograph = read_photograph(file.getvalue())

    np.testing.assert_allclose(photograph.rgb * 255, np.full((16, 16, 3), (200, 100, 50)), atol=4)
    assert photograph.bits == 8


def test_heic_without_its_extra_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The remedy belongs into the message."""
    monkeypatch.setitem(sys.modules, "pillow_heif", None)

    with pytest.raises(ImageError, match=r"pip install 'penumbra\[heic\]'"):
        read_photograph(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", name="photo.heic")


@pytest.mark.parametrize("mode", ["1", "L", "P"])
def test_modes_without_colour_or_with_a_palette_become_rgb(mode: str) -> None:
    """Masks come as 1 bit, drawings with a palette."""
    image = Image.fromarray(noise(6, 5, 3)).convert(mode)

    photograph = read_photograph(encode(image, "PNG"))

    assert_array_equal(levels(photograph.rgb), np.asarray(image.convert("RGB")))
    assert photograph.alpha is None


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WebP"])
def test_transparency_comes_apart_from_straight_colours(kind: str) -> None:
    """Colours under zero alpha included: whoever wants them must get them."""
    samples = noise(6, 5, 4)
    samples[2:4, :, 3] = 0
    options = {"lossless": True, "exact": True} if kind == "WebP" else {}

    photograph = read_photograph(encode(samples, kind, **options))

    assert photograph.alpha is not None
    assert_array_equal(levels(photograph.rgb), samples[:, :, :3])
    assert_array_equal(levels(photograph.alpha), samples[:, :, 3])


def test_grey_with_alpha_keeps_both() -> None:
    """A matte saved by an editor often has a superfluous alpha."""
    samples = noise(6, 5, 2)

    photograph = read_photograph(png(samples, PNG_GREY_ALPHA))

    assert photograph.alpha is not None
    assert_array_equal(levels(photograph.rgb), np.repeat(samples[:, :, :1], 3, axis=2))
    assert_array_equal(levels(photograph.alpha), samples[:, :, 1])


def test_a_palette_may_be_transparent() -> None:
    """GIF-like PNGs; Pillow warns about them, which must not reach anybody."""
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)

    photograph = read_photograph(encode(image, "PNG", transparency=b"\x80\xff"))

    assert photograph.alpha is not None
    assert levels(photograph.rgb).tolist() == [[[10, 20, 30], [40, 50, 60]]]
    assert levels(photograph.alpha).tolist() == [[128, 255]]


def test_one_colour_of_a_png_may_be_transparent() -> None:
    """The oldest way of transparency (tRNS on RGB)."""
    samples = noise(4, 4, 3)
    key = b"".join(bytes([0, value]) for value in samples[1, 2].tolist())

    photograph = read_photograph(png(samples, PNG_RGB, png_chunk(b"tRNS", key)))

    assert photograph.alpha is not None
    assert np.argwhere(photograph.alpha == 0).tolist() == [[1, 2]]
    assert_array_equal(levels(photograph.rgb), samples)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "TIFF", "AVIF"])
def test_the_picture_is_upright_however_the_camera_was_held(kind: str, orientation: int) -> None:
    """All eight orientations; Pillow's own turning is the judge."""
    image = Image.new("RGB", (24, 16), (250, 250, 250))
    image.paste((250, 0, 0), (0, 0, 12, 8))
    image.paste((0, 0, 250), (0, 8, 12, 16))
    options: dict[str, Any] = {"lossless": True} if kind == "WebP" else {"quality": 95}
    data = encode(image, kind, exif=with_orientation(orientation), **options)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB"))

    rgb = load_image(data)

    assert rgb.flags.c_contiguous
    assert_array_equal(levels(rgb), upright)


def test_the_eight_orientations_are_the_published_ones() -> None:
    """A letter F, as drawn in every description of the tag: row 0 and column 0 by number."""
    letter = np.array([[1, 1, 1], [1, 0, 0], [1, 1, 0], [1, 0, 0]], np.uint8) * 255
    stored = {
        1: letter,
        2: letter[:, ::-1],
        3: np.rot90(letter, 2),
        4: letter[::-1],
        5: letter.T,
        6: np.rot90(letter, 1),
        7: np.rot90(letter, 2).T,
        8: np.rot90(letter, -1),
    }

    for orientation, pixels in stored.items():
        exif = with_orientation(orientation)
        rgb = load_image(encode(np.ascontiguousarray(pixels), "PNG", exif=exif))
        assert_array_equal(levels(rgb)[:, :, 0], letter, err_msg=f"orientation {orientation}")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_of_16_bits_are_turned_too(orientation: int) -> None:
    """They take other ways through other decoders."""
    samples = noise(4, 6, 3, dtype=np.uint16)
    exif = with_orientation(orientation)
    index = np.arange(24, dtype=np.uint8).reshape(4, 6)
    turned = ImageOps.exif_transpose(Image.open(io.BytesIO(encode(index, "PNG", exif=exif))))
    upright = samples.reshape(24, 3)[np.asarray(turned)]

    of_png = read_photograph(
        png(samples, PNG_RGB, png_chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")))
    )
    of_tiff = read_photograph(tiff(samples, orientation=orientation))

    assert of_png.bits == of_tiff.bits == 16
    assert_array_equal(levels(of_png.rgb, 65535), upright)
    assert_array_equal(levels(of_tiff.rgb, 65535), upright)


@pytest.mark.parametrize("orientation", [0, 9, 255])
def test_orientations_that_do_not_exist_leave_the_picture_alone(orientation: int) -> None:
    """Cameras without a sensor write 0."""
    samples = noise(3, 5, 3)

    rgb = load_image(encode(samples, "PNG", exif=with_orientation(orientation)))

    assert_array_equal(levels(rgb), samples)


def test_damaged_exif_does_not_cost_the_picture() -> None:
    """The pixels are sound; only how the camera was held is lost."""
    samples = noise(3, 5, 3)

    rgb = load_image(png(samples, PNG_RGB, png_chunk(b"eXIf", b"rubbish")))

    assert_array_equal(levels(rgb), samples)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP", "TIFF", "AVIF"])
def test_the_colour_profile_comes_along_byte_for_byte(kind: str) -> None:
    """Without it, a picture in Display P3 would come out pale."""
    profile = srgb_profile()

    photograph = read_photograph(encode(noise(16, 16, 3), kind, icc_profile=profile))

    assert photograph.icc_profile == profile


@pytest.mark.parametrize("space", [b"GRAY", b"CMYK", b"Lab "])
def test_a_profile_for_other_pixels_is_dropped(space: bytes) -> None:
    """The output is RGB, and a grey profile on it would be an error in every viewer."""
    profile = srgb_profile()
    profile = profile[:16] + space + profile[20:]

    assert read_photograph(encode(noise(4, 4), "PNG", icc_profile=profile)).icc_profile is None


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_is_converted_through_its_profile(kind: str) -> None:
    """For this profile full cyan is the neutral grey L* = 53.3, which is 127 in sRGB."""
    cyan = Image.new("CMYK", (4, 4), (255, 0, 0, 0))

    photograph = read_photograph(encode(cyan, kind, icc_profile=cmyk_profile(136)))

    np.testing.assert_allclose(photograph.rgb * 255, 127, atol=1)
    assert photograph.icc_profile is None


@pytest.mark.parametrize("profile", [None, cmyk_profile(136)[:190], srgb_profile()])
def test_cmyk_without_a_usable_profile_is_converted_plainly(profile: bytes | None) -> None:
    """R = (1 - C)(1 - K): documented, and better than no picture."""
    inks = Image.new("CMYK", (4, 4), (255, 51, 0, 102))
    options = {} if profile is None else {"icc_profile": profile}

    photograph = read_photograph(encode(inks, "TIFF", **options))

    np.testing.assert_allclose(photograph.rgb[0, 0], [0, 0.8 * 0.6, 0.6], atol=0.003)
    assert photograph.icc_profile is None


def test_a_picture_can_come_from_a_path_bytes_or_a_stream(tmp_path: Path) -> None:
    """Standard input is a stream; a server has bytes."""
    samples = noise(3, 4, 3)
    path = tmp_path / "photo.png"
    path.write_bytes(encode(samples, "PNG"))

    for source in (path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes())):
        assert_array_equal(levels(load_image(source)), samples)


def test_the_first_picture_of_a_phone_with_a_depth_map_is_the_photograph() -> None:
    """Such JPEGs (MPO) hold several pictures and are no animation."""
    photo, depth = Image.new("RGB", (16, 16), (200, 0, 0)), Image.new("RGB", (8, 8))
    data = encode(photo, "MPO", save_all=True, append_images=[depth])

    assert load_image(data).shape == (16, 16, 3)


def test_pictures_beyond_the_limit_are_refused_and_the_limit_can_be_raised() -> None:
    """The cap is ours to set, and exact."""
    data = encode(noise(10, 10, 3), "PNG")

    with pytest.raises(ImageError, match="at most 99 pixels, got 10x10"):
        load_image(data, max_pixels=99)
    assert load_image(data, max_pixels=100).shape == (10, 10, 3)


@pytest.mark.parametrize("kind", ["PNG", "WebP", "TIFF"])
def test_our_limit_counts_and_not_that_of_pillow(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pillow's is fixed at 179 million; it is lifted for one picture and set again."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    data = encode(np.zeros((10, 10, 3), np.uint8), kind)

    assert load_image(data, max_pixels=100).shape == (10, 10, 3)
    with pytest.raises(ImageError, match="at most 99 pixels"):
        load_image(data, max_pixels=99)
    assert Image.MAX_IMAGE_PIXELS == 20


def test_pillow_does_not_warn_about_large_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between Pillow's limit and twice that it warns, on a stream that is not ours."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 60)

    assert load_image(encode(noise(10, 10, 3), "PNG")).shape == (10, 10, 3)


def test_colour_models_we_cannot_read_are_refused() -> None:
    """Lab pixels taken for RGB would be nonsense that looks like a picture."""
    with pytest.raises(ImageError, match="grey, palette, RGB or CMYK, got 'LAB' pixels"):
        load_image(encode(Image.new("LAB", (4, 4)), "TIFF"))
