"""From a binary mask to a soft matte with the object's colours, and whether to trust it.

Around the mask's edge an unknown band is opened, wide where the edge is soft, and closed-form
matting solves it.  A mask that misses the object's true edge by more than the band is wide
leaves traces: the answer departs from the mask as a whole, or up to the very rim of the band.
A wrong hole shows the object's own colours.

Sources:
    Forte, Price, Cohen, Xu and Pitié, "Getting to 99% accuracy in interactive segmentation",
    2020: mattes made of masks as training targets.  The gate is our own.
"""

from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha, Mask, Trimap
from penumbra.core.errors import ImageError
from penumbra.core.trimap import dilate, distance_inside, unknown
from penumbra.data import holes
from penumbra.solvers.band import narrowest, trimap_around
from penumbra.solvers.closed_form import estimate_alpha_closed_form
from penumbra.solvers.foreground import estimate_foreground

Edge = Literal["fine", "coarse"]
"""How closely masks follow their objects: to a pixel or two, or roughly, as polygons do."""

Reason = Literal["area", "overlap", "rim", "place", "undecided", "hole"]
"""Which rule of the gate a matte breaks; `Settings` says them."""

_RIM = 1.5  # pixels: how far from known pixels an unknown one still is at the rim
_LEAST_SIZE = 0.5  # of the picture: objects smaller than this have no thinner bands
_PLACE = 0.05  # sizes of the object: the spread of what is looked at as one place


@dataclass(frozen=True)
class Settings:
    """How bands are opened and what is let through the gate; the same for a whole folder.

    Attributes:
        edge: What the numbers below are meant for.
        narrow: Half width of the band at a hard edge, in sizes of the object (root of its
            area).
        wide: The same where hair is likely.
        gap: Gaps in the mask up to this width may be none, in sizes of the object; the solver
            decides.
        least_area: Share of the picture that the mask covers at least ("area").
        most_area: And at most.
        least_overlap: Intersection over union of alpha >= 0.5 and the mask ("overlap").
        most_rim: Mean of |alpha - mask| along the rim of the band, where it meets what is
            known ("rim").
        most_place: The same in the worst place of the rim ("place").
        most_undecided: Share of the band that stays between 0.2 and 0.8 ("undecided").
        most_hole: How much a hole in the matte looks like the object around it ("hole"); see
            `penumbra.data.holes`.
    """

    edge: Edge
    narrow: float
    wide: float
    gap: float
    least_area: float
    most_area: float
    least_overlap: float
    most_rim: float
    most_place: float
    most_undecided: float
    most_hole: float


SETTINGS: dict[Edge, Settings] = {
    "fine": Settings(
        edge="fine",
        narrow=0.0133,
        wide=0.045,
        gap=0.0,
        least_area=0.02,
        most_area=0.95,
        least_overlap=0.9,
        most_rim=0.08,
        most_place=0.18,
        most_undecided=0.45,
        most_hole=0.65,
    ),
    "coarse": Settings(
        edge="coarse",
        narrow=0.03,
        wide=0.08,
        gap=0.05,
        least_area=0.02,
        most_area=0.95,
        least_overlap=0.9,
        most_rim=0.04,
        most_place=0.15,
        most_undecided=0.45,
        most_hole=0.65,
    ),
}
"""Chosen by looking at what they keep and reject of portraits, street people, cats and videos."""


@dataclass(frozen=True)
class Agreement:
    """How well a matte agrees with the mask it was made of.

    Attributes:
        area: Share of the picture that the mask covers.
        overlap: Intersection over union of alpha >= 0.5 and the mask.
        rim: Mean of |alpha - mask| along the rim of the band; 0 without a band.
        place: The same in the worst place of the rim.
        undecided: Share of the band between 0.2 and 0.8; 0 without a band.
        hole: How much the most suspicious hole looks like the object around it; 0 without.
        softness: Share of the band that lies farther from the mask's edge than a band at a
            hard edge would reach.
    """

    area: float
    overlap: float
    rim: float
    place: float
    undecided: float
    hole: float
    softness: float


@dataclass(frozen=True, eq=False)
class PseudoMatte:
    """What was made of a photograph and a mask.

    Attributes:
        alpha: (H, W) in [0, 1].
        foreground: Colours of the object, (H, W, 3), straight; where alpha is 0 they fade
            smoothly into what is known near by.
        trimap: What was solved, (H, W).
        agreement: With the mask.
    """

    alpha: Alpha
    foreground: RGB
    trimap: Trimap
    agreement: Agreement


def soften_mask(image: RGB, mask: Mask, settings: Settings) -> PseudoMatte:
    """Make a soft matte of a binary mask.

    Args:
        image: (H, W, 3) in [0, 1].
        mask: (H, W).
        settings: How wide the band is.

    Raises:
        ImageError: The sizes differ.
        ConvergenceError: The band could not be solved.
    """
    if image.shape[:2] != mask.shape:
        (height, width), (rows, cols) = image.shape[:2], mask.shape
        raise ImageError(f"mask must have the image's size {width}x{height}, got {cols}x{rows}")
    size = max(np.sqrt(mask.sum()), _LEAST_SIZE * np.sqrt(mask.size))
    trimap = _band(image, mask, float(size), settings)
    alpha = estimate_alpha_closed_form(image, trimap)
    foreground, _ = estimate_foreground(image, alpha)
    agreement = Agreement(
        area=float(mask.mean()),
        overlap=_overlap(alpha >= 0.5, mask),
        hole=holes.worst_hole(image, alpha >= 0.5),
        **_departures(alpha, trimap, mask, float(size), settings.narrow),
    )
    return PseudoMatte(alpha, foreground, trimap, agreement)


def objection(agreement: Agreement, settings: Settings) -> Reason | None:
    """Return the first rule of the gate that a matte breaks, or None: keep it."""
    rules: dict[Reason, bool] = {
        "area": settings.least_area <= agreement.area <= settings.most_area,
        "overlap": agreement.overlap >= settings.least_overlap,
        "rim": agreement.rim <= settings.most_rim,
        "place": agreement.place <= settings.most_place,
        "undecided": agreement.undecided <= settings.most_undecided,
        "hole": agreement.hole <= settings.most_hole,
    }
    return next((reason for reason, is_kept in rules.items() if not is_kept), None)


def _band(image: RGB, mask: Mask, size: float, settings: Settings) -> Trimap:
    """Return the trimap, (H, W); gaps and specks of the mask are left to the solver."""
    speck = holes.LEAST * float(mask.sum())
    outline = ~_without_specks(~_without_specks(mask, speck), speck)
    if (radius := round(settings.gap * size / 2)) > 0:
        disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
        outline = cv2.morphologyEx(outline.astype(np.uint8), cv2.MORPH_CLOSE, disk) > 0
    trimap = trimap_around(image, outline, size, settings.narrow, settings.wide)
    doubtful = (outline != mask) & (trimap == outline)
    if doubtful.any():
        trimap[dilate(doubtful, _RIM)] = 0.5
    return trimap


def _without_specks(mask: Mask, least: float) -> Mask:
    """Drop connected pieces of fewer pixels."""
    _, labels, table, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    is_large = table[:, cv2.CC_STAT_AREA] >= least
    is_large[0] = False
    large: Mask = is_large[labels]
    return large


def _overlap(one: Mask, other: Mask) -> float:
    return float((one & other).sum() / max(1, (one | other).sum()))


def _departures(
    alpha: Alpha, trimap: Trimap, mask: Mask, size: float, narrow: float
) -> dict[str, float]:
    """Return what is measured in the band, by the names of `Agreement`."""
    band = unknown(trimap)
    departure = np.abs(alpha - mask)
    rim = band & dilate(~band, _RIM)
    depth = distance_inside(mask) + distance_inside(~mask)
    return {
        "rim": _mean(departure, rim),
        "place": _worst_place(departure, rim, _PLACE * size),
        "undecided": _mean((alpha > 0.2) & (alpha < 0.8), band),
        "softness": _mean(depth > narrowest(size, narrow), band),
    }


def _mean(values: NDArray[Any], region: Mask) -> float:
    return float(values[region].mean()) if region.any() else 0.0


def _worst_place(departure: Alpha, rim: Mask, spread: float) -> float:
    """Largest mean along the rim near by; a blunder at one place drowns in that of it all."""
    weight = rim.astype(np.float32)
    places = cv2.GaussianBlur(weight, (0, 0), spread)
    means = cv2.GaussianBlur(departure * weight, (0, 0), spread) / np.maximum(places, 1e-6)
    return float(means[rim].max()) if rim.any() else 0.0
