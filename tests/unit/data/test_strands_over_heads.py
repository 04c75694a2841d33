"""Strands over the heads of people whose mattes have none."""

import cv2
import numpy as np
import pytest

from penumbra.core.arrays import RGB, Alpha
from penumbra.data.strands_over_heads import with_strands
from tests.portraits import HAIR, SKIN, portrait


def grown(seed: int = 0, height: int = 160) -> tuple[RGB, Alpha]:
    return with_strands(*portrait(height), np.random.default_rng(seed))


@pytest.mark.parametrize("height", [96, 160, 640])
@pytest.mark.parametrize("seed", [0, 1])
def test_strands_add_to_alpha_near_the_hair_alone(seed: int, height: int) -> None:
    """They reach at most a quarter of the head's width beyond it; nothing else is touched."""
    image, alpha = portrait(height)

    image_out, alpha_out = grown(seed, height)

    assert (alpha_out >= alpha).all()
    assert alpha_out.max() <= 1
    assert image_out.min() >= 0
    assert image_out.max() <= 1
    added = alpha_out - alpha > 0.01
    distance = cv2.distanceTransform((alpha < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    assert added.sum() > 0.5 * height
    assert distance[added].max() < (0.25 + 0.03) * 0.36 * height + 1
    assert distance[added].max() > 0.03 * 0.36 * height
    coloured = (image_out != image).any(axis=2) & (alpha_out > 0)
    assert np.flatnonzero((added | coloured).any(axis=1)).max() < 0.46 * height


def test_coverage_is_soft_and_of_many_degrees() -> None:
    """Strands are thinner than pixels; a binary fringe would be no better than the mask."""
    alpha, alpha_out = portrait()[1], grown()[1]

    fringe = alpha_out[(alpha < 0.01) & (alpha_out > 0.01)]

    assert len(np.unique(fringe)) > 100
    assert ((fringe > 0.1) & (fringe < 0.9)).mean() > 0.5


def test_strands_have_the_colour_of_the_hair_below() -> None:
    """Straight, not premultiplied, up to the differences between strands."""
    (_, alpha), (image_out, alpha_out) = portrait(), grown()

    colours = image_out[(alpha < 0.01) & (alpha_out > 0.05)]

    ratio = colours / np.array(HAIR, np.float32)
    assert np.median(ratio) == pytest.approx(1.05, abs=0.1)
    # Two normal factors of deviation 0.08, and tips lighter by 12 %: 1.06 times 1 -+ 0.26.
    assert np.percentile(ratio, [1, 99]) == pytest.approx([0.78, 1.34], abs=0.12)
    # The hue is kept: channels change together.
    assert np.ptp(ratio, axis=1).mean() < 0.06


def test_each_side_has_the_colour_of_its_own_hair() -> None:
    """Strands go on as what they grow out of, not as the head on the whole."""
    image, alpha = portrait(320)
    image[:115, 140:] = np.array(HAIR) * 1.6
    image_out, alpha_out = with_strands(image, alpha, np.random.default_rng(4))

    is_new = (alpha < 0.01) & (alpha_out > 0.05)
    left, right = is_new.copy(), is_new.copy()
    left[:, 115:], right[:, :165] = False, False

    assert image_out[right].mean() / image_out[left].mean() == pytest.approx(1.6, abs=0.25)


def test_what_shows_the_person_over_a_backdrop_is_the_over_operator() -> None:
    """The strands' own share, found from two backdrops, has no more than their coverage."""
    (image, alpha), (image_out, alpha_out) = portrait(), grown()
    coverage = 1 - (1 - alpha_out) / np.maximum(1 - alpha, 1e-6)
    is_soft = (alpha > 0.05) & (alpha < 0.95)

    strands = alpha_out[..., None] * image_out - ((1 - coverage) * alpha)[..., None] * image

    assert ((coverage > 0.02) & is_soft).sum() > 20
    assert strands[is_soft].min() > -1e-4
    assert (strands[is_soft] - coverage[is_soft][:, None]).max() < 1e-4


def test_colours_beside_strands_go_on() -> None:
    """So that shrinking the picture does not mix in what was cut off."""
    image, alpha = portrait(480)
    image[alpha == 0] = (0.0, 1.0, 0.0)

    image_out, alpha_out = with_strands(image, alpha, np.random.default_rng(1))

    is_far = (alpha_out > 0.05) & (cv2.dilate(alpha, np.ones((7, 7))) == 0)
    beside = (cv2.dilate(is_far.astype(np.uint8), np.ones((3, 3))) > 0) & (alpha_out == 0)
    assert beside.sum() > 50
    assert image_out[beside][:, 1].max() < 0.5


def test_the_generator_decides_everything() -> None:
    """The same again for the same seed, other strands for another; inputs stay as they are."""
    image, alpha = portrait()
    copies = image.copy(), alpha.copy()

    first, again, other = (
        with_strands(image, alpha, np.random.default_rng(seed)) for seed in (5, 5, 6)
    )

    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert np.abs(first[1] - other[1]).max() > 0.3
    np.testing.assert_array_equal(image, copies[0])
    np.testing.assert_array_equal(alpha, copies[1])


def test_strands_beyond_the_border_are_cut_off() -> None:
    """The picture keeps its size, where a head nearly touches the top and a side."""
    image, alpha = portrait()
    image, alpha = image[20:, 38:], alpha[20:, 38:]

    image_out, alpha_out = with_strands(image, alpha, np.random.default_rng(1))

    assert (image_out.shape, alpha_out.shape) == (image.shape, alpha.shape)
    assert (alpha_out[0] - alpha[0]).max() > 0.05


@pytest.mark.parametrize(
    ("image", "alpha"),
    [portrait(head=0.2), portrait(hair=SKIN)],
    ids=["cut off at the top", "bald"],
)
def test_without_hair_nothing_changes(image: RGB, alpha: Alpha) -> None:
    """The very arrays come back."""
    image_out, alpha_out = with_strands(image, alpha, np.random.default_rng(0))

    assert image_out is image
    assert alpha_out is alpha
