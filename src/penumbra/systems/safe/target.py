"""What the flaw detector is to find: where a matte is wrong, blurred and stretched.

Ke et al., "Guided collaborative training for pixel-wise semi-supervised learning", ECCV 2020, and
its published code.  The sheet `safe`, section 7; dense kernels are made of two lines each.
"""

import torch
from torch import Tensor
from torch.nn.functional import conv2d, max_pool2d, pad

FLOOR = 1e-3
"""Largest error that is no flaw: stretched, rounding would be a map like any other."""

_FAINT = 0.1  # largest value of a predicted map that GCT takes for nothing


def flaws_of(alpha: Tensor, alpha_true: Tensor, floor: float = FLOOR, nu: int = 1) -> Tensor:
    """Return the true map of flaws, (B, 1, H, W) in [0, 1]; nothing is learned through it.

    Args:
        alpha: (B, 1, H, W).
        alpha_true: (B, 1, H, W).
        floor: A matte whose largest error is below has no flaws.
        nu: How often flaws grow by a pixel and are blurred.

    Source:
        The sheet `safe`, section 7.
    """
    with torch.no_grad():
        error = (alpha_true - alpha).abs()
        side = min(error.shape[2:])
        plane = blurred(error, _odd(side // 8))
        for _ in range(nu):
            grown = max_pool2d(pad(plane, (1, 1, 1, 1), mode="reflect"), 3, stride=1)
            plane = blurred(grown, _odd(side // 4))
        has_flaws = error.amax(dim=(1, 2, 3), keepdim=True) >= max(floor, 1e-12)
        return has_flaws * _stretched(plane)


def filtered(plane: Tensor) -> Tensor:
    """Return a predicted map as GCT uses it: blurred, faint ones nothing, all others stretched.

    Args:
        plane: (B, 1, H, W).

    Source:
        The published code of GCT; the sheet `safe`, section 7.
    """
    plane = blurred(plane.clamp(min=0), _odd(min(plane.shape[2:]) // 16))
    is_seen = plane.amax(dim=(1, 2, 3), keepdim=True) > _FAINT
    return is_seen * _stretched(plane)


def blurred(plane: Tensor, size: int) -> Tensor:
    """Blur by a Gaussian whose deviation follows from its size; the border is reflected.

    Args:
        plane: (B, 1, H, W).
        size: Of the kernel, pixels; odd, and less than twice either side.
    """
    if size == 1:
        return plane
    reach = size // 2
    deviation = 0.3 * (reach - 1) + 0.8
    steps = torch.arange(-reach, reach + 1, dtype=plane.dtype, device=plane.device)
    line = torch.exp(-0.5 * (steps / deviation).square())
    line = (line / line.sum())[None, None]
    wide = pad(plane, (reach, reach, reach, reach), mode="reflect")
    return conv2d(conv2d(wide, line[:, :, None]), line[:, :, :, None])


def _stretched(plane: Tensor) -> Tensor:
    low = plane.amin(dim=(1, 2, 3), keepdim=True)
    high = plane.amax(dim=(1, 2, 3), keepdim=True)
    return (plane - low) / (high - low + 1e-9)


def _odd(length: int) -> int:
    """Return a length, or the next one if it is even."""
    return length | 1
