"""Windows in which the refinement network learns: where alpha is most wrong."""

import torch
from torch import Tensor

from penumbra.core.patches import Corner, choose

WORTH = 0.002  # mean error of a window from which on there is something to learn from
_RANDOM = 0.1  # windows anywhere, per window that is chosen: good ones are to be left alone


def hard_windows(error: Tensor, size: int, count: int) -> Tensor:
    """Return windows of the largest error, and a tenth as many anywhere; at least one.

    Args:
        error: (B, 1, H, W), at least 0; H and W at least `size`.
        size: Side of the windows, pixels.
        count: Of each sample, at most.

    Returns:
        (N, 3) int64 on the CPU: sample, row and column of the upper left corner.
    """
    batch, _, height, width = error.shape
    found: list[tuple[int, *Corner]] = []
    for number, plane in enumerate(error[:, 0].cpu().numpy()):
        corners = choose(plane, count, size, least=WORTH)
        found += [(number, *corner) for corner in corners]
    random = max(round(_RANDOM * len(found)), 0 if found else 1)
    limits = torch.tensor([batch, height - size + 1, width - size + 1])
    anywhere = (torch.rand(random, 3) * limits).long()
    return torch.cat([torch.tensor(found, dtype=torch.int64).reshape(-1, 3), anywhere])


def crops(planes: Tensor, windows: Tensor, size: int) -> Tensor:
    """Return the windows of planes (B, C, H, W), (N, C, size, size)."""
    cut = [planes[n, :, y : y + size, x : x + size] for n, y, x in windows.tolist()]
    return torch.stack(cut)
