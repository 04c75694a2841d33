"""People and places that composites are made of, from packs or from folders.

The sheet `smpmat`, section 8.  Nothing but names decides on which side of training and validation
a person or a place is; nobody, and no place, is on both.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.errors import InputError, require
from penumbra.data.pack import WITH_STRANDS, Entry, Item, Load, Pack, Source
from penumbra.data.packing import NOTHING, PERSON, PROCEDURAL
from penumbra.systems.dfimat.synth.reading import Split

EMPTY = frozenset({NOTHING, "scenery"})
"""Categories of backgrounds that hold nobody."""

_FEWEST_PEOPLE, _FEWEST_PLACES = 12, 2  # on the smaller side, or nothing is put aside


@dataclass(frozen=True, eq=False)
class Piece:
    """A person, or a place.

    Attributes:
        source: Name of its source.
        name: In that; the version with strands over the head is named as the person is.
        load: Reads colours, and alpha of a person.
        version: What tells two pictures of one person apart.
    """

    source: str
    name: str
    load: Load
    version: str = ""

    @property
    def title(self) -> str:
        """Source and name."""
        return f"{self.source}/{self.name}"

    @property
    def digest(self) -> bytes:
        """Hash of the title: the order in which pieces are put aside."""
        return hashlib.sha256(self.title.encode()).digest()


@dataclass(frozen=True, eq=False)
class Stock:
    """What there is to compose of.

    Attributes:
        people: Cut out, with alpha.
        places: Backgrounds.
        sources: Of them all.
        is_empty: Whether the places are known to hold nobody.
        sides: Digests of the people and the places that are for validation.
    """

    people: tuple[Piece, ...]
    places: tuple[Piece, ...]
    sources: tuple[Source, ...]
    is_empty: bool
    sides: frozenset[bytes] = field(default_factory=frozenset)

    def side(self, split: Split) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
        """Return the people and the places of one side."""
        people, places = (
            tuple(it for it in them if (it.digest in self.sides) == (split == "val"))
            for them in (self.people, self.places)
        )
        return people, places

    @property
    def fingerprint(self) -> str:
        """Hash of what there is, by names and versions."""
        whole = hashlib.sha256()
        for them in (self.people, self.places):
            for it in them:
                whole.update(f"{it.title}\0{it.version}\0".encode())
            whole.update(b"\1")
        return whole.hexdigest()


def stocked(
    packs: Sequence[Pack] = (),
    foregrounds: Sequence[Item] = (),
    backgrounds: Sequence[Item] = (),
    sources: Sequence[Source] = (),
    validation: float = 0.05,
    is_any_place: bool = False,
) -> Stock:
    """Gather people and places.

    Of packs, people are the foregrounds of category "person".  Places are backgrounds that are
    known to hold nobody (categories "nothing" and "scenery", and what was drawn); where there are
    none of these, or all are asked for, any backgrounds.

    Args:
        packs: To take them from.
        foregrounds: Further people, from folders.
        backgrounds: Further places, from folders; taken to hold nobody.
        sources: Of what comes from folders.
        validation: Share of the people and of the places that is put aside; nothing, where one
            side would have fewer than 12 people or 2 places.
        is_any_place: Whether backgrounds of packs count that may hold somebody.

    Raises:
        InputError: There are no people, or no places, or two sources of one name differ.
    """
    require(0 <= validation <= 0.5, "validation", "in [0, 0.5]", validation)
    entries = [(pack, entry) for pack in packs for entry in pack.entries]
    people = [
        _piece(pack, it) for pack, it in entries if (it.role, it.category) == ("foreground", PERSON)
    ]
    people += [Piece(it.source, it.name, it.load) for it in foregrounds]
    grounds = [(pack, it) for pack, it in entries if it.role == "background"]
    empty = [pair for pair in grounds if _is_empty(pair[1])]
    is_empty = not is_any_place and bool(empty or backgrounds)
    places = [_piece(pack, it) for pack, it in (empty if is_empty else grounds)]
    places += [Piece(it.source, it.name, it.load) for it in backgrounds]
    for name, them in (("people (foregrounds)", people), ("places (backgrounds)", places)):
        require(bool(them), name, "at least one", 0)
    named: dict[str, Source] = {}
    for source in [*(it for pack in packs for it in pack.sources), *sources]:
        if named.setdefault(source.name, source) != source:
            raise InputError(f"source {source.name!r} must have one track and terms, got two")
    used = {it.source for it in (*people, *places)}
    aside = _aside(people, places, validation)
    kept = tuple(source for name, source in sorted(named.items()) if name in used)
    people.sort(key=_rank)
    places.sort(key=_rank)
    return Stock(tuple(people), tuple(places), kept, is_empty, aside)


def _rank(piece: Piece) -> tuple[bytes, str]:
    return piece.digest, piece.version


def _is_empty(entry: Entry) -> bool:
    return entry.category in EMPTY or entry.source == PROCEDURAL


def _piece(pack: Pack, entry: Entry) -> Piece:
    name = entry.name.removesuffix(WITH_STRANDS)
    return Piece(entry.source, name, partial(_loaded, pack, entry), entry.sha256)


def _loaded(pack: Pack, entry: Entry) -> tuple[RGB, Alpha | None]:
    colours, alpha = pack.load(entry)
    planes = [np.divide(it, 255, dtype=np.float32) for it in (colours, alpha) if it is not None]
    return planes[0], planes[1] if alpha is not None else None


def _aside(people: Iterable[Piece], places: Iterable[Piece], share: float) -> frozenset[bytes]:
    """Return the digests of what is for validation; none where there is too little."""
    aside: set[bytes] = set()
    for them, fewest in ((people, _FEWEST_PEOPLE), (places, _FEWEST_PLACES)):
        digests = sorted({it.digest for it in them})
        count = max(fewest, round(share * len(digests)))
        if not share or len(digests) < 2 * count:
            return frozenset()
        aside.update(digests[:count])
    return frozenset(aside)
