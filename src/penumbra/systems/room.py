"""What ties a room together: its card and how to load it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from penumbra.core.card import ModelCard, Wanted
from penumbra.core.predictor import Predictor


@dataclass(frozen=True)
class System:
    """One model by name.

    Attributes:
        card: What it is and which hints it takes.
        load: Makes the predictor ready for use; nothing heavy happens before.  Which licences
            of its weights will do is what it is asked for.
    """

    card: ModelCard
    load: Callable[[Wanted], Predictor[Any]]
