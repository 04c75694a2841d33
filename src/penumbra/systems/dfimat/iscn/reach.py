"""How far a correction reaches: over what is near a mark and alike, not its own cells alone.

An addition of ours to the contrastive reasoning of Jiao et al., "DFIMat", ACCV 2024; see
`docs/decisions/0017-corrections-reach-what-is-alike.md`.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from penumbra.systems.dfimat.iscn.points import PointKind
from penumbra.systems.dfimat.iscn.sampler import sample

_ALIKE = 16  # channels in which cells are compared
_WIDTH = 32  # channels between
_CERTAIN = 8.0  # logit where a mark was made
_KINDS = (
    (PointKind.CLICK_ON, PointKind.SCRIBBLE_ON),
    (PointKind.CLICK_OFF, PointKind.SCRIBBLE_OFF),
)


class Marks(NamedTuple):
    """Points of a batch, as in `Prompts`.

    Attributes:
        points: (B, N, 2).
        kinds: (B, N).
        is_point: (B, N) bool.
    """

    points: Tensor
    kinds: Tensor
    is_point: Tensor


class Reach(nn.Module):
    """A mask and all marks to a mask that follows them.

    A mark pulls the mask to its side: wholly where it was made, less the further away a cell is,
    and the less alike in colour and embedding.  Of two marks the one that pulls harder counts.
    What comes out is looked at once more by a few convolutions.  All marks count alike, whichever
    round they are of, so that no correction is forgotten; their order does not matter.

    Args:
        width: Channels d of embeddings.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.alike = nn.Conv2d(width, _ALIKE, 1, bias=False)
        # How fast the pull falls: with embeddings, colours, and distance as a share of the longer
        # side; then with distance alone, for what the convolutions see.
        self.log_falls = nn.Parameter(torch.tensor([1.0, 50.0, 50.0, 500.0]).log())
        self.refine = nn.Sequential(
            nn.Conv2d(_ALIKE + 9, _WIDTH, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(_WIDTH, _WIDTH, 3, padding=2, dilation=2),
            nn.ReLU(),
            nn.Conv2d(_WIDTH, _WIDTH, 3, padding=4, dilation=4),
            nn.ReLU(),
        )
        self.last = nn.Conv2d(_WIDTH, 1, 1)  # zeros, so that pulls alone count before training
        for parameter in self.last.parameters():
            nn.init.zeros_(parameter)

    def forward(self, logits: Tensor, pixel: Tensor, colour: Tensor, marks: Marks) -> Tensor:
        """Return logits, (B, 1, h, w), in float32.

        Args:
            logits: (B, 1, h, w), of the mask.
            pixel: (B, d, h, w), embeddings.
            colour: (B, 3, h, w) in [0, 1], the picture at that size.
            marks: All that were made.
        """
        logits, colour = logits.float(), colour.float()
        alike = normalize(self.alike(pixel).float(), dim=1)
        on, off, near = self._pulls(alike, colour, marks)
        pulled = logits * (1 - torch.maximum(on, off)) + _CERTAIN * (on - off)
        seen = [alike, colour, pulled / _CERTAIN, pulled.sigmoid(), on, off, near]
        return pulled + self.last(self.refine(torch.cat(seen, dim=1))).float()

    def _pulls(self, alike: Tensor, colour: Tensor, marks: Marks) -> tuple[Tensor, Tensor, Tensor]:
        """Return pulls to either side, (B, 1, h, w), and how near any mark is, (B, 2, h, w)."""
        falls = self.log_falls.exp()
        distance = _distances(marks.points, *colour.shape[2:])  # (B, N, h, w)
        fall = falls[2] * distance
        for fast, plane in ((falls[0], alike), (falls[1], colour)):
            fall = fall + fast * _differences(plane, sample(plane, marks.points))
        pull, near = (-fall).exp(), (-falls[3] * distance).exp()
        is_on, is_off = (
            torch.stack([marks.kinds == int(kind) for kind in side]).any(dim=0) & marks.is_point
            for side in _KINDS
        )
        return (
            _strongest(pull, is_on),
            _strongest(pull, is_off),
            torch.cat([_strongest(near, is_on), _strongest(near, is_off)], dim=1),
        )


def _distances(points: Tensor, height: int, width: int) -> Tensor:
    """Return squared distances of cells to points, (B, N, h, w), of the longer side."""
    longer = max(height, width)
    rows = (torch.arange(height, device=points.device) + 0.5) / longer
    cols = (torch.arange(width, device=points.device) + 0.5) / longer
    x, y = points.float().unbind(-1)
    across = cols - (x * (width / longer))[..., None]  # (B, N, w)
    down = rows - (y * (height / longer))[..., None]
    return down[..., :, None] ** 2 + across[..., None, :] ** 2


def _differences(plane: Tensor, found: Tensor) -> Tensor:
    """Return squared differences of cells, (B, C, h, w), to values (B, N, C), (B, N, h, w)."""
    cells = plane.flatten(2)
    squares = (cells**2).sum(dim=1)[:, None] + (found**2).sum(dim=2)[..., None]
    return torch.unflatten((squares - 2 * found @ cells).clamp(min=0), 2, plane.shape[2:])


def _strongest(pull: Tensor, is_counted: Tensor) -> Tensor:
    """Return the strongest of pulls (B, N, h, w) that count, (B, 1, h, w); 0 where none does."""
    return (pull * is_counted[..., None, None]).amax(dim=1, keepdim=True)
