"""How well the interpreter of `dfimat.synth` finds the people of pictures and their opacity.

    python benchmarks/interpreter.py --data ../shared/data --mattes mattes/portrait_eg --side 192 \
        --arm full runs/full* --arm coarse runs/coarse*

Arms are runs of `penumbra train dfimat.synth.interpreter`, one for each seed.  DATA holds
the collected sets; MATTES is what `penumbra data mattes` makes of portrait_eg.  Measured on COUNT
scenes of one to four people whom no pack of `dfimat` holds (`benchmarks/dfimat_pictures.py`).

Each person has the alpha of the query that fits best, all together: what is wrong with it is no
matter of which queries claim to be human.  That counts in AP, where all queries are taken from the
surest on.  Beside the alphas of each network stand its masks of stride 8, enlarged.
"""

import argparse
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from aim_tables import names
from dfimat_pictures import Crowd, scenes
from reports import save

from penumbra.core.arrays import Alpha
from penumbra.metrics.alpha import mad, mse, sad
from penumbra.metrics.gradient import gradient_error_adobe
from penumbra.metrics.interaction import iou
from penumbra.systems.dfimat.synth.interpreter.gathering import caption_of
from penumbra.systems.dfimat.synth.interpreter.measuring import (
    Overlaps,
    average_precision,
    best_pairs,
    overlaps,
)
from penumbra.systems.dfimat.synth.interpreter.pictures import answers_of, see
from penumbra.systems.dfimat.synth.interpreter.reader import Reader, load_reader

Row = dict[str, Any]

SHOWN = {"alpha": False, "mask": True}
"""What is measured, and whether it is coarse."""

KEYS = ("iou", "sad", "mse", "mad", "grad")
LEAST = (0.5, 0.75)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--mattes", type=Path, default=Path("mattes/portrait_eg"))
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks/interpreter"))
    parser.add_argument("--count", type=int, default=60, help="of scenes")
    parser.add_argument("--side", type=int, help="shorter side that networks see; a multiple of 64")
    parser.add_argument("--weights", help="of a frozen source")
    parser.add_argument("--best", action="store_true", help="best weights of runs, not the last")
    parser.add_argument(
        "--arm", nargs="+", action="append", required=True, help="its name, and its runs"
    )
    arguments = parser.parse_args()
    files = {
        f"{name} {seed}": Path(run) / ("best" if arguments.best else "checkpoint")
        for name, *runs in arguments.arm
        for seed, run in enumerate(runs, start=1)
    }
    files = {name: folder / "weights.safetensors" for name, folder in files.items()}
    readers = {name: load_reader(file, arguments.weights) for name, file in files.items()}
    rows: list[Row] = []
    found: dict[tuple[str, str], list[Overlaps]] = {}
    for crowd in scenes(arguments.data, arguments.mattes, arguments.count):
        for name, reader in readers.items():
            for shown, overlap, errors in measured(reader, crowd, arguments.side):
                found.setdefault((name, shown), []).append(overlap)
                rows += [{"model": name, "shown": shown, **each} for each in errors]
        print(crowd.name, flush=True)
    precisions = [
        {"model": name, "shown": shown}
        | {f"ap {least}": round(average_precision(each, least), 4) for least in LEAST}
        for (name, shown), each in found.items()
    ]
    texts = [table(rows, precisions)]
    if any(len(arm) > 2 for arm in arguments.arm):
        by_arm = [[{**it, "model": it["model"].rsplit(" ", 1)[0]} for it in each]
                  for each in (rows, precisions)]  # fmt: skip
        texts += ["Means of all seeds:", table(*by_arm)]
    about = {
        "command": f"python benchmarks/interpreter.py --count {arguments.count} --side "
        f"{arguments.side}" + " --best" * arguments.best,
        "weights": [
            f"{name} {sha256(file.read_bytes()).hexdigest()}" for name, file in files.items()
        ],
    }
    numbers = {"people": rows, "precision": precisions}
    save(arguments.output / "people", about, numbers, "\n\n".join(texts))


def measured(
    reader: Reader, crowd: Crowd, side: int | None
) -> Iterator[tuple[str, Overlaps, list[Row]]]:
    """Yield what is shown, how it overlaps people, and a row for each of them."""
    seen = see(reader, crowd.image, caption_of(len(crowd.alphas)), side)
    for shown, is_coarse in SHOWN.items():
        answers = answers_of(reader, seen, is_coarse)
        overlap = overlaps(answers.human, answers.alphas, crowd.alphas)
        pairs = best_pairs(overlap.iou)
        rows = [
            {
                "image": crowd.name,
                "people": len(crowd.alphas),
                "person": person,
                "human": round(float(answers.human[query]), 4) if query >= 0 else None,
                **_errors(answers.alphas[query] if query >= 0 else 0 * truth, truth),
            }
            for person, (query, truth) in enumerate(zip(pairs, crowd.alphas, strict=True))
        ]
        yield shown, overlap, rows


def _errors(alpha: Alpha, truth: Alpha) -> Row:
    return {
        "iou": round(iou(alpha, truth), 4),
        "sad": round(sad(alpha, truth) / 1000, 4),
        "mse": round(mse(alpha, truth) * 100, 5),
        "mad": round(mad(alpha, truth) * 100, 5),
        "grad": round(gradient_error_adobe(alpha, truth) / 1000, 4),
    }


def table(rows: Sequence[Row], precisions: Sequence[Row]) -> str:
    """Return means over people, and AP over pictures, by model and what is shown."""
    head = ["", "shown", "people", "IoU", "SAD / 1000", "MSE x 100", "MAD x 100", "Grad / 1000"]
    head += [f"AP@{least}" for least in LEAST]
    lines = ["| " + " | ".join(head) + " |", "|---|---|" + "--:|" * (len(head) - 2)]
    for model in names(rows, "model"):
        for shown in SHOWN:
            chosen, sure = (
                [it for it in each if (it["model"], it["shown"]) == (model, shown)]
                for each in (rows, precisions)
            )
            cells = [f"{np.mean([it[key] for it in chosen]):.4g}" for key in KEYS]
            cells += [f"{np.mean([it[f'ap {least}'] for it in sure]):.3f}" for least in LEAST]
            lines.append(f"| {model} | {shown} | {len(chosen)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
