"""How much memory things take."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass

import numpy as np


def bytes_of(thing: object) -> int:
    """Return the bytes of all arrays within values, lists, mappings and dataclasses, each once.

    Example:
        >>> plane = np.zeros((4, 4), np.float32)
        >>> bytes_of([plane, {"again": plane}, (plane[:2].copy(), "text")])
        96
    """
    arrays: dict[int, int] = {}
    _collect(thing, arrays)
    return sum(arrays.values())


def _collect(thing: object, arrays: dict[int, int]) -> None:
    if isinstance(thing, np.ndarray):
        arrays[id(thing)] = thing.nbytes
    elif isinstance(thing, Mapping):
        _collect(list(thing.values()), arrays)
    elif isinstance(thing, list | tuple):
        for each in thing:
            _collect(each, arrays)
    elif is_dataclass(thing) and not isinstance(thing, type) and not hasattr(thing, "decode"):
        # Not of a model itself, which all sessions share.
        _collect([getattr(thing, field.name) for field in fields(thing)], arrays)
