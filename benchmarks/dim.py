"""Every number of the room `dim`: how good, in what order, how sure and how quick.

    python benchmarks/dim.py natural composites orderings uncertainty --data ../shared/data \
        --mattes mattes/portrait_eg --both runs/both --alpha-only runs/alpha-only
    python benchmarks/dim.py speed

DATA holds alphamatting_dev/, portrait_eg/ and bg/; MATTES is what `penumbra data mattes` makes of
portrait_eg.  Measured are pictures and objects that no training saw, SAD and Grad / 1000 over the
unknown region:

    natural      five photographs with measured alpha, with the trimaps that were published with
                 them, and with those widened by 10 and 20 pixels
    others       the ten other photographs of the set, which the open track does not see either,
                 beside closed-form alone
    composites   100 objects over photographs: 50 drawn, 45 portraits, the five photographs above
    orderings    what the paper orders: both losses against one, the second stage against none (of
                 the parts before, which must have been measured), errors by width of the trimap
    uncertainty  how the predicted error compares with the measured one, on the composites
    speed        against closed-form matting at one megapixel; see `benchmarks/dim_speed.py`
    classical    nothing but what the parts above need of classical methods, which are slow; their
                 mattes are kept in CACHE
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

from dim_models import Model, classical
from dim_networks import networks, predictors
from dim_orderings import (
    losses_text,
    lowered,
    lowered_text,
    one_per_object,
)
from dim_scenes import WIDENED, Scene, composites, natural_scenes
from dim_speed import speed_text
from dim_tables import REFERENCE, Row, measure, summary, table
from dim_uncertainty import calibrate, calibration_text, plot_calibration
from reports import save

from penumbra.evaluation.plot import curves_svg
from penumbra.evaluation.sensitivity import sensitivity_json, sensitivity_text, trimap_sensitivity
from penumbra.io import write_atomically
from penumbra.systems.dim.system import weights_name
from penumbra.systems.registry import load_predictor
from penumbra.weights import entry


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="+", choices=PARTS)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--mattes", type=Path, default=Path("mattes/portrait_eg"))
    parser.add_argument("--cache", type=Path, default=Path("out/dim-cache"))
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks/dim"))
    parser.add_argument("--weights", type=Path, help="folder of the graph; default the package's")
    parser.add_argument("--both", type=Path, help="folder of the graph trained with both losses")
    parser.add_argument("--alpha-only", type=Path, help="and of that with the alpha loss alone")
    parser.add_argument("--repeats", type=int, default=5, help="of the timing")
    parser.add_argument("--megapixels", type=float, default=1, help="of the timing")
    parser.add_argument("--ready", action="store_true", help="of classical mattes only those kept")
    arguments = parser.parse_args()
    for part in arguments.parts:
        PARTS[part](arguments)


def run_natural(arguments: argparse.Namespace) -> None:
    rows = measure(natural_scenes(arguments.data), every_model(arguments))
    by_width(arguments, "natural", rows)


def run_others(arguments: argparse.Namespace) -> None:
    models = networks(arguments.weights) | {REFERENCE: classical(arguments.cache)[REFERENCE]}
    by_width(arguments, "others", measure(natural_scenes(arguments.data, "train"), models))


def by_width(arguments: argparse.Namespace, part: str, rows: Sequence[Row]) -> None:
    """Write a table for each width of the trimaps."""
    texts, means = [], {}
    for width in WIDENED:
        chosen = [row for row in rows if row["image"].endswith(f"+{width}")]
        pictures = dict.fromkeys(row["image"] for row in chosen)
        groups = {it.partition("+")[0]: only(chosen, "image", it) for it in pictures}
        groups["mean"] = chosen
        texts.append(table(f"trimap widened by {width} px" if width else "trimap", groups))
        means[f"widened by {width}"] = {name: summary(group) for name, group in groups.items()}
    finish(arguments, part, {"means": means, "rows": rows}, "\n\n".join(texts))


def run_composites(arguments: argparse.Namespace) -> None:
    rows = measure(scenes(arguments), every_model(arguments))
    groups = grouped(rows)
    means = {name: summary(group) for name, group in groups.items()}
    finish(arguments, "composites", {"means": means, "rows": rows}, table("composites", groups))


def run_orderings(arguments: argparse.Namespace) -> None:
    stages = {"photographs": read_rows(arguments.output / "natural.json")}
    stages |= grouped(read_rows(arguments.output / "composites.json"))
    texts = [lowered_text(stages)]
    numbers: dict[str, Any] = {"lowered": {name: lowered(rows) for name, rows in stages.items()}}
    if arguments.both and arguments.alpha_only:
        folders = {"both losses": arguments.both, "alpha loss alone": arguments.alpha_only}
        trained = {
            name.replace("dim", losses): model
            for losses, folder in folders.items()
            for name, model in networks(folder).items()
        }
        rows = measure(scenes(arguments), trained)
        numbers["losses"] = {"sha256": {name: sha256_of(it) for name, it in folders.items()}}
        numbers["losses"]["rows"] = rows
        texts.append(losses_text(rows, trained))
    pictures = ((it.name, it.image, it.alpha_true) for it in one_per_object(scenes(arguments)))
    models = {"dim": predictors(arguments.weights)["dim"], REFERENCE: load_predictor(REFERENCE)}
    found = trimap_sensitivity(pictures, models)
    numbers["sensitivity"] = sensitivity_json(found)
    texts.append(sensitivity_text(found).rstrip())
    finish(arguments, "orderings", numbers, "\n\n".join(texts))
    curves = curves_svg(found.distances, found.means, "trimap widened by, px", "mean SAD / 1000")
    write_atomically(arguments.output / "sensitivity.svg", curves)


def run_uncertainty(arguments: argparse.Namespace) -> None:
    found = calibrate(scenes(arguments), networks(arguments.weights)["dim"])
    numbers = asdict(found) | {"expected_error": found.expected_error}
    numbers |= {key: numbers[key].tolist() for key in ("predicted", "measured")}
    finish(arguments, "uncertainty", numbers, calibration_text(found))
    plot_calibration(arguments.output / "uncertainty.svg", found)


def run_speed(arguments: argparse.Namespace) -> None:
    command = [sys.executable, str(Path(__file__).with_name("dim_speed.py"))]
    command += ["--repeats", f"{arguments.repeats}", "--megapixels", f"{arguments.megapixels}"]
    command += ["--weights", f"{arguments.weights}"] if arguments.weights else []
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    numbers = json.loads(done.stdout)
    finish(arguments, "speed", numbers, speed_text(numbers))


def run_classical(arguments: argparse.Namespace) -> None:
    for model in classical(arguments.cache).values():
        for scene in chain(natural_scenes(arguments.data), scenes(arguments)):
            model(scene)


PARTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "classical": run_classical,
    "natural": run_natural,
    "others": run_others,
    "composites": run_composites,
    "orderings": run_orderings,
    "uncertainty": run_uncertainty,
    "speed": run_speed,
}


def every_model(arguments: argparse.Namespace) -> dict[str, Model]:
    return networks(arguments.weights) | kept(arguments)


def kept(arguments: argparse.Namespace) -> dict[str, Model]:
    return classical(arguments.cache, not arguments.ready)


def scenes(arguments: argparse.Namespace) -> Iterator[Scene]:
    return composites(arguments.data, arguments.mattes)


def grouped(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Return the rows of all composites and of each group.

    With known pixels of one kind only, classical methods answer that kind everywhere: those
    whose trimap has both are a group, too.
    """
    groups = {"all": list(rows)}
    groups |= {name: only(rows, "group", name) for name in dict.fromkeys(r["group"] for r in rows)}
    return groups | {"object and background known": only(rows, "has_both_known", True)}


def only(rows: Sequence[Row], key: str, value: object) -> list[Row]:
    return [row for row in rows if row[key] == value]


def read_rows(path: Path) -> list[Row]:
    if not path.exists():
        raise SystemExit(f"{path} must have been made by the part {path.stem}, got none")
    rows: list[Row] = json.loads(path.read_text())["rows"]
    return rows


def finish(arguments: argparse.Namespace, part: str, numbers: Mapping[str, Any], text: str) -> None:
    about = {"command": f"python benchmarks/dim.py {part}", "weights": sha256_of(arguments.weights)}
    save(arguments.output / part, about, numbers, text)


def sha256_of(folder: Path | None) -> str:
    return entry(weights_name(folder), folder).sha256


if __name__ == "__main__":
    main()
