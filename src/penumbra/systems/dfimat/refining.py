"""How opacity is learned: after the capture network, or together with it.

The sheet `dfimat`, sections 5.3, 7 and 8.3.  Half of the masks come from the capture network as it
is, after rounds with simulated users; the others are mattes that were made worse.
"""

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import grid_sample, interpolate

from penumbra.core.errors import require
from penumbra.systems.dfimat.capture import CaptureLoss, Conversation
from penumbra.systems.dfimat.gathering import SceneBatch
from penumbra.systems.dfimat.iscn.network import Seen
from penumbra.systems.dfimat.mrn.losses import MrnLoss
from penumbra.systems.dfimat.mrn.network import MULTIPLE, MrnNetwork
from penumbra.systems.dfimat.mrn.perturb import perturbed
from penumbra.systems.dfimat.mrn.refinement import fused, guided, random_widths, usual_widths
from penumbra.systems.dfimat.mrn.region import LEAST
from penumbra.systems.dfimat.network import DfimatNetwork
from penumbra.training.trimaps import dilate
from penumbra.training.validation import evaluating

_ROOM = 0.1  # of the picture on each side of the person, as at inference
_UNKNOWN = (3, 25)  # widths of the kernels of trimaps that guide

_CALM = CaptureLoss(spoilt=0.0, nobody=0.0)


@dataclass(frozen=True)
class RefineLoss:
    """Of the refinement network alone; the capture network stays as it is.

    Attributes:
        terms: Of mattes.
        users: Who speaks to the capture network.
        side: Of the windows around a person, pixels; a multiple of 32.
        captured: Share of the masks that are the capture network's.
        guided: How likely a trimap says where to look, see `refinement.guidance`.
    """

    terms: MrnLoss = field(default_factory=MrnLoss)
    users: CaptureLoss = _CALM
    side: int = 320
    captured: float = 0.5
    guided: float = 0.0

    def __post_init__(self) -> None:
        _check_side(self.side)
        for name in ("captured", "guided"):
            share = getattr(self, name)
            require(0 <= share <= 1, name, "in [0, 1]", share)

    def __call__(self, network: nn.Module, batch: SceneBatch) -> dict[str, Tensor]:
        """Return the terms of the loss."""
        whole = _network(network)
        refiner = _refiner(whole)
        rng = np.random.default_rng(int(torch.randint(1 << 31, ())))
        count = round(self.captured * len(batch.image))
        target = batch.alpha
        masks = (target > 0.5).float()
        if count:
            rounds = int(rng.integers(1, self.users.rounds + 1))
            shown = mask_after(whole, _first(batch, count), rng, self.users, rounds)
            is_left = (shown > 0.5).sum(dim=(1, 2, 3), keepdim=True) >= LEAST
            masks = torch.cat([torch.where(is_left, shown, masks[:count]), masks[count:]])
        at = windows(masks > 0.5)
        image, alpha, mask = (look(it, at, self.side) for it in (batch.image, target, masks))
        if count < len(mask):
            mask = torch.cat([mask[:count], perturbed(alpha[count:], rng)])
        mattes = refiner(image, mask)
        if rng.random() < self.guided:
            sizes = rng.integers(*_UNKNOWN, len(alpha), endpoint=True)
            mattes = guided(mattes, dilate((alpha > 0) & (alpha < 1), sizes))
        else:
            mattes = fused(mattes, random_widths(len(alpha), rng))
        return self.terms.terms(mattes, alpha)


@dataclass(frozen=True)
class JointLoss:
    """Of both networks at once, or of the capture network and the head on it.

    The mask is passed on as it is, with its gradient.

    Attributes:
        terms: Of mattes.
        users: Who speaks to the capture network, and what it learns from that.
        side: Of the windows around a person, pixels; a multiple of 32.
    """

    terms: MrnLoss = field(default_factory=MrnLoss)
    users: CaptureLoss = field(default_factory=CaptureLoss)
    side: int = 320

    def __post_init__(self) -> None:
        _check_side(self.side)

    def __call__(self, network: nn.Module, batch: SceneBatch) -> dict[str, Tensor]:
        """Return the terms of the loss."""
        whole = _network(network)
        episode = self.users.episode(whole, batch)
        rows = (batch.is_matte & episode.is_there).nonzero()[:, 0]  # of photographs masks are known
        if not len(rows):
            return episode.terms
        target = batch.alpha
        if whole.mrn is None:
            alpha = whole.coupled_alpha(episode.seen, episode.logits, batch.image)
            return episode.terms | self.terms.terms((alpha[rows],), target[rows])
        soft = _enlarged(episode.logits, target)
        has_mask = (soft > 0.5).sum(dim=(1, 2, 3), keepdim=True) >= LEAST
        at = windows(torch.where(has_mask, soft, target) > 0.5)
        image, alpha, mask = (look(it, at, self.side)[rows] for it in (batch.image, target, soft))
        rng = np.random.default_rng(int(torch.randint(1 << 31, ())))
        mattes = fused(whole.mrn(image, mask), random_widths(len(rows), rng))
        return episode.terms | self.terms.terms(mattes, alpha)


def matte_error(network: nn.Module, batch: SceneBatch) -> Tensor:
    """Return the mean absolute error after a round of the mixed protocol and one of corrections.

    For validation.
    """
    return (_matte(_network(network), batch, 2) - batch.alpha).abs().mean()


def matte_of(network: nn.Module, batch: SceneBatch) -> Tensor:
    """Return the matte after a first round, (B, 1, H, W) in [0, 1]; for previews."""
    return _matte(_network(network), batch, 1)


def mask_after(
    network: DfimatNetwork,
    batch: SceneBatch,
    rng: np.random.Generator,
    users: CaptureLoss,
    rounds: int,
) -> Tensor:
    """Return the mask that the capture network, as it is, shows after rounds with users.

    Returns:
        (B, 1, H, W) in [0, 1].
    """
    with evaluating(network), torch.no_grad():
        _, logits = _answered(network, batch, rng, users, rounds)
        return _enlarged(logits, batch.alpha)


def windows(mask: Tensor) -> Tensor:
    """Return where to look, (B, 3): left, top and side of a square, as shares of the picture.

    What `region.region_of` does, but square, and as small as the person is.  Where there is no
    mask, the whole picture.

    Args:
        mask: (B, 1, S, S) bool.
    """
    size = mask.shape[2]
    spans = []
    for axis in (3, 2):
        is_any = mask.any(dim=axis)[:, 0].float()  # rows, then columns
        first, last = is_any.argmax(dim=1), size - 1 - is_any.flip(1).argmax(dim=1)
        low = (first / size - _ROOM).clamp(min=0)
        high = ((last + 1) / size + _ROOM).clamp(max=1)
        spans.append((low, high))
    (top, bottom), (left, right) = spans
    side = torch.maximum(bottom - top, right - left)
    is_empty = ~mask.flatten(1).any(dim=1)
    side = torch.where(is_empty, torch.ones_like(side), side)
    corners = [
        ((low + high - side) / 2).clamp(min=0).minimum(1 - side)
        for low, high in ((left, right), (top, bottom))
    ]
    return torch.stack([*corners, side], dim=1)


def look(planes: Tensor, at: Tensor, side: int) -> Tensor:
    """Return windows, (B, C, side, side), of pictures, (B, C, S, S).

    Args:
        planes: In any range.
        at: Of `windows`.
        side: Pixels.
    """
    left, top, share = (it[:, None] for it in at.unbind(1))
    # In 32 bits whatever the rest is in: 16 are too coarse for coordinates.
    centres = (torch.arange(side, device=planes.device, dtype=torch.float32) + 0.5) / side
    across, down = (2 * (low + share * centres) - 1 for low in (left, top))
    grid = torch.stack(
        [across[:, None].expand(-1, side, -1), down[:, :, None].expand(-1, -1, side)], dim=3
    )
    return grid_sample(planes.float(), grid, padding_mode="border", align_corners=False)


def _matte(network: DfimatNetwork, batch: SceneBatch, rounds: int) -> Tensor:
    rng = np.random.default_rng(0)
    with evaluating(network), torch.no_grad():
        seen, logits = _answered(network, batch, rng, _CALM, rounds)
        if network.mrn is None:
            return network.coupled_alpha(seen, logits, batch.image)
        mask = _enlarged(logits, batch.alpha)
        mattes = network.mrn(batch.image, mask)
        return fused(mattes, usual_widths(len(mask)))[-1]


def _answered(
    network: DfimatNetwork,
    batch: SceneBatch,
    rng: np.random.Generator,
    users: CaptureLoss,
    rounds: int,
) -> tuple[Seen, Tensor]:
    talk = Conversation(batch, rng, users)
    seen, memory = network.look(batch.image), None
    for number in range(rounds):
        prompts, conflicts = talk.prompts(network, memory)
        memory = network.round(seen, prompts, memory, conflicts).mask.float()
        if number + 1 < rounds:
            talk.go_on(memory)
    assert memory is not None, "there is at least one round"
    return seen, memory


def _enlarged(logits: Tensor, like: Tensor) -> Tensor:
    size = like.shape[2:]
    return interpolate(logits.float(), size, mode="bilinear", align_corners=False).sigmoid()


def _first(batch: SceneBatch, count: int) -> SceneBatch:
    return SceneBatch._make(it[:count] for it in batch)


def _check_side(side: int) -> None:
    is_right = side >= MULTIPLE and side % MULTIPLE == 0
    require(is_right, "side", f"a positive multiple of {MULTIPLE}", side)


def _refiner(network: DfimatNetwork) -> MrnNetwork:
    assert network.mrn is not None, "there is nothing to refine with"
    return network.mrn


def _network(network: nn.Module) -> DfimatNetwork:
    assert isinstance(network, DfimatNetwork), "this loss knows the answers of this network alone"
    return network
