"""`penumbra cut --each person` with the weights that ship."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from click.testing import Result
from numpy.testing import assert_array_equal
from PIL import Image

from penumbra.io import load_alpha, read_photograph
from tests.two_people import CORNERS, HEIGHT, SIZE, WIDTH, two_people

Run = Callable[..., Result]

FACE = (slice(30, 80), slice(65, 100))  # rows and columns of the left one's picture


def test_the_people_of_a_photograph_are_files_that_share_it(penumbra: Run) -> None:
    """Both faces are somebody's, nothing is had by two, and the report is what was written."""
    Image.fromarray(two_people()).save("two.png")

    result = penumbra("cut two.png -o p.png --alpha a.png --each person --report report.json")

    assert result.exit_code == 0, result.output
    (entry,) = json.loads(Path("report.json").read_text())["entries"]
    people = entry["people"]
    assert (entry["model"], len(people)) == ("dfimat", 2)
    written = {it["output"] for it in people} | {it["alpha"] for it in people}
    assert {it.name for it in Path().iterdir()} == {"two.png", "report.json", *written}
    total = np.zeros((HEIGHT, WIDTH))
    for number, person in enumerate(people, 1):
        assert (person["number"], person["output"]) == (number, f"p-{number}.png")
        x0, y0, x1, y1 = person["box"]
        assert 0 <= x0 < x1 <= WIDTH
        assert 0 <= y0 < y1 <= HEIGHT
        assert 0.5 <= person["score"] <= 1
        matte = load_alpha(person["alpha"])
        assert_array_equal(read_photograph(person["output"]).alpha, matte)
        total += matte
    assert total.max() <= 1 + len(people) * 0.5 / 255  # each is rounded by itself
    (rows, cols), (width, height) = FACE, SIZE
    for mirrored, (x, y) in zip((1, -1), CORNERS, strict=True):
        assert total[y : y + height, x : x + width][:, ::mirrored][rows, cols].mean() > 0.8
