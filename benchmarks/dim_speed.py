"""How long `dim` takes beside closed-form matting: ours and PyMatting's, in one run.

    python benchmarks/dim_speed.py --megapixels 1 --unknown 15 --threads 2 --repeats 5

The picture is that of `benchmarks/solvers.py`.  Every repetition times each method once, in turn,
so that whatever else the machine does falls on all of them; imports and compilation are not
timed.  `dim` is timed from image and trimap to the finished matte.  Prints one JSON object.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

PEER = "PyMatting closed-form"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "PENUMBRA_THREADS")
"""Environment variables that say how many threads the libraries use, read when they start."""

Array = NDArray[Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--megapixels", type=float, default=1)
    parser.add_argument("--unknown", type=int, default=15, help="per cent")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--weights", type=Path, help="folder of the graph; default the package's")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(measure(arguments)))
        return
    command = [sys.executable, __file__, "--child", *sys.argv[1:]]
    threads = dict.fromkeys(THREADS, str(arguments.threads))
    subprocess.run(command, env=os.environ | threads, check=True)


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return every time in seconds, and the ratios of the times of each repetition."""
    from solvers import save_case, small_trimap

    with tempfile.TemporaryDirectory() as folder:
        case = Path(folder, "case")
        save_case(case, arguments.megapixels, arguments.unknown)
        image, trimap = np.load(f"{case}.image.npy"), np.load(f"{case}.trimap.npy")
    methods = calls(arguments)
    for method in methods.values():
        method(image[:24, :24].copy(), small_trimap())
    seconds: dict[str, list[float]] = {name: [] for name in methods}
    for _ in range(arguments.repeats):
        for name, method in methods.items():
            start = time.perf_counter()
            method(image, trimap)
            seconds[name].append(time.perf_counter() - start)
    ratios = np.divide(seconds[PEER], seconds["dim"])
    return {
        "megapixels": round(trimap.size / 1e6, 3),
        "unknown_share": round(float((trimap == 0.5).mean()), 3),
        "threads": arguments.threads,
        "seconds": {name: np.round(times, 3).tolist() for name, times in seconds.items()},
        "times as fast": np.round(ratios, 2).tolist(),
        "median": round(float(np.median(ratios)), 2),
    }


def speed_text(numbers: dict[str, Any]) -> str:
    """Return a table of what `measure` found."""
    columns = range(1, 1 + len(numbers["times as fast"]))
    lines = ["| seconds | " + " | ".join(f"run {n}" for n in columns) + " |"]
    lines.append("|---|" + "--:|" * len(columns))
    rows = {**numbers["seconds"], f"{PEER} / dim": numbers["times as fast"]}
    lines += [f"| {name} | " + " | ".join(map(str, row)) + " |" for name, row in rows.items()]
    lines += [
        "",
        f"{numbers['megapixels']:.2f} megapixels, {100 * numbers['unknown_share']:.0f} % unknown, "
        f"{numbers['threads']} threads; `dim` is {numbers['median']} times as fast (median).",
    ]
    return "\n".join(lines)


def calls(arguments: argparse.Namespace) -> dict[str, Callable[[Array, Array], object]]:
    """Return image, trimap -> matte, by name."""
    import cv2
    import pymatting
    from dim_networks import networks
    from dim_scenes import Scene

    from penumbra.solvers.closed_form import estimate_alpha_closed_form

    cv2.setNumThreads(arguments.threads)
    dim = networks(arguments.weights, arguments.threads)["dim"]
    return {
        "dim": lambda image, trimap: dim(Scene("speed", "speed", image, trimap, trimap)),
        "closed-form": estimate_alpha_closed_form,
        PEER: lambda image, trimap: pymatting.estimate_alpha_cf(
            image.astype(np.float64), trimap.astype(np.float64)
        ),
    }


if __name__ == "__main__":
    main()
