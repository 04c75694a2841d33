"""A robot that clicks until a matte is good enough."""

from dataclasses import replace

import numpy as np
from numpy.testing import assert_array_equal

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.card import ModelCard
from penumbra.core.hints import Click, Hints
from penumbra.core.matte import Matte
from penumbra.evaluation.robot import coarse_of, play
from tests.hint_painter import MaskedMatte

IMAGE = np.zeros((40, 60, 3), np.float32)


def three_squares() -> Alpha:
    """Of 81, 64 and 49 pixels."""
    truth = np.zeros((40, 60), np.float32)
    truth[5:14, 5:14] = truth[5:13, 25:33] = truth[5:12, 45:52] = 1
    return truth


class Painter:
    """Shows a square of seven pixels a side around each click on the object."""

    def __init__(self, is_hint_needed: bool = False) -> None:
        self.card = ModelCard("painter", "", "", frozenset({"click"}))
        self.card = replace(self.card, is_hint_needed=is_hint_needed)
        self.encoded = 0
        self.previous: list[Matte | None] = []

    def encode(self, image: RGB) -> RGB:
        """Count."""
        self.encoded += 1
        return image

    def decode(self, encoded: RGB, hints: Hints, previous: Matte | None = None) -> Matte:
        """Paint, later clicks over earlier ones."""
        self.previous.append(previous)
        alpha = np.zeros(encoded.shape[:2], np.float32)
        for click in hints.clicks:
            row, col = click.pixel
            part = alpha[max(row - 3, 0) : row + 4, max(col - 3, 0) : col + 4]
            part[:] = click.is_foreground
        return Matte(alpha)


def test_the_worst_region_is_clicked_first() -> None:
    """Without a click, then one in each square by its size; the picture is encoded once."""
    painter = Painter()

    rounds = list(play(painter, IMAGE, three_squares(), most=3))

    assert [len(each.clicks) for each in rounds] == [0, 1, 2, 3]
    assert [click.pixel for click in rounds[-1].clicks] == [(9, 9), (8, 28), (8, 48)]
    assert all(click.is_foreground for click in rounds[-1].clicks)
    assert painter.encoded == 1
    assert painter.previous == [None, *(each.matte for each in rounds[:-1])]


def test_a_model_that_needs_a_hint_is_asked_with_one() -> None:
    """Its first click is made on an empty matte, the same for every model."""
    rounds = list(play(Painter(is_hint_needed=True), IMAGE, three_squares(), most=2))

    assert [len(each.clicks) for each in rounds] == [1, 2]
    assert rounds[0].clicks == (Click(9.5, 9.5),)


def test_it_stops_when_it_is_enough() -> None:
    """Or when nothing is left that is worth a click."""
    truth = three_squares()

    soon = list(play(Painter(), IMAGE, truth, enough=lambda matte: bool(matte.alpha[9, 9] == 1)))
    empty = list(play(Painter(), IMAGE, 0 * truth))

    assert len(soon) == 2
    assert len(empty) == 1
    assert_array_equal(empty[0].matte.alpha, 0 * truth)


def test_it_can_begin_with_a_click_whatever_the_model_could_say() -> None:
    """So that all models begin alike."""
    painter = Painter()

    rounds = list(play(painter, IMAGE, three_squares(), most=2, is_clicked_first=True))

    assert [len(each.clicks) for each in rounds] == [1, 2]
    assert rounds[0].clicks == (Click(9.5, 9.5),)
    assert painter.previous == [None, rounds[0].matte]


def test_what_is_corrected_can_be_something_else_than_alpha() -> None:
    """Here nothing is ever seen of the answer, so every click goes into the largest square."""
    rounds = play(Painter(), IMAGE, three_squares(), most=2, shows=lambda matte: 0 * matte.alpha)

    *_, last = rounds
    assert all(5 <= row < 14 and 5 <= col < 14 for row, col in (it.pixel for it in last.clicks))


def test_a_mask_goes_before_alpha() -> None:
    """Where there is none, it is what is more than half opaque."""
    alpha = np.array([[0.2, 0.5, 0.6]], np.float32)
    mask = np.array([[True, True, False]])

    assert_array_equal(coarse_of(Matte(alpha)), [[0, 0, 1]])
    assert_array_equal(coarse_of(MaskedMatte(alpha, mask=mask)), [[1, 1, 0]])
    assert coarse_of(MaskedMatte(alpha, mask=mask)).dtype == np.float32
