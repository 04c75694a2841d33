"""Going on from a checkpoint, and starting from weights of another network."""

from pathlib import Path
from typing import Any

from torch import nn

from penumbra.core.errors import InputError, OutputError, WeightsError
from penumbra.nn.weights import read_weights
from penumbra.training.checkpoint import Saved, find_checkpoint, load_checkpoint
from penumbra.training.ema import Ema
from penumbra.training.recipe import Recipe, as_dict


def saved_run(recipe: Recipe, out: Path, is_resumed: bool) -> Saved | None:
    """Return the checkpoint to go on from, or None for a new run, whose folder is then made.

    Raises:
        OutputError: The folder cannot be made, or holds a run that is not to be resumed.
        InputError: The checkpoint is of another recipe.
        WeightsError: The checkpoint is damaged.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{out} must be a folder, got {error.strerror!r}") from error
    folder = find_checkpoint(out)
    if folder is None:
        return None
    if not is_resumed:
        raise OutputError(f"{out} must not hold a run unless it is resumed, got {folder.name}")
    saved = load_checkpoint(folder)
    if difference := _difference(saved.recipe, as_dict(recipe)):
        raise InputError(f"recipe must be that of {folder}, got {difference}")
    return saved


def restore(saved: Saved, network: nn.Module, ema: Ema | None) -> None:
    """Put a network, and the average of its weights, back to where they were.

    Raises:
        WeightsError: The checkpoint does not fit the network.
    """
    try:
        network.load_state_dict(saved.state["network"])
        if ema is not None:
            ema.network.load_state_dict(saved.state["ema"])
            ema.updates = saved.state["ema_updates"]
    except RuntimeError as error:
        raise WeightsError(f"{saved.folder} must fit the network, got {error}") from error


def warm_start(network: nn.Module, path: str) -> int:
    """Take over the weights of a file whose names and shapes fit; return how many did.

    Raises:
        WeightsError: The file is missing or damaged, or nothing in it fits.
    """
    tensors, _ = read_weights(path)
    ours = network.state_dict()
    fitting = {
        name: tensor
        for name, tensor in tensors.items()
        if name in ours and ours[name].shape == tensor.shape
    }
    if not fitting:
        raise WeightsError(f"{path} must hold weights that fit the network, got none")
    network.load_state_dict(fitting, strict=False)
    return len(fitting)


def _difference(ours: Any, given: Any, path: str = "") -> str:  # noqa: ANN401 - as JSON holds it
    """Return the first place where two values differ, or nothing."""
    if isinstance(ours, dict) and isinstance(given, dict) and ours.keys() == given.keys():
        pairs = [(key, ours[key], given[key]) for key in ours]
    elif isinstance(ours, list) and isinstance(given, list) and len(ours) == len(given):
        pairs = [(str(number), *pair) for number, pair in enumerate(zip(ours, given, strict=True))]
    else:
        return "" if ours == given else f"{path}={given!r} where it has {ours!r}"
    for key, mine, theirs in pairs:
        if found := _difference(mine, theirs, f"{path}.{key}".lstrip(".")):
            return found
    return ""
