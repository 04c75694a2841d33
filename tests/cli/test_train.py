"""`penumbra train`: what is asked for reaches the loop, and what is wrong is said at once."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from click.testing import Result

from penumbra.cli import train as command
from penumbra.nn.weights import WeightsHeader, save_weights
from penumbra.training.compose import Batch, Composition
from penumbra.training.recipe import Recipe
from tests.packs import OPEN, RESEARCH, items, tiny_pack
from tests.tiny_run import recipe

Train = Callable[..., Result]


def room_recipe() -> Recipe:
    """Return the tiny recipe with samples that a pack can make."""
    plain = recipe(steps=2)
    how = Composition(unknown_crops=0)
    stages = tuple(replace(stage, size=16, composition=how) for stage in plain.stages)
    return replace(plain, track="research", stages=stages)


@pytest.fixture
def train(
    penumbra: Callable[..., Result], here: Path, monkeypatch: pytest.MonkeyPatch
) -> Train:
    """Run `penumbra train tiny` with a small pack on the CPU."""
    one = room_recipe()
    recipes = {"s": one, "open": replace(one, variant="open", track="open")}
    rooms = {"penumbra.systems.tiny.recipe": SimpleNamespace(RECIPES=recipes)}
    found = command.import_module
    monkeypatch.setattr(command, "import_module", lambda name: rooms.get(name) or found(name))
    tiny_pack(here / "tiny.tar", 4)

    def run(line: str = "", pack: str = "tiny.tar") -> Result:
        return penumbra(f"train tiny --pack {pack} --out run --device cpu {line}")

    return run
