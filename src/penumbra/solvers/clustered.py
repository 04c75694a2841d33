"""A preconditioner for graphs of pixels, built on clusters of alike ones.

Jacobi's method smooths alpha among related pixels quickly, but is slow to learn at which level a
whole cluster of them lies.  The levels are few, so the equations restricted to one unknown
a cluster are solved directly, and both answers are added (an additive two-level method).
"""

import numpy as np
import scipy.sparse.linalg as direct
from scipy import sparse

from penumbra.solvers.relations import Floats, Pixels

MOST_CLUSTERS = 2000


class ClusteredJacobi:
    """r -> M^-1 r, symmetric and positive definite.

    Args:
        matrix: A, (N, N), symmetric and positive definite.
        features: What makes pixels alike, (N, C).

    Source:
        Smith, Bjorstad and Gropp, "Domain decomposition", 1996: additive two-level methods,
        with subdomains of one unknown each.
    """

    def __init__(self, matrix: sparse.csr_array, features: Floats) -> None:
        self._inverse_diagonal = 1 / matrix.diagonal()
        self._cluster_of = _clusters(features)
        self._count = int(self._cluster_of.max()) + 1
        entries = matrix.tocoo()
        places = self._cluster_of[entries.coords[0]], self._cluster_of[entries.coords[1]]
        coarse = sparse.csc_array((entries.data, places), shape=(self._count, self._count))
        self._coarse = direct.splu(
            coarse,
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0,
            options={"SymmetricMode": True},
        )

    def __call__(self, residual: Floats) -> Floats:
        """Return M^-1 r for r of shape (N,)."""
        levels = self._coarse.solve(np.bincount(self._cluster_of, residual, self._count))
        return self._inverse_diagonal * residual + levels[self._cluster_of]


def _clusters(features: Floats) -> Pixels:
    """Number the occupied cells of the finest grid in feature space with few enough, (N,)."""
    cell = 1 / 32
    while True:
        place = np.floor((features - features.min(axis=0)) / cell).astype(np.int64)
        key = np.ravel_multi_index(tuple(place.T), tuple(place.max(axis=0) + 1))
        used, number = np.unique(key, return_inverse=True)
        if used.size <= MOST_CLUSTERS:
            return number.astype(np.int32)
        cell *= 1.5
