"""How well is a trimap predicted?  Three classes: background, unknown, foreground.

The supplement of AIM prints both measures without defining them; these are our definitions.
"""

import numpy as np

from penumbra.core.arrays import Trimap, as_trimap
from penumbra.core.errors import TrimapError

CLASSES = (0.0, 0.5, 1.0)


def accuracy(trimap: Trimap, trimap_true: Trimap) -> float:
    """Share of the pixels with the true class, in [0, 1].

    Args:
        trimap: Predicted trimap, (H, W).
        trimap_true: True trimap, (H, W).

    Raises:
        TrimapError: The shapes differ, or a value is none of 0, 0.5 and 1.
    """
    _check(trimap, trimap_true)
    return float(np.mean(trimap == trimap_true, dtype=np.float64))


def mean_iou(trimap: Trimap, trimap_true: Trimap) -> float:
    """IoU averaged over the classes present in either trimap; arguments as in `accuracy`."""
    _check(trimap, trimap_true)
    ious = []
    for value in CLASSES:
        found, wanted = trimap == value, trimap_true == value
        if union := np.count_nonzero(found | wanted):
            ious.append(np.count_nonzero(found & wanted) / union)
    return float(np.mean(ious))


def _check(trimap: Trimap, trimap_true: Trimap) -> None:
    as_trimap(trimap)
    as_trimap(trimap_true, "trimap_true")
    if trimap.shape != trimap_true.shape:
        raise TrimapError(f"trimap must have shape {trimap_true.shape}, got {trimap.shape}")
