"""From samples and procedures to the items of a pack."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from penumbra.core.arrays import RGB, Alpha, Mask
from penumbra.core.errors import DatasetError
from penumbra.core.frames import Resize
from penumbra.data.hairlines import find_hairline
from penumbra.data.outlines import mask_of
from penumbra.data.pack import WITH_STRANDS, Item, Load, Role
from penumbra.data.procedural.backgrounds import draw_background
from penumbra.data.procedural.families import FAMILIES, draw_foreground
from penumbra.data.procedural.layers import LARGEST
from penumbra.data.sample import Sample
from penumbra.data.strands_over_heads import with_strands
from penumbra.io import load_alpha, load_image, load_mask, load_opacity, read_photograph
from penumbra.io.hidden import spread_colours
from penumbra.solvers.foreground import estimate_foreground

MINOR = 0.25  # of the largest instance's area: smaller ones are not what the picture shows


def items_of(
    role: Role, source: str, samples: Sequence[Sample], mattes: Path | None = None
) -> list[Item]:
    """Return the items of a dataset's samples; nothing is decoded yet.

    Args:
        role: What they are for.
        source: Name of the dataset.
        samples: Of the dataset.
        mattes: Folder of mattes with colours, one RGBA file NAME.png for each sample that is
            kept, as `penumbra data mattes` writes them, or NAME-K.png for its Kth instance; in
            place of the samples' own alpha.

    Raises:
        DatasetError: The samples lack what the role needs, or no matte fits.
    """
    if mattes is not None:
        parts = [part for sample in samples for part in (sample, *_parts(sample))]
        files = {part.name: mattes / f"{part.name}.png" for part in parts}
        kept = [part for part in parts if files[part.name].is_file()]
        if not kept:
            raise DatasetError(f"{mattes} must hold mattes of {source}, got none")
        return [_item(role, source, part, partial(_cutout, files[part.name])) for part in kept]
    return [_item(role, source, sample, _loader(role, sample)) for sample in samples]


def items_of_instances(source: str, samples: Sequence[Sample]) -> list[Item]:
    """Return a scene for each object that is not small: the photograph with the mask of it alone.

    Masks are read at once, pictures later.

    Args:
        source: Name of the dataset.
        samples: Photographs with instances; items are named NAME-K for the Kth.

    Raises:
        DatasetError: A sample is no photograph with instances.
    """
    items = []
    for sample in samples:
        if sample.image is None or not (sample.instances or sample.outlines):
            raise DatasetError(f"{sample.name!r} must be a photograph with instances, got none")
        masks = instances_of(sample)
        labels = [*sample.labels, *[""] * (len(masks) - len(sample.labels))]
        parts = _parts(replace(sample, labels=tuple(labels)))
        for number, (part, mask) in enumerate(zip(parts, masks, strict=True)):
            if mask.mean() >= SMALL:
                items.append(_item("scene", source, part, partial(_instance, sample, number)))
    return items


SMALL = 0.01
"""Share of a photograph below which an object of it is no sample of its own."""


def items_beside(source: str, samples: Sequence[Sample]) -> list[Item]:
    """Return backgrounds cut out beside the objects of photographs: they hold none.

    Of each photograph the largest part that reaches from side to side, on one side of the box
    around all its objects, if it is not too narrow.  Masks are read at once, pictures later.

    Args:
        source: Name of the dataset.
        samples: With masks of all that stands out in their photographs.

    Raises:
        DatasetError: A sample is no photograph with a mask.
    """
    items = []
    for sample in samples:
        load = _loader("scene", sample)
        mask = _mask(sample)
        if mask is not None and (window := beside(mask)) is not None:
            cut = partial(_cut, load, window)
            items.append(Item("background", sample.name, source, cut, category=NOTHING))
    return items


NOTHING = "nothing"
"""Category of backgrounds without any object."""


def beside(mask: Mask) -> tuple[slice, slice] | None:
    """Return rows and columns of the widest strip beside an object, or None if all are narrow.

    Args:
        mask: (H, W), of all objects.
    """
    height, width = mask.shape
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return slice(0, height), slice(0, width)
    margin = round(MARGIN * max(height, width))
    low, high = max(0, rows[0] - margin), min(height, rows[-1] + 1 + margin)
    left, right = max(0, columns[0] - margin), min(width, columns[-1] + 1 + margin)
    all_rows, all_columns = slice(0, height), slice(0, width)
    strips = [
        (low, (slice(0, low), all_columns)),
        (height - high, (slice(high, height), all_columns)),
        (left, (all_rows, slice(0, left))),
        (width - right, (all_rows, slice(right, width))),
    ]
    broad, strip = max(strips, key=lambda strip: strip[0])
    return strip if broad >= NARROW else None


MARGIN = 0.02  # of the longer side: how far from an object's box its background begins
NARROW = 96  # pixels: strips that are narrower show too little


def procedural_items(role: Role, count: int, side: int, seed: int) -> Iterator[Item]:
    """Draw foregrounds, `count` of each family, or as many backgrounds.

    Args:
        role: "foreground" or "background".
        count: How many.
        side: Of the pictures, pixels.
        seed: They depend on it, family and number alone.
    """
    for number in range(count):
        if role == "background":
            load = partial(_background, (seed, number), side)
            yield Item(role, f"{number}", PROCEDURAL, load)
            continue
        for name, family in FAMILIES.items():
            drawn = partial(_drawn, name, seed * 1_000_003 + number, side)
            yield Item(role, f"{name}-{number}", PROCEDURAL, drawn, family.kind, name)


def items_with_strands(items: Iterable[Item], share: float, seed: int) -> Iterator[Item]:
    """Return second versions of people: with strands over their heads, named NAME+strands.

    Chosen by nothing but their names.  Their pictures are read at once, to see where hair is:
    those without any to be seen have no second version.

    Args:
        items: Of any role; foregrounds of category "person" are looked at.
        share: How many of them, in [0, 1].
        seed: The strands depend on it and on the name alone.
    """
    for item in items:
        if (item.role, item.category) != ("foreground", PERSON):
            continue
        name = item.name + WITH_STRANDS
        number = int.from_bytes(hashlib.sha256(f"{item.source}/{name}".encode()).digest()[:8])
        if number < share * 2**64 and find_hairline(*_drawable(item.load)) is not None:
            yield replace(item, name=name, load=partial(_with_strands, item.load, (seed, number)))


PERSON = "person"
"""Category of people."""


def instances_of(sample: Sample) -> list[Mask]:
    """Return the masks of a sample's objects, each (H, W), in the order of its labels.

    Raises:
        InputError: A file or an outline cannot be read.
    """
    if sample.outlines:
        return [mask_of(outline) for outline in sample.outlines]
    if len(sample.instances) == 1:  # a map of ids
        ids = np.round(load_alpha(sample.instances[0]) * 255).astype(np.int64)
        count = max(len(sample.labels), int(ids.max()))
        return [ids == number for number in range(1, count + 1)]
    return [load_mask(path) for path in sample.instances]


PROCEDURAL = "procedural"
"""Name of the source of what is drawn."""


def _parts(sample: Sample) -> list[Sample]:
    """Return a sample for each instance of one, by the name that its matte has."""
    return [
        replace(sample, name=f"{sample.name}-{number}", category=label or None)
        for number, label in enumerate(sample.labels, start=1)
    ]


def _item(role: Role, source: str, sample: Sample, load: Load) -> Item:
    kind, category = sample.kind or "SO", sample.category or ""
    return Item(role, sample.name, source, load, kind, category, sample.captions)


def _loader(role: Role, sample: Sample) -> Load:
    """Return what reads a sample for a role, or say what it lacks."""
    if role == "background" and (place := sample.background or sample.image):
        return partial(_photograph, place)
    has_object = sample.alpha or sample.mask or sample.instances or sample.outlines
    if role == "scene" and sample.image is not None and has_object:
        return partial(_scene, sample)
    if role == "foreground" and sample.alpha is not None:
        if sample.foreground is not None:
            return partial(_layers, sample.foreground, sample.alpha)
        if sample.image is not None:
            return partial(_estimated, sample.image, sample.alpha)
    needs = {
        "background": "a photograph",
        "scene": "a photograph with an alpha, a mask or instances",
        "foreground": "an alpha (make mattes of masks with `penumbra data mattes` first)",
    }
    raise DatasetError(f"{role} {sample.name!r} must have {needs[role]}, got none")


def _photograph(path: Path) -> tuple[RGB, None]:
    return load_image(path), None


def _scene(sample: Sample) -> tuple[RGB, Alpha]:
    assert sample.image is not None, "checked before"
    image = load_image(sample.image)
    if sample.alpha is not None:
        return image, load_opacity(sample.alpha)
    if sample.mask is not None:
        return image, load_mask(sample.mask).astype(np.float32)
    return image, _large(sample, image).astype(np.float32)


def _instance(sample: Sample, number: int) -> tuple[RGB, Alpha]:
    assert sample.image is not None, "checked before"
    return load_image(sample.image), instances_of(sample)[number].astype(np.float32)


def _mask(sample: Sample) -> Mask | None:
    """Return where any object of a scene is, large or not; None where none is told."""
    if sample.alpha is not None:
        return load_opacity(sample.alpha) > 0
    if sample.mask is not None:
        return load_mask(sample.mask)
    masks = instances_of(sample)
    return np.any(masks, axis=0) if masks else None


def _cut(load: Load, window: tuple[slice, slice]) -> tuple[RGB, None]:
    return np.ascontiguousarray(load()[0][window]), None


def _large(sample: Sample, image: RGB) -> Mask:
    """Return what a photograph is of, where it has several objects: the large ones."""
    masks = instances_of(sample)
    areas = [int(mask.sum()) for mask in masks]
    least = max(1.0, MINOR * max(areas, default=0))
    large = [mask for mask, area in zip(masks, areas, strict=True) if area >= least]
    return np.any(large, axis=0) if large else np.zeros(image.shape[:2], np.bool_)


def _layers(foreground: Path, alpha: Path) -> tuple[RGB, Alpha]:
    if foreground == alpha:
        return _cutout(foreground)
    colours, opacity = load_image(foreground), load_opacity(alpha)
    return spread_colours(colours, opacity > 0), opacity


def _cutout(path: Path) -> tuple[RGB, Alpha]:
    photograph = read_photograph(path)
    if photograph.alpha is None:
        raise DatasetError(f"{path} must have an alpha channel, got none")
    return spread_colours(photograph.rgb, photograph.alpha > 0), photograph.alpha


def _estimated(image: Path, alpha: Path) -> tuple[RGB, Alpha]:
    colours, opacity = load_image(image), load_opacity(alpha)
    return estimate_foreground(colours, opacity)[0], opacity


def _with_strands(load: Load, seed: tuple[int, int]) -> tuple[RGB, Alpha]:
    return with_strands(*_drawable(load), np.random.default_rng(seed))


def _drawable(load: Load) -> tuple[RGB, Alpha]:
    """Read a foreground, no larger than strands are drawn on."""
    image, alpha = load()
    assert alpha is not None, "a foreground has alpha"
    frame = Resize.to_long_side(image.shape[0], image.shape[1], LARGEST)
    return frame.plane(image), frame.plane(alpha)


def _drawn(family: str, seed: int, side: int) -> tuple[RGB, Alpha]:
    drawn = draw_foreground(family, seed, side, side)
    return drawn.foreground, drawn.alpha


def _background(seed: tuple[int, int], side: int) -> tuple[RGB, None]:
    return draw_background(np.random.default_rng(seed), side, side), None
