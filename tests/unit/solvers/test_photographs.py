"""The trimap solvers on one real photograph; all fifteen are a benchmark, not a test."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from penumbra.core.arrays import RGB, Alpha, Trimap
from penumbra.solvers.knn import estimate_alpha_knn
from penumbra.solvers.random_walk import estimate_alpha_random_walk
from penumbra.solvers.shared import estimate_alpha_shared


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("solver", "limit"),
    [
        (estimate_alpha_knn, 0.641),  # PyMatting 1.1.16 in the same units
        (estimate_alpha_random_walk, 1.1),  # PyMatting: 2.044
        (estimate_alpha_shared, 1.1),
    ],
)
def test_the_error_on_a_photograph_stays_what_it_was(
    solver: Callable[[RGB, Trimap], Alpha], limit: float, shared_data: Path
) -> None:
    """Sum of absolute differences over the unknown region, in thousands, GT19, trimap 1."""
    folder = shared_data / "alphamatting_dev"
    image, trimap8, truth = (
        np.asarray(Image.open(folder / kind / "GT19.png"))
        for kind in ("images", "trimap1", "alpha")
    )
    trimap = np.select([trimap8 == 0, trimap8 == 255], [0, 1], 0.5).astype(np.float32)

    alpha = solver((image / 255).astype(np.float32), trimap)

    error = np.abs(alpha.astype(np.float64) - truth / 255)[trimap == 0.5].sum() / 1000
    assert error < limit
