"""Split a pack into packs that are small enough to be sent one by one.

    python scripts/split_pack.py clicks.tar 60MB out/clicks

Writes out/clicks-0.tar, out/clicks-1.tar and so on.  Given to `penumbra train` in this order, as
`--pack` each, they are the pack that was split: every sample is the same.
"""

import argparse
from pathlib import Path

from penumbra.core.errors import InputError
from penumbra.data.pack import Entry, Pack, archived, read_pack
from penumbra.io import write_atomically

_BLOCK = 512  # bytes: of tar, whose members have a head of one and fill whole ones
_INDEXED = 600  # bytes that an entry without long captions takes in the index at most
_END = 20_000  # bytes: the sources, and the zeros at the end of a tar


def main() -> None:
    """Read a pack, write its parts."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pack", type=Path)
    parser.add_argument("limit", help="of each part, like 60MB")
    parser.add_argument("out", type=Path, help="what the parts are called, but for -0.tar")
    arguments = parser.parse_args()
    digits = arguments.limit.upper().removesuffix("MB")
    if not digits.isdecimal() or not int(digits):
        raise InputError(f"limit must be like 60MB, got {arguments.limit!r}")
    for number, data in enumerate(split(read_pack(arguments.pack), int(digits) * 1_000_000)):
        path = arguments.out.with_name(f"{arguments.out.name}-{number}.tar")
        write_atomically(path, data)
        print(f"wrote {path}, {len(data) / 1e6:.1f} MB")


def split(pack: Pack, limit: int) -> list[bytes]:
    """Return packs of at most `limit` bytes; an entry that is larger has one of its own.

    Raises:
        InputError: Captions or terms are so long that a part is larger.
    """
    parts: list[list[Entry]] = [[]]
    left = limit - _END
    for entry in pack.entries:
        size = _INDEXED + sum(
            _BLOCK + -(-len(data) // _BLOCK) * _BLOCK for _, data in _of(pack, entry)
        )
        if size > left and parts[-1]:
            parts.append([])
            left = limit - _END
        parts[-1].append(entry)
        left -= size
    return [_part(pack, part, limit) for part in parts]


def _of(pack: Pack, entry: Entry) -> list[tuple[str, bytes]]:
    return [(name, pack.members[name]) for name in (entry.colour, entry.alpha) if name]


def _part(pack: Pack, entries: list[Entry], limit: int) -> bytes:
    used = {entry.source for entry in entries}
    sources = [source for source in pack.sources if source.name in used]
    data = archived(sources, entries, [each for entry in entries for each in _of(pack, entry)])
    if len(data) > limit and len(entries) > 1:  # captions, or sources, longer than was thought
        raise InputError(f"limit must leave room for the index, got a part of {len(data)} bytes")
    return data


if __name__ == "__main__":
    main()
