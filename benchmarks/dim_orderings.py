"""What the paper orders, for `benchmarks/dim.py`: losses and stages."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from dim_scenes import Scene
from dim_tables import Row, mean

from penumbra.core.trimap import from_alpha
from penumbra.evaluation.sensitivity import DISTANCES

EACH = {"procedural": 25, "portraits": 20, "natural": 5}
"""Objects of each group of composites on which widths of the trimap are tried."""


def lowered(rows: Sequence[Row]) -> dict[str, float]:
    """Return by how many per cent the second stage lowers each mean error."""
    return {
        key: round(100 * (1 - mean(rows, "dim", key) / mean(rows, "dim, first stage", key)), 2)
        for key in ("sad", "grad")
    }


def lowered_text(groups: Mapping[str, Sequence[Row]]) -> str:
    """Return a table of `lowered` for each group of rows."""
    lines = ["| the second stage lowers | SAD by | Grad by |", "|---|--:|--:|"]
    for name, rows in groups.items():
        by = lowered(rows)
        lines.append(f"| {name} | {by['sad']:.1f} % | {by['grad']:.1f} % |")
    return "\n".join(lines)


def losses_text(rows: Sequence[Row], models: Iterable[str]) -> str:
    """Return a table of networks that were trained with different losses."""
    lines = ["| trained with | SAD | Grad |", "|---|--:|--:|"]
    lines += [
        f"| {it} | {mean(rows, it, 'sad'):.3f} | {mean(rows, it, 'grad'):.3f} |" for it in models
    ]
    return "\n".join(lines)


def one_per_object(scenes: Iterable[Scene]) -> list[Scene]:
    """Return the first composites of each group, as many as `EACH` says.

    Left out are objects of which the widest trimap leaves nothing certain on one side, such as
    nets: there classical methods have no answer.
    """
    left = dict(EACH)
    chosen = []
    for scene in scenes:
        widest = from_alpha(scene.alpha_true, max(DISTANCES))
        if left[scene.group] and {0.0, 1.0} <= set(np.unique(widest).tolist()):
            left[scene.group] -= 1
            chosen.append(scene)
    return chosen
