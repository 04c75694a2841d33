"""The list of the graphs in a folder: what each is, and what its file must hash to.

`manifest.json` is `{"files": {"segment-s.onnx": {"sha256": ..., ...}, ...}}`, with the fields of
`Entry` for each file, no more and no less.
"""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from penumbra.core.errors import WeightsError
from penumbra.io.writing import write_atomically

MANIFEST = "manifest.json"

Licence = Literal["open", "research"]
"""Free to use commercially, or for research alone."""


@dataclass(frozen=True)
class Source:
    """Something that a network was trained on.

    Attributes:
        name: Of the dataset, or of the procedure.
        terms: Under which it may be used.
    """

    name: str
    terms: str


@dataclass(frozen=True)
class Entry:
    """One shipped graph.

    Attributes:
        file: Name of the file, in the folder of the manifest.
        sha256: Of the file, in hexadecimal.
        bytes: Size of the file.
        room: Whose predictor runs it.
        variant: Of the room's network.
        graph: Which of the room's graphs it is.
        torch_sha256: Of ROOM-VARIANT.safetensors beside it, the same weights for torch, from
            which other networks can start.  It is kept in the repository and not installed.
        config: Sizes of the network.
        recipe: The resolved recipe that made it.
        commit: Of the code that trained it.
        hardware: That trained it.
        minutes: Of training.
        data: What it was trained on.
        licence: What the terms of the data allow.
        numbers: What was measured, by name.
        date: Of the export, as YYYY-MM-DD.
    """

    file: str
    sha256: str
    bytes: int
    room: str
    variant: str
    graph: str
    torch_sha256: str
    config: dict[str, Any]
    recipe: dict[str, Any]
    commit: str
    hardware: str
    minutes: float
    data: tuple[Source, ...]
    licence: Licence
    numbers: dict[str, float]
    date: str

    @property
    def name(self) -> str:
        """The name of the file without its suffix."""
        return self.file.removesuffix(".onnx")

    @property
    def is_open(self) -> bool:
        """Whether it is free to use commercially."""
        return self.licence == "open"


_KINDS: dict[str, type | tuple[type, ...]] = {
    "bytes": int,
    "config": dict,
    "recipe": dict,
    "minutes": (int, float),
    "data": list,
    "numbers": dict,
}
"""What is not a string."""

_PATTERNS = {
    "file": (r"[A-Za-z0-9][A-Za-z0-9._-]*\.onnx", "a plain name that ends in .onnx"),
    "sha256": (r"[0-9a-f]{64}", "64 hexadecimal digits"),
    "torch_sha256": (r"[0-9a-f]{64}", "64 hexadecimal digits"),
    "date": (r"\d{4}-\d{2}-\d{2}", "a date such as 2026-01-31"),
}


def read_manifest(folder: Path) -> tuple[Entry, ...]:
    """Return what a folder's manifest lists, by name; nothing where there is no manifest.

    Raises:
        WeightsError: The manifest cannot be read, or an entry does not have the fields of
            `Entry`: a key is missing or unknown, or a value is of the wrong kind.
    """
    path = folder / MANIFEST
    if not path.exists():
        return ()
    try:
        listed = json.loads(path.read_bytes())
    except OSError as error:
        raise WeightsError(f"{path} must be readable, got {error.strerror!r}") from error
    except ValueError as error:
        raise WeightsError(f"{path} must be JSON, got {error}") from error
    if not isinstance(listed, dict) or listed.keys() != {"files"}:
        raise WeightsError(f"{path} must hold the key 'files' alone, got {_shown(listed)}")
    if not isinstance(listed["files"], dict):
        raise WeightsError(f"{path}: files must be an object, got {_shown(listed['files'])}")
    return tuple(
        parse_entry(f"{path}: {file}", file, stated)
        for file, stated in sorted(listed["files"].items())
    )


def add_entries(folder: Path, entries: Iterable[Entry]) -> None:
    """Write a folder's manifest again with more entries; those of the same files are replaced.

    Raises:
        WeightsError: The manifest that is there, or a new entry, is not as it must be.
        OutputError: It cannot be written; the old one is untouched.
    """
    files = {entry.file: _stated(entry) for entry in (*read_manifest(folder), *entries)}
    for file, stated in files.items():
        parse_entry(file, file, stated)
    text = json.dumps({"files": dict(sorted(files.items()))}, indent=2, allow_nan=False)
    write_atomically(folder / MANIFEST, text.encode("utf-8") + b"\n")


def parse_entry(where: str, file: str, stated: object) -> Entry:
    """Return an entry from what JSON holds for a file.

    Args:
        where: How messages call it.
        file: Its key.
        stated: Its value.

    Raises:
        WeightsError: It does not have the fields of `Entry`.
    """
    wanted = {field.name for field in fields(Entry)} - {"file"}
    checked = _checked_keys(where, stated, wanted)
    for key in sorted(wanted):
        kind = _KINDS.get(key, str)
        if not isinstance(checked[key], kind) or isinstance(checked[key], bool):
            kinds = kind if isinstance(kind, tuple) else (kind,)
            named = " or ".join(each.__name__ for each in kinds)
            raise WeightsError(
                f"{where}: {key} must be of type {named}, got {_shown(checked[key])}"
            )
    for key, (pattern, rule) in _PATTERNS.items():
        if not re.fullmatch(pattern, said := {"file": file, **checked}[key]):
            raise WeightsError(f"{where}: {key} must be {rule}, got {said!r}")
    if (licence := checked["licence"]) not in get_args(Licence):
        raise WeightsError(f"{where}: licence must be open or research, got {licence!r}")
    for key in ("bytes", "minutes"):
        if not 0 <= checked[key] < math.inf:
            raise WeightsError(f"{where}: {key} must be at least 0, got {checked[key]}")
    for key, number in checked["numbers"].items():
        if not isinstance(number, int | float) or not math.isfinite(number):
            raise WeightsError(f"{where}: number {key!r} must be finite, got {_shown(number)}")
    data = tuple(_source(f"{where}: data", source) for source in checked["data"])
    return Entry(file=file, **{**checked, "data": data})


def _source(where: str, stated: object) -> Source:
    checked = _checked_keys(where, stated, {"name", "terms"})
    for key, value in checked.items():
        if not isinstance(value, str):
            raise WeightsError(f"{where}: {key} must be of type str, got {_shown(value)}")
    return Source(**checked)


def _checked_keys(where: str, stated: object, wanted: set[str]) -> dict[str, Any]:
    if not isinstance(stated, dict):
        raise WeightsError(f"{where} must be an object, got {_shown(stated)}")
    if unknown := stated.keys() - wanted:
        listed = ", ".join(sorted(wanted))
        raise WeightsError(f"{where}: key must be one of {listed}, got {sorted(unknown)[0]!r}")
    if missing := wanted - stated.keys():
        raise WeightsError(f"{where} must say {', '.join(sorted(missing))}, got nothing")
    return stated


def _stated(entry: Entry) -> dict[str, Any]:
    # By way of JSON, so that what is checked is what will be read.
    stated: dict[str, Any] = json.loads(json.dumps(asdict(entry)))
    del stated["file"]
    return stated


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
