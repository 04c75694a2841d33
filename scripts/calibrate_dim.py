"""Make the uncertainty of `dim` agree with its errors, on composites of objects held aside.

    python scripts/calibrate_dim.py runs/dim/best --pack drawn.tar --pack kodak.tar --out runs/cal

The log-odds y of an expected error become a y + b, with the a and b that make the errors of
unknown pixels most likely under Laplace's law.  Both go into the last layer, so nothing gets
slower, and alpha stays as it is.  Writes OUT/best, which is what to export.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from penumbra.nn.weights import load_weights
from penumbra.systems.dim.graphs import network as make_network
from penumbra.systems.dim.network import DimNetwork
from penumbra.systems.dim.recipe import RECIPES
from penumbra.systems.dim.refine import LEAST_ERROR
from penumbra.training.checkpoint import RUN, save_best
from penumbra.training.compose import Composer
from penumbra.training.pool import Pool
from penumbra.training.release import read_checkpoint

SEED = 1 << 22  # of the samples: none that were learned from, or on which weights were chosen


def main() -> None:
    """Read a checkpoint, calibrate it, write another."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--pack", type=Path, action="append", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--samples", type=int, default=512)
    arguments = parser.parse_args()
    checkpoint = read_checkpoint(arguments.checkpoint)
    network = make_network(checkpoint.header.config).eval()
    load_weights(checkpoint.weights, network)
    composer = Composer(Pool.load(arguments.pack))
    odds, errors = answers(network, composer, arguments.samples)
    a, b = fitted(odds, errors)
    print(f"a {a:.3f}, b {b:.3f}, from {len(odds)} unknown pixels")
    scale_last_layer(network, a, b)
    arguments.out.mkdir(parents=True, exist_ok=True)
    run = json.loads((arguments.checkpoint / RUN).read_bytes())
    run["calibration"] = {"a": a, "b": b, "samples": arguments.samples}
    print(f"wrote {save_best(arguments.out, network, checkpoint.header, run)}")


def answers(network: DimNetwork, composer: Composer, samples: int) -> tuple[Tensor, Tensor]:
    """Return log-odds of the expected error, and the error, of every unknown pixel."""
    last = RECIPES["s"].stages[-1]
    stage = replace(last, composition=replace(last.composition, is_held=True))
    odds, errors = [], []
    for first in range(0, samples, stage.batch_size):
        batch = composer.batch(stage, SEED, first, min(stage.batch_size, samples - first))
        with torch.no_grad():
            answer = network(batch.image, batch.trimap)
        if answer.uncertainty is None:
            raise SystemExit("the network must estimate its error, got none")
        is_unknown = batch.trimap == 0.5
        odds.append((answer.uncertainty - LEAST_ERROR).logit()[is_unknown])
        errors.append((answer.alpha.clamp(0, 1) - batch.alpha).abs()[is_unknown])
    return torch.cat(odds), torch.cat(errors)


def fitted(odds: Tensor, errors: Tensor) -> tuple[float, float]:
    """Return a and b of the greatest likelihood."""
    line = torch.tensor([1.0, 0.0], requires_grad=True)
    optimiser = torch.optim.LBFGS([line], max_iter=50, line_search_fn="strong_wolfe")

    def cost() -> Tensor:
        optimiser.zero_grad()
        scale = (line[0] * odds + line[1]).sigmoid() + LEAST_ERROR
        mean = (scale.log() + errors / scale).mean()
        mean.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        return mean

    optimiser.step(cost)  # type: ignore[no-untyped-call]  # nor for this
    a, b = line.tolist()
    return a, b


def scale_last_layer(network: DimNetwork, a: float, b: float) -> None:
    """Put a and b into the weights; the layer's own log-odds are 3 larger."""
    assert network.refiner is not None
    head = network.refiner.head
    assert head.bias is not None
    with torch.no_grad():
        head.weight[1] *= a
        head.bias[1] = a * (head.bias[1] - 3) + b + 3


if __name__ == "__main__":
    main()
