"""Tables and plots of `benchmarks/dfimat.py`."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from aim_tables import names

from penumbra.metrics.interaction import number_of_clicks

Row = dict[str, Any]

KEYS = ("sad", "mse", "grad", "conn", "iou")
TARGETS = (0.85, 0.9)
MOST = 20


def talks_text(rows: Sequence[Row]) -> str:
    """Return means after the last round, and SAD and IoU after each, by group and protocol."""
    lines = [
        "| | pictures | model | input | SAD | MSE x 100 | Grad | Conn | IoU | SAD by round "
        "| IoU by round |",
        "|---|--:|---|---|--:|--:|--:|--:|--:|---|---|",
    ]
    for group in names(rows, "group"):
        for model in names(rows, "model"):
            for protocol in names(rows, "protocol"):
                chosen = _chosen(rows, group=group, model=model, protocol=protocol)
                if not chosen:
                    continue
                curves = {key: np.mean([row[key] for row in chosen], axis=0) for key in KEYS}
                last = " | ".join(f"{curves[key][-1]:.4g}" for key in KEYS)
                by_round = " | ".join(
                    ", ".join(f"{it:.4g}" for it in curves[key]) for key in ("sad", "iou")
                )
                lines.append(
                    f"| {group} | {len(chosen)} | {model} | {protocol} | {last} | {by_round} |"
                )
    return "\n".join(lines)


def clicked_text(rows: Sequence[Row]) -> str:
    """Return clicks until the IoU is reached, one click a step and three."""
    head = [f"NoC@{100 * it:.0f}, never" for it in TARGETS]
    by_threes = [f"NoC_3@{100 * it:.0f}" for it in TARGETS]
    lines = [
        "| "
        + " | ".join(["", "pictures", "model", *head, *by_threes, "IoU after 1, 3, 5, 10, 20"])
        + " |",
        "|---|--:|---|" + "--:|" * (2 * len(TARGETS)) + "---|",
    ]
    for group in names(rows, "group"):
        for model in names(rows, "model"):
            chosen = [row["iou"] for row in _chosen(rows, group=group, model=model)]
            threes = [row["iou by threes"] for row in _chosen(rows, group=group, model=model)]
            found = [number_of_clicks(chosen, it, MOST) for it in TARGETS]
            third = [number_of_clicks(threes, it, 15, 3).mean for it in TARGETS]
            curves = [each + each[-1:] * (MOST - len(each)) for each in chosen]
            mean = np.mean([each[:MOST] for each in curves], axis=0)
            cells = [f"{it.mean:.2f}, {it.failures}" for it in found]
            cells += [f"{it:.2f}" for it in third]
            cells.append(", ".join(f"{mean[i - 1]:.3f}" for i in (1, 3, 5, 10, 20)))
            lines.append(f"| {group} | {len(chosen)} | {model} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def words_text(rows: Sequence[Row]) -> str:
    """Return how often words find whom they mean."""
    lines = [
        "| people | sentences | right | flagged | swapped | swapped right | of nobody | flagged |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for many in (*sorted({row["people"] for row in rows}), None):
        chosen = [row for row in rows if many in (None, row["people"]) and row["people"] > 1]
        if not chosen:
            continue
        said = [row for row in chosen if row["person"] is not None]
        swaps = [row for row in said if row["swapped"] is not None]
        nobody = [row for row in chosen if row["person"] is None]
        right = _share(it["found"] == it["person"] for it in said)
        turned = _share(it["found swapped"] == it["swapped"] for it in swaps)
        flagged = _share(it["is flagged"] for it in nobody)
        lines.append(
            f"| {many or 'all'} | {len(said)} | {right} "
            f"| {_share(it['is flagged'] for it in said)} | {len(swaps)} | {turned} "
            f"| {len(nobody)} | {flagged} |"
        )
    return "\n".join(lines)


def each_text(rows: Sequence[Row]) -> str:
    """Return how often people are counted rightly."""
    right = sum(row["found"] == row["people"] for row in rows)
    overlaps = [it for row in rows for it in row["best iou"]]
    return (
        f"The count is right in {right} of {len(rows)} pictures of "
        f"{min(row['people'] for row in rows)} to {max(row['people'] for row in rows)} people; "
        f"{sum(it >= 0.5 for it in overlaps)} of {len(overlaps)} people have an alpha with an IoU "
        f"of 0.5 or more (mean of all {np.mean(overlaps):.3f}); alphas add up to at most "
        f"{max(row['most opaque'] for row in rows):.6f}."
    )


def speed_text(found: dict[str, Any]) -> str:
    """Return medians, and each round as a share of doing everything again."""
    medians = found["medians"]
    lines = ["| | ms | of uncached |", "|---|--:|--:|"]
    for name, median in medians.items():
        whole = medians.get(f"{name}, uncached")
        lines.append(f"| {name} | {median} | {'' if whole is None else f'{median / whole:.3f}'} |")
    return "\n".join(lines)


def rounds_plot(path: Path, rows: Sequence[Row]) -> None:
    """Draw SAD over rounds, a line for each protocol and model; a panel for each group."""
    from matplotlib.figure import Figure

    groups = names(rows, "group")
    figure = Figure(figsize=(5 * len(groups), 4), layout="constrained")
    for axes, group in zip(np.atleast_1d(figure.subplots(1, len(groups))), groups, strict=True):
        for model in names(rows, "model"):
            for protocol in names(rows, "protocol"):
                chosen = _chosen(rows, group=group, model=model, protocol=protocol)
                if chosen:
                    mean = np.mean([row["sad"] for row in chosen], axis=0)
                    axes.plot(
                        range(1, len(mean) + 1), mean, marker="o", label=f"{model}, {protocol}"
                    )
        axes.set(
            title=group, xlabel="round", ylabel="SAD / 1000", xticks=range(1, 6), ylim=(0, None)
        )
        axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})


def _chosen(rows: Sequence[Row], **wanted: str) -> list[Row]:
    return [row for row in rows if all(row[key] == value for key, value in wanted.items())]


def _share(answers: Iterable[bool]) -> str:
    values = list(answers)
    return f"{np.mean(values):.3f}" if values else ""
