"""Pictures on which `benchmarks/dim.py` measures: photographs and composites, none trained on.

A composite has exactly known alpha: its alpha is rounded to 8 bits first, laid over a photograph
in floats, and the result is rounded to 8 bits, as files would hold them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from penumbra.core.arrays import RGB, Alpha, Mask, Trimap
from penumbra.core.composite import composite
from penumbra.core.resample import resize
from penumbra.core.trimap import dilate, from_masks, unknown
from penumbra.data.procedural.families import FAMILIES, draw_foreground
from penumbra.data.readers import read
from penumbra.io import load_alpha, load_image, load_trimap, read_photograph
from penumbra.solvers.foreground import estimate_foreground

WIDENED = (0, 10, 20)
"""Pixels by which the unknown region of photographs is widened."""

SEED = 10_000_000  # far from the seeds of packs
DRAWN, PORTRAITS = 50, 45
LEAST, MOST = 200_000, 400_000  # pixels of a composite
LARGEST_KERNEL = 29  # pixels, of the ellipses that make trimaps


@dataclass(frozen=True, eq=False)
class Scene:
    """One picture with its truth.

    Attributes:
        name: Unique among the scenes of one part.
        group: Where the object is from: "procedural", "portraits" or "natural".
        image: (H, W, 3).
        trimap: (H, W).
        alpha_true: (H, W).
    """

    name: str
    group: str
    image: RGB
    trimap: Trimap
    alpha_true: Alpha


def natural_scenes(data: Path, split: str = "held") -> Iterator[Scene]:
    """Yield photographs, by default those held aside, with each width of the unknown region."""
    for sample in read("alphamatting_dev", data / "alphamatting_dev", split):
        assert sample.image is not None
        assert sample.alpha is not None
        assert sample.trimap is not None
        image, alpha = load_image(sample.image), load_alpha(sample.alpha)
        trimap = load_trimap(sample.trimap)
        for width in WIDENED:
            yield Scene(f"{sample.name}+{width}", "natural", image, widened(trimap, width), alpha)


def widened(trimap: Trimap, width: float) -> Trimap:
    """Return the trimap with everything unknown that is within `width` pixels of what is."""
    wide: Trimap = np.where(dilate(unknown(trimap), width), np.float32(0.5), trimap)
    return wide


def composites(data: Path, mattes: Path) -> Iterator[Scene]:
    """Yield foregrounds held aside, each over its own photograph, with a random trimap."""
    names = sorted(
        path for path in (data / "bg").iterdir() if path.name.startswith(("bsds_", "in_"))
    )
    order = np.random.default_rng(SEED).permutation(len(names))
    for number, (name, group, foreground, alpha) in enumerate(foregrounds(data, mattes)):
        rng = np.random.default_rng((SEED, number))
        foreground, alpha = of_usual_size(foreground, alpha)
        alpha = np.rint(alpha * np.float32(255)) / np.float32(255)
        background = cover(load_image(names[order[number]]), alpha.shape, rng)
        mixed = composite(foreground, background, alpha)
        image = np.rint(mixed * np.float32(255)) / np.float32(255)
        erosion, dilation = rng.integers(1, LARGEST_KERNEL + 1, 2).tolist()
        yield Scene(name, group, image, elliptic_trimap(alpha, erosion, dilation), alpha)


def foregrounds(data: Path, mattes: Path) -> Iterator[tuple[str, str, RGB, Alpha]]:
    """Yield name, group, straight colours and alpha of every object."""
    families = list(FAMILIES)
    for number in range(DRAWN):
        rng = np.random.default_rng((SEED, 1, number))
        area, shape = rng.uniform(LEAST, MOST), rng.uniform(0.75, 1.33)
        height, width = round((area * shape) ** 0.5), round((area / shape) ** 0.5)
        family = families[number % len(families)]
        drawn = draw_foreground(family, SEED + number, height, width)
        yield f"drawn-{number:02}-{family}", "procedural", drawn.foreground, drawn.alpha
    held = read("portrait_eg", data / "portrait_eg", "held")
    files = [file for it in held if (file := mattes / f"{it.name}.png").exists()]
    if len(files) < PORTRAITS:
        raise SystemExit(f"{mattes} must hold {PORTRAITS} portraits held aside, got {len(files)}")
    for file in files[:PORTRAITS]:
        portrait = read_photograph(file)
        assert portrait.alpha is not None
        yield f"portrait-{file.stem}", "portraits", portrait.rgb, portrait.alpha
    for sample in read("alphamatting_dev", data / "alphamatting_dev", "held"):
        assert sample.image is not None
        assert sample.alpha is not None
        image, alpha = load_image(sample.image), load_alpha(sample.alpha)
        yield f"natural-{sample.name}", "natural", estimate_foreground(image, alpha)[0], alpha


def of_usual_size(foreground: RGB, alpha: Alpha) -> tuple[RGB, Alpha]:
    """Resize so that the area is between `LEAST` and `MOST`."""
    scale = (float(np.clip(alpha.size, LEAST, MOST)) / alpha.size) ** 0.5
    height, width = (round(side * scale) for side in alpha.shape)
    return resize(foreground, height, width), np.clip(resize(alpha, height, width), 0, 1)


def cover(photograph: RGB, size: tuple[int, ...], rng: np.random.Generator) -> RGB:
    """Enlarge a photograph until it covers (height, width), where it must, and cut that out."""
    height, width = size
    scale = max(1.0, height / photograph.shape[0], width / photograph.shape[1])
    rows, cols = (
        max(round(side * scale), least)
        for side, least in zip(photograph.shape[:2], size, strict=True)
    )
    large = resize(photograph, rows, cols)
    top, left = rng.integers(rows - height + 1), rng.integers(cols - width + 1)
    return large[top : top + height, left : left + width]


def elliptic_trimap(alpha: Alpha, erosion: int, dilation: int) -> Trimap:
    """Return what is left of the opaque part after erosion, and what dilation does not reach.

    Args:
        alpha: (H, W).
        erosion: Size of the elliptic kernel in pixels; 1 changes nothing.
        dilation: Likewise.
    """
    is_background = ~grown(alpha > 0, dilation)
    return from_masks(~grown(alpha < 1, erosion), is_background)


def grown(mask: Mask, size: int) -> Mask:
    """Dilate by an elliptic kernel; nothing is set beyond the frame."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return cv2.dilate(mask.astype(np.uint8), kernel) > 0
