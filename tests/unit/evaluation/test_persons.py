"""Test sets of people: who is found, what is said of them, and what is odd."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from penumbra.core.errors import DatasetError, ImageError
from penumbra.evaluation.persons import him2k_cases, smpmat_cases
from tests.compositions import save
from tests.group_copies import alpha_of, by_name, mask_of, write_him2k, write_smpmat


def test_every_person_is_a_case(tmp_path: Path) -> None:
    """With the matte, and where the other is."""
    cases = him2k_cases(write_him2k(tmp_path))

    assert [case.name for case in cases] == ["pair_00", "pair_01", "stack_00", "stack_01"]
    assert [(case.picture, case.number) for case in cases[1:3]] == [("pair", 1), ("stack", 0)]
    assert cases[0].image().shape == (48, 64, 3)
    target = cases[1].target()
    assert_array_equal(target.alpha, alpha_of("pair", 1))
    assert_array_equal(target.others, mask_of("pair", 0))


def test_sentences_of_templates_mean_one_person(tmp_path: Path) -> None:
    """By place, height and colour; who cannot be told from another has none."""
    people = by_name(him2k_cases(write_him2k(tmp_path)))

    said = set(people["pair_00"].target().sentences)
    assert {"the leftmost person", "the tallest person", "the person in red"} <= said
    assert not said & set(people["pair_01"].target().sentences)
    assert people["stack_00"].target().sentences == ()


def test_sentences_that_come_with_a_picture_are_taken(tmp_path: Path) -> None:
    """Also where none of them fits; templates are for pictures without any."""
    root = write_smpmat(tmp_path)
    people = by_name(smpmat_cases(root))
    (root / "alphas/val/pair/meta.json").write_text(json.dumps({"n": 2, "order": [0, 1]}))

    assert people["pair_01"].target().sentences == ("the person on the right",)
    assert people["stack_01"].target().sentences == ()
    assert "the tallest person" in by_name(smpmat_cases(root))["pair_00"].target().sentences


def test_somebody_alone_has_no_others(tmp_path: Path) -> None:
    """As half of HIM2K's photographs might."""
    root = write_him2k(tmp_path)
    (root / "alphas/natural/pair/01.png").unlink()

    assert him2k_cases(root)[0].target().others is None


def test_a_lost_folder_of_mattes_is_named(tmp_path: Path) -> None:
    """Before any work."""
    root = write_him2k(tmp_path)
    (root / "alphas/natural/pair").rename(root / "alphas/natural/pairs")

    with pytest.raises(DatasetError, match=r"alphas/natural/pair/00\.png, images/natural/pairs"):
        him2k_cases(root)


def test_a_picture_without_people_is_named(tmp_path: Path) -> None:
    """An empty folder of mattes is no folder of nobody."""
    root = write_him2k(tmp_path)
    for file in (root / "alphas/natural/stack").iterdir():
        file.unlink()

    with pytest.raises(DatasetError, match=r"missing: alphas/natural/stack/00\.png"):
        him2k_cases(root)


def test_a_matte_of_another_size_is_named(tmp_path: Path) -> None:
    """Also where it is another's: nobody knows where that person is."""
    root = write_him2k(tmp_path)
    save(root / "alphas/natural/pair/01.png", np.full((48, 60), 255))

    with pytest.raises(
        DatasetError, match=r"pair/01\.png must be as large as its picture, 64x48, got 60x48"
    ):
        him2k_cases(root)[0].target()


def test_a_matte_that_shows_nobody_is_named(tmp_path: Path) -> None:
    """Half of a ghost is not talked about."""
    root = write_him2k(tmp_path)
    save(root / "alphas/natural/pair/00.png", np.full((48, 64), 51))

    with pytest.raises(
        DatasetError, match=r"pair/00\.png must show a person, got opacities up to 0\.2"
    ):
        him2k_cases(root)[0].target()


def test_a_torn_picture_is_our_error(tmp_path: Path) -> None:
    """With its name."""
    root = write_him2k(tmp_path)
    (root / "images/natural/pair.png").write_bytes(b"torn")

    with pytest.raises(ImageError, match=r"pair\.png"):
        him2k_cases(root)[0].target()
