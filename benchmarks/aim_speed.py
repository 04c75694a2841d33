"""How long `aim` takes for a photograph of one megapixel, beside a network of U^2-Netp's shape.

    python benchmarks/aim_speed.py --repeats 5 --threads 2

The photograph is scikit-image's astronaut at 1024 x 1024 pixels, as a JPEG.  "end to end" is from
the file to a PNG with estimated colours in memory: decode, matte, foreground, encode.  Every
repetition times each thing once, in turn, so that whatever else the machine does falls on all of
them.  The peer sees 320 x 320 pixels, as rembg runs it.  Memory is that of the whole
process after the first photograph, before the peer is loaded.  "the model" is everything from the
photograph's pixels to alpha, with both looks and all resizing; "the peer" is its graph alone.
Prints one JSON object.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

PEER = "U^2-Netp's shape"
WHOLE = "aim, end to end"
MODEL = "aim, the model"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PENUMBRA_THREADS")
"""Environment variables that say how many threads the libraries use, read when they start."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--side", type=int, default=1024)
    parser.add_argument("--weights", type=Path, help="folder of the graph; default the package's")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        print(json.dumps(measure(arguments)))
        return
    with tempfile.TemporaryDirectory() as folder:
        costs = prepare(Path(folder), arguments.side)
        command = [sys.executable, __file__, "--child", folder, *sys.argv[1:]]
        threads = dict.fromkeys(THREADS, str(arguments.threads))
        done = subprocess.run(
            command, env=os.environ | threads, stdout=subprocess.PIPE, text=True, check=True
        )
    print(json.dumps(json.loads(done.stdout) | {"gmac": costs}))


def prepare(folder: Path, side: int) -> dict[str, float]:
    """Write the photograph and the peer, and return what both networks cost in GMAC.

    Done in a process of its own, since torch is needed for it and not for what is measured.
    """
    import torch
    from skimage import data
    from torch import nn
    from torch.utils.flop_counter import FlopCounterMode
    from u2netp import SIDE, U2Netp, write_graph

    from penumbra.core.resample import resize
    from penumbra.io import save_image
    from penumbra.systems.aim.config import S
    from penumbra.systems.aim.network import AimNetwork
    from penumbra.systems.aim.options import SHIPPED
    from penumbra.systems.aim.sizes import size_seen

    photograph = (data.astronaut() / 255).astype(np.float32)
    save_image(folder / "photo.jpg", np.clip(resize(photograph, side, side), 0, 1))
    write_graph(folder / "peer.onnx")

    def cost(network: nn.Module, *size: int) -> float:
        counter = FlopCounterMode(display=False)
        with torch.no_grad(), counter:
            network.eval()(torch.zeros(1, 3, *size))
        return counter.get_total_flops() / 2e9

    both = (size_seen((side, side), SHIPPED, is_local=is_local) for is_local in (False, True))
    ours = sum(cost(AimNetwork(S), *size) for size in both)
    return {PEER: round(cost(U2Netp(), SIDE, SIDE), 2), MODEL: round(ours, 2)}


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return every time in seconds, the ratio of the models' times, and the memory."""
    import cv2
    import onnxruntime
    from aim_models import network

    from penumbra.io import encode_cutout, read_photograph
    from penumbra.session.cutout import lift

    cv2.setNumThreads(arguments.threads)
    file, model = arguments.child / "photo.jpg", network(arguments.weights)

    def whole() -> bytes:
        photograph = read_photograph(file)
        return encode_cutout(lift(photograph.rgb, model(photograph.rgb)), ".png", photograph)

    whole()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    image = read_photograph(file).rgb
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    peer = onnxruntime.InferenceSession(arguments.child / "peer.onnx", options)
    seen = np.zeros(peer.get_inputs()[0].shape, np.float32)
    calls: dict[str, Callable[[], object]] = {
        WHOLE: whole,
        MODEL: lambda: model(image),
        PEER: lambda: peer.run(None, {"image": seen}),
    }
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        call()
    for _ in range(arguments.repeats):
        for name, call in calls.items():
            start = time.perf_counter()
            call()
            seconds[name].append(time.perf_counter() - start)
    ratios = np.divide(seconds[MODEL], seconds[PEER])
    return {
        "megapixels": round(image.shape[0] * image.shape[1] / 1e6, 3),
        "threads": arguments.threads,
        "seconds": {name: np.round(times, 3).tolist() for name, times in seconds.items()},
        "model / peer": np.round(ratios, 2).tolist(),
        "median": round(float(np.median(ratios)), 2),
        "peak memory, MiB": round(peak),
    }


def speed_text(numbers: dict[str, Any]) -> str:
    """Return a table of what was measured."""
    columns = range(1, 1 + len(numbers["model / peer"]))
    lines = ["| seconds | GMAC | " + " | ".join(f"run {n}" for n in columns) + " |"]
    lines.append("|---|" + "--:|" * (len(columns) + 1))
    costs = numbers["gmac"]
    lines += [
        f"| {name} | {costs.get(name, '')} | " + " | ".join(map(str, row)) + " |"
        for name, row in numbers["seconds"].items()
    ]
    lines += [
        "| the model / the peer | | " + " | ".join(map(str, numbers["model / peer"])) + " |",
        "",
        f"{numbers['megapixels']:.2f} megapixels, {numbers['threads']} threads; the model takes "
        f"{numbers['median']} times as long as the peer (median). Peak memory of the process: "
        f"{numbers['peak memory, MiB']} MiB.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
