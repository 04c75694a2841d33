"""A set of pictures of several people on a disk: written so that nothing is ever half there.

As `penumbra.data.layouts.smpmat` reads it; the sheet `smpmat`, section 7:

    images/SPLIT/NAME.jpg          or .png
    alphas/SPLIT/NAME/00.png       8 bits, what is seen of the first person; 01.png and so on
    alphas/SPLIT/NAME/meta.json    caption, texts, boxes, n, seed, model, gates, order and more
"""

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB
from penumbra.core.errors import DatasetError, ImageError, OutputError
from penumbra.data.layouts.found import entries, pictures, read_json
from penumbra.data.layouts.smpmat import META
from penumbra.data.persons import extent_of
from penumbra.io import encode_image, load_alpha, load_image, write_atomically
from penumbra.io.png16 import encode_png

Bytes = NDArray[np.uint8]
Files = dict[str, bytes]
"""Path below the folder of the set to content."""

Suffix = Literal[".jpg", ".png"]

QUARANTINE = "quarantine"
"""Folder for what was found damaged: a folder for each picture, with what is left and why."""

REASON = "reason.txt"

_PART = ".penumbra-*.part"  # what a writer leaves that was killed


@dataclass(frozen=True, eq=False)
class PeoplePicture:
    """A picture of a set.

    Attributes:
        name: Of its files.
        split: Its part of the set.
        image: (H, W, 3) in [0, 1].
        alphas: (N, H, W) in [0, 1], what is seen of each person.
        texts: Of each person the sentences that mean nobody else.
        meta: All that `meta.json` says.
    """

    name: str
    split: str
    image: RGB
    alphas: NDArray[np.float32]
    texts: tuple[tuple[str, ...], ...]
    meta: Mapping[str, Any]


def encode_picture(image: RGB, suffix: Suffix) -> bytes:
    """Return the file of a picture: JPEG of quality 95, or PNG."""
    return encode_image(image, suffix)


def files_of(
    name: str,
    split: str,
    picture: bytes,
    suffix: Suffix,
    levels: Bytes,
    meta: Mapping[str, Any],
) -> Files:
    """Return the files of a picture.

    Args:
        name: Of the picture.
        split: Its part of the set.
        picture: From `encode_picture`.
        suffix: Of that.
        levels: (N, H, W), alpha in steps of 1 / 255.
        meta: Plain values.
    """
    folder = f"alphas/{split}/{name}"
    files = {f"images/{split}/{name}{suffix}": picture}
    files |= {f"{folder}/{k:02}.png": encode_png(plane, None) for k, plane in enumerate(levels)}
    return files | {f"{folder}/{META}": json.dumps(meta, indent=1).encode() + b"\n"}


def write_files(root: Path, files: Files) -> None:
    """Write the files of one picture: the picture, then the folder of its mattes all at once.

    Whatever stood in their places is replaced.

    Raises:
        OutputError: The folder cannot be written.
    """
    (image,) = (path for path in files if path.startswith("images/"))
    mattes = [path for path in files if path != image]
    place = root / Path(mattes[0]).parent
    part = place.with_name(f".penumbra-{secrets.token_hex(8)}.part")
    try:
        (root / image).parent.mkdir(parents=True, exist_ok=True)
        part.mkdir(parents=True)
        for path in mattes:
            (part / Path(path).name).write_bytes(files[path])
        write_atomically(root / image, files[image])
        if place.is_dir():
            shutil.rmtree(place)
        part.replace(place)
    except OSError as error:
        raise OutputError(f"{place} must be writable, got {error.strerror!r}") from error


def remove_parts(root: Path) -> None:
    """Remove what writers left who were killed in the middle.

    Raises:
        OutputError: It cannot be removed.
    """
    try:
        for folder in (root, *root.glob("images/*"), *root.glob("alphas/*"), root / "sheets"):
            for part in folder.glob(_PART):
                if part.is_dir():
                    shutil.rmtree(part)
                else:
                    part.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{root} must be writable, got {error.strerror!r}") from error


def hashes_of(files: Files) -> dict[str, str]:
    """Return the SHA-256 of each file."""
    return {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}


def difference(root: Path, hashes: Mapping[str, str]) -> str | None:
    """Return what is wrong with the files of a picture, or None if all are as they were."""
    for path, digest in hashes.items():
        try:
            found = hashlib.sha256((root / path).read_bytes()).hexdigest()
        except FileNotFoundError:
            return f"{path} must be there, got no such file"
        except OSError as error:
            return f"{path} must be readable, got {error.strerror!r}"
        if found != digest:
            return f"{path} must have sha256 {digest}, got {found}"
    return None


def boxes_of(levels: Bytes) -> list[list[int]]:
    """Return x0, y0, x1, y1 of each person, half-open, around alpha > 0.5."""
    boxes = []
    for plane in levels:
        extent = extent_of(plane > 127)
        if extent is None:
            raise DatasetError("alpha must exceed 0.5 somewhere, got nobody to be seen")
        boxes.append([extent.left, extent.top, extent.right, extent.bottom])
    return boxes


def splits_of(root: Path) -> list[str]:
    """Return the parts of a set, sorted.

    Raises:
        DatasetError: The folder has none, or cannot be read.
    """
    try:
        found = {it.name for place in ("images", "alphas") for it in entries(root / place)}
    except OSError as error:
        raise DatasetError(f"{root} must hold images and alphas, got {error.strerror!r}") from error
    return sorted(found)


def read_people(
    root: Path, splits: Sequence[str] = (), is_quarantining: bool = False
) -> Iterator[PeoplePicture]:
    """Yield the pictures of a set, each checked; sorted by split and name.

    Checked is that every file can be read, sizes agree, people are numbered without a gap and as
    many as `n` and `texts` say, boxes are theirs, and alphas add up to no more than 1.

    Args:
        root: The folder of the set.
        splits: Parts of it; all when empty.
        is_quarantining: Damaged pictures are moved to `quarantine/NAME/` and left out, instead of
            ending it all.  `penumbra synth people` makes them anew.

    Raises:
        DatasetError: A picture is damaged, and was not to be moved; or there is no set.
    """
    for split in splits or splits_of(root):
        try:
            images = pictures(root / "images" / split)
            folders = {it.name for it in entries(root / "alphas" / split)}
        except OSError as error:
            raise DatasetError(f"{root} must hold {split}, got {error.strerror!r}") from error
        for name in sorted(images.keys() | folders):
            try:
                picture = _read(root, split, name, images.get(name))
            except (DatasetError, ImageError, OSError) as error:
                if not is_quarantining:
                    raise DatasetError(f"picture {name} must be whole, got: {error}") from error
                paths = [f"alphas/{split}/{name}"]
                paths += [images[name].relative_to(root).as_posix()] if name in images else []
                quarantine(root, name, paths, str(error))
                continue
            yield picture


def quarantine(root: Path, name: str, paths: Sequence[str], reason: str) -> Path:
    """Move what is left of a picture to `quarantine/NAME/`, with the reason beside it.

    Args:
        root: The folder of the set.
        name: Of the picture.
        paths: Its files and folders, below that; those that are not there are passed over.
        reason: In a sentence.

    Returns:
        The folder: NAME, or NAME-2 and so on where that is taken.

    Raises:
        OutputError: They cannot be moved.
    """
    place = free_place(root / QUARANTINE / name)
    move_into(place, [root / path for path in paths])
    write_atomically(place / REASON, f"{reason}\n".encode())
    return place


def free_place(place: Path) -> Path:
    """Return a path, or the first of PATH-2, PATH-3, ... where there is nothing yet."""
    number, free = 1, place
    while free.exists():
        number += 1
        free = place.with_name(f"{place.name}-{number}")
    return free


def move_into(place: Path, paths: Sequence[Path]) -> None:
    """Move files, and what folders hold, into one folder; what is not there is passed over.

    Raises:
        OutputError: They cannot be moved.
    """
    try:
        place.mkdir(parents=True, exist_ok=True)
        for path in paths:
            inner = sorted(path.iterdir()) if path.is_dir() else [path]
            for file in inner:
                with suppress(FileNotFoundError):
                    os.replace(file, place / file.name)
            if path.is_dir():
                path.rmdir()
    except OSError as error:
        raise OutputError(f"{place} must be writable, got {error.strerror!r}") from error


def _read(root: Path, split: str, name: str, image: Path | None) -> PeoplePicture:
    folder = root / "alphas" / split / name
    if image is None:
        raise DatasetError(f"images/{split}/{name}.* must be there, got none")
    meta = read_json(folder / META)
    if not isinstance(meta, dict) or not isinstance(meta.get("texts"), list):
        raise DatasetError(f"{folder / META} must be an object with texts")
    files = sorted(folder.glob("*.png"))
    count = len(files)
    names = [f"{number:02}.png" for number in range(count)]
    if [file.name for file in files] != names or not count == meta.get("n") == len(meta["texts"]):
        raise DatasetError(
            f"{folder} must hold mattes and texts of {meta.get('n')} people, got {count} mattes "
            f"and {len(meta['texts'])} texts"
        )
    colours = load_image(image)
    planes = [np.rint(255 * load_alpha(file)).astype(np.uint8) for file in files]
    if strange := [it.shape for it in planes if it.shape != colours.shape[:2]]:
        raise DatasetError(f"mattes must have shape {colours.shape[:2]}, got {strange[0]}")
    levels = np.stack(planes)
    if (most := int(levels.sum(axis=0).max())) > 255:
        raise DatasetError(f"alphas must add up to at most 255 of 255, got {most}")
    boxes = boxes_of(levels)
    if meta.get("boxes", boxes) != boxes:
        raise DatasetError(f"boxes must be those of the mattes, got {meta['boxes']}")
    try:
        texts = tuple(
            tuple(str(it["text"]) for it in each if it["unique"]) for each in meta["texts"]
        )
    except (KeyError, TypeError) as error:
        raise DatasetError(f"texts must have text and unique, got {error!r}") from error
    alphas = np.divide(levels, 255, dtype=np.float32)
    return PeoplePicture(name, split, colours, alphas, texts, meta)
