"""What Deep Image Matting minimises (section 4.1 of the paper, equations 1 and 2).

Both terms are means over the unknown pixels of the whole batch; with one pixel more in the
denominator, so that a batch without unknown pixels costs nothing (the paper gives no rule).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from penumbra.nn.losses import distance, mean_over
from penumbra.systems.dim.network import Answer, DimNetwork
from penumbra.training.compose import Batch

_UNCERTAINTY = 0.02  # weight: small beside the alpha loss, which is what the features are for


@dataclass(frozen=True)
class CoarseLoss:
    """Of the first stage: w_l of the alpha loss, the rest of the compositional loss.

    Attributes:
        w_l: 0.5 in the paper; 1 leaves the compositional loss out.
    """

    w_l: float = 0.5

    def __call__(self, network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return the terms of the loss, weighted."""
        alpha0 = _network(network).first_stage(batch.image, batch.trimap)
        return _overall(alpha0, batch, self.w_l)


@dataclass(frozen=True)
class RefineLoss:
    """Of the second stage, the first one frozen: the alpha loss alone."""

    def __call__(self, network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return the terms of the loss."""
        whole = _network(network)
        was_training = whole.coarse.training
        whole.coarse.eval()  # running means of normalisation are frozen, too
        with torch.no_grad():
            coarse = whole.coarse(batch.image, batch.trimap)
        whole.coarse.train(was_training)
        answer = whole.second_stage(batch.image, batch.trimap, coarse)
        return _refined(answer, batch)


@dataclass(frozen=True)
class WholeLoss:
    """Of both stages together: those of the first and of the second, each with weight 1.

    Attributes:
        w_l: As in `CoarseLoss`.
    """

    w_l: float = 0.5

    def __call__(self, network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return the terms of the loss, weighted."""
        answer = network(batch.image, batch.trimap)
        return _overall(answer.alpha0, batch, self.w_l) | _refined(answer, batch)


def alpha_loss(alpha: Tensor, alpha_true: Tensor, trimap: Tensor) -> Tensor:
    """Return the alpha loss: sqrt(d^2 + 1e-12), mean over the unknown pixels and one more.

    Args:
        alpha: (B, 1, H, W).
        alpha_true: (B, 1, H, W) in [0, 1].
        trimap: (B, 1, H, W) of 0, 0.5 and 1.

    Source:
        Equation 1.
    """
    return _mean_over_unknown(distance(alpha, alpha_true), trimap)


def composition_loss(
    alpha: Tensor, foreground: Tensor, background: Tensor, image: Tensor, trimap: Tensor
) -> Tensor:
    """Return the compositional loss: how far alpha F + (1 - alpha) B is from the image.

    Args:
        alpha: (B, 1, H, W).
        foreground: (B, 3, H, W), for colours of [0, 1].
        background: (B, 3, H, W), likewise.
        image: (B, 3, H, W), likewise.
        trimap: (B, 1, H, W) of 0, 0.5 and 1.

    Source:
        Section 4.1; mean over the three colours.
    """
    composite = alpha * foreground + (1 - alpha) * background
    return _mean_over_unknown(distance(composite, image).mean(dim=1, keepdim=True), trimap)


def uncertainty_loss(uncertainty: Tensor, alpha: Tensor, batch: Batch) -> Tensor:
    """Return the negative log-likelihood of the absolute error as Laplace's law has it.

    Its least value is where `uncertainty` is the mean absolute error of pixels that look alike.
    Alpha itself learns nothing from it.
    """
    error = (alpha.detach().clamp(0, 1) - batch.alpha).abs()
    return _mean_over_unknown(uncertainty.log() + error / uncertainty, batch.trimap)


def mean_error(network: nn.Module, batch: Batch) -> Tensor:
    """Return the mean absolute error of alpha over the unknown pixels; for validation."""
    wrong = (alpha_of(network, batch) - batch.alpha).abs()
    return _mean_over_unknown(wrong, batch.trimap)


def alpha_of(network: nn.Module, batch: Batch) -> Tensor:
    """Return what the network answers, (B, 1, H, W) in [0, 1]; for previews."""
    alpha = network(batch.image, batch.trimap).alpha.float().clamp(0, 1)
    return torch.where(batch.trimap == 0.5, alpha, batch.trimap)


def _overall(alpha0: Tensor, batch: Batch, w_l: float) -> dict[str, Tensor]:
    alpha0 = alpha0.float()
    terms = {"alpha0": w_l * alpha_loss(alpha0, batch.alpha, batch.trimap)}
    if w_l < 1:
        layers = (batch.foreground, batch.background, batch.image)
        terms["composition"] = (1 - w_l) * composition_loss(alpha0, *layers, batch.trimap)
    return terms


def _refined(answer: Answer, batch: Batch) -> dict[str, Tensor]:
    alpha = answer.alpha.float()
    terms = {"alpha": alpha_loss(alpha, batch.alpha, batch.trimap)}
    if answer.uncertainty is not None:
        scale = answer.uncertainty.float()
        terms["uncertainty"] = _UNCERTAINTY * uncertainty_loss(scale, alpha, batch)
    return terms


def _mean_over_unknown(values: Tensor, trimap: Tensor) -> Tensor:
    return mean_over(values, (trimap == 0.5).float())


def _network(network: nn.Module) -> DimNetwork:
    assert isinstance(network, DimNetwork), "this loss knows the stages of this network alone"
    return network
