"""Every number of the room `aim`: what it finds, how well, when there is nothing, and how quickly.

    python benchmarks/aim.py photographs mattes composites empties --data ../shared/data \
        --mattes mattes/portrait_eg
    python benchmarks/aim.py ablation --with-unified runs/u1 runs/u2 --plain runs/p1 runs/p2
    python benchmarks/aim.py unseen --with-unified runs/u1 --plain runs/p1 --families web glass
    python benchmarks/aim.py speed

DATA holds the collected sets; MATTES is what `penumbra data mattes` makes of portrait_eg.  No hint
is given to anybody, and no pack of `aim` has the pictures or their objects (the encoder's first
training saw some; see `benchmarks/aim_pictures.py`):

    photographs  IoU of alpha > 0.5 with masks of portraits, street people, cats, moving objects
    mattes       MAD and Grad over 15 photographs with measured mattes and 20 with those of
                 published networks
    composites   SAD by type (salient opaque, transparent or meticulous, non-salient), and over the
                 transition area alone, also of one scale instead of two
    empties      how often 40 photographs of nothing are taken for something, and photographs and
                 composites for nothing, by threshold (of the parts before, which must have been
                 measured with the same weights)
    ablation     the unified map against the plain trimap: SAD of pairs of small runs by type; see
                 `benchmarks/aim_ablation.py`
    unseen       the same of some families of drawn objects, which those runs did not learn from
    speed        of one photograph from file to file; see `benchmarks/aim_speed.py`
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from aim_ablation import ARMS, LOOKS, ablation, ablation_text, by_picture, differences
from aim_models import BASELINE, everyone, network, scales
from aim_pictures import composites, empties, photographs, with_mattes
from aim_speed import speed_text
from aim_tables import Row, means, measure, names, table
from reports import save

from penumbra.data.procedural.families import FAMILIES
from penumbra.systems.aim.options import SHIPPED
from penumbra.systems.aim.system import weights_name
from penumbra.weights import entry

ANYTHING = replace(SHIPPED, least_confidence=0)
"""Whatever is found, however unsurely."""

THRESHOLDS = tuple(sorted({0.5, 0.6, 0.7, 0.8, 0.9, SHIPPED.least_confidence}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="+", choices=PARTS)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--mattes", type=Path, default=Path("mattes/portrait_eg"))
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks/aim"))
    parser.add_argument("--weights", type=Path, help="folder of the graph; default the package's")
    which = "folders of graphs that learned {}, one of each pair"
    folders = {"type": Path, "nargs": "+", "default": []}
    parser.add_argument("--with-unified", **folders, help=which.format("the unified map"))
    parser.add_argument("--plain", **folders, help=which.format("the plain trimap"))
    parser.add_argument("--families", nargs="+", choices=FAMILIES, help="of unseen")
    parser.add_argument("--repeats", type=int, default=5, help="of the timing")
    arguments = parser.parse_args()
    for part in arguments.parts:
        PARTS[part](arguments)


def run_photographs(arguments: argparse.Namespace) -> None:
    networks = everyone(arguments.weights)
    del networks[BASELINE]  # slow, and asked about where mattes are known
    networks["aim, never empty"] = network(arguments.weights, ANYTHING)
    finish(arguments, "photographs", measure(photographs(arguments.data), networks), ("iou", "mad"))


def run_mattes(arguments: argparse.Namespace) -> None:
    rows = measure(with_mattes(arguments.data), everyone(arguments.weights))
    finish(arguments, "mattes", rows, ("mad", "grad"))


def run_composites(arguments: argparse.Namespace) -> None:
    rows = measure(composites(arguments.data, arguments.mattes), scales(arguments.weights))
    finish(arguments, "composites", rows, ("sad", "sad tran", "map iou", "map accuracy"))


def run_empties(arguments: argparse.Namespace) -> None:
    rows = measure(empties(arguments.data), {"aim": network(arguments.weights, ANYTHING)})
    something = [
        row
        for part, model in (("photographs", "aim"), ("composites", "hybrid"))
        for row in read_rows(arguments, part)
        if row["model"] == model
    ]
    groups = names(something, "group")
    head = ["least confidence", "nothing taken for something", *(f"lost: {it}" for it in groups)]
    lines = ["| " + " | ".join(head) + " |", "|--:|" + "--:|" * (len(head) - 1)]
    for least in THRESHOLDS:
        mark = " (shipped)" if least == SHIPPED.least_confidence else ""
        cells = [f"{least:g}{mark}", f"{np.mean([is_found(row, least) for row in rows]):.1%}"]
        for group in groups:
            chosen = [row for row in something if row["group"] == group]
            cells.append(f"{np.mean([not is_found(row, least) for row in chosen]):.1%}")
        lines.append("| " + " | ".join(cells) + " |")
    write(arguments, "empties", {"rows": rows}, "\n".join(lines))


def is_found(row: Row, least: float) -> bool:
    """Return whether an object would be found with a threshold."""
    return row["confidence"] >= max(least, 1e-6)


def run_ablation(arguments: argparse.Namespace) -> None:
    _compare_maps(arguments, "ablation", tuple(FAMILIES))


def run_unseen(arguments: argparse.Namespace) -> None:
    if not arguments.families:
        raise SystemExit("--families must name those that were not learned from, got none")
    _compare_maps(arguments, "unseen", arguments.families)


def _compare_maps(arguments: argparse.Namespace, part: str, families: Sequence[str]) -> None:
    given = (arguments.with_unified, arguments.plain)
    rows = ablation(arguments.data, *given, families)
    groups = names(rows, "group")
    numbers = {
        "families": list(families),
        "weights": {
            arm: [sha256_of(folder) for folder in folders]
            for arm, folders in zip(ARMS, given, strict=True)
        },
        "less sad": {
            look: {group: differences(rows, group, look) for group in groups} for look in LOOKS
        },
        "pictures": by_picture(rows),
    }
    write(arguments, part, numbers, ablation_text(rows))


def run_speed(arguments: argparse.Namespace) -> None:
    command = [sys.executable, str(Path(__file__).with_name("aim_speed.py"))]
    command += ["--repeats", f"{arguments.repeats}"]
    command += ["--weights", f"{arguments.weights}"] if arguments.weights else []
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    numbers = json.loads(done.stdout)
    write(arguments, "speed", numbers, speed_text(numbers))


PARTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "photographs": run_photographs,
    "mattes": run_mattes,
    "composites": run_composites,
    "empties": run_empties,
    "ablation": run_ablation,
    "unseen": run_unseen,
    "speed": run_speed,
}


def read_rows(arguments: argparse.Namespace, part: str) -> list[Row]:
    """Return what another part measured with the same weights."""
    path = arguments.output / f"{part}.json"
    found = json.loads(path.read_text()) if path.exists() else {"weights": "none"}
    wanted = sha256_of(arguments.weights)
    if found["weights"] != wanted:
        raise SystemExit(f"{path} must be of weights {wanted}, got those of {found['weights']}")
    rows: list[Row] = found["rows"]
    return rows


def finish(
    arguments: argparse.Namespace, part: str, rows: Sequence[Row], keys: tuple[str, ...]
) -> None:
    """Write means and rows; of the keys those that every row has."""
    kept = [key for key in keys if all(key in row for row in rows)]
    numbers = {"means": means(rows, kept), "rows": list(rows)}
    write(arguments, part, numbers, table(", ".join(kept), rows, kept))


def write(arguments: argparse.Namespace, part: str, numbers: Mapping[str, Any], text: str) -> None:
    """Write a report and its table, with the weights that it is of; the package's if unnamed."""
    about = {"command": f"python benchmarks/aim.py {part}"}
    if "weights" not in numbers:
        about["weights"] = sha256_of(arguments.weights)
    save(arguments.output / part, about, numbers, text)


def sha256_of(folder: Path | None) -> str:
    return entry(weights_name(folder), folder).sha256


if __name__ == "__main__":
    main()
