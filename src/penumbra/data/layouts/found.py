"""What there is in a copy of a dataset, and what should be."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penumbra.core.errors import DatasetError
from penumbra.data.sample import Sample
from penumbra.io import READABLE


@dataclass(frozen=True)
class Found:
    """One split of a copy.

    Attributes:
        samples: What is whole, in a fixed order.
        missing: Files, folders and entries that should be there, relative to the copy.
    """

    samples: tuple[Sample, ...]
    missing: tuple[str, ...]


Layout = Callable[[Path, str], Found]
"""Finds a split in a folder.

Raises `DatasetError` for files that cannot be understood, and `OSError` for those that cannot be
read: `readers` translates it.
"""


def found(samples: Iterable[Sample], missing: Iterable[str], place: str) -> Found:
    """Return a `Found`; where nothing is there at all, the pictures of `place` are missing."""
    samples, missing = tuple(samples), tuple(missing)
    return Found(samples, missing if samples or missing else (f"{place}/*",))


def absent_folders(root: Path, places: Iterable[str]) -> tuple[str, ...]:
    """Return those places that are no folders, as `missing` names them."""
    return tuple(f"{place}/" for place in places if not (root / place).is_dir())


def pictures(folder: Path) -> dict[str, Path]:
    """Return the pictures of a folder by stem, sorted; hidden files and others are left out.

    Raises:
        DatasetError: Two pictures share a stem.
    """
    by_stem: dict[str, Path] = {}
    for file in entries(folder):
        if file.suffix.lower() not in READABLE:
            continue
        if file.stem in by_stem:
            raise DatasetError(
                f"{folder} must hold one picture for each stem, got {by_stem[file.stem].name} "
                f"and {file.name}"
            )
        by_stem[file.stem] = file
    return by_stem


def entries(folder: Path) -> list[Path]:
    """Return what is in a folder, sorted and without hidden files."""
    return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))


def read_json(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return what a JSON file holds, or raise `DatasetError`."""
    try:
        return json.loads(path.read_bytes())
    except ValueError as error:
        raise DatasetError(f"{path} must be JSON, got an error: {error}") from error
