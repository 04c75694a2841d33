"""No result may land on a file that is read, nor on another result.

Two paths are one file if they lead to the same place, through links or not, or if both exist and
have the same number: hard links, and other spellings where the file system ignores case.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from penumbra.cli.inputs import Job
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
    read = {key for job in jobs if job.source is not None for key in _identities(job.source)}
    read |= {key for path in kept for file in _files(path) for key in _identities(file)}
    written: set[object] = set()
    if report is not None:
        if read & _identities(report):
            raise InputError(f"report must not be a file that is read, got {report}")
        written |= _identities(report)
    guarded = []
    for job in jobs:
        problem = job.problem
        for path in job.targets:
            if (keys := _identities(path)) & read:
                problem = problem or f"output must not be a file that is read, got {path}"
            elif keys & written:
                problem = problem or f"output must not be written twice, got {path}"
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
