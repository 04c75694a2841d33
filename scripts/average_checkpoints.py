"""Average the weights of several checkpoints of one network, each weighing the same.

    python scripts/average_checkpoints.py runs/a/checkpoint runs/b/checkpoint --out runs/average

Of runs of which one started from the other's weights the average can answer better than either;
that it works for runs from one start is known (Wortsman et al., "Model soups", ICML 2022).  Running
means of normalisation are averaged, too, not measured again.  Writes OUT/best, which is what to
export: the recipe says how many were averaged and is otherwise that of the last checkpoint, as are
minutes and hardware; the data are those of all.
"""

import argparse
import json
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from penumbra.core.errors import WeightsError
from penumbra.nn.weights import load_weights
from penumbra.training.checkpoint import RUN, save_best
from penumbra.training.release import Checkpoint, read_checkpoint


def main() -> None:
    """Read checkpoints, write their average."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    found = [read_checkpoint(folder) for folder in arguments.checkpoints]
    last = found[-1].header
    if any(_kind(it) != _kind(found[-1]) for it in found):
        rule = "one network and one track"
        raise WeightsError(f"checkpoints must be of {rule}, got {[_kind(it) for it in found]}")
    network = import_module(f"penumbra.systems.{last.room}.graphs").network(last.config)
    states = []
    for checkpoint in found:
        load_weights(checkpoint.weights, network)
        states.append({name: value.clone() for name, value in network.state_dict().items()})
    network.load_state_dict(average(states))
    arguments.out.mkdir(parents=True, exist_ok=True)
    run = json.loads((arguments.checkpoints[-1] / RUN).read_bytes())
    run["data"] = list({it["name"]: it for one in found for it in one.run["data"]}.values())
    header = replace(last, recipe={**last.recipe, "averaged": len(found)})
    print(f"wrote {save_best(arguments.out, network, header, run)}")


def _kind(checkpoint: Checkpoint) -> tuple[Any, ...]:
    header = checkpoint.header
    return header.room, header.variant, header.config, checkpoint.run["licence"]


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
