"""Fits a risk to signs of mattes, and measures how well bad ones are caught by it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from penumbra.batch.signs import LEAST, Signs
from penumbra.batch.triage import Scale

REVIEWED = 0.2
"""Share of the fitting half that its limit sends to review."""

BAD = 0.1
"""Share of pictures, those of the largest error, that should be caught."""

RIDGE = 1.0  # of standardised signs
HALVINGS = 100


@dataclass(frozen=True)
class Row:
    """One matte.

    Attributes:
        group: Set that the picture is from.
        name: Of the picture.
        error: Mean absolute error of the matte.
        pixels: Of the picture.
        signs: What is seen of the matte.
    """

    group: str
    name: str
    error: float
    pixels: int
    signs: Signs

    @property
    def unit(self) -> str:
        """What must not be divided: the scene of a frame, the photograph of a trimap."""
        if self.group == "davis_train":
            return f"{self.group}/{self.name.rpartition('_')[0]}"
        return f"{self.group}/{self.name.partition('+')[0]}"


def fitted(rows: Sequence[Row]) -> Scale:
    """Return weights, bias and limit.

    Ridge regression of the error's logarithm on standardised signs; the bias then gets what makes
    the mean of risks the mean of errors, as far as the residuals are like normal ones.
    """
    x = np.array([row.signs.vector for row in rows])
    y = np.log([row.error + LEAST for row in rows])
    middle, spread = x.mean(axis=0), x.std(axis=0) + 1e-9
    z = (x - middle) / spread
    gram = z.T @ z + RIDGE * np.eye(z.shape[1])
    weights = np.linalg.solve(gram, z.T @ (y - y.mean())) / spread
    bias = float(y.mean() - middle @ weights)
    residuals = y - x @ weights - bias
    bias += float(np.log(np.mean(np.exp(residuals))))
    rounded = tuple(round(float(weight), 3) for weight in weights)
    scale = Scale(rounded, round(bias, 3), 0.0)
    limit = float(np.quantile([scale.risk(row.signs) for row in rows], 1 - REVIEWED))
    return Scale(rounded, round(bias, 3), round(limit, 4))


def measures(scale: Scale, rows: Sequence[Row]) -> dict[str, float]:
    """Return how many are sent to review, and how many of the bad ones are among them."""
    risk = np.array([scale.risk(row.signs) for row in rows])
    error = np.array([row.error for row in rows])
    sad = error * [row.pixels for row in rows] / 1000
    is_sent = risk > scale.limit
    return {
        "pictures": len(rows),
        "review": float(is_sent.mean()),
        "recall_sad": recall(is_sent, sad),
        "recall_mad": recall(is_sent, error),
        "spearman_sad": float(spearmanr(risk, sad).statistic),
        "spearman_mad": float(spearmanr(risk, error).statistic),
        "error_ok": float(error[~is_sent].mean()),
        "error_review": float(error[is_sent].mean()),
        "mean_risk": float(risk.mean()),
        "mean_error": float(error.mean()),
    }


def recall(is_sent: NDArray[np.bool_], error: NDArray[np.float64]) -> float:
    """Return the share of the bad ones that is sent to review."""
    is_bad = error >= np.quantile(error, 1 - BAD)
    return float(is_sent[is_bad].mean())


def recalls(scale: Scale, rows: Sequence[Row], rates: Sequence[float]) -> list[float]:
    """Return the share of the bad ones among the riskiest, for each share of those, by SAD."""
    risk = np.array([scale.risk(row.signs) for row in rows])
    sad = np.array([row.error * row.pixels for row in rows])
    place = np.empty(len(rows))
    place[np.argsort(-risk, kind="stable")] = np.arange(len(rows))
    return [recall(place < rate * len(rows), sad) for rate in rates]


def over_halves(rows: Sequence[Row]) -> dict[str, float]:
    """Return the same over many ways to halve each set: means, and the worst tenth of each."""
    rng = np.random.default_rng(0)
    groups: dict[str, list[str]] = {}
    for row in rows:
        units = groups.setdefault(row.group, [])
        if row.unit not in units:
            units.append(row.unit)
    found = []
    for _ in range(HALVINGS):
        half: set[str] = set()
        for units in groups.values():
            half |= set(rng.permutation(units)[rng.integers(2) :: 2].tolist())
        scale = fitted([row for row in rows if row.unit in half])
        found.append(measures(scale, [row for row in rows if row.unit not in half]))
    review = np.array([each["review"] for each in found])
    caught = np.array([each["recall_sad"] for each in found])
    return {
        "review": float(review.mean()),
        "review_p90": float(np.quantile(review, 0.9)),
        "recall_sad": float(caught.mean()),
        "recall_sad_p10": float(np.quantile(caught, 0.1)),
    }
