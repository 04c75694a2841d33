"""Every number of the room `dfimat`: whoever is meant by clicks, scribbles, boxes and words.

    python benchmarks/dfimat.py talks words each --data ../shared/data \
        --mattes mattes/portrait_eg
    python benchmarks/dfimat.py robot peers --count 40
    python benchmarks/dfimat.py speed
    python benchmarks/dfimat.py orderings --side 192 --count 60 --arm mixed runs/mixed*/weights \
        --arm click runs/click*/weights

DATA holds the collected sets; MATTES is what `penumbra data mattes` makes of portrait_eg.  See
`benchmarks/dfimat_pictures.py` for the pictures: COUNT scenes, and 60 people of COCO.

    talks      SAD, MSE, Grad, Conn and IoU after each round, by how the user speaks
    robot      clicks until the IoU is 0.85 and 0.9 (20 at most) of the coarse mask
    peers      the same of `clicks` and the classical room (GrabCut), with the same robot
    words      of scenes of two to four people: whether a sentence finds whom it means, whether the
               same with left and right exchanged finds the other, and whether words that mean
               nobody are flagged
    each       of 20 groups: how many people are found where nothing is said
    speed      of opening a photograph and of rounds, at 512 pixels, beside the same without caches
    orderings  talks and robot of networks that `scripts/ablate_dfimat.sh` trained, at their size;
               with --led talks alone, all networks being told what the first one is
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import get_args

from dfimat_measures import Row, clicked, each_person, seconds_of, talks, words
from dfimat_pictures import Crowd, alone, coco_people, grouped, scenes
from dfimat_tables import (
    clicked_text,
    each_text,
    rounds_plot,
    speed_text,
    talks_text,
    words_text,
)
from reports import save

from penumbra.data.users import ProtocolName
from penumbra.systems.clicks.system import weights_of_room as weights_of_clicks
from penumbra.systems.dfimat.predictor import DfimatPredictor
from penumbra.systems.dfimat.system import load_networks, weights_of_room
from penumbra.systems.registry import load_predictor

Found = tuple[dict[str, object], str]

PROTOCOLS: tuple[ProtocolName, ...] = get_args(ProtocolName)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("parts", nargs="+", choices=PARTS)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--mattes", type=Path, default=Path("mattes/portrait_eg"))
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks/dfimat"))
    parser.add_argument("--weights", type=Path, help="folder of the graphs; default the package's")
    parser.add_argument("--count", type=int, default=200, help="of scenes")
    parser.add_argument("--repeats", type=int, default=15, help="of the timing")
    parser.add_argument("--arm", nargs="+", action="append", default=[], help="of orderings")
    parser.add_argument("--side", type=int, help="longer side that networks see, of orderings")
    parser.add_argument("--input", nargs="*", choices=PROTOCOLS, default=PROTOCOLS, help="of talks")
    parser.add_argument(
        "--led", action="store_true", help="all of orderings are told what the first one is"
    )
    parser.add_argument(
        "--talks-only",
        action="store_true",
        help="no robot, of orderings; and who is named as an input hears that one alone",
    )
    parser.add_argument("--portraits", type=int, default=0, help="of portraits")
    parser.add_argument("--coco", type=int, default=60, help="of people of COCO")
    arguments = parser.parse_args()
    for part in arguments.parts:
        folders = [arguments.weights]
        if part == "orderings":
            folders = [Path(folder) for _, *arm in arguments.arm for folder in arm]
        numbers, text = PARTS[part](arguments)
        used = [entry for folder in folders for entry in weights_of_room(folder)]
        if part == "peers":
            used = list(weights_of_clicks())
        about = {
            "command": f"python benchmarks/dfimat.py {part} --count {arguments.count} "
            f"--coco {arguments.coco}"
            + f" --portraits {arguments.portraits}" * bool(arguments.portraits)
            + " --led" * arguments.led
            + " --talks-only" * arguments.talks_only,
            "weights": [f"{entry.file} {entry.sha256}" for entry in used],
        }
        save(arguments.output / part, about, numbers, text)


def run_talks(arguments: argparse.Namespace) -> Found:
    model = _shipped(arguments)
    rows = talks(_crowds(arguments), {"dfimat": model}, arguments.input)
    rounds_plot(arguments.output / "talks.svg", rows)
    return {"rows": rows}, talks_text(rows)


def run_robot(arguments: argparse.Namespace) -> Found:
    rows = clicked(_crowds(arguments), {"dfimat": _shipped(arguments)})
    return {"rows": rows}, clicked_text(rows)


def run_peers(arguments: argparse.Namespace) -> Found:
    models = {name: load_predictor(name) for name in ("clicks", "classical")}
    rows = clicked(_crowds(arguments), models)
    return {"rows": rows}, clicked_text(rows)


def run_words(arguments: argparse.Namespace) -> Found:
    crowds = scenes(arguments.data, arguments.mattes, arguments.count)
    rows = words((it for it in crowds if len(it.alphas) > 1), _shipped(arguments))
    return {"rows": rows}, words_text(rows)


def run_each(arguments: argparse.Namespace) -> Found:
    rows = each_person(grouped(arguments.data, arguments.mattes), _shipped(arguments))
    return {"rows": rows}, each_text(rows)


def run_speed(arguments: argparse.Namespace) -> Found:
    model, found = _shipped(arguments), {}
    for crowd in scenes(arguments.data, arguments.mattes, arguments.count):
        timed = seconds_of(model, crowd, arguments.repeats)
        found.setdefault("looked at closer" if timed["is closer"] else "seen once", timed)
        if len(found) == 2:
            break
    texts = [f"A person who is {name}:\n\n{speed_text(it)}" for name, it in found.items()]
    return found, "\n\n".join(texts)


def run_orderings(arguments: argparse.Namespace) -> Found:
    models = {
        f"{name} {seed}": _at(load_networks(folder=Path(folder)), arguments.side)
        for name, *folders in arguments.arm
        for seed, folder in enumerate(folders, start=1)
    }
    talked = []
    for protocol in arguments.input:
        others = set(PROTOCOLS) - {protocol} if arguments.talks_only else set()
        heard = {name: it for name, it in models.items() if name.rsplit(" ", 1)[0] not in others}
        talked += talks(_crowds(arguments), heard, [protocol], arguments.led)
    is_short = arguments.led or arguments.talks_only
    robot = [] if is_short else clicked(_crowds(arguments), models)
    texts = _texts(talked, robot)
    if any(len(arm) > 2 for arm in arguments.arm):
        means = [
            [row | {"model": row["model"].rsplit(" ", 1)[0]} for row in rows]
            for rows in (talked, robot)
        ]
        texts += ["Means of all seeds:", *_texts(*means)]
    return {"talks": talked, "robot": robot}, "\n\n".join(texts)


def _texts(talked: list[Row], robot: list[Row]) -> list[str]:
    return [text(rows) for text, rows in ((talks_text, talked), (clicked_text, robot)) if rows]


def _shipped(arguments: argparse.Namespace) -> DfimatPredictor:
    return load_networks(folder=arguments.weights)


def _at(model: DfimatPredictor, side: int | None) -> DfimatPredictor:
    if side is None:
        return model
    return replace(model, options=replace(model.options, iscn_long_side=side, mrn_max_side=side))


def _crowds(arguments: argparse.Namespace) -> Iterator[Crowd]:
    composed = scenes(arguments.data, arguments.mattes, arguments.count)
    photographs = islice(coco_people(arguments.data), arguments.coco)
    return chain(composed, photographs, alone(arguments.data, arguments.portraits))


PARTS: dict[str, Callable[[argparse.Namespace], Found]] = {
    "talks": run_talks,
    "robot": run_robot,
    "peers": run_peers,
    "words": run_words,
    "each": run_each,
    "speed": run_speed,
    "orderings": run_orderings,
}

if __name__ == "__main__":
    main()
