"""Windows of large pictures."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.resample import resize
from penumbra.large.windows import Tiling, enlarged, grown, tile_rows

TILING = Tiling(step=16, fade=4, halo=8)


@pytest.mark.parametrize("size", [(1, 1), (3, 50), (16, 20), (20, 21), (21, 36), (53, 77)])
def test_weights_of_all_tiles_add_up_to_one(size: tuple[int, int]) -> None:
    """Otherwise a grid of lines would show; sides about as long as a tile are the traps."""
    total = np.zeros(size, np.float32)

    for tiles in tile_rows(size, TILING):
        for tile in tiles:
            total[tile.kept] += tile.weights

    assert_allclose(total, 1, rtol=0, atol=1e-6)


def test_a_tile_sees_what_it_keeps_and_a_halo() -> None:
    """What is thrown away is eight pixels, but at the border."""
    tiles = [tile for row in tile_rows((40, 40), TILING) for tile in row]
    plane = np.arange(1600).reshape(40, 40)

    for tile in tiles:
        assert_array_equal(plane[tile.seen][tile.inner], plane[tile.kept])
    middle = next(tile for tile in tiles if tile.kept[0].start == 16 == tile.kept[1].start)
    assert middle.seen[0] == slice(8, 40)


def test_enlarging_a_window_is_enlarging_everything() -> None:
    """As `resize` does, and to the bit the same whatever the window: tiles must agree."""
    small = np.random.default_rng(2).random((7, 9), dtype=np.float32)
    size, region = (41, 50), (slice(5, 33), slice(0, 50))

    window = enlarged(small, size, region)
    everything = enlarged(small, size, (slice(0, 41), slice(0, 50)))

    assert_array_equal(window, everything[region])
    assert_allclose(everything, resize(small, *size), rtol=0, atol=1e-6)


def test_a_part_grows_no_farther_than_the_picture() -> None:
    """Windows end where the picture does."""
    assert grown(slice(2, 9), 4, 10) == slice(0, 10)
    assert grown(slice(5, 6), 2, 10) == slice(3, 8)
