"""Where the outline of a person is the outline of hair.

The head is what lies above the place where the person first narrows.  Its outline is followed
from the top down both sides for as long as what lies just inside looks like what lies at the
top rather than like the face: so ears, cheeks, chins and shoulders have no part in it.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, minimum_filter1d, uniform_filter1d

from penumbra.core.arrays import RGB, Alpha, Mask

Floats = NDArray[np.float32]

SMALLEST_HEAD = 24.0  # pixels of its width: strands on smaller ones are thinner than a pixel
CUT = 0.004  # of the height: a person that begins so near the border goes on beyond it
LOWEST = 0.35  # of the person's height: as far as a head reaches that narrows nowhere
ROUND = 0.6  # of the width: so far below the top of a head it is about as wide as it gets
TALLEST = 1.7  # widths: heads with their hair are no taller
NECK = 0.85  # of the greatest width above it: a neck is narrower
FACE = 0.65  # widths below the top: the middle of the face
NEAR = 0.06  # widths inside the outline: where its colour is looked at
ALIKE = 15.0  # in CIELAB: hair and face that differ less are not told apart
COLOURFUL = 45.0  # chroma in CIELAB: what is more colourful is a hat


@dataclass(frozen=True, eq=False)
class Hairline:
    """The part of a person's outline that is hair, from the left over the top to the right.

    Attributes:
        points: Shape (N, 2), (x, y) in pixels, about a pixel apart.
        normals: Away from the head, shape (N, 2), of length 1.
        sides: How far along the outline each point is from the top, shape (N,), in pixels;
            negative on the left.
        weights: How much it is hair, shape (N,), in [0, 1]; falls to both ends.
        width: Of the head, pixels.
    """

    points: Floats
    normals: Floats
    sides: Floats
    weights: Floats
    width: float


def find_hairline(image: RGB, alpha: Alpha) -> Hairline | None:
    """Return the outline of a person's hair.

    Args:
        image: Colours of the person, straight, (H, W, 3) in [0, 1].
        alpha: Opacity of the person, (H, W) in [0, 1].

    Returns:
        None where the picture cuts the person off at the top, where the head is less than
        `SMALLEST_HEAD` pixels wide, or where it has no hair that differs from the face.
    """
    solid = _largest(alpha > 0.5)
    rows = np.flatnonzero(solid.any(axis=1))
    if not rows.size or rows[0] <= CUT * len(solid):
        return None
    top, low, high = int(rows[0]), *_tracked(solid, int(rows[0]), int(rows[-1]))
    if not (size := _measured(high - low)):
        return None
    width, height = size
    outline, normals, crown = _outline(solid, width)
    first, last = _arc(outline, crown, top, height, low, high, solid.shape)
    points, normals = outline[first : last + 1], normals[first : last + 1]
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)]).astype(np.float32)
    sides = along - along[crown - first]
    inner = points - np.float32(NEAR * width) * normals
    middle = min(round(FACE * width), len(low) - 1)
    face = (float(low[middle] + high[middle]) / 2, float(top + middle))
    likeness = _likeness(image, alpha, inner, sides, face, width)
    if likeness is None:
        return None
    # Hair thins out above the place where the head ends.
    fading = np.clip((top + height - points[:, 1]) / (0.2 * height), 0, 1)
    weights = np.asarray(likeness * fading, np.float32)
    return Hairline(points, normals, sides, weights, width) if weights.any() else None


def inner_colours(image: RGB, alpha: Alpha, points: Floats, reach: float) -> tuple[Floats, Mask]:
    """Return colours (N, 3) of a person around points (N, 2), and where there are any (N,).

    Args:
        image: (H, W, 3).
        alpha: (H, W); where it is soft, colours are not trusted.
        points: (x, y), pixels.
        reach: Radius of what is averaged, pixels.
    """
    trusted = (alpha > 0.95).astype(np.float32)
    blurred = [
        cv2.GaussianBlur(plane, (0, 0), max(reach / 2, 0.3))
        for plane in (image * trusted[..., None], trusted)
    ]
    x, y = (points - np.float32(0.5)).T[:, None]  # each (1, N)
    colours, weights = (
        cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
        for plane in blurred
    )
    return np.asarray(colours / np.maximum(weights, 1e-3)[:, None]), weights > 0.1


def _largest(mask: Mask) -> Mask:
    """Return the largest connected part."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count < 2:
        return mask
    return np.asarray(labels == 1 + np.argmax(stats[1:, cv2.CC_STAT_AREA]))


def _tracked(solid: Mask, top: int, bottom: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return first column and end of what hangs together with the top, for each row from it on.

    What lies beside it, such as a raised hand, does not belong to it before both have met.
    """
    low, high = [], []
    at = solid[top]
    for row in solid[top : bottom + 1]:
        edges = np.flatnonzero(np.diff(np.concatenate([[False], row, [False]])))
        runs = [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if at[a:b].any()]
        if not runs:
            break
        low.append(runs[0][0])
        high.append(runs[-1][1])
        at = np.zeros_like(row)
        at[low[-1] : high[-1]] = row[low[-1] : high[-1]]
    return np.array(low), np.array(high)


def _measured(widths: NDArray[np.int64]) -> tuple[float, int] | None:
    """Return width and height of the head, pixels, by the widths of rows from the top down."""
    count = len(widths)
    smooth = uniform_filter1d(widths.astype(np.float64), max(3, round(0.03 * count)))
    round_at = np.flatnonzero(np.arange(count) >= ROUND * smooth)
    if not round_at.size or smooth[round_at[0]] < SMALLEST_HEAD:
        return None
    width = float(smooth[round_at[0]])
    narrow = np.flatnonzero(smooth < NECK * np.maximum.accumulate(smooth))
    height = round(LOWEST * count)
    if narrow.size and narrow[0] <= TALLEST * width:
        # Down to the narrowest row, before it grows broad again.
        below = smooth[narrow[0] :]
        broad = np.flatnonzero(below > 1.1 * np.minimum.accumulate(below))
        height = int(narrow[0] + np.argmin(below[: broad[0]] if broad.size else below))
    height = min(height, round(TALLEST * width), count - 1)
    return (width, height) if height >= 0.4 * width else None


def _outline(solid: Mask, width: float) -> tuple[Floats, Floats, int]:
    """Return the outline smoothed (N, 2), its normals, and which point is the uppermost."""
    contours, _ = cv2.findContours(solid.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    # Pixels' centres are half a pixel inside their corners.
    traced = max(contours, key=len)[:, 0].astype(np.float64) + 0.5
    x, y = traced.T
    if np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) < 0:
        traced = traced[::-1]  # as the hands of a clock go: over the top to the right
    # The seam of the closed curve lies opposite of the top, so that the top is amid the rest.
    traced = np.roll(traced, len(traced) // 2 - int(np.argmin(traced[:, 1])), axis=0)
    outline = gaussian_filter1d(traced, max(0.008 * width, 0.7), axis=0, mode="wrap")
    tangents = np.gradient(gaussian_filter1d(traced, 0.03 * width, axis=0, mode="wrap"), axis=0)
    normals = np.stack([tangents[:, 1], -tangents[:, 0]], axis=1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9
    return outline.astype(np.float32), normals.astype(np.float32), len(outline) // 2


def _arc(
    outline: Floats,
    crown: int,
    top: int,
    height: int,
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    shape: tuple[int, ...],
) -> tuple[int, int]:
    """Return first and last point of the outline that belong to the head, around its crown."""
    x, y = outline.T
    rows = np.clip(np.floor(y).astype(np.int64) - top, 0, len(low) - 1)
    near = 2 * round(0.05 * height) + 3  # rows: where the outline is flat, one row spans much
    left, right = minimum_filter1d(low, near)[rows], maximum_filter1d(high, near)[rows]
    is_head = (rows < height) & (x >= left - 2) & (x <= right + 2)
    is_head &= (x > 2) & (x < shape[1] - 2)  # the picture's border is nobody's outline
    others = np.flatnonzero(~is_head)
    before, after = others[others < crown], others[others > crown]
    first = int(before[-1]) + 1 if before.size else 0
    return min(first, crown), max(crown, int(after[0]) - 1 if after.size else len(outline) - 1)


def _likeness(
    image: RGB, alpha: Alpha, inner: Floats, sides: Floats, face: tuple[float, float], width: float
) -> Floats | None:
    """Return how much points are like the top of the head and unlike the face, (N,) in [0, 1]."""
    colours, is_known = inner_colours(image, alpha, inner, 0.03 * width)
    around = np.mgrid[-0.2:0.2:9j, -0.2:0.2:9j].reshape(2, -1).T * width + face
    skin, is_skin = inner_colours(image, alpha, around.astype(np.float32), 0.03 * width)
    is_top = is_known & (np.abs(sides) < 0.35 * width)
    if not (is_top.any() and is_skin.any()):
        return None
    hair_colour, face_colour = (
        np.median(_lab(some), axis=0) for some in (colours[is_top], skin[is_skin])
    )
    if np.linalg.norm(hair_colour - face_colour) < ALIKE or not _is_hair(hair_colour):
        return None
    lab = _lab(colours)
    from_hair, from_face = (
        np.linalg.norm(lab - colour, axis=1) for colour in (hair_colour, face_colour)
    )
    share = np.where(is_known, from_face / (from_face + from_hair + 1e-6), 0)
    share = gaussian_filter1d(share, 0.04 * width, mode="nearest")
    crown = int(np.argmin(np.abs(sides)))
    # Once the hair has ended, a beard further down is not the hair of the head.
    share[crown:] = np.minimum.accumulate(share[crown:])
    share[: crown + 1] = np.minimum.accumulate(share[crown::-1])[::-1]
    return np.asarray(np.clip((share - 0.45) / 0.15, 0, 1), np.float32)


def _is_hair(lab: Floats) -> bool:
    """Tell a colour that hair may have, from black over brown and red to white, from others'."""
    _, green_red, blue_yellow = lab
    return bool(
        green_red > -5 and blue_yellow > -10 and np.hypot(green_red, blue_yellow) < COLOURFUL
    )


def _lab(colours: Floats) -> Floats:
    """CIELAB of sRGB colours, both (N, 3)."""
    return np.asarray(cv2.cvtColor(np.clip(colours, 0, 1)[None], cv2.COLOR_RGB2LAB)[0])
