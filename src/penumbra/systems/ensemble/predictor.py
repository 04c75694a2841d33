"""A photograph to the matte that most of three models agree on.

Each of them errs in its own way: one takes a shadow for a part of the object, one loses a hat, one
finds one person of two.  The median at every pixel follows the two that are nearer to each other,
and an error is left only where two of them make it.  What they differ by says where to doubt.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.card import ModelCard
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte, is_empty
from penumbra.core.predictor import Predictor
from penumbra.core.trimap import from_alpha
from penumbra.metrics.interaction import iou

LEADER = "aim"
"""The best of the models: answers alone where one of the others is left out, and where it sees no
object, the others must agree on one."""

_AGREEING, _APART = 0.8, 0.5  # overlaps of outlines


@dataclass(frozen=True, eq=False)
class EnsemblePredictor:
    """Three models on a photograph.

    Attributes:
        card: What the ensemble is.
        voters: The models, none of which needs a hint, by name; the leader is among them.
    """

    card: ModelCard
    voters: Mapping[str, Predictor[Any]]

    def encode(self, image: RGB) -> Matte:
        """Ask every model, and answer what most of them do; the whole work."""
        answers = {
            name: voter.decode(voter.encode(image), Hints()) for name, voter in self.voters.items()
        }
        alpha, notes = _agreed({name: answer.alpha for name, answer in answers.items()})
        confidence = answers[LEADER].confidence
        if is_empty(alpha):
            sure = "" if confidence is None else f": confidence {confidence:.2f}"
            notes += (f"no object found{sure}",)
        return Matte(alpha, from_alpha(alpha, 0), doubt_of(alpha, answers), notes, confidence)

    def decode(self, encoded: Matte, hints: Hints, previous: Matte | None = None) -> Matte:
        """Answer; there are no hints, so the answer is always the same."""
        return encoded


def _agreed(alphas: Mapping[str, Alpha]) -> tuple[Alpha, tuple[str, ...]]:
    """Return what most of three models answer, and what is to be said of it."""
    rest = [plane for name, plane in alphas.items() if name != LEADER]
    if is_empty(alphas[LEADER]) and iou(rest[0], rest[1]) < _APART:
        return np.zeros_like(alphas[LEADER]), ()
    stray = stray_of(alphas)
    if stray is None:
        return np.median(list(alphas.values()), axis=0).astype(np.float32), ()
    notes = (f"{stray} saw something else than the others, and was left out",)
    if stray == LEADER:
        return np.mean(rest, axis=0, dtype=np.float32), notes
    return alphas[LEADER], notes


def stray_of(alphas: Mapping[str, Alpha]) -> str | None:
    """Return the model that sees something else while the others agree; None where none does.

    Models agree where their outlines, alpha > 0.5, overlap by 0.8; one sees something else where
    it overlaps with neither of them by half.  A median of such three is the smaller or the larger
    of the two that agree, not what lies between.

    Args:
        alphas: What three models answer, (H, W) in [0, 1], by name.
    """
    for name, alpha in alphas.items():
        one, other = (each for key, each in alphas.items() if key != name)
        is_alone = max(iou(alpha, one), iou(alpha, other)) < _APART
        if is_alone and iou(one, other) >= _AGREEING:
            return name
    return None


def doubt_of(alpha: Alpha, answers: Mapping[str, Matte]) -> Alpha:
    """Return the expected absolute error of the answer, (H, W) in [0, 1].

    The mean of what the models doubt on average and of how far they are from the answer.

    Args:
        alpha: What is answered, (H, W).
        answers: Of the models, by name.
    """
    apart = np.mean([np.abs(each.alpha - alpha) for each in answers.values()], axis=0)
    doubts = [each.uncertainty for each in answers.values() if each.uncertainty is not None]
    doubt = (np.mean(doubts, axis=0) + apart) / 2 if doubts else apart
    return np.asarray(doubt, np.float32)
