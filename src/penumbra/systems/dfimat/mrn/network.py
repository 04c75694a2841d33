"""The matting refinement network: an image and the coarse mask of one person to its matte.

Jiao et al., "DFIMat: decoupled flexible interactive matting in multi-person scenarios", ACCV
2024; the layout is that of the sheet `dfimat`, section 5.1, which reads it off the paper's figure.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from penumbra.core.errors import require
from penumbra.nn.layers import Normalise
from penumbra.systems.dfimat.mrn.attention import GlobalBranch
from penumbra.systems.dfimat.mrn.branches import BRANCHES, Maps
from penumbra.systems.dfimat.mrn.config import LAYOUTS, Config, Layout
from penumbra.systems.dfimat.mrn.layers import Fusion, head, initialise, larger

MULTIPLE = 32
"""Of the sides of what the network sees."""

Alphas = tuple[Tensor, ...]
"""Mattes of full size, (B, 1, H, W) in [0, 1]: what strides 8, 4 and 1 say, in this order, to be
joined by `refinement`; without progressive refinement the last of them alone."""


class Seen(NamedTuple):
    """What is known of an image before there is a mask.

    Attributes:
        image: (B, 3, H, W), normalised.
        firsts: The image's part of every first convolution.
    """

    image: Tensor
    firsts: tuple[Tensor, ...]


class Decoder(nn.Module):
    """Five levels of fusion, with heads of alpha at strides 8, 4 and 1.

    Args:
        layout: Of the network.
        has_all: Whether there are heads at strides 8 and 4.
    """

    def __init__(self, layout: Layout, has_all: bool) -> None:
        super().__init__()
        l2, l4, l8 = layout.local
        d5, d4, d3, d2, d1 = layout.fusion
        self.level5 = Fusion(layout.stages[-1], d5)
        self.level4 = Fusion(d5 + layout.assembled, d4)
        self.level3 = Fusion(d4 + l8, d3)
        self.level2 = Fusion(d3 + l4, d2)
        self.level1 = Fusion(d2 + l2, d1)
        self.heads = nn.ModuleList(head(channels, layout.head) for channels in (d4, d3) if has_all)
        self.last = head(d1 + 3 + 1, layout.head)

    def forward(self, maps: Maps, image: Tensor, mask: Tensor) -> Alphas:
        """Return the mattes.

        Args:
            maps: Of image and mask.
            image: (B, 3, H, W), normalised.
            mask: (B, 1, H, W) in [0, 1].
        """
        x = self.level5(maps.deep)
        at8 = self.level4(x, maps.assembled)
        at4 = self.level3(at8, maps.at8)
        x = self.level1(self.level2(at4, maps.at4), maps.at2)
        coarse = [
            larger(_alpha_of(each(at)), by)
            for each, at, by in zip(self.heads, (at8, at4), (8, 4), strict=False)
        ]
        return (*coarse, _alpha_of(self.last(torch.cat([x, image, mask], dim=1))))


class MrnNetwork(nn.Module):
    """Image and mask to mattes."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        layout = LAYOUTS[config.size]
        self.normalise = Normalise()
        self.encoder = BRANCHES[config.mrn_branch](layout)
        self.decoder = Decoder(layout, config.prm)
        initialise(self)
        for module in self.modules():
            if isinstance(module, GlobalBranch):
                module.initialise()

    def forward(self, image: Tensor, mask: Tensor) -> Alphas:
        """Return the mattes; see `Alphas`.

        Args:
            image: (B, 3, H, W) in [0, 1]; H and W multiples of 32.
            mask: (B, 1, H, W) in [0, 1].

        Raises:
            InputError: H and W are no multiples of 32.
        """
        x, mask = self._normalised(image), self._told(mask)
        both = torch.cat([x, mask], dim=1)
        maps = self.encoder(*(stem(both) for stem in self.encoder.stems()))
        return self.decoder(maps, x, mask)

    def look(self, image: Tensor) -> Seen:
        """Do the part that depends on the image alone.

        Args:
            image: As of `forward`.

        Raises:
            InputError: As of `forward`.
        """
        x = self._normalised(image)
        return Seen(x, tuple(stem.of_image(x) for stem in self.encoder.stems()))

    def refine(self, seen: Seen, mask: Tensor) -> Alphas:
        """Return what `forward` does, but for rounding, of an image that was looked at before."""
        mask = self._told(mask)
        stems = zip(seen.firsts, self.encoder.stems(), strict=True)
        maps = self.encoder(*(first + stem.of_mask(mask) for first, stem in stems))
        return self.decoder(maps, seen.image, mask)

    def _normalised(self, image: Tensor) -> Tensor:
        height, width = image.shape[2:]
        is_right = height % MULTIPLE == 0 and width % MULTIPLE == 0
        rule = f"(height, width) of multiples of {MULTIPLE}"
        require(is_right, "image", rule, (height, width))
        return self.normalise(image)

    def _told(self, mask: Tensor) -> Tensor:
        """Return the mask as the network is told it."""
        return (mask > 0.5).to(mask) if self.config.mask_in == "hard" else mask


def _alpha_of(logits: Tensor) -> Tensor:
    # In 16 bits a sigmoid is exactly 1, and has no gradient, long before it should be.
    return logits.float().sigmoid()
