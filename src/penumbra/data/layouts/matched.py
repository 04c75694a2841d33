"""Folders whose files belong together by stem: `images/cat.jpg` and `alphas/cat.png`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from penumbra.data.layouts.found import Found, Layout, absent_folders, found, pictures
from penumbra.data.sample import Kind, Sample

Role = Literal["image", "alpha", "mask", "trimap", "foreground", "background"]
"""The fields of a `Sample` that are one file."""


@dataclass(frozen=True)
class Folders:
    """Where the files of each role lie.

    Attributes:
        required: Role to folder, relative to the copy.
        optional: Folders that may be absent; one that is there must be complete.
    """

    required: Mapping[Role, str]
    optional: Mapping[Role, str] = field(default_factory=dict)


def matched(
    splits: Mapping[str, Folders], kind: Kind | None = None, category: str | None = None
) -> Layout:
    """Return the layout of splits that are folders of files matched by stem.

    Args:
        splits: The folders of each split.
        kind: Type of every object of the dataset.
        category: The dataset's word for its objects, where there is one word for all.
    """

    def read(root: Path, split: str) -> Found:
        return match(root, splits[split], kind, category)

    return read


def match(
    root: Path, folders: Folders, kind: Kind | None = None, category: str | None = None
) -> Found:
    """Find the samples of one split; arguments as for `matched`."""
    places = dict(folders.required)
    if absent := absent_folders(root, places.values()):
        return Found((), absent)
    places |= {role: it for role, it in folders.optional.items() if (root / it).is_dir()}
    files = {role: pictures(root / place) for role, place in places.items()}
    stems = sorted(set().union(*files.values()))
    missing = [f"{places[r]}/{stem}.*" for stem in stems for r in places if stem not in files[r]]
    samples = (
        _sample(stem, {role: files[role][stem] for role in files}, kind, category)
        for stem in stems
        if all(stem in of_role for of_role in files.values())
    )
    return found(samples, missing, next(iter(places.values())))


def singles(places: Mapping[str, str], roles: tuple[Role, ...]) -> Layout:
    """Return the layout of splits that are one folder each, every file a sample.

    Args:
        places: The folder of each split.
        roles: What a file is; a cut-out is both foreground and alpha.
    """

    def read(root: Path, split: str) -> Found:
        place = places[split]
        if absent := absent_folders(root, [place]):
            return Found((), absent)
        files = pictures(root / place)
        samples = (_sample(stem, dict.fromkeys(roles, file)) for stem, file in files.items())
        return found(samples, (), place)

    return read


def pairs(root: Path, split: str) -> Found:
    """Find plain pairs: `images` with `alphas`, or with `masks`, and perhaps more folders."""
    truths: dict[Role, str] = {
        role: place for role, place in _TRUTHS.items() if (root / place).is_dir()
    }
    if not truths:
        return Found((), ("alphas/ or masks/",))
    return match(root, Folders({"image": "images", **truths}, _EXTRAS))


_TRUTHS: Mapping[Role, str] = {"alpha": "alphas", "mask": "masks"}
_EXTRAS: Mapping[Role, str] = {"trimap": "trimaps", "foreground": "foregrounds"}


def _sample(
    stem: str,
    files: Mapping[Role, Path],
    kind: Kind | None = None,
    category: str | None = None,
) -> Sample:
    roles: dict[str, Any] = {str(role): file for role, file in files.items()}
    return Sample(stem, kind=kind, category=category, **roles)
