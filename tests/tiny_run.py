"""A recipe that trains in a second, for tests of the loop, and how runs of it are compared."""

import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from penumbra.nn.weights import read_weights
from penumbra.training.checkpoint import load_checkpoint
from penumbra.training.recipe import Objective, Recipe, Schedule, Stage
from penumbra.training.run import Run

SIDE = 8

QUIET = Run(device="cpu", log_every=1, preview_every=0, checkpoint_seconds=1e9)
RESUMED = replace(QUIET, is_resumed=True)


class TinyBatch(NamedTuple):
    """What a loss and a preview look at."""

    image: Tensor
    alpha: Tensor


@dataclass
class TinySource:
    """Makes noise whose bright half is the object.

    Attributes:
        before: Called before every batch with the number of its first sample.
    """

    before: Callable[[int], None] = lambda first: None

    def batch(self, stage: Stage, seed: int, first: int, count: int) -> TinyBatch:
        """Return samples that depend on the seed and their numbers alone."""
        self.before(first)
        numbers = range(first, first + count)
        drawn = [torch.Generator().manual_seed(1_000_003 * seed + number) for number in numbers]
        image = torch.stack([torch.rand(3, stage.size, stage.size, generator=g) for g in drawn])
        return TinyBatch(image, (image.mean(1, keepdim=True) > 0.5).float())

    def rates(self) -> dict[str, float]:
        """There is nothing to say."""
        return {}


class TinyNetwork(nn.Module):
    """Two convolutions; `has_noise` adds what makes resuming hard: buffers and random numbers."""

    def __init__(self, has_noise: bool = True) -> None:
        super().__init__()
        self.body = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4) if has_noise else nn.Identity()
        self.drop = nn.Dropout(0.2 if has_noise else 0.0)
        self.head = nn.Conv2d(4, 1, 1)

    def forward(self, image: Tensor) -> Tensor:
        """Return alpha, (B, 1, H, W)."""
        return self.head(self.drop(self.norm(self.body(image)).relu())).sigmoid()


def squared(network: nn.Module, batch: TinyBatch) -> dict[str, Tensor]:
    """Return the mean squared error."""
    return {"squared": (network(batch.image) - batch.alpha).square().mean()}


def alpha_of(network: nn.Module, batch: TinyBatch) -> Tensor:
    """Return what the network answers."""
    return network(batch.image)


def objective(name: str = "all", *parameters: str) -> Objective:
    """Return an objective over all parameters, or over those that begin so."""
    schedule = Schedule("cosine", warmup=3, floor=0.1)
    return Objective(name, parameters or ("",), squared, lr=1e-2, clip=1.0, schedule=schedule)


def recipe(*objectives: Objective, steps: int = 12, has_noise: bool = True) -> Recipe:
    """Return a recipe of two stages."""
    turns = objectives or (objective(),)
    stage = Stage("first", steps, batch_size=2, size=SIDE, objectives=turns)
    return Recipe(
        room="tiny",
        variant="s",
        track="open",
        seed=3,
        stages=(stage, replace(stage, name="second", size=2 * SIDE)),
        network=lambda: TinyNetwork(has_noise),
        ema=0.9,
        preview=alpha_of,
    )


def state(out: Path) -> dict[str, Tensor]:
    """Return the weights that ship and those that go on, by name."""
    shipped, _ = read_weights(out / "checkpoint" / "weights.safetensors")
    going_on = load_checkpoint(out / "checkpoint").state["network"]
    return shipped | {f"network.{name}": each for name, each in going_on.items()}


def same_bits(out: Path, other: Path) -> None:
    """Raise unless two runs ended with the same weights, bit for bit."""
    torch.testing.assert_close(state(out), state(other), rtol=0, atol=0, equal_nan=False)


def records(out: Path) -> list[dict[str, object]]:
    """Return the lines of the log without what depends on the clock."""
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    timed = ("samples_per_second", "seconds")
    return [{key: value for key, value in line.items() if key not in timed} for line in lines]


def stopping(number: signal.Signals, at: int) -> TinySource:
    """Return a source that sends us a signal while it makes the batch of a step."""

    def send(first: int) -> None:
        if first == 2 * at:
            os.kill(os.getpid(), number)

    return TinySource(send)
