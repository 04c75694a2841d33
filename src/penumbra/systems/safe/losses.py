"""What matting and the flaw detector minimise, in turn on every batch.

The sheet `safe`, sections 8 and 9: the loss of a matte counts unknown pixels four times, and there
is one for every round; the detector learns what is wrong with the same mattes.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from penumbra.nn.losses import distance, laplacian_loss, soft_iou
from penumbra.systems.safe.network import SafeNetwork
from penumbra.systems.safe.target import FLOOR, flaws_of
from penumbra.training.compose import Batch
from penumbra.training.trimaps import dilate
from penumbra.training.validation import evaluating

TrainOn = Literal["all", "alpha0"]

_KERNEL = 15 / 512  # of the side of a sample: what soft pixels are grown by to be the unknown ones


@dataclass(frozen=True)
class MattingLoss:
    """Of everything but the detector, which stays as it is.

    Attributes:
        gamma: How much an unknown pixel counts.
        is_detached: Whether a round's loss stops at the matte before it.
        laplacian: Weight of the Laplacian loss of composites, of the last matte alone since it
            takes its time; the paper has none.
        overlap: Weight of 1 - IoU, mean over all mattes; the paper has none.
        squared: Weight of squares beside `alpha_loss`, with which rounds do not merely make
            sharp what is undecided; the paper has none.
    """

    gamma: float = 4.0
    is_detached: bool = False
    laplacian: float = 0.0
    overlap: float = 0.0
    squared: float = 0.0

    def __call__(self, network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return the terms of the loss."""
        whole = _network(network)
        answer = whole(batch.image, is_detached=self.is_detached)
        weight = 1 + (self.gamma - 1) * unknown_of(batch)
        terms = self._terms("alpha", answer.alphas, batch, weight)
        if whole.attention is not None:
            terms |= self._terms("attention", (answer.attention,), batch, weight)
        return terms

    def _terms(
        self, name: str, alphas: tuple[Tensor, ...], batch: Batch, weight: Tensor
    ) -> dict[str, Tensor]:
        terms = {
            f"{name}{number}": alpha_loss(alpha, batch.alpha, weight)
            for number, alpha in enumerate(alphas)
        }
        if self.laplacian > 0:
            # Photographs with masks have no opacity along their edges.
            is_matte = batch.is_composite[:, None, None, None].float()
            apart = laplacian_loss(is_matte * alphas[-1], is_matte * batch.alpha)
            terms[f"{name}_laplacian"] = self.laplacian * apart
        if self.squared > 0:
            apart = torch.stack([weight * (it - batch.alpha).square() for it in alphas])
            terms[f"{name}_squared"] = self.squared * len(alphas) * apart.mean()
        if self.overlap > 0:
            each = torch.stack([soft_iou(it, batch.alpha) for it in alphas])
            terms[f"{name}_overlap"] = self.overlap * each.mean()
        return terms


@dataclass(frozen=True)
class FlawLoss:
    """Of the detector; everything else stays as it is.

    Attributes:
        on: Whether it learns from all mattes, or from the first alone.
        share: Of the samples of a batch, rounded up, those that it learns from: mattes are made
            anew for it, and that takes longer than the detector itself.
        floor: See `target.flaws_of`.
        nu: See there.
    """

    on: TrainOn = "all"
    share: float = 1.0
    floor: float = FLOOR
    nu: int = 1

    def __call__(self, network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return the term of the loss."""
        whole = _network(network)
        count = -int(-self.share * len(batch.image) // 1)
        image, alpha_true = batch.image[:count], batch.alpha[:count]
        with evaluating(whole), torch.no_grad():
            answer = whole(image, rounds=0 if self.on == "alpha0" else None)
        alphas, times = torch.cat(answer.alphas), (len(answer.alphas), 1, 1, 1)
        plane = whole.detect(image.repeat(times), alphas)
        truth = flaws_of(alphas, alpha_true.repeat(times), self.floor, self.nu)
        return {"flaws": 0.5 * (plane - truth).square().mean()}


def alpha_loss(alpha: Tensor, alpha_true: Tensor, weight: Tensor) -> Tensor:
    """Return the weighted mean of sqrt(d^2 + 1e-12) over all pixels, by which it is divided.

    Args:
        alpha: (B, 1, H, W).
        alpha_true: (B, 1, H, W).
        weight: (B, 1, H, W): gamma.

    Source:
        Equation 4; the sheet `safe`, section 8.
    """
    return (weight * distance(alpha, alpha_true)).mean()


def unknown_of(batch: Batch) -> Tensor:
    """Return where opacity is asked for, (B, 1, H, W) of 0 and 1.

    What is neither 0 nor 1, dilated by an ellipse of 15 pixels on a sample of 512.  In photographs
    with masks nowhere: their edges are where they are least right.
    """
    is_soft = (batch.alpha > 0) & (batch.alpha < 1) & batch.is_composite[:, None, None, None]
    size = max(1, round(_KERNEL * min(batch.alpha.shape[2:]))) | 1
    return dilate(is_soft, np.full(len(is_soft), size)).float()


def alpha_of(network: nn.Module, batch: Batch) -> Tensor:
    """Return what the network answers after all rounds, (B, 1, H, W); for previews."""
    return _network(network)(batch.image).alpha


def mean_error(network: nn.Module, batch: Batch) -> Tensor:
    """Return the mean absolute error of that over all pixels; for validation."""
    return (alpha_of(network, batch) - batch.alpha).abs().mean()


def _network(network: nn.Module) -> SafeNetwork:
    assert isinstance(network, SafeNetwork), "these losses know the answers of this network alone"
    return network
