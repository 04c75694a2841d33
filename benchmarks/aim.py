"""Every number of the room `aim`: what it finds, how well, when there is nothing, and how quickly.

    python benchmarks/aim.py photographs mattes composites empties --data ../shared/data \
        --mattes mattes/portrait_eg
    python benchmarks/aim.py ablation --with-unified runs/unified --plain runs/plain
    python benchmarks/aim.py speed

DATA holds the collected sets; MATTES is what `penumbra data mattes` makes of portrait_eg.  No hint
is given to anybody, and no training of `aim` saw the pictures or their objects:

    photographs  IoU of alpha > 0.5 with masks of portraits, street people, cats, moving objects
    mattes       MAD and Grad over 15 photographs with measured mattes and 20 with those of
                 published networks
    composites   SAD by type (salient opaque, transparent or meticulous, non-salient), and over the
                 transition area alone, also of one scale instead of two
    empties      how often 40 photographs of nothing are taken for something, and portraits for
                 nothing, by threshold (of the part before, which must have been measured)
    ablation     the unified map against the plain trimap: SAD of two small runs by type
    speed        of one photograph from file to file; see `benchmarks/aim_speed.py`

With LOOK, the pictures of the worst answers are written there, beside truth and photograph.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from aim_models import BASELINE, everyone, network, scales
from aim_pictures import composites, empties, photographs, with_mattes
from aim_speed import speed_text
from aim_tables import Row, means, measure, names, table
from reports import save

from penumbra.systems.aim.options import SHIPPED
from penumbra.weights import entry

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="+", choices=PARTS)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--mattes", type=Path, default=Path("mattes/portrait_eg"))
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks/aim"))
    parser.add_argument("--weights", type=Path, help="folder of the graph; default the package's")
    parser.add_argument("--with-unified", type=Path, help="folder of a graph that learned that map")
    parser.add_argument("--plain", type=Path, help="and of one that learned the plain trimap")
    parser.add_argument("--repeats", type=int, default=5, help="of the timing")
    arguments = parser.parse_args()
    for part in arguments.parts:
        PARTS[part](arguments)


def run_photographs(arguments: argparse.Namespace) -> None:
    rows = measure(photographs(arguments.data), everyone(arguments.weights))
    finish(arguments, "photographs", rows, ("iou", "mad"))


def run_mattes(arguments: argparse.Namespace) -> None:
    rows = measure(with_mattes(arguments.data), everyone(arguments.weights))
    finish(arguments, "mattes", rows, ("mad", "grad"))


def run_composites(arguments: argparse.Namespace) -> None:
    models = scales(arguments.weights) | {BASELINE: everyone(arguments.weights)[BASELINE]}
    rows = measure(composites(arguments.data, arguments.mattes), models)
    finish(arguments, "composites", rows, ("sad", "sad tran"))


def run_empties(arguments: argparse.Namespace) -> None:
    rows = measure(empties(arguments.data), {"aim": network(arguments.weights)})
    portraits = [
        row
        for row in read_rows(arguments.output / "photographs.json")
        if row["group"] == "portrait_eg" and row["model"] == "aim"
    ]
    lines = ["| least confidence | nothing taken for something | portraits taken for nothing |"]
    lines.append("|--:|--:|--:|")
    for least in THRESHOLDS:
        found = np.mean([row["confidence"] >= least for row in rows])
        lost = np.mean([row["confidence"] < least for row in portraits])
        mark = " (shipped)" if least == SHIPPED.least_confidence else ""
        lines.append(f"| {least:g}{mark} | {found:.1%} | {lost:.1%} |")
    write(arguments, "empties", {"rows": rows, "portraits": portraits}, "\n".join(lines))


def run_ablation(arguments: argparse.Namespace) -> None:
    folders = {"unified": arguments.with_unified, "plain trimap": arguments.plain}
    if None in folders.values():
        raise SystemExit("--with-unified and --plain must name folders of graphs")
    models = {name: network(folder, name=graph_of(folder)) for name, folder in folders.items()}
    rows = measure(composites(arguments.data, arguments.mattes), models)
    finish(arguments, "ablation", rows, ("sad", "mad"))


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
    "speed": run_speed,
}


def graph_of(folder: Path) -> str:
    """Return the name of the one graph of a folder."""
    (file,) = folder.glob("*.onnx")
    return file.stem


def read_rows(path: Path) -> list[Row]:
    if not path.exists():
        raise SystemExit(f"{path} must have been made by the part {path.stem}, got none")
    rows: list[Row] = json.loads(path.read_text())["rows"]
    return rows


def finish(
    arguments: argparse.Namespace, part: str, rows: Sequence[Row], keys: tuple[str, ...]
) -> None:
    """Write means and rows; keys must be of every row's."""
    kept = [key for key in keys if all(key in row for row in rows)]
    numbers = {"means": means(rows, kept), "rows": list(rows)}
    write(arguments, part, numbers, table(", ".join(names(rows, "model")), rows, kept))


def write(arguments: argparse.Namespace, part: str, numbers: Mapping[str, Any], text: str) -> None:
    about = {"command": f"python benchmarks/aim.py {part}"}
    if part != "ablation":
        about["weights"] = entry("aim-s", arguments.weights).sha256
    save(arguments.output / part, about, numbers, text)


if __name__ == "__main__":
    main()
