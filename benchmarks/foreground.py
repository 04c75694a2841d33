"""Foreground estimators: colour error, recomposition error and time, against PyMatting's.

Every picture is mixed here from a foreground and a matte that are known exactly, over black,
white, green and something with texture:

    python benchmarks/foreground.py --output foreground.json
    python benchmarks/foreground.py --alphas MATTES --photos PHOTOS --size 800

Without folders the scenes are drawn: hair of many colours, a soft disk, smoke.  With them,
every matte is given the colours of one photograph and laid over the next as well.

Errors are in units of 1/255.  `colour` is the mean |F - F_true| over mixed pixels weighted by
alpha, `recomposed` the mean |a F + (1 - a) B - I| over the whole picture.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.composite import composite
from penumbra.core.resample import resize
from penumbra.solvers.foreground import estimate_foreground
from penumbra.solvers.foreground_blur_fusion import estimate_foreground_blur_fusion
from penumbra.solvers.foreground_multilevel import estimate_foreground_multilevel

Estimator = Callable[[RGB, Alpha], tuple[RGB, RGB]]
Scene = tuple[str, RGB, Alpha, RGB]
"""Name, foreground, alpha, a background with texture."""

COLOURS = {"black": (0.0, 0.0, 0.0), "white": (1.0, 1.0, 1.0), "green": (0.1, 0.8, 0.2)}


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare foreground estimators.")
    parser.add_argument("--alphas", type=Path, help="folder of mattes (grey PNG)")
    parser.add_argument("--photos", type=Path, help="folder of photographs (JPEG, PNG)")
    parser.add_argument("--limit", type=int, default=15, help="mattes to use (default 15)")
    parser.add_argument("--size", type=int, default=512, help="longer side (default 512)")
    parser.add_argument("--repeats", type=int, default=3, help="the fastest counts (default 3)")
    parser.add_argument("--threads", type=int, default=1, help="of each estimator (default 1)")
    parser.add_argument("--output", type=Path, help="write every number as JSON")
    options = parser.parse_args()
    os.environ["NUMBA_NUM_THREADS"] = str(options.threads)  # read when numba is imported
    cv2.setNumThreads(options.threads)
    estimators = find_estimators()
    scenes = (
        photographed(options.alphas, options.photos, options.size, options.limit)
        if options.alphas and options.photos
        else drawn(options.size)
    )
    rows = [
        {"scene": name, "background": over, "height": alpha.shape[0], "width": alpha.shape[1]} | row
        for name, foreground, alpha, texture in scenes
        for over, background in backgrounds(texture).items()
        for row in measure(foreground, background, alpha, estimators, options.repeats)
    ]
    summary = summarise(rows)
    if options.output:
        options.output.write_text(json.dumps({"summary": summary, "rows": rows}, indent=1))
    show(summary)


def find_estimators() -> dict[str, Estimator]:
    """Ours, and PyMatting's if it is installed (its first import compiles for a minute)."""
    estimators: dict[str, Estimator] = {
        "default": estimate_foreground,
        "multilevel": estimate_foreground_multilevel,
        "blur fusion": estimate_foreground_blur_fusion,
    }
    try:
        from pymatting.foreground.estimate_foreground_ml import estimate_foreground_ml
    except ImportError:
        return estimators

    def peer(image: RGB, alpha: Alpha) -> tuple[RGB, RGB]:
        foreground, background = estimate_foreground_ml(image, alpha, return_background=True)
        return foreground, background

    return estimators | {"pymatting ml": peer}


def measure(
    foreground: RGB,
    background: RGB,
    alpha: Alpha,
    estimators: dict[str, Estimator],
    repeats: int,
) -> Iterator[dict[str, Any]]:
    """Run every estimator on one composite."""
    image = composite(foreground, background, alpha)
    yield {"method": "raw colours", "colour": colour_error(image, foreground, alpha)}
    for method, estimate in estimators.items():
        cpu, wall = [], []
        for _ in range(repeats):
            cpu_start, wall_start = time.process_time(), time.perf_counter()
            estimated, behind = estimate(image, alpha)
            cpu.append(time.process_time() - cpu_start)
            wall.append(time.perf_counter() - wall_start)
        back = composite(estimated, behind, alpha)
        yield {
            "method": method,
            "colour": colour_error(estimated, foreground, alpha),
            "recomposed": float(np.abs(back - image).mean(dtype=np.float64)) * 255,
            "cpu_s": min(cpu),
            "wall_s": min(wall),
        }


def colour_error(estimated: RGB, foreground: RGB, alpha: Alpha) -> float:
    mixed = (alpha > 0) & (alpha < 1)
    weight = alpha[mixed].astype(np.float64)
    error = np.abs(estimated[mixed].astype(np.float64) - foreground[mixed]).mean(axis=1)
    return float((weight * error).sum() / weight.sum()) * 255


def summarise(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Means by method, over the even backgrounds and over the ones with texture."""
    summary = []
    for over in ("even", "texture"):
        chosen = [row for row in rows if (row["background"] == "texture") == (over == "texture")]
        for method in dict.fromkeys(row["method"] for row in chosen):
            mine = [row for row in chosen if row["method"] == method]
            keys = [key for key in ("colour", "recomposed", "cpu_s", "wall_s") if key in mine[0]]
            means = {key: float(np.mean([row[key] for row in mine])) for key in keys}
            summary.append({"over": over, "method": method} | means)
    return summary


def show(summary: list[dict[str, Any]]) -> None:
    print(f"{'over':8} {'method':13} {'colour':>7} {'recomposed':>10} {'cpu s':>7} {'wall s':>7}")
    for row in summary:
        numbers = "".join(
            f" {row[key]:{width}.{digits}f}" if key in row else " " * (width + 1)
            for key, width, digits in (
                ("colour", 7, 2),
                ("recomposed", 10, 3),
                ("cpu_s", 7, 4),
                ("wall_s", 7, 4),
            )
        )
        print(f"{row['over']:8} {row['method']:13}{numbers}")


def backgrounds(texture: RGB) -> dict[str, RGB]:
    even = {name: np.zeros_like(texture) + np.float32(rgb) for name, rgb in COLOURS.items()}
    return even | {"texture": texture}


def photographed(alphas: Path, photos: Path, size: int, limit: int) -> Iterator[Scene]:
    """Each matte with the colours of one photograph, and the next one behind it."""
    pictures = sorted(p for p in photos.iterdir() if p.suffix.lower() in {".jpg", ".png"})
    for index, path in enumerate(sorted(alphas.glob("*.png"))[:limit]):
        matte = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
        scale = size / max(matte.shape)
        height, width = (round(side * scale) for side in matte.shape)
        foreground, texture = (
            resize(read(pictures[(index + step) % len(pictures)]), height, width) for step in (0, 1)
        )
        yield path.stem, foreground, np.clip(resize(matte, height, width), 0, 1), texture


def read(path: Path) -> RGB:
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    return np.ascontiguousarray(bgr[:, :, ::-1], np.float32) / 255


def drawn(size: int) -> Iterator[Scene]:
    rng = np.random.default_rng(0)
    texture = np.stack([noise(rng, size) for _ in range(3)], axis=-1)
    yield "hair", *hair(rng, size), texture
    y, x = np.mgrid[:size, :size].astype(np.float32) / size
    warm = np.stack([0.8 - 0.3 * x, 0.3 + 0.4 * y, 0.2 + 0.1 * np.sin(25 * x)], axis=-1)
    yield "disk", warm, np.clip((0.25 - np.hypot(x - 0.5, y - 0.5)) / 0.16 + 0.5, 0, 1), texture
    grey = np.stack([0.75 + 0.1 * y, 0.72 + 0.05 * x, 0.7 + 0 * x], axis=-1)
    yield "smoke", grey, np.clip(1.6 * (noise(rng, size) - 0.35), 0, 1), texture


def noise(rng: np.random.Generator, size: int) -> Alpha:
    """Clouds in [0, 1]: noise of many scales."""
    octaves = [
        cv2.resize(rng.random((2**k, 2**k), np.float32), (size, size), None, 0, 0, cv2.INTER_CUBIC)
        / 2 ** (0.7 * k)
        for k in range(2, 8)
    ]
    clouds: Alpha = np.sum(octaves, axis=0)
    return (clouds - clouds.min()) / (clouds.max() - clouds.min())


def hair(rng: np.random.Generator, size: int, strands: int = 260) -> tuple[RGB, Alpha]:
    """A head with strands, each of its own colour, drawn at four times the size."""
    large = 4 * size
    base = rng.uniform(0.2, 0.8, 3)
    y, x = np.mgrid[:large, :large].astype(np.float32) / large
    skin = np.stack([base[c] + 0.15 * np.sin(14 * x + 5 * c) * np.cos(11 * y) for c in range(3)], 2)
    colours, cover = np.float32(np.clip(skin, 0, 1)), np.zeros((large, large), np.float32)
    centre = np.array([0.5, 0.62]) * large
    cv2.circle(cover, np.int32(centre).tolist(), int(0.22 * large), 1, -1)
    for _ in range(strands):
        along = np.linspace(0, 1, 30)[:, None]
        angle = rng.uniform(0, 2 * np.pi) + rng.normal(0, 0.6) * along**2
        reach = (0.2 + rng.uniform(0.1, 0.26) * along) * large
        points = np.int32(centre + reach * np.hstack([np.cos(angle), np.sin(angle)]))
        colour = np.clip(base + rng.normal(0, 0.12, 3) + rng.normal(0, 0.12), 0, 1).tolist()
        thickness = int(rng.integers(1, 7))
        cv2.polylines(cover, [points], False, 1, thickness)
        cv2.polylines(colours, [points], False, colour, thickness)
    alpha = resize(cover, size, size)
    premultiplied = resize(colours * cover[:, :, None], size, size)
    foreground = premultiplied / np.maximum(alpha, 1e-6)[:, :, None]
    return np.clip(foreground, 0, 1), np.clip(alpha, 0, 1)


if __name__ == "__main__":
    main()
