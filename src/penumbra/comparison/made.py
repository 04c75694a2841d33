"""Pictures that are made: drawn objects over drawn places, and photographed ones over others.

Opacity and the object's colours are rounded to 8 bits, laid over a background, and the result is
rounded again, as files would hold it: both are exactly known.  What was made is kept.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from penumbra.comparison.scenes import (
    Case,
    Group,
    Places,
    Protocol,
    Scene,
    made_trimap,
    rounded,
    spread,
)
from penumbra.core.arrays import RGB, Alpha
from penumbra.core.composite import composite
from penumbra.core.errors import OutputError
from penumbra.core.resample import resize
from penumbra.data.procedural.backgrounds import draw_background
from penumbra.data.procedural.families import FAMILIES, draw_foreground
from penumbra.data.readers import read
from penumbra.io import load_alpha, load_image, read_photograph, save_alpha, save_image
from penumbra.solvers.foreground import estimate_foreground

SEED = 70_000_000
"""Of drawn pictures.  Packs draw with 1,000,003 times their seed plus a small number."""

PER_FAMILY = 3
HEIGHT, WIDTH = 480, 560  # of drawn pictures
LEAST, MOST = 200_000, 400_000  # pixels of a composite
PORTRAITS = 35

ALL: frozenset[Protocol] = frozenset({"none", "trimap", "clicks", "box"})
"""What may be said of a picture whose matte is known."""

Layers = tuple[RGB, Alpha]
"""Straight colours (H, W, 3) and alpha (H, W)."""


def drawn(places: Places) -> Group:
    """Return objects of every family over drawn places; they exist without any data."""
    names = list(FAMILIES)
    cases = [
        _case("drawn", f"{family}-{number}", family, places, partial(_drawn, family, number))
        for number in range(PER_FAMILY)
        # Each time from another one on, so that whatever is taken evenly has many families.
        for family in (*names[5 * number :], *names[: 5 * number])
    ]
    note = (
        "Procedural objects over procedural places, by families that rooms learned from, with "
        "other seeds; alpha and colours are exact. Trimaps are made."
    )
    return Group("drawn", note, ALL, tuple(cases))


def composites(places: Places, data: Path) -> Group:
    """Return held-aside objects over held-aside photographs of nothing.

    Args:
        places: With mattes of portraits, as `penumbra data mattes` makes them; without, there
            are no portraits.
        data: With alphamatting_dev, portrait_eg and bg.

    Raises:
        DatasetError: One of them is not whole.
    """
    objects: list[tuple[str, str, str, Callable[[], Layers]]] = []
    for sample in read("alphamatting_dev", data / "alphamatting_dev", "held"):
        assert sample.image is not None
        assert sample.alpha is not None
        take = partial(_taken, sample.image, sample.alpha)
        objects.append((f"natural-{sample.name}", "toys", f"alphamatting_dev/{sample.name}", take))
    if places.object_mattes is not None:
        names = [it.name for it in read("portrait_eg", data / "portrait_eg", "held")]
        folder = places.object_mattes
        inner = folder / "portrait_eg" if (folder / "portrait_eg").is_dir() else folder
        kept = [name for name in names if (inner / f"{name}.png").is_file()]
        for name in (kept[place] for place in spread(len(kept), PORTRAITS)):
            cut = partial(_cutout, inner / f"{name}.png")
            objects.append((f"portrait-{name}", "portraits", f"portrait_eg/{name}", cut))
    grounds = [it.background for it in read("bg", data / "bg", "held") if it.background]
    cases = [
        _case("composites", name, kind, places, partial(_laid, load, grounds[place], place), origin)
        for number, (name, kind, origin, load) in enumerate(objects)
        for place in (number % len(grounds),)
    ]
    note = "Held-aside objects over held-aside photographs of nothing; alpha is exact."
    if places.object_mattes is None:
        note += " No portraits: no mattes of them were given."
    return Group("composites", note, ALL, tuple(cases))


def _case(
    group: str,
    name: str,
    kind: str,
    places: Places,
    make: Callable[[], tuple[Layers, RGB]],
    origin: str = "",
) -> Case:
    load = partial(_kept, places.made / group / name, make)
    return Case(group, name, kind, not origin, origin or f"drawn/{name}", load)


def _kept(stem: Path, make: Callable[[], tuple[Layers, RGB]]) -> Scene:
    """Read what was made before, or make it."""
    files = [stem.with_name(f"{stem.name}.{part}.png") for part in ("foreground", "alpha", "image")]
    if not all(file.is_file() for file in files):
        (colours, alpha), background = make()
        colours, alpha = rounded(colours), rounded(alpha)
        try:
            stem.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{stem.parent} must be writable, got {error.strerror!r}") from error
        save_image(files[0], colours)
        save_alpha(files[1], alpha)
        save_image(files[2], composite(colours, background, alpha))
    alpha = load_alpha(files[1])
    return Scene(load_image(files[2]), alpha, made_trimap(alpha), load_image(files[0]))


def _drawn(family: str, number: int) -> tuple[Layers, RGB]:
    seed = SEED + number * len(FAMILIES) + list(FAMILIES).index(family)
    thing = draw_foreground(family, seed, HEIGHT, WIDTH)
    place = draw_background(np.random.default_rng((SEED, seed)), HEIGHT, WIDTH)
    return (thing.foreground, thing.alpha), place


def _taken(image: Path, alpha: Path) -> Layers:
    """Take an object out of a photograph with measured alpha."""
    opacity = load_alpha(alpha)
    return estimate_foreground(load_image(image), opacity)[0], opacity


def _cutout(path: Path) -> Layers:
    cutout = read_photograph(path)
    assert cutout.alpha is not None, "mattes of `penumbra data mattes` are RGBA"
    return cutout.rgb, cutout.alpha


def _laid(load: Callable[[], Layers], ground: Path, number: int) -> tuple[Layers, RGB]:
    colours, alpha = load()
    scale = (float(np.clip(alpha.size, LEAST, MOST)) / alpha.size) ** 0.5
    height, width = (round(side * scale) for side in alpha.shape)
    layers = resize(colours, height, width), np.clip(resize(alpha, height, width), 0, 1)
    return layers, _cover(load_image(ground), height, width, np.random.default_rng((SEED, number)))


def _cover(photograph: RGB, height: int, width: int, rng: np.random.Generator) -> RGB:
    """Enlarge a photograph until it covers (height, width), where it must, and cut that out."""
    scale = max(1.0, height / photograph.shape[0], width / photograph.shape[1])
    rows = max(round(photograph.shape[0] * scale), height)
    cols = max(round(photograph.shape[1] * scale), width)
    large = resize(photograph, rows, cols)
    top, left = rng.integers(rows - height + 1), rng.integers(cols - width + 1)
    return large[top : top + height, left : left + width]
