"""The single description of a model; lists, docs and checks all read it."""

from dataclasses import dataclass, field
from typing import Literal

from penumbra.core.errors import HintError
from penumbra.core.hints import HintKind, Hints

Wanted = Literal["any", "open"]
"""Which licences of weights will do: all, or those that are free to use commercially."""


@dataclass(frozen=True)
class ModelCard:
    """What a model is, what it takes, and what it is not for.

    Attributes:
        name: Key in the registry: "closed-form".
        title: One line for lists.
        paper: Citation.
        accepts: Hint kinds the model can use.
        requires: Hint kinds it cannot do without; a subset of `accepts`.
        is_hint_needed: Whether at least one hint of any accepted kind must be given.
        can_refine: Whether its matte can be polished window by window.
        can_find_people: Whether it finds each person of a photograph.
        can_crop_hints: Whether marks may reach out of the image, because it cuts them to it.
        voters: Models that it asks, by name; none where it answers by itself.
        results: Benchmark name to (what the paper prints, what we measured); None where
            unknown.
        limits: What it is not for, in plain words.
    """

    name: str
    title: str
    paper: str
    accepts: frozenset[HintKind]
    requires: frozenset[HintKind] = frozenset()
    is_hint_needed: bool = False
    can_refine: bool = False
    can_find_people: bool = False
    can_crop_hints: bool = False
    voters: tuple[str, ...] = ()
    results: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    limits: str = ""

    @property
    def rooms(self) -> tuple[str, ...]:
        """Rooms of the weights that it uses, if it uses any; such a room bears a model's name."""
        return self.voters or (self.name,)

    def check(self, hints: Hints) -> None:
        """Raise `HintError` when a required kind is missing or an unusable kind is given."""
        if missing := self.requires - hints.kinds:
            raise HintError(f"{self.name} needs a {' and a '.join(sorted(missing))}")
        if unusable := hints.kinds - self.accepts:
            raise HintError(f"{self.name} cannot use a {' or a '.join(sorted(unusable))}")
        if self.is_hint_needed and not hints.kinds:
            raise HintError(f"{self.name} needs a {' or a '.join(sorted(self.accepts))}")

    def check_inside(self, hints: Hints, height: int, width: int) -> None:
        """Raise `HintError` when hints do not fit an image, and the model does not cut them to it.

        Args:
            hints: Of kinds that `check` lets pass.
            height: Of the image.
            width: Of the image.
        """
        if not self.can_crop_hints:
            hints.check_inside(height, width)
