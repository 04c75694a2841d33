"""What chance may have made of a difference: the bootstrap over pictures.

Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3 (percentiles).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST = 5
"""Pictures below which no interval is given: resampling so few says nothing."""

RESAMPLES = 2000
LEVEL = 0.95

_SEED = 20260101  # of the resamples, so that the same records give the same report


@dataclass(frozen=True)
class Difference:
    """A mean of paired differences.

    Attributes:
        mean: In the unit of the values.
        low: Lower end of the interval; None where there are too few pictures.
        high: Upper end, likewise.
        n: Pairs.
    """

    mean: float
    low: float | None
    high: float | None
    n: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def mean(values: Sequence[float]) -> float | None:
    """Return the mean, None of nothing.

    Example:
        >>> mean([1.0, 2.0]), mean([])
        (1.5, None)
    """
    return math.fsum(values) / len(values) if values else None


def difference(values: Sequence[float], others: Sequence[float]) -> Difference | None:
    """Return the mean of `values` minus `others`, pair by pair, with its interval of 95 %.

    Args:
        values: One for each picture.
        others: Of the same pictures in the same order.

    Returns:
        None where there is no picture.  The same numbers give the same interval.

    Example:
        >>> difference([3.0, 5.0], [2.0, 2.0])
        Difference(mean=2.0, low=None, high=None, n=2)
    """
    paired = np.asarray(values, np.float64) - np.asarray(others, np.float64)
    if not len(paired):
        return None
    middle = math.fsum(paired) / len(paired)
    if len(paired) < FEWEST:
        return Difference(middle, None, None, len(paired))
    rng = np.random.default_rng(_SEED)
    drawn = rng.integers(len(paired), size=(RESAMPLES, len(paired)))
    tail = 50 * (1 - LEVEL)
    low, high = np.percentile(paired[drawn].mean(axis=1), [tail, 100 - tail])
    return Difference(middle, float(low), float(high), len(paired))
