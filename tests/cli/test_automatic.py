"""`penumbra cut` without any hint: with the weights that ship."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from PIL import Image
from skimage import data

from penumbra.io import read_photograph

Run = Callable[..., Result]


def test_a_person_is_cut_out_and_the_corners_are_not(penumbra: Run) -> None:
    """NASA's photograph of Eileen Collins, which no network here was trained on."""
    photograph = data.astronaut()  # type: ignore[no-untyped-call]  # scikit-image has no types
    Image.fromarray(photograph).save("photo.png")

    result = penumbra("cut photo.png -o out.png --report report.json")

    assert result.exit_code == 0, result.output
    alpha = read_photograph(Path("out.png")).alpha
    assert alpha is not None
    assert alpha[80:180, 190:250].min() > 0.9  # the face
    assert alpha[300:450, 100:250].mean() > 0.9  # the suit
    assert alpha[20:120, 310:370].max() < 0.1  # the wall
    (entry,) = json.loads(Path("report.json").read_text())["entries"]
    assert entry["model"] == "ensemble"
    assert entry["confidence"] > 0.9
    assert entry["empty"] is False
    assert "no object found" not in result.stderr


@pytest.mark.parametrize("kind", ["grey", "sky", "noise"])
def test_a_picture_of_nothing_is_called_empty(kind: str, penumbra: Run) -> None:
    """Written all the same, transparent, and said on the terminal and in the report."""
    row = np.linspace(0, 1, 120)[:, None, None]
    noise = np.random.default_rng(0).uniform(0, 255, (120, 160, 3))
    pictures = {
        "noise": noise,
        "grey": np.full((120, 160, 3), 128.0),
        "sky": np.broadcast_to(row * [40, 60, 20] + [90, 140, 220], (120, 160, 3)),
    }
    Image.fromarray(pictures[kind].astype(np.uint8)).save("photo.png")

    result = penumbra("cut photo.png -o out.png --report report.json")

    assert result.exit_code == 0, result.output
    alpha = read_photograph(Path("out.png")).alpha
    assert alpha is not None
    assert not alpha.any()
    assert "no object found: confidence 0." in result.stderr
    (entry,) = json.loads(Path("report.json").read_text())["entries"]
    assert entry["empty"] is True
    assert entry["confidence"] < 0.7
    assert entry["status"] == "done"
