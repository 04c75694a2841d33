"""Glass and plastic."""

from collections.abc import Callable

import numpy as np
import pytest

from penumbra.core.errors import InputError
from penumbra.data.procedural.bubbles import draw_bubbles
from penumbra.data.procedural.glass import draw_glass
from penumbra.data.procedural.layers import Canvas
from penumbra.data.procedural.plastic import draw_film
from penumbra.data.procedural.vessels import draw_vessel
from tests.unit.data.procedural.laws import (
    SIZES,
    check_planes,
    check_same_seed_same_picture,
    check_two_backgrounds_give_the_layers_back,
)

Thing = Callable[[np.random.Generator, Canvas], None]


@pytest.mark.parametrize("thing", [draw_vessel, draw_bubbles, draw_film])
def test_glass_is_clear_inside_and_has_highlights(thing: Thing) -> None:
    """What makes it glass: wide parts that hide little, and reflections that hide all."""
    clear, bright = [], []
    for seed in range(8):
        canvas = Canvas(128, 128)
        thing(np.random.default_rng(seed), canvas)
        drawn = canvas.finish("STM", "glass")
        inside = drawn.alpha > 0.02
        clear.append((drawn.alpha[inside] < 0.6).mean())
        bright.append((drawn.alpha > 0.8).any())

    assert np.mean(clear) > 0.5
    assert np.mean(bright) >= 0.75


def test_a_bubble_is_densest_at_its_rim() -> None:
    """The line of sight runs along the film there; the middle must stay clear."""
    middle, whole = [], []
    for seed in range(12):
        canvas = Canvas(96, 96)
        draw_bubbles(np.random.default_rng(seed), canvas)
        inside = canvas.alpha > 0.01
        middle.append(np.median(canvas.alpha[inside]))
        whole.append(np.quantile(canvas.alpha[inside], 0.97))

    assert np.mean(whole) > 2 * np.mean(middle)


def test_glass_is_transparent_by_its_type() -> None:
    """Tables break results down by type, so the type must be the right one."""
    drawn = draw_glass(np.random.default_rng(0), 32, 32)

    assert (drawn.kind, drawn.family) == ("STM", "glass")


@pytest.mark.parametrize("seed", range(4))
def test_equal_seeds_draw_equal_pictures(seed: int) -> None:
    """A sample is named by its seed: its bits must not depend on anything else."""
    check_same_seed_same_picture(draw_glass, seed)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_any_size_can_be_drawn(height: int, width: int) -> None:
    """Odd and tiny sizes too: nothing may assume room for its blur or its strokes."""
    for seed in range(8):
        check_planes(draw_glass(np.random.default_rng(seed), height, width), height, width)


def test_two_backgrounds_give_the_layers_back() -> None:
    """The picture is exactly alpha F + (1 - alpha) B, over whatever it is laid."""
    for seed in range(6):
        check_two_backgrounds_give_the_layers_back(draw_glass(np.random.default_rng(seed), 64, 80))


@pytest.mark.parametrize(("height", "width"), [(0, 32), (32, -1), (4000, 32)])
def test_impossible_sizes_are_refused(height: int, width: int) -> None:
    """A wrong size is the caller's mistake, told as such before anything is drawn."""
    with pytest.raises(InputError, match="height and width"):
        draw_glass(np.random.default_rng(0), height, width)
