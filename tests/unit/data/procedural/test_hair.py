"""Hair, fur and tails: a solid core inside a fringe of fine strands."""

import numpy as np
import pytest

from penumbra.data.procedural.families import draw_foreground

HAIRY = ["hair", "fur", "tail"]


@pytest.mark.parametrize("family", HAIRY)
def test_a_body_is_solid_inside(family: str) -> None:
    """Most of what is covered is covered wholly: strands over a body, not strands alone."""
    for seed in range(2):
        drawn = draw_foreground(family, seed, 160, 160)
        visible = drawn.alpha[drawn.alpha > 0.02]

        assert (visible > 0.99).mean() > 0.5
        assert drawn.kind == "SO"


@pytest.mark.parametrize("family", HAIRY)
def test_the_silhouette_is_a_fringe(family: str) -> None:
    """The soft pixels of one strand are few, of a fringe many: more than a smooth outline has."""
    softness = []
    for seed in range(3):
        alpha = draw_foreground(family, seed, 160, 160).alpha
        is_soft = (alpha > 0.02) & (alpha < 0.98)
        softness.append(is_soft.sum() / np.sqrt((alpha > 0.5).sum()))

    # A disk drawn with one pixel of softness has 2 sqrt(pi), about 3.5; a head stands on smooth
    # shoulders and is cut by the border.
    assert np.median(softness) > 5


def test_heads_fill_a_good_part_of_the_picture() -> None:
    """Between a tenth and nine tenths, over many seeds."""
    shares = [draw_foreground("hair", seed, 64, 64).alpha.mean() for seed in range(12)]

    assert min(shares) > 0.1
    assert max(shares) < 0.9
