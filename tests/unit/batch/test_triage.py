"""Which results somebody should look at, and where."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays
from hypothesis.strategies import floats, integers, sampled_from

from penumbra.batch.signs import signs_of, spot_of
from penumbra.batch.triage import SCALES, UNCALIBRATED, Scale, judge
from penumbra.core.arrays import Alpha
from penumbra.core.matte import Matte
from penumbra.systems import registry
from tests.scenes import soft_disk

planes = arrays(np.float32, (9, 14), elements=floats(0, 1, width=32))


def a_matte(doubt: float = 0.0) -> Matte:
    """A soft disk whose model has the same doubt everywhere."""
    alpha = soft_disk()
    return Matte(alpha, uncertainty=np.full_like(alpha, doubt))


def test_signs_are_those_of_the_definition() -> None:
    """Numbers that can be checked by eye: one column of four is the object, one is half of it."""
    alpha = np.zeros((2, 4), np.float32)
    alpha[:, 1], alpha[:, 2] = 1, 0.5
    doubt = np.full((2, 4), 0.1, np.float32)

    signs = signs_of(Matte(alpha, uncertainty=doubt))

    assert (signs.softness, signs.area) == (0.125, 0.375)
    assert signs.doubt == pytest.approx(0.1)
    assert signs.border == pytest.approx(2 / 12)  # corners count for both of their sides
    assert signs.disagreement == pytest.approx((3 * 0.1 + 0.4) / 4)


def test_without_doubt_of_the_model_softness_stands_for_it() -> None:
    signs = signs_of(Matte(soft_disk()))

    assert signs.doubt == signs.softness > 0
    assert signs.disagreement == 0


def test_signs_do_not_depend_on_the_size_of_the_photograph() -> None:
    """The same matte in a file of nine times as many pixels."""
    alpha = soft_disk(400, 150, 30)
    large = np.kron(alpha, np.ones((3, 3), np.float32))

    small, great = signs_of(Matte(alpha)), signs_of(Matte(large))

    assert great.vector == pytest.approx(small.vector, abs=0.01)


@given(more=floats(0, 1), less=floats(0, 1))
def test_more_error_is_never_judged_better(more: float, less: float) -> None:
    """With a scale that counts doubt, risk and verdict grow with it."""
    scale = Scale((1.0, 0.0, 0.0, 0.0, 0.0), 0.0, 0.3)
    low, high = sorted((less, more))
    signs = signs_of(a_matte())

    risks = [scale.risk(replace(signs, doubt=doubt)) for doubt in (low, high)]

    assert risks[0] <= risks[1]
    assert risks[0] == pytest.approx(low, abs=2e-3)


@given(alpha=planes, doubt=planes, model=sampled_from(registry.NAMES))
def test_every_matte_is_judged(alpha: Alpha, doubt: Alpha, model: str) -> None:
    """The risk is an error, the spot lies in the picture, and the verdict is the limit's."""
    for matte in (Matte(alpha), Matte(alpha, uncertainty=doubt)):
        judgement = judge(model, matte)
        x, y = judgement.spot

        assert 0 <= judgement.risk <= 1
        assert 0 < x < 14
        assert 0 < y < 9
        if judgement.risk > SCALES.get(model, UNCALIBRATED).limit:
            assert judgement.verdict == "review"


def test_an_empty_matte_is_looked_at() -> None:
    """However sure the model is: somebody wanted an object."""
    nothing = np.zeros((8, 8), np.float32)

    assert judge("aim", Matte(nothing, uncertainty=nothing)).verdict == "review"


@pytest.mark.parametrize("model", sorted(SCALES))
def test_calibrated_models_tell_a_clear_matte_from_a_doubtful_one(model: str) -> None:
    """What the weights of each room must not get wrong, whatever they were fitted on."""
    alpha = soft_disk(128, 40, 2)
    clear = Matte(alpha, uncertainty=alpha * (1 - alpha))
    vague, doubt = np.zeros_like(alpha), np.zeros_like(alpha)
    vague[:64], doubt[64:] = 0.5, 0.4  # one half is undecided, and unsure is it of the other
    doubtful = Matte(vague, uncertainty=doubt)

    good, bad = judge(model, clear), judge(model, doubtful)

    assert good.verdict == "ok"
    assert bad.verdict == "review"
    assert good.risk < bad.risk


@given(row=integers(20, 380), col=integers(20, 580))
def test_the_spot_is_where_doubt_is(row: int, col: int) -> None:
    """In pixels of the photograph, however small the picture is on which it was found."""
    doubt = np.full((400, 600), 0.01, np.float32)
    doubt[row - 12 : row + 12, col - 12 : col + 12] = 0.5

    x, y = spot_of(Matte(np.zeros_like(doubt), uncertainty=doubt))

    assert abs(x - col) < 25
    assert abs(y - row) < 25


def test_without_any_doubt_the_spot_is_the_middle() -> None:
    assert spot_of(Matte(np.ones((10, 30), np.float32))) == (15, 5)
