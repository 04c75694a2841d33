"""From a name to a graph that is ready to run, if the file is what the manifest says."""

import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from penumbra.core.card import Wanted
from penumbra.core.errors import LicenceError, WeightsError
from penumbra.runtime.gather import gathered
from penumbra.runtime.graph import Device, Graph
from penumbra.weights.manifest import Entry, read_manifest

WEIGHTS_VARIABLE = "PENUMBRA_WEIGHTS"


def load_graph(
    name: str,
    licence: Wanted = "any",
    threads: int | None = None,
    device: Device | None = None,
    folder: Path | None = None,
) -> Graph:
    """Return a shipped graph, ready to run; inside `runtime.gather.gathering`, in batches.

    Args:
        name: The file, with or without its suffix: "segment-s".
        licence: "open" refuses what is for research alone.
        threads: See `penumbra.runtime.onnx`.
        device: Where to compute; as there.
        folder: See above.

    Raises:
        WeightsError: There is none of that name, its licence will not do, or its file is
            missing or not what the manifest says.
        InputError: The number of threads or the device cannot be had.
    """
    found = entry(name, folder)
    if licence == "open" and not found.is_open:
        reasons = "; ".join(f"{source.name}: {source.terms}" for source in found.data)
        raise LicenceError(f"licence of {found.file} must be open, got {found.licence} ({reasons})")
    data = read_verified(found, folder)
    # Imported here: listing what there is must not cost the start of ONNX Runtime.
    from penumbra.runtime.onnx import OnnxGraph

    return gathered(OnnxGraph(data, threads, device))


def entries(folder: Path | None = None) -> tuple[Entry, ...]:
    """Return what is shipped, by name.

    Raises:
        WeightsError: The manifest cannot be read or is not as it must be.
    """
    return read_manifest(weights_folder(folder))


def preferred(room: str, variants: Sequence[str], folder: Path | None = None) -> str:
    """Return the name of a room's weights in a folder.

    Args:
        room: "dim".
        variants: Names by how much they are wanted, those that ship first; those of an ablation
            come after all of them.
        folder: As in `load_graph`.

    Raises:
        WeightsError: The manifest is broken.
    """
    names = [each.name for each in entries(folder) if each.room == room]
    rest = [name for name in names if name not in variants]
    return next((name for name in (*variants, *rest) if name in names), variants[0])


def entry(name: str, folder: Path | None = None) -> Entry:
    """Return what is known about a file, by its name with or without suffix.

    Raises:
        WeightsError: There is none of that name, or as `entries`.
    """
    listed = entries(folder)
    for found in listed:
        if name in (found.file, found.name):
            return found
    names = ", ".join(found.name for found in listed) or "none"
    raise WeightsError(f"weights must be one of those that are here ({names}), got {name!r}")


def read_verified(found: Entry, folder: Path | None = None) -> bytes:
    """Return a file's bytes if they are what the manifest says.

    Raises:
        WeightsError: The file is missing, cannot be read, or has another sha256.
    """
    path = weights_folder(folder) / found.file
    expected = f"sha256 {found.sha256} ({found.bytes} bytes)"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"{path} must have {expected}, got {error.strerror!r}") from error
    if (digest := sha256(data).hexdigest()) != found.sha256:
        raise WeightsError(f"{path} must have {expected}, got sha256 {digest} ({len(data)} bytes)")
    return data


def weights_folder(folder: Path | None = None) -> Path:
    """Return the folder of the shipped graphs: what is given, or said, or this package's own."""
    if folder is not None:
        return folder
    said = os.environ.get(WEIGHTS_VARIABLE)
    return Path(said) if said else Path(__file__).parent
