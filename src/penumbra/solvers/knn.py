"""KNN matting: pixels of like colour have like alpha, however far apart they are.

Chen, Li and Tang, "KNN matting", PAMI 2013.  Every pixel is related to its K nearest neighbours
in a space of hue, saturation, value and position.  We do four things differently:

- the sine and cosine of hue are multiplied by saturation, because the hue of grey is noise;
- neighbours are searched twice, near by and then almost regardless of place;
- known pixels choose neighbours only in a band around the unknown ones: farther off they
  rarely choose an unknown pixel, and a pair of known ones changes nothing;
- two weaker relations settle what neighbours leave open.  A tie to the four pixels beside it keeps
  a pixel from following noise alone.  An unknown island whose neighbours all lie within itself,
  a hole in a drawing perhaps, hangs on the known pixel most like it, if there is
  one of that colour, or else on its surroundings.
"""

import cv2
import numpy as np
from scipy.spatial import cKDTree

from penumbra.core.arrays import RGB, Alpha, Mask, Trimap
from penumbra.core.trimap import dilate, unknown
from penumbra.solvers.clustered import ClusteredJacobi
from penumbra.solvers.known import answer_without_solving, checked
from penumbra.solvers.linear import Vector, conjugate_gradient
from penumbra.solvers.relations import Floats, Pixels, Relations, adjacent, eliminate_known

SEARCHES = ((10, 2.0), (5, 0.1))  # (neighbours, weight of position) of each
BAND = 6.0  # pixels

# Weights and distances; a neighbour of the same colour has weight 1.
TIE, TIE_LEAST, TIE_REACH = 0.1, 1e-3, 0.2  # between RGB colours
ANCHOR, ANCHOR_REACH = 0.01, 0.05  # between features of the last search


def estimate_alpha_knn(image: RGB, trimap: Trimap) -> Alpha:
    """Estimate alpha where the trimap is unknown.

    Args:
        image: (H, W, 3) in [0, 1].
        trimap: (H, W) of 0, 0.5 and 1; known pixels are returned as they are.

    Returns:
        (H, W) in [0, 1].  With known pixels of one kind only, all unknown ones become that
        kind; with nothing unknown, the trimap itself.

    Raises:
        ImageError: The image is not one.
        TrimapError: The trimap is none, has another size, or knows nothing.
        ConvergenceError: The equations could not be solved.

    Source:
        Chen, Li and Tang 2013: features and kernel of KNN, solved in closed form.
    """
    image, trimap = checked(image, trimap)
    if (answer := answer_without_solving(trimap)) is not None:
        return answer
    is_unknown = unknown(trimap)
    colours, places = _colours(image), _places(*trimap.shape)
    searched = [(count, np.hstack([colours, weight * places])) for count, weight in SEARCHES]
    matrix, right = eliminate_known(_relations(image, is_unknown, searched), trimap)

    def multiply(x: Vector) -> Vector:
        return matrix @ x

    precondition = ClusteredJacobi(matrix, searched[0][1][is_unknown.ravel()])
    alpha = trimap.copy()
    values = conjugate_gradient(multiply, right, precondition, tolerance=1e-8)
    alpha[is_unknown] = np.clip(values, 0, 1)
    return alpha


def _relations(image: RGB, is_unknown: Mask, searched: list[tuple[int, Floats]]) -> Relations:
    """Relate pixels to those beside them, to their nearest neighbours and to known ones."""
    choosers = np.flatnonzero(dilate(is_unknown, BAND)).astype(np.int32)
    found = [_ties(image, is_unknown)]
    for count, features in searched:
        found.append(_nearest(features, choosers, count, is_unknown.ravel()))
    found.append(_anchors(searched[-1][1], is_unknown.ravel()))
    return Relations(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _ties(image: RGB, is_unknown: Mask) -> Relations:
    """Relate each unknown pixel to the four beside it."""
    first, second = adjacent(is_unknown, ((0, 1), (1, 0)))
    colours = image.reshape(-1, 3)
    distance = np.linalg.norm(colours[first] - colours[second], axis=1).astype(np.float64)
    weight = np.maximum(TIE * np.exp(-np.square(distance / TIE_REACH)), TIE_LEAST)
    return Relations(first, second, weight)


def _nearest(features: Floats, choosers: Pixels, count: int, is_unknown: Mask) -> Relations:
    """Relate each chooser to the `count` pixels nearest to it, itself among them."""
    distance, chosen = _search(features, features[choosers], count)
    first, second = np.repeat(choosers, chosen.shape[1]), chosen.ravel()
    is_used = (first != second) & (is_unknown[first] | is_unknown[second])
    largest = np.linalg.norm(np.ptp(features, axis=0))
    weight = 1 - distance.ravel()[is_used] / (largest + np.finfo(float).eps)
    return Relations(first[is_used], second[is_used], weight)


def _anchors(features: Floats, is_unknown: Mask) -> Relations:
    """Relate each unknown pixel to the known one nearest to it."""
    pixels, known = (np.flatnonzero(mask).astype(np.int32) for mask in (is_unknown, ~is_unknown))
    distance, chosen = _search(features[known], features[pixels], 1)
    weight = ANCHOR * np.exp(-np.square(distance[:, 0] / ANCHOR_REACH))
    return Relations(pixels, known[chosen[:, 0]], weight)


def _search(among: Floats, points: Floats, count: int) -> tuple[Floats, Pixels]:
    """Return distances and rows of the `count` nearest among (M, C) of each of (N, C) points."""
    tree = cKDTree(among, compact_nodes=False, balanced_tree=False)
    ranks = np.arange(1, min(count, len(among)) + 1)
    distance, row = tree.query(points, ranks, workers=2)
    return np.asarray(distance), np.asarray(row, np.int32)


def _colours(image: RGB) -> Floats:
    """Saturation times (cos, sin) of hue, and value: (H * W, 3)."""
    hue, saturation, value = cv2.cvtColor(image, cv2.COLOR_RGB2HSV).reshape(-1, 3).T.astype(float)
    angle = np.deg2rad(hue)
    return np.stack([saturation * np.cos(angle), saturation * np.sin(angle), value], axis=-1)


def _places(height: int, width: int) -> Floats:
    """Row and column as shares of the longer side, (H * W, 2)."""
    return np.stack(np.divmod(np.arange(height * width), width), axis=-1) / max(height, width)
