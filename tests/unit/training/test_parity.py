"""Comparing two graphs: what counts, what is forgiven, and what is not."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from penumbra.runtime.graph import Planes
from penumbra.training.parity import BATCHES, SIZES, Parity, Taken, compare

Change = Callable[[Planes], Planes]


@dataclass
class Grey:
    """The mean of an image over its channels, and then what a test does to it."""

    change: Change = np.copy
    multiple: int = 1
    inputs: tuple[str, ...] = ("image",)
    outputs: tuple[str, ...] = ("grey",)

    def run(self, **arrays: Planes) -> dict[str, Planes]:
        """Refuse what no export can take."""
        image = arrays["image"]
        assert image.dtype == np.float32
        assert image.shape[2] % self.multiple == 0
        assert image.shape[3] % self.multiple == 0
        assert image.min() >= 0
        assert image.max() <= 1
        assert image.std() > 0.1
        return {"grey": self.change(image.mean(axis=1, keepdims=True))}


def rows_of(change: Change, reference: Change = np.copy, multiple: int = 1) -> list[Parity]:
    graphs = Grey(change, multiple), Grey(reference, multiple)
    return compare(*graphs, taken=[Taken(3)], multiple=multiple, tolerance=2e-3)


def wrong_at(every: int, by: float) -> Change:
    """Add an error to one of so many pixels of the whole batch."""

    def change(grey: Planes) -> Planes:
        changed = grey.copy()
        changed.ravel()[::every] += np.float32(by)
        return changed

    return change


def test_every_size_and_batch_is_compared_and_equals_agree() -> None:
    """The odd 33x65 among them, alone and in threes."""
    rows = rows_of(np.copy)

    assert [(row.height, row.width, row.batch) for row in rows] == [
        (*size, batch) for size in SIZES for batch in BATCHES
    ]
    assert (33, 65) in SIZES
    assert all(row == Parity("grey", *row_size(row), 0.0, 1.0) for row in rows)
    assert all(row.is_met for row in rows)


def row_size(row: Parity) -> tuple[int, int, int]:
    return row.height, row.width, row.batch


@pytest.mark.parametrize(("every", "is_met"), [(100, False), (2000, True)])
def test_one_pixel_in_a_thousand_is_forgiven_and_reported(every: int, is_met: bool) -> None:
    """Ties of un-pooling can fall either way; a hundredth of the pixels is no tie."""
    rows = rows_of(wrong_at(every, by=0.5))

    assert {row.is_met for row in rows} == {is_met}
    assert all(row.largest == pytest.approx(0.5, abs=1e-6) for row in rows)
    assert all(row.share == pytest.approx(1 - 1 / every, abs=5e-4) for row in rows)


@pytest.mark.parametrize(("by", "is_met"), [(1e-3, True), (3e-3, False)])
def test_the_tolerance_is_that_of_an_alpha(by: float, is_met: bool) -> None:
    """Everywhere off by as much as 8 bits can show, or by less."""
    assert {row.is_met for row in rows_of(wrong_at(1, by))} == {is_met}


def test_large_values_may_be_off_in_proportion() -> None:
    """Logits and features are not alphas; 0.1 of 100 is a thousandth."""
    rows = rows_of(lambda grey: 100 + wrong_at(1, 0.1)(grey), reference=lambda grey: 100 + grey)

    assert all(row.is_met for row in rows)


def test_what_is_not_a_number_does_not_agree() -> None:
    """A comparison with NaN is false, and must not pass for a small difference."""
    assert not any(row.is_met for row in rows_of(lambda grey: grey * np.float32(np.nan)))


def test_another_shape_does_not_agree() -> None:
    """Not even where it could be broadcast."""
    rows = rows_of(lambda grey: grey[:, :, :1])

    assert not any(row.is_met for row in rows)
    assert {row.largest for row in rows} == {float("inf")}


def test_padding_is_given_but_not_counted() -> None:
    """The caller cuts it off."""

    def harmed(grey: Planes) -> Planes:
        changed = grey.copy()
        changed[:, :, :, 65:] = 9
        return changed

    rows = rows_of(harmed, multiple=32)

    assert {row.is_met for row in rows if row.width in (65, 33, 41)} == {True}
    assert {row.is_met for row in rows if row.width in (129, 95)} == {False}


def test_outputs_of_another_size_are_compared_whole() -> None:
    """Features at half the size have no padding that could be cut off."""
    rows = rows_of(lambda grey: wrong_at(1, 1.0)(grey[:, :, ::2, ::2]), lambda g: g[:, :, ::2, ::2])

    assert {row.share for row in rows} == {0.0}


def test_tokens_are_drawn_as_they_are_said_to_be() -> None:
    """As many for every picture, and noise over the whole range."""
    given: list[Planes] = []

    @dataclass
    class Tokens(Grey):
        inputs: tuple[str, ...] = ("image", "tokens")

        def run(self, **arrays: Planes) -> dict[str, Planes]:
            given.append(arrays.pop("tokens"))
            return super().run(**arrays)

    taken = [Taken(3), Taken(4, size=(1, 50), values=(-3.0, 5.0))]
    rows = compare(Tokens(), Tokens(), taken, multiple=1, tolerance=2e-3, batches=(2,))

    assert {row.batch for row in rows} == {2}
    assert {it.shape for it in given} == {(2, 4, 1, 50)}
    assert all(-3 <= it.min() < -2.5 and 4.5 < it.max() <= 5 for it in given)
    assert all(it.dtype == np.float32 for it in given)
