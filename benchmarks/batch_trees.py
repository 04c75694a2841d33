"""What the benchmark of batches works on: trees of links to photographs, and files that do harm."""

import os
import random
import struct
import zlib
from collections.abc import Callable
from hashlib import file_digest
from io import BytesIO
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from penumbra.io import READABLE

_FOLDERS = 7
_NAMES = ("photo{}.jpg", "PHOTO{}.jpg", "photo{}.jpeg", "photo{}.JPG")  # one place, four times

TREES = ("ok", "review", "quarantine")


def photographs(data: Path, count: int, seed: int = 0) -> list[Path]:
    """Return so many photographs of the shared folders, drawn by chance, each once."""
    found = [
        path
        for path in sorted(data.glob("*/images/*"))
        if path.suffix.lower() in READABLE and path.is_file()
    ]
    random.Random(seed).shuffle(found)
    if len(found) < count:
        raise SystemExit(f"{data} must hold at least {count} photographs, got {len(found)}")
    return found[:count]


def link_tree(root: Path, sources: list[Path]) -> list[Path]:
    """Make a tree of links to photographs, four of whose names at a time would meet.

    Endings say nothing of the kind of a file, which is told by its bytes.
    """
    links = []
    for number, source in enumerate(sources):
        folder = root / f"day{number % _FOLDERS}" / f"camera{number % 3}"
        place = number // _FOLDERS
        link = folder / _NAMES[place % len(_NAMES)].format(place // len(_NAMES))
        folder.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.realpath(source))
        links.append(link)
    return links


def hashes(output: Path) -> dict[str, str]:
    """Return SHA-256 of every file of the results, by place."""
    told = {}
    for tree in TREES:
        for path in sorted((output / tree).rglob("*")):
            if path.is_file():
                with path.open("rb") as file:
                    told[path.relative_to(output).as_posix()] = file_digest(
                        file, "sha256"
                    ).hexdigest()
    return told


def write_hostile(root: Path, count: int, seed: int = 0) -> dict[str, str]:
    """Write files that are no photographs into a tree, as many of each kind.

    Returns:
        Their places in the tree, to their kinds.
    """
    rng = random.Random(seed)
    written = {}
    for number in range(count):
        kind = list(_HOSTILE)[number % len(_HOSTILE)]
        place = f"day{number % _FOLDERS}/bad-{number}.jpg"
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_bytes(_HOSTILE[kind](rng))
        written[place] = kind
    return written


def _encoded(kind: str, rng: random.Random) -> bytes:
    pixels = np.frombuffer(rng.randbytes(64 * 64 * 3), np.uint8).reshape(64, 64, 3)
    file = BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


def _truncated(kind: str) -> Callable[[random.Random], bytes]:
    def write(rng: random.Random) -> bytes:
        data = _encoded(kind, rng)
        return data[: len(data) * 2 // 3]

    return write


def _animation(rng: random.Random) -> bytes:
    frames = [Image.new("P", (8, 8), rng.randrange(256)) for _ in range(3)]
    file = BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=40)
    return file.getvalue()


def _pages(rng: random.Random) -> bytes:
    file = BytesIO()
    pages = np.frombuffer(rng.randbytes(3 * 64 * 3), np.uint8).reshape(3, 8, 8, 3)
    tifffile.imwrite(file, pages, photometric="rgb")
    return file.getvalue()


def _not_finite(rng: random.Random) -> bytes:
    file = BytesIO()
    tifffile.imwrite(file, np.full((8, 8, 3), np.nan, np.float32), photometric="rgb")
    return file.getvalue()


def _chunk(name: bytes, data: bytes) -> bytes:
    sum_of = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", sum_of)


def _bomb(rng: random.Random) -> bytes:
    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(100_000))
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", rows)
        + _chunk(b"IEND", b"")
    )


_HOSTILE: dict[str, Callable[[random.Random], bytes]] = {
    "empty": lambda rng: b"",
    "text": lambda rng: b"this is a letter, not a picture\n" * 9,
    "noise": lambda rng: rng.randbytes(4096),
    "JPEG that ends early": _truncated("JPEG"),
    "PNG that ends early": _truncated("PNG"),
    "JPEG's first bytes, then noise": lambda rng: b"\xff\xd8\xff\xe0" + rng.randbytes(4096),
    "animation": _animation,
    "three pages": _pages,
    "pixels that are no numbers": _not_finite,
    "3.6 billion pixels in a small file": _bomb,
}
