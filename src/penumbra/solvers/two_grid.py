"""A preconditioner for matting Laplacians, built on what the colour-line model cannot see.

Inside a small cell, alpha = a . I + b costs (almost) nothing whatever a and b are: these are
the slow modes that stall conjugate gradients, and they are known beforehand.  So the picture is
cut into square cells, each with its own (a, b), and the equations restricted to these four
unknowns a cell are solved directly; one damped Jacobi step before and one after deal with
the rest.  This is aggregation multigrid with two grids, whose near-null space (Vanek, Mandel and
Brezina 1996) is given by the colour-line model instead of being searched for.
"""

import numpy as np
import scipy.sparse as sparse
import scipy.sparse.linalg as direct
from numpy.typing import NDArray

from penumbra.core.arrays import RGB
from penumbra.solvers.colour_line import CHUNK, Floats, Indices, System

DAMPING = 1.8  # of the Jacobi steps, which contract for anything under 2

MOST_CELLS = 20_000  # the direct solve grows faster than the rest: larger pictures, larger cells


class TwoGrid:
    """r -> M^-1 r, symmetric and positive definite.

    Args:
        system: Equations from `colour_line.closed_form_system`.
        image: (H, W, 3), the photograph they were built from.
    """

    def __init__(self, system: System, image: RGB) -> None:
        self._matrix = system.matrix
        self._step = _jacobi_steps(system.matrix)
        cells, cell_of = _cells(system.pixels, image.shape[1])
        self._prolong = _prolongation(system.pixels, cell_of, cells, image)
        self._restrict = self._prolong.T.tocsr()
        self._image_of_coarse = system.matrix @ self._prolong
        coarse = self._restrict @ self._image_of_coarse
        # Cells without colour have no slope to find; a ridge far below everything else.
        ridge = coarse.diagonal() * 1e-10 + 1e-12
        self._coarse = direct.splu(
            (coarse + sparse.diags_array(ridge)).tocsc(),
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0,
            options={"SymmetricMode": True},
        )

    def __call__(self, residual: Floats) -> Floats:
        """Return M^-1 r for r of shape (N,)."""
        x = self._step * residual
        left = residual - self._matrix @ x
        lines = self._coarse.solve(self._restrict @ left)
        x += self._prolong @ lines
        left -= self._image_of_coarse @ lines
        left *= self._step
        x += left
        return x


def _jacobi_steps(matrix: sparse.csr_array) -> Floats:
    """Return the step of every unknown, (N,).

    With D the diagonal, S = D^(-1/2) A D^(-1/2) and l the sums of its absolute rows, the
    eigenvalues of S / l are at most 1.  So these steps contract for every picture, and a pixel
    of a colour all its own, whose row is almost zero, still gets the long step it needs.
    """
    diagonal = matrix.diagonal()
    scale = 1 / np.sqrt(diagonal)
    values, columns = matrix.data.reshape(-1, 25), matrix.indices.reshape(-1, 25)
    step = DAMPING / diagonal
    for start in range(0, diagonal.size, CHUNK):
        rows = slice(start, start + CHUNK)
        sums = np.einsum("nk,nk->n", np.abs(values[rows]), scale[columns[rows]])
        step[rows] /= sums * scale[rows]
    return step


def _cells(pixels: Indices, width: int) -> tuple[int, Indices]:
    """Number the occupied square cells; return their count and the cell of every pixel."""
    row, col = np.divmod(pixels, np.int32(width))
    for side in (6, 8, 10, 12, 16, 24, 32):
        cell = (row // side) * np.int32(-(-width // side)) + col // side
        is_used = np.zeros(int(cell.max()) + 1, np.bool_)
        is_used[cell] = True
        cells = int(is_used.sum())
        if cells <= MOST_CELLS:
            break
    number = np.cumsum(is_used, dtype=np.int32) - np.int32(1)
    return cells, number[cell]


def _prolongation(pixels: Indices, cell_of: Indices, cells: int, image: RGB) -> sparse.csr_array:
    """Map (a, b) of every cell to alpha at its pixels; colours are centred cell by cell."""
    basis: NDArray[np.float64] = np.ones((pixels.size, 4))
    basis[:, :3] = image.reshape(-1, 3)[pixels]
    members = np.bincount(cell_of, minlength=cells)
    for k in range(3):
        basis[:, k] -= (np.bincount(cell_of, basis[:, k], cells) / members)[cell_of]
    columns = cell_of[:, None] * np.int32(4) + np.arange(4, dtype=np.int32)
    starts = np.arange(0, 4 * pixels.size + 1, 4, dtype=np.int32)
    return sparse.csr_array(
        (basis.ravel(), columns.ravel(), starts), shape=(pixels.size, 4 * cells)
    )
