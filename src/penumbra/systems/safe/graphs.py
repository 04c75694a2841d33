"""What runs at inference: a look at the picture, the flaws of a matte, one round.

A round takes what is remembered and returns it, so how many rounds there are is nobody's business
here.
"""

from collections.abc import Mapping
from typing import Any, cast

from torch import Tensor, nn

from penumbra.nn.weights import config_of
from penumbra.systems.safe.config import Config
from penumbra.systems.safe.lstm import State
from penumbra.systems.safe.network import SafeNetwork, Seen
from penumbra.systems.safe.options import MULTIPLE
from penumbra.training.export import GraphInput, NamedGraph


class _Look(nn.Module):
    """A picture to its first matte, and to what every round asks for."""

    def __init__(self, network: SafeNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        network = self.network
        seen = network.look(image)
        kept: list[Tensor] = [seen.alpha]
        if network.attention is not None:
            kept.append(seen.attention)
        if network.addition is not None:
            kept.append(seen.deep)
        if network.elimination is not None:
            kept += [seen.shallow, network.start(image).hidden]
        return tuple(kept)


class _Flaws(nn.Module):
    """A picture and its matte to where that is wrong."""

    def __init__(self, network: SafeNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor, alpha: Tensor) -> Tensor:
        return self.network.detect(image, alpha)


class _Round(nn.Module):
    """The next matte, and what is remembered of it."""

    def __init__(self, network: SafeNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor, alpha: Tensor, *more: Tensor) -> Tensor | tuple[Tensor, ...]:
        network, rest = self.network, list(more)
        attention = rest.pop(0)
        deep = rest.pop(0)
        if network.elimination is None:
            seen = Seen(alpha, attention, deep, deep)  # nothing shallow is looked at
            return network.round(image, seen, alpha, alpha, network.start(image))[0]
        shallow, flaws, hidden, cell = rest
        seen = Seen(alpha, attention, shallow, deep)
        after, state = network.round(image, seen, alpha, flaws, State(hidden, cell))
        return after, *state


def network(config: Mapping[str, Any]) -> SafeNetwork:
    """Return the network, untrained, that a checkpoint's config describes.

    Raises:
        WeightsError: Its names are not those of `Config`.
    """
    return SafeNetwork(config_of(Config, config))


def graphs(network: nn.Module) -> tuple[NamedGraph, ...]:
    """Return all graphs: "look" alone without rounds, no "flaws" where none are detected."""
    whole = cast(SafeNetwork, network)
    config, channels = whole.config, whole.encoder.channels
    image, alpha = GraphInput("image", 3), GraphInput("alpha", 1)
    seen = ["alpha"]
    taken = [image, alpha]
    if whole.addition is not None:
        taken += [GraphInput("attention", 1), GraphInput("deep", channels[-1], 32)]
        seen += ["attention"] * (whole.attention is not None) + ["deep"]
    if whole.elimination is not None:
        seen += ["shallow", "memory"]
        stride = config.refine_stride
        taken += [GraphInput("shallow", channels[0], 2), GraphInput("flaws", 1)]
        taken += [GraphInput(name, config.width, stride) for name in State._fields]
    look = NamedGraph("look", _Look(whole), (image,), tuple(seen), MULTIPLE, is_sensitive=True)
    made = [look]
    if whole.addition is not None:
        after = ["alpha_next"]
        if whole.elimination is not None:
            after += [f"{name}_next" for name in State._fields]
        # Rounded weights would add up over the rounds.
        step, names = _Round(whole), tuple(after)
        made.append(NamedGraph("round", step, tuple(taken), names, MULTIPLE, is_sensitive=True))
    if whole.detector is not None:
        # Norms over few pixels, as of a small picture, make much of little.
        flaws = _Flaws(whole)
        made.append(
            NamedGraph("flaws", flaws, (image, alpha), ("flaws",), MULTIPLE, is_sensitive=True)
        )
    return tuple(made)
