"""Runs of numbered files: `people.png` stands for `people-1.png`, `people-2.png`, ...

How long a run gets is not known before the work, so it owns all of its numbers.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from penumbra.batch.inputs import fold

_NUMBERED = re.compile(r"(.*)-([1-9][0-9]*)", re.DOTALL)


class Run(NamedTuple):
    """All files `FOLDER/STEM-NUMBER.SUFFIX`, whether they are there or not."""

    folder: str
    stem: str
    suffix: str


def numbered(path: Path, number: int) -> Path:
    """Return a file of a run.

    Example:
        >>> numbered(Path("out/people.png"), 2).as_posix()
        'out/people-2.png'
    """
    return path.with_name(f"{path.stem}-{number}{path.suffix}")


def run_at(path: Path) -> Run:
    """Return the run that a path stands for; links to its folder are followed."""
    return Run(os.path.realpath(path.parent), path.stem, path.suffix)


def run_of(path: Path) -> Run | None:
    """Return the run that a file is of, through links; None where its name has no number."""
    real = Path(os.path.realpath(path))
    found = _NUMBERED.fullmatch(real.stem)
    return Run(str(real.parent), found[1], real.suffix) if found else None


def files_there(paths: Iterable[Path]) -> dict[Path, list[Path]]:
    """Return, of runs, the files that are there already, spelled as they would be written.

    Args:
        paths: That runs stand for; each folder is listed once.
    """
    paths = list(dict.fromkeys(paths))
    numbers: dict[tuple[Path, str], list[int]] = defaultdict(list)
    for folder in {path.parent for path in paths}:
        for name in _names(folder):
            if found := _NUMBERED.fullmatch((file := Path(name)).stem):
                numbers[folder, fold(Path(found[1] + file.suffix))].append(int(found[2]))
    return {
        path: [numbered(path, number) for number in numbers[path.parent, fold(Path(path.name))]]
        for path in paths
    }


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:  # it is not there yet, or is none, which the writing will say
        return []
