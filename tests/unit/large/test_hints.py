"""Hints on large pictures."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from penumbra.core.errors import HintError, TrimapError
from penumbra.core.hints import Click, Hints
from penumbra.io import load_mask, load_trimap
from penumbra.large.hints import LargeHints, on_disk, read_mask, read_trimap
from tests.large_scenes import whole
from tests.unit.io.files import encode, noise

pytest.importorskip("pyvips", reason="needs the extra 'large'")


def write(path: Path, samples: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Path:
    path.write_bytes(encode(samples, "PNG"))
    return path


def test_a_trimap_is_read_as_a_small_one(tmp_path: Path) -> None:
    """Every grey between black and white is unknown."""
    path = write(tmp_path / "trimap.png", noise(300, 41))

    levels = whole(read_trimap(path, tmp_path))[:, :, 0]

    assert_array_equal(np.where(np.abs(levels - 0.5) < 0.1, 0.5, levels), load_trimap(path))


def test_a_mask_is_read_as_a_small_one(tmp_path: Path) -> None:
    """What is half bright is the object."""
    path = write(tmp_path / "mask.png", noise(300, 41))

    assert_array_equal(whole(read_mask(path, tmp_path))[:, :, 0] == 1, load_mask(path))


def test_labels_in_place_of_greys_are_refused(tmp_path: Path) -> None:
    """A file of 0, 1 and 2 would otherwise mean that all is unknown."""
    with pytest.raises(TrimapError, match="are they labels"):
        read_trimap(write(tmp_path / "a.png", noise(9, 9) % 3), tmp_path)
    with pytest.raises(HintError, match="must reach 128"):
        read_mask(write(tmp_path / "a.png", noise(9, 9) % 2), tmp_path)


def test_a_trimap_in_colour_is_refused(tmp_path: Path) -> None:
    """It is some other file."""
    with pytest.raises(TrimapError, match="must be grey"):
        read_trimap(write(tmp_path / "a.png", noise(9, 9, 3)), tmp_path)


def test_known_in_the_small_picture_is_what_is_known_all_over(tmp_path: Path) -> None:
    """One unknown pixel among nine makes the small one unknown."""
    trimap = np.zeros((6, 9), np.float32)
    trimap[:, 3:] = 1
    trimap[4, 7] = 0.5
    hints = on_disk(Hints(trimap=trimap), tmp_path)

    small = hints.shrunk((6, 9), (2, 3)).trimap

    assert_array_equal(small, [[0, 1, 1], [0, 1, 0.5]])


def test_clicks_and_masks_are_made_small_with_the_picture(tmp_path: Path) -> None:
    """A click stays on what it was on."""
    mask = np.arange(9) >= 3
    said = Hints(clicks=(Click(7.5, 1.5),), mask=np.tile(mask, (6, 1)))

    small = on_disk(said, tmp_path).shrunk((6, 9), (2, 3))

    assert small.clicks == (Click(2.5, 0.5),)
    assert_array_equal(small.mask, [[False, True, True]] * 2)


def test_hints_of_another_picture_are_refused(tmp_path: Path) -> None:
    """A trimap of another size, a click outside."""
    hints = on_disk(Hints(trimap=np.zeros((6, 9), np.float32)), tmp_path)

    with pytest.raises(TrimapError, match="as large as the 8x6 image, got 9x6"):
        hints.shrunk((6, 8), (2, 2))
    with pytest.raises(HintError, match="click must lie inside"):
        LargeHints(Hints(clicks=(Click(9, 1),))).shrunk((6, 8), (2, 2))


def test_a_sketch_has_hints_of_the_same_kinds(tmp_path: Path) -> None:
    """A model is chosen by kinds, without a look at the pictures."""
    said = Hints(clicks=(Click(1, 1),), trimap=np.zeros((6, 9), np.float32))

    assert on_disk(said, tmp_path).sketch.kinds == {"click", "trimap"}
