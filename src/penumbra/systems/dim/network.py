"""Both stages of Deep Image Matting as one network.

Xu et al., "Deep Image Matting", CVPR 2017, section 4.  Where the paper is silent, the sheet
`dim` decides; the room's README lists the deviations.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from penumbra.nn.layers import Normalise
from penumbra.systems.dim.coarse import Coarse
from penumbra.systems.dim.config import Config
from penumbra.systems.dim.guided import CONTRAST, GuidedFilter
from penumbra.systems.dim.refine import AlphaRefiner
from penumbra.systems.dim.small import LOOKS, SmallMatting
from penumbra.systems.dim.vgg import VggMatting


class Answer(NamedTuple):
    """What the network answers, each (B, 1, H, W).

    Attributes:
        alpha0: Of the first stage, in [0, 1].
        alpha: Of the second, not limited to [0, 1]: a loss needs the gradient, and `Matting`
            limits it.  The same tensor as `alpha0` where there is no second stage.
        uncertainty: Expected absolute error of `alpha`; None where it is not estimated.
    """

    alpha0: Tensor
    alpha: Tensor
    uncertainty: Tensor | None


class DimNetwork(nn.Module):
    """Image and trimap to alpha."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.normalise = Normalise()
        self.coarse: nn.Module = (
            SmallMatting(config.features)
            if config.encoder == "small"
            else VggMatting(config.conv6, config.decoder_bn, config.skip_add)
        )
        self.guided = GuidedFilter()
        self.refiner = None
        if config.refine:
            self.refiner = AlphaRefiner(
                config.refine_width,
                config.refine_depth,
                config.refine_head,
                LOOKS if config.features else 0,
                config.features,
                config.has_uncertainty,
            )

    def forward(self, image: Tensor, trimap: Tensor) -> Answer:
        """Estimate alpha.

        Args:
            image: (B, 3, H, W) in [0, 1]; H and W multiples of 32.
            trimap: (B, 1, H, W) of 0 (background), 0.5 (unknown) and 1 (foreground).
        """
        coarse = self.coarse(image, trimap)
        return self.second_stage(image, trimap, coarse)

    def first_stage(self, image: Tensor, trimap: Tensor) -> Tensor:
        """Return the alpha0 of the first stage alone; arguments as of `forward`."""
        return self._squashed(self.coarse(image, trimap).logits)

    def second_stage(self, image: Tensor, trimap: Tensor, coarse: Coarse) -> Answer:
        """Refine what the first stage answered.

        The paper's second stage does not see the trimap; here it only says, where alpha0 is
        guided, which pixels lead.
        """
        alpha0 = self._squashed(coarse.logits)
        if self.refiner is None:
            return Answer(alpha0, alpha0, None)
        planes = [self.normalise(image), alpha0 * self.config.refine_alpha_scale]
        if coarse.looks is not None:
            planes.append(coarse.looks)
        residual, uncertainty = self.refiner(torch.cat(planes, dim=1), coarse.features)
        if self.config.refine_skip == "logit":
            return Answer(alpha0, (coarse.logits + residual).sigmoid(), uncertainty)
        if not self.config.is_guided:
            return Answer(alpha0, alpha0 + residual, uncertainty)
        base = self.guided(image, torch.where(trimap == 0.5, alpha0, trimap))
        alpha = 0.5 + CONTRAST * (base + residual - 0.5)
        return Answer(alpha0, alpha, uncertainty)

    def _squashed(self, logits: Tensor) -> Tensor:
        return logits.sigmoid() if self.config.squash == "sigmoid" else logits.clamp(0, 1)


class Matting(nn.Module):
    """The network as it runs at inference: what it answers is in [0, 1]."""

    def __init__(self, network: DimNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor, trimap: Tensor) -> tuple[Tensor, ...]:
        """Return `alpha0`, `alpha` and, if it is estimated, `uncertainty`; see `Answer`."""
        alpha0, alpha, uncertainty = self.network(image, trimap)
        limited = (alpha0, alpha.clamp(0, 1))
        return limited if uncertainty is None else (*limited, uncertainty)
