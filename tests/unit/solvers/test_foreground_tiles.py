"""Colours of pictures that are never there as a whole."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.resample import resize
from penumbra.solvers.foreground import estimate_foreground
from penumbra.solvers.foreground_tiles import Region, estimate_window, look_over


def made(height: int, width: int) -> tuple[RGB, Alpha]:
    """Colours and opacity of every kind, in patches that are larger than a pixel."""
    rng = np.random.default_rng(3)
    size = max(1, height // 7), max(1, width // 7)
    image = resize(rng.random((*size, 3), dtype=np.float32), height, width)
    alpha = resize(rng.random(size, dtype=np.float32), height, width)
    return image, np.clip(3 * alpha - 1, 0, 1)


@pytest.mark.parametrize("size", [(150, 333), (64, 64), (65, 1), (1, 129), (3, 5), (1, 1)])
def test_windows_get_the_colours_of_the_whole(size: tuple[int, int]) -> None:
    """But for rounding, wherever a window lies: so no seam can be seen."""
    image, alpha = made(*size)
    whole = estimate_foreground(image, alpha)

    def read(region: Region) -> tuple[RGB, Alpha]:
        return np.ascontiguousarray(image[region]), np.ascontiguousarray(alpha[region])

    overview = look_over(size, read)
    for top in range(0, size[0], 70):
        for left in range(0, size[1], 50):
            region = (
                slice(top, min(top + 70, size[0])),
                slice(left, min(left + 50, size[1])),
            )
            window = estimate_window(overview, region, read)
            for one, all_of_it in zip(window, whole, strict=True):
                assert_allclose(one, all_of_it[region], rtol=0, atol=1e-4)


def test_a_window_asks_for_little_around_it() -> None:
    """Memory must not follow the picture: two cells of 64 pixels on each side at most."""
    image, alpha = made(700, 800)
    asked: list[Region] = []

    def read(region: Region) -> tuple[RGB, Alpha]:
        asked.append(region)
        return np.ascontiguousarray(image[region]), np.ascontiguousarray(alpha[region])

    overview = look_over((700, 800), read)
    strips = len(asked)
    estimate_window(overview, (slice(300, 400), slice(310, 380)), read)

    assert max(rows.stop - rows.start for rows, _ in asked) <= 100 + 4 * 64
    assert asked[strips:] == [(slice(192, 512), slice(192, 448))]
