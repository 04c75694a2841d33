"""Small journals of comparisons for the tests of the report."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from penumbra.comparison.record import RESULTS, Record, append_record, matte_path
from penumbra.comparison.scenes import Protocol, Scene
from penumbra.core.errors import InputError
from penumbra.io import save_alpha
from tests.scenes import soft_disk

SIZE = 32


def record(
    entrant: str = "aim",
    picture: str = "a",
    sad: float = 1.0,
    group: str = "drawn",
    protocol: Protocol = "none",
    is_free: bool = True,
    seconds: float | None = 1.0,
) -> Record:
    """Return an answer with one error; everything else is the same for all."""
    return Record(
        group=group,
        picture=picture,
        kind="",
        is_free=is_free,
        entrant=entrant,
        protocol=protocol,
        region="image",
        megapixels=0.5,
        region_megapixels=0.5,
        seconds=seconds,
        scores={"SAD": sad, "IoU": 1 / (1 + sad)},
    )


def failed(entrant: str, picture: str, error: str = "out of memory") -> Record:
    """Return a picture without an answer."""
    return replace(record(entrant, picture), scores={}, seconds=None, error=error)


def several(entrant: str, sads: Sequence[float], group: str = "drawn") -> list[Record]:
    """Return an answer to pictures a, b, c, ... each."""
    return [record(entrant, chr(97 + place), sad, group) for place, sad in enumerate(sads)]


def find(group: str, picture: str) -> Scene:
    """Return a soft disk; the picture "lost" cannot be found."""
    if picture == "lost":
        raise InputError("picture must be one of the comparison, got 'lost'")
    image = np.full((SIZE, SIZE, 3), 0.25, np.float32)
    return Scene(image, soft_disk(SIZE))


def journal(output: Path, records: Sequence[Record]) -> None:
    """Write records into a folder, with a matte for each answer."""
    output.mkdir(parents=True, exist_ok=True)
    for it in records:
        append_record(output / RESULTS, it)
        path = matte_path(output, it.entrant, it.protocol, it.group, it.picture)
        path.parent.mkdir(parents=True, exist_ok=True)
        save_alpha(path, soft_disk(SIZE, radius=8))
