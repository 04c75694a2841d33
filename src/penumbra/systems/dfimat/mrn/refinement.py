"""Progressive refinement of mattes, as training does it: batches of tensors, widths at random.

Yu et al., "Mask guided matting via progressive refinement network", CVPR 2021, sections 3.2 and
4; the sheet `dfimat`, section 5.2.  `progressive` does the same at inference.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from penumbra.systems.dfimat.mrn.network import Alphas
from penumbra.systems.dfimat.mrn.progressive import LEAST, WIDTHS
from penumbra.training.trimaps import dilate

LARGEST = (29, 14)
"""Widths of the kernels in training are at most that; see `progressive.WIDTHS`."""

_ALWAYS, _OFTEN = 0.05, 0.15  # of the steps: trimaps guide till here, and half the time till there


def fused(alphas: Alphas, widths: NDArray[np.int64]) -> Alphas:
    """Return all mattes, each with what it leaves to those before it.

    Where to look is not learned: no gradient flows through that.

    Args:
        alphas: As of the network.
        widths: (2, B) of the elliptic kernels, pixels, at least 1; see `random_widths`.
    """
    wholes = [alphas[0]]
    for alpha, width in zip(alphas[1:], widths, strict=len(alphas) > 1):
        near = dilate(is_unsure(wholes[-1].detach()), width)
        wholes.append(torch.where(near, alpha, wholes[-1]))
    return tuple(wholes)


def guided(alphas: Alphas, unknown: Tensor) -> Alphas:
    """Return what `fused` does where a trimap says where to look, as training begins.

    Args:
        alphas: As of the network.
        unknown: (B, 1, H, W) of bool.
    """
    wholes = [alphas[0]]
    for alpha in alphas[1:]:
        wholes.append(torch.where(unknown, alpha, wholes[-1]))
    return tuple(wholes)


def guidance(progress: float) -> float:
    """Return how likely a step of training is to be guided by trimaps.

    Always for the first 5 % of the steps, half the time for the next 10 %, then never.

    Args:
        progress: Share of the steps that are done, in [0, 1].
    """
    return 1.0 if progress < _ALWAYS else 0.5 if progress < _OFTEN else 0.0


def random_widths(count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return widths for training, (2, count): from 1 to 29 and from 1 to 14, all as likely."""
    return np.stack([rng.integers(1, most, count, endpoint=True) for most in LARGEST])


def usual_widths(count: int) -> NDArray[np.int64]:
    """Return the widths of inference, (2, count)."""
    return np.repeat(np.array(WIDTHS)[:, None], count, axis=1)


def is_unsure(alpha: Tensor) -> Tensor:
    """Return where mattes are neither 0 nor 1 by more than a step of 8 bits, (B, 1, H, W)."""
    return (alpha > LEAST) & (alpha < 1 - LEAST)
