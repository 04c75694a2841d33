"""From a checkpoint to what ships: graphs as ONNX, and their entries in the manifest."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from penumbra.core.errors import OutputError, WeightsError
from penumbra.io.writing import write_atomically
from penumbra.nn.weights import WeightsHeader, read_weights
from penumbra.training.export import ExportReport, NamedGraph, to_onnx
from penumbra.weights.manifest import Entry, add_entries, parse_entry

WEIGHTS = "weights.safetensors"
RUN = "run.json"

_STATED = ("commit", "hardware", "minutes", "data")


@dataclass(frozen=True)
class Checkpoint:
    """What training left in a folder.

    Attributes:
        weights: The file with the weights.
        header: What the weights are.
        run: What is known of the training, as in `Entry`: commit, hardware, minutes, data,
            licence.
    """

    weights: Path
    header: WeightsHeader
    run: dict[str, Any]


@dataclass(frozen=True)
class Released:
    """One graph that ships, and how close it is to torch."""

    entry: Entry
    report: ExportReport


def read_checkpoint(folder: Path) -> Checkpoint:
    """Return what training left in a folder.

    Raises:
        WeightsError: The weights or `run.json` are missing, damaged or incomplete, or the weights
            are not those whose sha256 `run.json` holds, where it holds one.
    """
    path = folder / RUN
    try:
        stated = json.loads(path.read_bytes())
    except OSError as error:
        raise WeightsError(f"{path} must be a readable file, got {error.strerror!r}") from error
    except ValueError as error:
        raise WeightsError(f"{path} must be JSON, got {error}") from error
    wanted = (*_STATED, "track")
    if not isinstance(stated, dict) or not stated.keys() >= set(wanted):
        listed = ", ".join(sorted(stated)) if isinstance(stated, dict) else type(stated).__name__
        raise WeightsError(f"{path} must say {', '.join(wanted)}, got {listed or 'nothing'}")
    # A track is named after what its data allow.
    run = {key: stated[key] for key in _STATED} | {"licence": stated["track"]}
    sums = stated.get("sha256")
    digest = sums.get(WEIGHTS) if isinstance(sums, dict) else None
    _, header = read_weights(folder / WEIGHTS, digest)
    return Checkpoint(folder / WEIGHTS, header, run)


def release(
    checkpoint: Checkpoint,
    graphs: Sequence[NamedGraph],
    folder: Path,
    numbers: Mapping[str, float],
) -> list[Released]:
    """Export graphs and enter them into a folder's manifest.

    Nothing is written before all of them agree with torch and all entries are complete.  The
    manifest comes last: if writing is interrupted between the two, the old entry refuses the new
    file, and another export puts it right.

    Args:
        checkpoint: Where the weights of the graphs come from.
        graphs: All graphs of the network.
        folder: Gets the graphs, the weights for torch and the manifest; made if it is missing.
        numbers: What was measured, by name.

    Returns:
        One for each graph.

    Raises:
        WeightsError: A graph cannot be exported or is too far from torch, what is known of the
            training is not what an entry must hold, or the manifest that is there is broken.
        OutputError: The folder cannot be written.
    """
    header = checkpoint.header
    weights = checkpoint.weights.read_bytes()
    files = {f"{header.room}-{header.variant}.safetensors": weights}
    released = []
    for graph in graphs:
        data, report = to_onnx(graph)
        parts = [header.room, header.variant, *([graph.name] if len(graphs) > 1 else [])]
        file = "-".join(parts) + ".onnx"
        stated = checkpoint.run | {
            "sha256": report.sha256,
            "bytes": report.bytes,
            "room": header.room,
            "variant": header.variant,
            "graph": graph.name,
            "torch_sha256": sha256(weights).hexdigest(),
            "config": header.config,
            "recipe": header.recipe,
            "numbers": dict(numbers),
            "date": date.today().isoformat(),
        }
        released.append(Released(parse_entry(file, file, stated), report))
        files[file] = data
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} must be a folder, got {error.strerror!r}") from error
    for file, data in files.items():
        write_atomically(folder / file, data)
    add_entries(folder, [each.entry for each in released])
    return released
