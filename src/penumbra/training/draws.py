"""Random numbers that depend on (seed, epoch, index) alone.

A sample owns one row of uniform numbers and spends them from left to right; so neither the size
of the batch nor the number of processes changes what is drawn.
"""

from collections.abc import Sequence
from copy import copy

import numpy as np
from numpy.typing import NDArray

COLUMNS = 160
APART = 48  # of these, for what only some of the samples have

Floats = NDArray[np.float64]


class Draws:
    """The random numbers of a batch.

    Args:
        seed: Of the run.
        numbers: (B,) numbers of the samples in an endless sequence.
        epoch_size: Samples an epoch.
    """

    def __init__(self, seed: int, numbers: Sequence[int], epoch_size: int) -> None:
        rows = np.stack(
            [
                np.random.default_rng((seed, *divmod(number, epoch_size))).random(COLUMNS)
                for number in numbers
            ]
        )
        self._rows, self._apart = rows[:, :-APART], rows[:, -APART:]
        self._next = 0

    def only(self, is_kept: NDArray[np.bool_]) -> "Draws":
        """Return the numbers that some of the samples have left."""
        part = copy(self)
        part._rows, part._apart = self._rows[is_kept], self._apart[is_kept]
        return part

    def apart(self, is_kept: NDArray[np.bool_]) -> "Draws":
        """Return numbers of some of the samples that nothing else spends; once."""
        part = self.only(is_kept)
        part._rows, part._next = part._apart, 0
        return part

    def unit(self) -> Floats:
        """Return numbers in [0, 1), (B,)."""
        column = self._rows[:, self._next]
        self._next += 1
        return column

    def uniform(self, low: float, high: float) -> Floats:
        """Return numbers in [low, high), (B,)."""
        return low + (high - low) * self.unit()

    def chance(self, probability: float) -> NDArray[np.bool_]:
        """Return whether, (B,)."""
        return self.unit() < probability

    def choose(self, values: Sequence[float] | NDArray[np.generic]) -> NDArray[np.generic]:
        """Return one of the values for each sample, all as likely, (B,)."""
        array = np.asarray(values)
        return array[(self.unit() * len(array)).astype(np.int64)]

    def weighted(self, weights: Floats) -> NDArray[np.int64]:
        """Return numbers of entries, as likely as their weights, (B,)."""
        totals = np.cumsum(weights)
        places = np.searchsorted(totals, self.unit() * totals[-1], side="right")
        return np.minimum(places, len(weights) - 1)
