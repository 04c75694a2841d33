"""Entries of a manifest, as a test needs them."""

from hashlib import sha256
from pathlib import Path
from typing import Any

from penumbra.weights import Entry, Source, add_entries
from tests.unit.runtime.models import mean_model


def make_entry(content: bytes = b"", **fields: Any) -> Entry:  # noqa: ANN401 - any field
    """Return an entry for a file with this content, and with these fields instead of others."""
    ordinary: dict[str, Any] = {
        "file": "toy-s.onnx",
        "sha256": sha256(content).hexdigest(),
        "bytes": len(content),
        "room": "toy",
        "variant": "s",
        "graph": "toy",
        "torch_sha256": "0" * 64,
        "config": {"width": 4},
        "recipe": {"seed": 1},
        "commit": "0123abc",
        "hardware": "2 cores",
        "minutes": 12.5,
        "data": (Source("noise", "free"),),
        "licence": "open",
        "numbers": {"iou": 0.75},
        "date": "2026-01-31",
    }
    return Entry(**(ordinary | fields))


def ship(folder: Path, name: str = "toy-s", **fields: Any) -> Entry:  # noqa: ANN401 - as above
    """Put a graph that averages channels, and its entry, into a folder."""
    content = mean_model()
    entry = make_entry(content, file=f"{name}.onnx", **fields)
    (folder / entry.file).write_bytes(content)
    add_entries(folder, [entry])
    return entry
