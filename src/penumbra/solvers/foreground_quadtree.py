"""Foreground and background colours by Gaussian estimation on a quadtree.

The model.  Each cell of a quadtree over the image has two colours x = (F, B), and the colours
of its four children differ from them by independent Gaussian steps of variance T = (tF, tB).
A pixel, the smallest cell, shows I = a F + (1 - a) B with a little noise.  All variables are
Gaussian, so one sweep up the tree and one down find the mean of every colour given the whole
image:

- Up: what is known of a cell is kept as information J x = h.  That of four children adds, once
  each has been weakened by its step: J' = (1/J + T)^-1, h' = J' x.
- Down: x = x0 + T (h' - J' x0), where x0 are the colours of the parent.

T is measured in the known pixels, for each level of the tree.  Over an even background tB is
small, so that nearly all of what remains unexplained at a pixel is the foreground's, and the
colour of a single hair comes out; over a lively one the two share it, as they should.

Sources:
    Chou, Willsky and Benveniste, "Multiscale recursive estimation, data fusion, and
    regularization", IEEE Transactions on Automatic Control 39(3), 1994: the two sweeps.
    Chuang, Curless, Salesin and Szeliski, "A Bayesian approach to digital matting", CVPR 2001:
    F and B as Gaussians under the matting equation.
    Germer, Uelwer, Conrad and Harmeling, "Fast multi-level foreground estimation", ICPR 2020:
    from coarse to fine, two unknown colours for each pixel and channel.
Deviation: x0 is interpolated linearly between parents, so that cells leave no blocks.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha, Mask
from penumbra.core.errors import ImageError

_STEP_OF_TEXTURE = 3.0  # variance of a step over the mean square difference two cells apart
_STEP_SHRINKS = 0.8  # and over that of the level below: means differ less than single pixels
_STEP_UNSEEN = 0.01  # variance of a step where no known pixel tells
_ENOUGH_PAIRS = 16  # of known pixels, for a level to be measured
SURE_OBJECT, SURE_REST = 0.99, 0.01  # opacities from which on a colour is seen alone
LEAST_STEP_F = 1e-3  # strands differ more from each other than the body they grow on shows
LEAST_STEP_B = 1e-5  # a wall is as even as it looks
_STEP_OF_ROOT = np.float32(1), np.float32(1)  # the mean colours of the image are anything
_NOISE_UP = 5e-3  # variance of I on the way up: an alpha that is a little off misleads less
_NOISE = 1e-5  # variance of I in the pixels themselves
_ALPHA_ERROR = 0.05  # standard deviation of alpha there, which costs the more the more F - B is
_TINY = 1e-6  # a colour that weighs less than the root of this takes no leftovers
_STRIP = 1 << 16  # pixels worked on at a time at full size, so that they stay in the cache

_MEAN_OF_CHANNELS = np.full((1, 3), 1 / 3, np.float32)

Planes = NDArray[np.float32]
"""(9, h, w), information: J as FF, FB, BB; then h as F and B in red, green and blue.
Or (6, h, w), colours: F and B in red, green and blue."""

Step = tuple[np.float32, np.float32]
"""Variances tF and tB."""

Level = tuple[Step, Planes]
"""The step to the level above, and what the cells tell of it."""


def estimate_foreground_quadtree(image: RGB, alpha: Alpha) -> tuple[RGB, RGB]:
    """Estimate the colours of object and background.

    Args:
        image: (H, W, 3) in [0, 1].
        alpha: (H, W) in [0, 1].

    Returns:
        Foreground and background, each (H, W, 3) in [0, 1]; where alpha is 1 the foreground
        is the image, where it is 0 the background is.  Where nothing is known of a colour it
        is the nearest there is, in the end mid-grey.

    Raises:
        ImageError: The sizes differ.

    Source:
        This module's model; no paper describes exactly this.
    """
    if alpha.shape != image.shape[:2]:
        raise ImageError(f"alpha must have shape {image.shape[:2]}, got {alpha.shape}")
    count = max(alpha.shape).bit_length()
    of_object = pair_sums(image, alpha >= SURE_OBJECT, count)
    of_rest = pair_sums(image, alpha <= SURE_REST, count)
    steps = list(
        zip(steps_of(*of_object, LEAST_STEP_F), steps_of(*of_rest, LEAST_STEP_B), strict=True)
    )
    levels, information = climb(observe(image, alpha, steps[0]), steps)
    return finished(image, alpha, descend(root_colours(information), levels), steps[0])


def pair_sums(
    image: RGB, is_known: Mask, count: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Sum square differences of colours two cells apart, by level; of a sample of the rows.

    Args:
        image: (H, W, 3), some rows of a picture; H a multiple of 8 but at the picture's end.
        is_known: (H, W), where the colour is seen alone.
        count: Levels.

    Returns:
        The sums and the numbers of what was summed, pixels first.  Those of the parts of a
        picture add up to those of the whole.
    """
    squares, terms = np.zeros(count), np.zeros(count, np.int64)
    image, is_known = image[::8], is_known[::8]  # a sample of the rows is enough
    for level in range(count):
        both = is_known[:, 2:] & is_known[:, :-2]
        difference = (image[:, 2:] - image[:, :-2])[both]
        squares[level], terms[level] = np.square(difference).sum(dtype=np.float64), difference.size
        image, is_known = image[:, ::2], is_known[:, ::2]
    return squares, terms


def steps_of(
    squares: NDArray[np.float64], terms: NDArray[np.int64], least: float
) -> list[np.float32]:
    """Variances of the step from a cell to its parent, pixels first, by the known pixels.

    A level with too few pairs of them to tell takes the step of the level below.

    Args:
        squares: See `pair_sums`.
        terms: Likewise.
        least: Variance of a step.
    """
    steps: list[np.float32] = []
    last = np.float32(_STEP_UNSEEN)
    for level, (total, count) in enumerate(zip(squares, terms, strict=True)):
        if count >= 3 * _ENOUGH_PAIRS:
            texture = total / count
            last = np.float32(max(_STEP_OF_TEXTURE * _STEP_SHRINKS**level * texture, least))
        steps.append(last)
    return steps


def climb(
    information: Planes, steps: list[Step], level: int = 1, top: int | None = None
) -> tuple[list[Level], Planes]:
    """Go up the tree.

    Args:
        information: Of the cells of `level`, which has those of 2 x 2 pixels as the first.
        steps: Of all levels, pixels first.
        level: Where to start.
        top: Where to stop; at the root when omitted.

    Returns:
        The levels on the way, each weakened, and what is known of the cells at its end.
    """
    levels: list[Level] = []
    while max(information.shape[1:]) > 1 if top is None else level < top:
        _weaken(information, *steps[level])
        levels.append((steps[level], information))
        information = _add_children(information)
        level += 1
    return levels, information


def root_colours(information: Planes) -> Planes:
    """Return the colours of the one cell that is the whole picture, (6, 1, 1)."""
    _weaken(information, *_STEP_OF_ROOT)
    colours = np.full((6, 1, 1), 0.5, np.float32)
    _refine_cells(colours, information, *_STEP_OF_ROOT)
    return colours


def descend(colours: Planes, levels: list[Level]) -> Planes:
    """Go down again from the colours above the levels to those of the first of them."""
    for step, information in reversed(levels):
        colours = _enlarge(colours, information.shape[1:])
        _refine_cells(colours, information, *step)
    return colours


def finished(image: RGB, alpha: Alpha, halves: Planes, step: Step) -> tuple[RGB, RGB]:
    """Return foreground and background of the pixels from the colours of cells of 2 x 2."""
    foreground, background = (
        _enlarge_image(colours, alpha.shape) for colours in (halves[:3], halves[3:])
    )
    for rows in _strips(alpha.shape):
        _refine_pixels(image[rows], alpha[rows], foreground[rows], background[rows], *step)
    return foreground, background


def observe(image: RGB, alpha: Alpha, step: Step) -> Planes:
    """What the pixels, each weakened by its own step, tell of the cells of 2 x 2 of them."""
    step_f, step_b = step
    height, width = -(-alpha.shape[0] // 2), -(-alpha.shape[1] // 2)
    information = np.empty((9, height, width), np.float32)
    for rows in _strips(alpha.shape):
        a, colours = _make_even(alpha[rows]), _make_even(image[rows])
        b = 1 - a
        pixels = np.empty((9, *a.shape), np.float32)
        np.multiply(a, a, out=pixels[0])
        np.multiply(a, b, out=pixels[1])
        np.multiply(b, b, out=pixels[2])
        # One pixel tells of one mixture only: J' = (a, b)(a, b)^T over the variance of I.
        precision = 1 / (step_f * pixels[0] + step_b * pixels[2] + np.float32(_NOISE_UP))
        pixels[:3] *= precision
        weighted_a, weighted_b = precision * a, precision * b
        for channel, plane in enumerate(cv2.split(colours)):
            np.multiply(weighted_a, plane, out=pixels[3 + channel])
            np.multiply(weighted_b, plane, out=pixels[6 + channel])
        information[:, rows.start // 2 : (rows.stop + 1) // 2] = _add_children(pixels)
    return information


def _weaken(information: Planes, step_f: np.float32, step_b: np.float32) -> None:
    """Turn what is known of each cell into what it tells of its parent, in place."""
    p, q, s = information[:3]
    h_f, h_b = information[3:6], information[6:]
    determinant = p * s - q * q
    scale_f, scale_b = 1 + step_f * p, 1 + step_b * s
    shrink = 1 / (scale_f * scale_b - step_f * step_b * q * q)
    p += step_b * determinant
    s += step_f * determinant
    information[:3] *= shrink
    scale_f *= shrink
    scale_b *= shrink
    told_f = scale_b * h_f - step_b * q * h_b
    h_b *= scale_f
    h_b -= step_f * q * h_f
    h_f[:] = told_f


def _add_children(information: Planes) -> Planes:
    """Sum the information of 2 x 2 cells; an odd row or column at the end counts twice."""
    planes = [_make_even(plane) for plane in information]
    height, width = planes[0].shape
    size = width // 2, height // 2
    return np.stack([4 * cv2.resize(p, size, interpolation=cv2.INTER_AREA) for p in planes])


def _refine_cells(
    colours: Planes, information: Planes, step_f: np.float32, step_b: np.float32
) -> None:
    """Move the colours of the parents to those of the cells, in place."""
    p, q, s = information[:3]
    for channel in range(3):
        F, B = colours[channel], colours[3 + channel]
        move_f = step_f * (information[3 + channel] - p * F - q * B)
        move_b = step_b * (information[6 + channel] - q * F - s * B)
        F += move_f
        B += move_b
    np.clip(colours, 0, 1, out=colours)


def _refine_pixels(
    image: RGB, alpha: Alpha, F: RGB, B: RGB, step_f: np.float32, step_b: np.float32
) -> None:
    """Move the colours of the smallest cells to those of the pixels, in place."""
    is_object, is_empty = (alpha == 1).view(np.uint8), (alpha == 0).view(np.uint8)
    if not (is_object | is_empty).all():
        a, b = alpha, 1 - alpha
        a_of_all, a_squared, b_squared = _threefold(a), a * a, b * b
        contrast = cv2.transform(np.square(F - B), _MEAN_OF_CHANNELS)
        noise = np.float32(_ALPHA_ERROR**2) * contrast + np.float32(_NOISE)
        share = step_f * a / (step_f * a_squared + step_b * b_squared + noise)
        # F takes its share of what is unexplained, B the rest, and F what B has no room for.
        for colours, gain in (
            (F, share),
            (B, b / (b_squared + np.float32(_TINY))),
            (F, a / (a_squared + np.float32(_TINY))),
        ):
            unexplained = image - (B + (F - B) * a_of_all)
            colours += unexplained * _threefold(gain)
            np.clip(colours, 0, 1, out=colours)
    cv2.copyTo(image, is_object, F)
    cv2.copyTo(image, is_empty, B)


def _strips(shape: tuple[int, int]) -> list[slice]:
    """Cut the rows of an image into even numbers of rows."""
    count = max(1, _STRIP // (2 * shape[1])) * 2
    return [slice(top, min(top + count, shape[0])) for top in range(0, shape[0], count)]


def _make_even(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Repeat the last row or column where their number is odd; else a view."""
    odd_rows, odd_columns = plane.shape[0] % 2, plane.shape[1] % 2
    if not (odd_rows or odd_columns):
        return plane
    even = cv2.copyMakeBorder(plane, 0, odd_rows, 0, odd_columns, cv2.BORDER_REPLICATE)
    return np.asarray(even, np.float32)


def _enlarge(colours: Planes, shape: tuple[int, int]) -> Planes:
    """Interpolate to twice the size, (6, h, w), and drop an even row or column too many."""
    size = 2 * colours.shape[2], 2 * colours.shape[1]
    larger = [cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in colours]
    return np.stack([plane[: shape[0], : shape[1]] for plane in larger])


def _enlarge_image(colours: Planes, shape: tuple[int, int]) -> RGB:
    """Interpolate three planes to twice the size as an image, (H, W, 3)."""
    size = 2 * colours.shape[2], 2 * colours.shape[1]
    larger = cv2.resize(cv2.merge(list(colours)), size, interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(larger[: shape[0], : shape[1]])


def _threefold(plane: Alpha) -> RGB:
    """Repeat a plane for each channel: broadcasting over so short an axis is slow."""
    return np.asarray(cv2.merge([plane, plane, plane]), np.float32)
