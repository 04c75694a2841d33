"""From what stands on the command line to a list of jobs: what is read, what is written.

Nothing is decoded here, and nothing is made.
"""

import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Any

from penumbra.core.errors import InputError
from penumbra.io import (
    ALPHA_SUFFIXES,
    CUTOUT_SUFFIXES,
    IMAGE_SUFFIXES,
    LAYER_SUFFIXES,
    READABLE,
    check_suffix,
)

STANDARD_STREAM = "-"

RESULTS = ("output", "alpha", "foreground", "uncertainty", "session")
"""What a job can write, by the names of the attributes of `Job`."""

SESSION_SUFFIXES = (".json",)

_STDIN_NAME = PurePath("stdin")
_HERE = PurePath()


@dataclass(frozen=True)
class Job:
    """One photograph and where its results go.

    Attributes:
        source: The file to read; None is standard input.
        name: The file's place below the folder that was given: `sub/cat.jpg`.  Hints in a
            folder are matched by it.
        output: The file to write; None is standard output.
        alpha: Where the matte alone goes, if it is wanted.
        foreground: Where the foreground colours alone go, if they are wanted.
        uncertainty: Where the expected error of the matte goes, if it is wanted.
        session: Where goes what was said, to be played again, if it is wanted.
        is_numbered: Whether each result is several files, one a person; see `numbered`.
        problem: Why the job must not be started, or None.
        data: The bytes of the photograph, where they are there already; there is no source then.
    """

    source: Path | None
    name: PurePath
    output: Path | None = None
    alpha: Path | None = None
    foreground: Path | None = None
    uncertainty: Path | None = None
    session: Path | None = None
    is_numbered: bool = False
    problem: str | None = None
    data: bytes | None = field(default=None, repr=False)

    @property
    def label(self) -> str:
        """What messages and reports call the photograph."""
        if self.data is not None:
            return self.name.as_posix()
        return STANDARD_STREAM if self.source is None else str(self.source)

    @property
    def targets(self) -> tuple[Path, ...]:
        """Every file the job writes, or the paths that its runs of numbered files stand for."""
        wanted = (self.output, self.alpha, self.foreground, self.uncertainty, self.session)
        return tuple(path for path in wanted if path is not None)

    def writing(self, result: str, path: Path) -> "Job":
        """Return a copy that writes one more result, an attribute's name, to a file."""
        changes: dict[str, Any] = {result: path}
        return replace(self, **changes)


@dataclass(frozen=True)
class Places:
    """Where results go: files for one photograph, folders for several.

    Attributes:
        output: The cut-outs; "-" is standard output.
        alpha: The mattes alone, if they are wanted.
        foreground: The foreground colours alone, if they are wanted.
        uncertainty: The expected errors of the mattes, if they are wanted.
        session: What was said, to be played again, if it is wanted.
        is_opaque: Whether the cut-outs are laid over a background.
        is_numbered: Whether each result is several files, one a person.
        format: Of cut-outs in a folder, such as "psd"; PNG when omitted.
    """

    output: str
    alpha: str | None = None
    foreground: str | None = None
    uncertainty: str | None = None
    session: str | None = None
    is_opaque: bool = False
    is_numbered: bool = False
    format: str | None = None

    @property
    def wanted(self) -> dict[str, str]:
        """The results that are wanted, by the names of the attributes of `Job`."""
        places = {name: getattr(self, name) for name in RESULTS}
        return {name: place for name, place in places.items() if place is not None}

    def suffix(self, name: str) -> str:
        """The ending of files of these results in a folder."""
        if name == "session":
            return ".json"
        if name == "output" and self.format is not None:
            return check_suffix(f"output.{self.format}", self.suffixes(name))
        return ".png"

    def suffixes(self, name: str) -> tuple[str, ...]:
        """The endings that a file of these results can have."""
        if name == "output":
            return (*IMAGE_SUFFIXES, *LAYER_SUFFIXES) if self.is_opaque else CUTOUT_SUFFIXES
        if name == "session":
            return SESSION_SUFFIXES
        return IMAGE_SUFFIXES if name == "foreground" else ALPHA_SUFFIXES


def plan_jobs(inputs: Sequence[str], places: Places, kept: Iterable[Path] = ()) -> list[Job]:
    """List the jobs, in the order of the inputs; the files of a folder are sorted.

    A folder is walked with its sub-folders; hidden files, folders of results or hints, and
    files whose ending is not that of a photograph are left out.

    Args:
        inputs: Files, folders, or "-" for standard input.
        places: Where results go.
        kept: Files and folders that are read besides (hints, a background) and must survive.

    Raises:
        InputError: Nothing to do, or a folder stands where a file must, or the reverse.
    """
    kept = list(kept)
    wanted = places.wanted
    is_folder = {name: _is_folder(name, places, is_several(inputs)) for name in wanted}
    if places.format is not None and not is_folder["output"]:
        came = f"format {places.format} for {places.output}"
        raise InputError(f"output must be a folder to have a format that is named, got {came}")
    folders = [Path(place) for name, place in wanted.items() if is_folder[name]] + kept
    jobs = list(_unique(_find(inputs, {os.path.realpath(folder) for folder in folders})))
    if not jobs:
        raise InputError(f"input must hold at least one photograph, got {', '.join(inputs)}")
    pngs = distinct_names([job.name for job in jobs])
    for name, place in wanted.items():
        if place == STANDARD_STREAM:
            continue
        files = [png.with_suffix(places.suffix(name)) for png in pngs]
        paths = [Path(place) / file if is_folder[name] else Path(place) for file in files]
        jobs = [job.writing(name, path) for job, path in zip(jobs, paths, strict=True)]
    return [replace(job, is_numbered=places.is_numbered) for job in jobs]


def distinct_names(names: Sequence[PurePath]) -> list[PurePath]:
    """Give every photograph a PNG of its own.

    `cat.jpg` becomes `cat.png`.  Names that would meet, on a file system that ignores case
    too, keep their ending: `cat.jpg.png` and `cat.tif.png`; what still meets is numbered.

    Example:
        >>> names = [PurePath("a/x.jpg"), PurePath("a/x.tif"), PurePath("b/x.jpg")]
        >>> [name.as_posix() for name in distinct_names(names)]
        ['a/x.jpg.png', 'a/x.tif.png', 'b/x.png']
    """
    plain = [name.with_name(f"{name.stem}.png") for name in names]
    shared = Counter(fold(name) for name in plain)
    taken: set[str] = set()
    distinct = []
    for name, short in zip(names, plain, strict=True):
        choice = short if shared[fold(short)] == 1 else name.with_name(f"{name.name}.png")
        first, number = choice, 1
        while fold(choice) in taken:
            number += 1
            choice = first.with_name(f"{first.stem}-{number}.png")
        taken.add(fold(choice))
        distinct.append(choice)
    return distinct


def is_several(inputs: Sequence[str]) -> bool:
    """Whether results go to a folder: more than one input, or a folder."""
    return len(inputs) > 1 or os.path.isdir(inputs[0])


def _is_folder(name: str, places: Places, is_several: bool) -> bool:
    """Whether these results go into a folder, or to a file; raise if it cannot be."""
    place = places.wanted[name]
    if not place:
        raise InputError(f"{name} must be a file, a folder or -, got an empty name")
    suffix = Path(place).suffix.lower()
    if os.path.isdir(place) or place.endswith(("/", os.sep)):
        return True
    if is_several:
        known = *IMAGE_SUFFIXES, *LAYER_SUFFIXES, *SESSION_SUFFIXES
        is_file = os.path.isfile(place) or suffix in known
        if place == STANDARD_STREAM or is_file:
            raise InputError(f"{name} must be a folder for several inputs, got {place}")
        return True
    if place == STANDARD_STREAM:
        if name != "output" or places.is_numbered:
            raise InputError(f"{name} must be a file or a folder, got {place}")
        return False
    if suffix:
        check_suffix(place, places.suffixes(name))
    return not suffix


def _find(inputs: Sequence[str], left_out: set[str]) -> Iterator[Job]:
    for text in inputs:
        if not text:
            raise InputError("input must be a file, a folder or -, got an empty name")
        if text == STANDARD_STREAM:
            yield Job(None, _STDIN_NAME)
        elif not os.path.isdir(text):
            yield Job(Path(text), PurePath(PurePath(text).name))
        elif os.path.realpath(text) in left_out:
            raise InputError(f"input must not be a folder of results or hints, got {text}")
        else:
            top = PurePath(os.path.realpath(text)).name if len(inputs) > 1 else ""
            yield from walk(Path(text), left_out, PurePath(top))


def walk(folder: Path, left_out: set[str], name: PurePath = _HERE) -> Iterator[Job]:
    """List the photographs of a folder with its sub-folders, sorted in each.

    Args:
        folder: Where to look.
        left_out: Real paths of folders and files that are none of them.
        name: What the place of each begins with.
    """
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield Job(folder, name / "*", problem=f"folder must be readable, got {error.strerror}")
        return
    for entry in entries:
        path = folder / entry.name
        if entry.name.startswith(".") or os.path.realpath(path) in left_out:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from walk(path, left_out, name / entry.name)
        elif path.suffix.lower() in READABLE and entry.is_file():
            yield Job(path, name / entry.name)


def _unique(jobs: Iterable[Job]) -> Iterator[Job]:
    """Drop a photograph that was named before; a link to it is another photograph."""
    seen = set()
    for job in jobs:
        place = None if job.source is None else os.path.abspath(job.source)
        if place not in seen:
            seen.add(place)
            yield job


def fold(name: PurePath) -> str:
    """Return what names share that are one on file systems which ignore case and spelling."""
    return unicodedata.normalize("NFC", name.as_posix()).casefold()
