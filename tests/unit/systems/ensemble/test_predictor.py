"""The median of three models."""

from dataclasses import dataclass

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.card import ModelCard
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.systems.ensemble.card import ENSEMBLE
from penumbra.systems.ensemble.predictor import EnsemblePredictor
from penumbra.systems.ensemble.votes import stray_of

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
    predictor = EnsemblePredictor(ENSEMBLE, voters)
    return predictor.decode(predictor.encode(IMAGE), Hints())


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


def test_where_all_differ_nobody_is_left_out() -> None:
    one, two, three = columns(0, 2), columns(3, 5), columns(6, 8)
    assert stray_of({"aim": one, "safe": two, "segment": three}) is None
    matte = asked(one, two, three, arbiter=columns(0, 0))
    assert not matte.alpha.any()
    assert matte.notes == ("no object found",)


def test_where_no_two_agree_the_one_counts_twice_that_the_arbiter_is_like() -> None:
    """By half at least; it is outvoted where both are alone."""
    one, two, three = columns(0, 4), columns(4, 8, 0.8), columns(2, 5)

    assert_array_equal(asked(one, two, three, arbiter=columns(0, 3)).alpha, columns(0, 4))
    assert_array_equal(asked(one, two, three, arbiter=columns(5, 8, 0.9)).alpha, columns(4, 8, 0.8))
    assert_array_equal(
        asked(one, two, three, arbiter=columns(7, 8)).alpha,
        asked(one, two, three, None, one * 0).alpha,
    )


def test_blanks_are_not_alike() -> None:
    """An arbiter that shows nothing, or grey alone, decides nothing."""
    nothing, one, two = columns(0, 0), columns(0, 8), columns(0, 5)
    for arbiter in (nothing, columns(0, 8, 0.45)):
        assert_array_equal(asked(one, nothing, two, arbiter=arbiter).alpha, two)


def test_where_the_best_sees_nothing_the_others_must_agree() -> None:
    """By 0.4: of a landscape one takes the sky and one a rock; of a toy both take the toy."""
    nothing = columns(0, 0)
    matte = asked(nothing, columns(0, 4), columns(3, 8))
    assert not matte.alpha.any()
    assert not asked(nothing, nothing, columns(3, 8)).alpha.any()
    assert not asked(nothing, columns(0, 3), columns(0, 8)).alpha.any()
    toy = asked(nothing, columns(0, 3), columns(0, 7), arbiter=columns(0, 7))
    assert_array_equal(toy.alpha, columns(0, 7))


def test_where_nobody_sees_anything_nobody_else_is_asked() -> None:
    matte = asked(columns(0, 0), columns(0, 0), columns(0, 8, 0.3))
    assert not matte.alpha.any()
    assert matte.notes == ("no object found",)


def test_in_the_place_of_a_best_that_sees_nothing_the_arbiter_counts() -> None:
    """Who sees a little more than the smaller of the others, and less than the larger."""
    matte = asked(columns(0, 0), columns(0, 7), columns(0, 4), arbiter=columns(0, 5))
    assert_array_equal(matte.alpha, columns(0, 5))
    assert matte.notes == ("aim saw nothing, and was left out",)


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
