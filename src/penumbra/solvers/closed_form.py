"""Closed-form matting: the alpha that colour lines in all 3x3 windows agree on.

Levin, Lischinski and Weiss, "A closed-form solution to natural image matting", PAMI 2008.
"""

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha, Trimap
from penumbra.core.errors import ConvergenceError
from penumbra.core.resample import resize
from penumbra.core.trimap import from_masks
from penumbra.solvers.colour_line import CHUNK, Indices, System, closed_form_system, coefficients
from penumbra.solvers.known import answer_without_solving, checked
from penumbra.solvers.linear import Vector, conjugate_gradient
from penumbra.solvers.two_grid import TwoGrid

Mode = Literal["fast", "exact"]

EPSILON = 1e-7  # of the Laplacian, in squared colour units
EPSILON_LINES = 1e-5  # of the lines carried to full size, where noise must not be followed
SMALL = 20_000  # unknown pixels: below this the exact answer costs less than a blink


def estimate_alpha_closed_form(image: RGB, trimap: Trimap, mode: Mode = "fast") -> Alpha:
    """Estimate alpha where the trimap is unknown.

    Args:
        image: (H, W, 3) in [0, 1].
        trimap: (H, W) of 0, 0.5 and 1; known pixels are returned as they are.
        mode: "exact" solves the full system.  "fast" solves it at half size and carries the
            lines alpha = a . I + b, not alpha, to full size, so that edges follow the full
            picture; below 20,000 unknown pixels it is the same as "exact".

    Returns:
        (H, W) in [0, 1].  With known pixels of one kind only, all unknown ones become that
        kind; with nothing unknown, the trimap itself.

    Raises:
        ImageError: The image is not one.
        TrimapError: The trimap is none, has another size, or knows nothing.
        ConvergenceError: The equations could not be solved.

    Source:
        Levin et al. 2008, equations 12 and 15; lines from section 3, equation 6.
    """
    image, trimap = checked(image, trimap)
    if (answer := answer_without_solving(trimap)) is not None:
        return answer
    height, width = trimap.shape
    if min(height, width) < 3:  # no window fits
        grow = [(0, max(3 - height, 0)), (0, max(3 - width, 0))]
        wide = np.pad(image, [*grow, (0, 0)], mode="edge")
        return _solve(wide, np.pad(trimap, grow, mode="edge"))[:height, :width]
    size = (height + 1) // 2, (width + 1) // 2
    if mode == "fast" and min(size) >= 3 and np.count_nonzero(trimap == 0.5) >= SMALL:
        small_trimap = _shrink_trimap(trimap, *size)
        if (small_trimap == 0).any() and (small_trimap == 1).any():
            return _carry_lines(resize(image, *size), small_trimap, image, trimap)
    return _solve(image, trimap)


def _solve(image: RGB, trimap: Trimap) -> Alpha:
    system = closed_form_system(image, trimap, EPSILON)
    guess = _relative_distance(trimap, system.pixels)
    alpha = trimap.copy()
    alpha.ravel()[system.pixels] = np.clip(_solve_system(system, image, guess), 0, 1)
    return alpha


def _solve_system(system: System, image: RGB, guess: Vector) -> Vector:
    def multiply(x: Vector) -> Vector:
        return system.matrix @ x

    try:
        precondition = TwoGrid(system, image)
        return conjugate_gradient(
            multiply, system.right, precondition, guess, tolerance=1e-12, settled=2e-6, limit=1000
        )
    except (ConvergenceError, RuntimeError):  # RuntimeError: the direct solve met a zero pivot
        diagonal = system.matrix.diagonal()
        return conjugate_gradient(
            multiply, system.right, lambda r: r / diagonal, guess, tolerance=1e-8, limit=20_000
        )


def _relative_distance(trimap: Trimap, pixels: Indices) -> Vector:
    """1 near the known foreground, 0 near the known background, between them in proportion.

    In flat artwork a few pixels of one colour can be left to the prior alone, too weakly for
    any iteration to move them: they keep what they start with.  Every fourth pixel will do.
    """
    sample = np.ascontiguousarray(trimap[::4, ::4])
    far = np.float32(sum(trimap.shape))  # where the sample holds no such pixel at all
    to_foreground, to_background = (
        np.minimum(
            cv2.distanceTransform((sample != known).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_3),
            far,
        )
        for known in (1, 0)
    )
    row, col = np.divmod(pixels, np.int32(trimap.shape[1]))
    share: Vector = (to_background / (to_foreground + to_background)).astype(np.float64)
    return share[row // 4, col // 4]


def _shrink_trimap(trimap: Trimap, height: int, width: int) -> Trimap:
    """Keep all that is known: a small pixel is unknown only if it covers both sides or none.

    Dots and thin strokes of known pixels are often all that is known about a hole.
    """
    is_foreground = resize((trimap == 1).astype(np.float32), height, width) > 0
    is_background = resize((trimap == 0).astype(np.float32), height, width) > 0
    return from_masks(is_foreground & ~is_background, is_background & ~is_foreground)


def _carry_lines(small: RGB, small_trimap: Trimap, image: RGB, trimap: Trimap) -> Alpha:
    small_alpha = _solve(small, small_trimap)
    lines = coefficients(small, small_alpha, small_trimap == 0.5, EPSILON_LINES)
    alpha = trimap.copy()
    pixels = np.flatnonzero(trimap == 0.5)
    colours = image.reshape(-1, 3)
    for start in range(0, pixels.size, CHUNK):
        some = pixels[start : start + CHUNK]
        line = _interpolate(lines, some, trimap.shape)
        value = np.einsum("nk,nk->n", line[:, :3], colours[some]) + line[:, 3]
        alpha.ravel()[some] = np.clip(value, 0, 1)
    return alpha


def _interpolate(
    field: NDArray[np.float32], pixels: NDArray[np.intp], size: tuple[int, ...]
) -> NDArray[np.float32]:
    """Read a small field (h, w, C) bilinearly at flat pixels of a large frame: (N, C)."""
    result: NDArray[np.float32] = np.zeros((pixels.size, field.shape[2]), np.float32)
    ends, shares = [], []
    for place, large, few in zip(np.divmod(pixels, size[1]), size, field.shape, strict=False):
        centre = np.clip((place + 0.5) * (few / large) - 0.5, 0, few - 1)
        low = np.minimum(centre.astype(np.intp), max(few - 2, 0))
        ends.append((low, np.minimum(low + 1, few - 1)))
        shares.append((1 - (centre - low), centre - low))
    for row, of_row in zip(ends[0], shares[0], strict=True):
        for col, of_col in zip(ends[1], shares[1], strict=True):
            result += (of_row * of_col).astype(np.float32)[:, None] * field[row, col]
    return result
