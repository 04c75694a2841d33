"""What several models agree on, and where to doubt it."""

from collections.abc import Mapping

import cv2
import numpy as np

from penumbra.core.arrays import Alpha, Mask
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte, is_empty
from penumbra.core.trimap import from_alpha
from penumbra.metrics.interaction import iou

LEADER = "aim"
"""The best of those that answer where nothing is said: answers alone where one of the others is
left out, and where it sees no object, the others must agree on one."""

_AGREEING, _APART = 0.8, 0.5  # overlaps of outlines


def marked_pieces(pieces: Mask, shown: Mask, hints: Hints) -> Mask:
    """Return the connected pieces that a click or scribble lies in which says they are wrong.

    Args:
        pieces: (H, W), what may be wrong.
        shown: (H, W), what is shown for the object.
        hints: Their clicks and scribbles count.
    """
    height, width = pieces.shape
    said = np.zeros(pieces.shape, np.bool_)
    for stroke in hints.scribbles:
        said |= stroke.mask(height, width) & (shown != stroke.is_foreground)
    for click in hints.clicks:
        said[click.pixel] |= shown[click.pixel] != click.is_foreground
    _, labels = cv2.connectedComponents(pieces.astype(np.uint8), connectivity=4)
    meant = np.unique(labels[said & pieces])
    return np.isin(labels, meant) & pieces


def softness(alpha: Alpha) -> Alpha:
    """Return 2 alpha (1 - alpha), (H, W): what is doubted where nobody says more.

    Args:
        alpha: (H, W) in [0, 1].
    """
    return 2 * alpha * (1 - alpha)


def median_of(answers: Mapping[str, Matte], confidence: float | None) -> Matte:
    """Return the median of answers, and as its doubt where they doubt and differ.

    Args:
        answers: Of models, by name; one at least.
        confidence: Of the answer.
    """
    alpha = np.median([each.alpha for each in answers.values()], axis=0).astype(np.float32)
    doubt = doubt_of(alpha, answers)
    return Matte(alpha, from_alpha(alpha, 0), doubt, confidence=confidence)


def agreed(alphas: Mapping[str, Alpha]) -> tuple[Alpha, tuple[str, ...]]:
    """Return what most of three models answer, and what is to be said of it.

    Args:
        alphas: (H, W) in [0, 1], by name; `LEADER` is one of them.
    """
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
