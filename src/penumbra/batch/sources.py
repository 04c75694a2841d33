"""What a batch is to do: a folder, a list, a Parquet file, or a folder of an object store.

Nothing is decoded here, and nothing is made.
"""

import json
import os
import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from penumbra.batch.addresses import (
    is_remote,
    open_file_system,
    open_parquet,
    row_address,
    stamp_at,
    stamp_from,
)
from penumbra.batch.inputs import walk
from penumbra.core.errors import InputError
from penumbra.io import READABLE

_KINDS = "a folder, a list (.txt), a Parquet file (.parquet) or an address (s3://...)"


@dataclass(frozen=True, slots=True)
class Item:
    """One input.

    Attributes:
        key: Its place in INPUT, by which it is known from run to run: "sub/cat.jpg".
        address: Where its bytes are; see `addresses`.
        stamp: Size and time when it was listed, None where nobody says.
        name: Where its result goes below each tree: "sub/cat.png".
        problem: Why it cannot be read, or None.
    """

    key: str
    address: str
    stamp: str | None = None
    name: str = ""
    problem: str | None = None

    def to_json(self) -> str:
        """Return a line of plain letters, whatever the file is called."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> "Item":
        """Return what `to_json` was given."""
        return cls(**json.loads(line))


def list_items(source: str, output: Path) -> list[Item]:
    """List what there is to do; keys are distinct.

    A folder is walked with its sub-folders; hidden files and files whose ending is not that of a
    photograph are left out.  Lists and Parquet files name what they want.

    Args:
        source: INPUT.
        output: OUTPUT, which is not walked.

    Raises:
        InputError: It is nothing of the kind, or cannot be read.
    """
    if source.lower().endswith(".parquet"):
        return _unique(_parquet(source))
    if source.lower().endswith(".txt"):
        return _unique(_listed(_lines(source), source))
    if is_remote(source):
        return _unique(_stored(source))
    if not os.path.isdir(source):
        what = "a file" if os.path.exists(source) else "nothing"
        raise InputError(f"input must be {_KINDS}, got {source}, which is {what}")
    if os.path.realpath(source) == os.path.realpath(output):
        raise InputError(f"input must not be the folder of results, got {source}")
    return [
        Item(
            job.name.as_posix(),
            os.path.abspath(str(job.source)),
            stamp_at(str(job.source)),
            problem=job.problem,
        )
        for job in walk(Path(source), {os.path.realpath(output)})
    ]


def place_of(address: str, above: str = "") -> str:
    """Return the place that an address has in a batch.

    Args:
        address: A path or an fsspec address.
        above: The folder that places are told from, where the address lies in it.

    Example:
        >>> place_of("/pictures/sub/cat.jpg", "/pictures"), place_of("s3://bucket/cat.jpg")
        ('sub/cat.jpg', 'bucket/cat.jpg')
    """
    if above and address.startswith(above.rstrip("/") + "/"):
        address = address[len(above.rstrip("/")) + 1 :]
    parts = address.rpartition("://")[2].replace("\0", "_").split("/")
    return "/".join(part for part in parts if part not in ("", ".", "..")) or "input"


def _listed(lines: Iterable[str], listing: str) -> Iterator[Item]:
    """Items of what a list or a column of paths names, relative to where that lies."""
    above = posixpath.dirname(listing) if is_remote(listing) else _folder_of(listing)
    for line in lines:
        if is_remote(line):
            address = line
        elif is_remote(above):
            address = f"{above}/{line.lstrip('/')}"
        else:
            address = os.path.normpath(os.path.join(above, line))
        stamp = None if is_remote(address) else stamp_at(address)
        yield Item(place_of(address, above), address, stamp)


def _folder_of(listing: str) -> str:
    return os.path.dirname(os.path.abspath(listing))


def _lines(listing: str) -> Iterator[str]:
    try:
        if is_remote(listing):
            files, path = open_file_system(listing)
            data = files.cat_file(path)
        else:
            data = Path(listing).read_bytes()
    except OSError as error:
        came = error.strerror or str(error)
        raise InputError(f"input must be a readable list, got {listing}: {came}") from error
    for line in data.removeprefix(b"\xef\xbb\xbf").splitlines():
        if line.strip() and not line.lstrip().startswith(b"#"):
            yield os.fsdecode(line.strip())


def _parquet(file: str) -> Iterator[Item]:
    parquet = open_parquet(file)
    names = parquet.schema_arrow.names
    if "path" in names:
        yield from _listed(map(str, _values(parquet, "path")), file)
        return
    if not {"bytes", "name"} <= set(names):
        came = ", ".join(names)
        raise InputError(f"{file} must have a column path, or bytes and name, got {came}")
    place = file if is_remote(file) else os.path.abspath(file)
    stamp = stamp_at(place)
    for row, name in enumerate(_values(parquet, "name")):
        yield Item(place_of(str(name)), row_address(place, row), stamp)


def _values(parquet: Any, column: str) -> Iterator[Any]:  # noqa: ANN401 - pyarrow has no types
    for batch in parquet.iter_batches(columns=[column]):
        for value in batch.column(0).to_pylist():
            if value is None:
                raise InputError(f"column {column} must have a value in each row, got none in one")
            yield value


def _stored(address: str) -> Iterator[Item]:
    files, root = open_file_system(address)
    try:
        found = files.find(root, detail=True)
    except Exception as error:  # clients of object stores raise everything
        raise InputError(f"input must be readable, got {address}: {error}") from error
    for path, info in sorted(found.items()):
        place = PurePosixPath(place_of(path, root))
        is_hidden = any(part.startswith(".") for part in place.parts)
        if place.suffix.lower() in READABLE and not is_hidden:
            yield Item(str(place), files.unstrip_protocol(path), stamp_from(info))


def _unique(items: Iterable[Item]) -> list[Item]:
    """Drop what is named twice, and number what lies elsewhere under the same key."""
    kept: dict[str, Item] = {}
    addresses: set[str] = set()
    for item in items:
        if item.address in addresses:
            continue
        addresses.add(item.address)
        place, number = PurePosixPath(item.key), 1
        while item.key in kept:
            number += 1
            key = str(place.with_name(f"{place.stem}-{number}{place.suffix}"))
            item = replace(item, key=key)
        kept[item.key] = item
    return list(kept.values())
