"""What tiles cost in accuracy, and what a very large photograph costs in memory.

    python benchmarks/tiles.py --data ../shared/data --json docs/benchmarks/tiles.json

With --weights FOLDER, what `penumbra export` wrote there is run and not the shipped weights.
DATA holds alphamatting_dev/, whose first photograph is enlarged; one is drawn when omitted.
Measured are

    memory     a photograph of --megapixels of which 3 % are unknown, the band around a disk: the
               largest resident memory of the whole process, photograph and trimap included
    tiles      the photograph of 12 megapixels with its own trimap: the largest difference between
               tiles and one look at everything, in levels of 255, outside the pixels where tiles
               pass into each other, and the share of unknown pixels above two levels
"""

import argparse
import json
import os
import platform
import resource
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import cv2
import numpy as np

from penumbra.core.arrays import RGB, Trimap
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.core.progress import listening
from penumbra.io import load_image, load_trimap, write_atomically
from penumbra.runtime.graph import Graph
from penumbra.systems.dim.card import DIM
from penumbra.systems.dim.options import Options
from penumbra.systems.dim.predictor import DimPredictor
from penumbra.systems.dim.system import weights_name
from penumbra.systems.dim.tiles import plan_tiles
from penumbra.weights import load_graph

SHARE = 0.03  # unknown, of the large photograph
COMPARED = 12e6  # pixels; larger ones do not fit into memory in one look
LEVEL = 1 / 255


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--weights", type=Path, help="folder of the graph; default the package's")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--megapixels", type=float, default=100)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    folder = arguments.weights
    graph = load_graph(weights_name(folder), threads=arguments.threads, folder=folder)
    # Memory first: a process remembers only the largest it ever had.
    rows = [memory(graph, arguments.data, 1e6 * arguments.megapixels)]
    print(json.dumps(rows[0]), flush=True)
    rows.append(tiles(graph, arguments.data))
    print(json.dumps(rows[1]), flush=True)
    if arguments.json:
        report = {
            "command": "python benchmarks/tiles.py --data ../shared/data",
            "date": date.today().isoformat(),
            "hardware": f"{os.cpu_count()} CPU cores, {platform.machine()}, no GPU",
            "rows": rows,
        }
        write_atomically(arguments.json, json.dumps(report, indent=1).encode() + b"\n")


def memory(graph: Graph, data: Path | None, pixels: float) -> dict[str, object]:
    """Return time and peak memory of a large photograph, and show how far it has come."""
    image = enlarged(picture(data)[0], pixels)
    trimap = banded(*image.shape[:2])
    unknown = float(np.count_nonzero(trimap == 0.5) / trimap.size)
    inputs = peak()
    began = time.perf_counter()
    with listening(lambda done, total: print(f"\r{done}/{total}", end="", file=sys.stderr)):
        matte(graph, image, trimap, Options())
    print(file=sys.stderr)
    return {
        "measure": "memory",
        "megapixels": round(trimap.size / 1e6, 1),
        "unknown": round(unknown, 4),
        "seconds": round(time.perf_counter() - began, 1),
        "inputs_gib": round(inputs, 2),
        "peak_gib": round(peak(), 2),
    }


def tiles(graph: Graph, data: Path | None) -> dict[str, object]:
    """Return how far tiles are from one look at everything."""
    small, its_trimap = picture(data)
    image = enlarged(small, COMPARED)
    height, width = image.shape[:2]
    trimap = cv2.resize(its_trimap, (width, height), interpolation=cv2.INTER_NEAREST)
    options = Options()
    parts = plan_tiles(trimap, options.tile, options.margin, options.fade)
    tiled = matte(graph, image, trimap, options)
    whole = matte(graph, image, trimap, replace(options, tile=-(-max(height, width) // 32) * 32))
    is_faded = np.zeros(trimap.shape, np.bool_)
    for part in parts:
        is_faded[part.kept] |= part.weights < 1
    is_unknown = trimap == 0.5
    error = np.abs(tiled.alpha - whole.alpha)
    return {
        "measure": "tiles",
        "megapixels": round(trimap.size / 1e6, 1),
        "unknown": round(float(is_unknown.mean()), 4),
        "tiles": len(parts),
        "largest_outside_fade": round(float(error[is_unknown & ~is_faded].max() / LEVEL), 3),
        "largest": round(float(error.max() / LEVEL), 3),
        "share_above_2": float((error[is_unknown] > 2 * LEVEL).mean()),
    }


def matte(graph: Graph, image: RGB, trimap: Trimap, options: Options) -> Matte:
    model = DimPredictor(DIM, graph, options)
    return model.decode(model.encode(image), Hints(trimap=trimap))


def picture(data: Path | None) -> tuple[RGB, Trimap]:
    """Return a photograph with its trimap, or noise with a disk."""
    if data is None:
        image = np.random.default_rng(1).random((600, 800, 3), dtype=np.float32)
        return cv2.GaussianBlur(image, (0, 0), 2), banded(600, 800)
    path = min((data / "alphamatting_dev" / "images").iterdir())
    return load_image(path), load_trimap(path.parents[1] / "trimap1" / path.name)


def enlarged(image: RGB, pixels: float) -> RGB:
    scale = (pixels / (image.shape[0] * image.shape[1])) ** 0.5
    height, width = (round(side * scale) for side in image.shape[:2])
    return np.asarray(cv2.resize(image, (width, height)), np.float32)


def banded(height: int, width: int) -> Trimap:
    """Return a disk in the middle with an unknown band of `SHARE` of the picture along it."""
    radius = 0.3 * min(height, width)
    band = SHARE * height * width / (2 * np.pi * radius)
    trimap = np.zeros((height, width), np.float32)
    centre = width // 2, height // 2
    cv2.circle(trimap, centre, round(radius), 1.0, cv2.FILLED)
    cv2.circle(trimap, centre, round(radius), 0.5, round(band))
    return trimap


def peak() -> float:
    """Largest resident memory of this process so far, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


if __name__ == "__main__":
    main()
