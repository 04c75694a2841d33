"""Sets of people as networks learn from them."""

from pathlib import Path

import numpy as np
import pytest

from penumbra.core.errors import InputError
from penumbra.data.people_pictures import learnt_of, read_learnt
from penumbra.data.people_set import PeoplePicture
from tests.made_sets import photo, squares, write


def picture(image: np.ndarray, alphas: np.ndarray) -> PeoplePicture:
    """Of two people about whom the set says one thing each."""
    texts = (("whoever is first",), ())
    return PeoplePicture("a", "train", image, alphas, texts, {"order": [1, 0]})


def test_bytes_of_a_square_picture_are_those_of_the_files(tmp_path: Path) -> None:
    """In their own size nothing is changed."""
    write(tmp_path)
    write(tmp_path, "000002", "val")

    (learnt,) = read_learnt(tmp_path, 64)

    assert learnt.image.shape == (3, 64, 64)
    np.testing.assert_array_equal(learnt.image, np.rint(255 * photo()).transpose(2, 0, 1))
    np.testing.assert_array_equal(learnt.alphas, np.rint(255 * squares((20, 8), (24, 40))))
    assert len(list(read_learnt(tmp_path, 64, ["train", "val"]))) == 2


def test_sentences_are_those_of_the_set_and_all_that_are_true_of_one() -> None:
    """And strangers wear what nobody wears."""
    learnt = learnt_of(picture(photo(), squares((20, 8), (24, 40))), 32)

    assert learnt is not None
    assert learnt.sentences[0][0] == "whoever is first"
    assert "the person on the left" in learnt.sentences[0]
    assert "the person on the right" in learnt.sentences[1]
    assert learnt.strangers
    assert not set(learnt.strangers) & {it for them in learnt.sentences for it in them}


def test_wide_pictures_lie_on_black() -> None:
    """The longer side fits, nothing is stretched."""
    learnt = learnt_of(picture(photo()[:32], squares((2, 8), (4, 40))[:, :32]), 32)

    assert learnt is not None
    assert learnt.image[:, :16].any()
    assert not learnt.image[:, 16:].any()
    assert not learnt.alphas[:, 16:].any()
    assert (learnt.alphas[0] > 127).any()


def test_pictures_in_which_somebody_gets_too_small_are_left_out() -> None:
    """A person of a pixel is none."""
    alphas = squares((20, 8), (24, 40))
    alphas[1] = 0
    alphas[1, 30, 30] = 1

    assert learnt_of(picture(photo(), alphas), 64) is not None
    assert learnt_of(picture(photo(), alphas), 16) is None


def test_a_side_that_shows_nothing_is_refused(tmp_path: Path) -> None:
    """Before anything is read."""
    with pytest.raises(InputError, match="side must be at least 16"):
        list(read_learnt(tmp_path, 8))
