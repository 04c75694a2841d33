"""Three equations with three unknowns at every pixel, with a covariance of colours on the left."""

from typing import NamedTuple

import torch
from torch import Tensor


class Solved(NamedTuple):
    """What was solved.

    Attributes:
        x: (B, 3, H, W), the covariance's inverse times the right side.
        determinant: (B, 1, H, W) of the covariance.
    """

    x: Tensor
    determinant: Tensor


def solve(covariance: Tensor, right: Tensor) -> Solved:
    """Solve by elimination, which stays exact where all three colours are all but one.

    The cofactors would be shorter; in 32 bits they lose a grey photograph.

    Args:
        covariance: (B, 6, H, W): of red, green and blue with themselves, then of red with blue,
            green with red and blue with green; positive definite.
        right: (B, 3, H, W).
    """
    rr, gg, bb, rb, gr, bg = torch.split(covariance, 1, dim=1)
    r, g, b = torch.split(right, 1, dim=1)
    first, second = gr / rr, rb / rr
    gg, bg, bb = gg - first * gr, bg - first * rb, bb - second * rb
    g, b = g - first * r, b - second * r
    third = bg / gg
    bb, b = bb - third * bg, b - third * g
    z = b / bb
    y = (g - bg * z) / gg
    x = (r - gr * y - rb * z) / rr
    return Solved(torch.cat([x, y, z], dim=1), rr * gg * bb)
