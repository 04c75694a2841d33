"""The segmenter: its network, and its predictor over a stand-in graph."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from penumbra.core.hints import Hints
from penumbra.data.pack import write_pack
from penumbra.systems.segment.card import SEGMENT
from penumbra.systems.segment.config import S
from penumbra.systems.segment.network import SegmentNetwork
from penumbra.systems.segment.predictor import SegmentPredictor, find_object
from penumbra.systems.segment.recipe import RECIPES
from penumbra.training.compose import Composer
from penumbra.training.loop import train
from penumbra.training.pool import Pool
from penumbra.training.run import Run
from tests.packs import OPEN, RESEARCH, items
from tests.scenes import photograph, soft_disk

Arrays = Mapping[str, NDArray[np.float32]]


class BrightnessGraph:
    """Takes for the object what is bright, and remembers the size it saw."""

    inputs = ("image",)
    outputs = ("probability",)

    def __init__(self) -> None:
        self.shape: tuple[int, ...] = ()

    def run(self, **arrays: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Return 1 where the mean of the channels is above a half."""
        self.shape = arrays["image"].shape
        mean = arrays["image"].mean(axis=1, keepdims=True)
        return {"probability": (mean > 0.5).astype(np.float32)}


class LeftGraph(BrightnessGraph):
    """Is sure of what is bright in the left half, and half sure of what is in the right."""

    def run(self, **arrays: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Return 1 and 0.5 there."""
        probability = super().run(**arrays)["probability"]
        probability[..., probability.shape[3] // 2 :] *= 0.5
        return {"probability": probability}


def test_a_mirrored_look_counts_as_much() -> None:
    """Bright everywhere: each half was the left one once."""
    found = find_object(LeftGraph(), np.ones((192, 256, 3), np.float32))

    np.testing.assert_allclose(found, 0.75, atol=1e-6)


@pytest.mark.parametrize("size", [(64, 64), (32, 96)])
def test_the_network_answers_at_the_size_of_the_image(size: tuple[int, int]) -> None:
    """Whatever the shape, in multiples of 32; and it stays as small as it was meant to be."""
    network = SegmentNetwork(S).eval()

    assert network(torch.rand(2, 3, *size)).shape == (2, 1, *size)
    assert sum(p.numel() for p in network.parameters()) < 2_000_000


def test_every_weight_of_the_network_learns() -> None:
    """Of encoder, context and decoder."""
    network = SegmentNetwork(S)

    network(torch.rand(2, 3, 64, 64)).square().mean().backward()

    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in network.parameters())


@pytest.mark.parametrize("variant", RECIPES)
def test_every_recipe_trains_on_data_of_its_track(variant: str, tmp_path: Path) -> None:
    """Two steps of each stage, in small; the open one needs no photograph with a mask."""
    recipe = RECIPES[variant]
    source = OPEN if recipe.track == "open" else RESEARCH
    wanted = [item for item in items(2, source.name) if item.role != "scene" or source is RESEARCH]
    write_pack(tmp_path / "p.tar", wanted, [source], 1_000_000)
    stages = tuple(replace(each, steps=2, batch_size=2, size=64) for each in recipe.stages)

    outcome = train(
        replace(recipe, stages=stages),
        Composer(Pool.load([tmp_path / "p.tar"])),
        tmp_path / "run",
        Run(device="cpu", preview_every=2),
    )

    assert (outcome.is_finished, outcome.step, outcome.skipped) == (True, 4, 0)
    assert recipe.variant == variant
    assert (tmp_path / "run" / "previews" / "0000004.png").exists()


@pytest.mark.parametrize("size", [(300, 700), (33, 65), (5, 3)])
def test_any_photograph_is_padded_to_what_the_network_takes(size: tuple[int, int]) -> None:
    """Long side at most 256, sides multiples of 32, and the answer at the photograph's size."""
    graph = BrightnessGraph()
    image = np.full((*size, 3), 0.75, np.float32)

    probability = find_object(graph, image)

    assert probability.shape == size
    assert probability.min() == 1
    assert max(graph.shape[2:]) <= 256
    assert all(side % 32 == 0 for side in graph.shape[2:])


def test_the_outline_gets_a_band_that_is_solved() -> None:
    """A bright disk on a dark ground comes back with its soft edge."""
    truth = soft_disk(128, radius=40.0, edge=3.0)
    scene = photograph(truth)
    bright = (0.2 + 0.6 * truth[:, :, None] + 0 * scene.image).astype(np.float32)
    predictor = SegmentPredictor(SEGMENT, BrightnessGraph())

    matte = predictor.decode(predictor.encode(bright), Hints())

    assert np.abs(matte.alpha - truth).mean() < 0.01
    assert matte.trimap is not None
    assert set(np.unique(matte.trimap)) == {0, 0.5, 1}


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_nothing_and_everything_need_no_edge(level: float) -> None:
    """A picture without an object, and one that is all object."""
    image = np.full((40, 50, 3), level, np.float32)
    predictor = SegmentPredictor(SEGMENT, BrightnessGraph())

    matte = predictor.decode(predictor.encode(image), Hints())

    assert (matte.alpha == level).all()
