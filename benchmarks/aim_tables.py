"""Numbers of `benchmarks/aim.py`: a row for every picture and model, means and tables."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from aim_models import Model
from aim_pictures import Picture

from penumbra.core.matte import Matte
from penumbra.metrics.alpha import sad
from penumbra.metrics.gradient import gradient_error_scipy
from penumbra.metrics.interaction import iou
from penumbra.metrics.semantic import accuracy, mean_iou

Row = dict[str, Any]


def measure(pictures: Iterable[Picture], models: Mapping[str, Model]) -> list[Row]:
    """Return a row for every picture and model."""
    rows = []
    for picture in pictures:
        for name, model in models.items():
            rows.append(
                {
                    "group": picture.group,
                    "image": picture.name,
                    "model": name,
                    **errors(picture, model(picture.image)),
                }
            )
        print(json.dumps(rows[-len(models)]), flush=True)
    return rows


def errors(picture: Picture, matte: Matte) -> Row:
    """Return what is wrong with one matte.

    Returns:
        "iou" of alpha > 0.5 with the truth, "mad" over the whole picture, "sad" in thousands,
        "grad" / 10 as AIM's own code has it, the estimated "area"; "sad tran" over the transition
        area where there is one; how well the map of three classes is met where one is asked for
        (the two measures of AIM's supplement); and "confidence" where there is one.
    """
    alpha, truth = matte.alpha, picture.truth
    whole = sad(alpha, truth)
    row: Row = {
        "iou": iou(alpha > 0.5, truth > 0.5),
        "mad": whole / truth.size,
        "sad": whole / 1000,
        "grad": gradient_error_scipy(alpha, truth) / 10,
        "area": float(alpha.mean()),
    }
    if picture.trimap is not None:
        row["sad tran"] = sad(alpha, truth, picture.trimap == 0.5) / 1000
    if picture.unified is not None and matte.trimap is not None:
        row["map iou"] = mean_iou(matte.trimap, picture.unified)
        row["map accuracy"] = accuracy(matte.trimap, picture.unified)
    if matte.confidence is not None:
        row["confidence"] = matte.confidence
    return {
        key: value if isinstance(value, bool) else round(value, 5) for key, value in row.items()
    }


def mean(rows: Sequence[Row], model: str, key: str, group: str | None = None) -> float:
    """Return a model's mean over a group, or over everything."""
    chosen = [row for row in rows if row["model"] == model and group in (None, row["group"])]
    return float(np.mean([row[key] for row in chosen])) if chosen else float("nan")


def means(rows: Sequence[Row], keys: Sequence[str]) -> dict[str, dict[str, dict[str, float]]]:
    """Return group to model to key to mean."""
    return {
        group: {
            model: {key: round(mean(rows, model, key, group), 5) for key in keys}
            for model in names(rows, "model")
        }
        for group in names(rows, "group")
    }


def table(title: str, rows: Sequence[Row], keys: Sequence[str]) -> str:
    """Return a table with a line for each group and a column for each model."""
    models = names(rows, "model")
    head = [title, "images", *(f"{model}: {', '.join(keys)}" for model in models)]
    lines = ["| " + " | ".join(head) + " |", "|---|" + "--:|" * (len(head) - 1)]
    groups = names(rows, "group")
    for group in (*groups, None) if len(groups) > 1 else groups:
        count = len({(row["group"], row["image"]) for row in rows if group in (None, row["group"])})
        cells = [
            ", ".join(f"{mean(rows, model, key, group):.4g}" for key in keys) for model in models
        ]
        lines.append("| " + " | ".join([group or "all", str(count), *cells]) + " |")
    return "\n".join(lines)


def names(rows: Sequence[Row], key: str) -> list[str]:
    """Return what a column holds, each once, in order."""
    return list(dict.fromkeys(row[key] for row in rows))
