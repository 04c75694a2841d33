"""How close our solvers and PyMatting's come to measured mattes.

    python benchmarks/accuracy.py --data ../shared/data/alphamatting_dev \
        --output docs/benchmarks/accuracy

DATA holds images/, alpha/ and trimap1/ with equal stems, the layout of alphamatting.com's training
set.  Errors are summed over the unknown region of the trimap, whose known pixels are given to every
method; the printed numbers are means over the images.
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from penumbra.core.arrays import RGB, Alpha, Trimap
from penumbra.io import load_alpha, load_image, load_trimap
from penumbra.metrics.alpha import mad, mse, sad
from penumbra.metrics.connectivity import connectivity_error
from penumbra.metrics.gradient import gradient_error_adobe
from penumbra.solvers.closed_form import estimate_alpha_closed_form
from penumbra.solvers.knn import estimate_alpha_knn
from penumbra.solvers.random_walk import estimate_alpha_random_walk
from penumbra.solvers.shared import estimate_alpha_shared

Solver = Callable[[RGB, Trimap], Alpha]

OURS: dict[str, Solver] = {
    "closed-form (fast, the default)": estimate_alpha_closed_form,
    "closed-form (exact)": lambda image, trimap: estimate_alpha_closed_form(image, trimap, "exact"),
    "knn": estimate_alpha_knn,
    "shared": estimate_alpha_shared,
    "random-walk": estimate_alpha_random_walk,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--output", type=Path, help="writes OUTPUT.json and OUTPUT.md")
    parser.add_argument("--methods", nargs="+", help="names, ours or pymatting's; default all")
    arguments = parser.parse_args()
    solvers = OURS | pymatting_solvers()
    rows: list[dict[str, Any]] = []
    for path in sorted((arguments.data / "images").iterdir()):
        image = load_image(path)
        trimap = load_trimap(arguments.data / "trimap1" / f"{path.stem}.png")
        truth = load_alpha(arguments.data / "alpha" / f"{path.stem}.png")
        for name in arguments.methods or solvers:
            rows.append({"image": path.stem, "method": name})
            rows[-1] |= measure(solvers[name], image, trimap, truth)
            print(json.dumps(rows[-1]), flush=True)
    table = markdown(rows)
    print(table)
    if arguments.output:
        write(arguments.output, rows, table, arguments.data)


def measure(solver: Solver, image: RGB, trimap: Trimap, truth: Alpha) -> dict[str, float]:
    start = time.perf_counter()
    alpha = solver(image, trimap)
    seconds = time.perf_counter() - start
    region = trimap == 0.5
    return {
        "megapixels": round(trimap.size / 1e6, 3),
        "unknown_share": round(float(region.mean()), 3),
        "sad": sad(alpha, truth, region),
        "mad": mad(alpha, truth, region),
        "mse": mse(alpha, truth, region),
        "gradient": gradient_error_adobe(alpha, truth, region),
        "connectivity": connectivity_error(alpha, truth, region),
        "seconds": round(seconds, 3),
    }


def pymatting_solvers() -> dict[str, Solver]:
    """PyMatting's estimators under the same face; float64, as they want it."""
    import pymatting

    def wrapped(function: Callable[..., Any]) -> Solver:
        return lambda image, trimap: function(
            image.astype(np.float64), trimap.astype(np.float64)
        ).astype(np.float32)

    return {
        "PyMatting closed-form": wrapped(pymatting.estimate_alpha_cf),
        "PyMatting knn": wrapped(pymatting.estimate_alpha_knn),
        "PyMatting random-walk": wrapped(pymatting.estimate_alpha_rw),
    }


def markdown(rows: list[dict[str, Any]]) -> str:
    """One line a method: means over the images."""
    lines = [
        "| method | SAD /1000 | MAD | MSE | Grad /1000 | Conn /1000 | time / PyMatting cf |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]

    def mean(method: str, key: str) -> float:
        return float(np.mean([row[key] for row in rows if row["method"] == method]))

    reference = "PyMatting closed-form"
    methods = list(dict.fromkeys(row["method"] for row in rows))
    for method in methods:
        ratio = "-"
        if reference in methods:
            ratio = f"{mean(method, 'seconds') / mean(reference, 'seconds'):.2f}"
        lines.append(
            f"| {method} | {mean(method, 'sad') / 1000:.3f} | {mean(method, 'mad'):.4f} "
            f"| {mean(method, 'mse'):.5f} | {mean(method, 'gradient') / 1000:.3f} "
            f"| {mean(method, 'connectivity') / 1000:.3f} | {ratio} |"
        )
    return "\n".join(lines)


def write(output: Path, rows: list[dict[str, Any]], table: str, data: Path) -> None:
    images = len({row["image"] for row in rows})
    report = {
        "command": f"python benchmarks/accuracy.py --data {data.name}",
        "date": date.today().isoformat(),
        "hardware": f"{os.cpu_count()} CPU cores, {platform.machine()}, no GPU",
        "versions": {name: version(name) for name in ("numpy", "scipy", "pymatting")},
        "images": images,
        "rows": rows,
    }
    output.parent.mkdir(parents=True, exist_ok=True)
    output.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n")
    output.with_suffix(".md").write_text(
        f"<!-- made by `{report['command']}` on {report['date']}, {images} images, "
        f"{report['hardware']} -->\n\n{table}\n"
    )


if __name__ == "__main__":
    main()
