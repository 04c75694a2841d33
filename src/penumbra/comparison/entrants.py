"""Who takes part: every room, what `auto` chooses, PyMatting, and what a user supplies."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from penumbra.comparison.peers import (
    IMAGENET,
    PYMATTING,
    OnnxNetwork,
    PymattingSolver,
    Triple,
)
from penumbra.comparison.scenes import Protocol
from penumbra.core.arrays import RGB
from penumbra.core.card import ModelCard
from penumbra.core.hints import HintKind, Hints
from penumbra.core.matte import Matte
from penumbra.core.predictor import Predictor
from penumbra.systems import registry

Maker = Literal["room", "auto", "pymatting", "onnx", "folder"]

AUTO = "auto"

ROOMS: dict[str, tuple[Protocol, ...]] = {
    "aim": ("none",),
    "segment": ("none",),
    "safe": ("none",),
    "clicks": ("none", "clicks"),
    "dfimat": ("none", "clicks", "box"),
    "classical": ("clicks", "box"),
    "dim": ("trimap",),
    "closed-form": ("trimap",),
    "knn": ("trimap",),
    "shared": ("trimap",),
    "random-walk": ("trimap",),
}
"""Models of the kit that answer by themselves, and what is said to each."""

WITH_TRUE_MATTES = ("natural", "composites", "drawn")
"""Groups that PyMatting is asked about; the other one with trimaps would take too long."""

OF_PYMATTING = 10
"""Pictures of each of them, every second of those that the rooms are asked about."""


@dataclass(frozen=True)
class Entrant:
    """Somebody who takes part, as plain values.

    Attributes:
        name: Shown, and that of the folder of the mattes.
        maker: What kind of entrant it is.
        protocols: What is said to it.
        groups: The groups it is asked about; all if empty.
        source: Model, solver, file or folder that it stands for.
        mean: What is taken off a picture, by channel; for networks that were supplied.
        deviation: What it is divided by then.
        most: Pictures of each set that it is asked about where nobody says how many; as many as
            the others if 0.
    """

    name: str
    maker: Maker
    protocols: tuple[Protocol, ...]
    groups: tuple[str, ...] = ()
    source: str = ""
    mean: Triple = IMAGENET[0]
    deviation: Triple = IMAGENET[1]
    most: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return it as values that JSON knows."""
        return asdict(self)


def entrant_of(said: dict[str, Any]) -> Entrant:
    """Return the entrant that `Entrant.to_json` was asked of, lists back to tuples.

    Example:
        >>> one = Entrant("aim", "room", ("none",), source="aim")
        >>> entrant_of(one.to_json() | {"protocols": ["none"]}) == one
        True
    """
    values: Any = {key: tuple(it) if isinstance(it, list) else it for key, it in said.items()}
    return Entrant(**values)


def own_entrants() -> tuple[list[Entrant], dict[str, str]]:
    """Return the rooms, `auto` and PyMatting's solvers, and why some of them cannot take part."""
    rooms = [Entrant(name, "room", said, (), name) for name, said in ROOMS.items()]
    auto = Entrant(AUTO, "auto", ("none", "trimap", "clicks", "box"))
    if find_spec("pymatting") is None:
        return [*rooms, auto], {"pymatting": "it is not installed; it is part of the extra bench"}
    solvers = [
        Entrant(
            f"pymatting {name}",
            "pymatting",
            ("trimap",),
            WITH_TRUE_MATTES,
            name,
            most=OF_PYMATTING,
        )
        for name in PYMATTING
    ]
    return [*rooms, auto, *solvers], {}


def restricted(entrants: Iterable[Entrant], names: Iterable[str]) -> list[Entrant]:
    """Return the entrants of these names, all if none is said."""
    wanted = set(names)
    return [each for each in entrants if not wanted or each.name in wanted]


@dataclass(frozen=True)
class Seen:
    """A picture as `auto` holds it: what each model that was chosen knows of it."""

    image: RGB
    encoded: dict[str, Any] = field(default_factory=dict)


class Auto:
    """Asks whom `auto` chooses, anew for every round of hints."""

    def __init__(self) -> None:
        every: frozenset[HintKind] = frozenset({"click", "box", "trimap"})
        self.card = ModelCard(AUTO, "What auto chooses", "none", every)
        self._load = cache(registry.load_predictor)

    def encode(self, image: RGB) -> Seen:
        """Remember the picture; who looks at it is not known yet."""
        return Seen(image)

    def decode(self, encoded: Seen, hints: Hints, previous: Matte | None = None) -> Matte:
        """Choose by the hints, and ask."""
        name = registry.choose(hints)
        predictor = self._load(name)
        if name not in encoded.encoded:
            encoded.encoded[name] = predictor.encode(encoded.image)
        return predictor.decode(encoded.encoded[name], hints, previous)


def load_entrant(entrant: Entrant) -> Predictor[Any]:
    """Make an entrant ready; a folder of ready-made mattes is none to be asked.

    Raises:
        WeightsError: Its file cannot be used.
    """
    match entrant.maker:
        case "auto":
            return Auto()
        case "pymatting":
            return PymattingSolver(entrant.source)
        case "onnx":
            return OnnxNetwork(Path(entrant.source), entrant.mean, entrant.deviation)
        case _:
            return registry.load_predictor(entrant.source)
