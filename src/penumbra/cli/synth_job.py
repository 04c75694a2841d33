"""What `penumbra synth people` is told, turned into what does the work."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from penumbra.core.errors import DatasetError, InputError
from penumbra.core.settings import with_settings
from penumbra.data.captions import Caption, objection
from penumbra.data.catalog import DATASETS, dataset
from penumbra.data.layouts.found import Layout
from penumbra.data.layouts.matched import singles
from penumbra.data.pack import Item, Role, Source, read_pack
from penumbra.data.packing import items_of
from penumbra.data.readers import read
from penumbra.data.sample import Sample
from penumbra.systems.dfimat.synth.gates import GateSettings
from penumbra.systems.dfimat.synth.job import JobSettings
from penumbra.systems.dfimat.synth.mattes import MatteSettings
from penumbra.systems.dfimat.synth.stock import Stock, stocked

if TYPE_CHECKING:
    from penumbra.systems.dfimat.synth.paintings import Paintings

UNSTATED = "unstated"
"""Terms of folders of which nothing is known; they are of track research."""

_LAYOUTS: dict[Role, Layout] = {
    "foreground": singles({"all": "."}, ("foreground", "alpha")),
    "background": singles({"all": "."}, ("image",)),
}


@dataclass(frozen=True)
class Places:
    """Where people and backgrounds come from.

    Attributes:
        packs: Of `penumbra data pack`.
        foregrounds: Folders of people with alpha: DIR, or NAME=DIR[:SPLIT] of a known dataset.
        backgrounds: Folders of photographs without anybody, likewise.
        is_any_place: Whether backgrounds of packs count that may hold somebody.
    """

    packs: tuple[Path, ...]
    foregrounds: tuple[str, ...]
    backgrounds: tuple[str, ...]
    is_any_place: bool


def stock_of(places: Places, validation: float) -> Stock:
    """Open packs and folders.

    Raises:
        InputError: There are no people or no places.
        DatasetError: A pack or a folder cannot be read.
    """
    sources: list[Source] = []
    people = _items("foreground", places.foregrounds, sources)
    grounds = _items("background", places.backgrounds, sources)
    packs = [read_pack(path) for path in places.packs]
    return stocked(packs, people, grounds, sources, validation, places.is_any_place)


def settings_from(suffix: str, gates: Sequence[str], mattes: Sequence[str]) -> JobSettings:
    """Return the settings that a command line asks for.

    Args:
        suffix: "jpg" or "png".
        gates: Each "name=value", of `GateSettings`.
        mattes: Each "name=value", of `MatteSettings`.

    Raises:
        InputError: There is no such setting, or the value is none for it.
    """
    return JobSettings(
        ".png" if suffix == "png" else ".jpg",
        with_settings(MatteSettings(), mattes),
        with_settings(GateSettings(), gates),
    )


def painter_of(
    interpreter: Path,
    weights: str | None,
    captions: Path | None,
    seed: int,
    steps: int,
    guidance: float,
    validation: float,
) -> "Paintings":
    """Return what paints by captions and reads mattes.

    Args:
        interpreter: Its weights.
        weights: Of the painter, see `load_source`.
        captions: A file of `penumbra synth captions`; None to draw them on the way.
        seed: See `PaintSettings`, as what follows.
        steps: Of denoising.
        guidance: Weight of the caption.
        validation: Share of the families of captions.

    Raises:
        WeightsError: Weights are missing, damaged or of something else.
        InputError: An extra is not installed, the interpreter reads plain pictures, or a caption
            is none.
    """
    # Imported here: they load torch, which composites do without.
    try:
        from penumbra.systems.dfimat.synth.interpreter.reader import load_reader
        from penumbra.systems.dfimat.synth.paintings import Paintings, PaintSettings
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "safetensors"):
            raise
        raise InputError(
            f"{error.name} must be installed to paint, got none: "
            "pip install 'penumbra[train,synth]'"
        ) from error

    said = None if captions is None else read_captions(captions)
    how = PaintSettings(seed, steps, guidance, validation)
    reader = load_reader(interpreter, weights)
    digests = {"interpreter": sha256(interpreter.read_bytes()).hexdigest()}
    if weights is not None:
        digests["painter"] = Path(weights).name
    # Whoever hands weights in knows what they may be used for.
    source = Source(reader.source.name, "terms of the weights that were handed in", "research")
    return Paintings(reader, how, (source,), digests, said)


def read_captions(path: Path) -> list[Caption]:
    """Return the captions of a file of `penumbra synth captions`.

    Raises:
        InputError: A line is no caption, or says what captions must not say.
    """
    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            told = json.loads(line)
            caption = Caption(dict(told["slots"]), int(told["n"]))
            text = caption.text
        except (ValueError, KeyError, TypeError) as error:
            rule = "a caption of `penumbra synth captions`"
            raise InputError(f"line {number} of {path} must be {rule}, got {line!r:.80}") from error
        if (wrong := objection(text)) is not None:
            raise InputError(f"line {number} of {path} must be fit to be painted, got {wrong}")
        found.append(caption)
    return found


def _items(role: Role, places: Sequence[str], sources: list[Source]) -> list[Item]:
    """Return what folders hold, and add their sources."""
    items: list[Item] = []
    for place in places:
        source, samples = _samples(role, place)
        sources.append(source)
        items += items_of(role, source.name, samples)
    return items


def _samples(role: Role, place: str) -> tuple[Source, Sequence[Sample]]:
    name, equals, folder = place.partition("=")
    if not equals:
        return _plain(role, Path(place))
    splits = dataset(name).splits
    before, colon, split = folder.rpartition(":")
    if colon and split in splits:
        folder = before
    else:
        split = next((usual for usual in ("train", "all") if usual in splits), next(iter(splits)))
    return Source(name, *DATASETS[name].terms(split)), read(name, Path(folder), split)


def _plain(role: Role, folder: Path) -> tuple[Source, Sequence[Sample]]:
    """Read a folder of pictures that no catalogue knows."""
    name = folder.resolve().name or "folder"
    if name in DATASETS:
        raise InputError(f"folder must be given as {name}={folder}, whose terms are known")
    try:
        found = _LAYOUTS[role](folder, "all")
    except OSError as error:
        raise DatasetError(f"{folder} must be a readable folder, got {error.strerror!r}") from error
    if not found.samples:
        raise DatasetError(f"{folder} must hold pictures, got none")
    return Source(name, UNSTATED, "research"), found.samples
