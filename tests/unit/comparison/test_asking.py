"""How pictures are put to entrants."""

import numpy as np
import pytest

from penumbra.comparison.asking import ask, box_of
from penumbra.comparison.effort import seconds_of_clicks
from penumbra.comparison.entrants import Auto
from penumbra.comparison.scenes import Scene
from penumbra.core.card import ModelCard, Wanted
from penumbra.core.errors import HintError
from penumbra.core.hints import Box, Hints
from penumbra.systems import registry
from tests.held_sets import red_on_blue, square
from tests.hint_painter import HintPainter
from tests.red_reader import RedReader
from tests.square_clicker import SquareClicker
from tests.trimap_reader import TrimapReader


def scene() -> Scene:
    alpha = square()
    trimap = alpha.copy()
    trimap[6:10] = 0.5
    return Scene(red_on_blue(alpha), alpha, trimap)


def test_a_model_without_hints_is_timed() -> None:
    answer = ask(RedReader(), scene(), "none", 3)

    assert answer.alpha.tolist() == square().tolist()
    assert answer.seconds is not None
    assert answer.seconds > 0
    assert (answer.clicks, answer.effort, answer.each, answer.curve) == (0, 0.0, None, {})


def test_a_trimap_is_given_and_costs_an_effort() -> None:
    reader = TrimapReader()

    answer = ask(reader, scene(), "trimap", 3)

    assert len(reader.asked) == 1
    assert answer.effort > 2 * 1.35


def test_the_true_box_is_given() -> None:
    assert box_of(square()) == Box(4, 8, 14, 18)
    with pytest.raises(HintError, match="without any opaque pixel"):
        box_of(0.5 * square())

    assert ask(HintPainter(), scene(), "box", 3).effort == pytest.approx(3.75)


def test_what_a_model_cannot_use_is_an_error() -> None:
    with pytest.raises(HintError, match="cannot use a box"):
        ask(RedReader(), scene(), "box", 3)


def test_a_robot_clicks_until_nothing_is_left_to_correct() -> None:
    """One click paints 11 x 11 pixels; the 21 too many then cost a click or more."""
    answer = ask(SquareClicker(), scene(), "clicks", 6)

    curve = answer.curve["clicks"]
    assert len(curve) == len(answer.curve["iou"]) == 7
    assert curve[:2] == [0.1, pytest.approx(0.021)]
    assert answer.curve["iou"][0] == 0
    assert answer.effort == seconds_of_clicks(answer.clicks)
    assert answer.each is not None
    assert answer.uncertainty is not None
    assert answer.uncertainty.max() == 0  # there is no green


def test_who_needs_a_hint_has_shown_nothing_before_the_first_click() -> None:
    card = ModelCard("needy", "", "none", frozenset({"click"}), is_hint_needed=True)

    answer = ask(SquareClicker(card), scene(), "clicks", 1)

    assert answer.clicks == 1
    assert answer.curve["clicks"] == [0.1, pytest.approx(0.021)]


def test_auto_asks_whom_the_hints_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a word one model, from the first click on another, each loaded once."""
    loaded = list[str]()

    def load(name: str, licence: Wanted = "any") -> RedReader | SquareClicker:
        loaded.append(name)
        return SquareClicker() if name == "clicks" else RedReader()

    monkeypatch.setattr(registry, "load_predictor", load)
    auto = Auto()
    encoded = auto.encode(red_on_blue(square()) / np.float32(2))

    nothing_said = auto.decode(encoded, Hints())
    answer = ask(auto, scene(), "clicks", 2)

    assert np.unique(nothing_said.alpha).tolist() == [0, 0.5]
    assert answer.clicks == 0  # reds are right at once
    assert loaded == [registry.choose(Hints())]
