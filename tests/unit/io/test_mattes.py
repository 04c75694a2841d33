"""Mattes, trimaps and masks from files."""

import io
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from penumbra.core.errors import HintError, ImageError, MatteError, TrimapError
from penumbra.io import load_alpha, load_mask, load_trimap
from tests.unit.io.files import (
    PNG_GREY,
    PNG_GREY_ALPHA,
    encode,
    noise,
    png,
    tiff,
    unit,
    with_orientation,
)

LOADERS: list[tuple[Callable[..., Any], type[MatteError]]] = [
    (load_alpha, ImageError),
    (load_trimap, TrimapError),
    (load_mask, HintError),
]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_matte_has_every_level_of_its_file(dtype: type[np.uint8] | type[np.uint16]) -> None:
    """255 and 65535 are both 1; nothing is rounded on the way."""
    samples = noise(7, 5, dtype=dtype)

    alpha = load_alpha(png(samples, PNG_GREY))

    assert alpha.dtype == np.float32
    assert_array_equal(alpha, unit(samples))


def test_a_matte_of_floats_is_kept() -> None:
    """The most exact matte there is."""
    samples = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)

    assert_array_equal(load_alpha(tiff(samples, photometric="minisblack")), samples)


def test_a_matte_of_three_channels_is_its_first() -> None:
    """Lossy or resized files differ by a level or two between channels; metrics.md section 1."""
    samples = np.full((2, 2, 3), 100, np.uint8)
    samples[0, 0] = (100, 102, 98)

    assert_array_equal(load_alpha(encode(samples, "PNG")), np.full((2, 2), np.float32(100 / 255)))


@pytest.mark.parametrize(("load", "error"), LOADERS)
def test_a_colour_picture_is_no_matte(load: Callable[..., Any], error: type[MatteError]) -> None:
    """Most likely somebody mixed up two files."""
    samples = np.full((2, 2, 3), 100, np.uint8)
    samples[1, 1, 2] = 103

    with pytest.raises(error, match=r"must be grey, got a colour picture: .* by 3 of 255"):
        load(encode(samples, "PNG"))


@pytest.mark.parametrize(("load", "error"), LOADERS)
def test_a_missing_file_is_named(
    load: Callable[..., Any], error: type[MatteError], tmp_path: Path
) -> None:
    """Whatever was to be read, the path is what helps."""
    del error  # the file is at fault, not what it should have meant
    with pytest.raises(ImageError, match=r"none\.png must be a readable file, got 'No such file"):
        load(tmp_path / "none.png")


@pytest.mark.parametrize(("load", "error"), LOADERS)
def test_the_limit_on_pixels_holds_here_too(
    load: Callable[..., Any], error: type[MatteError]
) -> None:
    """A trimap can be a bomb as well."""
    del error
    data = png(noise(4, 4), PNG_GREY)

    with pytest.raises(ImageError, match="at most 15 pixels"):
        load(data, max_pixels=15)
    assert load(io.BytesIO(data), max_pixels=16).shape == (4, 4)


def test_mattes_are_turned_like_their_photograph() -> None:
    """Both come from one camera or one editor."""
    samples = noise(3, 5)

    alpha = load_alpha(encode(samples, "PNG", exif=with_orientation(6)))

    assert_array_equal(np.rint(alpha * 255), np.rot90(samples, -1))


def test_transparency_of_a_matte_is_ignored() -> None:
    """An editor's export of a grey layer often carries an opaque one."""
    samples = noise(3, 5, 2)

    assert_array_equal(np.rint(load_alpha(png(samples, PNG_GREY_ALPHA)) * 255), samples[:, :, 0])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_any_grey_of_a_trimap_is_unknown(dtype: type[np.uint8] | type[np.uint16]) -> None:
    """Not only 128: data sets use 127, 128 and whatever an editor made of it."""
    top = np.iinfo(dtype).max
    samples = np.array([[0, 1, top // 2, top // 2 + 1, top - 1, top]], dtype)

    trimap = load_trimap(png(samples, PNG_GREY))

    assert trimap.dtype == np.float32
    assert trimap.tolist() == [[0, 0.5, 0.5, 0.5, 0.5, 1]]


def test_many_odd_greys_of_a_trimap_are_told(caplog: pytest.LogCaptureFixture) -> None:
    """More than one in twenty: somebody resized it, or saved it as JPEG."""
    samples = np.full((10, 20), 128, np.uint8)
    samples[0] = np.arange(20) % 2 * 255
    samples[1, :10] = 100
    with caplog.at_level(logging.WARNING):
        load_trimap(png(samples, PNG_GREY))
    assert caplog.text == ""

    samples[1, 10] = 254
    with caplog.at_level(logging.WARNING):
        trimap = load_trimap(png(samples, PNG_GREY))

    assert "trimap should hold only 0, 128 and 255" in caplog.text
    assert (trimap[1] == 0.5).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("top", [1, 2])
def test_a_trimap_of_labels_is_refused(dtype: type[np.uint8] | type[np.uint16], top: int) -> None:
    """Read by the rule, what is labelled foreground would be unknown, without a word."""
    samples = np.array([[0, 1, top]], dtype)

    with pytest.raises(
        TrimapError, match=r"must hold 0, 128 and 255 of 255, got at most .* labels"
    ):
        load_trimap(png(samples, PNG_GREY))


def test_a_trimap_that_knows_no_object_is_read() -> None:
    """Black and grey, or black alone; nothing in the middle is a label."""
    samples = np.array([[0, 3, 128]], np.uint8)

    assert load_trimap(png(samples, PNG_GREY)).tolist() == [[0, 0.5, 0.5]]
    assert not load_trimap(png(0 * samples, PNG_GREY)).any()


def test_a_mask_begins_at_half() -> None:
    """128 of 255 is the first level above a half."""
    mask = load_mask(png(np.array([[0, 127, 128, 255]], np.uint8), PNG_GREY))

    assert mask.dtype == np.bool_
    assert mask.tolist() == [[False, False, True, True]]


def test_a_mask_of_zeros_and_ones_is_refused() -> None:
    """A label image: read by the rule it would be empty, without a word."""
    with pytest.raises(HintError, match=r"must reach 128 of 255 on the object, got at most 1$"):
        load_mask(png(np.array([[0, 1]], np.uint8), PNG_GREY))


def test_a_black_mask_is_empty() -> None:
    """It says that there is no object; what to make of that is for others to decide."""
    assert not load_mask(png(np.zeros((2, 3), np.uint8), PNG_GREY)).any()
