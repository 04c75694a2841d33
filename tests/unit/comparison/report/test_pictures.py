"""Which answers are shown, and that no picture is published that may not be."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from penumbra.comparison.report import pictures
from penumbra.comparison.report.contests import contests
from penumbra.comparison.report.pictures import (
    Example,
    Gallery,
    drawn,
    drawn_row,
    examples,
    rooms_of,
)
from penumbra.core.errors import OutputError
from tests.scenes import soft_disk
from tests.unit.comparison.report.records import SIZE, find, journal, record, several


def test_best_median_and_worst_are_shown() -> None:
    (contest,) = contests(several("aim", [5, 1, 4, 2, 3]))

    shown = {it.rank: it.record.picture for it in examples(contest, "aim", False)}

    assert shown == {"best": "b", "median": "e", "worst": "a"}


@pytest.mark.parametrize(("sads", "ranks"), [([2], ["best"]), ([2, 1], ["best", "worst"])])
def test_few_pictures_are_not_shown_twice(sads: list[float], ranks: list[str]) -> None:
    (contest,) = contests(several("aim", sads))

    assert [it.rank for it in examples(contest, "aim", False)] == ranks


def test_only_rooms_and_auto_are_shown() -> None:
    (contest,) = contests([record(name) for name in ("aim", "auto", "u2net (onnx)")])

    assert rooms_of(contest) == ("auto", "aim")


def test_pictures_that_are_not_free_are_not_chosen_for_publishing() -> None:
    held = [replace(it, is_free=it.picture == "c") for it in several("aim", [1, 2, 3])]
    (contest,) = contests(held)

    published = examples(contest, "aim", True)

    assert [it.record.picture for it in published] == ["c"]
    assert len(examples(contest, "aim", False)) == 3


def test_a_picture_that_is_not_free_cannot_be_drawn_for_publishing(tmp_path: Path) -> None:
    """The second lock: whatever was chosen, the one place that draws refuses it."""
    unfree = record(is_free=False)
    journal(tmp_path, [unfree])
    example = Example("worst", unfree)

    with pytest.raises(OutputError, match="free to be published"):
        Gallery(tmp_path, find, True).row(example, 32)
    with pytest.raises(OutputError, match="free to be published"):
        drawn(Gallery(tmp_path, find, True), [example])
    assert Gallery(tmp_path, find, False).row(example, 32).data


def test_a_row_shows_photograph_truth_matte_and_cut_out() -> None:
    scene = find("drawn", "a")
    nothing = np.zeros((SIZE, SIZE), np.float32)

    row = drawn_row(scene, nothing, SIZE)

    photograph, truth, matte, cut = (row[:, place * (SIZE + 4) :][:, :SIZE] for place in range(4))
    np.testing.assert_allclose(photograph, 0.25, atol=1e-6)
    np.testing.assert_allclose(truth[:, :, 0], soft_disk(SIZE), atol=1e-6)
    assert not matte.any()
    assert set(np.unique(cut.round(2))) == {np.float32(0.65), np.float32(0.9)}


def test_a_row_is_captioned_and_described(tmp_path: Path) -> None:
    journal(tmp_path, [record("aim", sad=1.5)])

    row = Gallery(tmp_path, find, False).row(Example("best", record("aim", sad=1.5)), 32)

    assert row.file == "pictures/none-aim-drawn-best.webp"
    assert row.caption == "best, a: SAD 1.50"
    assert row.alt.startswith("aim, drawn, given the picture alone, best, a: SAD 1.50")


def test_files_that_are_gone_are_left_out(tmp_path: Path) -> None:
    held = [record(picture="lost"), record(picture="a"), record(picture="b")]
    journal(tmp_path, held)
    (tmp_path / "mattes" / "aim" / "drawn" / "b.png").unlink()

    rows = drawn(Gallery(tmp_path, find, False), [Example("best", it) for it in held])

    assert [it.record.picture for it in rows] == ["a"]


def test_what_is_published_is_drawn_smaller_until_it_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal(tmp_path, [record()])
    gallery, example = Gallery(tmp_path, find, True), Example("best", record())
    sizes = [len(gallery.row(example, side).data) for side in pictures.PUBLISHED_SIDES]
    assert sizes == sorted(sizes, reverse=True)

    monkeypatch.setattr(pictures, "PUBLISHED_BYTES", sizes[2] + 1)
    (row,) = drawn(gallery, [example]).values()
    assert len(row.data) == sizes[2]

    monkeypatch.setattr(pictures, "PUBLISHED_BYTES", 10)
    with pytest.raises(OutputError, match="must fit into 10 bytes"):
        drawn(gallery, [example])
