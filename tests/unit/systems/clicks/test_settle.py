"""Colours settle what the network leaves open."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.budget import Budget
from penumbra.core.hints import Click, Hints
from penumbra.core.matte import Matte
from penumbra.systems.clicks import predictor as room
from penumbra.systems.clicks.options import SHIPPED
from penumbra.systems.clicks.settle import Settler, settle
from tests.click_graphs import predictor
from tests.scenes import photograph, soft_disk

SIZE = 96
CLICKS = tuple(Click(8 + 9 * at, 40, is_foreground=at % 2 == 0) for at in range(5))


@pytest.fixture
def disk() -> tuple[RGB, Alpha]:
    """A warm disk before something cold, and its alpha."""
    alpha = soft_disk(SIZE, 28, 2)
    return photograph(alpha).image, alpha


def unsure(alpha: Alpha) -> Alpha:
    """As a network that is sure in the middle and in the corners, and misses the left of it."""
    rows, cols = np.mgrid[:SIZE, :SIZE] - SIZE / 2
    away = np.hypot(rows, cols)
    inside = np.where(away < 12, 1, np.where(cols < -16, 0.4, 0.7))
    seen: Alpha = np.where(alpha > 0.5, inside, np.where(away > 44, 0, 0.3)).astype(np.float32)
    return seen


def test_greys_go_to_the_side_of_their_colours(disk: tuple[RGB, Alpha]) -> None:
    """Most of what was unsure becomes right, and nothing leaves [0, 1]."""
    image, alpha = disk
    seen = unsure(alpha)

    settled = settle(image, seen, ())

    assert np.abs(settled - alpha).mean() < 0.2 * np.abs(seen - alpha).mean()
    assert settled.min() >= 0
    assert settled.max() <= 1
    assert settled.dtype == np.float32


def test_large_pictures_are_settled_as_small_ones(disk: tuple[RGB, Alpha]) -> None:
    """What is cut is small, what comes back has the picture's size."""
    image, alpha = (np.kron(each, np.ones((6, 6) + (1,) * (each.ndim - 2))) for each in disk)
    seen = np.kron(unsure(disk[1]), np.ones((6, 6)))

    settled = settle(image.astype(np.float32), seen.astype(np.float32), ())

    assert settled.shape == (6 * SIZE, 6 * SIZE)
    assert np.abs(settled - alpha).mean() < 0.2 * np.abs(seen - alpha).mean()


def test_a_heeded_click_holds_against_colours(disk: tuple[RGB, Alpha]) -> None:
    """What the network took away around it is not filled again; the rest of the disk stays."""
    image, alpha = disk
    click = Click(SIZE / 2 + 14.5, SIZE / 2 + 0.5, is_foreground=False)
    rows, cols = np.mgrid[:SIZE, :SIZE] + 0.5
    is_near = np.hypot(rows - click.y, cols - click.x) < 8
    seen = np.where(is_near, 0.1, np.where(alpha > 0.5, 0.8, 0)).astype(np.float32)

    settled = settle(image, seen, (click,))

    assert settled[click.pixel] < 0.5
    assert settled[SIZE // 2, SIZE // 2 - 18] > 0.9


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
def test_one_side_alone_stays_as_it_was(disk: tuple[RGB, Alpha], value: float) -> None:
    """There is nothing to learn colours from."""
    seen = np.full((SIZE, SIZE), value, np.float32)

    assert_array_equal(settle(disk[0], seen, ()), seen)


def test_what_colours_cannot_tell_stays_half_open() -> None:
    """The same colour everywhere: alpha keeps what the network said, on its side."""
    grey = np.full((SIZE, SIZE, 3), 0.5, np.float32)
    seen = np.full((SIZE, SIZE), 0.6, np.float32)
    seen[:, : SIZE // 3], seen[:, -SIZE // 3 :] = 1, 0

    middle = settle(grey, seen, ())[20:-20, 44:52]

    assert 0.2 < middle.mean() < 0.95


def test_what_was_settled_before_counts(disk: tuple[RGB, Alpha]) -> None:
    """A network that forgets the disk is held to it."""
    image, alpha = disk
    forgotten = np.where(alpha > 0.5, np.float32(0.2), np.float32(0.02))
    forgotten[:4, :4] = 1

    alone = settle(image, forgotten, ())
    held = settle(image, forgotten, (), alpha)

    assert alone[alpha > 0.9].mean() < 0.5
    assert held[alpha > 0.9].mean() > alone[alpha > 0.9].mean() + 0.2


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, bool]]:
    """How many clicks were settled, and whether with what was settled before."""
    calls: list[tuple[int, bool]] = []

    settled = Settler.settled

    def counted(
        settler: Settler, alpha: Alpha, clicks: tuple[Click, ...], before: Alpha | None = None
    ) -> NDArray[np.float32]:
        calls.append((len(clicks), before is not None))
        return settled(settler, alpha, clicks, before)

    monkeypatch.setattr(Settler, "settled", counted)
    return calls


def test_clicks_at_once_are_clicks_one_by_one(disk: tuple[RGB, Alpha]) -> None:
    """To the same bits, refined in between or not, whatever was on screen before."""
    model = predictor(SHIPPED)
    encoded = model.encode(disk[0])

    shown = model.decode(encoded, Hints())
    for count in range(1, len(CLICKS) + 1):
        shown = model.decode(encoded, Hints(clicks=CLICKS[:count]), shown)
        at_once = model.decode(encoded, Hints(clicks=CLICKS[:count]))
        undone = model.decode(encoded, Hints(clicks=CLICKS[:count]), model.decode(encoded, Hints()))
        assert_array_equal(shown.alpha, at_once.alpha)
        assert_array_equal(undone.alpha, at_once.alpha)
        if count == 3:
            refined = model.refine(encoded, shown, Budget(2))
            assert isinstance(refined, room.ClickedMatte)
            shown = refined


def test_a_further_click_asks_once(disk: tuple[RGB, Alpha], told: list[tuple[int, bool]]) -> None:
    """What was answered before is not asked again; other clicks than before are from the second."""
    model = predictor(SHIPPED)
    encoded = model.encode(disk[0])
    shown = model.decode(encoded, Hints(clicks=CLICKS[:4]))
    assert told == [(2, False), (3, True), (4, True)]

    told.clear()
    model.decode(encoded, Hints(clicks=CLICKS), shown)
    assert told == [(5, True)]

    told.clear()
    model.decode(encoded, Hints(clicks=(*CLICKS[:2], CLICKS[4])), shown)
    assert told == [(2, False), (3, True)]


def test_all_clicks_correct_what_another_model_showed(
    disk: tuple[RGB, Alpha], told: list[tuple[int, bool]]
) -> None:
    """From the first on; at once, one by one, and after some were undone, to the same bits."""
    model = predictor(SHIPPED)
    encoded = model.encode(disk[0])
    other = Matte(disk[1])
    at_once = model.decode(encoded, Hints(clicks=CLICKS[:3]), other)
    assert told == [(1, True), (2, True), (3, True)]

    shown: Matte = other
    for count in (1, 2, 3):
        shown = model.decode(encoded, Hints(clicks=CLICKS[:count]), shown)
    longer = model.decode(encoded, Hints(clicks=CLICKS), shown)
    undone = model.decode(encoded, Hints(clicks=CLICKS[:3]), longer)

    assert_array_equal(shown.alpha, at_once.alpha)
    assert_array_equal(undone.alpha, at_once.alpha)
    own = model.decode(encoded, Hints(clicks=CLICKS[:3]))
    assert np.abs(at_once.alpha - own.alpha).max() > 0.05


def test_what_shows_nothing_is_not_corrected(disk: tuple[RGB, Alpha]) -> None:
    model = predictor(SHIPPED)
    encoded, hints = model.encode(disk[0]), Hints(clicks=CLICKS[:3])

    matte = model.decode(encoded, hints, Matte(0 * disk[1]))

    assert_array_equal(matte.alpha, model.decode(encoded, hints).alpha)


def test_colours_can_be_left_out(disk: tuple[RGB, Alpha], told: list[tuple[int, bool]]) -> None:
    """As the paper has it: the network's own answer."""
    model = predictor(replace(SHIPPED, is_settled=False))
    encoded = model.encode(disk[0])

    matte = model.decode(encoded, Hints(clicks=CLICKS))

    assert told == []
    assert matte.settled is None
    assert set(np.unique(matte.alpha)) >= {0.0, 1.0}
