"""Checkpoints: a folder that is there whole or not at all.

    OUT/checkpoint/weights.safetensors   what ships: the averaged weights, or the network's
    OUT/checkpoint/state.pt              everything else that training needs to go on
    OUT/checkpoint/recipe.json           the resolved recipe
    OUT/checkpoint/run.json              what is known of the run, and the sha256 of the others
    OUT/best/                            the same of the best weights so far, without state.pt

A checkpoint is written beside its place and renamed there; the one before it is moved aside for
that moment, so there is always one that is whole.
"""

import hashlib
import io
import json
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import nn

from penumbra.core.errors import OutputError, WeightsError
from penumbra.io.writing import write_atomically
from penumbra.nn.weights import WeightsHeader, save_weights

FOLDER = "checkpoint"
PREVIOUS = f"{FOLDER}.previous"
BEST = "best"
WEIGHTS = "weights.safetensors"
STATE = "state.pt"
RECIPE = "recipe.json"
RUN = "run.json"


@dataclass(frozen=True, eq=False)
class Saved:
    """What a checkpoint holds.

    Attributes:
        folder: Where it lies.
        state: Everything that training needs to go on, on the CPU.
        recipe: As `as_dict` gives it.
        run: What is known of the run.
    """

    folder: Path
    state: dict[str, Any]
    recipe: dict[str, Any]
    run: dict[str, Any]


def save_checkpoint(
    out: Path,
    network: nn.Module,
    header: WeightsHeader,
    state: dict[str, Any],
    run: dict[str, Any],
) -> Path:
    """Write a checkpoint in the place of the last one.

    Args:
        out: Folder of the run.
        network: Whose weights ship.
        header: What they are; its recipe becomes `recipe.json`.
        state: Tensors, numbers, strings, lists and dicts of them.
        run: As JSON can hold it.

    Returns:
        The folder.

    Raises:
        OutputError: It cannot be written; the last one is still there.
    """
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return _save(out, FOLDER, network, header, run, {STATE: buffer.getvalue()})


def save_best(out: Path, network: nn.Module, header: WeightsHeader, run: dict[str, Any]) -> Path:
    """Write the best weights so far in the place of the last ones; as `save_checkpoint`."""
    return _save(out, BEST, network, header, run, {})


def _save(
    out: Path,
    name: str,
    network: nn.Module,
    header: WeightsHeader,
    run: dict[str, Any],
    more: dict[str, bytes],
) -> Path:
    """Write a folder of a run, with `more` files, whole or not at all."""
    for leftover in out.glob(f".{name}-*.part"):
        shutil.rmtree(leftover, ignore_errors=True)
    part = out / f".{name}-{secrets.token_hex(8)}.part"
    place, previous = out / name, out / f"{name}.previous"
    files = {RECIPE: _json(header.recipe)} | more
    try:
        part.mkdir()
        save_weights(part / WEIGHTS, network, header)
        for file, data in files.items():
            write_atomically(part / file, data)
        sums = {file: _sha256(part / file) for file in (WEIGHTS, *files)}
        write_atomically(part / RUN, _json(run | {"sha256": sums}))
        for path in (*part.iterdir(), part):
            _flush(path)
        if place.exists():
            shutil.rmtree(previous, ignore_errors=True)
            place.rename(previous)
        part.rename(place)
        _flush(out)
    except OSError as error:
        raise OutputError(f"{place} must be writable, got {error.strerror!r}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    shutil.rmtree(previous, ignore_errors=True)
    return place


def find_checkpoint(out: Path) -> Path | None:
    """Return the folder of the last whole checkpoint of a run, or None."""
    for name in (FOLDER, PREVIOUS):
        if (out / name / RUN).exists():
            return out / name
    return None


def load_checkpoint(folder: Path) -> Saved:
    """Read a checkpoint.

    Raises:
        WeightsError: A file is missing, or is not as it was written.
    """
    run = _parse(folder / RUN, _read(folder / RUN))
    sums = run.get("sha256", {})
    files = {name: _read(folder / name) for name in (WEIGHTS, STATE, RECIPE)}
    for name, data in files.items():
        if hashlib.sha256(data).hexdigest() != sums.get(name):
            raise WeightsError(f"{folder / name} must be as it was written, got other bytes")
    try:
        state = torch.load(io.BytesIO(files[STATE]), map_location="cpu", weights_only=True)
    except (RuntimeError, UnpicklingError, EOFError) as error:
        raise WeightsError(f"{folder / STATE} must hold a state, got {error}") from error
    return Saved(folder, state, _parse(folder / RECIPE, files[RECIPE]), run)


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, indent=2).encode() + b"\n"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _flush(path: Path) -> None:
    """Make sure that a file, or the list of files of a folder, has reached the disk."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path} must be a readable file, got {error.strerror!r}") from error


def _parse(path: Path, data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data)
    except ValueError as error:
        raise WeightsError(f"{path} must be JSON, got {error}") from error
    if not isinstance(value, dict):
        raise WeightsError(f"{path} must hold an object, got {type(value).__name__}")
    return value
