"""How a picture is put to an entrant: with nothing, a trimap, a box, or the clicks of a robot."""

import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from penumbra.comparison.effort import seconds_of_box, seconds_of_clicks, seconds_of_trimap
from penumbra.comparison.scenes import Protocol, Scene, rounded
from penumbra.core.arrays import RGB, Alpha
from penumbra.core.card import ModelCard
from penumbra.core.errors import HintError
from penumbra.core.hints import Box, Hints
from penumbra.core.matte import Matte
from penumbra.core.predictor import Predictor, Refiner
from penumbra.evaluation.robot import play
from penumbra.metrics.alpha import sad
from penumbra.metrics.interaction import iou


@dataclass(frozen=True, eq=False)
class Answer:
    """What came back, and what it took.

    Attributes:
        alpha: (H, W) in steps of 1/255, as it is kept.
        uncertainty: (H, W), or None where the entrant does not say.
        clicks: That were made.
        effort: Seconds of a person, by the model of `effort`.
        seconds: Of computing, from the decoded picture to the matte.
        each: Median seconds of the answer to a click; None without clicks.
        curve: "clicks" and "iou" after every number of clicks; empty without.
    """

    alpha: Alpha
    uncertainty: Alpha | None = None
    clicks: int = 0
    effort: float = 0.0
    seconds: float | None = None
    each: float | None = None
    curve: dict[str, list[float]] = field(default_factory=dict)


class Timed:
    """A predictor whose every call is timed."""

    def __init__(self, predictor: Predictor[Any]) -> None:
        self.predictor = predictor
        self.encoded: Any = None
        self.opening = 0.0
        self.answers: list[float] = []

    @property
    def card(self) -> ModelCard:
        """That of the predictor."""
        return self.predictor.card

    def encode(self, image: RGB) -> Any:  # noqa: ANN401 - whatever the model makes of it
        """Look at the picture."""
        began = time.perf_counter()
        self.encoded = self.predictor.encode(image)
        self.opening = time.perf_counter() - began
        return self.encoded

    def decode(self, encoded: Any, hints: Hints, previous: Matte | None = None) -> Matte:  # noqa: ANN401
        """Answer."""
        began = time.perf_counter()
        matte = self.predictor.decode(encoded, hints, previous)
        self.answers.append(time.perf_counter() - began)
        return matte


def ask(predictor: Predictor[Any], scene: Scene, protocol: Protocol, clicks: int) -> Answer:
    """Put a picture to a predictor.

    Args:
        predictor: Takes what is said.
        scene: The picture.
        protocol: What is said.
        clicks: Of the robot, at most.

    Raises:
        MatteError: It cannot answer.
    """
    if protocol == "clicks":
        return _clicked(predictor, scene, clicks)
    hints, effort = _hints(scene, protocol)
    timed = Timed(predictor)
    timed.card.check(hints)
    matte = timed.decode(timed.encode(scene.image), hints)
    seconds = timed.opening + sum(timed.answers)
    return Answer(rounded(matte.alpha), _doubt(timed, matte), 0, effort, seconds)


def box_of(alpha_true: Alpha) -> Box:
    """Return the box around what is more than half opaque.

    Args:
        alpha_true: (H, W) in [0, 1].

    Raises:
        HintError: Nothing is.
    """
    is_object = alpha_true > 0.5
    if not is_object.any():
        raise HintError("box must hold something, got a truth without any opaque pixel")
    rows, cols = np.flatnonzero(is_object.any(axis=1)), np.flatnonzero(is_object.any(axis=0))
    return Box(float(cols[0]), float(rows[0]), float(cols[-1] + 1), float(rows[-1] + 1))


def _hints(scene: Scene, protocol: Protocol) -> tuple[Hints, float]:
    if protocol == "trimap":
        assert scene.trimap is not None
        return Hints(trimap=scene.trimap), seconds_of_trimap(scene.trimap)
    if protocol == "box":
        return Hints(box=box_of(scene.alpha_true)), seconds_of_box()
    return Hints(), 0.0


def _clicked(predictor: Predictor[Any], scene: Scene, most: int) -> Answer:
    """Let the robot click; who needs a hint has shown nothing before the first."""
    timed, truth = Timed(predictor), scene.alpha_true
    shown = [np.zeros_like(truth)] if predictor.card.is_hint_needed else []
    last, made = Matte(np.zeros_like(truth)), 0
    for each in play(timed, scene.image, truth, most):
        shown.append(rounded(each.matte.alpha))
        last, made = each.matte, len(each.clicks)
    errors = [sad(alpha, truth) / 1000 for alpha in shown]
    overlaps = [iou(alpha, truth) for alpha in shown]
    curve = {"clicks": _filled(errors, most + 1), "iou": _filled(overlaps, most + 1)}
    return Answer(
        shown[-1],
        _doubt(timed, last),
        made,
        seconds_of_clicks(made),
        timed.opening + sum(timed.answers),
        float(np.median(timed.answers[-made:])) if made else None,
        curve,
    )


def _doubt(timed: Timed, matte: Matte) -> Alpha | None:
    if matte.uncertainty is None and isinstance(timed.predictor, Refiner):
        return timed.predictor.doubt(timed.encoded, matte).uncertainty
    return matte.uncertainty


def _filled(values: list[float], count: int) -> list[float]:
    """Return `count` values; where the robot had nothing left to correct, the last one stays."""
    return (values + values[-1:] * count)[:count]
