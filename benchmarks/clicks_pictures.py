"""Pictures on which `benchmarks/clicks.py` measures; no pack of `clicks` has their objects."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from dim_scenes import Scene, composites, cover, elliptic_trimap, foregrounds, widened

from penumbra.core.arrays import RGB, Alpha, Mask, Trimap
from penumbra.core.composite import composite
from penumbra.core.hints import Click
from penumbra.core.resample import resize
from penumbra.data.packing import instances_of
from penumbra.data.procedural.families import FAMILIES, draw_foreground
from penumbra.data.readers import read
from penumbra.data.simulate import corrective_click
from penumbra.io import load_alpha, load_image, load_mask, load_trimap

SEED = 30_000_000
HEIGHT, WIDTH = 480, 640  # of composites of two objects
LARGE = {1: (866, 1155), 3: (1500, 2000), 12: (3000, 4000)}
"""Sizes of composites as large as photographs, by megapixels."""

LARGEST = 0.512  # what is drawn there, along either side: this times the longer side
AROUND = 0.012  # around what is half transparent there, likewise: the transition area
NOISE = 0.01  # standard deviation there
LEAST = 0.01  # share of a picture from which on an instance is worth finding


@dataclass(frozen=True, eq=False)
class Target:
    """A picture, what is wanted of it, and what else stands there.

    Attributes:
        group: Set that it is one of.
        name: Unique within the group.
        image: (H, W, 3).
        alpha_true: (H, W) in [0, 1].
        other: Opacity of something that is not wanted, (H, W), or None.
        trimap: Whose unknown part is the transition area, (H, W), or None.
    """

    group: str
    name: str
    image: RGB
    alpha_true: Alpha
    other: Alpha | None = None
    trimap: Trimap | None = None

    @property
    def clicks(self) -> tuple[Click, ...]:
        """One in the middle of what is wanted, one in the middle of what is not."""
        empty = np.zeros_like(self.alpha_true)
        on = corrective_click(empty, self.alpha_true, least=0)
        off = None if self.other is None else corrective_click(empty, self.other, least=0)
        clicks = [] if on is None else [on]
        if off is not None:
            clicks.append(Click(off.x, off.y, is_foreground=False))
        return tuple(clicks)


def two_objects(data: Path, mattes: Path, count: int = 60) -> Iterator[Target]:
    """Yield composites of two objects of which one is wanted, side by side, one partly in front.

    Args:
        data: Of all sets.
        mattes: What `penumbra data mattes` makes of portrait_eg.
        count: How many.
    """
    objects = [it for it in foregrounds(data, mattes) if 0.03 < float(it[3].mean()) < 0.7]
    grounds = [load_image(it.background) for it in read("bg", data / "bg", "held") if it.background]
    order = np.random.default_rng(SEED).permutation(len(objects))
    for number in range(count):
        rng = np.random.default_rng((SEED, number))
        first, second = (objects[order[(number + by) % len(order)]] for by in (0, 37))
        is_left = bool(rng.uniform() < 0.5)
        wanted = _placed(first, rng, is_left=is_left)
        other = _placed(second, rng, is_left=not is_left)
        image = cover(grounds[number % len(grounds)], (HEIGHT, WIDTH), rng)
        is_front = bool(rng.uniform() < 0.5)
        behind, front = (other, wanted) if is_front else (wanted, other)
        for foreground, alpha in (behind, front):
            image = composite(foreground, image, alpha)
        shown = {"wanted": wanted[1], "other": other[1]}
        hidden = "other" if is_front else "wanted"
        shown[hidden] = shown[hidden] * (1 - front[1])
        truth = np.rint(shown["wanted"] * 255).astype(np.float32) / np.float32(255)
        yield Target(
            "two objects",
            f"{first[0]}+{second[0]}",
            np.rint(image * np.float32(255)) / np.float32(255),
            truth,
            shown["other"],
            elliptic_trimap(truth, 25, 25),
        )


def instances(data: Path, count: int = 60) -> Iterator[Target]:
    """Yield instances of the held-aside scenes of COCO, the largest of each scene first."""
    found = []
    for sample in read("coco_train", data / "coco_train", "held"):
        assert sample.image is not None
        masks = sorted(instances_of(sample), key=lambda mask: -mask.sum())
        masks = [mask for mask in masks if mask.mean() >= LEAST]
        found += [(rank, sample, mask, masks) for rank, mask in enumerate(masks)]
    found.sort(key=lambda it: it[0])
    for rank, sample, mask, masks in found[:count]:
        rest = [each for each in masks if each is not mask]
        other = max(rest, key=lambda each: int(each.sum())) if rest else None
        assert sample.image is not None
        image = load_image(sample.image)
        yield Target("coco_train", f"{sample.name}-{rank}", image, _soft(mask), _maybe(other))


def one_object(data: Path, mattes: Path) -> Iterator[Target]:
    """Yield composites of one object that is held aside."""
    for scene in composites(data, mattes):
        yield Target("one object", scene.name, scene.image, scene.alpha_true)


def photographs(data: Path, size: tuple[int, int]) -> Iterator[Scene]:
    """Yield a drawn object of each family in a photograph as large as those of cameras.

    There is no photograph of that size with a known matte: those behind the objects are enlarged,
    and all is a little noisy.

    Args:
        data: Of all sets.
        size: One of `LARGE`.
    """
    held = [it.background for it in read("bg", data / "bg", "held") if it.background]
    names = [path for path in held if path.name.startswith("misc_")]
    height, width = size
    for number, family in enumerate(FAMILIES):
        rng = np.random.default_rng((SEED, 2, number))
        rows, cols = (round(float(rng.uniform(0.7, 1)) * LARGEST * width) for _ in "hw")
        drawn = draw_foreground(family, SEED + number, rows, cols)
        top, left = height - rows, int(rng.integers(width - cols + 1))
        place = slice(top, height), slice(left, left + cols)
        alpha = np.zeros(size, np.float32)
        alpha[place] = np.rint(drawn.alpha * np.float32(255)) / np.float32(255)
        image = cover(load_image(names[int(rng.integers(len(names)))]), size, rng)
        image[place] = composite(drawn.foreground, image[place], alpha[place])
        image += NOISE * rng.standard_normal(image.shape, np.float32)
        image = np.rint(np.clip(image, 0, 1) * np.float32(255)) / np.float32(255)
        is_soft = (alpha > 0) & (alpha < 1)
        trimap = widened(np.where(is_soft, np.float32(0.5), alpha), round(AROUND * width))
        yield Scene(f"large-{family}", "procedural", image, trimap, alpha)


def portraits(data: Path, count: int = 50) -> Iterator[Target]:
    """Yield held-aside portraits with masks."""
    for sample in read("portrait_eg", data / "portrait_eg", "held")[:count]:
        assert sample.image is not None
        assert sample.mask is not None
        mask = _soft(load_mask(sample.mask))
        yield Target("portrait_eg", sample.name, load_image(sample.image), mask)


def natural(data: Path) -> Iterator[Target]:
    """Yield the five held-aside photographs with measured mattes."""
    for sample in read("alphamatting_dev", data / "alphamatting_dev", "held"):
        assert sample.image is not None
        assert sample.alpha is not None
        assert sample.trimap is not None
        image, alpha = load_image(sample.image), load_alpha(sample.alpha)
        trimap = load_trimap(sample.trimap)
        yield Target("alphamatting_dev", sample.name, image, alpha, None, trimap)


def _placed(
    what: tuple[str, str, RGB, Alpha], rng: np.random.Generator, is_left: bool
) -> tuple[RGB, Alpha]:
    """Return an object's colours and alpha in one half of the canvas, and a little beyond."""
    _, _, foreground, alpha = what
    rows, cols = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    box = slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1)
    foreground, alpha = foreground[box], alpha[box]
    most = rng.uniform(0.6, 0.95) * HEIGHT, rng.uniform(0.45, 0.6) * WIDTH
    scale = min(most[0] / alpha.shape[0], most[1] / alpha.shape[1])
    height, width = (max(1, round(side * scale)) for side in alpha.shape)
    small = resize(foreground, height, width), np.clip(resize(alpha, height, width), 0, 1)
    # Those that their picture cuts off below stand on the lower border.
    top = HEIGHT - height if rows[-1] + 2 >= what[3].shape[0] else (HEIGHT - height) // 2
    middle = WIDTH * (0.27 if is_left else 0.73)
    left = int(np.clip(middle - width / 2, 0, WIDTH - width))
    colours = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    opacity = np.zeros((HEIGHT, WIDTH), np.float32)
    colours[top : top + height, left : left + width] = small[0]
    opacity[top : top + height, left : left + width] = small[1]
    return colours, opacity


def _soft(mask: Mask) -> Alpha:
    return mask.astype(np.float32)


def _maybe(mask: Mask | None) -> Alpha | None:
    return None if mask is None else _soft(mask)
