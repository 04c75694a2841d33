"""A photograph and a trimap to the matte that a network and two solvers agree on.

Where a trimap is tight, each of the three errs in its own way, and the median of them at every
pixel is better than any.  A trimap is tight where its unknown band is narrow, or wide because it
is full of hair.  The looser it is, the more the solvers fall behind `dim`: then that answers alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from penumbra.core.arrays import RGB, Alpha, Trimap
from penumbra.core.card import ModelCard
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.core.predictor import Predictor
from penumbra.systems.ensemble.votes import median_of

LEADER = "dim"
"""Who answers alone where a trimap is loose."""

_NARROW, _WIDE = 10.0, 15.0  # mean distance of unknown pixels to the nearest known one
_FEW, _MANY = 0.2, 0.25  # share of unknown pixels that are partly covered
_PARTLY = 0.05  # opacity from which on, and transparency from which on, a pixel is
_MOST = 500_000  # unknown pixels; of more, sampling takes minutes


@dataclass(frozen=True, eq=False)
class TrimapEnsemblePredictor:
    """A network and solvers on a photograph and its trimap.

    Attributes:
        card: What it is.
        voters: The models by name, all of which take a trimap; the leader is among them.
    """

    card: ModelCard
    voters: Mapping[str, Predictor[Any]]

    def encode(self, image: RGB) -> RGB:
        """Nothing can be done before the trimap is known."""
        return image

    def decode(self, encoded: RGB, hints: Hints, previous: Matte | None = None) -> Matte:
        """Answer; an earlier matte says nothing that the trimap does not."""
        assert hints.trimap is not None  # the card requires one
        first = self._asked(LEADER, encoded, hints)
        share = share_of_all(hints.trimap, first.alpha)
        if share == 0:
            return first
        answers = {
            name: self._asked(name, encoded, hints) for name in self.voters if name != LEADER
        }
        voted = median_of({LEADER: first} | answers, first.confidence)
        alpha = first.alpha + np.float32(share) * (voted.alpha - first.alpha)
        doubt = voted.uncertainty
        if first.uncertainty is not None and doubt is not None:
            doubt = first.uncertainty + np.float32(share) * (doubt - first.uncertainty)
        return replace(first, alpha=alpha, uncertainty=doubt)

    def _asked(self, name: str, image: RGB, hints: Hints) -> Matte:
        voter = self.voters[name]
        return voter.decode(voter.encode(image), hints)


def share_of_all(trimap: Trimap, alpha: Alpha) -> float:
    """Return how much the median of all counts beside the leader's own answer, in [0, 1].

    All where unknown pixels are less than 10 pixels from the nearest known one on average, nothing
    from 15 on or where more is unknown than is known to be the object.  Or all where the leader
    finds a quarter of them partly covered, nothing below a fifth or where more than twice as much
    is unknown as is known to be the object; the larger of both counts.  Nothing, too, where more
    than half a million pixels are unknown.

    Args:
        trimap: (H, W) of 0, 0.5 and 1.
        alpha: What the leader answers, (H, W).
    """
    unknown = trimap == 0.5
    count, inside = int(np.count_nonzero(unknown)), int(np.count_nonzero(trimap == 1))
    if not 0 < count <= min(_MOST, 2 * inside):
        return 0.0
    away = cv2.distanceTransform(unknown.astype(np.uint8), cv2.DIST_L2, 3)
    depth = float(away[unknown].mean(dtype=np.float64))
    narrow = (_WIDE - depth) / (_WIDE - _NARROW) if count <= inside else 0
    partly = np.abs(alpha[unknown] - 0.5) < 0.5 - _PARTLY
    full = (float(partly.mean()) - _FEW) / (_MANY - _FEW)
    return float(np.clip(max(narrow, full), 0, 1))
