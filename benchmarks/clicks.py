"""Every number of the room `clicks`: what clicks change, what doubt knows, what polish buys.

    python benchmarks/clicks.py hints robot uncertainty refine photographs natural \
        --data ../shared/data --mattes mattes/portrait_eg
    python benchmarks/clicks.py speed
    python benchmarks/clicks.py ordering --with-clicks runs/true*/weights \
        --without runs/false*/weights --side 256

DATA holds the collected sets; MATTES is what `penumbra data mattes` makes of portrait_eg.  See
`benchmarks/clicks_pictures.py` for the pictures.

    hints        on composites of two objects and on COCO's instances: how alike the answers to two
                 clicks and to the same with other signs are, and SAD without and with corrective
                 clicks
    robot        clicks until the IoU is 0.85 and 0.9 (20 at most) on portraits and COCO's
                 instances, beside the classical room with the same robot; SAD by clicks
    uncertainty  of composites, without and after corrective clicks: its rank correlation with the
                 error, what is left of the squared error without the most uncertain pixels, its
                 mean beside that of the error
    refine       of the same: SAD, MSE and Grad of the transition area by windows refined, beside
                 windows at random and the whole picture, with the seconds of each
    photographs  the same of drawn objects in photographs of one, three and twelve megapixels
    natural      clicks until the SAD of a whole photograph is 1.2 times closed-form's with trimap
    ordering     SAD of networks that `scripts/ablate_clicks.sh` trained: without clicks; with them,
                 asked without; and asked with 0.56 clicks a picture.  Of composites of one object,
                 as the paper has it, of portraits, and where more than one could be meant
    speed        of a click, of the first view and of eight windows, at 512 pixels
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from clicks_measures import (
    by_clicks,
    doubt,
    hints,
    natural_clicks,
    ordering,
    refinement,
    seconds_of,
)
from clicks_pictures import (
    LARGE,
    instances,
    natural,
    one_object,
    photographs,
    portraits,
    two_objects,
)
from clicks_tables import (
    doubt_text,
    hints_text,
    natural_text,
    ordering_text,
    refine_text,
    robot_plot,
    robot_text,
    speed_text,
    worth_text,
)
from dim_scenes import composites
from reports import save

from penumbra.systems.clicks.predictor import ClicksPredictor
from penumbra.systems.clicks.system import load_networks, weights_of_room
from penumbra.systems.registry import load_predictor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="+", choices=[*PARTS, "ordering"])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--mattes", type=Path, default=Path("mattes/portrait_eg"))
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks/clicks"))
    parser.add_argument("--weights", type=Path, help="folder of the graphs; default the package's")
    parser.add_argument("--repeats", type=int, default=15, help="of the timing")
    parser.add_argument("--with-clicks", type=Path, nargs="+", default=[], help="of ordering")
    parser.add_argument("--without", type=Path, nargs="+", default=[], help="of ordering")
    parser.add_argument("--side", type=int, help="longer side that networks see, of ordering")
    arguments = parser.parse_args()
    for part in arguments.parts:
        if part == "ordering":
            folders = [*arguments.with_clicks, *arguments.without]
            numbers, text = run_ordering(arguments)
        else:
            folders = [arguments.weights]
            numbers, text = PARTS[part](arguments, load_networks(folder=arguments.weights))
        used = [entry for folder in folders for entry in weights_of_room(folder)]
        about = {
            "command": f"python benchmarks/clicks.py {part}",
            "weights": [f"{entry.file} {entry.sha256}" for entry in used],
        }
        save(arguments.output / part, about, numbers, text)


Found = tuple[dict[str, object], str]


def run_hints(arguments: argparse.Namespace, model: ClicksPredictor) -> Found:
    groups = {
        "two objects": two_objects(arguments.data, arguments.mattes),
        "coco_train": instances(arguments.data),
    }
    rows = [row for targets in groups.values() for row in hints(targets, model)]
    return {"rows": rows}, hints_text(rows)


def run_ordering(arguments: argparse.Namespace) -> Found:
    def loaded(folders: list[Path]) -> list[ClicksPredictor]:
        models = [load_networks(folder=folder) for folder in folders]
        how = {"work_long_side": arguments.side, "is_settled": False}  # the networks alone
        return [replace(it, options=replace(it.options, **how)) for it in models]

    models = {
        "with": loaded(arguments.with_clicks),
        "without": loaded(arguments.without),
    }
    rows = []
    for targets in (
        one_object(arguments.data, arguments.mattes),
        two_objects(arguments.data, arguments.mattes),
        instances(arguments.data),
        portraits(arguments.data),
    ):
        rows += ordering(targets, models)
    return {"rows": rows}, ordering_text(rows)


def run_robot(arguments: argparse.Namespace, model: ClicksPredictor) -> Found:
    models = {"clicks": model, "classical": load_predictor("classical")}
    rows = []
    for targets in (portraits(arguments.data), instances(arguments.data)):
        for target in targets:
            rows += [by_clicks(target, name, each) for name, each in models.items()]
            print(json.dumps(rows[-2:]), flush=True)
    robot_plot(arguments.output / "robot.svg", rows)
    return {"rows": rows}, robot_text(rows)


def run_uncertainty(arguments: argparse.Namespace, model: ClicksPredictor) -> Found:
    rows = doubt(composites(arguments.data, arguments.mattes), model, arguments.output)
    return {"rows": rows}, doubt_text(rows)


def run_refine(arguments: argparse.Namespace, model: ClicksPredictor) -> Found:
    rows = refinement(composites(arguments.data, arguments.mattes), model)
    text = worth_text({"composites": rows})
    return {"rows": rows}, f"{refine_text(rows)}\n\n{text}"


def run_photographs(arguments: argparse.Namespace, model: ClicksPredictor) -> Found:
    groups = {
        f"{megapixels} MP": refinement(photographs(arguments.data, size), model)
        for megapixels, size in LARGE.items()
    }
    parts = [f"{name}:\n\n{refine_text(rows)}" for name, rows in groups.items()]
    return {"rows": groups}, "\n\n".join([*parts, worth_text(groups)])


def run_natural(arguments: argparse.Namespace, model: ClicksPredictor) -> Found:
    rows = [natural_clicks(target, model) for target in natural(arguments.data)]
    return {"rows": rows}, natural_text(rows)


def run_speed(arguments: argparse.Namespace, model: ClicksPredictor) -> Found:
    found = seconds_of(model, arguments.repeats)
    return found, speed_text(found)


PARTS: dict[str, Callable[[argparse.Namespace, ClicksPredictor], Found]] = {
    "hints": run_hints,
    "robot": run_robot,
    "uncertainty": run_uncertainty,
    "refine": run_refine,
    "photographs": run_photographs,
    "natural": run_natural,
    "speed": run_speed,
}

if __name__ == "__main__":
    main()
