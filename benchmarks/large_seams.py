"""Whether tiles show; a part of `large.py`, which runs it.

Differences of alpha are those of the whole way from the photograph to its matte, by the same room.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from penumbra.core.hints import Click, Hints
from penumbra.io import load_alpha, load_image
from penumbra.large.cut import open_large
from penumbra.large.detail import TILING
from penumbra.large.hints import LargeHints, read_trimap
from penumbra.large.windows import Tiling
from penumbra.solvers.foreground import estimate_foreground
from penumbra.solvers.foreground_tiles import Region, estimate_window, look_over
from penumbra.systems.registry import load_predictor

SHIFTED = Tiling(step=544, fade=32, halo=128)
WINDOW = 700  # pixels, of the colours


def measured(folder: Path, what: str, click: tuple[float, float]) -> dict[str, Any]:
    """Return the largest differences, in levels of 255."""
    if what == "foreground":
        return {"what": what, **colours(folder)}
    tiled = matte(folder, what, TILING, click)
    shifted = matte(folder, what, SHIFTED, click)
    side = -(-max(tiled.shape) // 32) * 32
    whole = matte(folder, what, Tiling(step=side, fade=32, halo=128), click)
    return {
        "what": what,
        "whole": round(255 * float(np.abs(tiled - whole).max()), 3),
        "shifted": round(255 * float(np.abs(tiled - shifted).max()), 3),
        "open": round(float(((tiled > 0) & (tiled < 1)).mean()), 4),
    }


def matte(
    folder: Path, model: str, tiling: Tiling, click: tuple[float, float]
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Return the matte of the photograph by a room, its closer looks by that tiling."""
    closer = load_predictor("dim")
    side = max(closer.options.tile, tiling.step + tiling.fade + 2 * tiling.halo)
    closer = replace(closer, options=replace(closer.options, tile=side))
    with open_large(folder / "photo.jpg", "photo") as large:
        height, width = large.picture.size
        clicks = (Click(click[0] * width, click[1] * height),) if model == "clicks" else ()
        trimap = read_trimap(folder / "trimap.png", large.folder) if model == "dim" else None
        hints = LargeHints(Hints(clicks=clicks), trimap=trimap)
        found = large.matte(load_predictor(model), closer, hints, tiling=tiling)
        return found.alpha.read_unit((slice(0, height), slice(0, width)))[:, :, 0]


def colours(folder: Path) -> dict[str, float]:
    """Return differences of the colours between windows and the whole, where they are seen."""
    image, alpha = load_image(folder / "photo.jpg"), load_alpha(folder / "alpha.png")
    whole = estimate_foreground(image, alpha)[0]

    def read(region: Region) -> tuple[Any, Any]:
        return np.ascontiguousarray(image[region]), np.ascontiguousarray(alpha[region])

    overview = look_over(alpha.shape, read)
    worst = dict.fromkeys(("whole", "shifted"), 0.0)
    for name, first in (("whole", 0), ("shifted", -WINDOW // 2)):
        for top in range(first, alpha.shape[0], WINDOW):
            for left in range(first, alpha.shape[1], WINDOW):
                region = (
                    slice(max(top, 0), min(top + WINDOW, alpha.shape[0])),
                    slice(max(left, 0), min(left + WINDOW, alpha.shape[1])),
                )
                window = estimate_window(overview, region, read)[0]
                error = np.abs(window - whole[region]).max(initial=0.0)
                worst[name] = max(worst[name], 255 * float(error))
    return {name: round(error, 5) for name, error in worst.items()}
