"""What the capture network learns from: pictures of several people, drawn once, seen often.

People of a pack are composed over places where nobody is (`penumbra.data.scenes`); photographs of
one person with a mask come as they are.  Drawing takes longer than learning, so each picture is
drawn at the start and comes again, mirrored and in other colours, with other people wanted.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from penumbra.core.errors import InputError, require
from penumbra.core.resample import resize
from penumbra.data.arranging import Arrangement, Layout
from penumbra.data.attributes import attributes_of
from penumbra.data.pack import Role
from penumbra.data.people_pictures import read_learnt
from penumbra.data.persons import Person, cuts_of
from penumbra.data.scenes import MOST, SceneOptions, make_scene
from penumbra.data.sentences import mirrored_text, sentences_about, sentences_about_nobody
from penumbra.training.choosing import Chooser
from penumbra.training.colours import colours_of, recoloured
from penumbra.training.compose import Composer
from penumbra.training.composition import Composition
from penumbra.training.draws import Draws
from penumbra.training.pool import Pool
from penumbra.training.recipe import PLACE

Bytes = NDArray[np.uint8]

_TRIES = 4  # people of whom some do not fit together, and others are taken in their stead


@dataclass(frozen=True)
class Gathering:
    """Which pictures there are, and how they come.

    Attributes:
        scenes: Pictures that are composed; 0 where sets have enough.
        sets: Folders of `penumbra synth people`, whose training parts are there beside these.
        photographs: Share of the samples that are photographs of one person.
        crowd: How likely a picture of one, two, three, ... people is, relative to the others.
        scattered: Share of pictures in the layout `random`.
        mirror: Probability that a picture is mirrored; its sentences are, too.
        colour: Strength of changes of colours; little, since sentences name those of clothes.
        people: Which people and places; see `Composition`, of which it takes `weights`, `held`
            and `is_held`.
    """

    scenes: int = 1500
    sets: tuple[str, ...] = field(default=(), metadata=PLACE)
    photographs: float = 0.25
    crowd: tuple[float, ...] = (0.15, 0.4, 0.3, 0.15)
    scattered: float = 0.15
    mirror: float = 0.5
    colour: float = 0.25
    people: Composition = field(default_factory=Composition)

    def __post_init__(self) -> None:
        require(self.scenes >= 0, "scenes", "at least 0", self.scenes)
        for name in ("photographs", "scattered", "mirror", "colour"):
            share = getattr(self, name)
            require(0 <= share <= 1, name, "in [0, 1]", share)
        is_right = 1 <= len(self.crowd) <= MOST and min(self.crowd) >= 0 and sum(self.crowd) > 0
        require(is_right, "crowd", f"1 to {MOST} numbers, not below 0 nor all 0", self.crowd)


class SceneBatch(NamedTuple):
    """Pictures of people, on the device.

    Attributes:
        image: (B, 3, H, W) in [0, 1].
        alphas: (B, P, H, W) in [0, 1], what is seen of each person; 0 where there are fewer.
        is_person: (B, P) bool.
        wanted: (B,) int64, who is meant.
        is_matte: (B,) bool; otherwise alphas are masks.
        sentences: Of each picture those that mean whom is wanted, and nobody else.
        strangers: Of each picture sentences that mean nobody who is there.
    """

    image: Tensor
    alphas: Tensor
    is_person: Tensor
    wanted: Tensor
    is_matte: Tensor
    sentences: tuple[tuple[str, ...], ...]
    strangers: tuple[tuple[str, ...], ...]

    @property
    def alpha(self) -> Tensor:
        """Opacity of whom is wanted, (B, 1, H, W)."""
        index = self.wanted[:, None, None, None].expand(-1, 1, *self.alphas.shape[2:])
        return self.alphas.gather(1, index)


@dataclass(frozen=True, eq=False)
class _Picture:
    """A picture as it is kept: image (3, S, S), alphas (N, S, S), both uint8."""

    image: Bytes
    alphas: Bytes
    sentences: tuple[tuple[str, ...], ...]
    strangers: tuple[str, ...]
    is_matte: bool


class SceneSource:
    """Makes batches of people for stages with a `Gathering`; for others, of what composers make."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._composer = Composer(pool)
        self._chooser = Chooser(pool)
        self._drawn: dict[tuple[Any, ...], list[_Picture]] = {}

    def rates(self) -> dict[str, float]:
        """Return how many pictures were drawn or read so far."""
        return {"scenes": float(sum(map(len, self._drawn.values())))}

    def batch(self, stage: Any, seed: int, first: int, count: int) -> Any:  # noqa: ANN401 - by the stage
        """Return samples `first` to `first + count - 1` of an endless sequence.

        Each depends on (seed, number) alone; pictures that are drawn, on their number alone.

        Args:
            stage: With a size and a composition, or a gathering in its place.
            seed: Of the run.
            first: Number of the first sample.
            count: How many.

        Raises:
            InputError: The pool lacks people or places.
        """
        how = stage.composition
        if not isinstance(how, Gathering):
            return self._composer.batch(stage, seed, first, count)
        draws = Draws(seed, range(first, first + count), max(len(self.pool), 1))
        is_photograph = draws.chance(how.photographs)
        number, person = draws.unit(), draws.unit()
        is_mirrored = draws.chance(how.mirror)
        scenes = self._scenes(how, stage.size)
        photographs = self._choose("scene", how, draws) if how.photographs else None
        found = [
            self._photograph(int(photographs[i]), stage.size)
            if photographs is not None and is_photograph[i]
            else scenes[int(number[i] * len(scenes))]
            for i in range(count)
        ]
        wanted = [int(share * len(it.alphas)) for share, it in zip(person, found, strict=True)]
        batch = _stacked(found, wanted, is_mirrored, self.pool.levels[0].device)
        return batch._replace(image=recoloured(batch.image, colours_of(how.colour, draws)))

    def _scenes(self, how: Gathering, size: int) -> list[_Picture]:
        """Return the composed pictures, drawn or read when they are first asked for."""
        people = how.people
        key = (how.scenes, how.sets, how.crowd, how.scattered, size, people.held, people.is_held,
               *sorted(people.weights.items()))  # fmt: skip
        if key not in self._drawn:
            with ThreadPoolExecutor() as workers:
                drawn = workers.map(lambda it: self._scene(how, it, size), range(how.scenes))
                self._drawn[key] = list(drawn)
            for folder in how.sets:
                read = read_learnt(Path(folder), size)
                self._drawn[key] += [_Picture(*it, is_matte=True) for it in read]
            rule = "at least one picture together"
            require(bool(self._drawn[key]), "scenes and sets", rule, (how.scenes, how.sets))
        return self._drawn[key]

    def _scene(self, how: Gathering, number: int, size: int) -> _Picture:
        rng = np.random.default_rng((number, how.people.is_held))
        chances = np.array(how.crowd) / sum(how.crowd)
        layout: Layout = "random" if rng.random() < how.scattered else "scene"
        options = SceneOptions((size, size), Arrangement(layout))
        for attempt in range(_TRIES):
            count = max(1, 1 + int(rng.choice(len(chances), p=chances)) - attempt)
            draws = Draws(attempt, range(8 * number, 8 * number + 8), max(len(self.pool), 1))
            chosen = dict.fromkeys(self._choose("foreground", how, draws).tolist())
            people = [it for it in map(self._person, chosen) if not cuts_of(it).top]
            place = int(self._choose("background", how, draws)[0])
            try:
                scene = make_scene(people[:count], self._image(place), rng, options)
            except InputError:  # nobody is left, or they hide each other
                continue
            about = attributes_of(scene.image, scene.alphas, scene.order)
            return _Picture(
                _bytes(scene.image.transpose(2, 0, 1)),
                _bytes(scene.alphas),
                tuple(
                    tuple(it.text for it in sentences_about(about, person))
                    for person in range(len(scene.alphas))
                ),
                tuple(it.text for it in sentences_about_nobody(about)),
                is_matte=True,
            )
        raise InputError(f"packs must hold people who can be seen together, got none in {_TRIES}")

    def _photograph(self, number: int, size: int) -> _Picture:
        """Return a photograph of a person as large as it goes into a square, on black."""
        image, alpha = self._image(number), self._alpha(number)
        scale = size / max(alpha.shape)
        height, width = (max(1, round(side * scale)) for side in alpha.shape)
        square = np.zeros((4, size, size), np.float32)
        square[:3, :height, :width] = resize(image, height, width).transpose(2, 0, 1)
        square[3, :height, :width] = resize(alpha, height, width)
        whole = _bytes(square)
        return _Picture(whole[:3], whole[3:], (("the person",),), (), is_matte=False)

    def _choose(self, role: Role, how: Gathering, draws: Draws) -> NDArray[np.int64]:
        return self._chooser.choose(role, how.people, draws)

    def _person(self, number: int) -> Person:
        return Person(self._image(number), self._alpha(number))

    def _image(self, number: int) -> NDArray[np.float32]:
        planes = self._planes(number)[:3].transpose(1, 2, 0)
        return np.ascontiguousarray(planes)

    def _alpha(self, number: int) -> NDArray[np.float32]:
        return np.ascontiguousarray(self._planes(number)[3])

    def _planes(self, number: int) -> NDArray[np.float32]:
        height, width = self.pool.sizes[number].astype(int)
        planes = self.pool.levels[0][number, :, :height, :width].cpu().numpy()
        return np.divide(planes, 255, dtype=np.float32)


def _stacked(
    pictures: Sequence[_Picture],
    wanted: Sequence[int],
    is_mirrored: NDArray[np.bool_],
    device: torch.device,
) -> SceneBatch:
    most = max(len(it.alphas) for it in pictures)
    size = pictures[0].image.shape[1]
    image = np.stack([it.image for it in pictures])
    alphas = np.zeros((len(pictures), most, size, size), np.uint8)
    is_person = np.zeros((len(pictures), most), np.bool_)
    for row, picture in enumerate(pictures):
        alphas[row, : len(picture.alphas)] = picture.alphas
        is_person[row, : len(picture.alphas)] = True
    image[is_mirrored] = image[is_mirrored, :, :, ::-1]
    alphas[is_mirrored] = alphas[is_mirrored, :, :, ::-1]
    sentences, strangers = [], []
    for picture, person, mirrored in zip(pictures, wanted, is_mirrored, strict=True):
        said, others = picture.sentences[person], picture.strangers
        sentences.append(tuple(map(mirrored_text, said)) if mirrored else said)
        strangers.append(tuple(map(mirrored_text, others)) if mirrored else others)
    return SceneBatch(
        image=torch.from_numpy(image).to(device).float() / 255,
        alphas=torch.from_numpy(alphas).to(device).float() / 255,
        is_person=torch.from_numpy(is_person).to(device),
        wanted=torch.tensor(wanted, device=device),
        is_matte=torch.tensor([it.is_matte for it in pictures], device=device),
        sentences=tuple(sentences),
        strangers=tuple(strangers),
    )


def _bytes(planes: NDArray[np.float32]) -> Bytes:
    return np.rint(np.clip(planes, 0, 1) * 255).astype(np.uint8)
