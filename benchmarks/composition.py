"""How many samples a second the composer makes, and what share of training that is.

    python benchmarks/composition.py [--device cuda] [--threads 2] [--output FILE.json]

draws a pack of procedural pictures, then composes batches of 32 at 320 pixels with everything
switched on (joins, distractors, blur, noise, JPEG, random trimaps) and trains the segmenter on
such batches for a while.  On a graphics card it also reports how busy the card was, as the driver
counts it.  Times mean something only on a graphics card, or beside each other in one run.
"""

import argparse
import json
import platform
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import torch

from penumbra.data.pack import Source, write_pack
from penumbra.data.packing import PROCEDURAL, procedural_items
from penumbra.systems.segment.config import S
from penumbra.systems.segment.losses import losses
from penumbra.systems.segment.network import SegmentNetwork
from penumbra.training.compose import Batch, Composer
from penumbra.training.composition import Composition
from penumbra.training.pool import Pool

SIZE = 320
BATCH = 32
EVERYTHING = Composition(join=0.2, distract=0.2)


@dataclass(frozen=True)
class Wanted:
    """What the composer has to know."""

    size: int
    composition: Composition


def main() -> None:
    arguments = _arguments()
    torch.set_num_threads(arguments.threads)
    device = torch.device(arguments.device)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drawn.tar"
        made = [
            *procedural_items("foreground", 8, 448, 0),
            *procedural_items("background", 64, 448, 0),
        ]
        write_pack(path, made, [Source(PROCEDURAL, "free", "open")], budget=200_000_000)
        composer = Composer(Pool.load([path], device))
    wanted = Wanted(SIZE, EVERYTHING)

    def compose(step: int) -> Batch:
        return composer.batch(wanted, 0, step * BATCH, BATCH)

    network = SegmentNetwork(S).to(device=device, memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3)

    def train(step: int) -> None:
        batch = compose(step)
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            loss = torch.stack([*losses(network, batch).values()]).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    composing, _ = _rate(compose, arguments.seconds, device)
    training, busy = _rate(train, arguments.seconds, device)
    result = {
        "device": torch.cuda.get_device_name() if device.type == "cuda" else platform.machine(),
        "threads": arguments.threads,
        "torch": torch.__version__,
        "date": date.today().isoformat(),
        "size": SIZE,
        "batch": BATCH,
        "composed a second": round(composing, 1),
        "trained a second": round(training, 1),
        "share of training spent composing": round(training / composing, 3),
        "graphics card busy in training": busy,
    }
    print(json.dumps(result, indent=2))
    if arguments.output:
        arguments.output.write_text(json.dumps(result, indent=2) + "\n")


def _rate(
    work: Callable[[int], object], seconds: float, device: torch.device
) -> tuple[float, float | None]:
    """Return samples a second, and the share of time the card computed."""
    for step in range(3):
        work(step)
    if device.type == "cuda":
        torch.cuda.synchronize()
    start, step, shares = time.perf_counter(), 0, list[float]()
    while time.perf_counter() - start < seconds or step < 5:
        work(step)
        step += 1
        if device.type == "cuda" and step % 20 == 0 and (busy := _utilisation()) is not None:
            shares.append(busy)
    if device.type == "cuda":
        torch.cuda.synchronize()
    elapsed = time.perf_counter() - start
    return step * BATCH / elapsed, sum(shares) / len(shares) if shares else None


def _utilisation() -> float | None:
    """Return the share of the last moments in which the card computed, if its driver says so."""
    try:
        return torch.cuda.utilization() / 100
    except (ModuleNotFoundError, RuntimeError):
        return None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--output", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
