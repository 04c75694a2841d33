"""Tiny packs of pictures that are known exactly."""

from functools import partial
from pathlib import Path

import numpy as np

from penumbra.core.arrays import RGB, Alpha
from penumbra.data.pack import Item, Pack, Source, write_pack
from tests.scenes import soft_disk

OPEN = Source("drawn", "free", "open")
RESEARCH = Source("photographs", "research only", "research")


def picture(number: int, height: int = 48, width: int = 40) -> RGB:
    """Smooth colours that differ from number to number, (height, width, 3)."""
    y, x = np.mgrid[:height, :width] / max(height, width)
    planes = [np.sin(3 * x + number), np.cos(2 * y - number), np.sin(x + y + 2 * number)]
    return (0.5 + 0.4 * np.stack(planes, axis=2)).astype(np.float32)


def items(count: int = 3, source: str = OPEN.name) -> list[Item]:
    """`count` foregrounds (soft disks of 40 pixels), scenes and backgrounds."""

    def foreground(number: int) -> tuple[RGB, Alpha]:
        return picture(number, 40, 40), soft_disk(40, radius=12.0 + number % 4, edge=6.0)

    def scene(number: int) -> tuple[RGB, Alpha]:
        return picture(number + 50), np.pad(soft_disk(40, 15.0, 1.0), ((0, 8), (0, 0)))

    def background(number: int) -> tuple[RGB, None]:
        return picture(number + 99), None

    made = []
    for number in range(count):
        made += [
            Item("foreground", f"f{number}", source, partial(foreground, number)),
            Item("scene", f"s{number}", source, partial(scene, number)),
            Item("background", f"b{number}", source, partial(background, number)),
        ]
    return made


def tiny_pack(path: Path, count: int = 3, source: Source = OPEN) -> Pack:
    """Write and open a pack of `count` pictures of each role."""
    return write_pack(path, items(count, source.name), [source], budget=10_000_000)
