"""Small pictures of large ones."""

from pathlib import Path

import pytest
from numpy.testing import assert_allclose

from penumbra.core.resample import resize
from penumbra.large.shrinking import shrunk, small_size
from tests.large_scenes import on_disk, whole
from tests.unit.io.files import noise


@pytest.mark.parametrize("size", [(50, 40), (37, 13), (1, 1), (211, 97)])
def test_shrinking_in_strips_is_shrinking_the_whole(tmp_path: Path, size: tuple[int, int]) -> None:
    """Area averages, whatever rows are read together."""
    raster = on_disk(tmp_path / "a.raw", noise(211, 97, 3))

    small = shrunk(raster, size)

    assert_allclose(small, resize(whole(raster), *size), rtol=0, atol=2e-6)


def test_a_small_picture_has_at_most_so_many_pixels() -> None:
    """And nothing is enlarged."""
    assert small_size((6000, 4000), 2_400_000) == (1897, 1264)
    assert small_size((30, 20), 2_400_000) == (30, 20)
