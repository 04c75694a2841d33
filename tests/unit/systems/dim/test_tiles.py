"""Which windows the network sees."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from penumbra.core.arrays import Alpha, Trimap
from penumbra.core.errors import InputError
from penumbra.systems.dim.options import Options
from penumbra.systems.dim.tiles import Tile, plan_tiles

SIDE, MARGIN, FADE = 192, 32, 32


def plan(trimap: Trimap, is_everywhere: bool = False) -> list[Tile]:
    return plan_tiles(trimap, SIDE, MARGIN, FADE, is_everywhere)


def weights_of(tiles: list[Tile], size: tuple[int, int]) -> Alpha:
    total = np.zeros(size, np.float32)
    for tile in tiles:
        total[tile.kept] += tile.weights
    return total


def with_unknown(size: tuple[int, int], *regions: tuple[slice, slice]) -> Trimap:
    trimap = np.zeros(size, np.float32)
    for region in regions:
        trimap[region] = 0.5
    return trimap


@pytest.mark.parametrize("size", [(1, 1), (31, 33), (20, 700), (500, 333), (640, 1000)])
@pytest.mark.parametrize("is_everywhere", [False, True])
def test_weights_add_up_to_one_wherever_an_answer_is_needed(
    size: tuple[int, int], is_everywhere: bool
) -> None:
    """More would be too bright a seam, less too dark a one."""
    trimap = np.full(size, 0.5, np.float32)

    tiles = plan(trimap, is_everywhere)

    assert_allclose(weights_of(tiles, size), 1, rtol=0, atol=1e-6)


def test_scattered_unknown_pixels_are_all_covered() -> None:
    """Tiles shrink to what is unknown in them, and nothing falls between two of them."""
    rng = np.random.default_rng(5)
    trimap = np.where(rng.random((700, 900)) < 0.0005, np.float32(0.5), np.float32(1))

    covered = weights_of(plan(trimap), (700, 900))

    assert (trimap == 0.5).sum() > 200
    assert_allclose(covered[trimap == 0.5], 1, rtol=0, atol=1e-6)


@pytest.mark.parametrize("size", [(500, 333), (640, 1000), (97, 2000)])
def test_windows_begin_at_multiples_of_32_and_hold_no_more_than_a_tile(
    size: tuple[int, int],
) -> None:
    """So pools are as in the whole photograph, and memory does not depend on its size."""
    rng = np.random.default_rng(7)
    trimap = np.where(rng.random(size) < 0.01, np.float32(0.5), np.float32(0))

    tiles = plan(trimap)

    assert len(tiles) > 1
    for rows, columns in (tile.window for tile in tiles):
        assert rows.start % 32 == columns.start % 32 == 0
        assert rows.stop % 32 == 0 or rows.stop == size[0]
        assert columns.stop % 32 == 0 or columns.stop == size[1]
        assert (rows.stop - rows.start) * (columns.stop - columns.start) <= SIDE * SIDE


def test_every_window_has_the_margin_around_what_is_kept_of_it() -> None:
    """Except where the photograph ends."""
    height, width = 500, 600
    trimap = np.full((height, width), 0.5, np.float32)

    for tile in plan(trimap):
        for part, window, length in zip(tile.kept, tile.window, (height, width), strict=True):
            assert window.start <= max(0, part.start - MARGIN)
            assert window.stop >= min(length, part.stop + MARGIN)
        inner = tuple(
            slice(part.start - window.start, part.stop - window.start)
            for part, window in zip(tile.kept, tile.window, strict=True)
        )
        assert tile.inner == inner


def test_what_fits_into_one_window_is_one_window() -> None:
    """Whatever the photograph's size; and no larger than what is unknown and the margin."""
    trimap = with_unknown((5000, 4000), (slice(3000, 3070), slice(100, 150)))

    (tile,) = plan(trimap)

    assert tile.kept == (slice(3000, 3070), slice(100, 150))
    assert tile.window == (slice(2944, 3104), slice(64, 192))
    assert (tile.weights == 1).all()


def test_nothing_is_looked_at_where_all_is_known() -> None:
    """Two specks far apart are two small windows, not the way between them."""
    trimap = with_unknown(
        (1000, 1000), (slice(10, 11), slice(20, 21)), (slice(990, 991), slice(980, 981))
    )

    tiles = plan(trimap)

    windows = [tile.window for tile in tiles]
    assert windows == [(slice(0, 64), slice(0, 64)), (slice(928, 1000), slice(928, 1000))]


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_known_photograph_needs_no_window(level: float) -> None:
    """All foreground or all background."""
    assert plan(np.full((300, 300), level, np.float32)) == []


def test_neighbours_fade_linearly_into_each_other() -> None:
    """Over as many pixels as asked for, one pixel a step."""
    trimap = np.full((200, 600), 0.5, np.float32)

    left, right, *_ = plan(trimap)

    start, stop = right.kept[1].start, left.kept[1].stop
    ramp = right.column_weights[:FADE]
    assert stop - start == FADE
    assert_allclose(np.diff(ramp), 1 / FADE, rtol=0, atol=1e-6)
    assert_allclose(ramp + left.column_weights[-FADE:], 1, rtol=0, atol=1e-6)


@pytest.mark.parametrize(("side", "margin", "fade"), [(352, 32, 144), (1024, 128, 384)])
def test_the_widest_fade_that_is_allowed_adds_up_to_one(side: int, margin: int, fade: int) -> None:
    """A wider one would let three tiles answer at once."""
    fade = fade // 32 * 32
    trimap = np.full((700, 1900), 0.5, np.float32)

    total = weights_of(plan_tiles(trimap, side, margin, fade), trimap.shape)

    assert_allclose(total, 1, rtol=0, atol=1e-6)
    with pytest.raises(InputError, match=r"tile must be at least 2 \(margin \+ fade\)"):
        Options(tile=side, margin=margin, fade=fade + 32)
