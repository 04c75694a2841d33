"""What several models agree on, and where to doubt it."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import cv2
import numpy as np

from penumbra.core.arrays import Alpha, Mask
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte, is_empty
from penumbra.core.trimap import from_alpha
from penumbra.metrics.interaction import iou

LEADER = "aim"
"""The best of those that answer where nothing is said: it answers alone where one of the others is
left out.  Where it sees no object, the others must agree on one."""

AGREEING = 0.8
"""Overlap of outlines from which on they are of one object."""

_TRACE = 0.05  # alpha from which on something is shown
_LARGE = 0.1  # of what a mark took away: parts as large as that stay
_APART = 0.5  # overlap of outlines below which they are of two objects
_BELIEVED = 0.4  # overlap of two outlines that are believed where the leader sees nothing


def marked_pieces(pieces: Mask, shown: Mask, hints: Hints) -> Mask:
    """Return the connected pieces that a click or scribble lies in which says they are wrong.

    Args:
        pieces: (H, W), what may be wrong.
        shown: (H, W), what is shown for the object.
        hints: Their clicks and scribbles count.
    """
    marks = _marks(hints, *pieces.shape)
    said = (marks == 1) & ~shown | (marks == 0) & shown
    _, labels = cv2.connectedComponents(pieces.astype(np.uint8), connectivity=4)
    meant = np.unique(labels[said & pieces])
    return np.isin(labels, meant) & pieces


def crumbs(before: Alpha, after: Alpha, hints: Hints, seen: Mask) -> Mask:
    """Return what a mark off the object tore off and left lying, (H, W).

    Of a connected piece that such a mark lies in, what is no longer connected to anything large:
    to a tenth of what is gone, to what was not of that piece, or to what a mark on the object lies
    in.  What is mostly seen for the object stays, and so does the largest part of all.

    Args:
        before: What was shown, (H, W).
        after: What is left of it, (H, W).
        hints: Their clicks and scribbles count.
        seen: What others who know the marks see for the object, (H, W).
    """
    marks = _marks(hints, *before.shape)
    _, pieces = cv2.connectedComponents((before > _TRACE).astype(np.uint8), connectivity=4)
    torn = np.isin(pieces, np.unique(pieces[marks == 0])) & (pieces > 0)
    gone = np.count_nonzero(torn & (after <= _TRACE))
    shown = (after > _TRACE).astype(np.uint8)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(shown, connectivity=4)
    area = stats[:, cv2.CC_STAT_AREA]
    is_swept = area < _LARGE * gone
    is_swept &= np.bincount(parts[torn], minlength=count) == area
    is_swept &= 2 * np.bincount(parts[seen], minlength=count) < area
    is_swept[np.unique(parts[marks == 1])] = False
    is_swept[0] = False
    if count > 1:
        is_swept[1 + np.argmax(area[1:])] = False
    return is_swept[parts]


def median_of(answers: Mapping[str, Matte], confidence: float | None) -> Matte:
    """Return the median of answers, and as its doubt where they doubt and differ.

    Args:
        answers: Of models, by name; one at least.
        confidence: Of the answer.
    """
    alpha = _median([each.alpha for each in answers.values()])
    doubt = doubt_of(alpha, answers)
    return Matte(alpha, from_alpha(alpha, 0), doubt, confidence=confidence)


def is_undecided(alphas: Mapping[str, Alpha]) -> bool:
    """Tell whether no two of three models agree, or those do that the leader sees nothing beside.

    Args:
        alphas: (H, W) in [0, 1], by name; `LEADER` is one of them.
    """
    if is_empty(alphas[LEADER]):
        one, other = _rest(alphas)
        return _shows(one) and iou(one, other) >= _BELIEVED
    return max(iou(*pair) for pair in combinations(alphas.values(), 2)) < AGREEING


def balanced(alphas: Mapping[str, Alpha], arbiter: Alpha) -> tuple[Alpha, tuple[str, ...]]:
    """Return the mean of what counts of three undecided models, and what is to be said of it.

    In the place of a leader that sees nothing the arbiter counts.  Else it counts beside all, and
    a second time the one that is most like it; it does not where none is like it by half, or it
    shows nothing.

    Args:
        alphas: (H, W) in [0, 1], by name; `LEADER` is one of them.
        arbiter: What another model answers, (H, W).
    """
    if is_empty(alphas[LEADER]):
        return _mean([*_rest(alphas), arbiter]), (f"{LEADER} saw nothing, and was left out",)
    nearest = max(alphas.values(), key=lambda alpha: iou(alpha, arbiter))
    is_like = _shows(arbiter) and iou(nearest, arbiter) >= _APART
    return _mean([*alphas.values(), *([arbiter, nearest] if is_like else [])]), ()


def agreed(alphas: Mapping[str, Alpha]) -> tuple[Alpha, tuple[str, ...]]:
    """Return what most of three models answer that are not undecided, and what to say of it.

    Args:
        alphas: (H, W) in [0, 1], by name; `LEADER` is one of them.
    """
    if is_empty(alphas[LEADER]):
        return np.zeros_like(alphas[LEADER]), ()
    stray = stray_of(alphas)
    if stray is None:
        return _median([*alphas.values()]), ()
    notes = (f"{stray} saw something else than the others, and was left out",)
    if stray == LEADER:
        return _mean(_rest(alphas)), notes
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
        if is_alone and iou(one, other) >= AGREEING:
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


def _shows(alpha: Alpha) -> bool:
    """Tell whether there is an outline: overlaps of nothing and nothing are 1."""
    return bool((alpha > 0.5).any())


def _rest(alphas: Mapping[str, Alpha]) -> tuple[Alpha, Alpha]:
    one, other = (alpha for name, alpha in alphas.items() if name != LEADER)
    return one, other


def _median(alphas: Sequence[Alpha]) -> Alpha:
    median: Alpha = np.median(alphas, axis=0).astype(np.float32)
    return median


def _mean(alphas: Sequence[Alpha]) -> Alpha:
    return np.mean(alphas, axis=0, dtype=np.float32)


def _marks(hints: Hints, height: int, width: int) -> Alpha:
    """Return 1 under marks on the object, 0 under those off it, and 0.5 elsewhere, (H, W)."""
    said = np.full((height, width), 0.5, np.float32)
    for stroke in hints.scribbles:
        said[stroke.mask(height, width)] = stroke.is_foreground
    for click in hints.clicks:
        said[click.pixel] = click.is_foreground
    return said
