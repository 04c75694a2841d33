"""How good a network is while it learns, and whether a stage has brought what it has to."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from penumbra.training.recipe import Gate, Validation
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


def passed(
    network: nn.Module, source: Source, gate: Gate, seed: int
) -> tuple[dict[str, float], list[str]]:
    """Return the numbers of a gate, and a sentence for each that lies outside of its limits.

    The network is asked in evaluation mode and left as it was.  A number is the mean of the
    batches that tell it, each of which weighs as much as its samples.
    """
    sums: dict[str, tuple[float, int]] = {}
    torch.manual_seed(seed + SEED)
    with evaluating(network), torch.no_grad():
        for first in range(0, gate.samples, gate.batch_size):
            count = min(gate.batch_size, gate.samples - first)
            batch = source.batch(gate, seed + SEED, first, count)
            for name, value in gate.measure(network, batch).items():
                total, weight = sums.get(name, (0.0, 0))
                sums[name] = total + count * value, weight + count
    numbers = {name: total / weight for name, (total, weight) in sums.items()}
    failed = []
    for limit in gate.limits:
        number = numbers.get(limit.name)
        if number is None:
            failed.append(f"{limit.name} must be measured, got no sample that tells it")
        elif limit.least is not None and number < limit.least:
            failed.append(f"{limit.name} must be at least {limit.least:g}, got {number:.4g}")
        elif limit.most is not None and number > limit.most:
            failed.append(f"{limit.name} must be at most {limit.most:g}, got {number:.4g}")
    return numbers, failed


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
