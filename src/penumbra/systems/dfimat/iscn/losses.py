"""What the network minimises.

Equation 6 of Jiao et al., "DFIMat", ACCV 2024; the sheet `dfimat`, section 4.7.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, cross_entropy, softplus

from penumbra.core.errors import require
from penumbra.systems.dfimat.iscn.heads import HUMAN, NONE, Prediction, human_scores
from penumbra.systems.dfimat.iscn.matching import bce_costs, dice_costs, match
from penumbra.systems.dfimat.iscn.network import PIXEL_STRIDE, Answer
from penumbra.systems.dfimat.iscn.sampler import sample

CLASS_WEIGHT = 0.1
"""Of the cross-entropy of classes, and of that of matching scores."""

_UNMATCHED = 0.1  # how much an object query without a person counts


class Truth(NamedTuple):
    """What is true of a batch, at stride 4, float32 of 0 and 1.

    Attributes:
        target: (B, 1, h, w), the person meant; empty where the prompt means nobody.
        people: (B, P, h, w), all people of each image.
        is_person: (B, P) bool; False where an image has fewer than others.
    """

    target: Tensor
    people: Tensor
    is_person: Tensor


@dataclass(frozen=True)
class MaskPoints:
    """Where losses of masks are taken.

    Attributes:
        count: Points of each mask; 0 for all pixels.
        oversample: How many candidates there are for a point.
        share: Of the points, which are the most uncertain candidates; others are anywhere.
    """

    count: int = 0
    oversample: float = 3.0
    share: float = 0.75

    def __post_init__(self) -> None:
        require(self.count >= 0, "count", "at least 0", self.count)
        require(self.oversample >= 1, "oversample", "at least 1", self.oversample)
        require(0 <= self.share <= 1, "share", "in [0, 1]", self.share)


def mask_targets(alpha: Tensor) -> Tensor:
    """Return what masks are to show, (B, P, H / 4, W / 4) of 0 and 1.

    Args:
        alpha: (B, P, H, W) in [0, 1]; H and W multiples of 4.

    Returns:
        1 where at least half of the 4 x 4 pixels are more than half opaque.
    """
    return (avg_pool2d((alpha > 0.5).float(), PIXEL_STRIDE) >= 0.5).float()


def iscn_loss(
    answer: Answer,
    truth: Truth,
    points: MaskPoints | None = None,
    has_objects: bool = True,
) -> dict[str, Tensor]:
    """Return the terms of the loss of one round; their sum is what is minimised.

    Every term is a mean over the heads that answered.  A family whose prompt no image has is
    skipped, and so are, within one, images that lack its prompt.

    Args:
        answer: Of the network.
        truth: At the size of its masks.
        points: Where losses of masks are taken; all pixels if omitted.
        has_objects: Whether object queries learn; what they say is the same in every round.
    """
    points = MaskPoints() if points is None else points
    terms: dict[str, Tensor] = {}
    if has_objects:
        terms |= _mean_terms("object", [object_terms(it, truth, points) for it in answer.objects])
    families = (
        ("text", answer.text, answer.text_scores, answer.has_text),
        ("visual", answer.visual, answer.visual_scores, answer.has_visual),
    )
    for name, predictions, scores, has_prompt in families:
        pairs = zip(predictions, scores, strict=True)
        heads = [single_terms(it, score, has_prompt, truth, points) for it, score in pairs]
        terms |= _mean_terms(name, heads) if heads else {}
    if answer.reached is not None:
        reached = reach_terms(answer.reached, answer.has_visual, truth, points)
        terms |= _mean_terms("reach", [reached])
    return terms


def object_terms(prediction: Prediction, truth: Truth, points: MaskPoints) -> dict[str, Tensor]:
    """Return the terms of object queries at one head: "class", "bce" and "dice".

    Each person is shown by one query, which is human; others are none, and count a tenth.
    """
    masks = prediction.masks.float()
    places = _anywhere(points, len(masks), masks.device)
    logits, targets = _taken(masks, places), _taken(truth.people, places)
    matched = match(human_scores(prediction), logits, targets, truth.is_person)  # (B, P)
    image, person = (matched >= 0).nonzero(as_tuple=True)
    query = matched[image, person]
    bce, dice = mask_losses(masks[image, query], truth.people[image, person], points)
    classes = torch.full(masks.shape[:2], NONE, device=masks.device)
    classes[image, query] = HUMAN
    weights = masks.new_tensor([1.0, _UNMATCHED])
    logits = prediction.classes.float().flatten(0, 1)
    wrong = cross_entropy(logits, classes.flatten(), weights)
    count = max(len(image), 1)
    return {"class": CLASS_WEIGHT * wrong, "bce": bce.sum() / count, "dice": dice.sum() / count}


def single_terms(
    prediction: Prediction, scores: Tensor, has_prompt: Tensor, truth: Truth, points: MaskPoints
) -> dict[str, Tensor]:
    """Return the terms of text or visual queries at one head: "class", "bce", "dice", "match".

    The copy that is least wrong learns the mask and is human, the others are none; "match" is the
    cross-entropy that its matching score be the highest.  Where the prompt means nobody, that
    copy learns an empty mask by "bce" alone, all are none, and there is nothing to match.

    Args:
        prediction: Of k copies.
        scores: (B, k), matching scores.
        has_prompt: (B,) bool; other images count nothing.
        truth: Of which the target is used.
        points: Where losses of masks are taken.
    """
    masks = prediction.masks.float()
    has_target = truth.target.flatten(1).any(dim=1)
    best = _best_copy(masks, truth.target, has_target, points)
    rows = torch.arange(len(masks), device=masks.device)
    bce, dice = mask_losses(masks[rows, best], truth.target[:, 0], points)
    copies = torch.arange(masks.shape[1], device=masks.device)
    is_human = (copies == best[:, None]) & has_target[:, None]
    classes = torch.where(is_human, HUMAN, NONE)
    logits = prediction.classes.float().flatten(0, 1)
    wrong = cross_entropy(logits, classes.flatten(), reduction="none").view_as(classes).mean(dim=1)
    unmatched = cross_entropy(scores.float(), best, reduction="none")
    is_shown = has_prompt & has_target
    return {
        "class": CLASS_WEIGHT * _mean_where(wrong, has_prompt),
        "bce": _mean_where(bce, has_prompt),
        "dice": _mean_where(dice * is_shown, has_prompt),
        "match": CLASS_WEIGHT * _mean_where(unmatched * is_shown, has_prompt),
    }


def reach_terms(
    reached: Tensor, has_prompt: Tensor, truth: Truth, points: MaskPoints
) -> dict[str, Tensor]:
    """Return the terms of a mask that follows all marks: "bce" and "dice".

    Args:
        reached: (B, 1, h, w), logits.
        has_prompt: (B,) bool; other images count nothing.
        truth: Of which the target is used; where it is empty, "bce" alone counts.
        points: Where the losses are taken.
    """
    has_target = truth.target.flatten(1).any(dim=1)
    bce, dice = mask_losses(reached[:, 0].float(), truth.target[:, 0], points)
    is_shown = has_prompt & has_target
    return {
        "bce": _mean_where(bce, has_prompt),
        "dice": _mean_where(dice * is_shown, has_prompt),
    }


def mask_losses(masks: Tensor, targets: Tensor, points: MaskPoints) -> tuple[Tensor, Tensor]:
    """Return the binary cross-entropy and the dice loss of masks, each (N,).

    Args:
        masks: (N, h, w), logits.
        targets: (N, h, w) of 0 and 1.
        points: Where they are taken: at all pixels, or mostly where masks are uncertain.

    Source:
        The sheet `dfimat`, section 4.7; points after Kirillov et al., "PointRend", CVPR 2020.
    """
    places = uncertain_places(masks.detach(), points) if points.count else None
    logits, truth = _taken(masks[:, None], places)[:, 0], _taken(targets[:, None], places)[:, 0]
    bce = (softplus(logits) - logits * truth).mean(dim=1)
    probability = logits.sigmoid()
    both, total = (probability * truth).sum(dim=1), (probability + truth).sum(dim=1)
    return bce, 1 - (2 * both + 1) / (total + 1)


def uncertain_places(masks: Tensor, points: MaskPoints) -> Tensor:
    """Return where losses are taken, (N, count, 2) as shares of width and height.

    Args:
        masks: (N, h, w), logits: the nearer to 0, the less certain.
        points: How many, and how they are chosen.
    """
    candidates = torch.rand(
        len(masks), int(points.oversample * points.count), 2, device=masks.device
    )
    certainty = sample(masks[:, None], candidates)[..., 0].abs()
    count = int(points.share * points.count)
    chosen = certainty.topk(count, dim=1, largest=False).indices
    uncertain = candidates.gather(1, chosen[..., None].expand(-1, -1, 2))
    rest = torch.rand(len(masks), points.count - count, 2, device=masks.device)
    return torch.cat([uncertain, rest], dim=1)


def _best_copy(masks: Tensor, target: Tensor, has_target: Tensor, points: MaskPoints) -> Tensor:
    """Return the copy of the least bce + dice, (B,); of the least bce where nobody is meant."""
    with torch.no_grad(), torch.autocast(masks.device.type, enabled=False):
        places = _anywhere(points, len(masks), masks.device)
        logits, truth = _taken(masks, places), _taken(target, places)
        costs = bce_costs(logits, truth) + dice_costs(logits, truth) * has_target[:, None, None]
        return costs[..., 0].argmin(dim=1)


def _anywhere(points: MaskPoints, batch: int, device: torch.device) -> Tensor | None:
    """Return points anywhere in each image, (B, count, 2); None for all pixels."""
    return torch.rand(batch, points.count, 2, device=device) if points.count else None


def _taken(planes: Tensor, places: Tensor | None) -> Tensor:
    """Return planes (B, C, h, w) at places (B, N, 2), or at all pixels, (B, C, N)."""
    return planes.flatten(2) if places is None else sample(planes, places).mT


def _mean_where(values: Tensor, is_counted: Tensor) -> Tensor:
    """Return the mean of values (B,) over the images counted; 0 without any."""
    weight = is_counted.to(values.dtype)
    return (weight * values).sum() / weight.sum().clamp(min=1)


def _mean_terms(family: str, heads: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Return the means over the heads, named by their family."""
    return {
        f"{family}_{name}": torch.stack([terms[name] for terms in heads]).mean()
        for name in heads[0]
    }
