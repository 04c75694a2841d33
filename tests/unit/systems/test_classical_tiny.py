"""The classical room on pictures of a few pixels."""

import numpy as np
import pytest

from penumbra.core.hints import Box, Click, Hints, Scribble
from penumbra.session.session import Session
from penumbra.systems.classical import card
from penumbra.systems.classical.predictor import ClassicalPredictor


def tiny_hints(height: int, width: int) -> dict[str, Hints]:
    """Every kind of hint alone, in a picture of (height, width) pixels."""
    corner = np.zeros((height, width), np.bool_)
    corner[0, 0] = True
    return {
        "click": Hints(clicks=(Click(0.5, 0.5),)),
        "click off": Hints(clicks=(Click(0.5, 0.5, is_foreground=False),)),
        "scribble": Hints(scribbles=(Scribble(((0, 0), (width, height)), 1),)),
        "box": Hints(box=Box(0, 0, width, height)),
        "sliver": Hints(box=Box(0.4, 0, 0.6, height)),
        "crumb": Hints(box=Box(0, 0, 1e-200, 1e-200)),
        "mask": Hints(mask=corner),
        "empty mask": Hints(mask=~corner & corner),
        "full mask": Hints(mask=~corner | corner),
        "trimap": Hints(trimap=corner.astype(np.float32)),
    }


TINY = [(1, 1), (1, 9), (9, 1), (2, 2), (3, 3), (5, 4)]


@pytest.mark.parametrize("size", TINY)
@pytest.mark.parametrize("kind", list(tiny_hints(1, 1)))
def test_tiny_pictures_are_answered(size: tuple[int, int], kind: str) -> None:
    """An icon is a picture, and a box of 0.2 pixels is a slip of the hand, not a crash."""
    image = np.random.default_rng(3).random((*size, 3)).astype(np.float32)
    session = Session(ClassicalPredictor(card.CLASSICAL), image)

    matte = session.apply(tiny_hints(*size)[kind])

    assert matte.alpha.shape == size
    assert matte.alpha.dtype == np.float32
    assert matte.alpha[0, 0] == (kind not in ("click off", "empty mask"))
    assert session.apply(session.hints.add(Click(0.5, 0.5))).alpha[0, 0] == 1
