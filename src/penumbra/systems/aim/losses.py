"""What the automatic matting network minimises.

Li, Zhang, Tao: "Deep Automatic Natural Image Matting", IJCAI 2021, and its supplement: the
plain sum of all terms.  Three quirks of the published code are kept behind a switch, for going on
from weights that were learned with them; the sheet `aim`, section 5, names them.
"""

from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from penumbra.nn.layers import Normalise
from penumbra.nn.losses import LEVELS, distance, gaussian_kernel, laplacian_loss, mean_over
from penumbra.systems.aim.network import AimNetwork
from penumbra.systems.aim.unified import classes_of, unified_of
from penumbra.training.compose import Batch


@dataclass(frozen=True)
class MaskLoss:
    """Of the first stage, which learns from masks and mattes what an object is.

    Attributes:
        uni: Whether the map to learn is the unified one, or else the trimap for all kinds.
        compat: Whether the quirks of the published code are kept.
    """

    uni: bool = True
    compat: bool = False

    def __call__(self, network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return the terms of the loss."""
        answer = _network(network)(batch.image)
        unified = _unified(batch, self.uni)
        return {
            "semantic": semantic_loss(answer.logits.float(), unified, self.compat),
            "matte": mean_over(distance(answer.matte.float(), batch.alpha), _unknown(unified)),
            "alpha": distance(answer.alpha.float(), batch.alpha).mean(),
        }


@dataclass(frozen=True)
class MatteLoss:
    """Of the second stage, which learns from mattes how opaque it is.

    The terms that judge opacity pass over photographs whose masks say inside or outside only.

    Attributes:
        uni: As in `MaskLoss`.
        compat: As in `MaskLoss`.
        lap_weights: Of the levels of the Laplacian pyramids, finest first.
    """

    uni: bool = True
    compat: bool = False
    lap_weights: tuple[float, ...] = (1.0,) * LEVELS

    def __call__(self, network: nn.Module, batch: Batch) -> dict[str, Tensor]:
        """Return the terms of the loss."""
        answer = _network(network)(batch.image)
        unified = _unified(batch, self.uni)
        unknown = _unknown(unified)
        is_matte = batch.is_composite[:, None, None, None].float()
        trusted = (is_matte + 1 - unknown).clamp(max=1)  # a mask is right but for its edge
        matte, alpha = answer.matte.float(), answer.alpha.float()
        matte_error, alpha_error = (distance(each, batch.alpha) for each in (matte, alpha))
        kernel = _summed_kernel() if self.compat else None
        seen, region = is_matte * unknown, is_matte * batch.alpha
        return {
            "semantic": semantic_loss(answer.logits.float(), unified, self.compat),
            "matte": mean_over(matte_error, seen),
            "matte_laplacian": laplacian_loss(
                seen * matte, unknown * region, self.lap_weights, kernel
            ),
            "alpha": (trusted * alpha_error).mean(),
            "alpha_laplacian": laplacian_loss(is_matte * alpha, region, self.lap_weights, kernel),
            "composition": composition_loss(alpha, batch, self.compat),
        }


def semantic_loss(logits: Tensor, unified: Tensor, compat: bool = False) -> Tensor:
    """Return the cross-entropy of the three classes, mean over all pixels.

    Args:
        logits: (B, 3, H, W).
        unified: (B, 1, H, W) of 0, 0.5 and 1.
        compat: The published code takes sigmoids for logits.
    """
    return cross_entropy(logits.sigmoid() if compat else logits, classes_of(unified))


def composition_loss(alpha: Tensor, batch: Batch, compat: bool = False) -> Tensor:
    """Return how far alpha F + (1 - alpha) B is from the image: sum of colours, mean of pixels.

    Of a photograph whose layers are not known nothing is asked.

    Args:
        alpha: (B, 1, H, W).
        batch: Its layers.
        compat: The published code takes normalised colours.
    """
    layers = (batch.foreground, batch.background, batch.image)
    if compat:
        normalise = Normalise().to(alpha)
        layers = tuple(normalise(layer) for layer in layers)
    foreground, background, image = layers
    composite = alpha * foreground + (1 - alpha) * background
    return distance(composite, image).sum(dim=1).mean()


def alpha_of(network: nn.Module, batch: Batch) -> Tensor:
    """Return what the network answers, (B, 1, H, W) in [0, 1]; for previews."""
    return _network(network)(batch.image).alpha.float()


def mean_error(network: nn.Module, batch: Batch) -> Tensor:
    """Return the mean absolute error of alpha over all pixels; for validation."""
    return (alpha_of(network, batch) - batch.alpha).abs().mean()


def _summed_kernel() -> Tensor:
    """Return the kernel of the published code: squared Gaussians along both axes, added."""
    line = gaussian_kernel().sum(dim=0).square()
    summed = line[:, None] + line
    return summed / summed.sum()


def _unified(batch: Batch, uni: bool) -> Tensor:
    return unified_of(batch.trimap, batch.kind) if uni else batch.trimap


def _unknown(unified: Tensor) -> Tensor:
    return (unified == 0.5).float()


def _network(network: nn.Module) -> AimNetwork:
    assert isinstance(network, AimNetwork), "this loss knows the answers of this network alone"
    return network
