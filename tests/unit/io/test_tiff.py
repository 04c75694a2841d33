"""TIFF: pages, depths, compressions, and what is refused."""

import io
import logging
import zlib
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from PIL import Image

from penumbra.core.errors import ImageError
from penumbra.io.images import read_photograph
from penumbra.io.tiff import encode_tiff
from tests.unit.io.files import cmyk_profile, encode, noise, srgb_profile, tiff, with_tags
from tests.unit.io.test_png16 import samples_of

PLAIN: list[dict[str, Any]] = [
    {},
    {"compression": "zlib", "rowsperstrip": 2},
    {"compression": "zlib", "predictor": True},
    {"tile": (16, 16)},
    {"tile": (16, 16), "compression": "zlib"},
    {"bigtiff": True},
    {"byteorder": ">"},
]


@pytest.mark.parametrize("options", PLAIN)
@pytest.mark.parametrize("channels", [3, 4])
def test_all_16_bits_arrive(options: dict[str, Any], channels: int) -> None:
    """However the file is laid out."""
    samples = noise(21, 19, channels, dtype=np.uint16)

    photograph = read_photograph(tiff(samples, **options))

    assert photograph.bits == 16
    assert_array_equal(samples_of(photograph), samples)


@pytest.mark.parametrize("options", [{}, {"compression": "zlib", "rowsperstrip": 2}])
def test_separate_planes_are_put_together(options: dict[str, Any]) -> None:
    """OpenCV would shuffle them silently."""
    samples = noise(4, 5, 7, dtype=np.uint16)

    photograph = read_photograph(
        tiff(samples, planarconfig="separate", extrasamples=[2], **options)
    )

    assert_array_equal(samples_of(photograph), np.moveaxis(samples, 0, 2))


@pytest.mark.parametrize("compression", [5, 32773, 32946])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_other_compressions_are_read_too(compression: int, channels: int) -> None:
    """LZW (Photoshop's usual one), PackBits, and deflate by its old number."""
    samples = noise(40, 30, channels, dtype=np.uint16)
    order = [2, 1, 0, 3][:channels] if channels > 1 else [0]
    done, file = cv2.imencode(
        ".tif", samples[:, :, order], [cv2.IMWRITE_TIFF_COMPRESSION, compression]
    )

    photograph = read_photograph(file.tobytes())

    assert done
    assert photograph.bits == 16
    planes = [0, 0, 0] if channels == 1 else list(range(3))
    assert_array_equal(samples_of(photograph)[:, :, :3], samples[:, :, planes])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_white_may_be_zero(dtype: type[np.uint8] | type[np.uint16]) -> None:
    """Scanned line art is stored as ink."""
    ink = noise(4, 5, dtype=dtype)

    photograph = read_photograph(tiff(ink, photometric="miniswhite"))

    full = np.iinfo(dtype).max
    assert_array_equal(np.rint(photograph.rgb[:, :, 0] * np.float64(full)), full - ink)


def test_grey_with_alpha_keeps_both() -> None:
    """Two samples a pixel."""
    samples = noise(4, 5, 2, dtype=np.uint16)

    photograph = read_photograph(
        tiff(samples, photometric="minisblack", extrasamples=[2], planarconfig="contig")
    )

    assert_array_equal(samples_of(photograph), samples[:, :, [0, 0, 0, 1]])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_premultiplied_colours_are_made_straight(dtype: type[Any]) -> None:
    """Half transparent (200, 100, 50) is stored as (100, 50, 25)."""
    unit = 1 / 255 if dtype is np.float32 else np.iinfo(dtype).max // 255
    samples = (np.array([[[100, 50, 25, 127.5], [0, 0, 0, 0]]]) * unit).astype(dtype)

    photograph = read_photograph(tiff(samples, extrasamples=[1]))

    assert photograph.alpha is not None
    np.testing.assert_allclose(photograph.rgb[0, 0] * 255, [200, 100, 50], atol=1.6)
    np.testing.assert_allclose(photograph.alpha * 255, [[127.5, 0]], atol=0.51)
    assert photograph.rgb[0, 1].tolist() == [0, 0, 0]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_sample_of_unknown_meaning_is_no_transparency(dtype: type[Any]) -> None:
    """Photoshop keeps saved selections there."""
    samples = noise(4, 5, 4, dtype=dtype)

    photograph = read_photograph(tiff(samples, extrasamples=[0]))

    assert photograph.alpha is None
    full = np.iinfo(dtype).max
    assert_array_equal(np.rint(photograph.rgb * np.float64(full)), samples[:, :, :3])


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_between_0_and_1_are_kept(dtype: type[Any]) -> None:
    """Renderings; they count as 16 bits when written again."""
    samples = np.linspace(0, 1, 36, dtype=dtype).reshape(4, 3, 3)

    photograph = read_photograph(tiff(samples))

    assert_array_equal(photograph.rgb, samples.astype(np.float32))
    assert photograph.bits == 16


@pytest.mark.parametrize(
    ("value", "message"),
    [(np.nan, "must be finite"), (np.inf, "must be finite"), (1.5, r"in \[0, 1\], got \[0, 1.5")],
)
def test_floats_that_are_no_colours_are_refused(value: float, message: str) -> None:
    """High dynamic range needs a decision that is not ours."""
    samples = np.zeros((2, 2, 3), np.float32)
    samples[1, 1, 1] = value

    with pytest.raises(ImageError, match=message):
        read_photograph(tiff(samples))


def test_floats_with_their_own_predictor_are_read() -> None:
    """As written by editors; tifffile alone cannot."""
    samples = np.random.default_rng(0).random((9, 8, 3), dtype=np.float32)
    done, file = cv2.imencode(
        ".tif",
        samples[:, :, ::-1],
        [cv2.IMWRITE_TIFF_COMPRESSION, 8, cv2.IMWRITE_TIFF_PREDICTOR, 3],
    )

    assert done
    assert_array_equal(read_photograph(file.tobytes()).rgb, samples)


def test_cmyk_of_16_bits_is_converted_at_8() -> None:
    """Through the profile as elsewhere; there is no converter for more."""
    cyan = np.zeros((3, 4, 4), np.uint16)
    cyan[:, :, 0] = 65535

    photograph = read_photograph(
        tiff(cyan, photometric="separated", extrasamples=None, iccprofile=cmyk_profile(136))
    )

    np.testing.assert_allclose(photograph.rgb * 255, 127, atol=1)
    assert photograph.bits == 8
    assert photograph.icc_profile is None


def test_cmyk_of_floats_is_refused() -> None:
    """Nobody knows their range."""
    inks = np.zeros((3, 4, 4), np.float32)

    with pytest.raises(ImageError, match="got SEPARATED with 4 samples of float32"):
        read_photograph(tiff(inks, photometric="separated", extrasamples=None))


def test_the_profile_comes_along_at_16_bits() -> None:
    """Byte for byte."""
    profile = srgb_profile()

    photograph = read_photograph(tiff(noise(3, 3, 3, dtype=np.uint16), iccprofile=profile))

    assert photograph.icc_profile == profile


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("is_first", [False, True])
def test_a_thumbnail_is_not_a_second_picture(dtype: type[Any], is_first: bool) -> None:
    """Scanners put one before or behind the picture."""
    samples = noise(20, 30, 3, dtype=dtype)
    pages = [(samples, 0), (samples[::4, ::4], 1)]

    photograph = read_photograph(_pages(pages[::-1] if is_first else pages))

    full = np.iinfo(dtype).max
    assert_array_equal(np.rint(photograph.rgb * np.float64(full)), samples)


@pytest.mark.parametrize(
    ("kinds", "message"),
    [((0, 0, 0), "a single picture, got a TIFF of 3 pages"), ((1, 1), "got only thumbnails")],
)
def test_several_pages_or_none_are_refused(kinds: tuple[int, ...], message: str) -> None:
    """Nobody knows which page is meant."""
    with pytest.raises(ImageError, match=message):
        read_photograph(_pages([(noise(4, 4, 3), kind) for kind in kinds]))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_page_can_be_chosen(dtype: type[np.unsignedinteger[Any]]) -> None:
    """Thumbnails are not counted, because no viewer counts them."""
    stack = noise(2, 12, 12, 3, dtype=dtype)
    data = _pages([(stack[0], 0), (stack[0][::4, ::4], 1), (stack[1], 0)])

    second = read_photograph(data, page=2)

    assert_array_equal(np.rint(second.rgb * np.float64(np.iinfo(dtype).max)), stack[1])
    with pytest.raises(ImageError, match="page of image must be from 1 to 2, got 3"):
        read_photograph(data, page=3)


def test_other_files_have_one_page() -> None:
    """Asked for the second of a PNG, the first would be silently wrong."""
    with pytest.raises(ImageError, match="must be 1, the only one of a PNG file, got 2"):
        read_photograph(encode(noise(4, 4, 3), "PNG"), page=2)


def test_other_colour_models_are_refused_at_16_bits() -> None:
    """With the model's name."""
    with pytest.raises(ImageError, match="got CIELAB with 3 samples of uint16"):
        read_photograph(tiff(noise(4, 4, 3, dtype=np.uint16), photometric="cielab"))


@pytest.mark.parametrize("dtype", [np.uint32, np.int16])
def test_other_integers_are_refused(dtype: type[Any]) -> None:
    """Their range would be a guess."""
    with pytest.raises(ImageError, match="must be"):
        read_photograph(tiff(np.zeros((4, 4), dtype), photometric="minisblack"))


def test_a_compression_nobody_can_read_is_named() -> None:
    """The remedy is to save the file again."""
    samples = noise(4, 5, 3, dtype=np.uint16)

    with pytest.raises(ImageError, match="got 'samples in LZMA that are damaged, or stored"):
        read_photograph(tiff(samples, compression="lzma"))


def test_what_opencv_would_get_wrong_is_not_left_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It shuffles separate planes, and reads the first page whichever was meant."""
    planes, picture = noise(3, 5, 7, dtype=np.uint16), noise(5, 7, 3, dtype=np.uint16)
    thumbnail_first = _pages([(picture[:2], 1), (picture, 0)], compression="zlib")
    monkeypatch.setattr("penumbra.io.tiff._DEFLATED", frozenset())

    for data in (tiff(planes, planarconfig="separate", compression="zlib"), thumbnail_first):
        with pytest.raises(ImageError, match="got 'samples in ADOBE_DEFLATE that are damaged, or"):
            read_photograph(data)


def test_nothing_is_printed_about_damaged_tags(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error says it; the library below logs it, which would be printed as well."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    data = tiff(noise(5, 7, 3, dtype=np.uint16))

    with pytest.raises(ImageError):
        read_photograph(data[:4] + b"\xff\xff\0\0" + data[8:])

    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("options", [{}, {"compression": "zlib"}])
def test_strips_that_are_missing_are_an_error(options: dict[str, Any]) -> None:
    """They would be read as black."""
    data = tiff(noise(40, 30, 3, dtype=np.uint16), **options)
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        size = file.pages.first.tags["StripByteCounts"].value[0]

    for count in (0, size // 2):
        with pytest.raises(ImageError, match="cut short"):
            read_photograph(with_tags(data, StripByteCounts=count))


def test_fewer_strips_than_the_picture_needs_are_an_error() -> None:
    """Each of them is sound."""
    data = tiff(noise(40, 30, 3, dtype=np.uint16), compression="zlib")

    with pytest.raises(ImageError, match="must be a whole TIFF file"):
        read_photograph(with_tags(data, ImageLength=80))


def test_a_strip_does_not_inflate_beyond_its_size() -> None:
    """A few bytes of deflate hold a gigabyte of zeros."""
    samples = np.zeros((4, 4, 3), np.uint16)
    honest = zlib.compress(samples.tobytes())
    bomb = zlib.compress(bytes(50_000_000), 9)
    data = tiff(samples, compression="zlib", compressionargs={"level": 6}, rowsperstrip=4)
    start = data.index(honest)
    swollen = data[:start] + bytes(len(data) - start) + bomb
    swollen = with_tags(swollen, StripOffsets=len(data), StripByteCounts=len(bomb))

    with pytest.raises(ImageError, match="longer than it may be"):
        read_photograph(swollen)


def test_tiles_do_not_escape_the_limit_on_pixels() -> None:
    """A small picture may claim to lie on one immense tile."""
    data = tiff(noise(4, 4, 3, dtype=np.uint16), tile=(2048, 2048), compression="zlib")

    with pytest.raises(ImageError, match="strips or tiles of"):
        read_photograph(data, max_pixels=1000)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 3), (4, 6, 4), (1, 1), (1, 1, 4), (1, 9, 3)])
def test_what_is_written_is_read_by_others(
    shape: tuple[int, ...], dtype: type[np.uint8] | type[np.uint16]
) -> None:
    """OpenCV (libtiff) and Pillow agree on samples, alpha and profile."""
    samples = noise(*shape, dtype=dtype)
    profile = srgb_profile()
    data = encode_tiff(samples, profile)

    by_opencv = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    by_pillow = Image.open(io.BytesIO(data))

    order = [2, 1, 0, 3][: shape[2]] if len(shape) == 3 else slice(None)
    assert by_opencv is not None
    if dtype == np.uint16:  # at 8 bits libtiff premultiplies for OpenCV
        assert_array_equal(by_opencv[..., order].reshape(shape), samples)
    else:
        assert_array_equal(np.asarray(by_pillow), samples)
    assert by_pillow.info["icc_profile"] == profile
    extra_samples = by_pillow.tag_v2.get(338)  # type: ignore[attr-defined]
    assert extra_samples == ((2,) if shape[2:] == (4,) else None)


def test_8_bits_and_less_are_left_to_pillow() -> None:
    """JPEG inside TIFF, one bit a pixel: whatever libtiff knows."""
    image = Image.fromarray(noise(16, 16))

    for mode, compression in (("1", "group4"), ("L", "jpeg"), ("L", "packbits")):
        data = encode(image.convert(mode), "TIFF", compression=compression)
        expected = np.asarray(Image.open(io.BytesIO(data)).convert("L"))
        photograph = read_photograph(data)
        assert photograph.bits == 8
        assert_array_equal(np.rint(photograph.rgb[:, :, 0] * 255), expected)


def _pages(pages: list[tuple[NDArray[Any], int]], compression: str | None = None) -> bytes:
    """A TIFF of several pages, each with its NewSubfileType."""
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        for samples, kind in pages:
            writer.write(
                samples, photometric="rgb", subfiletype=kind, compression=compression, metadata=None
            )
    return file.getvalue()
