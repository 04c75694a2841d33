"""What clicks are for, with the weights that ship: the sheet `clicks`, section 9.6.

One picture for each; how well it goes on hundreds of photographs is in `docs/training.md`.
"""

import cv2
import numpy as np
import pytest

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.budget import Budget
from penumbra.core.composite import composite
from penumbra.core.hints import Click, Hints
from penumbra.data.procedural.backgrounds import draw_background
from penumbra.data.procedural.families import draw_foreground
from penumbra.evaluation.robot import play
from penumbra.metrics.alpha import sad
from penumbra.metrics.gradient import gradient_error_adobe
from penumbra.systems.clicks.predictor import ClicksPredictor
from penumbra.systems.clicks.system import load_networks
from tests.two_people import CORNERS, SIZE, two_people

ON_BOARD = (Click(150, 120), Click(150, 240))


@pytest.fixture(scope="module")
def model() -> ClicksPredictor:
    """The one that ships."""
    return load_networks()


def board() -> tuple[RGB, Alpha]:
    """A surf board on a beach, which no photograph of its training shows, and its alpha."""
    height, width = 360, 480
    y, x = np.mgrid[:height, :width].astype(np.float32)
    across = np.cos(0.15) * (x - 150) + np.sin(0.15) * (y - 180)
    along = np.cos(0.15) * (y - 180) - np.sin(0.15) * (x - 150)
    alpha = np.clip(38 * (1 - np.hypot(across / 38, along / 140)) + 0.5, 0, 1)
    colours = np.broadcast_to(np.array([0.95, 0.9, 0.75]), (height, width, 3)).copy()
    colours[np.abs(across) < 6] = (0.85, 0.15, 0.1)
    colours[np.abs(along) < 6] = (0.1, 0.25, 0.6)
    colours *= (0.75 + 0.25 * np.clip(0.5 - across / 76, 0, 1))[..., None]
    beach = np.linspace(0.55, 0.75, height)[:, None, None] * np.array([0.8, 0.9, 1.0])
    beach = np.broadcast_to(beach, (height, width, 3)).copy()
    beach[height * 2 // 3 :] = (0.76, 0.68, 0.5)
    grain = np.random.default_rng(0).normal(0, 0.15, (height, width, 3))
    beach = np.clip(beach + cv2.GaussianBlur(grain, (0, 0), 1.2), 0, 1)
    opacity: Alpha = alpha.astype(np.float32)
    return composite(colours.astype(np.float32), beach.astype(np.float32), opacity), opacity


def answer(model: ClicksPredictor, image: RGB, *clicks: Click) -> Alpha:
    """What it makes of a picture and clicks."""
    return model.decode(model.encode(image), Hints(clicks=clicks)).alpha


def test_two_clicks_keep_a_thing_that_it_has_never_seen(model: ClicksPredictor) -> None:
    """More of it than without, and hardly anything else any more; its flat parts stay unfound."""
    image, truth = board()

    before, after = answer(model, image), answer(model, image, *ON_BOARD)

    inside, outside = truth > 0.9, truth < 0.05
    assert after[inside].mean() > before[inside].mean() + 0.05
    assert after[inside].mean() > 0.5
    assert after[outside].mean() < min(before[outside].mean(), 0.005)


@pytest.mark.parametrize("gone", [0, 1])
def test_clicks_off_one_of_two_people_leave_the_other(model: ClicksPredictor, gone: int) -> None:
    """Without them both are there; with two on the one, hardly anything of that one is left."""
    image = (two_people() / 255).astype(np.float32)
    x, y = CORNERS[gone]
    clicks = [
        Click(x + SIZE[0] * at[0], y + SIZE[1] * at[1], False) for at in ((0.5, 0.6), (0.45, 0.25))
    ]
    halves = np.array_split(np.arange(image.shape[1]), 2)

    both, one = answer(model, image), answer(model, image, *clicks)

    kept = [float(one[:, half].sum() / both[:, half].sum()) for half in halves]
    assert kept[gone] < 0.25
    assert kept[1 - gone] > 0.65


@pytest.mark.parametrize("family", ["hair", "fur"])
def test_polish_sharpens_edges(model: ClicksPredictor, family: str) -> None:
    """Of a picture of more than twice the pixels that the networks see, along either side."""
    drawn = draw_foreground(family, 7, 900, 1200)
    behind = draw_background(np.random.default_rng(3), 900, 1200)
    image = composite(drawn.foreground, behind, drawn.alpha)
    *_, answered = play(model, image, drawn.alpha, 2)

    before = answered.matte
    after = model.refine(model.encode(image), before, Budget(1, "share"))

    for error in (sad, gradient_error_adobe):
        assert error(after.alpha, drawn.alpha) < 0.95 * error(before.alpha, drawn.alpha)
