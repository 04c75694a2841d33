"""Large photographs are read as small ones are."""

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image

from penumbra.core.errors import ImageError, InputError
from penumbra.io import read_photograph
from penumbra.large import vips
from penumbra.large.header import read_header
from penumbra.large.reading import read_picture
from tests.large_scenes import whole
from tests.unit.io.files import cmyk_profile, encode, noise, srgb_profile, tiff, with_orientation

pytest.importorskip("pyvips", reason="needs the extra 'large'")


def smooth() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Colours that a JPEG keeps, more rows than are read in one go."""
    y, x = np.mgrid[:300, :53]
    return np.stack([y % 256, 4 * x, 255 - y % 256], axis=2).astype(np.uint8)


PALETTE = Image.fromarray(noise(9, 7, 3)).convert("P", palette=Image.Palette.ADAPTIVE)
CMYK = Image.fromarray(smooth()).convert("CMYK")
STREAMED = {
    "jpeg": encode(smooth(), "JPEG"),
    "grey jpeg": encode(smooth()[:, :, 0], "JPEG"),
    "cmyk jpeg": encode(CMYK, "JPEG"),
    "cmyk jpeg with its profile": encode(CMYK, "JPEG", icc_profile=cmyk_profile(128)),
    "progressive jpeg": encode(smooth(), "JPEG", progressive=True),
    "png": encode(noise(300, 7, 3), "PNG"),
    "grey png": encode(noise(9, 7), "PNG"),
    "one-bit png": encode(Image.fromarray(noise(9, 7)).convert("1"), "PNG"),
    "palette png": encode(PALETTE, "PNG"),
    "png with alpha": encode(noise(9, 7, 4), "PNG"),
    "grey png with alpha": encode(Image.fromarray(noise(9, 7, 2), "LA"), "PNG"),
    "tiff": tiff(noise(300, 7, 3)),
    "grey tiff": tiff(noise(9, 7), photometric="minisblack"),
    "deep tiff": tiff(noise(9, 7, 3, dtype=np.uint16), compression="zlib", predictor=True),
    "tiff with alpha": tiff(noise(9, 7, 4)),
}
WHOLE = {
    "webp": encode(smooth(), "WEBP", lossless=True),
    "bmp": encode(smooth(), "BMP"),
    "png with a transparent colour": encode(
        Image.fromarray(smooth()), "PNG", transparency=(0, 0, 255)
    ),
    "tiff of floats": tiff(noise(9, 7, 3).astype(np.float32) / np.float32(255)),
    "premultiplied tiff": tiff(noise(9, 7, 4), extrasamples=["assocalpha"]),
}


def check(data: bytes, folder: Path) -> tuple[str, ...]:
    """Compare with what is read of a small file, and return the notes."""
    expected = read_photograph(data)
    (folder / "file").write_bytes(data)
    for source in (data, folder / "file"):
        picture = read_picture(source, folder / "a.raw", "picture")
        samples = whole(picture.raster)
        assert_array_equal(samples[:, :, :3], expected.rgb)
        assert picture.has_alpha == (expected.alpha is not None)
        if expected.alpha is not None:
            assert_array_equal(samples[:, :, 3], expected.alpha)
        assert picture.icc_profile == expected.icc_profile
        assert picture.bits == expected.bits
    return picture.notes


@pytest.mark.parametrize("name", STREAMED)
def test_pictures_are_read_in_strips_as_they_are_read_whole(name: str, tmp_path: Path) -> None:
    """To the last bit, or a limit on size would change results."""
    notes = check(STREAMED[name], tmp_path)

    assert notes == ()


@pytest.mark.parametrize("name", WHOLE)
def test_what_cannot_be_read_in_strips_is_read_whole_and_says_so(name: str, tmp_path: Path) -> None:
    """Memory follows such pictures, which a user may want to know."""
    notes = check(WHOLE[name], tmp_path)

    assert notes == ("picture cannot be read in strips: it was held in memory as a whole",)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_turned_picture_comes_upright(kind: str, orientation: int, tmp_path: Path) -> None:
    """What EXIF says is obeyed."""
    data = encode(smooth(), kind, exif=with_orientation(orientation))

    assert check(data, tmp_path) == ()


def test_a_turned_tiff_comes_upright(tmp_path: Path) -> None:
    """TIFF says it in a tag of its own."""
    check(tiff(noise(9, 7, 3), orientation=6), tmp_path)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_the_profile_comes_along(kind: str, tmp_path: Path) -> None:
    """Byte for byte; that of a grey picture would be wrong on colours."""
    profile = srgb_profile()

    check(encode(smooth(), kind, icc_profile=profile), tmp_path)
    check(encode(smooth()[:, :, 0], kind, icc_profile=profile), tmp_path)


@pytest.mark.parametrize("name", ["jpeg", "png", "tiff"])
def test_a_damaged_picture_is_refused(name: str, tmp_path: Path) -> None:
    """Half a picture must not become a cut-out."""
    data = STREAMED[name]

    with pytest.raises(ImageError, match="picture must be a whole"):
        read_picture(data[: len(data) * 2 // 3], tmp_path / "a.raw", "picture")


@pytest.mark.parametrize("name", ["missing.png", "heic", "broken.png", "broken.tif"])
def test_a_header_that_cannot_be_read_is_left_to_others(name: str, tmp_path: Path) -> None:
    """They know why, and say it."""
    heads = {"heic": b"\0\0\0\x18ftypheic", "broken.png": b"\x89PNG\r\n\x1a\nnothing"}
    if name != "missing.png":
        (tmp_path / name).write_bytes(heads.get(name, b"II*\0\xff\xff\xff\xff"))

    assert read_header(tmp_path / name) is None


def test_what_is_no_picture_is_refused_as_ever(tmp_path: Path) -> None:
    """The reason is that of small files."""
    with pytest.raises(ImageError, match="begins with"):
        read_picture(b"no picture", tmp_path / "a.raw", "picture")


def test_more_pixels_than_allowed_are_refused_by_the_header(tmp_path: Path) -> None:
    """Before a byte is written to disk."""
    with pytest.raises(ImageError, match="at most 100 pixels"):
        read_picture(STREAMED["png"], tmp_path / "a.raw", "picture", max_pixels=100)

    assert not (tmp_path / "a.raw").exists()


def test_without_libvips_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install."""
    monkeypatch.setitem(sys.modules, "pyvips", None)

    assert not vips.has_vips()
    with pytest.raises(InputError, match=r"penumbra\[large\]"):
        vips.require_vips()
