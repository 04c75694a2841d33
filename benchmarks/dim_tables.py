"""Numbers of `benchmarks/dim.py`: rows of one matte each, means over them, and tables."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from dim_models import Model
from dim_scenes import Scene

from penumbra.metrics.alpha import sad
from penumbra.metrics.gradient import gradient_error_adobe

Row = dict[str, Any]

REFERENCE = "closed-form"
MODELS = ("dim", "dim, first stage", "closed-form", "knn", "shared")
"""In the order of the columns."""


def measure(scenes: Iterable[Scene], models: Mapping[str, Model]) -> list[Row]:
    """Return a row for every scene and model that answers; errors are in thousands.

    They are summed over the unknown region, whose outside is given to every model.
    """
    rows = []
    for scene in scenes:
        region = scene.trimap == 0.5
        about = {
            "image": scene.name,
            "group": scene.group,
            "megapixels": round(region.size / 1e6, 3),
            "unknown_share": round(float(region.mean()), 4),
            "has_both_known": bool((scene.trimap == 0).any() and (scene.trimap == 1).any()),
        }
        for name, model in models.items():
            matte = model(scene)
            if matte is None:
                continue
            errors = {
                "sad": sad(matte.alpha, scene.alpha_true, region) / 1000,
                "grad": gradient_error_adobe(matte.alpha, scene.alpha_true, region) / 1000,
            }
            rows.append({**about, "model": name, **errors})
        print(json.dumps(rows[-1]) if rows else scene.name, flush=True)
    return rows


def mean(rows: Sequence[Row], model: str, key: str) -> float:
    """Return a model's mean; NaN unless it answered for every image of the rows."""
    values = [row[key] for row in rows if row["model"] == model]
    images = {row["image"] for row in rows}
    return float(np.mean(values)) if values and len(values) == len(images) else float("nan")


def ratio(rows: Sequence[Row], key: str, model: str = "dim", reference: str = REFERENCE) -> float:
    """Return the ratio of two models' means."""
    return mean(rows, model, key) / mean(rows, reference, key)


def summary(rows: Sequence[Row]) -> Row:
    """Return means and ratios of some rows, for a report."""
    models = [name for name in MODELS if not np.isnan(mean(rows, name, "sad"))]
    keys = ("sad", "grad")
    means = {name: {key: round(mean(rows, name, key), 4) for key in keys} for name in models}
    numbers: Row = {"images": len({row["image"] for row in rows}), "means": means}
    if "dim" in models and REFERENCE in models:
        numbers["dim / closed-form"] = {key: round(ratio(rows, key), 4) for key in keys}
    return numbers


def table(title: str, groups: Mapping[str, Sequence[Row]]) -> str:
    """Return a table with a line for each group of rows: "SAD, Grad" of every model."""
    every = [row for rows in groups.values() for row in rows]
    models = [name for name in MODELS if any(row["model"] == name for row in every)]
    head = [title, "images", "megapixels", "unknown", *models]
    has_ratio = "dim" in models and REFERENCE in models
    head += ["dim / closed-form"] if has_ratio else []
    lines = ["| " + " | ".join(head) + " |", "|---|" + "--:|" * (len(head) - 1)]
    for name, rows in groups.items():
        if not rows:
            continue
        megapixels = np.mean([row["megapixels"] for row in rows])
        share = np.mean([row["unknown_share"] for row in rows])
        cells = [name, f"{len({row['image'] for row in rows})}", f"{megapixels:.2f}"]
        cells += [f"{100 * share:.1f} %"]
        cells += [_pair(mean(rows, each, "sad"), mean(rows, each, "grad")) for each in models]
        cells += [_pair(ratio(rows, "sad"), ratio(rows, "grad"))] if has_ratio else []
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _pair(one: float, other: float) -> str:
    return "-" if np.isnan(one) else f"{one:.3f}, {other:.3f}"
