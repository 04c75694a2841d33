"""A photograph, and what is said of it, to the matte that most of several models agree on.

Where nothing is said three networks answer that look for what stands out.  Each of them errs in its
own way: one takes a shadow for a part of the object, one loses a hat, one finds one person of two.
The median at every pixel follows the two that are nearer to each other, and an error is left only
where two of them make it.  What they differ by says where to doubt.  Where they are undecided a
fourth is asked.

Clicks and scribbles correct that answer near by, as GrabCut does.  Two networks are told all of
them beside: of what they agree on, the piece that a mark lies in counts, too.  Where all marks are
clicks they vote on the rest as well, and colours settle what votes leave open.  Of a box the
answers count that fill it, and what stands out decides between two that differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np

from penumbra.core.arrays import RGB, Alpha, Mask
from penumbra.core.budget import Budget
from penumbra.core.card import ModelCard
from penumbra.core.frames import Resize
from penumbra.core.hints import Box, Hints
from penumbra.core.matte import Matte, is_empty, softness
from penumbra.core.predictor import Predictor, Refiner
from penumbra.core.trimap import dilate, from_alpha
from penumbra.metrics.interaction import iou
from penumbra.solvers.band import widest
from penumbra.systems.classical.predictor import box_of, is_same_object, overlap
from penumbra.systems.clicks.settle import settle
from penumbra.systems.ensemble.votes import (
    AGREEING,
    LEADER,
    agreed,
    balanced,
    crumbs,
    doubt_of,
    is_undecided,
    marked_pieces,
    median_of,
)

SALIENT = ("aim", "safe", "segment")
"""Who answers where nothing is said."""

CORRECTOR, MARKED, POLISHER = "classical", ("clicks", "dfimat"), "clicks"
"""Who corrects, who is told all marks beside, and who polishes."""

ARBITER = "clicks"
"""Who is asked where those that answer are undecided."""

_MEANING = 2  # clicks that say what is meant: later ones correct
_MEANT = 0.25, 0.25, 0.5  # weights of two and of the median of three while clicks say that
_CORRECTED = 0.4, 0.4, 0.2  # and of two and of what was shown later
_WORK, _NARROW = 512, 3  # longer side of what colours settle, and half of what is too narrow there
_FILLED = 0.6  # overlap of a box with that around an answer
_SAME = 0.95  # overlap of outlines that are taken for one
_SEEN = 0.4  # share of what a mark leaves that both networks must see for it to take the rest


@dataclass(frozen=True, eq=False)
class Encoded:
    """A photograph as the ensemble knows it.

    Attributes:
        image: (H, W, 3).
        start: What is answered where nothing is said.
        seen: What voters that take marks know of the photograph, by name; grows as they are asked.
        told: What one of them, whose answers go on from its last, answered last, by name.
        begun: Likewise what it answered to marks after what was shown without them, by box.
    """

    image: RGB
    start: Matte
    seen: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Matte] = field(default_factory=dict)
    begun: dict[Box | None, Matte] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class EnsemblePredictor:
    """Several models on a photograph.

    Attributes:
        card: What the ensemble is.
        voters: The models by name: `SALIENT`, `CORRECTOR` and `MARKED`.
    """

    card: ModelCard
    voters: Mapping[str, Predictor[Any]]

    def encode(self, image: RGB) -> Encoded:
        """Ask the models that need no hint, and answer what most of them do.

        Where no two of them agree an arbiter is asked as well: it counts, and the one that it
        agrees with counts twice.  Where the leader sees nothing and the others agree, it takes the
        leader's place.  Colours settle what the mean of them leaves open.
        """
        answers = {name: self._decoded(self.voters[name].encode(image), name) for name in SALIENT}
        alphas = {name: answer.alpha for name, answer in answers.items()}
        seen: dict[str, Any] = {}
        if is_undecided(alphas):
            seen[ARBITER] = self.voters[ARBITER].encode(image)
            answers[ARBITER] = self._decoded(seen[ARBITER], ARBITER)
            mean, notes = balanced(alphas, answers[ARBITER].alpha)
            alpha = _settled(image, mean, Hints())
        else:
            alpha, notes = agreed(alphas)
        confidence = answers[LEADER].confidence
        if is_empty(alpha):
            sure = "" if confidence is None else f": confidence {confidence:.2f}"
            notes += (f"no object found{sure}",)
        doubt = doubt_of(alpha, answers)
        return Encoded(image, Matte(alpha, from_alpha(alpha, 0), doubt, notes, confidence), seen)

    def decode(self, encoded: Encoded, hints: Hints, previous: Matte | None = None) -> Matte:
        """Answer one round; see `Predictor.decode`.

        What was shown is corrected near new clicks and scribbles; everything else of it is kept.
        A box alone is answered anew; with marks it is only where it means another object than
        what was shown.
        """
        is_marked = bool(hints.clicks or hints.scribbles)
        kept = previous if is_marked else None
        if hints.box is not None and (kept is None or not is_same_object(hints, kept)):
            kept = self._boxed(encoded, hints.box)
        base = encoded.start if kept is None else kept
        return self._corrected(encoded, hints, base) if is_marked else base

    def doubt(self, encoded: Encoded, matte: Matte) -> Matte:
        """Return the matte: all have their uncertainty."""
        return matte

    def refine(self, encoded: Encoded, matte: Matte, budget: Budget) -> Matte:
        """Polish a matte where it is most doubtful; see `Refiner.refine`."""
        polisher = self.voters[POLISHER]
        assert isinstance(polisher, Refiner)
        return polisher.refine(self._seen(encoded, POLISHER), matte, budget)

    def _boxed(self, encoded: Encoded, box: Box) -> Matte:
        """Return what a box holds: the median of the answers that fill it, or of all.

        What stands out was not told of the box: beside one other answer it counts only where both
        agree.  Where the two that were told do not, it decides, whether it fills the box or not;
        where it shows nothing either, what both see counts.  Where the corrector has the
        median's outline its answer is taken, whose edge was solved at the size of the photograph.
        """
        height, width = encoded.image.shape[:2]
        rows, columns = np.arange(height)[:, None] + 0.5, np.arange(width)[None] + 0.5
        is_inside = (rows > box.y0) & (rows < box.y1) & (columns > box.x0) & (columns < box.x1)
        start = replace(encoded.start, alpha=np.where(is_inside, encoded.start.alpha, 0))
        boxed = [it for it in (CORRECTOR, *MARKED) if "box" in self.voters[it].card.accepts]
        answers = {name: self._asked(encoded, name, Hints(box=box)) for name in boxed}
        filling = {name: it for name, it in answers.items() if _fills(it.alpha, box)}
        told = [it.alpha for it in filling.values()]
        is_split = len(told) == 2 and iou(told[0], told[1]) < AGREEING
        agreeing = any(iou(start.alpha, alpha) >= AGREEING for alpha in told)
        is_heard = _fills(encoded.start.alpha, box) and (agreeing or len(told) != 1)
        if is_split or is_heard:
            filling["salient"] = start
        voted = median_of(filling or answers | {"salient": start}, encoded.start.confidence)
        solved = answers[CORRECTOR]
        if iou(solved.alpha, voted.alpha) < _SAME:
            return voted
        return replace(voted, alpha=solved.alpha, trimap=solved.trimap)

    def _corrected(self, encoded: Encoded, hints: Hints, base: Matte) -> Matte:
        """Return a matte with clicks and scribbles heeded.

        What both networks that know them miss in it is added where one of them lies.  What both
        see too much is taken away so by the first mark alone: it says what is meant, and later
        ones correct.  Then all three vote.  What marks say that was shown anyway changes nothing.
        """
        corrector = self.voters[CORRECTOR]
        corrected = corrector.decode(encoded.image, hints, base)
        told = [
            self._asked(encoded, name, replace(hints, box=None)).alpha
            for name in MARKED
            if hints.kinds - {"box"} <= self.voters[name].card.accepts
        ]
        answers = [alpha >= 0.5 for alpha in told]
        is_told = len(told) == len(MARKED)
        if is_told:
            was, on = base.alpha >= 0.5, answers[0] & answers[1]
            wrong = on & ~was
            if len(hints.clicks) + len(hints.scribbles) == 1:
                wrong |= self._unmeant(hints, was, answers)
            more = marked_pieces(wrong, was, hints) & (on != (corrected.alpha >= 0.5))
            if more.any():
                corrected = self._redrawn(encoded, hints, corrected, more)
        seen = np.logical_and.reduce(answers)
        left = crumbs(base.alpha, corrected.alpha, hints, seen)
        if left.any():
            corrected = _without(corrected, left)
        if is_told and corrected is not base:
            corrected = self._voted(encoded, hints, base, corrected, told)
        before = softness(base.alpha) if base.uncertainty is None else base.uncertainty
        is_new = corrected.alpha != base.alpha
        doubt = np.where(is_new, softness(corrected.alpha), before)
        # A matte of its own: what was shown may be another model's, which knows more of that.
        return Matte(
            corrected.alpha,
            corrected.trimap,
            doubt,
            corrected.notes,
            base.confidence,
            conflicts=corrected.conflicts,
            flags=corrected.flags,
        )

    def _voted(
        self, encoded: Encoded, hints: Hints, base: Matte, matte: Matte, told: list[Alpha]
    ) -> Matte:
        """Return a matte with what most see otherwise turned over; colours settle what is open.

        The matte counts, and the network that corrects what was shown without marks.  The first
        two clicks say what is meant: the median of these two and of the other network counts as
        much as their mean, and the answer is looked over everywhere.  Later ones correct: what was
        shown counts beside, by half as much as each of the two, and what is not turned over stays.
        Where both networks that know the marks alone are of the matte's mind nobody else counts: a
        person who was clicked off does not come back.  Nor does a network that sees nothing.

        Args:
            encoded: The photograph.
            hints: No scribbles are among them.
            base: What was shown.
            matte: That, corrected near the marks.
            told: What each of `MARKED` answers to the marks, (H, W).
        """
        continued = self._continued(encoded, hints)
        if is_empty(continued):
            return matte
        is_meaning = len(hints.clicks) <= _MEANING
        shown = matte.alpha >= 0.5
        is_open = np.logical_or.reduce([(alpha >= 0.5) != shown for alpha in told])
        third, weights = base.alpha, _CORRECTED
        if is_meaning:
            third = np.median([matte.alpha, continued, told[-1]], axis=0).astype(np.float32)
            weights = _MEANT
        mixed = np.average([matte.alpha, continued, third], axis=0, weights=weights)
        mixed = np.where(is_open, mixed, matte.alpha).astype(np.float32)
        settled = _settled(encoded.image, mixed, hints)
        more = _wide(((settled > 0.5) != shown) & is_open)
        if more.any():
            matte = self._redrawn(encoded, hints, matte, more)
        if not is_meaning:
            return matte
        return replace(matte, alpha=np.mean([matte.alpha, settled], axis=0, dtype=np.float32))

    def _continued(self, encoded: Encoded, hints: Hints) -> Alpha:
        """Return what the network answers, (H, W), that corrects what was shown without clicks."""
        if hints.box not in encoded.begun:
            shown = encoded.start if hints.box is None else self._boxed(encoded, hints.box)
            encoded.begun[hints.box] = shown
        looked, before = self._seen(encoded, ARBITER), encoded.begun[hints.box]
        answer = self.voters[ARBITER].decode(looked, replace(hints, box=None), before)
        encoded.begun[hints.box] = answer
        return answer.alpha

    def _unmeant(self, hints: Hints, was: Mask, answers: list[Mask]) -> Mask:
        """Return the piece of what was shown that a first mark takes away; nothing if in doubt.

        Whoever takes it away must still see much of the rest.
        """
        gone = marked_pieces(was & ~(answers[0] | answers[1]), was, hints)
        rest = was & ~gone
        least = min(np.count_nonzero(answer & rest) for answer in answers)
        is_sure = rest.any() and least >= _SEEN * np.count_nonzero(rest)
        return gone if is_sure else np.zeros_like(gone)

    def _redrawn(self, encoded: Encoded, hints: Hints, matte: Matte, more: Mask) -> Matte:
        """Return a matte with a part of its outline turned over, solved anew around it."""
        outline = (matte.alpha >= 0.5) ^ more
        if not outline.any():
            return Matte(np.zeros_like(matte.alpha), np.zeros_like(matte.alpha))
        anew = self.voters[CORRECTOR].decode(encoded.image, replace(hints, box=None, mask=outline))
        zone = dilate(more, 2 * widest(float(np.sqrt(outline.sum()))))
        before = from_alpha(matte.alpha, 0) if matte.trimap is None else matte.trimap
        trimap = before if anew.trimap is None else np.where(zone, anew.trimap, before)
        return Matte(np.where(zone, anew.alpha, matte.alpha), trimap)

    def _decoded(self, looked: object, name: str) -> Matte:
        """Return what a model answers where nothing is said."""
        return self.voters[name].decode(looked, Hints())

    def _asked(self, encoded: Encoded, name: str, hints: Hints) -> Matte:
        """Return what a model answers to all that was said, at once.

        One whose answer depends on the marks alone is spared what it has answered before.
        """
        answer = self.voters[name].decode(self._seen(encoded, name), hints, encoded.told.get(name))
        if name == ARBITER:
            encoded.told[name] = answer
        return answer

    def _seen(self, encoded: Encoded, name: str) -> object:
        """Return what a model knows of the photograph; it looks at it once."""
        if name not in encoded.seen:
            encoded.seen[name] = self.voters[name].encode(encoded.image)
        return encoded.seen[name]


def _fills(alpha: Alpha, box: Box) -> bool:
    """Tell whether what an answer, (H, W), shows is about as large as a box, and where it is."""
    return overlap(box_of(alpha >= 0.5), box) >= _FILLED


def _settled(image: RGB, alpha: Alpha, hints: Hints) -> Alpha:
    """Return an answer, (H, W) in [0, 1], with what colours tell of it."""
    height, width = alpha.shape
    frame = Resize.to_long_side(height, width, _WORK)
    small = np.clip(frame.plane(alpha), 0, 1)
    settled = settle(frame.plane(image), small, frame.hints(hints).clicks)
    outline: Alpha = np.clip(frame.back(settled), 0, 1)
    return outline


def _wide(mask: Mask) -> Mask:
    """Return a mask without parts that are narrower than outlines of networks are off.

    What is wider keeps its own outline: else a slit would be left between it and what it joins.
    """
    radius = max(1, round(_NARROW * max(mask.shape) / _WORK))
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    core = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, disk).astype(np.bool_)
    return mask & dilate(core, 2 * radius)


def _without(matte: Matte, gone: Mask) -> Matte:
    """Return a matte without what is under a mask, (H, W)."""
    trimap = None if matte.trimap is None else np.where(gone, np.float32(0), matte.trimap)
    return replace(matte, alpha=np.where(gone, np.float32(0), matte.alpha), trimap=trimap)
