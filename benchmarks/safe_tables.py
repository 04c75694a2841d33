"""Tables of `benchmarks/safe.py`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from aim_tables import names

Row = dict[str, Any]


def rounds_text(rows: Sequence[Row]) -> str:
    """Return MSE after each round by group, arm and seed, means, and MAD after the last."""
    count = max(len(row["mse"]) for row in rows)
    head = ["MSE x 1000", "pictures", "arm", "seed", "first matte"]
    head += [*(f"round {number}" for number in range(1, count)), "MAD x 1000, after the last"]
    lines = ["| " + " | ".join(head) + " |", "|---|--:|---|" + "--:|" * (count + 2)]
    for group in names(rows, "group"):
        for arm in names(rows, "arm"):
            chosen = [row for row in rows if (row["group"], row["arm"]) == (group, arm)]
            for seed in (*names(chosen, "seed"), "mean"):
                own = [row for row in chosen if seed in ("mean", row["seed"])]
                means = [f"{each:.3f}" for each in np.mean([row["mse"] for row in own], axis=0)]
                means += [""] * (count - len(means))
                means.append(f"{np.mean([row['mad'][-1] for row in own]):.2f}")
                pictures = len({row["image"] for row in chosen})
                lines.append(
                    "| " + " | ".join([group, f"{pictures}", arm, f"{seed}", *means]) + " |"
                )
    return "\n".join(lines)


def flaws_text(rows: Sequence[Row]) -> str:
    """Return what there is to know of each model's uncertainty."""
    keys = list(rows[0])
    lines = ["| " + " | ".join(keys) + " |", "|---|" + "--:|" * (len(keys) - 1)]
    lines += ["| " + " | ".join(f"{row[key]}" for key in keys) + " |" for row in rows]
    return "\n".join(lines)


def groups_text(rows: Sequence[Row]) -> str:
    """Return how many people are found, by size of the group and model."""
    lines = ["| | pictures | model | people found | whole groups | IoU |"]
    lines.append("|---|--:|---|--:|--:|--:|")
    for group in (*names(rows, "group"), "all"):
        for model in names(rows, "model"):
            chosen = [
                row for row in rows if row["model"] == model and group in ("all", row["group"])
            ]
            found, people = (sum(row[key] for row in chosen) for key in ("found", "people"))
            whole = sum(row["found"] == row["people"] for row in chosen)
            mean = np.mean([row["iou"] for row in chosen])
            cells = [f"{len(chosen)}", model, f"{found} of {people}", f"{whole}", f"{mean:.3f}"]
            lines.append("| " + " | ".join([group, *cells]) + " |")
    return "\n".join(lines)


def speed_text(found: Mapping[str, Any]) -> str:
    """Return every time, and the ratio of the first model's median to the second's."""
    seconds: Mapping[str, Sequence[float]] = found["seconds"]
    columns = range(1, 1 + len(next(iter(seconds.values()))))
    lines = ["| seconds | " + " | ".join(f"run {n}" for n in columns) + " |"]
    lines.append("|---|" + "--:|" * len(columns))
    lines += [f"| {name} | " + " | ".join(map(str, row)) + " |" for name, row in seconds.items()]
    whole = [each for name, each in found["medians"].items() if name.endswith("end to end")]
    alone = [each for name, each in found["medians"].items() if name.endswith("the model")]
    return "\n".join(
        [
            *lines,
            "",
            f"{found['megapixels']:.2f} megapixels. Medians of safe / aim: "
            f"{whole[0] / whole[1]:.2f} end to end, {alone[0] / alone[1]:.2f} of the models alone.",
        ]
    )
