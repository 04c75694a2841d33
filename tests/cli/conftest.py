"""A model that answers at once, so that these tests are about the command line alone."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from penumbra.cli.main import main
from penumbra.core.arrays import RGB, Alpha
from penumbra.core.card import ModelCard
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.systems import registry

CARD = ModelCard(
    name="obedient",
    title="Answers what the test says",
    paper="none",
    accepts=frozenset({"click", "scribble", "box", "text", "trimap", "mask"}),
)


def left_half(image: RGB, hints: Hints) -> Alpha:
    """The object is the left half of the picture, whatever the hints."""
    alpha = np.zeros(image.shape[:2], np.float32)
    alpha[:, : image.shape[1] // 2] = 1
    return alpha


@dataclass
class Obedient:
    """A predictor whose answer a test can set.

    Attributes:
        answer: From the picture and the hints to the matte.
        loaded: The names it was asked for by.
        seen: The hints of every picture.
        licences: Which licences would do each time it was asked for.
    """

    answer: Callable[[RGB, Hints], Alpha] = left_half
    loaded: list[str] = field(default_factory=list)
    seen: list[Hints] = field(default_factory=list)
    licences: list[str] = field(default_factory=list)
    card: ModelCard = CARD

    def encode(self, image: RGB) -> RGB:
        """Pass the picture on."""
        return image

    def decode(self, encoded: RGB, hints: Hints, previous: Matte | None = None) -> Matte:
        """Remember the hints and give the answer that was set."""
        self.seen.append(hints)
        return Matte(self.answer(encoded, hints))


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Obedient:
    """Stand in for every model of the registry."""
    obedient = Obedient()

    def load(name: str, licence: str) -> Obedient:
        obedient.loaded.append(name)
        obedient.licences.append(licence)
        return obedient

    monkeypatch.setattr(registry, "load_predictor", load)
    monkeypatch.setattr(registry, "card", lambda name: CARD)
    return obedient


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def penumbra(here: Path) -> Callable[..., Result]:
    """Run a command line in an empty folder: words, and perhaps bytes on standard input."""

    def run(line: str, stdin: bytes | None = None) -> Result:
        return CliRunner().invoke(main, line.split(), input=stdin)

    return run


Draw = Callable[..., Path]


@pytest.fixture
def draw(here: Path) -> Draw:
    """Write a picture of one colour: `draw("a.jpg", (200, 30, 30))`."""

    def paint(
        name: str, colour: tuple[int, ...] = (200, 30, 30), size: tuple[int, int] = (6, 4)
    ) -> Path:
        path = here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = {1: "L", 3: "RGB", 4: "RGBA"}[len(colour)]
        Image.new(mode, size, colour).save(path)
        return path

    return paint
