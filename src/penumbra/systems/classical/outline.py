"""From boxes, clicks and scribbles to a binary mask, by GrabCut.

Rother, Kolmogorov and Blake, "GrabCut: interactive foreground extraction using iterated graph
cuts", SIGGRAPH 2004, through OpenCV.  What is ours is how it is asked:

- a box says more than "nothing outside": its object is roughly an ellipse in it, goes on where
  the box ends at the frame, and fills a fair share of it;
- a correction is answered near by only: the colours under it are compared with those around it,
  and only the piece of the change that it touches is taken over; what other strokes said stays.

Lengths are in pixels of the working picture, where the object is about `OBJECT_SIZE` wide.
"""

from typing import NamedTuple

import cv2
import numpy as np

from penumbra.core.arrays import Mask
from penumbra.core.hints import Box
from penumbra.core.trimap import dilate, distance_inside, erode
from penumbra.solvers.graph_cut import Models, Picture, cut, fit

OBJECT_SIZE = 280.0  # root of the box's area at working size: more is slower and no better
LEAST_FILL = 0.2  # share of the box; a smaller object is GrabCut's mistake
GROW = 0.6  # how far an object cut by the frame goes on, in sizes of its box
REACH = 3.0  # a correction reaches so many times as far as the mistake is deep
SIMILAR = 40.0  # 8-bit steps between colours that are one surface, at least
_SIMILAR_DEVIATIONS = 2.5  # and so many deviations of the colours under the stroke
_LEAST_REACH, _MOST_REACH = 0.05, 0.5  # of the object's size
_STROKE_SHARE = 0.5  # of the colour model of its side: what is under a correction weighs much


class Stroke(NamedTuple):
    """Pixels said to be on the object, or off it."""

    pixels: Mask
    is_foreground: bool


def outline_in_box(picture: Picture, box: Box) -> Mask:
    """Find the object that a tight box encloses.

    Args:
        picture: (H, W, 3).
        box: In pixels of the picture.
    """
    inside = _in_box(picture.shape[:2], box)
    labels = np.where(inside, cv2.GC_PR_BGD, cv2.GC_BGD).astype(np.uint8)
    labels[inside & _ellipse(picture.shape[:2], box, 1.0)] = cv2.GC_PR_FGD
    if _is_bust(picture.shape[:2], box):
        labels[inside & _ellipse(picture.shape[:2], box, 0.45)] = cv2.GC_FGD
    found = cut(picture, labels, 2)
    if found.sum() < LEAST_FILL * inside.sum():
        labels[inside & _ellipse(picture.shape[:2], box, 0.5)] = cv2.GC_FGD
        found = cut(picture, labels, 2)
    return _tidy(found, 0.02 * float(inside.sum()))


def outline_around(picture: Picture, strokes: list[Stroke]) -> Mask:
    """Find the object that strokes lie on, without a box.

    Around strokes on the object it is looked for within a quarter of the picture's size;
    with strokes off the object only, it is whatever the middle of the picture shows.
    """
    height, width = picture.shape[:2]
    seeds = np.zeros((height, width), np.bool_)
    for pixels, is_foreground in strokes:
        seeds |= pixels & is_foreground
    if not seeds.any():
        return outline_in_box(picture, Box(0, 0, width, height))
    near = dilate(seeds, 0.25 * min(height, width))
    labels = np.where(near, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    for pixels, is_foreground in strokes:
        labels[pixels] = cv2.GC_FGD if is_foreground else cv2.GC_BGD
    found = cut(picture, labels, 4)
    return _tidy(_touching(found, seeds & found), 0.02 * float(found.sum()))


def correct(
    picture: Picture, mask: Mask, stroke: Stroke, box: Box | None, size: float, others: Mask
) -> Mask:
    """Change a mask where a stroke contradicts it, and only near by.

    Args:
        picture: (H, W, 3).
        mask: (H, W), the outline so far.
        stroke: What it gets wrong.
        box: Nothing outside it may become object.
        size: Of the object, to which reaches are limited.
        others: (H, W), what other strokes say is on the other side; it stays there.

    Returns:
        The mask with one connected piece around the stroke changed, at least the stroke.
    """
    side = stroke.is_foreground
    wrong = mask != side
    contradicted = stroke.pixels & wrong & ~others
    if not contradicted.any():
        return mask
    depth = _depth(wrong, contradicted)
    reach = float(np.clip(REACH * depth, max(4.0, _LEAST_REACH * size), _MOST_REACH * size))
    window = _window(contradicted, 2 * reach)
    view, contradicted, others = picture[window], contradicted[window], others[window]
    wrong = wrong[window]
    distance = distance_inside(~contradicted)
    near = wrong & ~others & (distance <= min(depth, reach)) & _like(view, contradicted)
    patch = _touching(near | contradicted, contradicted)
    changed = patch
    certain = wrong & (distance > 0.7 * reach) & ~dilate(patch, 0.25 * depth)
    models = _local_models(view, wrong, patch, certain, side)
    if models is not None:
        labels = np.where(wrong != side, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
        labels[patch] = cv2.GC_PR_FGD if side else cv2.GC_PR_BGD
        fixed = (distance > reach) | ~wrong
        labels[fixed] = np.where(wrong != side, cv2.GC_FGD, cv2.GC_BGD)[fixed]
        if box is not None:
            labels[~_in_box(picture.shape[:2], box)[window]] = cv2.GC_BGD
        labels[others & wrong] = cv2.GC_BGD if side else cv2.GC_FGD
        labels[contradicted] = cv2.GC_FGD if side else cv2.GC_BGD
        found = cut(view, labels, 1, models)
        changed = wrong & (found == side)
    piece = _touching(changed | contradicted, contradicted)
    corrected = mask.copy()
    corrected[window][piece | _slivers(wrong & ~piece & ~others, piece)] = side
    return corrected


def _like(view: Picture, pixels: Mask) -> Mask:
    """Where the colour is that under a stroke, (H, W); grain is smoothed away first.

    A stroke between two legs is as deep as the gap is wide, and the legs are within reach.
    """
    smooth = cv2.bilateralFilter(view, 7, 30, 5).astype(np.float32)
    colours = smooth[pixels].astype(np.float64)
    deviation = float(np.sqrt(colours.var(axis=0).sum()))
    distance = np.linalg.norm(smooth - colours.mean(axis=0), axis=2)
    like: Mask = distance <= max(SIMILAR, _SIMILAR_DEVIATIONS * deviation)
    return like


def _slivers(rest: Mask, piece: Mask) -> Mask:
    """What a piece leaves along its edge: too thin to be a part of anything, (H, W).

    The pixels of an edge mix the colours of both sides, and a cut by colour goes round them.
    """
    return rest & dilate(piece, 2) & ~dilate(erode(rest, 1), 2)


def _local_models(
    view: Picture, wrong: Mask, patch: Mask, certain: Mask, side: bool
) -> Models | None:
    """Colour models of background and foreground, learned from the surroundings of a stroke."""
    own, under = view[~wrong], view[patch]
    other = view[certain]
    if len(other) < 20:
        other = view[wrong & ~patch]
    share = _STROKE_SHARE / (1 - _STROKE_SHARE)
    repeats = max(1, int(np.ceil(share * len(own) / max(len(under), 1))))
    own = np.concatenate([own, np.repeat(under, repeats, axis=0)])
    colours = np.concatenate([own, other])
    is_own = np.arange(len(colours)) < len(own)
    return fit(colours, is_own == side)


def _ellipse(size: tuple[int, ...], box: Box, scale: float) -> Mask:
    """The ellipse inscribed in a box that goes on where the frame cuts it off above or below.

    However small the box, half of the ellipse is wide enough to hold the centre of a pixel.
    """
    height, width = size[:2]
    tall = box.y1 - box.y0
    y0 = box.y0 - GROW * tall * (box.y0 <= 0.01 * height)
    y1 = box.y1 + GROW * tall * (box.y1 >= 0.99 * height)
    y, x = np.mgrid[:height, :width] + 0.5
    u = (2 * x - box.x0 - box.x1) / max(3.0, box.x1 - box.x0)
    v = (2 * y - y0 - y1) / max(3.0, y1 - y0)
    inside: Mask = u * u + v * v <= scale * scale
    return inside


def _is_bust(size: tuple[int, ...], box: Box) -> bool:
    """Whether the object stands on the lower edge of the frame, below its upper one, and is large.

    People from the chest up do; whatever they wear, their middle is part of them.
    """
    height, width = size[:2]
    is_cut_below = box.y1 >= 0.99 * height and box.y0 > 0.01 * height
    return is_cut_below and (box.x1 - box.x0) * (box.y1 - box.y0) >= 0.4 * height * width


def _in_box(size: tuple[int, ...], box: Box) -> Mask:
    inside = np.zeros(size[:2], np.bool_)
    inside[
        int(np.floor(box.y0)) : int(np.ceil(box.y1)), int(np.floor(box.x0)) : int(np.ceil(box.x1))
    ] = True
    return inside


def _depth(wrong: Mask, contradicted: Mask) -> float:
    """How far the stroke lies from what is right already, or from the frame.

    Who clicks in the middle of a mistake at the frame clicks half its width away from it.
    """
    framed = np.pad(wrong, 1)
    return float(distance_inside(framed)[1:-1, 1:-1][contradicted].max())


def _window(pixels: Mask, margin: float) -> tuple[slice, slice]:
    rows, cols = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    grow = int(np.ceil(margin))
    return (
        slice(max(0, rows[0] - grow), rows[-1] + grow + 1),
        slice(max(0, cols[0] - grow), cols[-1] + grow + 1),
    )


def _touching(region: Mask, seeds: Mask) -> Mask:
    """The connected pieces of a region that hold a seed."""
    _, pieces = cv2.connectedComponents(region.astype(np.uint8), connectivity=4)
    is_wanted = np.zeros(int(pieces.max()) + 1, np.bool_)
    is_wanted[pieces[seeds]] = True
    is_wanted[0] = False
    touching: Mask = is_wanted[pieces]
    return touching


def _tidy(mask: Mask, most_hole: float) -> Mask:
    """Drop pieces under a twentieth of the largest and fill small holes."""
    count, pieces, boxes, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count == 1:
        return mask
    areas = boxes[:, cv2.CC_STAT_AREA]
    is_kept = areas >= 0.05 * areas[1:].max()
    is_kept[0] = False
    tidy: Mask = is_kept[pieces]
    _, gaps, boxes, _ = cv2.connectedComponentsWithStats((~tidy).astype(np.uint8), connectivity=4)
    is_hole = boxes[:, cv2.CC_STAT_AREA] < most_hole
    is_hole[0] = False
    height, width = mask.shape
    left, top = boxes[:, cv2.CC_STAT_LEFT], boxes[:, cv2.CC_STAT_TOP]
    right, bottom = left + boxes[:, cv2.CC_STAT_WIDTH], top + boxes[:, cv2.CC_STAT_HEIGHT]
    is_hole &= (left > 0) & (top > 0) & (right < width) & (bottom < height)
    filled: Mask = tidy | is_hole[gaps]
    return filled
