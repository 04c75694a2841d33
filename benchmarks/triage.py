"""How well `batch.triage` knows bad mattes without the truth, and the numbers that it goes by.

    python benchmarks/triage.py --data ../shared/data --mattes mattes/portrait_eg

DATA holds the collected sets; MATTES is what `penumbra data mattes` makes of portrait_eg.  All
pictures are held aside: no model has learned from them.

    ensemble, aim  photographs with masks, photographs with mattes, composites, and (not in the
                   numbers of the others) forty photographs of nothing
    safe           those of people
    ensemble-trimap, dim  photographs and composites with trimaps

Of each set, every other picture by SHA-256 of its name fits weights, bias and limit; the others
measure them.  Frames of a scene, and trimaps of a photograph, stay together.  The limit sends a
fifth of the fitting half to review.  A picture is bad if it is among the tenth of its half with
the largest SAD, which is summed over the picture at its own size.  `halves` does the same with a
hundred other ways to halve the sets.
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple
from hashlib import sha256
from pathlib import Path
from typing import Any

from aim_pictures import Picture, composites, empties, photographs, with_mattes
from dim_scenes import composites as scenes_composed
from dim_scenes import natural_scenes
from reports import save
from safe_pictures import composed, haired, masked
from triage_fit import Row, fitted, measures, over_halves
from triage_plot import plot

from penumbra.batch.signs import Signs, signs_of
from penumbra.batch.triage import Scale
from penumbra.core.hints import Hints
from penumbra.io import write_atomically
from penumbra.metrics.alpha import mad
from penumbra.systems.registry import load_predictor

ROOMS = ("ensemble", "aim", "safe", "ensemble-trimap", "dim")
WITH_TRIMAPS = ("ensemble-trimap", "dim")
NOTHING = "nothing"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--mattes", type=Path, default=Path("mattes/portrait_eg"))
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks/triage"))
    parser.add_argument("--rows", type=Path, help="an earlier triage.json, whose mattes count")
    arguments = parser.parse_args()
    told = json.loads(arguments.rows.read_text())["rooms"] if arguments.rows else {}
    rows = {
        room: [row_of(each) for each in told[room]["rows"]]
        if room in told
        else list(measured(room, arguments))
        for room in ROOMS
    }
    report(rows, arguments.output)


def measured(room: str, arguments: argparse.Namespace) -> Iterator[Row]:
    """Ask a model for each picture, and keep what is seen of its matte and what is true of it."""
    model = load_predictor(room)
    for picture, hints in asked(room, arguments):
        matte = model.decode(model.encode(picture.image), hints)
        error = mad(matte.alpha, picture.truth)
        seen = rounded(signs_of(matte))
        row = Row(picture.group, picture.name, round(error, 6), picture.truth.size, seen)
        print(room, row.group, row.name, round(row.error, 4), flush=True)
        yield row


def asked(room: str, arguments: argparse.Namespace) -> Iterator[tuple[Picture, Hints]]:
    """Yield the pictures of a model, with what it is told."""
    data, mattes = arguments.data, arguments.mattes
    pictures: list[Iterable[Picture]]
    if room in WITH_TRIMAPS:
        for scene in (*natural_scenes(data), *scenes_composed(data, mattes)):
            picture = Picture(scene.group, scene.name, scene.image, scene.alpha_true)
            yield picture, Hints(trimap=scene.trimap)
        return
    if room == "safe":
        pictures = [masked(data), haired(data), composed(data, mattes)]
    else:
        pictures = [photographs(data), with_mattes(data), composites(data, mattes), empties(data)]
    for part in pictures:
        for picture in part:
            yield picture, Hints()


def row_of(told: Mapping[str, Any]) -> Row:
    """Return the row that a report holds."""
    return Row(**{**told, "signs": rounded(Signs(*told["signs"]))})


def rounded(signs: Signs) -> Signs:
    """Return signs as the report holds them, so that they fit to the same numbers."""
    return Signs(*(round(value, 6) for value in astuple(signs)))


def report(rows: Mapping[str, list[Row]], output: Path) -> None:
    """Fit, measure, and write what came out."""
    rooms: dict[str, object] = {}
    lines = [
        "| model | pictures | Spearman, SAD | review | recall, SAD | recall, MAD "
        "| in 100 halvings: review | recall, SAD |",
        "|---|---|---|---|---|---|---|---|",
    ]
    drawn = {}
    for room, all_rows in rows.items():
        known = [row for row in all_rows if row.group != NOTHING]
        half = halves(known)
        scale = fitted([row for row in known if row.unit in half])
        rest = [row for row in known if row.unit not in half]
        found = measures(scale, rest)
        many = over_halves(known)
        drawn[room] = (scale, rest)
        rooms[room] = {
            "scale": {"weights": scale.weights, "bias": scale.bias, "limit": scale.limit},
            "measured": found,
            "halves": many,
            "nothing": of_nothing(scale, [row for row in all_rows if row.group == NOTHING]),
            "rows": [
                {
                    "group": row.group,
                    "name": row.name,
                    "error": row.error,
                    "pixels": row.pixels,
                    "signs": astuple(row.signs),
                }
                for row in all_rows
            ],
        }
        print(f'    "{room}": {scale},')
        lines.append(
            f"| {room} | {len(known)} | {found['spearman_sad']:.2f} | {found['review']:.0%} "
            f"| {found['recall_sad']:.2f} | {found['recall_mad']:.2f} "
            f"| {many['review']:.0%} ({many['review_p90']:.0%}) "
            f"| {many['recall_sad']:.2f} ({many['recall_sad_p10']:.2f}) |"
        )
    about = {"command": "python benchmarks/triage.py --data ../shared/data"}
    save(output / "triage", about, {"rooms": rooms}, "\n".join(lines))
    write_atomically(output / "triage.svg", plot(drawn))


def of_nothing(scale: Scale, rows: list[Row]) -> dict[str, int]:
    """Return what becomes of pictures without an object, whose mattes should be empty."""
    shown = [row for row in rows if row.error > 0]
    sent = sum(scale.risk(row.signs) > scale.limit for row in shown)
    return {
        "pictures": len(rows),
        "empty": len(rows) - len(shown),
        "shown": len(shown),
        "sent": sent,
    }


def halves(rows: Iterable[Row]) -> set[str]:
    """Return the units that fit: every other one of each set, by the hash of their names."""
    units = sorted({(row.group, row.unit) for row in rows}, key=lambda it: (it[0], digest(it[1])))
    number: dict[str, int] = {}
    chosen = set()
    for group, unit in units:
        number[group] = number.get(group, 0) + 1
        if number[group] % 2:
            chosen.add(unit)
    return chosen


def digest(name: str) -> str:
    """Return what sorts names in an order that nobody chose."""
    return sha256(name.encode()).hexdigest()


if __name__ == "__main__":
    main()
