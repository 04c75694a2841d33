"""Small networks of the room behind its predictor, and graphs that answer as they are told."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from penumbra.core.arrays import RGB
from penumbra.runtime.graph import Graph, Planes
from penumbra.runtime.torch import TorchGraph
from penumbra.systems.dfimat.card import DFIMAT
from penumbra.systems.dfimat.config import Config
from penumbra.systems.dfimat.graphs import graphs
from penumbra.systems.dfimat.iscn.config import XS, IscnConfig
from penumbra.systems.dfimat.mrn.config import S as MRN_S
from penumbra.systems.dfimat.network import DfimatNetwork
from penumbra.systems.dfimat.options import Options
from penumbra.systems.dfimat.predictor import DfimatPredictor

TINY = replace(
    XS,
    width=32,
    heads=2,
    pyramid_ffn=32,
    ffn=32,
    objects=5,
    k_t=2,
    k_v=2,
    memories=2,
    class_width=16,
    scribble_points=4,
    token_budget=24,
    text_encoder="toy",
    crm_reach=True,
)

OPTIONS = Options(iscn_long_side=96, mrn_max_side=64, closer_share=0.0, person_threshold=0.5)


def made(
    decouple: Literal["net+train", "none"] = "net+train",
    config: IscnConfig = TINY,
    **changes: Any,  # noqa: ANN401 - any field
) -> DfimatNetwork:
    """A network, always the same, in which nothing is zero, and masks are of both signs."""
    torch.manual_seed(3)
    network = DfimatNetwork(Config(replace(config, **changes), MRN_S, decouple)).eval()
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            scale = 1.0 if name.startswith("reasoning.") else 0.05
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=scale)
        if network.mrn is not None:
            # Sure of itself, as after training: then its mattes are fused to something else.
            for head in (*network.mrn.decoder.heads, network.mrn.decoder.last):
                head[-1].weight.mul_(20)
    return network


def torch_graphs(network: DfimatNetwork) -> dict[str, Graph]:
    """All graphs of a network, run by torch."""
    return {
        it.name: TorchGraph(
            it.module, {given.name: given.channels for given in it.inputs}, it.outputs
        )
        for it in graphs(network)
    }


def predictor(network: DfimatNetwork, options: Options = OPTIONS) -> DfimatPredictor:
    """The network's predictor."""
    return DfimatPredictor(DFIMAT, torch_graphs(network), network.whole, options)


def photograph(height: int = 64, width: int = 96) -> RGB:
    """Soft noise."""
    return np.random.default_rng(height + width).random((height, width, 3), np.float32)


@dataclass
class Fake:
    """A graph that answers what it is told, and keeps what it was given."""

    answers: dict[str, Planes]
    inputs: tuple[str, ...]
    given: list[dict[str, Planes]] = field(default_factory=list)

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the answers."""
        return tuple(self.answers)

    def run(self, **arrays: Planes) -> dict[str, Planes]:
        """Answer."""
        assert set(arrays) == set(self.inputs)
        self.given.append(arrays)
        return self.answers


class Obedient:
    """A refinement network that takes the mask for the matte."""

    inputs, outputs = ("image", "mask"), ("alpha1",)

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def run(self, **arrays: Planes) -> dict[str, Planes]:
        """Return the mask."""
        image, mask = arrays["image"], arrays["mask"]
        assert image.shape[2:] == mask.shape[2:]
        self.shapes.append(mask.shape)
        return {"alpha1": mask.copy()}


GIVEN = ("points", "kinds", "text", "is_word", "sentence", "previous", "is_remembered", "conflicts")


@dataclass
class Staged:
    """What fake networks see in a photograph of 64 x 96 pixels, 16 x 24 cells.

    Attributes:
        people: Masks of the object queries, (N, 16, 24).
        human: Their scores.
        mask: Of whom is meant, (16, 24).
        text_mask: Whom words alone would mean.
        score: The human score of who is meant.
    """

    people: list[NDArray[np.bool_]]
    human: list[float]
    mask: NDArray[np.bool_]
    text_mask: NDArray[np.bool_] | None = None
    score: float = 0.9

    def predictor(self, config: IscnConfig = TINY, options: Options = OPTIONS) -> DfimatPredictor:
        """A predictor whose networks see that."""
        text = self.mask if self.text_mask is None else self.text_mask
        human = np.array(self.human, np.float32)[None, :, None, None]
        masks = np.stack([_logits(it) for it in self.people])[None]
        seen = {"masks": masks, "human": human, "sure": 0.9 * human}
        answer = {
            "mask": _logits(self.mask)[None, None],
            "human": np.full((1, 1, 1, 1), self.score, np.float32),
            "text_mask": _logits(text)[None, None],
        }
        named: dict[str, Graph] = {
            "look": Fake(seen, ("image",)),
            "round": Fake(answer, GIVEN),
            "mrn": Obedient(),
        }
        return DfimatPredictor(DFIMAT, named, Config(config, MRN_S), options)


def square(top: int, left: int, bottom: int, right: int) -> NDArray[np.bool_]:
    """A mask of 16 x 24 cells."""
    mask = np.zeros((16, 24), np.bool_)
    mask[top:bottom, left:right] = True
    return mask


def _logits(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    return np.where(mask, 5, -5).astype(np.float32)
