"""What previews show and validation measures: each person as the query that shows them has it."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from penumbra.systems.dfimat.gathering import SceneBatch
from penumbra.systems.dfimat.synth.interpreter.gathering import captions_of
from penumbra.systems.dfimat.synth.interpreter.matching import match
from penumbra.systems.dfimat.synth.interpreter.reader import Reader


class Found(NamedTuple):
    """The people of a batch as they were found.

    Attributes:
        alphas: (B, P, H, W) in [0, 1]; 0 where nobody is, or no query was left.
        matched: (B, P), as of `match`.
    """

    alphas: Tensor
    matched: Tensor


def find(network: nn.Module, batch: SceneBatch) -> Found:
    """Return each person of a batch, by the query that fits best."""
    assert isinstance(network, Reader)
    answer = network(batch.image, captions_of(batch))
    matched = match(answer.heads[-1], batch.alphas, batch.is_person)
    alphas = network.interpreter.alphas(answer, matched.clamp(min=0)).float().sigmoid()
    return Found(alphas * (matched >= 0)[:, :, None, None], matched)


def matte_of(network: nn.Module, batch: SceneBatch) -> Tensor:
    """Return alpha of the person who is wanted, (B, 1, H, W)."""
    rows = torch.arange(len(batch.wanted), device=batch.wanted.device)
    return find(network, batch).alphas[rows, batch.wanted][:, None]


def reading_error(network: nn.Module, batch: SceneBatch) -> Tensor:
    """Return the mean over the people of Σ|error| / Σalpha, so that small ones count as much."""
    error = (find(network, batch).alphas - batch.alphas).abs().sum(dim=(2, 3))
    share = error / batch.alphas.sum(dim=(2, 3)).clamp(min=1)
    return share[batch.is_person].mean()
