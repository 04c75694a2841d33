"""Alpha at the photograph's own size."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.arrays import RGB, Alpha, Trimap
from penumbra.core.hints import Hints
from penumbra.core.progress import listening
from penumbra.core.resample import resize
from penumbra.large.detail import TILING, Coarse, Look, detailed, looked_over, reach_of
from penumbra.large.scratch import Raster
from penumbra.large.windows import Region, Tiling
from penumbra.systems.registry import load_predictor
from tests.large_scenes import on_disk
from tests.scenes import photograph, soft_disk

SIZE = 160
FINE = Tiling(step=32, fade=8, halo=16)
HUGE = Tiling(step=1024, fade=8, halo=16)


def scene() -> tuple[RGB, Alpha, Alpha]:
    """A picture whose reds are its alpha, that, and what a room says of it at a quarter."""
    alpha = soft_disk(SIZE, radius=50, edge=9)
    image = np.repeat(alpha[:, :, None], 3, axis=2)
    return image, alpha, resize(alpha, SIZE // 4, SIZE // 4)


def reds(image: RGB, trimap: Trimap) -> Alpha:
    return np.where(trimap == 0.5, image[:, :, 0], trimap).astype(np.float32)


def matte(
    image: RGB,
    small: Alpha,
    tiling: Tiling = FINE,
    trimap: Raster | None = None,
    look: Look = reds,
) -> Alpha:
    def read(region: Region) -> RGB:
        return np.ascontiguousarray(image[region])

    size = image.shape[0], image.shape[1]
    bands = list(detailed(size, read, Coarse.of(small), trimap, look, 4, tiling))
    assert [rows.start for rows, _ in bands[1:]] == [rows.stop for rows, _ in bands[:-1]]
    return np.concatenate([band for _, band in bands])


def test_what_the_small_matte_leaves_open_is_looked_at() -> None:
    """The truth comes out, which is far from the small matte, enlarged."""
    image, alpha, small = scene()

    found = matte(image, small)

    assert np.abs(found - alpha).max() < 0.03
    assert np.abs(resize(small, SIZE, SIZE) - alpha).max() > 0.05


def test_tiles_leave_no_seams() -> None:
    """Many small tiles say what a single one says."""
    image, _, small = scene()

    assert_allclose(matte(image, small, FINE), matte(image, small, HUGE), rtol=0, atol=1e-5)


def test_what_is_decided_is_exactly_opaque_or_clear() -> None:
    """Also where tiles pass into each other; nothing is asked there."""
    asked: list[Trimap] = []

    def look(image: RGB, trimap: Trimap) -> Alpha:
        asked.append(trimap)
        return reds(image, trimap)

    image, _, small = scene()
    found = matte(image, small, look=look)

    is_decided = Coarse.of(small).weights.repeat(4, 0).repeat(4, 1) == 0
    inside = is_decided[:, 4:] & is_decided[:, :-4]  # nor within reach of what is open
    assert set(np.unique(found[:, 2:-2][inside])) == {0, 1}
    assert all((trimap == 0.5).any() for trimap in asked)


def test_a_matte_that_is_decided_everywhere_is_not_looked_at() -> None:
    """An empty picture costs nothing."""
    image, _, small = scene()

    def look(image: RGB, trimap: Trimap) -> Alpha:
        raise AssertionError("nothing is open")

    assert_array_equal(matte(image, np.zeros_like(small), look=look), 0)


def test_an_answer_that_contradicts_the_whole_picture_does_not_count() -> None:
    """A window all of which is unknown tells nothing; its guess must not spoil the matte."""
    image, _, small = scene()

    found = matte(image, small, look=lambda window, trimap: np.ones_like(trimap))

    edge = np.abs(resize(small, SIZE, SIZE)) < 0.1
    assert found[edge].max() < 0.3


def test_the_trimap_is_obeyed(tmp_path: Path) -> None:
    """What a user calls known is known, whatever anybody answers."""
    image, alpha, small = scene()
    levels = np.full((SIZE, SIZE), 128, np.uint8)
    levels[:40], levels[-40:] = 255, 0

    found = matte(image, small, trimap=on_disk(tmp_path / "t.raw", levels))

    assert_array_equal(found[:40], 1)
    assert_array_equal(found[-40:], 0)
    inside = np.abs(found - alpha)[48:-48]  # beside it means are compared with what it says
    assert inside.max() < 0.03


def test_a_first_look_at_the_small_picture_sharpens_it() -> None:
    """A room that saw an even smaller one left a wide band open."""
    image, alpha, _ = scene()
    blurred = resize(resize(alpha, 16, 16), SIZE, SIZE)

    found = looked_over(image, blurred, reds, FINE)

    assert np.abs(found - alpha).mean() < np.abs(blurred - alpha).mean() / 3


def test_progress_is_told() -> None:
    """A large picture takes its time."""
    heard: list[tuple[int, int]] = []
    image, _, small = scene()

    with listening(lambda done, total: heard.append((done, total))):
        matte(image, small)

    assert heard[0][0] == 0
    assert heard[-1][0] == heard[-1][1] == len(heard) - 1


def test_a_pixel_of_the_small_picture_reaches_as_far_as_it_is_large() -> None:
    """At least one pixel, or nothing would be compared."""
    assert reach_of((1000, 800), (125, 100)) == 8
    assert reach_of((100, 80), (100, 80)) == 1


@pytest.mark.parametrize("tiling", [Tiling(step=352, fade=32, halo=128), TILING])
def test_the_network_that_looks_leaves_no_seams(tiling: Tiling) -> None:
    """Two levels of 255 are what an eye may just see; the real network, over real tiles."""
    made = photograph(soft_disk(800, radius=260, edge=30))
    model = load_predictor("dim")

    def look(image: RGB, trimap: Trimap) -> Alpha:
        return model.decode(model.encode(image), Hints(trimap=trimap)).alpha

    small = resize(made.alpha, 100, 100)
    one = Tiling(step=1024, fade=32, halo=128)

    difference = np.abs(
        matte(made.image, small, tiling, look=look) - matte(made.image, small, one, look=look)
    )

    assert difference.max() <= 2 / 255
