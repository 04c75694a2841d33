"""The pictures that a comparison asks about."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from penumbra.comparison.record import write_run
from penumbra.comparison.scenes import Places, spread
from penumbra.comparison.sets import check_groups, finder, groups_of
from penumbra.core.composite import composite
from penumbra.core.cutout import Cutout
from penumbra.core.errors import InputError
from penumbra.core.matte import Matte
from penumbra.data.procedural.families import FAMILIES
from penumbra.io import save_cutout, save_image
from tests.held_sets import red_on_blue, square, write_natural, write_portraits


def places(tmp_path: Path, mattes: Path | None = None) -> Places:
    return Places(tmp_path / "data", mattes, tmp_path / "made")


def test_what_is_there_is_asked_about_and_the_rest_is_said(tmp_path: Path) -> None:
    write_natural(write_portraits(tmp_path / "data"))

    groups, left_out = groups_of(places(tmp_path))

    by_name = {group.name: group for group in groups}
    assert list(by_name) == ["natural", "natural-ten", "portraits", "drawn"]
    assert [case.picture for case in by_name["natural"].cases] == ["GT02"]
    assert [case.picture for case in by_name["natural-ten"].cases] == ["GT03"]
    assert by_name["natural-ten"].protocols == {"trimap"}
    assert "must be a folder that holds feral_cats" in left_out["cats"]
    assert set(left_out) == {
        "animals",
        "soft hair",
        "street",
        "cats",
        "moving",
        "instances",
        "composites",
    }


def test_without_data_drawn_pictures_are_left(tmp_path: Path) -> None:
    groups, left_out = groups_of(Places(None, None, tmp_path))

    assert [group.name for group in groups] == ["drawn"]
    assert left_out["natural"] == "no data was given"
    assert all(case.is_free for case in groups[0].cases)
    assert {case.kind for case in groups[0].cases} == set(FAMILIES)
    # Packs write names of this form for what other seeds drew; see `leaks`.
    assert not any(case.origin.startswith("procedural/") for case in groups[0].cases)


def test_a_mask_is_the_truth_and_has_no_trimap(tmp_path: Path) -> None:
    write_portraits(tmp_path / "data")

    groups, _ = groups_of(places(tmp_path))
    scene = groups[0].cases[1].read()

    assert_array_equal(scene.alpha_true, square(3))
    assert scene.trimap is None
    assert not groups[0].cases[1].is_free


def test_a_drawn_picture_is_what_its_layers_make_and_is_kept(tmp_path: Path) -> None:
    """Its colours are exact: the colour error of the truth must be nothing."""
    cases = groups_of(Places(None, None, tmp_path))[0][0].cases
    case = next(case for case in cases if case.kind == "blurred")

    first = case.read()
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.png")}
    again = case.read()

    assert len(files) == 3
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.png")} == files
    assert_array_equal(first.image, again.image)
    assert first.foreground_true is not None
    over_itself = composite(first.foreground_true, first.image, first.alpha_true)
    is_opaque = first.alpha_true == 1
    assert is_opaque.any()
    assert np.abs(over_itself - first.image)[is_opaque].max() <= 1 / 255


def test_composites_lay_what_was_held_aside_over_places(tmp_path: Path) -> None:
    data = write_natural(write_portraits(tmp_path / "data", 1))
    (data / "bg").mkdir()
    save_image(data / "bg" / "bsds_117025.png", np.full((30, 40, 3), 0.5, np.float32))
    alpha, mattes = square(), tmp_path / "mattes" / "portrait_eg"
    mattes.mkdir(parents=True)
    cutout = Cutout(red_on_blue(np.ones_like(alpha)), alpha, red_on_blue(alpha), Matte(alpha))
    save_cutout(mattes / "00000.png", cutout)

    with_people = groups_of(places(tmp_path, tmp_path / "mattes"))[0]
    without = groups_of(Places(data, None, tmp_path / "other"))[0]
    by_name = {group.name: group for group in with_people}
    scene = by_name["composites"].cases[1].read()

    names = [case.picture for case in by_name["composites"].cases]
    assert names == ["natural-GT02", "portrait-00000"]
    assert [case.origin for case in by_name["composites"].cases][1] == "portrait_eg/00000"
    assert 190_000 < scene.alpha_true.size < 210_000
    assert scene.trimap is not None
    assert scene.image[scene.alpha_true == 1].mean(axis=0) == pytest.approx([1, 0, 0], abs=0.02)
    assert scene.image[scene.alpha_true == 0].mean() == pytest.approx(0.5, abs=0.01)
    poor = next(group for group in without if group.name == "composites")
    assert [case.picture for case in poor.cases] == ["natural-GT02"]
    assert "No portraits" in poor.note


def test_a_picture_is_found_again(tmp_path: Path) -> None:
    """The report shows pictures by the names of the records."""
    data = write_portraits(tmp_path / "data")
    write_run(tmp_path, {"of": {"object_mattes": None}})

    find = finder(tmp_path, data)

    assert_array_equal(find("portraits", "00002").alpha_true, square(4))
    with pytest.raises(InputError, match="got portraits/nobody"):
        find("portraits", "nobody")


def test_pictures_are_taken_evenly() -> None:
    assert spread(3, 10) == [0, 1, 2]
    assert spread(100, 4) == [0, 25, 50, 75]
    assert spread(0, 4) == []


def test_a_group_that_there_is_not_is_refused() -> None:
    check_groups(["cats", "drawn"])
    with pytest.raises(InputError, match="group must be one of natural, natural-ten"):
        check_groups(["dogs"])
