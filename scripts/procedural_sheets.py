"""Contact sheets of the procedural foregrounds, and the processor time each family takes.

    PYTHONPATH=src python scripts/procedural_sheets.py docs/procedural
    PYTHONPATH=src python scripts/procedural_sheets.py --time 20 hair fur

Each sheet shows twelve seeds of one family over black, white, a checkerboard and a gradient;
without names, all families are drawn.
"""

import sys
import time
from pathlib import Path

import cv2
import numpy as np

from penumbra.core.arrays import RGB
from penumbra.core.composite import composite
from penumbra.data.procedural.families import FAMILIES, draw_foreground
from penumbra.io import write_atomically

SIDE = 384
SHOWN = 288
ROWS = 3
LARGEST = 290_000
"""Bytes of a sheet."""


def main(arguments: list[str]) -> None:
    """Write the sheets into the given folder, or time `--time N` samples of every family."""
    if arguments[0] == "--time":
        for family in arguments[2:] or FAMILIES:
            print(f"{family:10} {_seconds(family, int(arguments[1])):.1f} s")
        return
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for family in arguments[1:] or FAMILIES:
        encoded = _encoded(_sheet(family))
        write_atomically(folder / f"{family}.jpg", encoded)
        print(f"{family}: {len(encoded) / 1000:.0f} kB")


def _sheet(family: str) -> RGB:
    """Twelve samples, each column over another background."""
    backgrounds = _backgrounds()
    rows = []
    for row in range(ROWS):
        tiles = []
        for column, background in enumerate(backgrounds):
            drawn = draw_foreground(family, len(backgrounds) * row + column, SIDE, SIDE)
            tile = composite(drawn.foreground, background, drawn.alpha)
            tiles.append(cv2.resize(tile, (SHOWN, SHOWN), interpolation=cv2.INTER_AREA))
        rows.append(np.hstack(tiles))
    sheet: RGB = np.vstack(rows)
    return sheet


def _backgrounds() -> list[RGB]:
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32) / np.float32(SIDE)
    check = ((x * 16).astype(int) + (y * 16).astype(int)) % 2 * np.float32(0.4) + np.float32(0.3)
    return [
        np.zeros((SIDE, SIDE, 3), np.float32),
        np.ones((SIDE, SIDE, 3), np.float32),
        np.stack([check] * 3, axis=2),
        np.stack([0.9 * x, 0.5 + 0 * x, 0.2 + 0.7 * y], axis=2),
    ]


def _encoded(sheet: RGB) -> bytes:
    """JPEG of the best quality that keeps within `LARGEST`."""
    pixels = np.rint(sheet[..., ::-1] * 255).astype(np.uint8)
    for quality in range(92, 40, -4):
        _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if encoded.size <= LARGEST:
            break
    return encoded.tobytes()


def _seconds(family: str, count: int) -> float:
    start = time.process_time()
    for seed in range(count):
        draw_foreground(family, seed, SIDE, SIDE)
    return time.process_time() - start


if __name__ == "__main__":
    main(sys.argv[1:])
