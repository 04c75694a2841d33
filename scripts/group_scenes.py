"""Pictures of several people, composed of those of packs, as a pack that goes beside them.

    python scripts/group_scenes.py aim.tar groups.tar 600
    penumbra train safe --pack aim.tar --pack groups.tar ...

Two to four people whose heads are whole stand over places where nobody is, as
`penumbra.data.scenes` arranges them; the alpha of a picture is that of all of them together.
People and places are chosen as the recipe of `safe` chooses, which leaves out whom it holds aside.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.errors import InputError
from penumbra.data.pack import Item, Role, Source, write_pack
from penumbra.data.persons import Person, cuts_of
from penumbra.data.scenes import SceneOptions, make_scene
from penumbra.systems.safe.recipe import RECIPES
from penumbra.training.choosing import Chooser
from penumbra.training.composition import Composition
from penumbra.training.draws import Draws
from penumbra.training.pool import Pool

NAME = "groups"
"""Of the source."""

_TRIES = 20  # choices of people who are cut off, do not fit together, or hide each other
_CHOSEN = 8  # at a time, of whom the first that can be used are taken


def main() -> None:
    """Read packs, compose, write a pack."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("packs", type=Path, nargs="+", help="of people and places")
    parser.add_argument("out", type=Path)
    parser.add_argument("count", type=int)
    parser.add_argument("--side", type=int, default=352, help="of the pictures, pixels")
    arguments = parser.parse_args()
    pool = Pool.load(arguments.packs)
    items = [
        Item("scene", f"group-{number:04}", NAME, partial(_made, it), category="person")
        for number, it in enumerate(composed(pool, arguments.count, arguments.side))
    ]
    terms = "; ".join(dict.fromkeys(source.terms for source in pool.sources))
    write_pack(
        arguments.out,
        items,
        [Source(NAME, f"composed; {terms}", "research")],
        1 << 40,
        arguments.side,
    )
    print(f"wrote {arguments.out}, {len(items)} pictures")


def composed(pool: Pool, count: int, side: int) -> Iterator[tuple[RGB, Alpha]]:
    """Yield pictures, (side, side, 3) and (side, side) in [0, 1].

    Raises:
        InputError: There are no people, or no places, or people never fit together.
    """
    how = RECIPES["s"].stages[0].composition
    assert isinstance(how, Composition)
    how = replace(how, weights={**how.weights, "hair": 0.0, "rgba_fg": 0.0})  # nobody whole
    chooser = Chooser(pool)
    for number in range(count):
        rng = np.random.default_rng(number)
        most = 2 + number % 3
        for attempt in range(_TRIES):
            numbers = range(_CHOSEN * number, _CHOSEN * (number + 1))
            draws = Draws(attempt, numbers, len(pool))
            people = [_person(pool, it) for it in _chosen(chooser, "foreground", how, draws)]
            whole = [it for it in people if not cuts_of(it).top][:most]
            place = _planes(pool, _chosen(chooser, "background", how, draws)[0])[..., :3]
            try:
                scene = make_scene(whole, place, rng, SceneOptions((side, side)))
            except InputError:  # nobody is left, or they hide each other
                continue
            yield scene.image, np.minimum(scene.alphas.sum(axis=0), 1)
            break
        else:
            raise InputError(f"packs must hold people who fit together, got none in {_TRIES}")


def _made(picture: tuple[RGB, Alpha]) -> tuple[RGB, Alpha]:
    return picture


def _chosen(chooser: Chooser, role: Role, how: Composition, draws: Draws) -> list[int]:
    return list(dict.fromkeys(chooser.choose(role, how, draws).tolist()))


def _person(pool: Pool, number: int) -> Person:
    planes = _planes(pool, number)
    return Person(np.ascontiguousarray(planes[..., :3]), np.ascontiguousarray(planes[..., 3]))


def _planes(pool: Pool, number: int) -> np.ndarray:
    """Return colours and alpha of a picture, (H, W, 4) in [0, 1]."""
    height, width = pool.sizes[number].astype(int)
    planes = pool.levels[0][number, :, :height, :width].permute(1, 2, 0).numpy()
    return np.divide(planes, 255, dtype=np.float32)


if __name__ == "__main__":
    main()
