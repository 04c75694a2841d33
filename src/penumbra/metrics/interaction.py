"""How many clicks until the object is found?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from penumbra.core.arrays import Mask
from penumbra.core.errors import DatasetError
from penumbra.metrics.pair import AnyAlpha, check_pair, count


@dataclass(frozen=True, slots=True)
class Clicks:
    """The effort a set of images took.

    Attributes:
        mean: Clicks per image (NoC); an image that never got there counts the cap.
        failures: Number of images that never got there (NoF).
    """

    mean: float
    failures: int


def iou(alpha: AnyAlpha, alpha_true: AnyAlpha, region: Mask | None = None) -> float:
    """Intersection over union of both objects, where alpha > 0.5; 1 if both are empty.

    Args:
        alpha: Estimated matte, (H, W) in [0, 1].
        alpha_true: True matte, (H, W) in [0, 1].
        region: Pixels to count, (H, W); all of them when omitted.

    Raises:
        ImageError: As in `sad`.
    """
    estimate, truth = check_pair(alpha, alpha_true, region)
    found, wanted = estimate > 0.5, truth > 0.5
    if region is not None:
        found, wanted = found & region, wanted & region
    union = count(found | wanted, truth.shape)
    return count(found & wanted, truth.shape) / union if union else 1.0


def number_of_clicks(
    ious: Sequence[Sequence[float]],
    target: float = 0.9,
    max_clicks: int = 20,
    clicks_per_round: int = 1,
) -> Clicks:
    """Number of clicks until the IoU reaches the target: NoC@90, and the failures.

    Args:
        ious: For each image the IoU after each round, in order; rounds beyond the cap do not
            count, and a list may end where the target was reached.
        target: IoU to reach.
        max_clicks: The cap.
        clicks_per_round: The IoU is looked at once in so many clicks.

    Raises:
        DatasetError: There is no image, or an IoU lies outside [0, 1].

    Source:
        The protocol of interactive segmentation, as in Sofiiuk et al., "Reviving iterative
        training with mask guidance for interactive segmentation", ICIP 2022.

    Example:
        >>> number_of_clicks([[0.5, 0.92], [0.95], [0.7] * 20])
        Clicks(mean=7.666666666666667, failures=1)
    """
    if not ious:
        raise DatasetError("ious must hold at least one image, got none")
    for value in (value for rounds in ious for value in rounds):
        if not 0 <= value <= 1:
            raise DatasetError(f"iou must lie in [0, 1], got {value}")
    needed = [_first_reach(rounds, target, max_clicks, clicks_per_round) for rounds in ious]
    clicks = [max_clicks if each is None else each for each in needed]
    return Clicks(float(np.mean(clicks)), needed.count(None))


def _first_reach(
    rounds: Sequence[float], target: float, max_clicks: int, clicks_per_round: int
) -> int | None:
    for index, value in enumerate(rounds[: max_clicks // clicks_per_round]):
        if value >= target:
            return (index + 1) * clicks_per_round
    return None
