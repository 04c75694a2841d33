"""What `benchmarks/clicks.py` measures: a row for every picture."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from clicks_pictures import Target
from clicks_tables import MENDED, UNDOUBTED, WHOLE, sparsification_plot
from dim_scenes import Scene
from scipy.stats import spearmanr

from penumbra.core.arrays import Alpha
from penumbra.core.budget import Budget
from penumbra.core.hints import Click, Hints
from penumbra.core.matte import Matte
from penumbra.core.predictor import Predictor
from penumbra.evaluation.robot import play
from penumbra.metrics.alpha import mse, sad
from penumbra.metrics.gradient import gradient_error_adobe
from penumbra.metrics.interaction import iou
from penumbra.metrics.uncertainty import sparsify_set
from penumbra.solvers.closed_form import estimate_alpha_closed_form
from penumbra.systems.clicks.options import Options
from penumbra.systems.clicks.predictor import ClicksPredictor, Encoded

Row = dict[str, Any]

CORRECTIONS = 5
MOST = 20
ASKED = (0, CORRECTIONS)
"""Corrective clicks before a matte is doubted and refined."""

WINDOWS = (0, 4, 8, 16, 32)
WRONG = "8 by the true error"
MUCH = np.float32(1000)  # so that whatever is mended is worth a window
CLOSE = 1.2  # times the error of closed-form matting with a trimap
FILTER = 8  # pixels; those of gradients reach 4
_SAMPLE = 20_000  # pixels of a picture that are ranked


def hints(
    targets: Iterable[Target], model: ClicksPredictor, corrections: int = CORRECTIONS
) -> list[Row]:
    """Return how much clicks change, for each picture."""
    rows = []
    for target in targets:
        encoded = model.encode(target.image)
        clicks = target.clicks
        turned = tuple(Click(it.x, it.y, not it.is_foreground) for it in clicks)
        one, other = (
            model.decode(encoded, Hints(clicks=said)).alpha > 0.5 for said in (clicks, turned)
        )
        rounds = list(play(model, target.image, target.alpha_true, corrections))
        errors = [sad(each.matte.alpha, target.alpha_true) / 1000 for each in rounds]
        rows.append(
            {
                "group": target.group,
                "image": target.name,
                "iou of turned clicks": round(_iou(one, other), 4) if len(clicks) == 2 else None,
                "sad": [round(each, 3) for each in _filled(errors, corrections + 1)],
                "pixels": target.alpha_true.size,
            }
        )
    return rows


def ordering(
    targets: Iterable[Target], models: Mapping[str, Sequence[ClicksPredictor]]
) -> list[Row]:
    """Return SAD by clicks of networks that learned from clicks, and of some that did not.

    Args:
        targets: Of one group or more.
        models: "with" and "without" clicks, a network of each seed in the same order.
    """
    rows = []
    for target in targets:
        for name, each in models.items():
            for seed, model in enumerate(each, start=1):
                asked = CORRECTIONS if name == "with" else 0
                (row,) = hints([target], model, asked)
                rows.append(row | {"model": name, "seed": seed})
    return rows


def by_clicks(target: Target, name: str, model: Predictor[Any]) -> Row:
    """Return IoU and SAD of a picture after each click; of a model that needs one, from the first.

    Where the robot stops, nothing is left to correct: the last numbers stand for those after it.
    """
    rounds = list(play(model, target.image, target.alpha_true, MOST))
    rounds = [each for each in rounds if each.clicks] or rounds[-1:]
    ious = [_iou(each.matte.alpha > 0.5, target.alpha_true > 0.5) for each in rounds]
    errors = [sad(each.matte.alpha, target.alpha_true) / 1000 for each in rounds]
    return {
        "group": target.group,
        "image": target.name,
        "model": name,
        "iou": [round(each, 4) for each in _filled(ious, MOST)],
        "sad": [round(each, 3) for each in _filled(errors, MOST)],
    }


def doubt(scenes: Iterable[Scene], model: ClicksPredictor, output: Path) -> list[Row]:
    """Return whether the uncertainty knows the error, by clicks before; draws the curves."""
    planes: dict[int, list[tuple[Alpha, Alpha, Alpha]]] = {clicks: [] for clicks in ASKED}
    ranks: dict[int, list[float]] = {clicks: [] for clicks in ASKED}
    rng = np.random.default_rng(0)
    for scene in scenes:
        encoded, answers = _answers(model, scene)
        for clicks, answer in answers.items():
            matte = model.doubt(encoded, answer)
            assert matte.uncertainty is not None
            error = np.abs(matte.alpha - scene.alpha_true).ravel()
            chosen = rng.permutation(error.size)[:_SAMPLE]
            rank = spearmanr(matte.uncertainty.ravel()[chosen], error[chosen]).statistic
            ranks[clicks].append(float(rank))
            planes[clicks].append((matte.alpha, scene.alpha_true, matte.uncertainty))
    rows = []
    for clicks, each in planes.items():
        noise = [(alpha, truth, rng.random(alpha.shape, np.float32)) for alpha, truth, _ in each]
        curves, random = sparsify_set(each), sparsify_set(noise)
        sparsification_plot(output / f"sparsification-{clicks}.svg", curves, random)
        fifth = curves.steps // 5
        means = [(it[2].mean(), np.abs(it[0] - it[1]).mean()) for it in each]
        rows.append(
            {
                "clicks": clicks,
                "images": len(each),
                "spearman": round(float(np.mean(ranks[clicks])), 4),
                "left without a fifth": round(float(curves.by_uncertainty[fifth]), 4),
                "oracle": round(float(curves.oracle[fifth]), 4),
                "ause": round(curves.ause, 4),
                "ause of noise": round(random.ause, 4),
                "mean uncertainty": round(float(np.mean([it for it, _ in means])), 5),
                "mean error": round(float(np.mean([it for _, it in means])), 5),
                "curve": np.round(curves.by_uncertainty, 5).tolist(),
                "curve of the oracle": np.round(curves.oracle, 5).tolist(),
            }
        )
    return rows


def refinement(scenes: Iterable[Scene], model: ClicksPredictor) -> list[Row]:
    """Return errors of the transition area and seconds, by picture, clicks and way to refine.

    Windows by the true error, and those that polish mends most, are what no ranking can know.
    """
    ways: dict[str, tuple[Options, int]] = {f"{k} windows": (model.options, k) for k in WINDOWS}
    ways[UNDOUBTED] = (model.options, 8)
    ways["8 at random"] = (replace(model.options, patch_rank="random"), 8)
    ways["16 at random"] = (replace(model.options, patch_rank="random"), 16)
    ways[WRONG] = (model.options, 8)
    ways[MENDED] = (model.options, 8)
    whole = replace(model.options, refine="global")
    ways[WHOLE] = (whole, 1)
    rows = []
    for scene in scenes:
        encoded, answers = _answers(model, scene)
        for clicks, answer in answers.items():
            doubted = model.doubt(encoded, answer)
            polished = replace(model, options=whole).refine(encoded, doubted, Budget(1))
            wrong, left = (np.abs(it.alpha - scene.alpha_true) for it in (answer, polished))
            mended = (wrong - left) * (scene.trimap == 0.5)
            known = {
                UNDOUBTED: answer,
                WRONG: Matte(answer.alpha, uncertainty=wrong),
                MENDED: Matte(answer.alpha, uncertainty=MUCH * mended),
            }
            for name, (options, windows) in ways.items():
                given = known.get(name, doubted)
                began = time.perf_counter()
                refined = replace(model, options=options).refine(encoded, given, Budget(windows))
                seconds = time.perf_counter() - began
                row = {"clicks": clicks, "image": scene.name, "way": name}
                row |= {"windows": refined.refined, "seconds": round(seconds, 5)}
                rows.append(row | _errors(refined.alpha, scene))
    return rows


def _answers(model: ClicksPredictor, scene: Scene) -> tuple[Encoded, dict[int, Matte]]:
    """Return what is answered after so many corrective clicks, or as many as there are."""
    rounds = list(play(model, scene.image, scene.alpha_true, max(ASKED)))
    answers = {clicks: rounds[min(clicks, len(rounds) - 1)].matte for clicks in ASKED}
    return model.encode(scene.image), answers


def natural_clicks(target: Target, model: ClicksPredictor) -> Row:
    """Return how many clicks come close to closed-form matting with the given trimap."""
    assert target.trimap is not None
    solved = estimate_alpha_closed_form(target.image, target.trimap)
    aim = CLOSE * sad(solved, target.alpha_true)
    errors = [
        sad(each.matte.alpha, target.alpha_true)
        for each in play(model, target.image, target.alpha_true, MOST, least=0)
    ]
    reached = next((number for number, error in enumerate(errors) if error <= aim), None)
    return {
        "image": target.name,
        "closed-form with trimap": round(aim / CLOSE / 1000, 3),
        "sad": [round(error / 1000, 3) for error in errors],
        "clicks": reached,
    }


def seconds_of(model: ClicksPredictor, repeats: int) -> dict[str, object]:
    """Return medians of seconds on a photograph whose longer side is 512 pixels."""
    from skimage import data

    image = (data.astronaut() / 255).astype(np.float32)
    encoded = model.encode(image)
    said = [Hints(clicks=(Click(200 + n, 150),)) for n in range(repeats + 1)]
    answer = model.decode(encoded, said[0])
    matte = model.doubt(encoded, answer)
    unsure = Matte(matte.alpha, uncertainty=np.full_like(matte.alpha, 0.5))
    calls: dict[str, Callable[[int], object]] = {
        "a click": lambda n: model.decode(encoded, said[n]),
        "the first view and a click": lambda n: model.decode(model.encode(image), said[n]),
        "uncertainty": lambda n: model.doubt(encoded, answer),
        "8 windows": lambda n: model.refine(encoded, unsure, Budget(8)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(repeats + 1):
        for name, call in calls.items():
            began = time.perf_counter()
            call(number)
            seconds[name].append(time.perf_counter() - began)
    medians = {name: float(np.median(each[1:])) for name, each in seconds.items()}
    ratio = medians["a click"] / medians["the first view and a click"]
    return {
        "milliseconds": {name: round(1000 * each, 1) for name, each in medians.items()},
        "a click / the whole pass": round(ratio, 3),
    }


def _errors(alpha: Alpha, scene: Scene) -> Row:
    region = scene.trimap == 0.5
    box = tuple(_around(region.any(axis=axis)) for axis in (1, 0))
    region, alpha, truth = region[box], alpha[box], scene.alpha_true[box]
    return {
        "sad": round(sad(alpha, truth, region) / 1000, 5),
        "mse": round(mse(alpha, truth, region), 7),
        "grad": round(gradient_error_adobe(alpha, truth, region) / 1000, 5),
    }


def _around(mask: np.ndarray[Any, Any]) -> slice:
    """Return where a line of a mask has anything, and what gradients there are made of."""
    found = np.flatnonzero(mask)
    return slice(max(int(found[0]) - FILTER, 0), int(found[-1]) + 1 + FILTER)


def _iou(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    return iou(one.astype(np.float32), other.astype(np.float32))


def _filled(values: list[float], count: int) -> list[float]:
    return (values + [values[-1]] * count)[:count]
