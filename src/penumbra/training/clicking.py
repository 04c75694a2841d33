"""Clicks that training simulates, a whole batch at once on its device.

Wei et al., "Improved image matting via real-time user clicks and uncertainty
estimation", CVPR 2021; what it leaves open as the sheet `clicks` decides, sections 2.1 and 6.1.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

from penumbra.core.errors import require

_OFF, _ON = 0.05, 0.95  # opacity between them is not clicked on
_RIM = 3  # pixels from the rim of a region where nobody clicks, if anything else is left


@dataclass(frozen=True)
class Clicking:
    """How clicks are simulated.

    Attributes:
        has_hints: Whether there are any.
        radius: Of the disc that a click paints, in pixels of what the network sees.
        stop: Probability p that there is no further click: k of them with p (1 - p)^k.
        most: Clicks at most.
        distance: Pixels from earlier clicks within which there is no other.
        excluding: Share of the samples whose clicks at random are all off the object: what is
            not said to be on it stays, and what is said to be off it goes.
        corrected: Share of the batches on which clicks that correct the network's own answer
            follow those at random.
        rounds: How many of them at most; all numbers from none on are as likely.
    """

    has_hints: bool = True
    radius: float = 15.0
    stop: float = 1 / 6
    most: int = 20
    distance: float = 0.0
    excluding: float = 0.0
    corrected: float = 0.0
    rounds: int = 3

    def __post_init__(self) -> None:
        require(self.radius >= 0, "radius", "at least 0", self.radius)
        require(0 < self.stop <= 1, "stop", "above 0 and at most 1", self.stop)
        require(self.most >= 0, "most", "at least 0", self.most)
        require(self.distance >= 0, "distance", "at least 0", self.distance)
        for name in ("excluding", "corrected"):
            require(0 <= getattr(self, name) <= 1, name, "in [0, 1]", getattr(self, name))
        require(self.rounds >= 0, "rounds", "at least 0", self.rounds)


def random_clicks(alpha: Tensor, distractor: Tensor, how: Clicking) -> Tensor:
    """Return clicks anywhere on the objects and off them, as many as chance has it.

    Half are on the object; of those off it half are on a distractor where there is one.  What
    has no clear pixel of one kind is clicked on with the other; where there is neither, not at
    all.

    Args:
        alpha: (B, 1, H, W) in [0, 1].
        distractor: (B, 1, H, W) opacity of a second object that does not belong.
        how: Their number and distance.

    Returns:
        (B, most, 3) int64: column, row, and 1 on the object, -1 off it, 0 for no click.
    """
    batch, width = alpha.shape[0], alpha.shape[3]
    off = alpha < _OFF
    regions = torch.cat([_inner(alpha > _ON), _inner(off), off & (distractor > 0.5)], dim=1)
    counts = _counts((batch,), how, alpha.device)
    clicks = torch.zeros(batch, how.most, 3, dtype=torch.int64, device=alpha.device)
    if how.excluding > 0:
        is_off = torch.rand(batch, device=alpha.device) < how.excluding
        regions[:, 0] &= ~is_off[:, None, None]
    sums = _sums(regions)
    for number in range(int(counts.max()) if how.most else 0):
        place, label = _drawn(sums)
        label = torch.where(number < counts, label, 0)
        clicks[:, number] = torch.stack([place % width, place // width, label], dim=1)
        if how.distance > 0:
            near = _disc(clicks[:, number], how.distance, alpha.shape[2], width)
            sums = _sums(regions := regions & ~(near & (label != 0)[:, None, None, None]))
    return clicks


def painted(clicks: Tensor, radius: float, height: int, width: int) -> Tensor:
    """Return the map of clicks, (B, 1, H, W) of -1, 0 and 1; a later click covers earlier ones.

    Args:
        clicks: (B, N, 3) as of `random_clicks`.
        radius: Of the discs: pixels whose centre is no farther from that of the clicked one.
        height: H.
        width: W.
    """
    hints = torch.zeros(clicks.shape[0], 1, height, width, device=clicks.device)
    for click in clicks.unbind(dim=1):
        label = click[:, 2]
        if label.any():
            there = _disc(click, radius, height, width) & (label != 0)[:, None, None, None]
            hints = torch.where(there, label.to(hints)[:, None, None, None], hints)
    return hints


def _disc(click: Tensor, radius: float, height: int, width: int) -> Tensor:
    """Return which pixels lie within a click's disc, (B, 1, H, W) bool."""
    rows = torch.arange(height, device=click.device)[None, :, None] - click[:, 1, None, None]
    columns = torch.arange(width, device=click.device)[None, None, :] - click[:, 0, None, None]
    return (rows.square() + columns.square() <= radius * radius)[:, None]


def _counts(shape: tuple[int, ...], how: Clicking, device: torch.device) -> Tensor:
    """Return numbers k of probability p (1 - p)^k, none above the most; none without hints."""
    if not how.has_hints or how.stop == 1:
        return torch.zeros(shape, dtype=torch.int64, device=device)
    unit = torch.rand(shape, device=device, dtype=torch.float64).clamp(min=1e-12)
    return (unit.log() / math.log1p(-how.stop)).floor().long().clamp(max=how.most)


def _inner(region: Tensor) -> Tensor:
    """Return regions without their rims, and those that are all rim as they are."""
    outside = (~region).float()
    inner = max_pool2d(outside, 2 * _RIM + 1, stride=1, padding=_RIM) == 0
    is_left = inner.flatten(1).any(dim=1)[:, None, None, None]
    return torch.where(is_left, inner, region)


def _sums(regions: Tensor) -> Tensor:
    """Return how many pixels of each region come up to each place, (B, regions, H * W)."""
    return regions.flatten(2).cumsum(dim=2)


def _drawn(sums: Tensor) -> tuple[Tensor, Tensor]:
    """Return a place of each sample, (B,), and the label of a click there, (B,); 0 if none."""
    batch = sums.shape[0]
    total = sums[:, :, -1]  # (B, 3): on the object, off it, on a distractor
    kind, which, unit = torch.rand(3, batch, device=sums.device, dtype=torch.float64)
    off = torch.where((total[:, 2] > 0) & (which < 0.5), 2, 1)
    region = torch.where(kind < 0.5, 0, off)
    is_missing = total.gather(1, region[:, None])[:, 0] == 0
    region = torch.where(is_missing, torch.where(region == 0, off, 0), region)
    size = total.gather(1, region[:, None])[:, 0]
    chosen = sums.gather(1, region[:, None, None].expand(-1, 1, sums.shape[2]))[:, 0]
    wanted = (unit * size).long() + 1  # the so-manieth pixel of the region
    place = torch.searchsorted(chosen, wanted[:, None]).squeeze(1).clamp(max=sums.shape[2] - 1)
    label = torch.where(region == 0, 1, -1) * (size > 0)
    return place, label
