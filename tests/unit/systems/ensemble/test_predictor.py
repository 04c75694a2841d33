"""The median of three models."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.card import ModelCard
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.systems.ensemble import predictor
from penumbra.systems.ensemble.card import ENSEMBLE
from penumbra.systems.ensemble.predictor import SALIENT, EnsemblePredictor
from penumbra.systems.ensemble.votes import balanced, stray_of

IMAGE = np.zeros((8, 8, 3), np.float32)


@dataclass(frozen=True, eq=False)
class Told:
    """A model that answers what it was told to."""

    answer: Matte
    card: ModelCard = ENSEMBLE

    def encode(self, image: RGB) -> Matte:
        """Return the answer."""
        return self.answer

    def decode(self, encoded: Matte, hints: Hints, previous: Matte | None = None) -> Matte:
        """Return the answer."""
        return encoded


def asked(
    aim: Alpha,
    safe: Alpha,
    segment: Alpha,
    doubt: float | None = None,
    arbiter: Alpha | None = None,
) -> Matte:
    """Return what the ensemble makes of three answers; without an arbiter it must not be asked."""
    unsure = None if doubt is None else np.full((8, 8), doubt, np.float32)
    alphas = {"aim": aim, "safe": safe, "segment": segment}
    if arbiter is not None:
        alphas["clicks"] = arbiter
    voters = {name: Told(Matte(alpha, uncertainty=unsure)) for name, alpha in alphas.items()}
    model = EnsemblePredictor(ENSEMBLE, voters)
    return model.decode(model.encode(IMAGE), Hints())


def columns(first: int, last: int, opacity: float = 1.0) -> Alpha:
    """Return a bar of some columns, (8, 8)."""
    alpha = np.zeros((8, 8), np.float32)
    alpha[:, first:last] = opacity
    return alpha


def test_an_error_of_one_model_is_outvoted() -> None:
    """Whoever it is, and whether it takes too much or too little."""
    right = columns(2, 6)
    for wrong in (columns(2, 8), columns(2, 5), columns(2, 6, 0.4)):
        assert_array_equal(asked(wrong, right, right).alpha, right)
        assert_array_equal(asked(right, wrong, right).alpha, right)
        assert_array_equal(asked(right, right, wrong).alpha, right)


def test_between_three_opacities_the_middle_one_counts() -> None:
    matte = asked(columns(2, 6, 0.9), columns(2, 6, 0.6), columns(2, 6, 0.7))
    assert_array_equal(matte.alpha, columns(2, 6, 0.7))
    assert matte.trimap is not None
    assert_array_equal(matte.trimap, columns(2, 6, 0.5))


def test_who_sees_something_else_is_left_out() -> None:
    """Of two people one model finds one: the median would be the smaller of the other two."""
    aim, safe, segment = columns(0, 6), columns(0, 5), columns(7, 8)
    matte = asked(aim, safe, segment)
    assert stray_of({"aim": aim, "safe": safe, "segment": segment}) == "segment"
    assert_array_equal(matte.alpha, aim)
    assert "segment saw something else" in matte.notes[0]

    matte = asked(segment, aim, safe)
    assert_array_equal(matte.alpha, (aim + safe) / 2)
    assert "aim saw something else" in matte.notes[0]


@pytest.fixture
def _colourless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours leave everything as it is."""
    monkeypatch.setattr(predictor, "settle", lambda image, alpha, clicks: alpha)


@pytest.mark.usefixtures("_colourless")
def test_where_all_differ_nobody_is_left_out() -> None:
    one, two, three = columns(0, 2), columns(3, 5), columns(6, 8)
    assert stray_of({"aim": one, "safe": two, "segment": three}) is None
    matte = asked(one, two, three, arbiter=columns(0, 0))
    assert_allclose(matte.alpha, (one + two + three) / 3)


@pytest.mark.usefixtures("_colourless")
def test_where_no_two_agree_the_one_counts_twice_that_the_arbiter_is_like() -> None:
    """By half at least; it does not count where it is like none."""
    one, two, three = columns(0, 4), columns(4, 8, 0.8), columns(2, 5)

    for arbiter, nearest in ((columns(0, 3), one), (columns(5, 8, 0.9), two)):
        expected = (one + two + three + nearest + arbiter) / 5
        assert_allclose(asked(one, two, three, arbiter=arbiter).alpha, expected, atol=1e-6)
    for arbiter in (columns(7, 8), columns(0, 0), columns(0, 8, 0.45)):
        expected = (one + two + three) / 3
        assert_allclose(asked(one, two, three, arbiter=arbiter).alpha, expected, atol=1e-6)


def test_blanks_are_not_alike() -> None:
    """An arbiter that shows nothing, or grey alone, is not like one that shows nothing."""
    nothing, one, two = columns(0, 0), columns(0, 8), columns(0, 5)
    alphas = {"aim": one, "safe": nothing, "segment": two}
    for arbiter in (nothing, columns(0, 8, 0.45)):
        assert_allclose(balanced(alphas, arbiter)[0], (one + two) / 3, atol=1e-6)


@pytest.mark.usefixtures("_colourless")
def test_where_the_best_sees_nothing_the_others_must_agree() -> None:
    """By 0.4: of a landscape one takes the sky and one a rock; of a toy both take the toy."""
    nothing = columns(0, 0)
    matte = asked(nothing, columns(0, 4), columns(3, 8))
    assert not matte.alpha.any()
    assert matte.notes == ("no object found",)
    assert not asked(nothing, nothing, columns(3, 8)).alpha.any()
    assert not asked(nothing, columns(0, 3), columns(0, 8)).alpha.any()
    toy = asked(nothing, columns(0, 3), columns(0, 7), arbiter=columns(0, 7))
    assert_array_equal(toy.alpha > 0.5, columns(0, 7) > 0)


def test_where_nobody_sees_anything_nobody_else_is_asked() -> None:
    matte = asked(columns(0, 0), columns(0, 0), columns(0, 8, 0.3))
    assert not matte.alpha.any()
    assert matte.notes == ("no object found",)


@pytest.mark.usefixtures("_colourless")
def test_in_the_place_of_a_best_that_sees_nothing_the_arbiter_counts() -> None:
    """It alone decides where the others differ."""
    large, small, arbiter = columns(0, 7), columns(0, 4), columns(0, 5)
    matte = asked(columns(0, 0), large, small, arbiter=arbiter)
    assert_allclose(matte.alpha, (large + small + arbiter) / 3, atol=1e-6)
    assert matte.notes == ("aim saw nothing, and was left out",)


def test_colours_settle_what_the_undecided_leave_open() -> None:
    """Three that see a third of a red square each, before grey, see all of it together."""
    image = np.full((60, 90, 3), 0.5, np.float32)
    image[15:45, 30:60] = 0.9, 0.1, 0.1
    image += np.random.default_rng(1).normal(0, 0.01, image.shape).astype(np.float32)
    whole = np.zeros((60, 90), np.float32)
    whole[15:45, 30:60] = 1
    answers = {}
    for first, name in enumerate(SALIENT):
        alpha = whole.copy()
        alpha[:, : 30 + 5 * first] = alpha[:, 48 + 5 * first :] = 0
        answers[name] = Told(Matte(alpha))
    answers["clicks"] = Told(Matte(0 * whole))
    model = EnsemblePredictor(ENSEMBLE, answers)

    matte = model.decode(model.encode(image), Hints())

    assert np.abs(matte.alpha - whole).mean() < 0.03


def test_doubt_is_half_theirs_and_half_what_they_differ_by() -> None:
    """Two of them 0.5 apart from the answer in one column are a third of 0.5 in the mean."""
    matte = asked(columns(2, 6), columns(2, 6), columns(2, 7, 0.5), doubt=0.1)
    assert matte.uncertainty is not None
    apart = np.zeros((8, 8), np.float32)
    apart[:, 2:7] = 0.5 / 3
    assert_allclose(matte.uncertainty, (0.1 + apart) / 2, atol=1e-6)


def test_models_that_say_nothing_of_doubt_are_doubted_where_they_differ() -> None:
    silent = asked(columns(2, 6), columns(2, 6), columns(2, 6))
    assert silent.uncertainty is not None
    assert not silent.uncertainty.any()
