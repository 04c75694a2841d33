"""What the flaws of `safe` are worth: the two expected errors of its `options.SHIPPED`.

    python scripts/calibrate_safe.py runs/safe/best --pack aim.tar

Mattes and flaws of samples whose objects were held aside in training are put beside the true
mattes; see `predictor.fitted`.  Prints both numbers, which belong into `options.SHIPPED`.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from penumbra.nn.weights import load_weights
from penumbra.systems.safe.graphs import network as make_network
from penumbra.systems.safe.options import SHIPPED
from penumbra.systems.safe.predictor import fitted
from penumbra.systems.safe.recipe import RECIPES
from penumbra.training.compose import Composer
from penumbra.training.pool import Pool
from penumbra.training.release import read_checkpoint

SEED = 1 << 22  # of the samples: none that were learned from, or on which weights were chosen


def main() -> None:
    """Read a checkpoint, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--pack", type=Path, action="append", required=True)
    parser.add_argument("--samples", type=int, default=128)
    arguments = parser.parse_args()
    checkpoint = read_checkpoint(arguments.checkpoint)
    network = make_network(checkpoint.header.config).eval()
    load_weights(checkpoint.weights, network)
    how = RECIPES["s"].validation
    assert how is not None
    composer = Composer(Pool.load(arguments.pack))
    planes: list[list[np.ndarray]] = [[], [], []]
    for first in range(0, arguments.samples, how.batch_size):
        count = min(how.batch_size, arguments.samples - first)
        batch = composer.batch(how, SEED, first, count)
        with torch.no_grad():
            alpha = network(batch.image, rounds=SHIPPED.rounds).alpha
            flaws = network.guide(batch.image, alpha)
        for kept, plane in zip(planes, (flaws, alpha, batch.alpha), strict=True):
            kept.append(plane[batch.is_composite].numpy().ravel())
    sure, unsure = fitted(*(np.concatenate(kept) for kept in planes))
    print(f"error_sure {sure:.3f}, error_unsure {unsure:.3f}")


if __name__ == "__main__":
    main()
