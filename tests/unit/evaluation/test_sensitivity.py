"""Error over the width of the unknown region."""

from dataclasses import dataclass

import numpy as np
import pytest

from penumbra.core.arrays import RGB
from penumbra.core.card import ModelCard
from penumbra.core.errors import DatasetError
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.core.trimap import from_alpha, unknown
from penumbra.evaluation.run import Failure
from penumbra.evaluation.sensitivity import (
    DISTANCES,
    Errors,
    Sensitivity,
    sensitivity_json,
    sensitivity_text,
    trimap_sensitivity,
)
from tests.scenes import photograph, soft_disk

CARD = ModelCard("flat", "One value", "none", frozenset({"trimap"}))
STEP = np.zeros((60, 80), np.float32)
STEP[:, 40:] = 1


@dataclass
class Flat:
    """Answers one value where the trimap is unknown."""

    value: float
    card: ModelCard = CARD

    def encode(self, image: RGB) -> RGB:
        """Pass the picture on."""
        return image

    def decode(self, encoded: RGB, hints: Hints, previous: Matte | None = None) -> Matte:
        """Answer the value; 0.2 where it cannot matter."""
        assert hints.trimap is not None
        return Matte(np.where(hints.trimap == 0.5, self.value, 0.2).astype(np.float32))


def test_a_straight_edge_gives_the_errors_of_the_band() -> None:
    """By hand: d columns on either side of 60 rows; 0.2 errs by 0.2 and 0.8: 60 d in all."""
    image = photograph(STEP).image

    found = trimap_sensitivity([("step", image, STEP)], {"flat": Flat(0.2), "one": Flat(1)})

    assert found.distances == DISTANCES == (1, 4, 7, 10, 13, 16, 19)
    assert found.rows[0].name == "step"
    assert found.means["flat"] == pytest.approx([0.06 * d for d in DISTANCES])
    assert found.means["one"] == pytest.approx([0.06 * d for d in DISTANCES])


def test_the_trimap_is_the_truth_dilated_by_a_disc_on_both_sides() -> None:
    """A pixel is unknown if one that is not wholly of its side lies within d."""
    alpha = soft_disk(48)
    found = unknown(from_alpha(alpha, 4))
    row, col = np.mgrid[:48, :48]

    for kind, others in ((alpha == 1, alpha < 1), (alpha == 0, alpha > 0)):
        far = np.hypot(row[kind][:, None] - row[others], col[kind][:, None] - col[others])
        assert (found[kind] == (far.min(axis=1) <= 4)).all()
    assert found[(alpha > 0) & (alpha < 1)].all()


def test_no_picture_is_refused() -> None:
    """A mean over nothing."""
    with pytest.raises(DatasetError, match="at least one"):
        trimap_sensitivity([], {"flat": Flat(0)})


def test_means_are_over_images() -> None:
    """Each weighs the same."""
    rows = (Errors("a", {"m": (1.0, 2.0)}), Errors("b", {"m": (3.0, 5.0)}))

    assert Sensitivity((1, 4), rows).means == {"m": (2.0, 3.5)}


def test_the_text_has_a_row_for_each_model_and_names_what_failed() -> None:
    """Curves beside one another."""
    rows = (Errors("a", {"dim": (1.0, 2.0), "closed-form": (3.0, 4.25)}),)

    text = sensitivity_text(Sensitivity((1, 4), rows, (Failure("b", "b.png must be whole"),)))

    assert text == (
        "| SAD /1000   | 1 px | 4 px |\n"
        "| :---------- | ---: | ---: |\n"
        "| dim         |    1 |    2 |\n"
        "| closed-form |    3 | 4.25 |\n"
        "\n"
        "Mean of 1 images over the unknown region.\n"
        "1 of 2 images could not be measured and are left out:\n"
        "- b: b.png must be whole\n"
    )


def test_json_holds_every_image() -> None:
    """For those who compute on."""
    rows = (Errors("a", {"m": (1.0, 2.0)}),)

    assert sensitivity_json(Sensitivity((1, 4), rows, (Failure("b", "why"),))) == {
        "distances": [1, 4],
        "images": 1,
        "means": {"m": [1.0, 2.0]},
        "rows": [{"name": "a", "sad": {"m": [1.0, 2.0]}}],
        "failed": {"b": "why"},
    }
