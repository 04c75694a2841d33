"""Conjugate gradients for the sparse, symmetric, positive definite systems of matting."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from penumbra.core.errors import ConvergenceError

Vector = NDArray[np.float64]
Operator = Callable[[Vector], Vector]


def conjugate_gradient(
    multiply: Operator,
    right: Vector,
    precondition: Operator,
    guess: Vector | None = None,
    tolerance: float = 1e-7,
    settled: float = 0.0,
    limit: int = 2000,
) -> Vector:
    """Solve A x = b.

    Args:
        multiply: x -> A x, with A symmetric and positive definite.
        right: b, (N,).
        precondition: r -> M^-1 r, symmetric and positive definite too, near A^-1.
        guess: Where to start, (N,); zeros when omitted.
        tolerance: Stop once ||b - A x|| has fallen to this share of ||b||.
        settled: Stop as well once the mean of |M^-1 r| has fallen to this.  Where M is close
            to A that is the size of the error still left in x, in the units of x.
        limit: Give up after so many steps.

    Raises:
        ConvergenceError: The limit is reached, a step is not finite, or A or M is seen not to
            be positive definite.

    Source:
        Saad, "Iterative methods for sparse linear systems", 2nd edition, algorithm 9.1.
    """
    scale = _norm(right)
    if scale == 0:
        return np.zeros_like(right)
    if not np.isfinite(scale):
        raise ConvergenceError("right side must be finite, got NaN or infinity")
    goal = tolerance * scale
    x = np.zeros_like(right) if guess is None else guess.copy()
    residual = right - multiply(x)
    direction, last = np.zeros_like(right), 1.0
    for steps in range(limit + 1):
        if _norm(residual) <= goal:
            # The running residual drifts away from the true one: believe only the latter.
            residual = right - multiply(x)
            if _norm(residual) <= goal:
                return x
            direction[:] = 0
        z = precondition(residual)
        if float(np.abs(z).mean()) <= settled:
            return x
        if steps == limit:
            break
        energy = _dot(residual, z)
        direction *= energy / last
        direction += z
        image = multiply(direction)
        curvature = _dot(direction, image)
        if not (np.isfinite(curvature) and curvature > 0 and energy > 0):
            raise ConvergenceError(
                "system must be positive definite, "
                f"got curvature {curvature:g} and energy {energy:g}"
            )
        step = energy / curvature
        x += step * direction
        residual -= step * image
        last = energy
    left = _norm(residual) / scale
    raise ConvergenceError(f"residual must fall to {tolerance:g} in {limit} steps, got {left:g}")


def _dot(a: Vector, b: Vector) -> float:
    """Inner product without BLAS, whose threads get in each other's way on a busy machine."""
    return float(np.einsum("i,i->", a, b))


def _norm(a: Vector) -> float:
    return math.sqrt(_dot(a, a))
