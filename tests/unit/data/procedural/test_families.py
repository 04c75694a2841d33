"""What all families of procedural foregrounds promise."""

import numpy as np
import pytest

from penumbra.core.errors import InputError
from penumbra.data.procedural.families import FAMILIES, draw_foreground
from tests.unit.data.procedural.laws import (
    SIZES,
    check_planes,
    check_same_seed_same_picture,
    check_two_backgrounds_give_the_layers_back,
)

every_family = pytest.mark.parametrize("family", FAMILIES)


@every_family
def test_equal_seeds_draw_equal_pictures(family: str) -> None:
    """A sample is named by family and seed: no generator may be shared between two calls."""
    check_same_seed_same_picture(FAMILIES[family].draw, seed=3)


@every_family
def test_any_size_can_be_drawn(family: str) -> None:
    """Odd and tiny sizes too, by several seeds, so that every branch meets them."""
    for height, width in SIZES:
        for seed in range(2):
            check_planes(draw_foreground(family, seed, height, width), height, width)


@every_family
def test_two_backgrounds_give_the_layers_back(family: str) -> None:
    """The picture is exactly alpha F + (1 - alpha) B, over whatever it is laid."""
    for seed in (0, 1):
        check_two_backgrounds_give_the_layers_back(draw_foreground(family, seed, 96, 80))


@every_family
def test_a_picture_has_soft_pixels_and_room_around(family: str) -> None:
    """Matting needs transitions: some pixels partly covered, some not at all."""
    drawn = draw_foreground(family, 1, 160, 160)
    is_soft = (drawn.alpha > 0.02) & (drawn.alpha < 0.98)

    assert is_soft.mean() > 0.01
    assert 0.03 < (drawn.alpha > 0.02).mean() < 1
    assert drawn.family == family


@every_family
def test_colours_vary(family: str) -> None:
    """A flat colour would be told apart by its colour alone."""
    drawn = draw_foreground(family, 2, 96, 96)

    assert drawn.foreground[drawn.alpha > 0.5].std(axis=0).max() > 0.01


def test_an_unknown_family_is_refused() -> None:
    """The message names those there are."""
    with pytest.raises(InputError, match=r"family must be one of hair, .*, got beard"):
        draw_foreground("beard", 0, 64, 64)


def test_a_negative_seed_is_refused() -> None:
    """As our own error, not that of the generator."""
    with pytest.raises(InputError, match="seed must be at least 0, got -1"):
        draw_foreground("hair", -1, 64, 64)


@every_family
def test_impossible_sizes_are_refused(family: str) -> None:
    """A wrong size is the caller's mistake, told as such before anything is drawn."""
    with pytest.raises(InputError, match="height and width"):
        draw_foreground(family, 0, 0, 64)


def test_pictures_carry_the_kind_of_their_family() -> None:
    """The label steers sampling; text alone changes it from picture to picture."""
    for name, family in FAMILIES.items():
        kinds = {draw_foreground(name, seed, 32, 32).kind for seed in range(3)}
        assert kinds == {family.kind} or name == "text"


def test_different_families_draw_different_pictures() -> None:
    """A table that named one generator twice would pass all the other tests."""
    drawn = [draw_foreground(name, 5, 64, 64).alpha.tobytes() for name in FAMILIES]

    assert len(set(drawn)) == len(FAMILIES)
    assert np.unique([family.draw.__name__ for family in FAMILIES.values()]).size == len(FAMILIES)
