"""The visual sampler: features at exact points.

Equation 1 of Jiao et al., "DFIMat", ACCV 2024; the sheet `dfimat`, section 4.2.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from penumbra.systems.dfimat.iscn.points import OFF_KINDS, ON_KINDS, PointKind
from penumbra.systems.dfimat.iscn.prompts import Prompts

LEVELS = 3
"""Of the pyramid that the decoder reads."""


class VisualSampler(nn.Module):
    """Tokens P_v: W_l F(p) + t, with one W for each level and one t for each kind.

    Args:
        width: Channels d.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.project = nn.ModuleList(nn.Linear(width, width, bias=False) for _ in range(LEVELS))
        self.kinds = nn.Embedding(len(PointKind), width)

    def forward(self, number: int, level: Tensor, points: Tensor, kinds: Tensor) -> Tensor:
        """Return tokens, (B, N, d).

        Args:
            number: Of the level, 0 for the coarsest.
            level: (B, d, H, W).
            points: (B, N, 2) as in `Prompts`.
            kinds: (B, N).
        """
        return self.project[number](sample(level, points)) + self.kinds(kinds)


def sample(plane: Tensor, points: Tensor) -> Tensor:
    """Return what a map has at points, bilinearly; beyond the outermost centres, their values.

    What `grid_sample` does with "border" and without aligned corners; unlike that, it is also
    allowed where only deterministic kernels are.

    Args:
        plane: (B, C, H, W).
        points: (B, N, 2), (x, y) as shares of width and height.

    Returns:
        (B, N, C), float32.
    """
    height, width = plane.shape[2:]
    # In 16 bits a place would be a few pixels off.
    x, y = points.float().unbind(-1)
    left, right, across = _between(x, width)
    top, bottom, down = _between(y, height)
    flat = plane.float().flatten(2)
    upper, lower = (
        (1 - across) * _cells(flat, row * width + left) + across * _cells(flat, row * width + right)
        for row in (top, bottom)
    )
    return ((1 - down) * upper + down * lower).mT


def pooled(pixel: Tensor, prompts: Prompts) -> tuple[Tensor, Tensor]:
    """Return the mean embeddings at points on the person and at points off it, each (B, d).

    Zeros where there are no such points.

    Args:
        pixel: F_m, (B, d, H, W).
        prompts: With points.
    """
    points, kinds, is_point = prompts.points, prompts.kinds, prompts.is_point()
    assert points is not None
    assert kinds is not None
    assert is_point is not None
    found = sample(pixel, points)
    on, off = (_mean(found, _is_any(kinds, of) & is_point) for of in (ON_KINDS, OFF_KINDS))
    return on, off


def _is_any(kinds: Tensor, wanted: Iterable[PointKind]) -> Tensor:
    """Return where a kind is one of those wanted, (B, N) bool."""
    return torch.stack([kinds == int(kind) for kind in wanted]).any(dim=0)


def _mean(found: Tensor, is_counted: Tensor) -> Tensor:
    """Return the mean over the tokens counted, (B, d)."""
    weight = is_counted.to(found.dtype)[..., None]
    return (weight * found).sum(dim=1) / weight.sum(dim=1).clamp(min=1)


def _between(place: Tensor, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return the cells whose centres are around places (B, N), and the second's weights.

    Cells are (B, N) int64, weights (B, 1, N) in [0, 1).
    """
    at = (place * count - 0.5).clamp(0, count - 1)
    first = at.floor()
    second = (first + 1).clamp(max=count - 1)
    return first.long(), second.long(), (at - first)[:, None]


def _cells(flat: Tensor, index: Tensor) -> Tensor:
    """Return cells (B, C, N) of a map (B, C, H * W); index: (B, N)."""
    return flat.gather(2, index[:, None].expand(-1, flat.shape[1], -1))
