"""The test set of Composition-1k, image by image."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from penumbra.core.errors import DatasetError, ImageError, TrimapError
from penumbra.evaluation.composition import composition_1k_cases
from penumbra.evaluation.protocol import first_of_each
from tests.compositions import (
    LICENSED,
    background_files,
    drawn_background,
    drawn_colours,
    names,
    save,
    write_copy,
)
from tests.scenes import strands, trimap_of


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return write_copy(tmp_path / "copy")


def test_images_come_in_the_order_of_the_lists(copy: Path) -> None:
    """Object k of the list with backgrounds 2k and 2k + 1; neither list is sorted."""
    cases = composition_1k_cases(copy, copy.parent / "voc")

    assert [case.name for case in cases] == names()
    assert [case.group for case in cases] == ["wisp", "wisp", "ball", "ball", "pane", "pane"]
    assert [case.name for case in first_of_each(cases)] == ["wisp_0", "ball_0", "pane_0"]


@pytest.mark.parametrize("number", range(6))
def test_every_object_lies_on_its_own_backgrounds(number: int, copy: Path) -> None:
    """Where alpha is 0, the picture is the background of the list, bit for bit."""
    case = composition_1k_cases(copy, copy.parent / "voc")[number]
    image, alpha = case.image() * 255, case.truth().alpha
    background = drawn_background(number)
    height, width = min(32, background.shape[0]), min(32, background.shape[1])
    is_empty = alpha[:height, :width] == 0

    if (height, width) == (32, 32):  # not enlarged
        assert (np.rint(image)[is_empty.nonzero()] == background[:32, :32][is_empty]).all()
    assert np.abs(image[0, 0] - background[0, 0]).max() < 2  # enlarged: near it in the corner


def test_composed_values_are_those_of_the_rule(copy: Path) -> None:
    """Pixel by pixel in whole numbers, on a background that is not enlarged."""
    case = composition_1k_cases(copy, copy.parent / "voc")[2]
    save(copy.parent / "voc" / background_files()[2], np.full((40, 40, 3), 51))
    alpha = np.rint(case.truth().alpha * 255).astype(int)
    colours = drawn_colours(1)

    image = np.rint(case.image() * 255).astype(int)

    for row, col in [(16, 16), (16, 5), (16, 6), (16, 7), (16, 8), (0, 0)]:
        a, colour = int(alpha[row, col]), int(colours[row, col, 0])
        exact = (a * colour + (255 - a) * 51) / 255
        assert image[row, col, 0] in (int(exact), int(exact - 1e-9))


def test_truth_and_trimap_are_those_of_the_files(copy: Path) -> None:
    """The second trimap of an object is wider than the first."""
    cases = composition_1k_cases(copy, copy.parent / "voc")

    for k in (0, 1):
        truth = cases[k].truth()
        np.testing.assert_allclose(truth.alpha, strands(), atol=0.5 / 255 + 1e-6)
        assert (truth.trimap == trimap_of(strands(), band=1 + k)).all()


def test_pictures_composed_before_are_taken_as_they_are(tmp_path: Path) -> None:
    """No backgrounds are needed then, nor looked for."""
    copy = write_copy(tmp_path / "copy", has_merged=True)

    cases = composition_1k_cases(copy)

    assert (np.rint(cases[4].image() * 255) == drawn_colours(7)).all()


def test_backgrounds_beside_the_test_set_are_used(copy: Path) -> None:
    """`bg` holds one for each sample, by its name."""
    (copy / "Test_set/bg").mkdir()
    for name in names():
        save(copy / f"Test_set/bg/{name}.png", np.full((32, 32, 3), 33))

    image = composition_1k_cases(copy)[3].image()

    assert np.rint(image[0, 0] * 255).tolist() == [33, 33, 33]


def test_without_any_background_the_samples_are_named(copy: Path) -> None:
    """And what could be given instead."""
    with pytest.raises(DatasetError, match=r"unless backgrounds are given, missing: .*wisp_0\.\*"):
        composition_1k_cases(copy)


def test_missing_backgrounds_are_named(copy: Path) -> None:
    """By file, since the set they come from is large."""
    (copy.parent / "voc" / background_files()[4]).unlink()

    with pytest.raises(DatasetError, match=r"every background of the list, missing: 2009_5\.png$"):
        composition_1k_cases(copy, copy.parent / "voc")


def test_a_missing_list_of_backgrounds_is_named(copy: Path) -> None:
    """Twenty trimaps are expected then; the order would be a guess."""
    (copy / "Test_set/test_bg_names.txt").unlink()
    for stem in ("wisp", "ball", "pane"):
        trimap = (copy / LICENSED / f"trimaps/{stem}_0.png").read_bytes()
        for k in range(20):
            (copy / LICENSED / f"trimaps/{stem}_{k}.png").write_bytes(trimap)

    with pytest.raises(DatasetError, match=r"missing: Test_set/test_bg_names\.txt"):
        composition_1k_cases(copy, copy.parent / "voc")


@pytest.mark.parametrize("count", [0, 5])
def test_a_list_of_backgrounds_that_does_not_go_round_is_refused(count: int, copy: Path) -> None:
    """Five for three objects."""
    lines = "\n".join(background_files()[:count])
    (copy / "Test_set/test_bg_names.txt").write_text(lines)

    with pytest.raises(DatasetError, match=f"as many backgrounds for each of 3 .*got {count}"):
        composition_1k_cases(copy, copy.parent / "voc")


def test_a_missing_trimap_is_named(copy: Path) -> None:
    """The number of trimaps follows from the list of backgrounds."""
    (copy / LICENSED / "trimaps/ball_1.png").unlink()

    with pytest.raises(DatasetError, match=r"missing: .*/trimaps/ball_1\.\*$"):
        composition_1k_cases(copy, copy.parent / "voc")


def test_nothing_is_decoded_before_it_is_wanted(copy: Path) -> None:
    """A damaged file is found when its image's turn comes."""
    (copy / LICENSED / "fg/ball.png").write_bytes(b"nothing")

    cases = composition_1k_cases(copy, copy.parent / "voc")

    assert cases[0].image().shape == (32, 32, 3)
    with pytest.raises(ImageError, match=r"ball\.png"):
        cases[2].image()


def test_trimaps_of_other_greys_are_refused(copy: Path) -> None:
    """The region of a published number is exactly 128."""
    Image.new("L", (32, 32), 100).save(copy / LICENSED / "trimaps/ball_0.png")

    with pytest.raises(TrimapError, match="only 0, 128 and 255"):
        composition_1k_cases(copy, copy.parent / "voc")[2].truth()
