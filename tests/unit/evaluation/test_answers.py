"""Mattes of one model, as files hold them."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from penumbra.core.arrays import RGB
from penumbra.core.card import ModelCard
from penumbra.core.errors import HintError, ImageError, OutputError
from penumbra.core.hints import Box, Hints
from penumbra.core.matte import Matte
from penumbra.evaluation.answers import Answers, claim
from penumbra.io import load_alpha

IMAGE = np.full((2, 3, 3), 0.25, np.float32)
TRIMAP = np.full((2, 3), 0.5, np.float32)


@dataclass
class Constant:
    """Answers one value, and counts."""

    value: float
    asked: list[Hints] = field(default_factory=list)
    card = ModelCard(
        "constant", "One value", "none", frozenset({"trimap"}), requires=frozenset({"trimap"})
    )

    def encode(self, image: RGB) -> RGB:
        """Pass the picture on."""
        return image

    def decode(self, encoded: RGB, hints: Hints, previous: Matte | None = None) -> Matte:
        """Answer the value everywhere."""
        self.asked.append(hints)
        return Matte(np.full(encoded.shape[:2], self.value, np.float32))


@pytest.mark.parametrize("is_kept", [False, True])
def test_a_matte_is_what_eight_bits_hold(is_kept: bool, tmp_path: Path) -> None:
    """Numbers must not depend on whether mattes are kept."""
    model = Constant(0.3)

    alpha = Answers(model, tmp_path if is_kept else None).matte(
        "a", lambda: IMAGE, Hints(trimap=TRIMAP)
    )

    assert (alpha == np.float32(76 / 255)).all()  # 0.3 * 255 = 76.5, a little less in float32
    assert model.asked[0].trimap is TRIMAP
    assert [file.name for file in tmp_path.iterdir()] == ["a.png"] * is_kept


def test_sixteen_bits_round_next_to_nothing(tmp_path: Path) -> None:
    """For tables whose own code measures mattes as they are."""
    alpha = Answers(Constant(0.3), tmp_path, bits=16).matte(
        "a", lambda: IMAGE, Hints(trimap=TRIMAP)
    )

    np.testing.assert_allclose(alpha, 0.3, atol=1e-5)


def test_a_kept_matte_is_not_asked_for_again(tmp_path: Path) -> None:
    """Nor is its picture read."""

    def read() -> RGB:
        raise AssertionError("the picture is not needed")

    first = Answers(Constant(0.25), tmp_path).matte("a", lambda: IMAGE, Hints(trimap=TRIMAP))
    again = Answers(Constant(0.75), tmp_path).matte("a", read, Hints(trimap=TRIMAP))

    assert (first == again).all()
    assert (load_alpha(tmp_path / "a.png") == first).all()


def test_what_the_model_cannot_use_is_refused() -> None:
    """As everywhere."""
    with pytest.raises(HintError, match="trimap"):
        Answers(Constant(0)).matte("a", lambda: IMAGE, Hints(trimap=TRIMAP[:1]))
    with pytest.raises(ImageError):
        Answers(Constant(1.5)).matte("a", lambda: IMAGE, Hints(trimap=TRIMAP))


def test_a_folder_belongs_to_one_run(tmp_path: Path) -> None:
    """Mattes of other weights or settings would be measured as if they were these."""
    folder = tmp_path / "new" / "dim"
    claim(folder, {"model": "dim", "options": {"refine": True}})
    claim(folder, {"model": "dim", "options": {"refine": True}})

    with pytest.raises(OutputError, match=r"of this run, got those that .*run\.json describes"):
        claim(folder, {"model": "dim", "options": {"refine": False}})


def test_pictures_of_unknown_origin_are_not_taken_for_mattes(tmp_path: Path) -> None:
    """The folder of the photographs, perhaps."""
    (tmp_path / "a.png").touch()

    with pytest.raises(OutputError, match=r"got pictures without run\.json"):
        claim(tmp_path, {})


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    """In our words."""
    (tmp_path / "file").touch()

    with pytest.raises(OutputError, match="must be a folder for mattes"):
        claim(tmp_path / "file", {})


def test_marks_that_reach_out_are_for_the_model_to_judge() -> None:
    """As in a session: most refuse them, some cut them."""
    hints = Hints(box=Box(-1, 0, 2, 2))
    model = Constant(0.5)
    model.card = replace(model.card, accepts=frozenset({"box"}), requires=frozenset())

    with pytest.raises(HintError, match="box must lie inside the 3x2 image"):
        Answers(model).matte("a", lambda: IMAGE, hints)
    model.card = replace(model.card, can_crop_hints=True)
    Answers(model).matte("a", lambda: IMAGE, hints)

    assert model.asked == [hints]
