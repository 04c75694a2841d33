"""Shared sampling: every pixel tries a few pairs of known colours, then learns from others.

Gastal and Oliveira, "Shared sampling for real-time alpha matting", Eurographics 2010.  The stages
are those of the paper: known regions grow, rays gather samples and the best pair is chosen,
pairs are shared among neighbours, colours and alpha are smoothed.  Where the paper takes a fixed
number of nearest pixels we take the pixels of a disk of that area.
"""

from typing import NamedTuple

import cv2
import numpy as np

from penumbra.core.arrays import RGB, Alpha, Mask, Trimap
from penumbra.core.trimap import unknown
from penumbra.solvers.known import answer_without_solving, checked
from penumbra.solvers.neighbourhood import Disk, Pixels
from penumbra.solvers.ray_samples import Floats, Samples, gather

GROW_RADIUS = 10  # pixels; k_i of the paper
GROW_COLOUR = 5 / 256  # k_c
SHARE_RADIUS = 8.0  # a disk of 197 pixels, for k_r = 200
SHARE_BEST = 3
SMOOTH_RADIUS = 5.6  # a disk of 97 pixels, for k_m = 100
SMOOTH_VARIANCE = 100 / (9 * np.pi)
STRICTNESS = 10.0  # lambda: how fast trust falls with the misfit of a pair
TINY = np.float32(1e-8)


class Estimate(NamedTuple):
    """What is believed about each unknown pixel."""

    foreground: Floats  # (N, 3)
    background: Floats  # (N, 3)
    alpha: Floats  # (N,)
    trust: Floats  # (N,) in [0, 1]


def estimate_alpha_shared(image: RGB, trimap: Trimap) -> Alpha:
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

    Source:
        Gastal and Oliveira 2010; the constants are those of the paper.
    """
    image, trimap = checked(image, trimap)
    if (answer := answer_without_solving(trimap)) is not None:
        return answer
    grown = _grow(image, trimap)
    is_unknown = unknown(grown)
    pixels = np.flatnonzero(is_unknown)
    foreground = gather(image, grown == 1, pixels)
    background = gather(image, grown == 0, pixels)
    pairs = _best_pairs(image, pixels, foreground, background)
    estimate = _share(image, is_unknown, pairs)
    grown[is_unknown] = _smooth(image, grown, estimate)
    return grown


def _grow(image: RGB, trimap: Trimap) -> Trimap:
    """Let unknown pixels join the nearest known one of almost their colour."""
    grown = trimap.copy()
    left = np.flatnonzero(unknown(trimap))
    around = Disk(trimap.shape, left, GROW_RADIUS)
    kinds, colours = around.pad(trimap, outside=0.5), around.pad(image)
    here = around.pixels
    for offset, _ in around.offsets():
        at = np.flatnonzero(kinds[here + offset] != 0.5)
        distance = _squared(colours[here[at] + offset] - colours[here[at]])
        at = at[distance <= GROW_COLOUR**2]
        grown.ravel()[left[at]] = kinds[here[at] + offset]
        left, here = np.delete(left, at), np.delete(here, at)
    return grown


def _best_pairs(
    image: RGB, pixels: Pixels, foreground: Samples, background: Samples
) -> tuple[Pixels, Pixels]:
    """Choose the pair of samples that suits each pixel best.

    The cost of a pair (f, b) is the product of how badly it explains the 3x3 pixels around (cubed),
    how unlikely its alpha is, given how easily each side is reached (squared), the distance to
    f, and that to b (to the fourth).

    Returns:
        Where the foreground and the background sample lie, (N,) each.
    """
    colours = image.reshape(-1, 3)
    around = Disk(image.shape[:2], pixels, radius=1.5)
    windows = [around.pad(image)[around.pixels + offset] for offset, _ in around.offsets()]
    total = foreground.energy + background.energy
    likeness = np.full_like(total, 0.5)  # to the foreground: the other side is hard to get to
    np.divide(background.energy, total, out=likeness, where=total > 0)
    least = np.full(pixels.size, np.inf)
    best = foreground.pixels[0].copy(), background.pixels[0].copy()
    for f, f_distance in zip(foreground.pixels, foreground.distance, strict=True):
        for b, b_distance in zip(background.pixels, background.distance, strict=True):
            fits = [_fit(window, colours[f], colours[b]) for window in windows]
            misfit = np.sum([error for _, error in fits], axis=0, dtype=np.float64)
            doubt = likeness + (1 - 2 * likeness) * fits[0][0]
            cost = (misfit + TINY) ** 3 * (doubt + TINY) ** 2 * f_distance * b_distance**4.0
            is_less = cost < least
            least[is_less] = cost[is_less]
            best[0][is_less] = f[is_less]
            best[1][is_less] = b[is_less]
    return best


def _share(image: RGB, is_unknown: Mask, pairs: tuple[Pixels, Pixels]) -> Estimate:
    """Average those pairs of the neighbours that suit each pixel best, the paper's refinement."""
    pixels = np.flatnonzero(is_unknown)
    colours, variance = image.reshape(-1, 3), _local_variance(image)
    own = colours[pixels]
    F, B = (colours[side] for side in pairs)
    around = Disk(is_unknown.shape, pixels, SHARE_RADIUS)
    owners, errors = _best_owners(around, is_unknown, own, F, B)
    weights = np.where(np.isfinite(errors), np.float32(1), np.float32(0))
    weights /= weights.sum(axis=0)
    foreground, background = (np.einsum("bn,bnk->nk", weights, side[owners]) for side in (F, B))
    alpha, error = _fit(own, foreground, background)
    trust = np.exp(-STRICTNESS * np.sqrt(error))
    for colour, side in zip((foreground, background), pairs, strict=True):
        noise = np.einsum("bn,bn->n", weights, variance[side][owners])
        is_same = _squared(own - colour) <= noise
        colour[is_same] = own[is_same]
    trust[_squared(foreground - background) == 0] = TINY
    return Estimate(foreground, background, alpha, trust)


def _best_owners(
    around: Disk, is_unknown: Mask, own: Floats, F: Floats, B: Floats
) -> tuple[Pixels, Floats]:
    """Find whose pairs leave the smallest errors at each pixel: (SHARE_BEST, N), (SHARE_BEST, N).

    A pixel with fewer neighbours has infinite errors in the last places.
    """
    number = np.where(is_unknown.ravel(), np.cumsum(is_unknown) - 1, -1).reshape(is_unknown.shape)
    number = around.pad(number, outside=-1)
    owners = np.zeros((SHARE_BEST, len(own)), np.intp)
    errors = np.full((SHARE_BEST, len(own)), np.inf, np.float32)
    for offset, _ in around.offsets():
        owner = number[around.pixels + offset]
        at = np.flatnonzero(owner >= 0)
        error = _fit(own[at], F[owner[at]], B[owner[at]])[1]
        is_better = error < errors[-1, at]
        at, error = at[is_better], error[is_better]
        errors[-1, at], owners[-1, at] = error, owner[at]
        order = np.argsort(errors[:, at], axis=0, kind="stable")
        errors[:, at] = np.take_along_axis(errors[:, at], order, axis=0)
        owners[:, at] = np.take_along_axis(owners[:, at], order, axis=0)
    return owners, errors


def _smooth(image: RGB, grown: Trimap, estimate: Estimate) -> Floats:
    """Average colours and alpha over neighbours, known ones too, by trust; return alpha, (N,).

    Pixels of unlike alpha teach each other the most about colours.  Where the averaged pair does
    not explain the pixel, or its two colours are less distinct than is usual around, the
    averaged alpha takes over from the fitted one.
    """
    is_unknown = unknown(grown)
    around = Disk(grown.shape, np.flatnonzero(is_unknown), SMOOTH_RADIUS)

    def plane(known: Floats, values: Floats, outside: float | None = None) -> Floats:
        filled = known.copy()
        filled[is_unknown] = values
        return around.pad(filled, outside)

    F, B = plane(image, estimate.foreground), plane(image, estimate.background)
    alpha = plane(grown, estimate.alpha)
    trust = plane(np.ones_like(grown), estimate.trust, outside=0)
    is_known = around.pad((~is_unknown).astype(np.float32), outside=0)
    F_mean, B_mean = _Mean((len(around.pixels), 3)), _Mean((len(around.pixels), 3))
    contrast_mean, alpha_mean = _Mean((len(around.pixels),)), _Mean((len(around.pixels),))
    contrast = np.sqrt(_squared(F - B))
    own = alpha[around.pixels]
    for offset, distance in around.offsets():
        near = around.pixels + offset
        closeness = np.float32(np.exp(-(distance**2) / (2 * SMOOTH_VARIANCE)))
        share = alpha[near]
        weight = closeness * trust[near]
        similar = weight * np.abs(own - share) if distance else weight
        F_mean.add(F[near], similar * share)
        B_mean.add(B[near], similar * (1 - share))
        contrast_mean.add(contrast[near], trust[near] * share * (1 - share))
        alpha_mean.add(share, weight + is_known[near])
    foreground, background = F_mean.value(estimate.foreground), B_mean.value(estimate.background)
    fitted, error = _fit(image[is_unknown], foreground, background)
    usual = contrast_mean.value(np.ones_like(own))
    distinct = np.minimum(1, np.sqrt(_squared(foreground - background)) / np.maximum(usual, TINY))
    trusted = distinct * np.exp(-STRICTNESS * np.sqrt(error))
    return np.clip(trusted * fitted + (1 - trusted) * alpha_mean.value(own), 0, 1)


class _Mean:
    """A weighted mean of (N,) or (N, C) that is taken up term by term."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._sum, self._weight = np.zeros(shape, np.float32), np.zeros(shape[0], np.float32)

    def add(self, term: Floats, weight: Floats) -> None:
        self._sum += (term.T * weight).T
        self._weight += weight

    def value(self, otherwise: Floats) -> Floats:
        """Return the mean, or `otherwise` where no weight was given."""
        is_given = self._weight > TINY
        mean = otherwise.copy()
        mean[is_given] = (self._sum[is_given].T / self._weight[is_given]).T
        return mean


def _fit(colours: Floats, foreground: Floats, background: Floats) -> tuple[Floats, Floats]:
    """Mix each colour from its pair as well as can be; return alpha and squared error, (N,)."""
    span, lift = foreground - background, colours - background
    length = np.einsum("nk,nk->n", span, span)
    alpha = np.clip(np.einsum("nk,nk->n", lift, span) / np.maximum(length, TINY), 0, 1)
    return alpha, _squared(lift - alpha[:, None] * span)


def _squared(vectors: Floats) -> Floats:
    return np.einsum("nk,nk->n", vectors, vectors)


def _local_variance(image: RGB) -> Floats:
    """Mean squared distance of the 5x5 colours around each pixel to its own, (H * W,)."""
    mean, square = cv2.blur(image, (5, 5)), cv2.blur(np.square(image), (5, 5))
    variance = (square - 2 * image * mean + image * image).sum(axis=2)
    return np.maximum(variance, 0).ravel()
