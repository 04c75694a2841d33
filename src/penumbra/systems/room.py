"""What ties a room together: its card, how to load it, and what of its paper can be re-run."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from penumbra.core.card import ModelCard, Wanted
from penumbra.core.predictor import Predictor
from penumbra.evaluation.protocol import Published


@dataclass(frozen=True)
class System:
    """One model by name.

    Attributes:
        card: What it is and which hints it takes.
        load: Makes the predictor ready for use; nothing heavy happens before.  Which licences
            of its weights will do is what it is asked for.
        benchmarks: The tables and curves of its paper that can be run again, with any model.
    """

    card: ModelCard
    load: Callable[[Wanted], Predictor[Any]]
    benchmarks: tuple[Published, ...] = ()
