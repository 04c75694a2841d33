"""Which query shows which person.

The sheet `smpmat`, section 3.1.
"""

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate, softplus

from penumbra.systems.dfimat.iscn.matching import assigned
from penumbra.systems.dfimat.synth.interpreter.queries import Head

CLASS_WEIGHT, ALPHA_WEIGHT, DICE_WEIGHT = 2.0, 5.0, 5.0
"""Of the parts of a cost."""

STRIDE = 4
"""Of the alphas that are compared: 128 for a picture of 512 pixels."""


def match(head: Head, alphas: Tensor, is_person: Tensor) -> Tensor:
    """Return the query of each person, so that the sum of costs is least.

    A query's alpha is here that of its mask: the path to every pixel costs too much for all.

    Args:
        head: What queries answer.
        alphas: (B, P, H, W) in [0, 1], the truth.
        is_person: (B, P) bool; False where there are fewer people than in other pictures.

    Returns:
        (B, P) int64: the number of the query; -1 where there is no person, or where people
        outnumber queries.
    """
    # Sums over many pixels need more than 16 bits.
    with torch.no_grad(), torch.autocast(alphas.device.type, enabled=False):
        truth = avg_pool2d(alphas.float(), STRIDE)
        masks = head.masks.float()
        shown = interpolate(masks, truth.shape[2:], mode="bilinear", align_corners=False)
        return assigned(costs_of(head.human.float(), shown.sigmoid(), truth), is_person)


def costs_of(human: Tensor, shown: Tensor, truth: Tensor) -> Tensor:
    """Return what it costs that each query shows each person, (B, N, P).

    Args:
        human: (B, N), logits.
        shown: (B, N, h, w) in [0, 1], what queries show.
        truth: (B, P, h, w) in [0, 1].
    """
    shown, truth = shown.flatten(2), truth.flatten(2)
    apart = torch.cdist(shown, truth, p=1.0) / truth.shape[2]
    both = shown @ truth.mT
    total = shown.square().sum(dim=2)[:, :, None] + truth.square().sum(dim=2)[:, None]
    dice = 1 - (2 * both + 1) / (total + 1)
    surprise = softplus(-human)[:, :, None]  # the cross-entropy of "it is human"
    return CLASS_WEIGHT * surprise + ALPHA_WEIGHT * apart + DICE_WEIGHT * dice
