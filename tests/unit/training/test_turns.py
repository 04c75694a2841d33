"""Objectives in turn: each changes what is its own."""

import pytest
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from penumbra.core.errors import InputError
from penumbra.training.recipe import Objective
from penumbra.training.turns import Turn
from tests.tiny_run import TinyNetwork, objective, squared


def test_a_prefix_without_parameters_is_refused() -> None:
    """With the nearest names: a typing error must not train less than was meant."""
    with pytest.raises(InputError, match="got 'haed'; did you mean head"):
        Turn(objective("one", "body", "haed"), TinyNetwork())


def test_a_parameter_that_two_prefixes_name_learns_once() -> None:
    """An optimiser refuses to hold it twice."""
    turn = Turn(objective("one", "head", "head.weight"), TinyNetwork())

    assert len(turn.parameters) == 2


def test_parameters_of_others_get_no_gradient() -> None:
    """Their layers then need not remember anything for it either."""
    network = TinyNetwork()
    turn = Turn(objective("one", "head."), network)

    turn.begin(0, 10)

    learning = [name for name, each in network.named_parameters() if each.requires_grad]
    assert learning == ["head.weight", "head.bias"]


@pytest.mark.parametrize(
    ("optimiser", "kind"),
    [("sgd", torch.optim.SGD), ("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW)],
)
def test_optimisers_get_their_settings(optimiser: str, kind: type) -> None:
    """By name in the recipe, by value in torch."""
    asked = Objective(
        "all",
        ("",),
        squared,
        optimiser,  # type: ignore[arg-type]
        0.25,
        0.5,
        (0.6, 0.7),
        weight_decay=0.125,
    )

    turn = Turn(asked, TinyNetwork())

    settings = turn.optimiser.param_groups[0]
    assert type(turn.optimiser) is kind
    assert (settings["lr"], settings["weight_decay"]) == (0.25, 0.125)
    assert (
        settings["momentum"] == 0.5 if kind is torch.optim.SGD else settings["betas"] == (0.6, 0.7)
    )


def test_gradients_are_clipped_together_and_their_norm_is_told_before() -> None:
    """The gradient of 3x + 4y is (3, 4), whose norm is 5."""

    class Plane(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.x, self.y = nn.Parameter(torch.zeros(())), nn.Parameter(torch.zeros(()))

    def slope(network: nn.Module, batch: None) -> dict[str, Tensor]:
        return {"slope": 3 * network.x + 4 * network.y + 7}  # type: ignore[operator, dict-item]

    network = Plane()
    turn = Turn(Objective("all", ("",), slope, "sgd", lr=1.0, clip=0.5), network)
    turn.begin(0, 10)

    norm, loss = turn.gradient(Accelerator(cpu=True), slope(network, None)["slope"]).tolist()

    assert (norm, loss) == (5.0, 7.0)
    assert network.x.grad is not None
    assert network.y.grad is not None
    assert network.x.grad.item() == pytest.approx(0.3, rel=1e-5)
    assert network.y.grad.item() == pytest.approx(0.4, rel=1e-5)
