"""What has to hold after each stage of training; the sheet `clicks`, section 7."""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor, nn

from penumbra.core.arrays import Alpha
from penumbra.data.simulate import corrective_click
from penumbra.metrics.interaction import iou
from penumbra.systems.clicks.network import ClicksNetwork
from penumbra.systems.clicks.rounds import clicked
from penumbra.systems.clicks.windows import crops, hard_windows
from penumbra.training.clicking import Clicking, painted
from penumbra.training.compose import Batch
from penumbra.training.recipe import Limit

TURNED = "IoU of the answers to two clicks and to the same turned"
RANKS = "rank correlation of uncertainty and error"
HARD = "error of the worst windows, after / before"
RANDOM = "error of windows anywhere, after / before"

ALPHA_LIMITS = (Limit(TURNED, most=0.3),)
UNCERTAINTY_LIMITS = (Limit(RANKS, least=0.5),)
REFINE_LIMITS = (Limit(HARD, most=1.0), Limit(RANDOM, most=1.02))

_LEAST = 1e-6  # mean error of windows that can be compared
_SEED = 7  # of windows anywhere


@dataclass(frozen=True)
class AlphaGate:
    """Clicks matter: of two objects, that is answered which is clicked on.

    Attributes:
        clicking: How clicks are painted.
    """

    clicking: Clicking

    def __call__(self, network: nn.Module, batch: Batch) -> dict[str, float]:
        """Return how alike answers are whose clicks say the opposite; {} without two objects."""
        assert isinstance(network, ClicksNetwork)
        found = [_on_both(batch, number) for number in range(len(batch.alpha))]
        image = batch.image[[number for number, each in enumerate(found) if each]]
        if len(image) == 0:
            return {}
        height, width = image.shape[2:]
        said = torch.tensor([each for each in found if each], device=image.device)
        turned = said * torch.tensor([1, 1, -1], device=image.device)
        one, other = (
            _plane(network(image, painted(clicks, self.clicking.radius, height, width))) > 0.5
            for clicks in (said, turned)
        )
        pairs = zip(one.astype(np.float32), other.astype(np.float32), strict=True)
        return {TURNED: float(np.mean([iou(*pair) for pair in pairs]))}


@dataclass(frozen=True)
class UncertaintyGate:
    """The network knows where it is wrong.

    Attributes:
        clicking: How clicks are simulated.
    """

    clicking: Clicking

    def __call__(self, network: nn.Module, batch: Batch) -> dict[str, float]:
        """Return the rank correlation of uncertainty and error, mean over the samples."""
        assert isinstance(network, ClicksNetwork)
        seen = network.look(batch.image)
        maps = network.think(seen, *clicked(network, batch, self.clicking))
        error = _plane((network.alpha_of(seen, maps) - batch.alpha).abs())
        doubt = _plane(network.log_uncertainty_of(seen, maps))
        ranks = [
            spearmanr(one.ravel(), other.ravel()).statistic
            for one, other in zip(doubt, error, strict=True)
            if one.std() > 0 and other.std() > 0
        ]
        return {RANKS: float(np.mean(ranks))} if ranks else {}


@dataclass(frozen=True)
class RefineGate:
    """Polish lowers the error where it is needed, and does no harm elsewhere.

    Attributes:
        clicking: How clicks are simulated.
        size: Side of the windows, pixels.
        count: Windows of each kind and sample.
    """

    clicking: Clicking
    size: int = 64
    count: int = 8

    def __call__(self, network: nn.Module, batch: Batch) -> dict[str, float]:
        """Return mean absolute errors of refined windows over those of the same before."""
        assert isinstance(network, ClicksNetwork)
        alpha = network(batch.image, *clicked(network, batch, self.clicking))
        worst = hard_windows((alpha - batch.alpha).abs(), self.size, self.count)
        return {
            name: ratio
            for name, windows in ((HARD, worst), (RANDOM, self._anywhere(batch)))
            if (ratio := self._ratio(network, batch, alpha, windows)) is not None
        }

    def _anywhere(self, batch: Batch) -> Tensor:
        count, _, height, width = batch.alpha.shape
        limits = torch.tensor([count, height - self.size + 1, width - self.size + 1])
        unit = torch.rand(count * self.count, 3, generator=torch.Generator().manual_seed(_SEED))
        return (unit * limits).long()

    def _ratio(
        self, network: ClicksNetwork, batch: Batch, alpha: Tensor, windows: Tensor
    ) -> float | None:
        image, given, truth = (
            crops(plane, windows, self.size) for plane in (batch.image, alpha, batch.alpha)
        )
        before = float((given - truth).abs().mean())
        if before < _LEAST:
            return None
        return float((network.refiner(image, given) - truth).abs().mean()) / before


def _on_both(batch: Batch, number: int) -> list[list[int]] | None:
    """Return a click in the middle of each of two objects, as `painted` takes them.

    None where there are not two.
    """
    found = []
    for plane, label in ((batch.alpha, 1), (batch.distractor, -1)):
        truth = plane[number, 0].float().cpu().numpy()
        click = corrective_click(np.zeros_like(truth), truth, least=0)
        if click is None:
            return None
        row, col = click.pixel
        found.append([col, row, label])
    return found


def _plane(plane: Tensor) -> Alpha:
    """Return (B, H, W) of (B, 1, H, W)."""
    values: Alpha = plane[:, 0].float().cpu().numpy()
    return values
