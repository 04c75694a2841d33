"""Any hint but text to a matte: outline, unknown band, closed form."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from penumbra.core.arrays import RGB, Alpha, Mask, Trimap
from penumbra.core.card import ModelCard
from penumbra.core.frames import Crop, Resize
from penumbra.core.hints import Box, Hints, Scribble
from penumbra.core.matte import Matte
from penumbra.core.resample import resize, resize_nearest
from penumbra.core.trimap import dilate, from_alpha
from penumbra.solvers.band import trimap_around, widest
from penumbra.solvers.closed_form import estimate_alpha_closed_form
from penumbra.systems.classical.outline import (
    OBJECT_SIZE,
    Stroke,
    correct,
    outline_around,
    outline_in_box,
)

CLICK_WIDTH = 0.024  # what a click settles at working size, in sizes of the object
SAME_OBJECT = 0.5  # IoU of the box with the earlier object's own: below, a new object is meant


@dataclass(frozen=True)
class ClassicalPredictor:
    """GrabCut for the outline, closed-form matting for its edge.

    Clicks and scribbles are settled: alpha is exactly 1 under those on the object and 0 under
    those off it; where they cross, the later one counts, and scribbles come before clicks.

    Attributes:
        card: What the model is.
    """

    card: ModelCard

    def encode(self, image: RGB) -> RGB:
        """The hints decide which part of the picture is looked at, and at what size."""
        return image

    def decode(self, encoded: RGB, hints: Hints, previous: Matte | None = None) -> Matte:
        """Answer one round; see `Predictor.decode`.

        A trimap is taken as it is.  Otherwise the outline is that of the previous matte, or
        of the mask, or GrabCut's from the box or the strokes; then every click and scribble
        that contradicts it changes it near by.  Of a previous matte everything else is kept,
        bit for bit.
        """
        if hints.trimap is not None:
            trimap = _settle(hints.trimap, hints)
            return Matte(estimate_alpha_closed_form(encoded, trimap), trimap)
        kept = previous if previous is not None and is_same_object(hints, previous) else None
        known = hints.mask if kept is None else kept.alpha >= 0.5
        outline = _outline(encoded, hints, known)
        size = float(np.sqrt(outline.sum()))
        trimap = _settle(trimap_around(encoded, outline, size), hints)
        if kept is None:
            return Matte(estimate_alpha_closed_form(encoded, trimap), trimap)
        changed = (outline != known) | (_settle(kept.alpha, hints) != kept.alpha)
        return _splice(encoded, trimap, kept, changed, 2 * widest(size))


def _settle(plane: Alpha, hints: Hints, click_width: float = 1.0) -> Alpha:
    """Return a matte or trimap with what was clicked and painted set to 0 or 1, (H, W)."""
    settled = plane.copy()
    height, width = plane.shape
    for pixels, is_foreground in _strokes(hints, height, width, click_width):
        settled[pixels] = is_foreground
    return settled


def _splice(image: RGB, trimap: Trimap, kept: Matte, changed: Mask, reach: float) -> Matte:
    """Solve anew within reach of what changed; all else is the matte that was kept."""
    if not changed.any():
        return kept
    zone = dilate(changed, reach)
    rows, cols = np.flatnonzero(zone.any(axis=1)), np.flatnonzero(zone.any(axis=0))
    window = slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1)
    if not {0.0, 1.0} <= set(np.unique(trimap[window]).tolist()):  # too little is known there
        window = slice(None), slice(None)
    alpha = kept.alpha.copy()
    alpha[window] = estimate_alpha_closed_form(image[window], trimap[window])
    before = from_alpha(kept.alpha, 0) if kept.trimap is None else kept.trimap
    return Matte(np.where(zone, alpha, kept.alpha), np.where(zone, trimap, before))


def _outline(image: RGB, hints: Hints, known: Mask | None) -> Mask:
    """Find the outline, or correct a known one, at working size; (H, W) of the image."""
    crop, shrink = _working_frame(image, hints)
    view = crop.plane(image)
    small = np.rint(shrink.plane(view) * 255).astype(np.uint8)
    height, width = small.shape[:2]
    moved = shrink.hints(crop.hints(replace(hints, mask=None)))
    whole = np.zeros(image.shape[:2], np.bool_) if known is None else known.copy()
    before = resize_nearest(crop.plane(whole), height, width)
    size = OBJECT_SIZE if hints.box else 0.5 * min(height, width)
    click_width = max(2.0, CLICK_WIDTH * size)
    strokes = list(_strokes(moved, height, width, click_width))
    if known is not None:
        outline = before
    elif moved.box is not None:
        outline = outline_in_box(small, moved.box)
    else:
        outline = outline_around(small, strokes)
    said = _settle(np.full((height, width), 0.5, np.float32), moved, click_width)
    for stroke in strokes:
        others = said == (0 if stroke.is_foreground else 1)
        outline = correct(small, outline, stroke, moved.box, size, others)
    # At full size only what changed is drawn anew: a mask keeps its detail elsewhere.
    is_changed = resize((outline != before).astype(np.float32), *view.shape[:2]) > 0
    drawn = resize(outline.astype(np.float32), *view.shape[:2]) >= 0.5
    np.copyto(crop.plane(whole), drawn, where=is_changed)
    return whole


def is_same_object(hints: Hints, previous: Matte) -> bool:
    """Tell whether a matte is about what the box, if there is one, encloses.

    Args:
        hints: With or without a box.
        previous: Its alpha is (H, W).
    """
    return hints.box is None or overlap(box_of(previous.alpha >= 0.5), hints.box) >= SAME_OBJECT


def _working_frame(image: RGB, hints: Hints) -> tuple[Crop, Resize]:
    """Look at the box and as much again on every side, at a size that suits GrabCut."""
    height, width = image.shape[:2]
    if hints.box is None:
        whole = Crop(height, width, 0, 0, height, width)
        return whole, Resize.to_long_side(height, width, round(1.5 * OBJECT_SIZE))
    box = hints.box
    margin = max(box.x1 - box.x0, box.y1 - box.y0)
    points = [(c.x, c.y) for c in hints.clicks] + [p for s in hints.scribbles for p in s.points]
    xs = [box.x0 - margin, box.x1 + margin, *(x for x, _ in points)]
    ys = [box.y0 - margin, box.y1 + margin, *(y for _, y in points)]
    top, left = max(0, int(min(ys))), max(0, int(min(xs)))
    bottom, right = min(height, int(max(ys)) + 1), min(width, int(max(xs)) + 1)
    crop = Crop(height, width, top, left, bottom, right)
    area = max(1.0, (box.x1 - box.x0) * (box.y1 - box.y0))
    long_side = max(bottom - top, right - left)
    scale = OBJECT_SIZE / area**0.5
    return crop, Resize.to_long_side(bottom - top, right - left, max(1, round(scale * long_side)))


def _strokes(hints: Hints, height: int, width: int, click_width: float) -> Iterator[Stroke]:
    """Yield everything that was painted, in order: scribbles, then clicks."""
    for scribble in hints.scribbles:
        yield Stroke(scribble.mask(height, width), scribble.is_foreground)
    for click in hints.clicks:
        row, col = click.pixel  # its centre, so that a narrow dot is this pixel alone
        dot = Scribble(((col + 0.5, row + 0.5),), click_width)
        yield Stroke(dot.mask(height, width), click.is_foreground)


def box_of(mask: Mask) -> Box | None:
    """Return the box around what a mask, (H, W), holds; None where it holds nothing."""
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return Box(cols[0], rows[0], cols[-1] + 1, rows[-1] + 1) if rows.size else None


def overlap(one: Box | None, other: Box) -> float:
    """Return the intersection over union of two boxes; 0 for no box."""
    if one is None:
        return 0.0
    wide = min(one.x1, other.x1) - max(one.x0, other.x0)
    tall = min(one.y1, other.y1) - max(one.y0, other.y0)
    both = max(wide, 0.0) * max(tall, 0.0)
    areas = [(box.x1 - box.x0) * (box.y1 - box.y0) for box in (one, other)]
    return both / (sum(areas) - both)
