"""From a folder to samples, or to what is wrong with the folder."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from penumbra.core.errors import DatasetError, InputError
from penumbra.data.catalog import dataset
from penumbra.data.damage import damage
from penumbra.data.dataset import Dataset
from penumbra.data.layouts.found import Found
from penumbra.data.sample import Sample

NAMED = 10  # things a message names before it counts


@dataclass(frozen=True)
class Report:
    """What a copy of a dataset holds, and what it lacks.

    Attributes:
        dataset: The entry of the catalogue.
        folder: The copy.
        counts: Split to the samples that are whole.
        missing: Files, folders and entries that should be there, relative to the copy.
        damaged: Files that cannot be decoded or do not fit their picture, with the reason;
            empty unless they were decoded.
    """

    dataset: Dataset
    folder: Path
    counts: Mapping[str, int]
    missing: tuple[str, ...]
    damaged: tuple[str, ...]

    def require_whole(self) -> None:
        """Raise `DatasetError`, naming what is missing or damaged, unless nothing is."""
        faults = [
            f"{word}: {listed(things)}"
            for word, things in (("missing", self.missing), ("damaged", self.damaged))
            if things
        ]
        if faults:
            raise DatasetError(
                f"{self.folder} must be a whole copy of {self.dataset.name}, {'; '.join(faults)}"
            )


def read(name: str, folder: Path, split: str) -> Sequence[Sample]:
    """Return the samples of a split; no picture is opened.

    Args:
        name: Of the dataset, as in `catalog.DATASETS`.
        folder: The copy: the folder that holds those of the published layout.
        split: One of the dataset's splits.

    Returns:
        In a fixed order: that of the published list of names, else sorted by name.

    Raises:
        InputError: There is no dataset or no split of that name.
        DatasetError: Files of the split are missing (the message names them), or a list cannot
            be understood.
    """
    entry = dataset(name)
    whole = _find(entry, folder, split)
    Report(entry, folder, {split: len(whole.samples)}, whole.missing, ()).require_whole()
    return whole.samples


def check(name: str, folder: Path, splits: Iterable[str] = (), is_decoding: bool = False) -> Report:
    """Compare a copy with the published layout.

    Args:
        name: Of the dataset.
        folder: The copy.
        splits: Those to check; all when empty.
        is_decoding: Also decode every file, which takes as long as reading them all.

    Raises:
        InputError: There is no dataset or no split of that name.
        DatasetError: The folder cannot be read, or a list in it cannot be understood.
    """
    entry = dataset(name)
    parts = {split: _find(entry, folder, split) for split in tuple(splits) or entry.splits}
    missing = dict.fromkeys(it for part in parts.values() for it in part.missing)
    samples = dict.fromkeys(it for part in parts.values() for it in part.samples)
    damaged = damage(samples, folder) if is_decoding else ()
    counts = {split: len(part.samples) for split, part in parts.items()}
    return Report(entry, folder, counts, tuple(missing), tuple(damaged))


def listed(things: Sequence[str]) -> str:
    """Join words with commas; of many, the first and how many more.

    Example:
        >>> listed("abcdefghijkl")
        'a, b, c, d, e, f, g, h, i, j and 2 more'
    """
    more = f" and {len(things) - NAMED} more" if len(things) > NAMED else ""
    return ", ".join(things[:NAMED]) + more


def _find(entry: Dataset, folder: Path, split: str) -> Found:
    if split not in entry.splits:
        raise InputError(f"split of {entry.name} must be {_either(entry.splits)}, got {split!r}")
    if not folder.is_dir():
        raise DatasetError(f"{folder} must be a folder that holds {entry.name}, got none")
    try:
        return entry.read(folder, split)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DatasetError(
            f"{error.filename or folder} must be readable, got {reason!r}"
        ) from error


def _either(names: Iterable[str]) -> str:
    return " or ".join(names)
