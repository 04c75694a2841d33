"""Every model by name, without importing any of them."""

import difflib
from importlib import import_module
from typing import Any

from penumbra.core.card import ModelCard, Wanted
from penumbra.core.errors import InputError
from penumbra.core.hints import Hints
from penumbra.core.predictor import Predictor
from penumbra.systems.room import System

_ROOMS = {
    "closed-form": "classical",
    "knn": "classical",
    "shared": "classical",
    "random-walk": "classical",
    "classical": "classical",
    "segment": "segment",
    "dim": "dim",
    "aim": "aim",
    "clicks": "clicks",
    "safe": "safe",
    "dfimat": "dfimat",
    "ensemble": "ensemble",
    "ensemble-trimap": "ensemble",
}

NAMES = tuple(_ROOMS)
"""The models that can be loaded, in the order in which they are listed."""

EACH_PERSON = "dfimat"
"""The model that `auto` stands for where each person is asked for."""


def system(name: str) -> System:
    """Return a model's system.

    Raises:
        InputError: There is no model of that name.
    """
    if name not in _ROOMS:
        near = difflib.get_close_matches(name, NAMES, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(f"model must be one of {', '.join(NAMES)}, got {name!r}{hint}")
    return import_module(f"penumbra.systems.{_ROOMS[name]}.system").SYSTEMS[name]


def card(name: str) -> ModelCard:
    """Return a model's card; raises as `system`."""
    return system(name).card


def load_predictor(name: str, licence: Wanted = "any") -> Predictor[Any]:
    """Make a model ready for use.

    Args:
        name: One of `NAMES`.
        licence: Of the weights: "open" refuses those that are for research alone.

    Raises:
        InputError: There is no model of that name.
        WeightsError: Its weights are missing, damaged, or not free as asked for.

    Example:
        >>> load_predictor("closed-form").card.name
        'closed-form'
    """
    return system(name).load(licence)


def choose(hints: Hints, licence: Wanted = "any") -> str:
    """Return the name of the model that `auto` stands for.

    Args:
        hints: What is said.
        licence: Of the weights; "open" leaves marks to a model without any, as long as no open
            weights for them ship, and a text to one that refuses it.
    """
    if hints.kinds == {"trimap"}:
        return "ensemble-trimap"
    if "text" in hints.kinds <= {"text", "click", "scribble", "box"} and licence == "any":
        return "dfimat"
    if hints.kinds <= {"click", "scribble", "box"} and (not hints.kinds or licence == "any"):
        return "ensemble"
    return "classical"
