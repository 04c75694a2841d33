"""A training set as one compact file, sized to a budget of bytes.

A pack is an uncompressed tar.  Its first member, `index.json`, lists the sources with their
terms and the entries; the others are the pictures: colours as JPEG, opacity as 8-bit PNG.  An
entry has one of three roles:

    foreground   an object's own colours and its alpha, to be laid over backgrounds
    scene        a photograph and the alpha (often a mask) of its object
    background   a photograph alone
"""

import dataclasses
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.errors import DatasetError, InputError
from penumbra.core.frames import Resize
from penumbra.data.sample import Kind, Track
from penumbra.io import write_atomically

Role = Literal["foreground", "scene", "background"]

FORMAT = 1
QUALITY = 88  # of JPEG
SMALLEST_SIDE = 64  # pixels; a budget that asks for less is refused
LARGEST_SIDE = 4096  # pixels; packs are for training, not for archives
WITH_STRANDS = "+strands"
"""What follows the name of a person in that of the version with strands over the head."""

Bytes = NDArray[np.uint8]

Load = Callable[[], tuple[RGB, Alpha | None]]
"""Reads a picture: colours (H, W, 3), and alpha (H, W), or None for a background."""


@dataclass(frozen=True)
class Source:
    """Where pictures come from.

    Attributes:
        name: Of the dataset.
        terms: Its licence in words.
        track: "open" if weights trained on it may be used commercially, else "research".
    """

    name: str
    terms: str
    track: Track


@dataclass(frozen=True, eq=False)
class Item:
    """A picture on its way into a pack.

    Attributes:
        role: What it is for.
        name: Unique among the items of its role and source.
        source: Name of its source.
        load: Reads it.
        kind: Type of the object.
        category: Word for the object.
        captions: Sentences about it.
    """

    role: Role
    name: str
    source: str
    load: Load
    kind: Kind = "SO"
    category: str = ""
    captions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A picture of a pack, by the names of its members.

    Attributes:
        role: As in `Item`; so are name, source, kind, category and captions.
        height: Pixels.
        width: Pixels.
        colour: Member with the colours.
        alpha: Member with the alpha, or None.
        sha256: Hash of the two members' bytes, one after the other.
    """

    role: Role
    name: str
    source: str
    kind: Kind
    category: str
    captions: tuple[str, ...]
    height: int
    width: int
    colour: str
    alpha: str | None
    sha256: str

    @property
    def digest(self) -> bytes:
        """Hash of the object's name and source, the same for all pictures of it.

        The version of a person with strands over the head is a picture of the same person.
        """
        name = self.name.removesuffix(WITH_STRANDS)
        return hashlib.sha256(f"{self.source}/{name}".encode()).digest()


@dataclass(frozen=True, eq=False)
class Pack:
    """A pack that was opened: the index is read and checked, the pictures are not decoded.

    Attributes:
        path: The file.
        sources: Where the pictures come from.
        entries: In the order of the file.
        members: Name to bytes.
    """

    path: Path
    sources: tuple[Source, ...]
    entries: tuple[Entry, ...]
    members: dict[str, bytes]

    def load(self, entry: Entry) -> tuple[Bytes, Bytes | None]:
        """Decode an entry: colours (H, W, 3) and alpha (H, W) or None, uint8.

        Raises:
            DatasetError: The picture is damaged.
        """
        stored = [self.members.get(name) for name in (entry.colour, entry.alpha) if name]
        if None in stored or _sha256(stored) != entry.sha256:
            raise DatasetError(
                f"{self.path}: picture {entry.name!r} must be whole, got damaged data"
            )
        rgb = self._decode(entry, stored[0], cv2.IMREAD_COLOR)[:, :, ::-1]
        alpha = self._decode(entry, stored[1], cv2.IMREAD_GRAYSCALE) if entry.alpha else None
        return rgb, alpha

    def _decode(self, entry: Entry, data: Any, mode: int) -> Bytes:  # noqa: ANN401 - bytes
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), mode)
        if decoded is None or decoded.shape[:2] != (entry.height, entry.width):
            size = "none" if decoded is None else f"{decoded.shape[0]}x{decoded.shape[1]}"
            raise DatasetError(
                f"{self.path}: picture {entry.name!r} must be one of {entry.height}x{entry.width} "
                f"as its index says, got {size}"
            )
        return np.asarray(decoded, np.uint8)


def write_pack(
    path: Path | str,
    items: Sequence[Item],
    sources: Sequence[Source],
    budget: int,
    side: int = 512,
) -> Pack:
    """Write items into a pack no larger than a budget.

    Args:
        path: Of the file; written whole or not at all.
        items: What goes in.
        sources: Every source that an item names.
        budget: Bytes; pictures are shrunk until all fit.
        side: Longest side of a picture, pixels.

    Raises:
        InputError: No items, an item of unknown source, two of one name, a side that is too
            small or too large, or a budget that would leave pictures of less than 64 pixels.
        OutputError: The file cannot be written.
    """
    _check(items, sources)
    if not SMALLEST_SIDE <= side <= LARGEST_SIDE:
        raise InputError(f"side must be in {SMALLEST_SIDE} to {LARGEST_SIDE} pixels, got {side}")
    if budget < 1:
        raise InputError(f"budget must be at least a byte, got {budget}")
    while True:
        data = _tar(items, sources, side)
        if len(data) <= budget:
            write_atomically(path, data)
            return read_pack(path)
        smaller = min(side - 1, int(side * (budget / len(data)) ** 0.5))
        if smaller < SMALLEST_SIDE:
            raise InputError(
                f"budget must hold {len(items)} pictures of {SMALLEST_SIDE} pixels, got {budget} "
                f"bytes for {len(data)} at {side} pixels"
            )
        side = smaller


def read_pack(path: Path | str) -> Pack:
    """Open a pack.

    Raises:
        DatasetError: No such file, not a pack, cut short, of another format, or its index does
            not fit what it holds.
    """
    members: dict[str, bytes] = {}
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                stream = archive.extractfile(member)
                members[member.name] = stream.read() if stream else b""
    except (OSError, tarfile.TarError, EOFError) as error:
        raise DatasetError(f"{path} must be a whole pack, got {error}") from error
    try:
        index = json.loads(members.pop("index.json"))
        if index["format"] != FORMAT:
            raise DatasetError(f"{path} must be a pack of format {FORMAT}, got {index['format']}")
        sources = tuple(Source(**source) for source in index["sources"])
        entries = tuple(
            _entry(entry, {source.name for source in sources}) for entry in index["entries"]
        )
        if strange := [source for source in sources if source.track not in get_args(Track)]:
            raise ValueError(f"no track {strange[0].track!r}")
        if len({source.name for source in sources}) != len(sources):
            raise ValueError("two sources of one name")
    except (KeyError, ValueError, TypeError) as error:
        raise DatasetError(f"{path} must hold a valid index.json, got {error!r}") from error
    wanted = {name for entry in entries for name in (entry.colour, entry.alpha) if name}
    if missing := sorted(wanted - members.keys()):
        raise DatasetError(
            f"{path} must hold every picture of its index, got none of {', '.join(missing[:5])}"
            + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        )
    return Pack(Path(path), sources, entries, members)


def _entry(stored: dict[str, Any], sources: set[str]) -> Entry:
    """Return an entry of the index, or raise ValueError or TypeError."""
    entry = Entry(**{**stored, "captions": tuple(stored["captions"])})
    for field in dataclasses.fields(Entry):
        value, kinds = getattr(entry, field.name), _KINDS.get(field.name, (str,))
        if type(value) not in kinds:
            raise TypeError(f"{field.name} of {entry.name!r} is {value!r}")
    if strange := [caption for caption in entry.captions if not isinstance(caption, str)]:
        raise TypeError(f"captions of {entry.name!r} hold {strange[0]!r}")
    if entry.role not in get_args(Role) or entry.kind not in get_args(Kind):
        raise ValueError(f"no role {entry.role!r} or kind {entry.kind!r}")
    if entry.source not in sources:
        raise ValueError(f"no source {entry.source!r}")
    if not (0 < entry.height <= LARGEST_SIDE and 0 < entry.width <= LARGEST_SIDE):
        raise ValueError(f"{entry.name!r} of {entry.height}x{entry.width} pixels")
    if (entry.alpha is None) != (entry.role == "background"):
        raise ValueError(f"{entry.role} {entry.name!r} with alpha {entry.alpha!r}")
    return entry


_KINDS = {"captions": (tuple,), "height": (int,), "width": (int,), "alpha": (str, type(None))}


def _check(items: Sequence[Item], sources: Sequence[Source]) -> None:
    if not items:
        raise InputError("items must hold at least one picture, got none")
    known = {source.name for source in sources}
    seen: set[tuple[str, str, str]] = set()
    for item in items:
        if item.source not in known:
            raise InputError(f"source must be one of {sorted(known)}, got {item.source!r}")
        if item.role not in get_args(Role):
            raise InputError(f"role must be one of {get_args(Role)}, got {item.role!r}")
        key = (item.role, item.source, item.name)
        if key in seen:
            raise InputError(f"names must be unique, got two of {item.role} {item.name!r}")
        seen.add(key)


def _tar(items: Sequence[Item], sources: Sequence[Source], side: int) -> bytes:
    """Return the whole file, with no picture longer than side."""
    with ThreadPoolExecutor() as workers:
        encoded = list(workers.map(lambda item: _encode(item, side), items))
    entries, members = list[Entry](), list[tuple[str, bytes]]()
    for number, (item, (shape, colour, alpha)) in enumerate(zip(items, encoded, strict=True)):
        stored = {f"{number:06d}.jpg": colour} | ({f"{number:06d}.png": alpha} if alpha else {})
        members += stored.items()
        entry = Entry(
            role=item.role,
            name=item.name,
            source=item.source,
            kind=item.kind,
            category=item.category,
            captions=item.captions,
            height=shape[0],
            width=shape[1],
            colour=f"{number:06d}.jpg",
            alpha=f"{number:06d}.png" if alpha else None,
            sha256=_sha256(list(stored.values())),
        )
        entries.append(entry)
    return archived(sources, entries, members)


def archived(
    sources: Iterable[Source], entries: Iterable[Entry], members: Iterable[tuple[str, bytes]]
) -> bytes:
    """Return the bytes of a pack.

    Args:
        sources: Of the entries.
        entries: What the index lists.
        members: Name and bytes of every picture, in their order.
    """
    index = {
        "format": FORMAT,
        "sources": [dataclasses.asdict(source) for source in sources],
        "entries": [dataclasses.asdict(entry) for entry in entries],
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, data in [("index.json", json.dumps(index).encode()), *members]:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def _encode(item: Item, side: int) -> tuple[tuple[int, int], bytes, bytes | None]:
    """Return size, JPEG and PNG of an item, shrunk to side."""
    rgb, alpha = item.load()
    if (alpha is None) != (item.role == "background"):
        raise InputError(f"{item.role} {item.name!r} must have an alpha unless a background")
    frame = Resize.to_long_side(rgb.shape[0], rgb.shape[1], side)
    bgr = _bytes(frame.plane(rgb))[:, :, ::-1]
    settings = [cv2.IMWRITE_JPEG_QUALITY, QUALITY]
    if item.role == "foreground":  # edges of hair must keep their colour
        settings += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    colour = cv2.imencode(".jpg", bgr, settings)[1].tobytes()
    if alpha is None:
        return bgr.shape[:2], colour, None
    settings = [cv2.IMWRITE_PNG_COMPRESSION, 9]
    return (
        bgr.shape[:2],
        colour,
        cv2.imencode(".png", _bytes(frame.plane(alpha)), settings)[1].tobytes(),
    )


def _bytes(values: NDArray[np.float32]) -> Bytes:
    rounded: Bytes = np.round(np.clip(values, 0, 1) * 255).astype(np.uint8)
    return rounded


def _sha256(parts: Any) -> str:  # noqa: ANN401
    return hashlib.sha256(b"".join(parts)).hexdigest()
