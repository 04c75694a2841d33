"""Sheets, the page, and what somebody decided on it."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from penumbra.core.errors import DatasetError, InputError
from penumbra.data.people_set import read_people
from penumbra.io import load_image
from penumbra.systems.dfimat.synth.job import make_set
from penumbra.systems.dfimat.synth.journal import Line, append_line, read_account
from penumbra.systems.dfimat.synth.review import PAGE, apply_review, write_review
from penumbra.systems.dfimat.synth.sheets import COLOURS, outlines_of
from tests.made_sets import LOOSE, Told, files_below, reading, squares


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A set of three pictures."""
    make_set(tmp_path / "set", Told(), 3, LOOSE)
    return tmp_path / "set"


def decide(root: Path, **decisions: str) -> Path:
    """A file as the page saves it; names without their leading "n"."""
    path = root.parent / "review.json"
    told = {"format": 1, "decisions": {name[1:]: it for name, it in decisions.items()}}
    path.write_text(json.dumps(told))
    return path


def shown(root: Path) -> dict[str, Any]:
    """What the page has been given."""
    (data,) = re.findall(r"^const set = (.*);$", (root / PAGE).read_text("utf-8"), re.MULTILINE)
    told: dict[str, Any] = json.loads(data)
    return told


def test_sheets_show_every_picture_with_outlines(tmp_path: Path) -> None:
    """Twelve on a sheet, in the colours of the people; sheets of an earlier time are gone."""
    make_set(tmp_path, Told(), 13, LOOSE)
    (tmp_path / "sheets").mkdir()
    (tmp_path / "sheets/0009.png").write_bytes(b"old")

    assert write_review(tmp_path) == (2, 13)

    assert sorted(path.name for path in (tmp_path / "sheets").iterdir()) == ["0001.png", "0002.png"]
    sheet = np.rint(255 * load_image(tmp_path / "sheets/0001.png"))
    for colour in COLOURS[:2]:
        is_drawn = np.abs(sheet - colour).max(axis=2) < 40
        assert is_drawn[:360, :368].sum() > 30  # the outline in the first picture
        assert is_drawn[360:480, :368].sum() > 30  # its words


def test_outlines_go_around_people() -> None:
    """A square is four corners; whoever is in two parts has two polygons."""
    alphas = squares((20, 8), (30, 40))
    alphas[1, 0:10, 0:10] = 1

    one, other = outlines_of((alphas > 0.9).astype(np.float32))

    assert sorted(one[0]) == sorted([9, 21, 9, 42, 18, 42, 18, 21])
    assert len(other) == 2


def test_the_page_has_what_nobody_looked_at(root: Path) -> None:
    """Names, paths that lead to the pictures, sizes, captions, sentences."""
    apply_review(root, decide(root, n000001="accept"))

    assert write_review(root) == (1, 2)

    told = shown(root)
    assert told["title"] == "set"
    assert [it["name"] for it in told["pictures"]] == ["000000", "000002"]
    first = told["pictures"][0]
    assert (root / first["image"]).is_file()
    assert first["size"] == [64, 64]
    assert first["caption"] == "two people, number 0"
    assert len(first["texts"]) == len(first["outlines"]) == 2


def test_words_cannot_end_the_page_s_script(tmp_path: Path) -> None:
    """A caption is text, whoever wrote it."""
    evil = "</script><script>alert(1)</script>"
    make_set(tmp_path, Told({0: reading(caption=evil)}), 1, LOOSE)

    write_review(tmp_path)

    page = (tmp_path / PAGE).read_text("utf-8")
    assert page.count("</script>") == 1
    assert shown(tmp_path)["pictures"][0]["caption"] == evil


def test_what_was_rejected_is_moved_and_the_account_is_told(root: Path) -> None:
    """Files lie in `rejected`, whole; card and sums count them; the rest is untouched."""
    before = files_below(root)

    assert apply_review(root, decide(root, n000000="reject", n000001="accept")) == (1, 1)

    assert [it.name for it in read_people(root)] == ["000001", "000002"]
    moved = {Path(path).name: data for path, data in before.items() if "000000" in path}
    assert files_below(root / "rejected/000000") == moved
    account = read_account(root)
    assert [(it.name, it.event) for it in account.lines[-2:]] == [
        ("000000", "removed"),
        ("000001", "approved"),
    ]
    summary = json.loads((root / "summary.json").read_text())
    assert (summary["kept"], summary["removed_by_review"]) == (2, 1)
    assert "| removed by review | 1 |" in (root / "README.md").read_text()


def test_a_review_can_be_applied_again(root: Path) -> None:
    """And nothing changes."""
    review = decide(root, n000000="reject", n000001="accept")
    apply_review(root, review)
    before = files_below(root)

    assert apply_review(root, review) == (0, 0)
    assert files_below(root) == before


def test_what_was_removed_is_replaced_by_others(root: Path) -> None:
    """The job goes on behind the last attempt, and does not make the same one again."""
    apply_review(root, decide(root, n000000="reject"))
    maker = Told()

    summary = make_set(root, maker, 3, LOOSE)

    assert maker.asked == [3]
    assert summary["kept"] == 3
    assert (root / "rejected/000000/00.png").is_file()


def test_a_removal_that_was_cut_short_is_finished(root: Path) -> None:
    """The account was told, and then the machine died."""
    review = decide(root, n000000="reject")
    append_line(root, Line(0, "000000", "removed"))
    (root / "rejected/000000").mkdir(parents=True)
    image = root / "images/train/000000.png"
    image.replace(root / "rejected/000000/000000.png")

    make_set(root, Told(), 2, LOOSE)

    assert sorted(path.name for path in (root / "rejected/000000").iterdir()) == [
        "00.png",
        "000000.png",
        "01.png",
        "meta.json",
    ]
    assert apply_review(root, review) == (0, 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "must be a review as JSON"),
        ("[]", "must be a review of format 1"),
        ('{"decisions": {}}', "must be a review of format 1"),
        ('{"format": 1, "decisions": {"000000": "maybe"}}', "must be a review of format 1"),
        ('{"format": 1, "decisions": {"000009": "accept"}}', "pictures of .*, got '000009'"),
    ],
)
def test_a_review_that_is_none_is_refused(root: Path, text: str, message: str) -> None:
    """And nothing is moved."""
    before = files_below(root)
    path = root.parent / "review.json"
    path.write_text(text)

    with pytest.raises(InputError, match=message):
        apply_review(root, path)

    assert files_below(root) == before


def test_only_a_set_can_be_reviewed(tmp_path: Path) -> None:
    """A folder of anything else is refused before a file is written."""
    with pytest.raises(DatasetError, match="must hold the settings of a set"):
        write_review(tmp_path)
    assert files_below(tmp_path) == {}
