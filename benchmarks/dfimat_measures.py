"""What `benchmarks/dfimat.py` measures: a row for every picture, model and way to speak."""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from dfimat_pictures import Crowd

from penumbra.core.arrays import Alpha
from penumbra.core.hints import Box, Click, Hints, Scribble
from penumbra.core.matte import Matte
from penumbra.core.predictor import Predictor
from penumbra.data.sentences import mirrored_text
from penumbra.data.users import LEAST, ROUNDS, ProtocolName
from penumbra.evaluation.conversing import talked
from penumbra.evaluation.protocol import Talk
from penumbra.evaluation.robot import coarse_of, play
from penumbra.metrics.alpha import mse, sad
from penumbra.metrics.connectivity import connectivity_error
from penumbra.metrics.gradient import gradient_error_adobe
from penumbra.metrics.interaction import iou
from penumbra.systems.dfimat.predictor import DfimatPredictor
from penumbra.systems.dfimat.rounds import Encoded

Row = dict[str, Any]
Seen = TypeVar("Seen")

MOST = 20
"""Clicks at most."""

WITHIN = 0.5  # IoU from which on an alpha is a person's


def talks(
    crowds: Iterable[Crowd],
    models: Mapping[str, Predictor[Any]],
    protocols: Sequence[ProtocolName],
    is_led: bool = False,
) -> list[Row]:
    """Return what is wrong after each round; where nothing is left to say, the last stands.

    Args:
        crowds: The pictures.
        models: Whom the user talks to.
        protocols: How the user speaks.
        is_led: All models are told what the user says to the first one, so that those with one
            capture network have the same masks; else each is told what its own answers ask for.
    """
    rows = []
    for crowd in crowds:
        seen = {name: model.encode(crowd.image) for name, model in models.items()}
        for protocol in protocols:
            talk = Talk(protocol, protocol)
            if protocol == "text" and not crowd.sentences[crowd.wanted]:
                continue
            heard: list[Hints] = []
            for name, model in models.items():
                if heard:
                    mattes = answers(model, seen[name], heard)
                else:
                    spoken = list(talked(model, seen[name], crowd.target, talk, crowd.subject))
                    mattes = [it.matte for it in spoken]
                    heard = [it.hints for it in spoken] if is_led else []
                errors = [_errors(it.alpha, crowd) for it in mattes]
                errors += errors[-1:] * (ROUNDS[protocol] - len(errors))
                rows.append(
                    {
                        "group": crowd.group,
                        "image": crowd.name,
                        "people": len(crowd.alphas),
                        "model": name,
                        "protocol": protocol,
                        **{key: [each[key] for each in errors] for key in errors[0]},
                    }
                )
        print(crowd.name, flush=True)
    return rows


def answers(model: Predictor[Seen], encoded: Seen, heard: Iterable[Hints]) -> list[Matte]:
    """Return a model's answers to hints that somebody else's answers asked for."""
    mattes: list[Matte] = []
    for hints in heard:
        mattes.append(model.decode(encoded, hints, mattes[-1] if mattes else None))
    return mattes


def _errors(alpha: Alpha, crowd: Crowd) -> dict[str, float]:
    truth = crowd.alphas[crowd.wanted]
    return {
        "sad": round(sad(alpha, truth) / 1000, 4),
        "mse": round(mse(alpha, truth) * 100, 5),
        "grad": round(gradient_error_adobe(alpha, truth) / 1000, 4),
        "conn": round(connectivity_error(alpha, truth) / 1000, 4),
        "iou": round(iou(alpha, truth), 4),
    }


def clicked(crowds: Iterable[Crowd], models: Mapping[str, Predictor[Any]]) -> list[Row]:
    """Return the IoU of whom mattes mean after each click, one a step and three."""
    rows = []
    for crowd in crowds:
        truth = crowd.alphas[crowd.wanted]
        for name, model in models.items():
            played = play(
                model, crowd.image, truth, MOST, least=LEAST, shows=coarse_of, is_clicked_first=True
            )
            ones = [round(iou(coarse_of(it.matte), truth), 4) for it in played]
            talk = talked(
                model,
                model.encode(crowd.image),
                crowd.target,
                Talk("clicks", "click"),
                crowd.subject,
                shows=coarse_of,
            )
            threes = [round(iou(coarse_of(it.matte), truth), 4) for it in talk]
            rows.append(
                {
                    "group": crowd.group,
                    "image": crowd.name,
                    "model": name,
                    "iou": ones or [0.0],
                    "iou by threes": threes,
                }
            )
        print(json.dumps([it["iou"][:3] for it in rows[-len(models) :]]), flush=True)
    return rows


def words(crowds: Iterable[Crowd], model: DfimatPredictor) -> list[Row]:
    """Return whom the words mean, by sentence: the person asked for, another one, or nobody.

    A sentence with a side is said with the other one, too, where that means somebody else; and
    one that means nobody is said of each picture.
    """
    rows = []
    for crowd in crowds:
        encoded = model.encode(crowd.image)

        def answered(
            text: str, encoded: Encoded = encoded, crowd: Crowd = crowd
        ) -> tuple[int | None, Matte]:
            matte = model.decode(encoded, Hints(text=text))
            return meant(coarse_of(matte), crowd.alphas), matte

        for person, said in enumerate(crowd.sentences):
            for text in said:
                found, matte = answered(text)
                swapped = mirrored_text(text)
                other = next((i for i, each in enumerate(crowd.sentences) if swapped in each), None)
                is_swap = swapped != text and other not in (None, person)
                rows.append(
                    {
                        "image": crowd.name,
                        "people": len(crowd.alphas),
                        "text": text,
                        "person": person,
                        "found": found,
                        "is flagged": is_nobody(matte),
                        "found swapped": answered(swapped)[0] if is_swap else None,
                        "swapped": other if is_swap else None,
                    }
                )
        for text in crowd.strangers[:1]:
            found, matte = answered(text)
            rows.append(
                {
                    "image": crowd.name,
                    "people": len(crowd.alphas),
                    "text": text,
                    "person": None,
                    "found": found,
                    "confidence": matte.confidence,
                    "is flagged": is_nobody(matte),
                }
            )
        print(crowd.name, flush=True)
    return rows


def is_nobody(matte: Matte) -> bool:
    """Return whether a matte says of itself that it is nobody."""
    return not {"nobody_meant", "not_human", "empty"}.isdisjoint(matte.flags)


def meant(mask: Alpha, alphas: Alpha) -> int | None:
    """Return the number of the person whom a mask overlaps most, or None where that is no one."""
    overlaps = [iou(mask, alpha) for alpha in alphas]
    best = int(np.argmax(overlaps))
    return best if overlaps[best] >= WITHIN else None


def each_person(crowds: Iterable[Crowd], model: DfimatPredictor) -> list[Row]:
    """Return how many people are found where nothing is said, and how much their alphas are."""
    rows = []
    for crowd in crowds:
        found = model.people(model.encode(crowd.image))
        overlaps = [[iou(it.alpha, alpha) for it in found] for alpha in crowd.alphas]
        total = np.sum([it.alpha for it in found], axis=0) if found else np.zeros(1)
        rows.append(
            {
                "image": crowd.name,
                "people": len(crowd.alphas),
                "found": len(found),
                "scores": [round(it.score, 3) for it in found],
                "best iou": [round(max(each, default=0.0), 3) for each in overlaps],
                "most opaque": round(float(total.max()), 6),
            }
        )
    return rows


def seconds_of(model: DfimatPredictor, crowd: Crowd, repeats: int) -> dict[str, Any]:
    """Return milliseconds of opening a photograph, of a round, and of both at once.

    "is closer" says whether the person is looked at once more, alone.  What that needs of a window
    is kept, but for uncached rounds: in the first round of a window it costs an opening more.
    """
    image, target = crowd.image, crowd.target.alpha > 0.5
    rows, cols = np.nonzero(target)
    x, y = float(cols.mean()), float(rows.mean())
    box = Box(float(cols.min()), float(rows.min()), float(cols.max()) + 1, float(rows.max()) + 1)
    first = Hints(box=box)
    rounds = {
        "a box": first,
        "a click more": first.add(Click(x, y)),
        "a scribble more": first.add(Scribble(((x, y), (x, y + 30)), 5)),
    }
    encoded = model.encode(image)
    before = model.decode(encoded, first)
    calls: dict[str, Callable[[], object]] = {"opening": lambda: model.encode(image)}
    for name, hints in rounds.items():
        previous = None if hints is first else before
        calls[name] = lambda hints=hints, previous=previous: model.decode(encoded, hints, previous)
        calls[f"{name}, uncached"] = lambda hints=hints, previous=previous: model.decode(
            model.encode(image), hints, previous
        )
    found: dict[str, list[float]] = {name: [] for name in calls}
    for repeat in range(repeats + 1):
        for name, call in calls.items():
            began = time.perf_counter()
            call()
            if repeat:  # the first time is for caches
                found[name].append(1000 * (time.perf_counter() - began))
    return {
        "size": list(image.shape[:2]),
        "is closer": bool(encoded.near),
        "milliseconds": {name: np.round(each, 2).tolist() for name, each in found.items()},
        "medians": {name: round(float(np.median(each)), 1) for name, each in found.items()},
    }
