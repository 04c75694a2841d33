"""What the network leaves half transparent is settled by colour: it belongs to one side, mostly.

The network sees a click as a disc in features of an eighth of the size, and answers greys wherever
it was not sure, which is most of what few pictures taught it.  What it is sure of tells the colours
of both sides.  They and its own alpha are smoothed along the picture's edges, a graph is cut where
that still says little, and the outline that comes out is softened where the picture's colours are
soft.  Where colours and cut disagree the network's alpha counts, on the side of the cut.

An addition of ours to Wei et al., "Improved image matting via real-time user clicks and
uncertainty estimation", CVPR 2021; see `docs/decisions/0023-colours-settle-what-is-undecided.md`.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha, Mask
from penumbra.core.frames import Resize
from penumbra.core.hints import Click, Hints
from penumbra.core.resample import resize
from penumbra.solvers.graph_cut import Labels, Models, cut, fit, log_ratio
from penumbra.solvers.guided_filter import GuidedFilter, planes_of
from penumbra.systems.clicks.painting import paint

_SIDE = 256  # longer side in pixels of what is cut; more is slower and no better
_SURE = 0.05  # alpha within this of 0 and 1 stays on its side
_BEFORE = 0.3  # weight of what was settled before the last click
_LEAST = 0.01  # how near to 0 and 1 either counts as evidence
_DISC = 3  # radius in pixels of what is certain around a click
_LEARNED = 6000  # pixels that colours are learned from
_SPOKEN = 3.0  # nats that colours say at most
_KEPT = 0.02  # how near to 0 and 1 alpha counts as evidence
_SMOOTH, _SOFT = 10, 4  # radii in pixels of smoothing, and of the outline
_EDGE = 1e-4  # variance of colours that counts as an edge
_SETTLED = 0.2, 0.8  # between these, smoothed, the graph is cut


def settle(
    image: RGB, alpha: Alpha, clicks: tuple[Click, ...], before: Alpha | None = None
) -> Alpha:
    """Return alpha with what is undecided on one side or the other; see `Settler.settled`."""
    return Settler.of(image).settled(alpha, clicks, before)


@dataclass(frozen=True, eq=False)
class Settler:
    """What settling mattes takes of a photograph alone, however many mattes there are.

    Attributes:
        frame: From the photograph to what is cut.
        picture: That, (h, w, 3).
        learned: Places of the pixels that colours are learned from, in rows.
        smooth: Smooths along the picture's edges.
        soft: Softens outlines.
        planes: Of the photograph, a channel each, (H, W).
    """

    frame: Resize
    picture: NDArray[np.uint8]
    learned: NDArray[np.int64]
    smooth: GuidedFilter
    soft: GuidedFilter
    planes: list[NDArray[np.float64]]

    @classmethod
    def of(cls, image: RGB) -> "Settler":
        """Look at a photograph, (H, W, 3)."""
        frame = Resize.to_long_side(image.shape[0], image.shape[1], _SIDE)
        small = np.clip(frame.plane(image), 0, 1)
        order = np.random.default_rng(0).permutation(frame.new_height * frame.new_width)
        return cls(
            frame,
            np.rint(255 * small).astype(np.uint8),
            order[:_LEARNED],
            GuidedFilter.of(small, _SMOOTH, _EDGE),
            GuidedFilter.of(small, _SOFT, _EDGE),
            planes_of(image),
        )

    def settled(
        self, alpha: Alpha, clicks: tuple[Click, ...], before: Alpha | None = None
    ) -> Alpha:
        """Return alpha with what is undecided on one side or the other, (H, W) in [0, 1].

        It is returned as it was where either side has too few pixels to learn its colours from.

        Args:
            alpha: (H, W) in [0, 1].
            clicks: In pixels of the photograph.
            before: What was settled before the last click, (H, W), for it counts, too: one click
                now and then makes the network forget what all others said.
        """
        seen, frame = alpha, self.frame
        if before is not None:
            alpha = _joined(seen, before)
        shown = np.clip(frame.plane(alpha), 0, 1)
        labels = _labels(shown, frame.hints(Hints(clicks=clicks)).clicks)
        is_object = (labels.ravel()[self.learned] & 1).astype(np.bool_)
        models = fit(self.picture.reshape(-1, 3)[self.learned], is_object)
        if models is None:
            return seen
        is_open = _is_open(labels)
        likely = (labels & 1).astype(np.float32)
        likely[is_open] = _likely(shown[is_open], self.picture[is_open], models)
        likely = np.clip(self.smooth.filtered(likely), 0, 1)
        is_object = cut(self.picture, _narrowed(labels, likely), 1, models)
        outline = np.clip(self.soft.upsampled(is_object.astype(np.float32), self.planes), 0, 1)
        agreeing = np.clip(2 * np.where(is_object, likely, 1 - likely) - 1, 0, 1)
        weight = resize(np.sqrt(agreeing).astype(np.float32), frame.height, frame.width)
        own = np.where(outline > 0.5, np.maximum(alpha, 0.5), np.minimum(alpha, 0.5))
        settled = own + weight * (outline - own)
        # What the network heeded under a click is not taken back.
        disc = _DISC * frame.height / frame.new_height
        said = paint(clicks, frame.height, frame.width, disc)
        settled = np.where(said > 0, np.maximum(settled, seen), settled)
        return np.where(said < 0, np.minimum(settled, seen), settled)


def _likely(alpha: Alpha, colours: NDArray[np.uint8], models: Models) -> Alpha:
    """Return alpha of some pixels, (N,), together with what their colours, (N, 3), say."""
    spoken = np.clip(log_ratio(colours, models), -_SPOKEN, _SPOKEN)
    known = np.clip(alpha, _KEPT, 1 - _KEPT)
    likely: Alpha = (1 / (1 + np.exp(-spoken) * (1 - known) / known)).astype(np.float32)
    return likely


def _joined(alpha: Alpha, before: Alpha) -> Alpha:
    """Return what two alphas say together, as evidence for either side; (H, W)."""
    now, then = (np.clip(each, _LEAST, 1 - _LEAST) for each in (alpha, before))
    evidence = (1 - _BEFORE) * np.log(now / (1 - now)) + _BEFORE * np.log(then / (1 - then))
    joined: Alpha = 1 / (1 + np.exp(-evidence))
    return joined


def _labels(alpha: Alpha, clicks: tuple[Click, ...]) -> Labels:
    """Return which side each pixel is on for sure, or probably."""
    labels = np.where(alpha > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[alpha > 1 - _SURE], labels[alpha < _SURE] = cv2.GC_FGD, cv2.GC_BGD
    said = paint(clicks, alpha.shape[0], alpha.shape[1], _DISC)
    labels[said > 0], labels[said < 0] = cv2.GC_FGD, cv2.GC_BGD
    return labels


def _narrowed(labels: Labels, likely: Alpha) -> Labels:
    """Return labels of which only those stay open that are not likely to be on either side."""
    low, high = _SETTLED
    probable = np.where(likely > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD)
    probable = np.where(likely > high, cv2.GC_FGD, np.where(likely < low, cv2.GC_BGD, probable))
    narrowed: Labels = np.where(_is_open(labels), probable, labels).astype(np.uint8)
    return narrowed


def _is_open(labels: Labels) -> Mask:
    is_open: Mask = labels >= cv2.GC_PR_BGD
    return is_open
