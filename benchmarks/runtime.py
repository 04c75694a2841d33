"""How fast a room's graphs run on ONNX Runtime, and how fast in torch without compiling.

    python benchmarks/runtime.py segment --weights runs/a/checkpoint/weights.safetensors \
        --output docs/benchmarks/runtime

Trained weights matter: those of a fresh network can drive activations into denormal numbers, which
are slow.  Both runtimes get the same threads and
the same images, one after the other in turn; what is given is the median of the runs, so that
another program that wakes up does little harm.  The torch graph is the network in float32, the
ONNX graph what `penumbra export` would ship.
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch

from penumbra.core.frames import Pad
from penumbra.nn.weights import load_weights, read_weights
from penumbra.runtime.graph import Graph, Planes
from penumbra.runtime.onnx import OnnxGraph
from penumbra.runtime.torch import TorchGraph
from penumbra.training.export import NamedGraph, to_onnx

SIZES = ((160, 160), (256, 256), (256, 384), (512, 512))
BATCHES = (1, 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("room")
    parser.add_argument("--weights", type=Path, required=True, help="of a checkpoint")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--output", type=Path, help="writes OUTPUT.json and OUTPUT.md")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    rows = []
    for graph in graphs_of(arguments.room, arguments.weights):
        for row in measure(graph, arguments.threads, arguments.runs):
            rows.append({"graph": graph.name, **row})
            print(json.dumps(rows[-1]), flush=True)
    table = markdown(rows)
    print(table)
    if arguments.output:
        report = {
            "command": f"python benchmarks/runtime.py {arguments.room}",
            "date": date.today().isoformat(),
            "hardware": f"{os.cpu_count()} CPU cores, {platform.machine()}, no GPU used",
            "threads": arguments.threads,
            "runs": arguments.runs,
            "versions": {"torch": torch.__version__, "onnxruntime": onnxruntime.__version__},
            "rows": rows,
        }
        arguments.output.parent.mkdir(parents=True, exist_ok=True)
        arguments.output.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n")
        arguments.output.with_suffix(".md").write_text(table + "\n")


def graphs_of(room: str, weights: Path) -> tuple[NamedGraph, ...]:
    module = import_module(f"penumbra.systems.{room}.graphs")
    _, header = read_weights(weights)
    network = module.network(header.config)
    load_weights(weights, network)
    found: tuple[NamedGraph, ...] = module.graphs(network)
    return found


def measure(graph: NamedGraph, threads: int, runs: int) -> Iterator[dict[str, Any]]:
    """Time both runtimes at every size; milliseconds for the whole batch."""
    channels = {given.name: given.channels for given in graph.inputs}
    began = time.perf_counter()
    data, _ = to_onnx(graph)
    print(f"exported in {time.perf_counter() - began:.1f} s", flush=True)
    both: dict[str, Graph] = {
        "torch": TorchGraph(graph.module, channels, graph.outputs),
        "onnx": OnnxGraph(data, threads),
    }
    rng = np.random.default_rng(0)
    for height, width in SIZES:
        size = Pad(height, width, graph.multiple).new_size
        for batch in BATCHES:
            arrays = {
                name: rng.random((batch, count, *size), np.float32)
                for name, count in channels.items()
            }
            times = in_turn(both, arrays, runs)
            yield {
                "height": size[0],
                "width": size[1],
                "batch": batch,
                **{f"{name}_ms": round(1000 * seconds, 2) for name, seconds in times.items()},
                "ratio": round(times["torch"] / times["onnx"], 2),
            }


def in_turn(graphs: dict[str, Graph], arrays: dict[str, Planes], runs: int) -> dict[str, float]:
    """Median seconds of each, after two runs that do not count."""
    times: dict[str, list[float]] = {name: [] for name in graphs}
    for _ in range(runs + 2):
        for name, graph in graphs.items():
            began = time.perf_counter()
            graph.run(**arrays)
            times[name].append(time.perf_counter() - began)
    return {name: statistics.median(each[2:]) for name, each in times.items()}


def markdown(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| graph | size | batch | ONNX Runtime, times as fast as torch eager |",
        "|---|---|--:|--:|",
    ]
    for row in rows:
        size = f"{row['height']}x{row['width']}"
        lines.append(f"| {row['graph']} | {size} | {row['batch']} | {row['ratio']:.2f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
