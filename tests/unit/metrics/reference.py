"""The 8 x 8 pair of `tests/golden/metrics`, as arrays; its README says who computed the values."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

GOLDEN: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "golden" / "metrics" / "reference_8x8.json").read_text()
)

ALPHA: NDArray[np.float64] = np.array(GOLDEN["alpha"]) / 255
TRUTH: NDArray[np.float64] = np.array(GOLDEN["alpha_true"]) / 255
TRIMAP: NDArray[np.float32] = (np.round(np.array(GOLDEN["trimap"]) / 127.5) / 2).astype(np.float32)

UNKNOWN = TRIMAP == 0.5
FOREGROUND = TRIMAP == 1
BACKGROUND = TRIMAP == 0

FIXED: NDArray[np.float64] = np.where(UNKNOWN, ALPHA, TRIMAP)
"""The estimate, set to 0 and 1 where the trimap is."""

DEGENERATE = {
    "nothing against the truth": (np.zeros_like(TRUTH), TRUTH),
    "the truth itself": (TRUTH, TRUTH),
    "everything against nothing": (np.ones_like(TRUTH), np.zeros_like(TRUTH)),
}
"""The pairs that GOLDEN["degenerate"] has values for."""

HALF_A_DIGIT = 5.1e-10
"""The values are printed to nine decimals."""
