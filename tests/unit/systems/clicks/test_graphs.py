"""From networks of the room to graphs that its predictor can run."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

from penumbra.core.arrays import RGB
from penumbra.core.budget import Budget
from penumbra.core.card import ModelCard
from penumbra.core.errors import WeightsError
from penumbra.core.hints import Click, Hints
from penumbra.runtime.onnx import OnnxGraph
from penumbra.systems.clicks.config import Config, S
from penumbra.systems.clicks.graphs import graphs, network
from penumbra.systems.clicks.options import Options
from penumbra.systems.clicks.predictor import ClicksPredictor
from penumbra.training.clicking import painted
from penumbra.training.export import to_onnx

CARD = ModelCard("clicks", "", "", frozenset({"click"}))


def photograph() -> RGB:
    """Noise, of a size that nothing has to be added to."""
    return np.random.default_rng(5).random((64, 96, 3), np.float32)


@pytest.mark.parametrize("config", [S, replace(S, inject=1, use_prev_alpha=True)])
def test_exported_networks_answer_through_the_predictor(config: Config) -> None:
    """As torch does: alpha, its uncertainty, a refined window; with a look of its own or not."""
    torch.manual_seed(2)
    made = network(asdict(config))
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.02)
    made.eval()
    named = {graph.name: OnnxGraph(to_onnx(graph)[0]) for graph in graphs(made)}
    plain = Options(is_settled=False, halo=0, feather=0, doubt="sigma", outline=None)
    model = ClicksPredictor(CARD, named, plain)
    clicks = (Click(20.5, 20.5), Click(70.5, 40.5, False))

    encoded = model.encode(photograph())
    first = model.decode(encoded, Hints())
    matte = model.decode(encoded, Hints(clicks=clicks), first)
    doubted = model.doubt(encoded, matte)
    refined = model.refine(encoded, matte, Budget(1))

    assert ("look" in named) == (config.inject == 8)
    image = torch.from_numpy(photograph().transpose(2, 0, 1)[None].copy())
    hints = painted(torch.tensor([[[20, 20, 1], [70, 40, -1]]]), 15, 64, 96)
    with torch.no_grad():
        before = made(image, 0 * hints) if config.use_prev_alpha else None
        seen = made.look(image)
        maps = made.think(seen, hints, before)
        alpha = made.alpha_of(seen, maps)
        scale = made.log_uncertainty_of(seen, maps).exp().clamp(max=1)
    assert np.abs(matte.alpha - alpha[0, 0].numpy()).max() < 5e-3
    assert doubted.uncertainty is not None
    assert np.abs(doubted.uncertainty - scale[0, 0].numpy()).max() < 5e-3
    assert refined.refined == 1
    changed = np.argwhere(refined.alpha != matte.alpha)
    top, left = changed.min(axis=0)
    window = slice(top, top + 64), slice(left, left + 64)
    with torch.no_grad():
        answer = made.refiner(image[(..., *window)], alpha[(..., *window)])
    assert np.abs(refined.alpha[window] - answer[0, 0].numpy()).max() < 1e-2


def test_a_config_of_another_version_is_refused() -> None:
    """With both lists of names."""
    with pytest.raises(WeightsError, match=r"config must say inject, .*got encoder"):
        network({"encoder": "small"})
