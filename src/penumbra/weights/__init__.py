"""Shipped graphs, listed in a manifest; no file is opened before its sha256 was checked.

The folder is this package's own, unless the environment variable PENUMBRA_WEIGHTS or the caller
names another.
"""

from penumbra.weights.loading import (
    WEIGHTS_VARIABLE,
    entries,
    entry,
    load_graph,
    preferred,
    read_verified,
    weights_folder,
)
from penumbra.weights.manifest import MANIFEST, Entry, Licence, Source, add_entries

__all__ = [
    "MANIFEST",
    "WEIGHTS_VARIABLE",
    "Entry",
    "Licence",
    "Source",
    "add_entries",
    "entries",
    "entry",
    "load_graph",
    "preferred",
    "read_verified",
    "weights_folder",
]
