"""What one round is told, and what it leaves for the next.

The sheet `dfimat`, sections 4.2, 4.3, 4.6 and 9.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Mask
from penumbra.core.errors import require
from penumbra.core.frames import Crop, Resize
from penumbra.core.hints import Box, Click, Hints, Scribble
from penumbra.core.matte import Matte
from penumbra.core.resample import resize, resize_nearest
from penumbra.runtime.graph import Planes
from penumbra.systems.dfimat.flags import Flag
from penumbra.systems.dfimat.iscn.config import TEXT_TOKENS, IscnConfig
from penumbra.systems.dfimat.iscn.conflicts import (
    OK,
    consistency,
    find_conflicts,
    paint,
    previous_mask,
)
from penumbra.systems.dfimat.iscn.points import Points, points_of, thinned
from penumbra.systems.dfimat.options import PIXEL_STRIDE
from penumbra.systems.dfimat.prompting import marks_of, split, without_contradicted
from penumbra.systems.dfimat.text.phrases import Encoded as Texts

SURE = 4.0
"""Logit of an opacity of 1, where something else than this network's answer is remembered."""

_Conflicts = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Encoded:
    """A photograph, and what is known of it before anything is said.

    Attributes:
        image: (H, W, 3).
        frame: To the size that the capture network sees, without what is added.
        planes: (1, 3, h, w), what it sees: the photograph, and black to the right and below.
        maps: What is looked at once.
        near: The window that was looked at last, and what is known of it.
    """

    image: RGB
    frame: Resize
    planes: Planes
    maps: Mapping[str, Planes]
    near: dict[Crop, "Encoded"] = field(default_factory=dict)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of what the capture network sees."""
        height, width = self.planes.shape[2:]
        return height, width

    def inner(self, plane: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the part of a plane of the masks' size, (h / 4, w / 4), that shows something."""
        frame = self.frame
        height, width = (-(-side // PIXEL_STRIDE) for side in (frame.new_height, frame.new_width))
        return plane[..., :height, :width]

    def cells(self, plane: NDArray[np.float32], outside: float) -> NDArray[np.float32]:
        """Return a plane of the photograph, (H, W), at the size of the masks, (h / 4, w / 4).

        Args:
            plane: Of the photograph.
            outside: What lies beyond it.
        """
        frame, (height, width) = self.frame, self.size
        seen = np.full((height, width), outside, np.float32)
        seen[: frame.new_height, : frame.new_width] = frame.plane(plane)
        return resize(seen, height // PIXEL_STRIDE, width // PIXEL_STRIDE)

    def logits_back(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return logits of the photograph, (H, W), of those of a mask, (h / 4, w / 4)."""
        seen = resize(logits, *self.size)[: self.frame.new_height, : self.frame.new_width]
        return self.frame.back(np.ascontiguousarray(seen))


@dataclass(frozen=True, eq=False)
class DfimatMatte(Matte):
    """A matte, how it came about, and what the next round must know of it.

    Attributes:
        flags: As of `Matte`, of those that there are.
        conflicts: As of `Matte`, always there; nothing contradicts in the first round.
        mask: (H, W), the coarse mask of the person.
        consistency: Share of what was new that agreed with it, in [0, 1]; 1 where nothing
            could contradict.
        logits: (h / 4, w / 4), of the mask, as the capture network answers it.
        said: What it was an answer to, as `prompting.tidy` puts it.
    """

    flags: tuple[Flag, ...] = ()
    conflicts: _Conflicts = field(default_factory=lambda: np.zeros((0, 0), np.uint8))
    mask: Mask = field(default_factory=lambda: np.zeros((0, 0), np.bool_))
    consistency: float = 1.0
    logits: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    said: Hints = field(default_factory=Hints)


@dataclass(frozen=True, eq=False)
class Before:
    """What is known of the round before.

    Attributes:
        logits: (h / 4, w / 4), of its mask.
        said: What it was an answer to; None where another model answered.
    """

    logits: NDArray[np.float32]
    said: Hints | None


@dataclass(frozen=True, eq=False)
class Told:
    """What the capture network is told in a round.

    Attributes:
        points: Of all marks.
        conflicts: (h, w) of `OK`, `MISSED` and `SPILLED`.
        consistency: As of `DfimatMatte`.
        is_contradicted: Whether a click was left out for a later one of the other sign.
    """

    points: Points
    conflicts: _Conflicts
    consistency: float
    is_contradicted: bool


def before_of(encoded: Encoded, previous: Matte | None) -> Before | None:
    """Return what is known of the round before; None in the first.

    Args:
        encoded: The photograph.
        previous: What was shown.  Of a matte of another model, or one made at another size, its
            opacity is the mask, and all hints count as new.

    Raises:
        InputError: It is a matte of another photograph.
    """
    if previous is None:
        return None
    size, came = encoded.image.shape[:2], previous.alpha.shape
    require(came == size, "previous", f"a matte of {size} pixels", came)
    height, width = (side // PIXEL_STRIDE for side in encoded.size)
    if isinstance(previous, DfimatMatte) and previous.logits.shape == (height, width):
        return Before(previous.logits, previous.said)
    return Before(SURE * (2 * encoded.cells(previous.alpha, 0) - 1), None)


def tell(encoded: Encoded, said: Hints, before: Before | None, config: IscnConfig) -> Told:
    """Return what the network is told.

    Args:
        encoded: The photograph.
        said: All hints, in order.
        before: The round before.
        config: Of the network.
    """
    height, width = encoded.size
    parts = split(said, None if before is None else before.said)
    kept = without_contradicted(parts)
    older, newest = (
        points_of(
            _with_box(encoded.frame.hints(it)),
            height,
            width,
            config.scribble_points,
            config.box_tokens,
        )
        for it in (kept.older, kept.newest)
    )
    judged = encoded.frame.hints(said if config.crm_scope == "all" else parts.newest)
    painted = paint(marks_of(judged), height, width, judged.box if config.crm_box else None)
    mask = None if before is None else previous_mask(before.logits, height, width)
    conflicts = find_conflicts(painted, mask)
    return Told(
        thinned(older, newest, config.token_budget),
        conflicts,
        consistency(painted, conflicts),
        sum(len(it.clicks) for it in (kept.older, kept.newest)) < len(said.clicks),
    )


def conflicts_back(encoded: Encoded, conflicts: _Conflicts) -> _Conflicts:
    """Return conflicts of the photograph, (H, W), of those of what the network sees, (h, w)."""
    frame = encoded.frame
    seen = conflicts[: frame.new_height, : frame.new_width]
    return resize_nearest(seen, frame.height, frame.width)


def planes_of(
    told: Told, texts: Texts | None, before: Before | None, config: IscnConfig
) -> dict[str, Planes]:
    """Return what the graph of a round takes beside what is known of the photograph.

    Args:
        told: In this round.
        texts: What the text says; None without one.
        before: The round before.
        config: Of the network.
    """
    points = np.zeros((1, 2, 1, config.token_budget), np.float32)
    kinds = np.full((1, 1, 1, config.token_budget), -1, np.float32)
    count = len(told.points.kinds)
    points[0, :, 0, :count], kinds[0, 0, 0, :count] = told.points.places.T, told.points.kinds
    words = np.zeros((1, config.text_width, 1, TEXT_TOKENS), np.float32)
    is_word = np.zeros((1, 1, 1, TEXT_TOKENS), np.float32)
    sentence = np.zeros((1, config.text_width, 1, 1), np.float32)
    if texts is not None:
        length = min(texts.tokens.shape[1], TEXT_TOKENS)
        words[0, :, 0, :length], is_word[0, 0, 0, :length] = texts.tokens[0, :length].T, 1
        sentence[0, :, 0, 0] = texts.sentence[0]
    height, width = told.conflicts.shape
    nothing = np.zeros((height // PIXEL_STRIDE, width // PIXEL_STRIDE), np.float32)
    return {
        "points": points,
        "kinds": kinds,
        "text": words,
        "is_word": is_word,
        "sentence": sentence,
        "previous": (nothing if before is None else before.logits)[None, None],
        "is_remembered": np.full((1, 1, 1, 1), before is not None, np.float32),
        "conflicts": told.conflicts.astype(np.float32)[None, None],
    }


def is_contradicting(conflicts: _Conflicts) -> bool:
    """Return whether anything that is new contradicts the mask before."""
    return bool((conflicts != OK).any())


def spared(
    masks: NDArray[np.float32], sure: NDArray[np.float32], points: Points, overlap: float
) -> int | None:
    """Return the object query that is surest of those that no point lies on.

    Args:
        masks: (N, h, w), logits.
        sure: (N,) in [0, 1].
        points: None of which lies on the person.
        overlap: A mask that overlaps one that is hit by that (IoU) or more is the same person's.

    Returns:
        Its number, or None where all are hit or empty.
    """
    height, width = masks.shape[1:]
    shown = masks > 0
    cols, rows = (
        np.minimum((share * side).astype(np.intp), side - 1)
        for share, side in zip(points.places.T, (width, height), strict=True)
    )
    hit = [mask for mask in shown if mask[rows, cols].any()]
    is_free = [
        bool(mask.any()) and all(iou(mask, other) < overlap for other in hit) for mask in shown
    ]
    if not any(is_free):
        return None
    return int(np.where(is_free, sure, -1).argmax())


def iou(one: Mask, other: Mask) -> float:
    """Return the intersection of two masks over their union; 1 where both are empty."""
    either = np.count_nonzero(one | other)
    return np.count_nonzero(one & other) / either if either else 1.0


def _with_box(hints: Hints) -> list[Click | Scribble | Box]:
    """Return all marks in the order in which the network has learned to be told them."""
    marks: list[Click | Scribble | Box] = [*marks_of(hints)]
    return marks if hints.box is None else [hints.box, *marks]
