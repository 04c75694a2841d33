"""Where the outline of a person is that of hair."""

import numpy as np
import pytest

from penumbra.core.arrays import Alpha
from penumbra.data.hairlines import Hairline, find_hairline, inner_colours
from tests.portraits import CLOTH, HAIR, NECK, SKIN, portrait


def found(height: int = 160) -> Hairline:
    hairline = find_hairline(*portrait(height))
    assert hairline is not None
    return hairline


@pytest.mark.parametrize("height", [96, 160, 640])
def test_hair_is_the_outline_above_the_face(height: int) -> None:
    """On both sides of the top, and nowhere near the cheeks, the neck or the shoulders."""
    hairline = found(height)

    hair = hairline.points[hairline.weights > 0.5] / height
    assert hairline.width == pytest.approx(0.36 * height, rel=0.08)
    assert hair[:, 1].min() == pytest.approx(0.14, abs=0.015)
    assert hair[:, 1].max() == pytest.approx(0.32, abs=0.03)  # where the colour changes
    assert (hair[:, 0].min(), hair[:, 0].max()) == pytest.approx((0.26, 0.62), abs=0.02)
    assert hairline.points[:, 1].max() < NECK * height


def test_normals_point_away_and_sides_run_from_left_to_right() -> None:
    """Strands that grow inwards, or towards the parting, would not be seen or look wrong."""
    hairline = found()

    away = hairline.points - (70, 0.36 * 160)
    away /= (0.18**2, 0.22**2)  # the normals of an ellipse
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    is_hair = hairline.weights > 0
    assert (hairline.normals * away).sum(axis=1)[is_hair].min() > 0.97
    np.testing.assert_allclose(np.linalg.norm(hairline.normals, axis=1), 1, atol=1e-5)
    assert (np.diff(hairline.sides) > 0).all()
    assert (hairline.points[hairline.sides < -10, 0] < 70).all()
    assert (hairline.points[hairline.sides > 10, 0] > 70).all()


def test_a_hand_beside_the_head_is_not_followed() -> None:
    """Though it reaches as high as the hair and has its colour."""
    image, alpha = portrait()
    alpha[40:130, 4:16] = 1
    image[40:130, 4:16] = HAIR

    hairline = find_hairline(image, alpha)

    assert hairline is not None
    assert hairline.points[:, 0].min() > 30


def cut_at_the_top() -> tuple[np.ndarray, Alpha]:
    image, alpha = portrait()
    return image[30:], alpha[30:]


def block() -> tuple[np.ndarray, Alpha]:
    alpha = np.zeros((160, 140), np.float32)
    alpha[100:130] = 1
    return portrait()[0], alpha


@pytest.mark.parametrize(
    ("image", "alpha"),
    [
        cut_at_the_top(),
        portrait(48),
        portrait(hair=SKIN),
        portrait(hair=(0.95, 0.1, 0.1)),
        portrait(hair=CLOTH),
        (portrait()[0], np.zeros((160, 140), np.float32)),
        block(),
    ],
    ids=["cut off", "small", "bald", "red hat", "blue hat", "nobody", "wide and low"],
)
def test_where_no_hair_is_seen_there_is_none(image: np.ndarray, alpha: Alpha) -> None:
    """Strands on hats, bald heads and foreheads at the border would teach what is not so."""
    assert find_hairline(image, alpha) is None


def test_colours_are_taken_from_what_is_opaque() -> None:
    """What shines through a soft rim is no colour of the person."""
    image = np.zeros((20, 20, 3), np.float32)
    image[:, :10], image[:, 10:] = HAIR, (0, 1, 0)
    alpha = np.ones((20, 20), np.float32)
    alpha[:, 10:] = 0.5
    points = np.array([[9.5, 10.0], [18.0, 10.0]], np.float32)

    colours, is_known = inner_colours(image, alpha, points, reach=3.0)

    assert is_known.tolist() == [True, False]
    np.testing.assert_allclose(colours[0], HAIR, atol=1e-4)
