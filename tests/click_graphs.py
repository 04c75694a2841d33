"""Networks of the room `clicks` whose answers are known: they say what the colours say."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from penumbra.core.card import ModelCard
from penumbra.core.hints import Click, Hints
from penumbra.core.matte import Matte
from penumbra.runtime.graph import check_arrays
from penumbra.systems.clicks.options import SHIPPED, Options
from penumbra.systems.clicks.predictor import ClicksPredictor, Encoded

Planes = NDArray[np.float32]
CARD = ModelCard("stand-in", "", "", frozenset({"click"}))


class Look:
    """Keeps the red of the picture at an eighth of the size."""

    inputs: tuple[str, ...] = ("image",)
    outputs: tuple[str, ...] = ("look8",)

    def __init__(self) -> None:
        self.seen: list[dict[str, Planes]] = []

    def run(self, **arrays: Planes) -> dict[str, Planes]:
        """Look."""
        self.seen.append(arrays)
        check_arrays(arrays, {"image": 3})
        return {"look8": arrays["image"][:, :1, ::8, ::8].copy()}


class Alpha(Look):
    """Takes red for alpha, and whatever was clicked for what was said of it."""

    inputs: tuple[str, ...] = ("image", "hints", "look8")
    outputs = ("alpha", "map8")

    def run(self, **arrays: Planes) -> dict[str, Planes]:
        """Answer."""
        self.seen.append(arrays)
        check_arrays(arrays, {"image": 3, "hints": 1, "look8": 1})
        hints = arrays["hints"]
        alpha = np.where(hints == 0, arrays["image"][:, :1], hints > 0).astype(np.float32)
        return {"alpha": alpha, "map8": arrays["look8"]}


class Doubt(Look):
    """Doubts where there is green."""

    inputs = ("image", "map8")
    outputs = ("uncertainty",)

    def run(self, **arrays: Planes) -> dict[str, Planes]:
        """Doubt."""
        self.seen.append(arrays)
        check_arrays(arrays, {"image": 3, "map8": 1})
        return {"uncertainty": arrays["image"][:, 1:2].copy()}


class Refine(Look):
    """Takes blue for the better alpha."""

    inputs = ("image", "alpha")
    outputs = ("alpha_refined",)

    def run(self, **arrays: Planes) -> dict[str, Planes]:
        """Refine."""
        self.seen.append(arrays)
        check_arrays(arrays, {"image": 3, "alpha": 1})
        return {"alpha_refined": arrays["image"][:, 2:].copy()}


EVERYWHERE = replace(SHIPPED, is_settled=False, doubt="sigma", outline=None)
"""What is seen is what the colours say, so is what is doubted; windows are refined all over."""


def predictor(options: Options = EVERYWHERE) -> ClicksPredictor:
    """One that answers as above."""
    graphs = {"look": Look(), "alpha": Alpha(), "uncertainty": Doubt(), "refine": Refine()}
    return ClicksPredictor(CARD, graphs, options)


def picture(height: int, width: int, doubtful: tuple[slice, slice] | None = None) -> Planes:
    """Half opaque in red, fully in blue, and doubtful where it is asked for."""
    image = np.zeros((height, width, 3), np.float32)
    image[..., 0], image[..., 2] = 0.5, 1
    if doubtful is not None:
        image[(*doubtful, 1)] = 0.8
    return image


def encoded_and_answer(
    model: ClicksPredictor, image: Planes, *clicks: Click
) -> tuple[Encoded, Matte]:
    """A look and an answer."""
    encoded = model.encode(image)
    return encoded, model.decode(encoded, Hints(clicks=clicks))
