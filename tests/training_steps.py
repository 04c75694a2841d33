"""What a test of a recipe does with it: a few steps of every stage, without the loop."""

import torch

from penumbra.training.compose import Composer
from penumbra.training.recipe import Recipe
from penumbra.training.turns import turns_of


def check_every_stage_learns(made: Recipe, source: Composer) -> None:
    """Take the steps of each stage, with two samples each: finite losses, weights that move."""
    network = made.network()
    for stage in made.stages:
        before = [each.clone() for each in network.parameters()]
        for turn in turns_of(stage, network):
            for step in range(stage.steps):
                turn.begin(step, stage.steps)
                terms = turn.objective.loss(network, source.batch(stage, 1, 2 * step, 2))
                total = torch.stack(list(terms.values())).sum()
                assert total.isfinite()
                total.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
                turn.optimiser.step()
        moved = zip(before, network.parameters(), strict=True)
        assert any(not torch.equal(old, new) for old, new in moved), stage.name
