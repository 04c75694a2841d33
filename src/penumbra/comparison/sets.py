"""The pictures that a comparison asks about: parts of datasets that no training saw, and made ones.

A dataset that is not there is left out, and said.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np

from penumbra.comparison.made import composites, drawn
from penumbra.comparison.record import read_run
from penumbra.comparison.scenes import Case, Group, Places, Protocol, Scene
from penumbra.core.errors import DatasetError, InputError
from penumbra.data.packing import SMALL, instances_of
from penumbra.data.readers import read
from penumbra.data.sample import Sample
from penumbra.io import load_alpha, load_image, load_mask, load_trimap

MADE = "made"
"""Folder below the output with the pictures that are made."""

PORTRAITS = "pseudo_p3m_"
"""What the names of the portraits of pseudo_mattes begin with."""

_SPOKEN: frozenset[Protocol] = frozenset({"none", "clicks", "box"})
_TEN = (
    "The ten others: segment and clicks learned from these objects, aim, safe and dfimat began "
    "with the encoder of segment, and the settings of dim were chosen on them. So only trimaps "
    "are given."
)


@dataclass(frozen=True)
class _Part:
    """A group that is a part of a dataset."""

    dataset: str
    split: str
    note: str
    protocols: frozenset[Protocol] = _SPOKEN
    kind: str = ""
    keeps: Callable[[Sample], bool] = lambda _: True


_PARTS = {
    "natural": _Part(
        "alphamatting_dev",
        "held",
        "Toys and plants with measured alpha and given trimaps.",
        _SPOKEN | {"trimap"},
        "toys",
    ),
    "natural-ten": _Part("alphamatting_dev", "train", _TEN, frozenset({"trimap"}), "toys"),
    "animals": _Part(
        "pseudo_mattes",
        "held",
        "Animals and things; the truth is the answer of published networks.",
        kind="animals",
        keeps=lambda sample: not sample.name.startswith(PORTRAITS),
    ),
    "soft hair": _Part(
        "pseudo_mattes",
        "held",
        "Portraits; the truth is the answer of published networks.",
        kind="people",
        keeps=lambda sample: sample.name.startswith(PORTRAITS),
    ),
    "portraits": _Part("portrait_eg", "held", "Portraits with masks.", kind="people"),
    "street": _Part("ccp", "held", "People from head to foot; masks are jagged.", kind="people"),
    "cats": _Part("feral_cats", "held", "Cats; masks are coarse polygons.", kind="cats"),
    "moving": _Part("davis_train", "held", "Moving things with masks, 6 scenes.", kind="moving"),
}


def groups_of(places: Places) -> tuple[list[Group], dict[str, str]]:
    """Return the groups there are, and why others are not there.

    Args:
        places: Where pictures are found; without data only drawn ones are.

    Returns:
        Groups in their order, and name to reason.
    """
    found, left_out = list[Group](), dict[str, str]()
    makers: dict[str, Callable[[Path], Group]] = {
        name: partial(_group, name, part) for name, part in _PARTS.items()
    }
    makers["instances"] = _instances
    makers["composites"] = partial(composites, places)
    for name, make in makers.items():
        if places.data is None:
            left_out[name] = "no data was given"
            continue
        try:
            found.append(make(places.data))
        except DatasetError as error:
            left_out[name] = str(error)
    return [*found, drawn(places)], left_out


def check_groups(names: Iterable[str]) -> None:
    """Raise `InputError` unless all are names of groups that there may be."""
    known = (*_PARTS, "instances", "composites", "drawn")
    for name in names:
        if name not in known:
            raise InputError(f"group must be one of {', '.join(known)}, got {name!r}")


def finder(output: Path, data: Path | None) -> Callable[[str, str], Scene]:
    """Return what finds a picture again by group and name.

    Args:
        output: Folder of the comparison.
        data: Folder of the datasets, or None; drawn pictures are found without.
    """
    mattes = read_run(output).get("of", {}).get("object_mattes")
    places = Places(data, None if mattes is None else Path(mattes), output / MADE)

    @cache
    def cases() -> dict[tuple[str, str], Case]:
        return {(it.group, it.picture): it for group in groups_of(places)[0] for it in group.cases}

    def find(group: str, picture: str) -> Scene:
        if (group, picture) not in cases():
            raise InputError(f"picture must be one of the comparison, got {group}/{picture}")
        return cases()[group, picture].read()

    return find


def _group(name: str, part: _Part, data: Path) -> Group:
    samples = read(part.dataset, data / part.dataset, part.split)
    cases = tuple(_cases(name, part, [sample for sample in samples if part.keeps(sample)]))
    return Group(name, part.note, part.protocols, cases)


def _cases(name: str, part: _Part, samples: Sequence[Sample]) -> Iterator[Case]:
    for sample in samples:
        kind, origin = sample.group or part.kind, f"{part.dataset}/{sample.name}"
        yield Case(name, sample.name, kind, False, origin, partial(_read, sample))


def _read(sample: Sample) -> Scene:
    assert sample.image is not None
    image = load_image(sample.image)
    if sample.alpha is None:
        assert sample.mask is not None
        return Scene(image, load_mask(sample.mask).astype(np.float32))
    trimap = None if sample.trimap is None else load_trimap(sample.trimap)
    return Scene(image, load_alpha(sample.alpha), trimap)


def _instances(data: Path) -> Group:
    """Return instances of the held-aside scenes of COCO, the largest of each scene first."""
    found: list[tuple[int, Case]] = []
    for sample in read("coco_train", data / "coco_train", "held"):
        masks = instances_of(sample)
        large = [number for number, mask in enumerate(masks) if mask.mean() >= SMALL]
        large.sort(key=lambda number: -int(masks[number].sum()))
        for rank, number in enumerate(large):
            name = f"{sample.name}-{number + 1}"
            label = sample.labels[number] if number < len(sample.labels) else ""
            load = partial(_instance, sample, number)
            found.append((rank, Case("instances", name, label, False, f"coco_train/{name}", load)))
    found.sort(key=lambda it: it[0])
    note = "One thing of a busy photograph; masks of polygons. What is meant must be said."
    return Group("instances", note, frozenset({"clicks", "box"}), tuple(it[1] for it in found))


def _instance(sample: Sample, number: int) -> Scene:
    assert sample.image is not None
    mask = instances_of(sample)[number].astype(np.float32)
    return Scene(load_image(sample.image), mask)
