"""Put parts of one network together that were learned apart.

    python scripts/join_checkpoints.py runs/a/checkpoint --take uncertainty.=runs/b/checkpoint \
        --minutes 188 --out runs/joined

Of the first checkpoint, but for the weights whose names begin as `--take` says.  Writes OUT/best,
which is what to export: the recipe says what was taken and is otherwise that of the first
checkpoint, as is the hardware; the data are those of all.
"""

import argparse
import json
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from penumbra.core.errors import InputError, WeightsError
from penumbra.nn.weights import load_weights
from penumbra.training.checkpoint import RUN, save_best
from penumbra.training.release import Checkpoint, read_checkpoint


def main() -> None:
    """Read checkpoints, write the joined one."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--take", nargs="+", required=True, metavar="PREFIX=CHECKPOINT")
    parser.add_argument("--minutes", type=float, required=True, help="of all training")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    first = read_checkpoint(arguments.checkpoint)
    header = first.header
    make = import_module(f"penumbra.systems.{header.room}.graphs").network
    network = make(header.config)
    load_weights(first.weights, network)
    state, sources, taken = network.state_dict(), list(first.run["data"]), {}
    for each in arguments.take:
        prefix, _, folder = each.partition("=")
        other = read_checkpoint(Path(folder))
        if _kind(other) != _kind(first):
            kinds = [_kind(first), _kind(other)]
            raise WeightsError(f"checkpoints must be of one network and one track, got {kinds}")
        names = [name for name in state if name.startswith(prefix)]
        if not prefix or not names:
            raise InputError(f"take must be like uncertainty.=CHECKPOINT, got {each!r}")
        donor = make(header.config)
        load_weights(other.weights, donor)
        state.update({name: donor.state_dict()[name] for name in names})
        sources += other.run["data"]
        taken[prefix] = other.header.recipe
    network.load_state_dict(state)
    arguments.out.mkdir(parents=True, exist_ok=True)
    run = json.loads((arguments.checkpoint / RUN).read_bytes())
    run["data"] = _named_once(sources)
    run["minutes"] = arguments.minutes
    header = replace(header, recipe={**header.recipe, "taken": taken})
    print(f"wrote {save_best(arguments.out, network, header, run)}")


def _named_once(sources: list[dict[str, Any]]) -> list[dict[str, Any]]:
    named: dict[str, dict[str, Any]] = {}
    for source in sources:
        if named.setdefault(source["name"], source) != source:
            raise WeightsError(f"sources of one name must have one set of terms, got {source}")
    return list(named.values())


def _kind(checkpoint: Checkpoint) -> tuple[Any, ...]:
    header = checkpoint.header
    return header.room, header.config, checkpoint.run["licence"]


if __name__ == "__main__":
    main()
