"""Pictures of people on which `benchmarks/safe.py` measures; no pack of `safe` has them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from aim_pictures import Picture, empties, photographs, with_mattes
from clicks_pictures import HEIGHT, WIDTH
from dim_scenes import composites, cover, foregrounds

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.composite import composite
from penumbra.core.resample import resize

SEED = 40_000_000
GROUPS = 20
PORTRAITS = "pseudo_p3m_"
"""What the names of the portraits of pseudo_mattes begin with: mattes of P3M-Net's authors."""


@dataclass(frozen=True, eq=False)
class Group:
    """Several people in one picture.

    Attributes:
        picture: The picture and the opacity of all together.
        people: What is seen of each, (N, H, W) in [0, 1].
    """

    picture: Picture
    people: Alpha


def masked(data: Path) -> Iterator[Picture]:
    """Yield 100 portraits and 70 people in the street, with masks."""
    for picture in photographs(data):
        if picture.group in ("portrait_eg", "ccp"):
            yield picture


def haired(data: Path) -> Iterator[Picture]:
    """Yield the seven portraits of pseudo_mattes, whose mattes are of published networks."""
    for picture in with_mattes(data):
        if picture.name.startswith(PORTRAITS):
            yield picture


def composed(data: Path, mattes: Path) -> Iterator[Picture]:
    """Yield 45 portraits, each over a photograph of its own, with their exact mattes."""
    for scene in composites(data, mattes):
        if scene.group == "portraits":
            yield Picture("composites", scene.name, scene.image, scene.alpha_true, scene.trimap)


def groups(data: Path, mattes: Path) -> Iterator[Group]:
    """Yield composites of two, three and four people beside one another over places.

    They stand on the lower border from left to right, and may cover each other.

    Args:
        data: Of all sets.
        mattes: What `penumbra data mattes` makes of portrait_eg.
    """
    people = [it for it in foregrounds(data, mattes) if it[1] == "portraits"]
    grounds = [picture.image for picture in empties(data)]
    for number in range(GROUPS):
        rng = np.random.default_rng((SEED, number))
        count = 2 + number % 3
        chosen = rng.choice(len(people), count, replace=False)
        image = cover(grounds[number % len(grounds)], (HEIGHT, WIDTH), rng)
        seen = np.zeros((count, HEIGHT, WIDTH), np.float32)
        # Which of them stand in front is drawn, too: the last one is painted last.
        for place in rng.permutation(count):
            colours, alpha = _standing(people[chosen[place]][2:], place, count, rng)
            image = composite(colours, image, alpha)
            seen *= 1 - alpha
            seen[place] = alpha
        image = np.rint(image * np.float32(255)) / np.float32(255)
        whole = np.clip(seen.sum(axis=0), 0, 1)
        yield Group(Picture(f"groups of {count}", f"group-{number:02}", image, whole), seen)


def _standing(
    person: tuple[RGB, Alpha], place: int, count: int, rng: np.random.Generator
) -> tuple[RGB, Alpha]:
    """Return colours and alpha on the canvas of one of `count` people from left to right."""
    foreground, alpha = person
    rows, cols = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    box = slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1)
    foreground, alpha = foreground[box], alpha[box]
    scale = min(0.9 * HEIGHT / alpha.shape[0], 1.2 * WIDTH / count / alpha.shape[1])
    scale *= rng.uniform(0.75, 1.0)
    height, width = (max(1, round(side * scale)) for side in alpha.shape)
    left = round((place + 0.5) * WIDTH / count - width / 2 + rng.uniform(-15, 15))
    first, last = max(0, -left), min(width, WIDTH - left)
    where = slice(HEIGHT - height, HEIGHT), slice(left + first, left + last)
    colours = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    opacity = np.zeros((HEIGHT, WIDTH), np.float32)
    colours[where] = resize(foreground, height, width)[:, first:last]
    opacity[where] = np.clip(resize(alpha, height, width), 0, 1)[:, first:last]
    return colours, opacity
