"""Alpha along the edges of the photograph: the guided filter as a part of a network.

He, Sun, Tang: "Guided image filtering", PAMI 2013, equations 14 to 16 (colour guide); windows at
half size, as in "Fast guided filter" (He and Sun, 2015).  `solvers/guided_filter.py` is the same
for arrays, at full size.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from penumbra.systems.dim.solve import solve

RADIUS = 7  # pixels of half the size: windows of 30 pixels
CONTRAST = 1.1  # what is filtered is flatter than it should be; about one half
EPSILON = 1e-5  # variance of colours of [0, 1] that counts as flat


class GuidedFilter(nn.Module):
    """In every window alpha is made a linear function of colour; no parameters."""

    def forward(self, image: Tensor, alpha: Tensor) -> Tensor:
        """Filter.

        Args:
            image: (B, 3, H, W) in [0, 1]; H and W even.
            alpha: (B, 1, H, W).

        Returns:
            (B, 1, H, W), not limited to [0, 1].
        """
        guide, p = avg_pool2d(image, 2), avg_pool2d(alpha, 2)
        pairs = torch.cat([guide * guide, guide * guide.roll(1, dims=1)], dim=1)
        means = _box(torch.cat([guide, p, guide * p, pairs], dim=1))
        mean, mean_p, with_p, squares = torch.split(means, [3, 1, 3, 6], dim=1)
        covariance = squares - torch.cat([mean * mean, mean * mean.roll(1, dims=1)], dim=1)
        flat = torch.tensor([EPSILON] * 3 + [0.0] * 3).to(image)[:, None, None]
        slope = solve(covariance + flat, with_p - mean * mean_p).x
        offset = mean_p - (slope * mean).sum(dim=1, keepdim=True)
        line = _box(torch.cat([slope, offset], dim=1))
        line = interpolate(line, scale_factor=2.0, mode="bilinear", align_corners=False)
        return (line[:, :3] * image).sum(dim=1, keepdim=True) + line[:, 3:]


def _box(x: Tensor) -> Tensor:
    """Return means over square windows; at the border over what there is of them."""
    side = 2 * RADIUS + 1
    x = avg_pool2d(x, (side, 1), stride=1, padding=(RADIUS, 0), count_include_pad=False)
    return avg_pool2d(x, (1, side), stride=1, padding=(0, RADIUS), count_include_pad=False)
