"""A robot that clicks until a matte is good enough: how interaction is measured."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.hints import Click, Hints
from penumbra.core.matte import Matte
from penumbra.core.predictor import Predictor
from penumbra.data.simulate import LEAST, RegionRule, corrective_click

Enough = Callable[[Matte], bool]
"""Whether a matte needs no further click."""

Shows = Callable[[Matte], Alpha]
"""What a user sees of a matte and corrects, (H, W) in [0, 1]."""


def opacity_of(matte: Matte) -> Alpha:
    """Return all that a matte shows, (H, W) in [0, 1]."""
    return matte.alpha


def coarse_of(matte: Matte) -> Alpha:
    """Return whom a matte means, (H, W) of 0 and 1: its coarse mask, else where alpha > 0.5."""
    mask = getattr(matte, "mask", matte.alpha > 0.5)
    coarse: Alpha = np.asarray(mask, np.float32)
    return coarse


@dataclass(frozen=True, eq=False)
class Played:
    """What was shown after some clicks.

    Attributes:
        clicks: All so far.
        matte: What the model answered to them.
    """

    clicks: tuple[Click, ...]
    matte: Matte


def play(
    predictor: Predictor[Any],
    image: RGB,
    alpha_true: Alpha,
    most: int = 20,
    rule: RegionRule = "cc_area",
    enough: Enough | None = None,
    least: float = LEAST,
    shows: Shows = opacity_of,
    is_clicked_first: bool = False,
) -> Iterator[Played]:
    """Yield what a model answers to no click, to one, and so on.

    Each click corrects the answer before, in the middle of its worst region.  A model that needs
    a hint is asked from the first click on, which is then made on an empty matte.

    Args:
        predictor: Takes clicks.
        image: (H, W, 3).
        alpha_true: What is wanted, (H, W) in [0, 1].
        most: Clicks at most.
        rule: How the region is chosen.
        enough: When to stop, besides where nothing is left to correct.
        least: Share of the image that is worth a click.
        shows: What of an answer is corrected; its alpha if omitted.
        is_clicked_first: Whether no model is asked before the first click.

    Source:
        Rule and limits: the sheet `clicks`, section 6.2.
    """
    encoded = predictor.encode(image)
    clicks: tuple[Click, ...] = ()
    matte: Matte | None = None
    if not (is_clicked_first or predictor.card.is_hint_needed):
        matte = predictor.decode(encoded, Hints())
        yield Played(clicks, matte)
    while len(clicks) < most and not (matte is not None and enough is not None and enough(matte)):
        shown = 0 * alpha_true if matte is None else shows(matte)
        taken = [click.pixel for click in clicks]
        click = corrective_click(shown, alpha_true, taken, rule, least)
        if click is None:
            return
        clicks = (*clicks, click)
        matte = predictor.decode(encoded, Hints(clicks=clicks), matte)
        yield Played(clicks, matte)
