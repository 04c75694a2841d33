"""A network and two solvers on one trimap."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.arrays import Alpha, Trimap
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.systems.ensemble.card import TRIMAP_ENSEMBLE
from penumbra.systems.ensemble.trimaps import TrimapEnsemblePredictor, share_of_all
from tests.unit.systems.ensemble.test_predictor import Told

SIDE = 120


def band(width: int) -> Trimap:
    """Return a trimap: background, a band of unknown columns, object."""
    trimap = np.zeros((SIDE, SIDE), np.float32)
    trimap[:, 20 : 20 + width] = 0.5
    trimap[:, 20 + width :] = 1
    return trimap


def plane(value: float) -> Alpha:
    """Return the same everywhere."""
    return np.full((SIDE, SIDE), value, np.float32)


def asked(trimap: Trimap) -> Matte:
    """Return what is made of three constant answers, that of the network decided."""
    voters = {
        "dim": Told(Matte(plane(1), trimap, uncertainty=plane(0.2))),
        "closed-form": Told(Matte(plane(0.6))),
        "shared": Told(Matte(plane(0.9))),
    }
    model = TrimapEnsemblePredictor(TRIMAP_ENSEMBLE, voters)
    image = np.zeros((SIDE, SIDE, 3), np.float32)
    return model.decode(model.encode(image), Hints(trimap=trimap))


def test_in_a_narrow_band_the_middle_answer_counts() -> None:
    matte = asked(band(20))

    assert_allclose(matte.alpha, 0.9, atol=1e-6)
    assert matte.uncertainty is not None
    assert_allclose(matte.uncertainty, (0.2 + 0.4 / 3) / 2, atol=1e-6)
    assert matte.trimap is not None
    assert_array_equal(matte.trimap, band(20))


def test_in_a_wide_band_the_network_answers_alone() -> None:
    """Between both there is no jump."""
    assert_array_equal(asked(band(64)).alpha, plane(1))
    share = share_of_all(band(50), plane(1))
    assert_allclose(asked(band(50)).alpha, 1 - 0.1 * share, atol=1e-6)


@pytest.mark.parametrize(("width", "share"), [(8, 1), (36, 1), (50, 0.517), (60, 0), (70, 0)])
def test_the_share_falls_with_the_mean_distance_to_what_is_known(width: int, share: float) -> None:
    """A band of w columns is about (w + 2) / 4 pixels from what is known on average."""
    assert share_of_all(band(width), plane(1)) == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize(("partly", "share"), [(0.1, 0), (0.225, 0.5), (0.3, 1), (1, 1)])
def test_a_wide_band_that_is_full_of_hair_is_tight(partly: float, share: float) -> None:
    """What is within 0.05 of 0 or 1 counts as decided."""
    alpha = plane(0.96)
    alpha[: round(SIDE * partly)] = 0.5

    assert share_of_all(band(64), alpha) == pytest.approx(share, abs=0.1)


def test_where_hardly_any_object_is_known_the_network_answers_alone() -> None:
    """A net or smoke has nothing that solvers could go by."""
    trimap = band(20)
    trimap[:, 55:] = 0  # 20 columns are unknown, 15 known
    assert share_of_all(trimap, plane(1)) == 0
    assert share_of_all(trimap, plane(0.5)) == 1

    trimap[:, 48:] = 0
    assert share_of_all(trimap, plane(0.5)) == 0


def test_a_trimap_without_unknown_pixels_asks_nobody_else() -> None:
    assert share_of_all(np.ones((4, 4), np.float32), np.ones((4, 4), np.float32)) == 0
