"""What the refinement network minimises.

Jiao et al., ACCV 2024, equation 7; the sheet `dfimat`, section 5.3.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from penumbra.core.errors import require
from penumbra.nn.losses import laplacian_loss
from penumbra.systems.dfimat.mrn.network import Alphas

_NAMES = ("alpha8", "alpha4", "alpha1")
_WEIGHTS = (1.0, 1.0, 2.0)  # of the three mattes; they are divided by their sum


@dataclass(frozen=True)
class MrnLoss:
    """Of mattes that were refined progressively; names as in the sheet, section 10.

    Attributes:
        hard_frac: Share of an image's pixels, those of the largest error, that count twice.
        lambda_hard: How much they count the second time.
        lap_weight: Of the Laplacian loss, which the paper does not have.
    """

    hard_frac: float = 0.3
    lambda_hard: float = 1.0
    lap_weight: float = 0.0

    def __post_init__(self) -> None:
        require(0 < self.hard_frac <= 1, "hard_frac", "above 0 and at most 1", self.hard_frac)
        require(self.lambda_hard >= 0, "lambda_hard", "at least 0", self.lambda_hard)
        require(self.lap_weight >= 0, "lap_weight", "at least 0", self.lap_weight)

    def terms(self, alphas: Alphas, alpha_true: Tensor) -> dict[str, Tensor]:
        """Return the terms of the loss, scalars whose sum it is.

        Args:
            alphas: As of `refinement.fused`: all three, weighing 1/4, 1/4 and 1/2, or one alone.
            alpha_true: (B, 1, H, W) in [0, 1].
        """
        count = len(alphas)
        total = sum(_WEIGHTS[-count:])
        shares = [weight / total for weight in _WEIGHTS[-count:]]
        terms = {
            name: share * matte_loss(alpha, alpha_true, self.hard_frac, self.lambda_hard)
            for name, share, alpha in zip(_NAMES[-count:], shares, alphas, strict=True)
        }
        if self.lap_weight > 0:
            apart = [
                share * laplacian_loss(alpha, alpha_true)
                for share, alpha in zip(shares, alphas, strict=True)
            ]
            terms["laplacian"] = self.lap_weight * torch.stack(apart).sum()
        return terms


def matte_loss(alpha: Tensor, alpha_true: Tensor, hard_frac: float, lambda_hard: float) -> Tensor:
    """Return the mean absolute error plus that of the hardest pixels, mean over the batch.

    Args:
        alpha: (B, 1, H, W).
        alpha_true: (B, 1, H, W).
        hard_frac: Share of each image's pixels, rounded up, that are the hardest; in (0, 1].
        lambda_hard: Weight of these.

    Source:
        Equation 7.
    """
    error = (alpha - alpha_true).abs().flatten(1)
    hardest = error.topk(hard_count(error.shape[1], hard_frac), dim=1).values
    return error.mean() + lambda_hard * hardest.mean()


def hard_count(pixels: int, hard_frac: float) -> int:
    """Return how many pixels are the hardest: a share of them, rounded up.

    Example:
        >>> hard_count(64 * 64, 0.3)
        1229
    """
    # Shares are not exact in binary; what is whole but for that is not rounded up.
    return math.ceil(hard_frac * pixels * (1 - 1e-9))
