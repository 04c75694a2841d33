"""Photographs of any size through stand-in networks."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from penumbra.core.budget import Budget
from penumbra.core.errors import ConvergenceError, InputError
from penumbra.core.hints import Click, Hints
from penumbra.core.matte import Matte
from penumbra.core.predictor import Refiner
from penumbra.systems.clicks.options import Options
from tests.click_graphs import (
    Alpha,
    Planes,
    encoded_and_answer,
    picture,
    predictor,
)


@pytest.mark.parametrize("size", [(64, 96), (33, 70), (20, 31), (700, 1100), (1, 1)])
def test_answers_have_the_size_of_the_photograph(size: tuple[int, int]) -> None:
    """Whatever is padded or shrunk in between."""
    model = predictor()
    encoded, matte = encoded_and_answer(model, picture(*size))

    assert matte.alpha.shape == size
    assert_allclose(matte.alpha, 0.5, atol=1e-6)
    assert model.doubt(encoded, matte).uncertainty is not None
    refined = model.refine(encoded, matte, Budget(3))
    assert refined.alpha.shape == size


def test_the_photograph_is_looked_at_once() -> None:
    """However many clicks; the uncertainty only where somebody asks."""
    model = predictor()
    encoded = model.encode(picture(64, 64))
    mattes = [model.decode(encoded, Hints(clicks=(Click(x, 9),))) for x in range(5, 10)]
    graphs: Any = model.graphs

    assert [len(graphs[name].seen) for name in ("look", "alpha", "uncertainty")] == [1, 5, 0]
    model.doubt(encoded, mattes[0])
    assert len(graphs["uncertainty"].seen) == 1


def test_a_click_lies_where_it_was_made() -> None:
    """Also on a photograph that is seen smaller: its disc is round the clicked pixel there."""
    model = predictor(Options(work_long_side=64, click_radius=4))
    graphs: Any = model.graphs
    encoded_and_answer(model, picture(128, 256), Click(128, 40), Click(220, 100, False))

    hints = graphs["alpha"].seen[0]["hints"][0, 0]

    on, off = np.argwhere(hints == 1), np.argwhere(hints == -1)
    assert hints.shape == (32, 64)
    assert_array_equal(on.mean(axis=0), [10, 32])
    assert_array_equal(off.mean(axis=0), [25, 55])


def test_nothing_is_said_of_what_is_added() -> None:
    """A disc ends at the border of the picture."""
    model = predictor()
    graphs: Any = model.graphs
    encoded_and_answer(model, picture(40, 40), Click(39, 39))

    hints = graphs["alpha"].seen[0]["hints"][0, 0]

    assert hints.shape == (64, 64)
    assert hints[:40, :40].any()
    assert not hints[40:].any()
    assert not hints[:, 40:].any()


def test_without_clicks_there_is_an_answer() -> None:
    """And none are told where they are switched off."""
    _, plain = encoded_and_answer(predictor(), picture(64, 64))
    _, untold = encoded_and_answer(
        predictor(Options(hints_test=False)), picture(64, 64), Click(9, 9)
    )

    assert_array_equal(plain.alpha, untold.alpha)
    assert plain.notes == ()


def test_a_small_photograph_is_enlarged_where_it_is_asked_for() -> None:
    """As the paper measures: a longer side of 800 pixels whatever it was."""
    model = predictor(Options(work_long_side=128, is_enlarged=True))
    graphs: Any = model.graphs
    _, matte = encoded_and_answer(model, picture(32, 64), Click(60, 20))

    assert graphs["look"].seen[0]["image"].shape == (1, 3, 64, 128)
    assert np.argwhere(graphs["alpha"].seen[0]["hints"][0, 0] > 0).mean(axis=0)[0] > 32
    assert matte.alpha.shape == (32, 64)


def test_what_an_earlier_matte_says_is_told_where_it_is_learned() -> None:
    """By networks that take it; in the first round there is none."""

    class Remembers(Alpha):
        inputs = ("image", "hints", "previous", "look8")

        def run(self, **arrays: Planes) -> dict[str, Planes]:
            previous = arrays.pop("previous")
            return {**super().run(**arrays), "alpha": 0.9 * previous + 0.1}

    model = predictor()
    model = replace(model, graphs={**model.graphs, "alpha": Remembers()})
    encoded = model.encode(picture(64, 64))

    first = model.decode(encoded, Hints())
    second = model.decode(encoded, Hints(), first)

    assert_allclose(first.alpha, 0.1, atol=1e-6)
    assert_allclose(second.alpha, 0.19, atol=1e-6)


def test_clicks_on_top_of_each_other_are_worth_a_note() -> None:
    """The last one wins; and what leaves nothing says so."""
    _, matte = encoded_and_answer(predictor(), picture(64, 64), Click(9, 9), Click(11, 9, False))
    _, nothing = encoded_and_answer(predictor(), 0 * picture(64, 64), Click(9, 9, False))

    assert matte.notes == (
        "clicks on and off the object lie on top of each other: the last one wins",
    )
    assert matte.flags == ("opposite_clicks",)
    assert nothing.notes == ("nothing left: no pixel has an opacity of 2 % or more",)
    assert nothing.flags == ("empty",)


def test_an_answer_that_is_not_finite_is_refused() -> None:
    """Rather than written."""
    image = picture(64, 64)
    image[5, 5, 0] = np.nan

    with pytest.raises(ConvergenceError, match="alpha of the network must be finite"):
        encoded_and_answer(predictor(), image)


def test_a_matte_of_another_model_cannot_be_doubted() -> None:
    """What its uncertainty would be made of is not in it."""
    model = predictor()
    encoded = model.encode(picture(64, 64))

    with pytest.raises(InputError, match="matte must be one that this model answered"):
        model.doubt(encoded, Matte(np.zeros((64, 64), np.float32)))


def test_it_is_a_refiner() -> None:
    """What a session asks for."""
    assert isinstance(predictor(), Refiner)


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"refine": "all"}, "refine must be one of"),
        ({"doubt": "none"}, "doubt must be one of"),
        ({"outline": 0}, "outline must be above 0"),
        ({"work_long_side": 8}, "work_long_side must be at least 32"),
        ({"feather": 40}, r"feather must be in \[0, 32\]"),
        ({"halo": -1}, "halo must be at least 0"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any], rule: str) -> None:
    """By name, with what was expected."""
    with pytest.raises(InputError, match=rule):
        Options(**options)
