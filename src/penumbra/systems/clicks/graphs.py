"""What runs at inference: a look at the picture, an answer to clicks, its doubt, a refiner."""

from collections.abc import Mapping
from typing import Any, cast

from torch import Tensor, nn

from penumbra.nn.weights import config_of
from penumbra.systems.clicks.config import Config
from penumbra.systems.clicks.network import MULTIPLE, ClicksNetwork, Seen
from penumbra.systems.clicks.paper import PaperEncoder
from penumbra.systems.clicks.small import WIDTHS
from penumbra.training.export import GraphInput, NamedGraph

_STRIDES = (8, 16, 32)  # of what is made of picture and hints together


class _Look(nn.Module):
    """A picture to what is known of it before anything is said."""

    def __init__(self, network: ClicksNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        return self.network.look(image).maps


class _Answer(nn.Module):
    """Picture and hints to alpha, and to the maps of which its uncertainty is made."""

    def __init__(self, network: ClicksNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor, hints: Tensor, *more: Tensor) -> tuple[Tensor, ...]:
        network, rest = self.network, list(more)
        previous = rest.pop(0) if network.config.use_prev_alpha else None
        seen = Seen(network.normalise(image), tuple(rest))
        maps = network.think(seen, hints, previous)
        alpha = network.alpha_of(seen, maps)
        # Those of the look are known already.
        return (alpha, *(maps[len(rest) - 1 :] if rest else maps))


class _Doubt(nn.Module):
    """Picture and maps to the expected absolute error of alpha."""

    def __init__(self, network: ClicksNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor, *maps: Tensor) -> Tensor:
        seen = Seen(self.network.normalise(image), ())
        return self.network.log_uncertainty_of(seen, maps).exp()


def network(config: Mapping[str, Any]) -> ClicksNetwork:
    """Return the network, untrained, that a checkpoint's config describes.

    Raises:
        WeightsError: Its names are not those of `Config`.
    """
    return ClicksNetwork(config_of(Config, config))


def graphs(network: nn.Module) -> tuple[NamedGraph, ...]:
    """Return all graphs; where hints enter with the colours there is no look without them."""
    whole = cast(ClicksNetwork, network)
    config = whole.config
    image, alpha = GraphInput("image", 3), GraphInput("alpha", 1)
    said = [GraphInput("hints", 1), *([GraphInput("previous", 1)] if config.use_prev_alpha else [])]
    maps = _maps(config)
    is_late = config.inject != 1
    seen = maps[: -len(_STRIDES)]
    look = [*seen, GraphInput("look8", maps[-len(_STRIDES)].channels, 8)] if is_late else []
    answered = maps[-len(_STRIDES) :] if is_late else maps
    made = [
        NamedGraph(
            "alpha",
            _Answer(whole),
            (image, *said, *look),
            ("alpha", *(each.name for each in answered)),
            MULTIPLE,
            is_sensitive=True,
        ),
        NamedGraph("uncertainty", _Doubt(whole), (image, *maps), ("uncertainty",), MULTIPLE),
        NamedGraph("refine", whole.refiner, (image, alpha), ("alpha_refined",)),
    ]
    if is_late:
        names = tuple(each.name for each in look)
        made.insert(0, NamedGraph("look", _Look(whole), (image,), names, MULTIPLE))
    return tuple(made)


def _maps(config: Config) -> list[GraphInput]:
    """Return all maps of a picture with hints, finest first."""
    widths: tuple[int, ...]
    if config.size == "b":
        widths, first = PaperEncoder.widths, 1
    else:
        widths, first = WIDTHS[config.size].channels, 2
    strides = [first << number for number in range(len(widths))]
    return [
        GraphInput(f"map{stride}", width, stride)
        for width, stride in zip(widths, strides, strict=True)
    ]
