"""OpenEXR: light and back."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.composite import srgb_to_linear
from penumbra.core.errors import ImageError, OutputError
from penumbra.io import encode_cutout, encode_image, output_notes, read_photograph, save_image
from penumbra.io.exr import CUT, REC709
from tests.unit.io.cutouts import cutout, integers, like
from tests.unit.io.files import srgb_profile, unit

OpenEXR = pytest.importorskip("OpenEXR", reason="the extra 'layers' is not installed")

HALF = 2**-11  # how far a half float may be off, as a share


def written(folder: Path, channels: dict[str, Any], **header: Any) -> bytes:  # noqa: ANN401
    """The file OpenEXR makes of channels."""
    path = folder / "picture.exr"
    OpenEXR.File({"type": OpenEXR.scanlineimage} | header, channels).write(str(path))
    return path.read_bytes()


def test_a_cut_out_is_premultiplied_light(tmp_path: Path) -> None:
    """In half floats, channels R, G, B, A, with the primaries named."""
    ours, path = cutout(), tmp_path / "out.exr"
    path.write_bytes(encode_cutout(ours, ".exr", like()))
    with OpenEXR.File(str(path), separate_channels=True) as file:
        channels = {name: it.pixels for name, it in file.channels().items()}
        named = file.header()["chromaticities"]

    assert sorted(channels) == ["A", "B", "G", "R"]
    assert {it.dtype for it in channels.values()} == {np.dtype(np.float16)}
    assert_allclose(named, REC709, atol=1e-6)
    assert_allclose(channels["A"], ours.alpha, atol=HALF)
    red = ours.alpha * srgb_to_linear(ours.foreground)[:, :, 0]
    assert_allclose(channels["R"], red, atol=HALF)


def test_a_picture_comes_back_level_by_level() -> None:
    """Half floats hold more than 8 bits of encoded values."""
    image = unit(np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2))
    back = read_photograph(encode_image(image, ".exr", like(8, srgb_profile())))

    assert (back.bits, back.icc_profile, back.alpha, back.notes) == (16, None, None, ())
    assert_array_equal(integers(back.rgb, 8), integers(image, 8))


def test_a_cut_out_comes_back_straight() -> None:
    """Where there is anything to be seen of it."""
    ours = cutout()
    back = read_photograph(encode_cutout(ours, ".exr", like()))

    assert back.alpha is not None
    assert_allclose(back.alpha, ours.alpha, atol=HALF)
    is_seen = ours.alpha > 0.1
    assert_allclose(back.rgb[is_seen], ours.foreground[is_seen], atol=2e-3)


def test_light_beyond_white_is_cut_and_told(tmp_path: Path) -> None:
    """It is usual in EXR, and nothing else here can hold it; infinity as well."""
    planes = {name: np.full((2, 3), 4, np.float32) for name in "RGB"}
    planes["G"][0, 0] = np.inf
    back = read_photograph(written(tmp_path, planes))

    assert back.notes == (CUT,)
    assert_array_equal(back.rgb, np.ones((2, 3, 3), np.float32))


def test_grey_light_is_read(tmp_path: Path) -> None:
    """Luminance alone is the channel Y."""
    back = read_photograph(written(tmp_path, {"Y": np.full((2, 3), 0.214, np.float32)}))

    assert_allclose(back.rgb, 0.5, atol=1e-3)


def test_other_primaries_become_ours(tmp_path: Path) -> None:
    """ACES (AP0) white is white, whatever its own white point; its green is far outside sRGB."""
    aces = (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767)
    planes = {name: np.full((1, 2), 0.5, np.float32) for name in "RGB"}
    planes["R"][0, 1] = planes["B"][0, 1] = 0
    back = read_photograph(written(tmp_path, planes, chromaticities=aces))

    assert_allclose(srgb_to_linear(back.rgb[0, 0]), 0.5, atol=2e-3)
    assert back.rgb[0, 1].tolist()[0] == 0
    assert back.notes == (CUT,)


def test_the_display_window_is_the_picture(tmp_path: Path) -> None:
    """Renderers crop the data to where something is: the rest is there, transparent."""
    planes = {name: np.full((2, 3), 1, np.float32) for name in "RGB"}
    corners = {
        "dataWindow": (np.array([1, 1], np.int32), np.array([3, 2], np.int32)),
        "displayWindow": (np.array([0, 0], np.int32), np.array([2, 3], np.int32)),
    }
    back = read_photograph(written(tmp_path, planes, **corners))

    assert back.alpha is not None
    assert back.alpha.tolist() == [[0, 0, 0], [0, 1, 1], [0, 1, 1], [0, 0, 0]]


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    """NaN is a fault of the renderer."""
    planes = {name: np.full((2, 3), np.nan, np.float32) for name in "RGB"}

    with pytest.raises(ImageError, match="must hold numbers, got NaN"):
        read_photograph(written(tmp_path, planes))


def test_channels_of_something_else_are_refused(tmp_path: Path) -> None:
    """With their names."""
    with pytest.raises(ImageError, match="R, G, B or Y at full size, got Z"):
        read_photograph(written(tmp_path, {"Z": np.zeros((2, 3), np.float32)}))


def test_several_parts_are_refused(tmp_path: Path) -> None:
    """Which one is meant, nobody knows."""
    path = tmp_path / "parts.exr"
    parts = [OpenEXR.Part({}, {"Y": np.zeros((2, 3), np.float32)}, name) for name in "ab"]
    OpenEXR.File(parts).write(str(path))

    with pytest.raises(ImageError, match="a single flat picture, got 2 parts of scanlineimage"):
        read_photograph(path)


@pytest.mark.parametrize("cut", [4, 60, 300, -20])
def test_a_torn_file_is_refused(cut: int) -> None:
    """With one line."""
    with pytest.raises(ImageError, match="must be a whole EXR file"):
        read_photograph(encode_cutout(cutout(), ".exr")[:cut])


def test_damage_anywhere_is_refused_or_seen() -> None:
    """Whatever byte it hits: an `ImageError`, or a picture, and nothing else."""
    rng, refused = np.random.default_rng(5), 0
    whole = encode_cutout(cutout(), ".exr", like())
    for _ in range(150):
        data = bytearray(whole)
        data[rng.integers(4, len(data) if rng.random() < 0.5 else 400)] = rng.integers(256)
        try:
            read_photograph(bytes(data), max_pixels=1_000_000)
        except ImageError:
            refused += 1

    assert refused > 0


def test_a_picture_too_large_is_refused_by_its_header() -> None:
    """Before anything is decoded."""
    with pytest.raises(ImageError, match="at most 100 pixels, got 14x9"):
        read_photograph(encode_cutout(cutout(), ".exr"), max_pixels=100)


def test_a_profile_that_is_not_kept_is_told() -> None:
    """EXR alone has no place for it."""
    assert output_notes(".exr", like(8, srgb_profile())) != ()
    assert output_notes(".exr", like()) == output_notes(".psd", like(8, srgb_profile())) == ()


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """When it is written, and when it is read."""
    data = encode_cutout(cutout(), ".exr")
    monkeypatch.setitem(sys.modules, "OpenEXR", None)

    with pytest.raises(OutputError, match="must be written with the extra 'layers'"):
        encode_cutout(cutout(), ".exr")
    with pytest.raises(ImageError, match="must be opened with the extra 'layers'"):
        read_photograph(data)
    monkeypatch.setattr("penumbra.io.outputs.find_spec", lambda name: None)
    with pytest.raises(OutputError, match=r"out\.exr must be written with the extra 'layers'"):
        save_image(tmp_path / "out.exr", cutout().foreground)
