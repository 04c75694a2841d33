"""Every number of the room `safe`: people, their hair, groups, and what is known of flaws.

    python benchmarks/safe.py people hair flaws groups rounds --data ../shared/data \
        --mattes mattes/portrait_eg
    python benchmarks/safe.py orderings --side 192 --arm backbone runs/b*/weights \
        --arm SAM runs/s*/weights --arm 'FEM*' runs/z*/weights --arm SAFE runs/w*/weights
    python benchmarks/safe.py speed

DATA holds the collected sets; MATTES is what `penumbra data mattes` makes of portrait_eg.  No
picture and nobody in it is in a pack of `safe` (nor in one of `aim`, `segment` or `clicks`).

    people     IoU of alpha > 0.5 and MAD with masks of 100 portraits and 70 people in the street,
               beside `aim`, `segment`, and `--backbone`: a network without rounds, after as many
               steps
    hair       MAD and Grad of seven portraits with mattes of published networks, and of 45 exact
               composites of portraits, beside the same
    flaws      of these composites and photographs: rank correlation of uncertainty and error, and
               what is left of the squared error without the most uncertain pixels, beside `clicks`
               without a click
    groups     of 20 composites of two to four people: how many are found
    rounds     MSE of the composites and portraits after each round, and MAD after the last
    orderings  the same of the rows of the paper's table 4, as `scripts/ablate_safe.sh` trains them,
               and of the photographs with masks
    speed      of a portrait of one megapixel from file to file, beside `aim` in the same run
"""

import argparse
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from aim_models import Model, asked
from aim_pictures import Picture
from aim_tables import means, measure, table
from reports import save
from safe_measures import flaws, found, rounds, seconds_of
from safe_pictures import composed, groups, haired, masked
from safe_tables import flaws_text, groups_text, rounds_text, speed_text

from penumbra.core.arrays import RGB
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.systems.clicks.predictor import ClicksPredictor
from penumbra.systems.clicks.system import load_networks as load_clicks_networks
from penumbra.systems.registry import load_predictor
from penumbra.systems.safe.predictor import SafePredictor
from penumbra.systems.safe.system import load_networks, weights_of_room

ROUNDS = 3
"""That are looked at; the paper's table 3 ends there."""

Found = tuple[dict[str, object], str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="+", choices=PARTS)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--mattes", type=Path, default=Path("mattes/portrait_eg"))
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks/safe"))
    parser.add_argument("--weights", type=Path, help="folder of the graphs; default the package's")
    parser.add_argument("--backbone", type=Path, help="folder of a network without rounds")
    what = "a row's name and the folders of its networks, one of each seed"
    parser.add_argument("--arm", nargs="+", action="append", default=[], help=what)
    parser.add_argument("--side", type=int, help="longer side that networks see, of orderings")
    parser.add_argument("--repeats", type=int, default=7, help="of the timing")
    arguments = parser.parse_args()
    for part in arguments.parts:
        numbers, text = PARTS[part](arguments)
        arms = [Path(folder) for _, *folders in arguments.arm for folder in folders]
        folders = arms if part == "orderings" else [arguments.weights, arguments.backbone]
        used = [
            f"{entry.file} {entry.sha256}"
            for number, folder in enumerate(folders)
            if folder is not None or number == 0
            for entry in weights_of_room(folder)
        ]
        about = {"command": f"python benchmarks/safe.py {part}", "weights": used}
        save(arguments.output / part, about, numbers, text)


def run_people(arguments: argparse.Namespace) -> Found:
    return _measured(arguments, masked(arguments.data), ("iou", "mad"))


def run_hair(arguments: argparse.Namespace) -> Found:
    pictures = [*haired(arguments.data), *composed(arguments.data, arguments.mattes)]
    return _measured(arguments, pictures, ("mad", "grad"))


def run_flaws(arguments: argparse.Namespace) -> Found:
    models = {
        "safe": asked(load_networks(folder=arguments.weights)),
        "clicks": _doubting,
    }
    pictures = [*composed(arguments.data, arguments.mattes), *masked(arguments.data)]
    rows = flaws(pictures, models, arguments.output)
    return {"rows": rows}, flaws_text(rows)


def run_groups(arguments: argparse.Namespace) -> Found:
    rows = found(groups(arguments.data, arguments.mattes), _everyone(arguments))
    return {"rows": rows}, groups_text(rows)


def run_rounds(arguments: argparse.Namespace) -> Found:
    model = load_networks(folder=arguments.weights)
    arms = {"safe": [replace(model, options=replace(model.options, rounds=ROUNDS))]}
    return _after_rounds(arguments, arms)


def run_orderings(arguments: argparse.Namespace) -> Found:
    def loaded(folder: str) -> SafePredictor:
        model = load_networks(folder=Path(folder))
        options = replace(model.options, rounds=ROUNDS, long_side=arguments.side or 512)
        return replace(model, options=options)

    arms = {name: [loaded(folder) for folder in folders] for name, *folders in arguments.arm}
    if not arms:
        raise SystemExit("--arm must name the rows of the table, got none")
    return _after_rounds(arguments, arms, masked(arguments.data))


def run_speed(arguments: argparse.Namespace) -> Found:
    everyone = _everyone(arguments)
    with tempfile.TemporaryDirectory() as folder:
        models = {name: everyone[name] for name in ("safe", "aim")}
        numbers = seconds_of(models, Path(folder), arguments.repeats)
    return numbers, speed_text(numbers)


PARTS: dict[str, Callable[[argparse.Namespace], Found]] = {
    "people": run_people,
    "hair": run_hair,
    "flaws": run_flaws,
    "groups": run_groups,
    "rounds": run_rounds,
    "orderings": run_orderings,
    "speed": run_speed,
}


def _everyone(arguments: argparse.Namespace) -> dict[str, Model]:
    models = {"safe": asked(load_networks(folder=arguments.weights))}
    if arguments.backbone is not None:
        models["backbone"] = asked(load_networks(folder=arguments.backbone))
    models["aim"] = asked(load_predictor("aim"))
    models["segment"] = asked(load_predictor("segment"))
    return models


@cache
def _clicks() -> ClicksPredictor:
    return load_clicks_networks()


def _doubting(image: RGB) -> Matte:
    """Return what `clicks` answers without a click, with its uncertainty."""
    model = _clicks()
    encoded = model.encode(image)
    return model.doubt(encoded, model.decode(encoded, Hints()))


def _measured(
    arguments: argparse.Namespace, pictures: Iterable[Picture], keys: tuple[str, ...]
) -> Found:
    rows = measure(pictures, _everyone(arguments))
    return {"means": means(rows, keys), "rows": rows}, table(", ".join(keys), rows, keys)


def _after_rounds(
    arguments: argparse.Namespace,
    arms: Mapping[str, Sequence[SafePredictor]],
    more: Iterable[Picture] = (),
) -> Found:
    pictures = [*composed(arguments.data, arguments.mattes), *haired(arguments.data), *more]
    rows = rounds(pictures, arms)
    return {"rows": rows}, rounds_text(rows)


if __name__ == "__main__":
    main()
