"""What a cut-out is laid over."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from PIL import Image

from penumbra.cli.backdrop import parse_backdrop
from penumbra.core.cutout import Cutout
from penumbra.core.errors import ImageError, InputError
from penumbra.core.matte import Matte
from penumbra.session.backdrop import blurred, cover
from tests.scenes import photograph, soft_disk


def cut(size: int = 64) -> Cutout:
    scene = photograph(soft_disk(size, radius=size / 4))
    return Cutout(scene.foreground, scene.alpha, scene.background, Matte(scene.alpha))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("white", (255, 255, 255)),
        ("RebeccaPurple", (102, 51, 153)),
        ("#f80", (255, 136, 0)),
        ("#ff8800ff", (255, 136, 0)),
        ("rgb(1, 2, 3)", (1, 2, 3)),
        ("hsl(120, 100%, 50%)", (0, 255, 0)),
    ],
)
def test_colours_by_all_their_names(text: str, expected: tuple[int, ...]) -> None:
    """As style sheets write them."""
    backdrop = parse_backdrop(text)

    assert backdrop is not None
    assert_allclose(backdrop(cut()) * 255, expected, atol=1e-4)


def test_a_word_that_is_a_colour_is_a_colour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of that name is meant by writing ./red."""
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (2, 2), (1, 2, 3)).save("red", "PNG")

    by_name, by_path = parse_backdrop("red"), parse_backdrop("./red")

    assert by_name is not None
    assert by_path is not None
    assert_allclose(by_name(cut()), (1, 0, 0))
    assert_allclose(by_path(cut())[0, 0] * 255, (1, 2, 3), atol=1e-4)


def test_a_picture_that_cannot_be_read_is_refused_at_once(tmp_path: Path) -> None:
    """Before any photograph is cut out."""
    (tmp_path / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")

    with pytest.raises(ImageError, match=r"torn\.png"):
        parse_backdrop(str(tmp_path / "torn.png"))
    with pytest.raises(InputError, match=r"background must be .* or a file, got 'gone\.png'"):
        parse_backdrop("gone.png")


@pytest.mark.parametrize(("height", "width"), [(4, 4), (3, 9), (9, 3), (1, 1), (20, 31)])
def test_a_picture_covers_whatever_the_size(height: int, width: int) -> None:
    """No bar is left at any side, and a constant stays what it is."""
    grey = np.full((5, 7, 3), 0.25, np.float32)

    covered = cover(grey, height, width)

    assert covered.shape == (height, width, 3)
    assert_allclose(covered, 0.25, atol=1e-6)


def test_what_sticks_out_is_cut_evenly() -> None:
    """The middle of the picture stays in the middle."""
    wide = np.zeros((2, 6, 3), np.float32)
    wide[:, 2:4] = 1

    assert cover(wide, 2, 2).min() == 1


def test_blur_keeps_the_object_out_of_its_own_background() -> None:
    """A warm object before a cold wall must not shine through around itself.

    Nobody can see what lies behind the opaque part; here the estimate is the object itself.
    """
    scene = photograph(soft_disk(64, radius=16))
    is_hidden = (scene.alpha > 0.9)[:, :, None]
    guess = np.where(is_hidden, scene.foreground, scene.background)
    cutout = Cutout(scene.foreground, scene.alpha, guess, Matte(scene.alpha))
    is_seen = scene.alpha < 0.9

    careful = np.abs(blurred(cutout) - scene.background)[is_seen]
    careless = np.abs(blurred(replace(cutout, alpha=0 * scene.alpha)) - scene.background)[is_seen]

    assert careful.max() < 0.02
    assert careless.max() > 0.2


def test_blur_smooths_what_was_sharp() -> None:
    """Otherwise it would be no blur."""
    cutout = cut(128)
    stripes = np.zeros_like(cutout.background)
    stripes[:, ::4] = 1
    striped = Cutout(cutout.foreground, cutout.alpha * 0, stripes, cutout.matte)

    assert blurred(striped).std() < 0.05
    assert blurred(striped).mean() == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize("size", [1, 2, 64])
def test_blur_survives_a_picture_without_background(size: int) -> None:
    """Where nothing shows through, the estimate is all there is; also of a single pixel."""
    cutout = cut(size)
    solid = Cutout(cutout.foreground, np.ones_like(cutout.alpha), cutout.background, cutout.matte)

    assert np.isfinite(blurred(solid)).all()
