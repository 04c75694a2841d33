"""Tables and plots of `benchmarks/clicks.py`."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from aim_tables import names

from penumbra.metrics.interaction import number_of_clicks
from penumbra.metrics.uncertainty import Sparsification

Row = dict[str, Any]

FEW = 0.56  # clicks a picture: the mean of the paper's Table 1
CLOSE = 1.1  # times the SAD after all clicks

ERRORS = ("sad", "mse", "grad")

UNDOUBTED = "8 windows, doubted first"
"""A way to refine with the uncertainty on the clock, too, without which no window is chosen."""

MENDED = "8 that polish mends most"
"""By what nothing but the truth knows: within a few percent what a ranking can bring at most."""

WHOLE = "whole picture"


def hints_text(rows: Sequence[Row]) -> str:
    """Return means by group, and SAD where only the worst pictures get a click."""
    lines = ["| | pictures | IoU of turned clicks | SAD without | after 1, 2, 3, 4, 5 clicks |"]
    lines.append("|---|--:|--:|--:|--:|")
    for group in names(rows, "group"):
        chosen = [row for row in rows if row["group"] == group]
        turned = [it["iou of turned clicks"] for it in chosen]
        turned = [each for each in turned if each is not None]
        errors = np.mean([row["sad"] for row in chosen], axis=0)
        after = ", ".join(f"{each:.2f} ({each / errors[0]:.2f})" for each in errors[1:])
        lines.append(
            f"| {group} | {len(chosen)} | {np.mean(turned):.3f} (of {len(turned)}) | "
            f"{errors[0]:.2f} | {after} |"
        )
    for group in names(rows, "group"):
        chosen = [row for row in rows if row["group"] == group]
        limit, clicks, ratio = few_clicks(chosen)
        lines += [
            "",
            f"{group}: with a click only while the MAD is above {limit:.4f}, {clicks:.2f} clicks a "
            f"picture, SAD is {ratio:.3f} of that without any.",
        ]
    return "\n".join(lines)


def ordering_text(rows: Sequence[Row]) -> str:
    """Return the rows No-Hints, Hints-Train and Hints-TrainTest of each group and seed."""
    lines = ["| | pictures | seed | No-Hints | Hints-Train | Hints-TrainTest | its clicks |"]
    lines.append("|---|--:|--:|--:|--:|--:|--:|")
    for group in names(rows, "group"):
        found = []
        for seed in names(rows, "seed"):
            chosen = [row for row in rows if (row["group"], row["seed"]) == (group, seed)]
            hinted = [row for row in chosen if row["model"] == "with"]
            plain = [row["sad"][0] for row in chosen if row["model"] == "without"]
            _, clicks, ratio = few_clicks(hinted)
            untold = float(np.mean([row["sad"][0] for row in hinted]))
            found.append((float(np.mean(plain)), untold, ratio * untold, clicks))
            numbers = " | ".join(f"{each:.2f}" for each in found[-1])
            lines.append(f"| {group} | {len(plain)} | {seed} | {numbers} |")
        numbers = " | ".join(f"{each:.2f}" for each in np.mean(found, axis=0))
        lines.append(f"| {group} | {len(plain)} | mean | {numbers} |")
    return "\n".join(lines)


def few_clicks(rows: Sequence[Row]) -> tuple[float, float, float]:
    """Return the MAD above which is clicked, clicks a picture, and the SAD they leave.

    The limit is the one of those that occur whose mean number of clicks is nearest to the paper's.
    """
    errors = [np.array(row["sad"]) * 1000 / row["pixels"] for row in rows]
    limits = np.unique(np.concatenate(errors))
    stops = {
        float(limit): [int(np.argmax(each <= limit)) if (each <= limit).any() else len(each) - 1
                       for each in errors]
        for limit in limits
    }  # fmt: skip
    limit = min(stops, key=lambda it: abs(float(np.mean(stops[it])) - FEW))
    left = [row["sad"][stop] for row, stop in zip(rows, stops[limit], strict=True)]
    ratio = float(np.mean(left) / np.mean([row["sad"][0] for row in rows]))
    return limit, float(np.mean(stops[limit])), ratio


def robot_text(rows: Sequence[Row]) -> str:
    """Return numbers of clicks by group and model."""
    lines = [
        "| | pictures | model | NoC@85 | NoC@90 | never 90 | SAD after 1, 3, 5, 10, 20 "
        "| clicks until SAD is close to the last |",
        "|---|--:|---|--:|--:|--:|--:|--:|",
    ]
    for group in names(rows, "group"):
        for model in names(rows, "model"):
            chosen = [row for row in rows if (row["group"], row["model"]) == (group, model)]
            noc = [number_of_clicks([it["iou"] for it in chosen], aim) for aim in (0.85, 0.9)]
            sad = np.mean([row["sad"] for row in chosen], axis=0)
            after = ", ".join(f"{sad[number - 1]:.2f}" for number in (1, 3, 5, 10, 20))
            lines.append(
                f"| {group} | {len(chosen)} | {model} | {noc[0].mean:.2f} | {noc[1].mean:.2f} | "
                f"{noc[1].failures} | {after} | {_clicks_to_the_last(chosen):.2f} |"
            )
    return "\n".join(lines)


def _clicks_to_the_last(rows: Sequence[Row]) -> float:
    """Return after how many clicks SAD is within a tenth of the last; the sheet, section 9.5."""
    errors = np.array([row["sad"] for row in rows])
    is_close = errors <= CLOSE * errors[:, -1:]
    return float(np.mean(is_close.argmax(axis=1) + 1))


def robot_plot(path: Path, rows: Sequence[Row]) -> None:
    """Draw SAD by clicks, a line for each group and model."""
    groups, models = names(rows, "group"), names(rows, "model")
    lines = {}
    for group in groups:
        for model in models:
            chosen = [row["sad"] for row in rows if (row["group"], row["model"]) == (group, model)]
            lines[f"{model}, {group}"] = np.mean(chosen, axis=0)
    clicks = range(1, 1 + len(next(iter(lines.values()))))
    _plot(path, {name: (clicks, line) for name, line in lines.items()}, "clicks", "SAD / 1000")


def doubt_text(rows: Sequence[Row]) -> str:
    """Return what there is to know of the uncertainty, by clicks before."""
    keys = [key for key in rows[0] if not key.startswith("curve")]
    lines = ["| " + " | ".join(keys) + " |", "|" + "--:|" * len(keys)]
    lines += ["| " + " | ".join(str(row[key]) for key in keys) + " |" for row in rows]
    return "\n".join(lines)


def sparsification_plot(path: Path, curves: Sparsification, noise: Sparsification) -> None:
    """Draw the error that is left without the most uncertain pixels."""
    lines = {
        "uncertainty": (curves.shares, curves.by_uncertainty),
        "oracle": (curves.shares, curves.oracle),
        "noise": (curves.shares, noise.by_uncertainty),
    }
    _plot(path, lines, "share of pixels taken away", "MSE of the rest / MSE of all")


def refine_text(rows: Sequence[Row]) -> str:
    """Return means of each way to refine, and what it buys a second, by clicks before."""
    head = ["clicks", "", "windows", "SAD", "MSE", "Grad", "ms"]
    head += [f"{name} bought a second" for name in ("SAD", "MSE x 1000", "Grad")]
    lines = ["| " + " | ".join(head) + " |", "|--:|---|" + "--:|" * 8]
    for clicks, chosen in _by_clicks(rows):
        for way in names(chosen, "way"):
            found = {key: _mean(chosen, way, key) for key in ("windows", *ERRORS, "seconds")}
            cells = [f"{found['windows']:.1f}", f"{found['sad']:.4f}", f"{found['mse']:.6f}"]
            cells += [f"{found['grad']:.4f}", f"{1000 * found['seconds']:.1f}"]
            for key, bought in _bought(chosen, way).items():
                bought *= (1000 if key == "mse" else 1) / max(found["seconds"], 1e-9)
                cells.append("" if way == "0 windows" else f"{bought:.3f}")
            lines.append(f"| {clicks} | {way} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def worth_text(groups: Mapping[str, Sequence[Row]]) -> str:
    """Return what eight windows bring and cost, with the whole picture for 1, by group."""
    head = ["", "clicks", "", "time", "SAD, MSE, Grad bought", "bought a second"]
    lines = ["Of what polish of the whole picture brings and costs:", ""]
    lines += ["| " + " | ".join(head) + " |", "|---|--:|---|" + "--:|" * 3]
    for group, rows in groups.items():
        for clicks, chosen in _by_clicks(rows):
            seconds, whole = _mean(chosen, WHOLE, "seconds"), _bought(chosen, WHOLE)
            for way in ("8 windows", UNDOUBTED, MENDED):
                time = _mean(chosen, way, "seconds") / seconds
                shares = [each / whole[key] for key, each in _bought(chosen, way).items()]
                cells = [f"{time:.4f}", ", ".join(f"{share:.3f}" for share in shares)]
                cells.append(", ".join(f"{share / time:.2f}" for share in shares))
                lines.append(f"| {group} | {clicks} | {way} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _by_clicks(rows: Sequence[Row]) -> Iterator[tuple[int, list[Row]]]:
    for clicks in dict.fromkeys(row["clicks"] for row in rows):
        yield clicks, [row for row in rows if row["clicks"] == clicks]


def _bought(rows: Sequence[Row], way: str) -> dict[str, float]:
    """Return by how much a way to refine makes errors smaller."""
    return {key: _mean(rows, "0 windows", key) - _mean(rows, way, key) for key in ERRORS}


def natural_text(rows: Sequence[Row]) -> str:
    """Return clicks of each photograph."""
    lines = ["| | closed-form with trimap | SAD after 0, 1, 2, 5, 10, 20 clicks | clicks |"]
    lines.append("|---|--:|--:|--:|")
    for row in rows:
        sad = row["sad"] + [row["sad"][-1]] * 20
        after = ", ".join(f"{sad[number]:.2f}" for number in (0, 1, 2, 5, 10, 20))
        reached = "never" if row["clicks"] is None else row["clicks"]
        lines.append(f"| {row['image']} | {row['closed-form with trimap']} | {after} | {reached} |")
    mean = np.mean([20 if row["clicks"] is None else row["clicks"] for row in rows])
    return "\n".join([*lines, "", f"{mean:.1f} clicks on average, 20 where it is never reached."])


def speed_text(found: Mapping[str, Any]) -> str:
    """Return medians."""
    lines = ["| | ms |", "|---|--:|"]
    lines += [f"| {name} | {each} |" for name, each in found["milliseconds"].items()]
    ratio = found["a click / the whole pass"]
    return "\n".join([*lines, "", f"A click takes {ratio} of a whole pass."])


def _mean(rows: Sequence[Row], way: str, key: str) -> float:
    return float(np.mean([row[key] for row in rows if row["way"] == way]))


def _plot(path: Path, lines: Mapping[str, tuple[Any, Any]], across: str, up: str) -> None:
    """Draw lines; the same numbers give the same file."""
    import matplotlib
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.5, 4), layout="constrained")
    axes = figure.add_subplot()
    for name, (x, y) in lines.items():
        axes.plot(list(x), list(y), label=name)
    axes.set(xlabel=across, ylabel=up, ylim=(0, None))
    axes.grid(alpha=0.3)
    axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    with matplotlib.rc_context({"svg.hashsalt": "penumbra", "svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None})
