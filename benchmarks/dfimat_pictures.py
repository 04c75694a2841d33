"""Pictures of people on which `benchmarks/dfimat.py` measures; no pack of `dfimat` has them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from aim_pictures import empties
from clicks_pictures import LEAST, portraits
from safe_pictures import groups

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.errors import InputError
from penumbra.data.attributes import attributes_of
from penumbra.data.packing import instances_of
from penumbra.data.persons import Person, cuts_of
from penumbra.data.readers import read
from penumbra.data.scenes import SceneOptions, make_scene
from penumbra.data.sentences import sentences_about, sentences_about_nobody
from penumbra.data.users import Target
from penumbra.evaluation.conversing import Subject
from penumbra.io import load_image, load_mask, read_photograph

SEED = 50_000_000
SIZE = (480, 640)  # of composites
SOFT = 1.0  # sigma in pixels of the blur that makes an alpha of a jagged mask
_TRIES = 8


@dataclass(frozen=True, eq=False)
class Crowd:
    """A picture of people.

    Attributes:
        group: Set that it is one of.
        name: Unique within the group.
        image: (H, W, 3).
        alphas: (N, H, W) in [0, 1], what is seen of each person.
        sentences: Of each person those that mean nobody else; may be none.
        strangers: Sentences that mean nobody who is there.
        wanted: Number of the person that is talked about.
    """

    group: str
    name: str
    image: RGB
    alphas: Alpha
    sentences: tuple[tuple[str, ...], ...]
    strangers: tuple[str, ...]
    wanted: int

    @property
    def target(self) -> Target:
        """Whom the simulated user wants."""
        others = np.delete(self.alphas, self.wanted, axis=0) > 0.5
        there = others.any(axis=0)
        alpha = self.alphas[self.wanted]
        return Target(alpha, there if there.any() else None, self.sentences[self.wanted])

    @property
    def subject(self) -> Subject:
        """What seeds the simulated user."""
        return Subject(f"{self.group}/{self.name}", self.wanted)


def scenes(
    data: Path, mattes: Path, count: int, people: tuple[int, ...] = (1, 2, 3, 4)
) -> Iterator[Crowd]:
    """Yield composed scenes of held-aside people over held-aside places.

    Portraits have their mattes; of people in the street, whose masks are jagged, the blurred mask
    is the matte.

    Args:
        data: Of all sets.
        mattes: What `penumbra data mattes` makes of portrait_eg.
        count: How many scenes.
        people: How many people are in them, one after the other.
    """
    portraits = [it for it in _portraits(data, mattes) if not cuts_of(it).top]
    street = [it for it in _street(data) if not cuts_of(it).top]
    grounds = [picture.image for picture in empties(data)]
    for number in range(count):
        rng = np.random.default_rng((SEED, number))
        known = street if rng.random() < 0.5 else portraits
        many = people[number % len(people)]
        yield _scene(known, many, grounds[number % len(grounds)], number, rng)


def coco_people(data: Path, count: int = 60) -> Iterator[Crowd]:
    """Yield people of COCO's photographs, of a hundredth of the picture or more.

    Those of held-aside scenes come first ("coco held"); the training of the encoder, which
    started as the segmenter's, has seen masks of the others' photographs ("coco rest").
    """
    held = {sample.name for sample in read("coco_train", data / "coco_train", "held")}
    samples = read("coco_train", data / "coco_train", "all")
    found = 0
    for sample in sorted(samples, key=lambda it: it.name not in held):
        named = zip(sample.labels, instances_of(sample), strict=True)
        masks = [mask for label, mask in named if label == "person" and mask.mean() >= LEAST]
        if not masks:
            continue
        assert sample.image is not None
        image, alphas = load_image(sample.image), np.stack(masks).astype(np.float32)
        group = "coco held" if sample.name in held else "coco rest"
        for wanted in range(len(masks)):
            if found == count:
                return
            found += 1
            yield _crowd(group, f"{sample.name}-{wanted}", image, alphas, wanted)


def alone(data: Path, count: int) -> Iterator[Crowd]:
    """Yield held-aside portraits, whose masks are their mattes ("portraits")."""
    for target in portraits(data, count):
        yield _crowd("portraits", target.name, target.image, target.alpha_true[None], 0)


def grouped(data: Path, mattes: Path) -> Iterator[Crowd]:
    """Yield the 20 composites of two to four portraits that `benchmarks/safe.py` has, too."""
    for group in groups(data, mattes):
        picture = group.picture
        yield _crowd(picture.group, picture.name, picture.image, group.people, 0)


def _scene(
    known: list[Person], many: int, ground: RGB, number: int, rng: np.random.Generator
) -> Crowd:
    for _ in range(_TRIES):
        chosen = [known[i] for i in rng.choice(len(known), many, replace=False)]
        try:
            scene = make_scene(chosen, ground, rng, SceneOptions(SIZE))
        except InputError:  # they hide each other
            continue
        wanted = int(rng.integers(many))
        return _crowd(
            "scenes", f"scene-{number:03}", scene.image, scene.alphas, wanted, scene.order
        )
    raise SystemExit(f"scene {number} must have room for {many} people, got none")


def _crowd(
    group: str,
    name: str,
    image: RGB,
    alphas: Alpha,
    wanted: int,
    order: tuple[int, ...] | None = None,
) -> Crowd:
    about = attributes_of(image, alphas, order)
    sentences = tuple(
        tuple(it.text for it in sentences_about(about, person)) for person in range(len(alphas))
    )
    strangers = tuple(it.text for it in sentences_about_nobody(about))
    return Crowd(group, name, image, alphas, sentences, strangers, wanted)


def _portraits(data: Path, mattes: Path) -> Iterator[Person]:
    for sample in read("portrait_eg", data / "portrait_eg", "held"):
        file = mattes / f"{sample.name}.png"
        if file.exists():
            cut = read_photograph(file)
            assert cut.alpha is not None
            yield Person(cut.rgb, cut.alpha)


def _street(data: Path) -> Iterator[Person]:
    for sample in read("ccp", data / "ccp", "held"):
        assert sample.image is not None
        assert sample.mask is not None
        mask = load_mask(sample.mask).astype(np.float32)
        alpha = np.clip(cv2.GaussianBlur(mask, (0, 0), SOFT), 0, 1).astype(np.float32)
        yield Person(load_image(sample.image), alpha)
