"""A maker of pictures without any network: people that were cut out, over places where nobody is.

The sheet `smpmat`, section 8; what `penumbra.data.scenes` composes, as the seam of all makers has
it.  Mattes are known, so nothing about them is a guess.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from penumbra.core.arrays import RGB
from penumbra.core.errors import ImageError, InputError, require
from penumbra.data.arranging import Arrangement, Layout
from penumbra.data.captions import draw_count, plain_caption
from penumbra.data.pack import Source
from penumbra.data.persons import Person, cuts_of
from penumbra.data.scenes import SceneOptions, make_scene
from penumbra.systems.dfimat.synth.reading import Answers, Reading, Refused, Split
from penumbra.systems.dfimat.synth.stock import Piece, Stock

_LOOKED_AT = (
    5  # people for each that is wanted, at most: those whose heads are cut off are left out
)


class Composites:
    """Makes composites by number; see `Maker`.

    How many people there are is drawn as for captions.  A picture of validation has only people
    and a place that no picture of training has.

    Args:
        stock: People and places.
        layout: "scene", or "random", the bad example.
        side: Of the square pictures, pixels.
        seed: Everything is drawn from it and the number of the picture.
        validation: Share of the pictures that are for validation, where anybody was put aside.
    """

    name = "composite"

    def __init__(
        self,
        stock: Stock,
        layout: Layout = "scene",
        side: int = 512,
        seed: int = 0,
        validation: float = 0.05,
    ) -> None:
        require(seed >= 0, "seed", "at least 0", seed)
        self._stock = stock
        self._sides = {split: stock.side(split) for split in ("train", "val")}
        self._how = SceneOptions((side, side), Arrangement(layout))
        self._seed = seed
        self._validation = validation if stock.sides else 0.0
        self.sources: tuple[Source, ...] = stock.sources
        self.variety: Mapping[str, int] = {"place": len(stock.places)}
        self.record: Mapping[str, Any] = {
            "seed": seed,
            "layout": layout,
            "side": side,
            "validation": self._validation,
            "stock": stock.fingerprint,
            "people_in_stock": len(stock.people),
            "places_in_stock": len(stock.places),
            "places_are_known_to_be_empty": stock.is_empty,
        }

    def make(self, number: int) -> Reading | Refused:
        """Compose picture `number`."""
        rng = np.random.default_rng((self._seed, number))
        split: Split = "val" if rng.random() < self._validation else "train"
        people, places = self._sides[split]
        count = draw_count(rng)
        place = places[int(rng.integers(len(places)))]
        found = _whole(people, count, rng)
        if len(found) < count:
            detail = f"{count} people must have whole heads, got {len(found)}"
            return Refused("too_few_people", detail)
        cutouts = [person for _, person in found]
        try:
            scene = make_scene(cutouts, _colours(place), rng, self._how)
        except InputError as error:
            return Refused("no_arrangement", str(error))
        return Reading(
            image=scene.image,
            answers=Answers(scene.alphas, np.ones(count, np.float32)),
            caption=plain_caption(count, rng),
            seed=self._seed,
            family=place.title,
            split=split,
            asked=count,
            order=scene.order,
            is_exact=True,
            slots={"place": place.title},
            provenance={
                "layout": self._how.arrangement.layout,
                "number": number,
                "people": [piece.title for piece, _ in found],
                "place": place.title,
            },
        )


def _whole(
    people: tuple[Piece, ...], count: int, rng: np.random.Generator
) -> list[tuple[Piece, Person]]:
    """Return different people whose heads are whole."""
    found: dict[bytes, tuple[Piece, Person]] = {}
    for number in rng.permutation(len(people))[: _LOOKED_AT * count].tolist():
        piece = people[number]
        if piece.digest in found:
            continue
        colours, alpha = piece.load()
        if alpha is None:
            raise InputError(f"person {piece.title} must have alpha, got none")
        try:
            person = Person(colours, alpha)
        except ImageError:  # nothing of it is opaque
            continue
        if not cuts_of(person).top:
            found[piece.digest] = piece, person
        if len(found) == count:
            break
    return list(found.values())


def _colours(place: Piece) -> RGB:
    return place.load()[0]
