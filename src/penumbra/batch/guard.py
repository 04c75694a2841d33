"""No result may land on a file that is read, nor on another result.

Two paths are one file if they lead to the same place, through links or not, or if both exist and
have the same number: hard links, and other spellings where the file system ignores case.  A run of
numbered files (`numbered`) meets every file that could be one of them.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from penumbra.batch.inputs import Job
from penumbra.batch.numbered import files_there, run_at, run_of
from penumbra.core.errors import InputError


def guarded(jobs: Sequence[Job], kept: Iterable[Path], report: Path | None) -> list[Job]:
    """Give every job that would do harm the reason why it must not be started.

    Args:
        jobs: What is read and what is written.
        kept: Files and folders that are read besides (hints, a background) and must survive.
        report: Another file that will be written, or None.

    Raises:
        InputError: The report would be written over a file that is read.
    """
    sources = [job.source for job in jobs if job.source is not None]
    read = {key for path in sources for key in _marks(path)}
    read |= {key for path in kept for file in _files(path) for key in _marks(file)}
    written: set[object] = set()
    if report is not None:
        if read & _identities(report):
            raise InputError(f"report must not be a file that is read, got {report}")
        written |= _marks(report)
    there = files_there(path for job in jobs if job.is_numbered for path in job.targets)
    guarded = []
    for job in jobs:
        problem = job.problem
        for path in job.targets:
            keys, name = _identities(path), str(path)
            if job.is_numbered:
                keys, name = _marks_of_run(path, there[path]), f"{path.stem}-*{path.suffix}"
            if keys & read:
                problem = problem or f"output must not be a file that is read, got {name}"
            elif keys & written:
                problem = problem or f"output must not be written twice, got {name}"
            written |= keys
        guarded.append(replace(job, problem=problem))
    return guarded


def _files(path: Path) -> Iterator[Path]:
    return (
        (file for file in path.rglob("*") if os.path.isfile(file))
        if os.path.isdir(path)
        else iter([path])
    )


def _identities(path: Path) -> set[object]:
    """What two paths share if they are one file: the real path, or the file's number."""
    real = os.path.realpath(path)
    try:
        status = os.stat(real)
    except OSError:
        return {real}
    return {real, (status.st_dev, status.st_ino)}


def _marks(path: Path) -> set[object]:
    """What a file shares with itself, and with the run that it could be one of."""
    return _identities(path) | {run_of(path)} - {None}


def _marks_of_run(path: Path, there: Iterable[Path]) -> set[object]:
    """What a run shares with every file that could be one of it, or that one of it leads to."""
    return {run_at(path)}.union(*map(_marks, there))
