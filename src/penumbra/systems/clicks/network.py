"""Matting by clicks: one encoder, a decoder of alpha, one of its uncertainty, and a refiner.

Wei et al., "Improved image matting via real-time user clicks and uncertainty
estimation", CVPR 2021.  Where the paper is silent the sheet `clicks` decides; the room's README
lists it.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus
from torch.nn.utils.parametrizations import spectral_norm

from penumbra.core.errors import require
from penumbra.nn.layers import Normalise
from penumbra.systems.clicks.config import Config
from penumbra.systems.clicks.layers import LateHints, initialise
from penumbra.systems.clicks.paper import Maps, PaperDecoder, PaperEncoder
from penumbra.systems.clicks.reach import Reach
from penumbra.systems.clicks.refine import RefineNetwork
from penumbra.systems.clicks.small import WIDTHS, SmallDecoder, SmallEncoder

MULTIPLE = 32
"""Of the sides of what the network sees."""

LOWEST, HIGHEST = -7.0, 2.0
"""Of the logarithm of the uncertainty."""

_FIRST = -3.0  # that logarithm before any training: an uncertainty of 0.05


class Seen(NamedTuple):
    """What is known of a picture before anything is said about it.

    Attributes:
        image: (B, 3, H, W), normalised.
        maps: Features down to stride 8, finest first; none where hints enter with the colours.
    """

    image: Tensor
    maps: Maps


class ClicksNetwork(nn.Module):
    """Image and hints to alpha."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.normalise = Normalise()
        early = config.inject == 1
        channels = 3 + early * (1 + config.use_prev_alpha)
        self.encoder: PaperEncoder | SmallEncoder
        self.alpha: nn.Module
        self.uncertainty: nn.Module
        if config.size == "b":
            self.encoder = PaperEncoder(channels)
            self.alpha, self.uncertainty = PaperDecoder(), PaperDecoder()
        else:
            widths = WIDTHS[config.size]
            self.encoder = SmallEncoder(channels, widths)
            self.alpha, self.uncertainty = SmallDecoder(widths), SmallDecoder(widths)
        self.refiner = RefineNetwork(config.refine_width, config.residual_out)
        self.hints = None if early else LateHints(self.encoder.widths[-3])
        is_reaching = config.reach and not early
        self.reach = Reach(self.encoder.widths[-3]) if is_reaching else None
        initialise(self)
        self._start_without_hints()
        if config.spectral_norm:
            for module in (self.encoder, self.alpha, self.uncertainty):
                for part in module.modules():
                    if isinstance(part, nn.Conv2d | nn.ConvTranspose2d):
                        spectral_norm(part)

    def forward(self, image: Tensor, hints: Tensor, previous: Tensor | None = None) -> Tensor:
        """Return alpha, (B, 1, H, W) in [0, 1].

        Args:
            image: (B, 3, H, W) in [0, 1]; H and W multiples of 32.
            hints: (B, 1, H, W): 1 on the object, -1 off it, 0 where nothing is said.
            previous: (B, 1, H, W), the matte that the hints correct; zeros in the first round.

        Raises:
            InputError: H and W are no multiples of 32.
        """
        height, width = image.shape[2:]
        is_right = height % MULTIPLE == 0 and width % MULTIPLE == 0
        rule = f"(height, width) of multiples of {MULTIPLE}"
        require(is_right, "image", rule, (height, width))
        seen = self.look(image)
        return self.alpha_of(seen, self.think(seen, hints, previous))

    def look(self, image: Tensor) -> Seen:
        """Do the part that depends on the picture alone."""
        x = self.normalise(image)
        return Seen(x, () if self.hints is None else self.encoder.look(x))

    def think(self, seen: Seen, hints: Tensor, previous: Tensor | None = None) -> Maps:
        """Return all maps of a picture with hints, finest first."""
        if previous is None or not self.config.use_prev_alpha:
            previous = torch.zeros_like(hints)
        if self.hints is not None:
            maps = seen.maps
            x = maps[-1] + self.hints(hints, previous)
            if self.reach is not None:
                x = x + self.reach(maps[-1], seen.image, hints)
        else:
            said = [hints, previous] if self.config.use_prev_alpha else [hints]
            maps = self.encoder.look(torch.cat([seen.image, *said], dim=1))
            x = maps[-1]
        return (*maps[:-1], *self.encoder.think(x))

    def alpha_of(self, seen: Seen, maps: Maps) -> Tensor:
        """Return alpha, (B, 1, H, W) in [0, 1]."""
        # In 16 bits a sigmoid is exactly 1, and has no gradient, long before it should be.
        return self.alpha(seen.image, maps).float().sigmoid()

    def log_uncertainty_of(self, seen: Seen, maps: Maps) -> Tensor:
        """Return the logarithm of the expected absolute error of alpha, (B, 1, H, W)."""
        return bounded(self.uncertainty(seen.image, maps))

    def _start_without_hints(self) -> None:
        """Make the untrained network one that does not look at hints, sure of 0.05."""
        if self.hints is None:
            stem = self.encoder.e0 if isinstance(self.encoder, PaperEncoder) else self.encoder.c2
            first = stem[0]
            assert isinstance(first, nn.Conv2d)
            with torch.no_grad():
                first.weight[:, 3:] = 0
        else:
            self.hints.start_as_nothing()
        if self.reach is not None:
            self.reach.start_as_nothing()
        head = self.uncertainty.head
        assert isinstance(head, nn.Conv2d)
        assert head.bias is not None
        nn.init.constant_(head.bias, _FIRST)
        self.refiner.start_as_identity()


def bounded(plane: Tensor) -> Tensor:
    """Return what is nearly the plane itself, but never below -7 nor above 2."""
    return (LOWEST + softplus(plane.float() - LOWEST)).clamp(max=HIGHEST)
