"""How good a network is while it learns, on objects that it does not learn from."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from penumbra.training.recipe import Validation
from penumbra.training.run import Source

SEED = 1 << 21  # added to the seed of the run: the same samples at every validation


def measure(network: nn.Module, source: Source, how: Validation, seed: int) -> float:
    """Return the mean error over batches of a network, which is left as it was.

    It is asked in evaluation mode; every sample weighs as much as its batch does.
    """
    total = 0.0
    with evaluating(network), torch.no_grad():
        for first in range(0, how.samples, how.batch_size):
            count = min(how.batch_size, how.samples - first)
            batch = source.batch(how, seed + SEED, first, count)
            total += count * float(how.error(network, batch))
    return total / how.samples


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Put a network into evaluation mode; afterwards every part is as it was."""
    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        yield
    finally:
        for module, is_training in modes:
            module.training = is_training
