"""A training run as a value: what is learned, from what, in which order.

A recipe is plain frozen data beside a few functions, so that it can be read, changed by
`override`, and written beside the weights that it made.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal

from torch import Tensor, nn

from penumbra.core.errors import require

Loss = Callable[[nn.Module, Any], dict[str, Tensor]]
"""From a network and a batch to scalar terms by name, already weighted; their sum is minimised."""

Error = Callable[[nn.Module, Any], Tensor]
"""From a network and a batch to a scalar that should be small; for validation."""

Measure = Callable[[nn.Module, Any], dict[str, float]]
"""From a network and a batch to numbers by name, for a gate; what cannot be told is left out."""

Preview = Callable[[nn.Module, Any], Tensor]
"""From a network and a batch to the alpha it answers, (B, 1, H, W) in [0, 1]."""

FIXED = {"is_fixed": True}  # fields that only an edit of the recipe can change
PLACE = {"is_place": True}  # fields that name a file, of which others need to know the name alone


@dataclass(frozen=True)
class Schedule:
    """How the learning rate moves over a stage.

    Attributes:
        kind: "constant", half a "cosine" down to the floor, or "poly", down to it by the power 0.9
            of what is left of the stage.
        warmup: Steps of linear rise before that; at most half of the stage.
        floor: Share of the rate that is left at the end of the stage, in [0, 1].
    """

    kind: Literal["constant", "cosine", "poly"] = "constant"
    warmup: int = 0
    floor: float = 0.0

    def __post_init__(self) -> None:
        is_right = self.kind in ("constant", "cosine", "poly")
        require(is_right, "kind", "'constant', 'cosine' or 'poly'", self.kind)
        require(self.warmup >= 0, "warmup", "at least 0", self.warmup)
        require(0 <= self.floor <= 1, "floor", "in [0, 1]", self.floor)


@dataclass(frozen=True)
class Objective:
    """What one optimiser minimises, and over which parameters.

    Attributes:
        name: Unique within the stage.
        parameters: Prefixes of the names of the parameters that learn; "" means all.
        loss: What is minimised.
        optimiser: "sgd", "adam" or "adamw".
        lr: Learning rate at the top of the schedule.
        momentum: Of SGD.
        betas: Of Adam and AdamW.
        weight_decay: In the optimiser's own sense.
        clip: Greatest norm of the gradient, over all parameters together; None for no limit.
        schedule: Of the learning rate.
    """

    name: str
    parameters: tuple[str, ...]
    loss: Loss
    optimiser: Literal["sgd", "adam", "adamw"] = "adamw"
    lr: float = 1e-3
    momentum: float = 0.9
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.0
    clip: float | None = None
    schedule: Schedule = field(default_factory=Schedule)

    def __post_init__(self) -> None:
        require(bool(self.parameters), "parameters", "at least one prefix", self.parameters)
        known = ("sgd", "adam", "adamw")
        require(self.optimiser in known, "optimiser", f"one of {', '.join(known)}", self.optimiser)
        require(0 < self.lr < math.inf, "lr", "positive", self.lr)
        require(0 <= self.momentum < 1, "momentum", "in [0, 1)", self.momentum)
        require(all(0 <= beta < 1 for beta in self.betas), "betas", "in [0, 1)", self.betas)
        require(0 <= self.weight_decay < math.inf, "weight_decay", "at least 0", self.weight_decay)
        require(self.clip is None or self.clip > 0, "clip", "positive or none", self.clip)


@dataclass(frozen=True)
class Limit:
    """Where a number has to lie.

    Attributes:
        name: Of the number.
        least: It must not be less; None for no such limit.
        most: It must not be more; None for no such limit.
    """

    name: str
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Gate:
    """What has to hold when a stage has ended.  What does not is said and logged; nothing stops.

    Attributes:
        measure: What is measured.
        limits: Of the numbers.
        samples: The same every time.
        batch_size: Of these at a time.
        size: Side of the samples, pixels.
        composition: How they are made.
    """

    measure: Measure = field(metadata=FIXED)
    limits: tuple[Limit, ...]
    samples: int
    batch_size: int
    size: int
    composition: Any = None

    def __post_init__(self) -> None:
        for name in ("samples", "batch_size", "size"):
            require(getattr(self, name) >= 1, name, "at least 1", getattr(self, name))


@dataclass(frozen=True)
class Stage:
    """A span of training.

    Attributes:
        name: Unique within the recipe.
        steps: How many; under a budget of time, in proportion to the other stages.
        batch_size: Samples of each step, in each process.
        size: Side of the samples, pixels.
        objectives: They take turns on every batch, in this order.
        composition: How samples are made, in the words of whoever makes them.
        warm_start: File of weights; those whose names and shapes fit are taken over at the start.
        gate: What has to hold at its end; None for nothing.
    """

    name: str
    steps: int
    batch_size: int
    size: int
    objectives: tuple[Objective, ...]
    composition: Any = None
    warm_start: str | None = field(default=None, metadata=PLACE)
    gate: Gate | None = None

    def __post_init__(self) -> None:
        require(self.steps >= 1, "steps", "at least 1", self.steps)
        require(self.batch_size >= 1, "batch_size", "at least 1", self.batch_size)
        require(self.size >= 1, "size", "at least 1", self.size)
        _check_names("objectives", [objective.name for objective in self.objectives])


@dataclass(frozen=True)
class Validation:
    """When and on what a network is measured while it learns; the best weights are kept.

    Attributes:
        error: What is measured.
        every: Steps between two measurements.
        samples: Of each measurement, the same every time.
        batch_size: Of these at a time.
        size: Side of the samples, pixels.
        composition: How they are made, of what the stages leave alone.
    """

    error: Error = field(metadata=FIXED)
    every: int
    samples: int
    batch_size: int
    size: int
    composition: Any = None

    def __post_init__(self) -> None:
        for name in ("every", "samples", "batch_size", "size"):
            require(getattr(self, name) >= 1, name, "at least 1", getattr(self, name))


@dataclass(frozen=True)
class Recipe:
    """All stages of one network, in order, from one seed.

    Attributes:
        room: Whose network it is.
        variant: Which of the room's networks.
        track: "open" if only open data may be used, else "research".
        seed: Of the first weights and of every draw.
        stages: In order.
        network: Makes the network, untrained.
        ema: Decay of the average of the weights, in [0, 1); 0 for no average.
        preview: What previews show; None for no previews.
        validation: How the best weights are found; None to keep the last alone.
        config: Sizes of the network, a frozen dataclass, to be written beside the weights.
        switches: What the recipe was made from, a frozen dataclass; None where a room has none.
        source: From the pool of all packs to what makes the batches; `Composer` if omitted.
    """

    room: str = field(metadata=FIXED)
    variant: str = field(metadata=FIXED)
    track: Literal["open", "research"] = field(metadata=FIXED)
    seed: int
    stages: tuple[Stage, ...]
    network: Callable[[], nn.Module]
    ema: float = 0.0
    preview: Preview | None = field(default=None, metadata=FIXED)
    validation: Validation | None = None
    config: Any = field(default=None, metadata=FIXED)
    switches: Any = field(default=None, metadata=FIXED)
    source: Callable[[Any], Any] | None = field(default=None, metadata=FIXED)

    def __post_init__(self) -> None:
        require(self.track in ("open", "research"), "track", "'open' or 'research'", self.track)
        require(0 <= self.seed < 1 << 32, "seed", "in [0, 2**32)", self.seed)
        require(0 <= self.ema < 1, "ema", "in [0, 1)", self.ema)
        _check_names("stages", [stage.name for stage in self.stages])


def as_dict(value: Any) -> Any:  # noqa: ANN401 - whatever a recipe holds
    """Return a recipe, or a part of one, as JSON can hold it; functions and files by their names.

    It is written beside weights that are given away: where a file lay is nobody's business.
    """
    if is_dataclass(value) and not isinstance(value, type):
        held = {each: getattr(value, each.name) for each in fields(value)}
        return {
            each.name: _named(it) if each.metadata.get("is_place") else as_dict(it)
            for each, it in held.items()
        }
    if isinstance(value, Mapping):
        return {str(key): as_dict(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [as_dict(each) for each in value]
    if callable(value):
        named = value if hasattr(value, "__qualname__") else type(value)
        return f"{named.__module__}.{named.__qualname__}"
    return value


def _named(places: str | tuple[str, ...] | None) -> str | list[str] | None:
    """Return the names of files or folders, without where they lie."""
    if not isinstance(places, tuple):
        return places and Path(places).name
    return [Path(place).name for place in places]


def _check_names(name: str, names: list[str]) -> None:
    require(bool(names), name, "at least one", names)
    require(len(set(names)) == len(names), name, "named differently", names)
