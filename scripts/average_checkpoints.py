"""Average the weights of several checkpoints of one network, each weighing the same.

    python scripts/average_checkpoints.py runs/a/checkpoint runs/b/checkpoint --out runs/average

Of runs that started from one another's weights the average often answers better than any of them
(Wortsman et al., "Model soups", ICML 2022).  Writes OUT/best, which is what to export; recipe,
data and hardware are those of the last checkpoint, minutes are as it states them.
"""

import argparse
import json
from importlib import import_module
from pathlib import Path

import torch
from torch import Tensor

from penumbra.core.errors import WeightsError
from penumbra.nn.weights import load_weights
from penumbra.training.checkpoint import RUN, save_best
from penumbra.training.release import read_checkpoint


def main() -> None:
    """Read checkpoints, write their average."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    found = [read_checkpoint(folder) for folder in arguments.checkpoints]
    last = found[-1].header
    if any((it.header.room, it.header.config) != (last.room, last.config) for it in found):
        raise WeightsError("checkpoints must be of one network, got several rooms or configs")
    network = import_module(f"penumbra.systems.{last.room}.graphs").network(last.config)
    states = []
    for checkpoint in found:
        load_weights(checkpoint.weights, network)
        states.append({name: value.clone() for name, value in network.state_dict().items()})
    network.load_state_dict(average(states))
    arguments.out.mkdir(parents=True, exist_ok=True)
    run = json.loads((arguments.checkpoints[-1] / RUN).read_bytes())
    run["averaged"] = len(found)
    print(f"wrote {save_best(arguments.out, network, last, run)}")


def average(states: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Return the mean of every tensor; counters are the last one's."""
    mean = {}
    for name, last in states[-1].items():
        same = [state[name] for state in states]
        is_weight = last.is_floating_point()
        mean[name] = torch.stack(same).mean(dim=0) if is_weight else last
    return mean


if __name__ == "__main__":
    main()
