"""Which pictures of a pool samples are made of."""

import difflib
import logging
import math

import numpy as np
from numpy.typing import NDArray

from penumbra.core.errors import InputError
from penumbra.data.pack import Role
from penumbra.data.procedural.families import FAMILIES
from penumbra.training.composition import Composition
from penumbra.training.draws import Draws, Floats
from penumbra.training.pool import Pool

_LOG = logging.getLogger(__name__)


class Chooser:
    """Draws pictures of a pool, as likely as a composition says."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._named: set[str] = set()
        self._weights: dict[tuple[object, ...], Floats] = {}

    def choose(
        self, role: Role, how: Composition, draws: Draws, names: tuple[str, ...] = ()
    ) -> NDArray[np.int64]:
        """Return pictures of a role, (B,), as likely as their weights.

        Args:
            role: What they are for.
            how: Has the weights, and what is held aside.
            draws: Of B samples.
            names: Sources and categories, the only ones they may be of; any when none is named.

        Raises:
            InputError: There are none.
        """
        numbers = self.pool.roles[role]
        if not numbers.size:
            raise InputError(f"packs must hold at least one {role}, got none")
        key = (role, how.held, how.is_held, names, *sorted(how.weights.items()))
        if key not in self._weights:
            self._weights[key] = self._weights_of(role, how, names)
        weights = self._weights[key]
        if not weights.any():
            part = "held aside" if how.is_held else "left to learn from"
            of = f" of {', '.join(names)}" if names else ""
            raise InputError(
                f"weights and held must leave at least one {role}{of}, got {dict(how.weights)} "
                f"and nothing {part} of {len(numbers)} with held={how.held:.3g}"
            )
        return numbers[draws.weighted(weights)]

    def warn_of_strange_names(self, how: Composition) -> None:
        """Say once which weights are for what no pack has: perhaps a slip of the pen.

        Families that a pack may hold and this one does not are no slip.
        """
        names = {source.name for source in self.pool.sources}
        names |= {entry.category for entry in self.pool.entries if entry.category}
        for name in how.weights.keys() - names - FAMILIES.keys() - self._named:
            near = ", ".join(difflib.get_close_matches(name, names) or sorted(names))
            _LOG.warning("weights name %r, which no pack holds; there are %s", name, near)
            self._named.add(name)

    def _weights_of(self, role: Role, how: Composition, names: tuple[str, ...]) -> Floats:
        """Return how likely each picture of a role is."""
        entries = [self.pool.entries[number] for number in self.pool.roles[role]]
        weights = np.array([how.weight(entry) for entry in entries])
        if names:
            is_of = [not {entry.source, entry.category}.isdisjoint(names) for entry in entries]
            weights = weights * is_of
        if role == "background" or not (how.held or how.is_held):
            return weights
        # Objects in the order of their hashes: chosen by nothing but their names.
        order = sorted({entry.digest for entry in entries})
        held = set(order[: math.ceil(how.held * len(order))])
        return weights * [(entry.digest in held) == how.is_held for entry in entries]
