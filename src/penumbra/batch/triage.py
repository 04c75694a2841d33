"""Which results somebody should look at, judged without the truth.

The risk of a matte is the mean absolute error that mattes with the same signs had, on pictures
held aside: exp(weights . signs + bias) - 0.001.  Weights are those of `benchmarks/triage.py`, which
fits them on one half of the pictures and measures on the other; docs/triage.md has the numbers.
"""

from dataclasses import dataclass
from math import exp
from typing import Literal

import numpy as np

from penumbra.batch.signs import LEAST, Signs, signs_of, spot_of
from penumbra.core.matte import Matte, is_empty

Verdict = Literal["ok", "review"]


@dataclass(frozen=True)
class Judgement:
    """What is thought of one matte.

    Attributes:
        verdict: Whether it can go out, or somebody should look at it.
        risk: Expected mean absolute error of the matte, in [0, 1].
        spot: Most doubtful place, (x, y) in pixels of the upright photograph.
    """

    verdict: Verdict
    risk: float
    spot: tuple[float, float]


@dataclass(frozen=True)
class Scale:
    """How the signs of one model's mattes become a risk.

    Attributes:
        weights: Of `Signs.vector`.
        bias: What is added.
        limit: The risk above which somebody should look.
    """

    weights: tuple[float, ...]
    bias: float
    limit: float

    def risk(self, signs: Signs) -> float:
        """Return the expected mean absolute error, in [0, 1]."""
        exponent = float(signs.vector @ np.asarray(self.weights)) + self.bias
        return min(max(exp(min(exponent, 0.0)) - LEAST, 0.0), 1.0)


# python benchmarks/triage.py --data ../shared/data, 2026-11-28
SCALES = {
    "ensemble": Scale((1.377, 0.548, -0.424, 1.119, -0.609), 0.371, 0.1357),
    "aim": Scale((0.171, 0.845, -0.555, 1.825, 0.659), 0.708, 0.1508),
    "safe": Scale((0.301, 1.415, -0.329, 0.651, -0.362), 1.09, 0.0441),
    "ensemble-trimap": Scale((0.789, 0.464, 0.017, -0.463, -0.244), -0.214, 0.0258),
    "dim": Scale((0.657, 0.555, -0.09, 0.024, -0.123), -0.192, 0.0237),
}
"""By the name of the model."""

UNCALIBRATED = Scale((1.0, 0.0, 0.0, 0.0, 0.0), 0.0, 0.03)
"""Of the other models: their own doubt, or the softness of the matte."""


def judge(model: str, matte: Matte) -> Judgement:
    """Judge a matte by what is known without the truth; an empty one is always to be looked at.

    Args:
        model: Name of the model that answered.
        matte: Its answer, at the photograph's own size.
    """
    scale = SCALES.get(model, UNCALIBRATED)
    risk = scale.risk(signs_of(matte))
    is_doubtful = risk > scale.limit or is_empty(matte.alpha)
    return Judgement("review" if is_doubtful else "ok", risk, spot_of(matte))
