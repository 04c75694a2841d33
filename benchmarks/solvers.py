"""Our solvers against PyMatting's: seconds, peak memory and error, in one run.

    python benchmarks/solvers.py --output docs/benchmarks/solvers
    python benchmarks/solvers.py --megapixels 0.25 1 --unknown 15 40 --methods closed-form

The photograph is scikit-image's astronaut, enlarged with a little noise (a picture that is
only interpolated would be too easy), with an unknown band of the asked share around a GrabCut
outline.  Every measurement runs in a process of its own, so that peak memory is its own; calls
are timed after a small warm-up, so that neither imports nor PyMatting's compilation count.
The error is the mean absolute difference to PyMatting's answer over the unknown pixels.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

MEMORY_LIMIT = 14 << 30  # bytes; of a 24 GB machine
# Our method: (PyMatting's method it is compared with, PyMatting's function)
PEERS = {
    "closed-form fast": "pymatting closed-form",
    "closed-form exact": "pymatting closed-form",
    "knn": "pymatting knn",
    "random-walk": "pymatting random-walk",
    "shared": None,
    "foreground": "pymatting foreground",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--megapixels", type=float, nargs="+", default=[0.25, 1, 4, 12])
    parser.add_argument("--unknown", type=int, nargs="+", default=[5, 15, 40], help="per cent")
    parser.add_argument("--methods", nargs="+", default=list(PEERS))
    parser.add_argument("--repeats", type=int, default=3, help="the fastest call counts")
    parser.add_argument("--limit", type=float, default=200, help="seconds before giving up")
    parser.add_argument("--output", type=Path, help="writes OUTPUT.json and OUTPUT.svg")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        measure(*arguments.child, repeats=arguments.repeats)
        return
    rows = []
    unfinished: set[tuple[str, int]] = set()  # larger pictures are not tried again
    for megapixels in sorted(arguments.megapixels):
        for share in sorted(arguments.unknown):
            with tempfile.TemporaryDirectory() as folder:
                case = Path(folder, "case")
                save_case(case, megapixels, share)
                rows += run_case(case, megapixels, share, arguments, unfinished)
    if arguments.output:
        write(arguments.output, rows, arguments)


def run_case(
    case: Path,
    megapixels: float,
    share: int,
    arguments: argparse.Namespace,
    unfinished: set[tuple[str, int]],
) -> list[dict[str, Any]]:
    wanted = [PEERS[m] for m in arguments.methods if PEERS[m]]
    rows = []
    answers: dict[str, Array] = {}
    for method in [*dict.fromkeys(wanted), *arguments.methods]:
        row: dict[str, Any] = {"method": method, "megapixels": megapixels, "unknown": share}
        if any(name == method and old <= share for name, old in unfinished):
            row["status"] = "not tried: a smaller case ran out of time"
        else:
            row |= run_child(method, case, arguments)
            if row["status"] == "ok":
                answers[method] = np.load(case.with_name(f"{method}.npy"))
            else:
                unfinished.add((method, share))
        peer = PEERS.get(method)
        if peer in answers and method in answers:
            row["error"] = float(np.abs(answers[method] - answers[peer]).mean())
            row["largest_error"] = float(np.abs(answers[method] - answers[peer]).max())
            other = next(r for r in rows if r["method"] == peer)
            row["speed_ratio"] = round(other["seconds"] / row["seconds"], 2)
            row["memory_ratio"] = round(row["peak_mb"] / other["peak_mb"], 3)
        print(json.dumps(row), flush=True)
        rows.append(row)
    return rows


def run_child(method: str, case: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    output = case.with_name(f"{method}.npy")
    command = [sys.executable, __file__, "--repeats", str(arguments.repeats)]
    command += ["--child", method, str(case), str(output)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=arguments.limit, check=False
        )
    except subprocess.TimeoutExpired:
        return {"status": f"did not finish in {arguments.limit:g} s"}
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["killed"])[-1]
        return {"status": f"failed with exit status {done.returncode}: {last}"}
    return {"status": "ok", **json.loads(done.stdout.splitlines()[-1])}


def measure(method: str, case: str, output: str, repeats: int) -> None:
    """In the child: time one method on one case and print what it took."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    image, trimap = np.load(case + ".image.npy"), np.load(case + ".trimap.npy")
    call = solver(method)
    call(image[:24, :24].copy(), small_trimap())
    imports = peak_mb()
    seconds = []
    while len(seconds) < repeats and sum(seconds) < 10:
        start = time.perf_counter()
        answer = call(image, trimap)
        seconds.append(time.perf_counter() - start)
    peak = peak_mb()
    np.save(output, answer[trimap == 0.5])
    row = {"seconds": round(min(seconds), 4), "calls": len(seconds)}
    row |= {"peak_mb": round(peak), "imports_mb": round(imports)}
    print(json.dumps(row))


def solver(method: str) -> Callable[[Array, Array], Array]:
    """Return image, trimap -> alpha (or foreground, which is given the trimap as its matte)."""
    if method.startswith("pymatting"):
        import pymatting

        function = {
            "pymatting closed-form": pymatting.estimate_alpha_cf,
            "pymatting knn": pymatting.estimate_alpha_knn,
            "pymatting random-walk": pymatting.estimate_alpha_rw,
            "pymatting foreground": pymatting.estimate_foreground_ml,
        }[method]
        return lambda image, trimap: function(image.astype(np.float64), trimap.astype(np.float64))
    if method.startswith("closed-form"):
        from penumbra.solvers.closed_form import estimate_alpha_closed_form

        mode: Any = method.split()[1]
        return lambda image, trimap: estimate_alpha_closed_form(image, trimap, mode)
    if method == "knn":
        from penumbra.solvers.knn import estimate_alpha_knn

        return estimate_alpha_knn
    if method == "random-walk":
        from penumbra.solvers.random_walk import estimate_alpha_random_walk

        return estimate_alpha_random_walk
    if method == "shared":
        from penumbra.solvers.shared import estimate_alpha_shared

        return estimate_alpha_shared
    from penumbra.solvers.foreground import estimate_foreground

    return lambda image, trimap: estimate_foreground(image, trimap)[0]


def save_case(path: Path, megapixels: float, share: int) -> None:
    """Write image and trimap of one size and unknown share."""
    import cv2
    from skimage import data

    photo = data.astronaut()
    mask = np.zeros(photo.shape[:2], np.uint8)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)
    cv2.grabCut(
        np.ascontiguousarray(photo[:, :, ::-1]),
        mask,
        (20, 5, 460, 500),
        *models,
        5,
        cv2.GC_INIT_WITH_RECT,
    )
    side = round((megapixels * 2**20) ** 0.5)
    image = cv2.resize(photo, (side, side), interpolation=cv2.INTER_CUBIC) / np.float32(255)
    if side > photo.shape[0]:
        image += np.random.default_rng(0).normal(0, 1.5 / 255, image.shape).astype(np.float32)
    inside = cv2.resize(mask % 2, (side, side), interpolation=cv2.INTER_NEAREST)
    distance = np.where(
        inside > 0,
        cv2.distanceTransform(inside, cv2.DIST_L2, 5),
        cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5),
    )
    is_unknown = distance <= np.quantile(distance, share / 100)
    trimap = np.where(is_unknown, 0.5, inside).astype(np.float32)
    np.save(f"{path}.image.npy", np.clip(image, 0, 1).astype(np.float32, copy=False))
    np.save(f"{path}.trimap.npy", trimap)


def small_trimap() -> Array:
    trimap = np.full((24, 24), 0.5, np.float32)
    trimap[:6], trimap[-6:] = 0, 1
    return trimap


def peak_mb() -> float:
    """Most memory this process ever held; on Linux getrusage would count its parent's too."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def write(output: Path, rows: list[dict[str, Any]], arguments: argparse.Namespace) -> None:
    names = ["numpy", "scipy", "opencv-python-headless", "pymatting", "numba"]
    report = {
        "command": "python benchmarks/solvers.py " + " ".join(sys.argv[1:]),
        "date": date.today().isoformat(),
        "hardware": f"{os.cpu_count()} CPU cores, {platform.machine()}, no GPU",
        "versions": {name: version(name) for name in names},
        "repeats": arguments.repeats,
        "limit_seconds": arguments.limit,
        "rows": rows,
    }
    output.parent.mkdir(parents=True, exist_ok=True)
    output.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n")
    plot(output.with_suffix(".svg"), rows)


def plot(path: Path, rows: list[dict[str, Any]]) -> None:
    """Speed and memory as ratios to PyMatting, by unknown pixels."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (speed, memory) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    for method in PEERS:
        points = sorted(
            (row["megapixels"] * row["unknown"] / 100, row["speed_ratio"], row["memory_ratio"])
            for row in rows
            if row["method"] == method and "speed_ratio" in row
        )
        if points:
            x, times_faster, memory_share = zip(*points, strict=True)
            speed.plot(x, times_faster, "o-", label=method)
            memory.plot(x, memory_share, "o-", label=method)
    for axes, title in (
        (speed, "times as fast as PyMatting"),
        (memory, "peak memory / PyMatting's"),
    ):
        axes.set(xscale="log", xlabel="unknown megapixels", title=title)
        axes.axhline(1, color="0.6", lw=1)
        axes.grid(alpha=0.3)
        axes.legend()
    speed.set_yscale("log")
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
