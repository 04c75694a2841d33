"""Both networks as one: who is meant, and then how opaque that person is.

Jiao et al., "DFIMat", ACCV 2024; the sheet `dfimat`, sections 1 and 8.3.
"""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from penumbra.core.errors import require
from penumbra.nn.weights import config_of
from penumbra.systems.dfimat.config import Config
from penumbra.systems.dfimat.iscn.config import IscnConfig
from penumbra.systems.dfimat.iscn.network import IscnNetwork, Seen
from penumbra.systems.dfimat.mrn.config import Config as MrnConfig
from penumbra.systems.dfimat.mrn.coupled import CoupledHead
from penumbra.systems.dfimat.mrn.network import MrnNetwork

CAPTURE = ("encoder.", "pyramid.", "decoder.", "sentence.", "reasoning.", "reach.")
"""Prefixes of the parameters of the network that finds the person."""

REFINE = ("mrn.",)
"""Of the one that finds opacity; `COUPLED` has none."""

COUPLED = ("coupled.",)
"""Of the head in its stead."""


class DfimatNetwork(IscnNetwork):
    """The capture network, and what comes after it.

    Its own parameters have the names of the capture network, so that weights of either fit.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(config.iscn)
        self.whole = config
        is_apart = config.decouple != "none"
        self.mrn = MrnNetwork(config.mrn) if is_apart else None
        self.coupled = None if is_apart else CoupledHead(config.iscn.width)

    def coupled_alpha(self, seen: Seen, logits: Tensor, image: Tensor) -> Tensor:
        """Return alpha, (B, 1, H, W), without a network of its own.

        Args:
            seen: Of `look`.
            logits: (B, 1, H / 4, W / 4), the mask that was chosen.
            image: (B, 3, H, W) in [0, 1].

        Raises:
            InputError: There is a network for that.
        """
        require(self.coupled is not None, "decouple", "none", self.whole.decouple)
        assert self.coupled is not None, "this was required"
        return self.coupled(seen.pixels.pixel, logits, self.normalise(image))


def network_of(config: Mapping[str, Any]) -> DfimatNetwork:
    """Return the network, untrained, that a checkpoint's config describes.

    Raises:
        WeightsError: Its names are not those of `Config` and its parts.
    """
    stated = config_of(Config, config)  # its parts are as JSON has them
    iscn, mrn = (config[name] for name in ("iscn", "mrn"))
    whole = Config(config_of(IscnConfig, iscn), config_of(MrnConfig, mrn), stated.decouple)
    return DfimatNetwork(whole)
