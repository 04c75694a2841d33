"""What the interpreter minimises.

The sheet `smpmat`, section 3.1: equation 8 of Jiao et al., "DFIMat", ACCV 2024, whose alpha loss
the paper does not say; here it is the classic one of alpha prediction, with more weight where
opacity changes, and dice beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, binary_cross_entropy_with_logits, softplus
from torch.special import entr

from penumbra.core.errors import require
from penumbra.systems.dfimat.gathering import SceneBatch
from penumbra.systems.dfimat.synth.interpreter.gathering import captions_of
from penumbra.systems.dfimat.synth.interpreter.matching import match
from penumbra.systems.dfimat.synth.interpreter.network import Answer, chosen
from penumbra.systems.dfimat.synth.interpreter.queries import Head
from penumbra.systems.dfimat.synth.interpreter.reader import Reader

CLASS_WEIGHT = 0.1
"""λ of equation 8."""

TRANSITION_WEIGHT = 4.0
"""Of pixels that are neither clear nor opaque."""

_EPSILON2 = 1e-12  # ε of the alpha loss, squared
_CLEAR = 0.02  # opacity that is none; as much below 1 is all
_MASK_STRIDE = 8


class Truth(NamedTuple):
    """What is true of a batch.

    Attributes:
        alphas: (B, P, H, W) in [0, 1], what is seen of each person.
        is_person: (B, P) bool; False where a picture has fewer people than others.
    """

    alphas: Tensor
    is_person: Tensor


@dataclass(frozen=True)
class InterpreterLoss:
    """Of all that queries answer, the mean over the heads where all of them count.

    Attributes:
        dice_weight: Of dice beside the alpha loss; 0 as in the paper, read literally.
        neg_weight: Of queries without a person in the loss of classes; None for that of the
            others, 0.1 as in Mask2Former.
    """

    dice_weight: float = 1.0
    neg_weight: float | None = None

    def __post_init__(self) -> None:
        require(self.dice_weight >= 0, "dice_weight", "at least 0", self.dice_weight)
        is_right = self.neg_weight is None or self.neg_weight >= 0
        require(is_right, "neg_weight", "at least 0, or none", self.neg_weight)

    def __call__(self, network: nn.Module, batch: SceneBatch) -> dict[str, Tensor]:
        """Return the terms of the loss."""
        assert isinstance(network, Reader)
        seed = int(torch.randint(1 << 31, ()))
        answer = network(batch.image, captions_of(batch), seed)
        truth = Truth(batch.alphas, batch.is_person)
        return self.terms(answer, lambda it: network.interpreter.alphas(answer, it), truth)

    def terms(
        self, answer: Answer, draw: Callable[[Tensor], Tensor], truth: Truth
    ) -> dict[str, Tensor]:
        """Return the terms: "class" and "mask" of all heads, "alpha" and "dice" of the last.

        Args:
            answer: Of the network.
            draw: From numbers of queries, (B, P), to logits of their alphas, (B, P, H, W).
            truth: Of its pictures.
        """
        matches = [match(head, *truth) for head in answer.heads]
        pairs = list(zip(answer.heads, matches, strict=True))
        classes = [class_loss(head.human, matched, self.neg_weight) for head, matched in pairs]
        masks = [mask_loss(head, matched, truth.alphas) for head, matched in pairs]
        matched = matches[-1]
        is_shown = matched >= 0
        alpha = draw(matched.clamp(min=0)).float().sigmoid()[is_shown]
        wanted = truth.alphas[is_shown]
        terms = {
            "class": CLASS_WEIGHT * torch.stack(classes).mean(),
            "mask": torch.stack(masks).mean(),
            "alpha": _mean(alpha_losses(alpha, wanted)),
        }
        if self.dice_weight:
            terms["dice"] = self.dice_weight * _mean(dice_losses(alpha, wanted))
        return terms


def class_loss(human: Tensor, matched: Tensor, neg_weight: float | None) -> Tensor:
    """Return the mean cross-entropy of all queries: those that are matched are human.

    Args:
        human: (B, N), logits.
        matched: (B, P), as of `match`.
        neg_weight: Of those that are not.
    """
    image, person = (matched >= 0).nonzero(as_tuple=True)
    is_human = torch.zeros_like(human, dtype=torch.float32)
    is_human[image, matched[image, person]] = 1
    wrong = binary_cross_entropy_with_logits(human.float(), is_human, reduction="none")
    if neg_weight is not None:
        wrong = wrong * torch.where(is_human > 0, 1.0, neg_weight)
    return wrong.mean()


def mask_loss(head: Head, matched: Tensor, alphas: Tensor) -> Tensor:
    """Return the mean over the people of what is wrong with their masks of stride 8.

    The binary cross-entropy with the share of each cell that is opaque, less what no answer can
    do without, and dice.

    Args:
        head: What queries answer.
        matched: (B, P), as of `match`.
        alphas: (B, P, H, W), the truth.
    """
    is_shown = matched >= 0
    logits = chosen(head.masks, matched.clamp(min=0)).float()[is_shown].flatten(1)  # (M, h w)
    share = avg_pool2d(alphas, _MASK_STRIDE)[is_shown].flatten(1)
    least = entr(share) + entr(1 - share)
    bce = (softplus(logits) - logits * share - least).mean(dim=1)
    return _mean(bce + dice_losses(logits.sigmoid(), share))


def alpha_losses(alpha: Tensor, truth: Tensor) -> Tensor:
    """Return the mean of sqrt(d^2 + 1e-12) of each pair, (M,); pixels of transition count 4 times.

    Args:
        alpha: (M, H, W) in [0, 1].
        truth: (M, H, W) in [0, 1].

    Source:
        The sheet `smpmat`, section 3.1; Xu et al., "Deep Image Matting", CVPR 2017, equation 1.
    """
    is_transition = (truth > _CLEAR) & (truth < 1 - _CLEAR)
    weight = torch.where(is_transition, TRANSITION_WEIGHT, 1.0)
    error = ((alpha - truth).square() + _EPSILON2).sqrt()
    return (weight * error).flatten(1).mean(dim=1)


def dice_losses(alpha: Tensor, truth: Tensor) -> Tensor:
    """Return 1 - (2 Σab + 1) / (Σa² + Σb² + 1) of each pair, (M,); 0 where both are the same.

    Args:
        alpha: (M, ...) in [0, 1].
        truth: (M, ...) in [0, 1].

    Source:
        Milletari et al., "V-Net", 3DV 2016: with squares, what is half opaque can be met, too.
    """
    alpha, truth = alpha.flatten(1), truth.flatten(1)
    both = (alpha * truth).sum(dim=1)
    total = (alpha.square() + truth.square()).sum(dim=1)
    return 1 - (2 * both + 1) / (total + 1)


def _mean(values: Tensor) -> Tensor:
    """Return the mean of values (M,); 0, with a gradient, of none."""
    return values.sum() / max(len(values), 1)
