"""Which query shows which person.

The sheet `dfimat`, section 4.7; costs after Mask2Former: Cheng et al., "Masked-attention mask
transformer for universal image segmentation", CVPR 2022.
"""

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torch.nn.functional import softplus

CLASS_WEIGHT, MASK_WEIGHT, DICE_WEIGHT = 2.0, 5.0, 5.0
"""Of the parts of a cost."""


def bce_costs(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean binary cross-entropy of every mask with every target, (B, Q, P).

    Args:
        logits: (B, Q, N) of masks at N pixels or points, float32.
        targets: (B, P, N) in [0, 1].
    """
    # softplus(m) - m G is the cross-entropy of one pixel.
    return softplus(logits).mean(dim=2)[:, :, None] - logits @ targets.mT / logits.shape[2]


def dice_costs(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the dice loss of every mask with every target, (B, Q, P); arguments as above."""
    probability = logits.sigmoid()
    both = probability @ targets.mT
    total = probability.sum(dim=2)[:, :, None] + targets.sum(dim=2)[:, None]
    return 1 - (2 * both + 1) / (total + 1)


def match(human: Tensor, logits: Tensor, targets: Tensor, is_person: Tensor) -> Tensor:
    """Return the query of each person, so that the sum of costs is least.

    Args:
        human: (B, Q), the probability that a query shows a person.
        logits: (B, Q, N).
        targets: (B, P, N).
        is_person: (B, P) bool; False where there are fewer people than in other images.

    Returns:
        (B, P) int64: the number of the query; -1 where there is no person, or where people
        outnumber queries.
    """
    # Sums over many pixels need more than 16 bits.
    with torch.no_grad(), torch.autocast(logits.device.type, enabled=False):
        masks = MASK_WEIGHT * bce_costs(logits, targets)
        costs = masks + DICE_WEIGHT * dice_costs(logits, targets)
        costs = costs - CLASS_WEIGHT * human[:, :, None]
    return assigned(costs, is_person)


def assigned(costs: Tensor, is_person: Tensor) -> Tensor:
    """Return the query of each person, (B, P) int64, so that the sum of costs is least.

    Args:
        costs: (B, Q, P).
        is_person: (B, P) bool.

    Returns:
        As `match`.
    """
    table = costs.cpu().numpy()
    matched = torch.full(is_person.shape, -1, dtype=torch.int64)
    for number, people in enumerate(is_person.cpu()):
        there = people.nonzero()[:, 0]
        queries, columns = linear_sum_assignment(table[number][:, there.numpy()])
        matched[number, there[torch.from_numpy(columns)]] = torch.from_numpy(queries)
    return matched.to(is_person.device)
