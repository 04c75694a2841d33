"""Pictures on which `benchmarks/aim.py` measures; no pack of `aim` has them or their objects.

The encoder started from the segmenter's, whose training saw ten of the 30 cats, and the objects of
ten of the 15 photographs of alphamatting_dev, laid over others.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
from dim_scenes import cover, elliptic_trimap, foregrounds, of_usual_size

from penumbra.core.arrays import RGB, Alpha, Trimap
from penumbra.core.composite import composite
from penumbra.data.procedural.families import FAMILIES, draw_foreground
from penumbra.data.readers import read
from penumbra.data.sample import Kind, Sample
from penumbra.io import load_alpha, load_image, load_mask, load_trimap
from penumbra.training.composition import Composition

MASKED = ("portrait_eg", "ccp", "feral_cats", "davis_train")
"""Sets with binary masks, of which a part is held aside."""

SEED = 20_000_000  # far from the seeds of packs and of the benchmark of `dim`
PER_FAMILY = 4  # drawn objects
MANY_PER_FAMILY = 16  # where types are compared on drawn objects alone
KERNEL = 25  # pixels, of the ellipses that make a composite's transition area
BLUR = Composition().blur_sizes  # pixels, on a picture of 320


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture with its truth.

    Attributes:
        group: Set or kind that it is one of.
        name: Unique within the group.
        image: (H, W, 3).
        truth: Mask or matte, (H, W) in [0, 1].
        trimap: Whose unknown part is the transition area, (H, W), or None.
    """

    group: str
    name: str
    image: RGB
    truth: Alpha
    trimap: Trimap | None = None

    @property
    def unified(self) -> Trimap | None:
        """The trimap, duomap or unimap that AIM's paper asks for, where the group is a type."""
        if self.trimap is None or self.group not in get_args(Kind):
            return None
        if self.group == "SO":
            return self.trimap
        if self.group == "NS":
            return np.full_like(self.trimap, 0.5)
        duomap: Trimap = 1.5 * self.trimap - np.square(self.trimap)
        return duomap


def photographs(data: Path) -> Iterator[Picture]:
    """Yield photographs with masks."""
    for group in MASKED:
        for sample in read(group, data / group, "held"):
            assert sample.mask is not None
            mask = load_mask(sample.mask).astype(np.float32)
            yield Picture(group, sample.name, _image(sample), mask)


def with_mattes(data: Path) -> Iterator[Picture]:
    """Yield photographs with mattes: measured ones, and those of published networks."""
    for group, split in (("alphamatting_dev", "all"), ("pseudo_mattes", "all")):
        for sample in read(group, data / group, split):
            assert sample.alpha is not None
            trimap = None if sample.trimap is None else load_trimap(sample.trimap)
            alpha = load_alpha(sample.alpha)
            yield Picture(group, sample.name, _image(sample), alpha, trimap)


def empties(data: Path) -> Iterator[Picture]:
    """Yield photographs of nothing: sky, walls, landscapes."""
    for sample in read("bg", data / "bg", "held"):
        assert sample.background is not None
        image = load_image(sample.background)
        yield Picture("nothing", sample.name, image, np.zeros(image.shape[:2], np.float32))


def composites(data: Path, mattes: Path) -> Iterator[Picture]:
    """Yield objects of each type over photographs of nothing, group by type.

    Drawn objects have the type that their family drew; nearly all that are not salient and
    opaque are drawn, by the families that training draws from, with other seeds.  Held-aside
    portraits and photographed objects are salient and opaque.

    Args:
        data: Of all sets.
        mattes: What `penumbra data mattes` makes of portrait_eg.
    """
    grounds = [picture.image for picture in empties(data)]
    for number, (kind, name, foreground, alpha) in enumerate(_objects(data, mattes)):
        rng = np.random.default_rng((SEED, number))
        foreground, alpha = of_usual_size(foreground, alpha)
        background = cover(grounds[number % len(grounds)], alpha.shape, rng)
        yield _composed(kind, name, foreground, alpha, background)


def drawn(data: Path) -> Iterator[Picture]:
    """Yield many drawn objects of each type, composed as the paper composes its training set.

    The background, a photograph of nothing, is always blurred behind an object that is not
    salient, and otherwise with probability 1/2.  Objects that are not salient come a second time,
    over the sharp background, as a group of their own.

    Source:
        RSSN of Li et al., "Deep Automatic Natural Image Matting", IJCAI 2021, with
        its blur by type; the sheet `aim`, section 6.2.
    """
    grounds = [picture.image for picture in empties(data)]
    for number, (kind, name, foreground, alpha) in enumerate(_drawn(MANY_PER_FAMILY)):
        rng = np.random.default_rng((SEED, number))
        sharp = cover(grounds[number % len(grounds)], alpha.shape, rng)
        is_blurred = kind == "NS" or rng.uniform() < 0.5
        kernel = round(float(rng.choice(BLUR)) * max(alpha.shape) / 320)
        blurred = cv2.blur(sharp, (kernel, kernel), borderType=cv2.BORDER_REFLECT_101)
        background = np.asarray(blurred, np.float32) if is_blurred else sharp
        yield _composed(kind, name, foreground, alpha, background)
        if kind == "NS":
            yield _composed(f"{kind}, sharp background", name, foreground, alpha, sharp)


def _composed(group: str, name: str, foreground: RGB, alpha: Alpha, background: RGB) -> Picture:
    alpha = np.rint(alpha * np.float32(255)) / np.float32(255)
    mixed = composite(foreground, background, alpha)
    image = np.rint(mixed * np.float32(255)) / np.float32(255)
    return Picture(group, name, image, alpha, elliptic_trimap(alpha, KERNEL, KERNEL))


def _drawn(per_family: int) -> Iterator[tuple[Kind, str, RGB, Alpha]]:
    for number in range(per_family * len(FAMILIES)):
        family = list(FAMILIES)[number % len(FAMILIES)]
        drawn = draw_foreground(family, SEED + number, 560, 480)
        yield drawn.kind, f"{family}-{number:02}", drawn.foreground, drawn.alpha


def _objects(data: Path, mattes: Path) -> Iterator[tuple[Kind, str, RGB, Alpha]]:
    yield from _drawn(PER_FAMILY)
    for name, group, foreground, alpha in foregrounds(data, mattes):
        if group != "procedural":
            yield "SO", name, foreground, alpha


def _image(sample: Sample) -> RGB:
    assert sample.image is not None
    return load_image(sample.image)
