"""Pictures in raw files."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from penumbra.core.errors import OutputError
from penumbra.large.scratch import Raster, scratch_folder, upright
from tests.large_scenes import on_disk


def picture(dtype: str = "uint8") -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    rng = np.random.default_rng(1)
    return rng.integers(0, np.iinfo(dtype).max, (7, 11, 3), endpoint=True).astype(dtype)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_a_window_is_what_was_written(tmp_path: Path, dtype: str) -> None:
    """Rows and columns are where they belong, at both depths."""
    samples = picture(dtype)
    raster = on_disk(tmp_path / "a.raw", samples)

    raster.write((slice(2, 4), slice(3, 5)), samples[:2, :2])
    window = raster.read((slice(1, 6), slice(2, 9)))

    samples[2:4, 3:5] = samples[:2, :2]
    assert_array_equal(window, samples[1:6, 2:9])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_window_of_a_turned_picture_is_upright(tmp_path: Path, orientation: int) -> None:
    """What EXIF says is undone for every window, as it is for a whole picture."""
    samples = picture()
    turned = upright(samples, orientation)
    stored = on_disk(tmp_path / "a.raw", samples)
    raster = replace(stored, height=turned.shape[0], width=turned.shape[1], orientation=orientation)

    window = raster.read((slice(1, 5), slice(2, 6)))

    assert_array_equal(window, turned[1:5, 2:6])


def test_a_file_that_is_cut_short_is_no_picture(tmp_path: Path) -> None:
    """A disk that lost the end must not give black pixels."""
    raster = on_disk(tmp_path / "a.raw", picture())
    raster.path.write_bytes(raster.path.read_bytes()[:-1])

    with pytest.raises(OutputError, match="only part of row 6"):
        raster.read((slice(0, 7), slice(0, 11)))


def test_a_place_that_does_not_exist_is_told_with_a_way_out(tmp_path: Path) -> None:
    """Whoever runs out of room learns which variable says where there is more."""
    raster = Raster(tmp_path / "none" / "a.raw", 2, 2, 1, np.dtype(np.uint8))

    with pytest.raises(OutputError, match="TMPDIR"):
        raster.create()


def test_nothing_is_left_behind() -> None:
    """Not even after a failure."""
    folders: list[Path] = []

    def fail() -> None:
        with scratch_folder() as folder:
            folders.append(folder)
            (folder / "a.raw").write_bytes(b"x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert not folders[0].exists()
