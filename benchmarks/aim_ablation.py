"""The unified map against the plain trimap: what `benchmarks/aim.py ablation` measures.

Two rows of the paper's Table 3, none and UNI, at a small scale: pairs of runs of `s` that differ in
their seed between pairs, and within a pair in the map alone.  `docs/training.md` has the commands.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from aim_models import Model, network
from aim_pictures import drawn
from aim_tables import Row, mean, measure, names

from penumbra.core.arrays import RGB
from penumbra.core.matte import Matte
from penumbra.systems.aim.options import SHIPPED

_SMALL = replace(SHIPPED, least_confidence=0, side_global=160)

LOOKS = {
    "one look, 160 px": replace(_SMALL, test="resize"),
    "two looks, 160 and 224 px": replace(_SMALL, side_local=224),
}
"""At the size of the samples that were learned from, and, with the ratio of the paper's two looks,
at a somewhat larger one for opacity; every answer counts."""

ARMS = ("unified", "plain trimap")
NOTHING = "nothing found"
KEYS = ("sad", "sad tran")
DRAWS = 10_000  # of the bootstrap


def ablation(
    data: Path,
    with_unified: Sequence[Path],
    plain: Sequence[Path],
    families: Sequence[str],
) -> list[Row]:
    """Return a row for every picture and network, and for an answer that finds nothing.

    Args:
        data: Of all sets.
        with_unified: Folders of graphs that learned the unified map.
        plain: Of those that learned the trimap, in the same order.
        families: Of the drawn objects that are measured on.
    """
    if not with_unified or len(with_unified) != len(plain):
        counts = f"{len(with_unified)} and {len(plain)}"
        raise SystemExit(f"--with-unified and --plain must name as many folders, got {counts}")
    models: dict[str, Model] = {NOTHING: _nothing}
    for number, pair in enumerate(zip(with_unified, plain, strict=True), 1):
        for arm, folder in zip(ARMS, pair, strict=True):
            for look, options in LOOKS.items():
                models[f"{arm} {number}, {look}"] = network(folder, options)
    pictures = (it for it in drawn(data) if it.name.rpartition("-")[0] in families)
    return measure(pictures, models)


def differences(rows: Sequence[Row], group: str, look: str) -> dict[str, list[float]]:
    """Return how much less SAD the unified map has, in thousands; negative where it has more.

    Returns:
        "pairs": the mean over the pictures of each pair of runs; "mean": that of all pairs, and
        "interval": where it lies with 95 % probability if other pictures are drawn (bootstrap
        over pictures, of which each has the mean of all pairs).
    """
    chosen = [row for row in rows if row["group"] == group]
    by_arm = [
        np.array([[row["sad"] for row in chosen if row["model"] == model] for model in models])
        for models in _runs(rows, look)
    ]
    less = by_arm[1] - by_arm[0]  # (pairs, pictures)
    means = less.mean(axis=0)
    drawn_again = np.random.default_rng(0).integers(len(means), size=(DRAWS, len(means)))
    low, high = np.quantile(means[drawn_again].mean(axis=1), (0.025, 0.975))
    return {
        "pairs": [round(float(value), 3) for value in less.mean(axis=1)],
        "mean": [round(float(means.mean()), 3)],
        "interval": [round(float(low), 3), round(float(high), 3)],
    }


def by_picture(rows: Sequence[Row]) -> list[Row]:
    """Return one row for each picture, with the SAD of every model in thousands."""
    found: dict[tuple[str, str], Row] = {}
    for row in rows:
        picture = {"group": row["group"], "image": row["image"], "sad": {}}
        found.setdefault((row["group"], row["image"]), picture)["sad"][row["model"]] = row["sad"]
    return list(found.values())


def ablation_text(rows: Sequence[Row]) -> str:
    """Return a table with a line for each look and type."""
    head = [f"{', '.join(KEYS)} of", "pictures", NOTHING, *ARMS, "less SAD by pair", "mean, 95 %"]
    lines = ["| " + " | ".join(["", *head]) + " |", "|---|---|" + "--:|" * (len(head) - 1)]
    for look in LOOKS:
        for group in names(rows, "group"):
            count = len({row["image"] for row in rows if row["group"] == group})
            cells = [
                ", ".join(_mean_of(rows, models, key, group) for key in KEYS)
                for models in ([NOTHING], *_runs(rows, look))
            ]
            less = differences(rows, group, look)
            low, high = less["interval"]
            cells.append(", ".join(f"{value:.2f}" for value in less["pairs"]))
            cells.append(f"{less['mean'][0]:.2f}, {low:.2f} to {high:.2f}")
            lines.append("| " + " | ".join([look, group, str(count), *cells]) + " |")
    return "\n".join(lines)


def _mean_of(rows: Sequence[Row], models: Sequence[str], key: str, group: str) -> str:
    return f"{np.mean([mean(rows, model, key, group) for model in models]):.4g}"


def _runs(rows: Sequence[Row], look: str) -> tuple[list[str], ...]:
    """Return the models of each arm, pair by pair."""
    chosen = [name for name in names(rows, "model") if name.endswith(look)]
    return tuple([name for name in chosen if name.startswith(arm)] for arm in ARMS)


def _nothing(image: RGB) -> Matte:
    empty = np.zeros(image.shape[:2], np.float32)
    return Matte(empty, empty.copy(), empty.copy())
