"""What a round takes over from the one before, and whom negative marks spare."""

import numpy as np
from numpy.testing import assert_allclose

from penumbra.core.matte import Matte
from penumbra.systems.dfimat.iscn.points import Points
from penumbra.systems.dfimat.rounds import before_of, spared
from tests.unit.systems.dfimat.predictors import Staged, photograph, square

LEFT, RIGHT = square(4, 2, 14, 9), square(3, 14, 16, 24)
NOBODY = square(0, 0, 0, 0)


def who(sure: list[float], *places: tuple[float, float]) -> int | None:
    """The number of who is spared by points, as shares of width and height."""
    masks = np.where([LEFT, RIGHT, NOBODY], 1, -1).astype(np.float32)
    points = Points(np.array(places, np.float32), np.ones(len(places), np.int64))
    return spared(masks, np.array(sure, np.float32), points, 0.5)


def test_negative_points_spare_whom_they_do_not_hit() -> None:
    """The surest of these; also a point on the outer edge hits, and an empty mask is nobody."""
    on_left, beside, corner = (5.5 / 24, 9 / 16), (0.5, 0.1), (1.0, 1.0)

    assert who([0.9, 0.8, 0.0], beside) == 0
    assert who([0.7, 0.8, 0.0], beside) == 1
    assert who([0.9, 0.8, 0.0], on_left) == 1
    assert who([0.7, 0.8, 0.0], corner) == 0
    assert who([0.7, 0.8, 0.9], on_left) == 1
    assert who([0.7, 0.8, 0.9], on_left, corner) is None


def test_opacity_of_another_model_is_remembered_as_logits() -> None:
    """Where it is a half they are 0; what is added to the photograph is background."""
    model = Staged([LEFT], [0.9], LEFT).predictor()
    encoded = model.encode(photograph(60, 96))
    alpha = np.zeros((60, 96), np.float32)
    alpha[8:40, 20:60] = 1
    alpha[40:60, 60:90] = 0.5

    before = before_of(encoded, Matte(alpha))

    assert before is not None
    assert before.said is None
    whole = np.zeros((64, 96))
    whole[:60] = alpha
    share = whole.reshape(16, 4, 24, 4).mean(axis=(1, 3))
    assert_allclose(before.logits, 4 * (2 * share - 1), atol=1e-5)
    assert before_of(encoded, None) is None
