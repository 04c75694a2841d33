"""Which part of a dataset is kept aside for measurements, for ever the same.

Datasets that were published without such a part get one: the names are sorted by the SHA-256 of
their UTF-8 bytes, and the first so many are held aside.  Pictures of one group (the frames of a
scene) go together, by the name of the group.  Neither the machine nor the order of the files
has a say, and a copy that lacks a picture still holds the others of its part aside.
"""

from collections.abc import Callable, Collection
from hashlib import sha256
from pathlib import Path

from penumbra.data.layouts.found import Found, Layout
from penumbra.data.sample import Sample

Choice = Callable[[Collection[str]], Collection[str]]
"""From the names of a dataset to those held aside."""


def with_held(layout: Layout, choice: Choice) -> Layout:
    """Divide the split "all" of a layout into "train" and "held"."""

    def read(root: Path, split: str) -> Found:
        whole = layout(root, "all")
        if split == "all":
            return whole
        held = choice({unit(sample) for sample in whole.samples})
        chosen = (it for it in whole.samples if (unit(it) in held) == (split == "held"))
        return Found(tuple(chosen), whole.missing)

    return read


def unit(sample: Sample) -> str:
    """Return what is held aside as one: the group of a sample, or its name."""
    return sample.group or sample.name


def first_by_hash(count: int) -> Choice:
    """Hold aside the first `count` names by SHA-256.

    Example:
        >>> sorted(first_by_hash(2)(["bear", "boat", "bus", "hike"]))
        ['boat', 'bus']
    """

    def choose(names: Collection[str]) -> Collection[str]:
        return sorted(names, key=lambda name: sha256(name.encode("utf-8")).hexdigest())[:count]

    return choose


def named(*names: str) -> Choice:
    """Hold aside these names."""
    return lambda _: names


def everything(names: Collection[str]) -> Collection[str]:
    """Hold aside all."""
    return names
