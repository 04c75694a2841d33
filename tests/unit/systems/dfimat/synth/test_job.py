"""Making sets, whatever happens on the way."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from penumbra.core.arrays import RGB, Mask
from penumbra.core.errors import ConvergenceError, InputError
from penumbra.data.attributes import attributes_of
from penumbra.data.people_set import QUARANTINE, read_people
from penumbra.data.sentences import claims_about
from penumbra.io import load_image
from penumbra.systems.dfimat.synth import job
from penumbra.systems.dfimat.synth.gates import GateSettings
from penumbra.systems.dfimat.synth.job import make_set
from penumbra.systems.dfimat.synth.journal import REPORT, read_account
from penumbra.systems.dfimat.synth.reading import Answers, Reading, Refused
from tests.made_sets import LOOSE, Told, files_below, reading, squares

NOBODY = reading(answers=Answers(np.zeros((3, 64, 64), np.float32), np.ones(3, np.float32)))
DRY = Refused("no_paint", "the tubes are dry")
BAD: dict[int, Reading | Refused] = {1: DRY, 2: NOBODY, 4: reading(0)}
"""Attempts that fail: nothing is made, nobody is in it, it was there before."""

HOW = replace(LOOSE, gates=replace(LOOSE.gates, distance=6))


def rows(root: Path) -> list[tuple[int, str, str | None]]:
    """Number, event and reason of every line."""
    return [(it.number, it.event, it.reason) for it in read_account(root).lines]


def test_pictures_are_made_until_there_are_enough(tmp_path: Path) -> None:
    """Every attempt has a line; only what was kept has files."""
    maker = Told(BAD)

    summary = make_set(tmp_path, maker, 4, HOW)

    assert maker.asked == [0, 1, 2, 3, 4, 5, 6]
    assert rows(tmp_path) == [
        (0, "kept", None),
        (1, "rejected", "no_paint"),
        (2, "rejected", "no_person"),
        (3, "kept", None),
        (4, "rejected", "novelty"),
        (5, "kept", None),
        (6, "kept", None),
    ]
    names = [it.name for it in read_people(tmp_path)]
    assert names == ["000000", "000003", "000005", "000006"]
    assert (summary["kept"], summary["attempts"], summary["people"]) == (4, 7, 8)
    assert json.loads((tmp_path / "summary.json").read_text()) == summary
    details = [it.detail for it in read_account(tmp_path).lines]
    assert details[1] == "the tubes are dry"
    assert str(details[4]).startswith("gate novelty failed: distance 0")


def test_meta_says_all_that_is_known(tmp_path: Path) -> None:
    """As the sheet lists it: caption, texts, boxes, n, seed, model, gates, order."""
    make_set(tmp_path, Told({0: reading(order=(2, 1, 0))}), 1, HOW)

    (picture,) = read_people(tmp_path)
    meta = picture.meta

    assert meta["caption"] == "two people, number 0"
    assert meta["n"] == 2
    assert meta["boxes"] == [[8, 20, 20, 44], [40, 24, 52, 48]]
    assert meta["seed"] == 0
    assert meta["model"] == {"name": "told", "steps": 50}
    assert meta["order"] == [1, 0]
    assert meta["gates"]["novelty"]["verdict"] == "passed"
    assert meta["gates"]["coverage"] == {"verdict": "not measured"}
    assert meta["slots"] == {"place": "place 0", "pose": "pose 0", "n": "2"}
    assert all(set(it) == {"text", "kind", "unique"} for each in meta["texts"] for it in each)


def test_an_order_that_nobody_knows_is_none(tmp_path: Path) -> None:
    """And no sentence speaks of it."""
    make_set(tmp_path, Told(), 3, HOW)

    for picture in read_people(tmp_path):
        assert picture.meta["order"] == []
        kinds = {it["kind"] for each in picture.meta["texts"] for it in each}
        assert "order" not in kinds


def test_every_sentence_is_true_of_one_person_alone(tmp_path: Path) -> None:
    """In the files as they are written; up to three for each."""
    three = Answers(squares((20, 4), (24, 24), (30, 46)), np.ones(3, np.float32))
    readings = {
        k: reading(k, answers=three, asked=3, order=(0, 1, 2), is_exact=True) for k in range(4)
    }
    make_set(tmp_path, Told(readings), 4, replace(HOW, suffix=".jpg"))

    for picture in read_people(tmp_path):
        about = attributes_of(picture.image, picture.alphas, picture.meta["order"])
        holds = {it.sentence.text: it.holds for it in claims_about(about)}
        for person, texts in enumerate(picture.texts):
            assert 1 <= len(texts) <= 3
            assert all(holds[text] == (person,) for text in texts)


def test_what_is_judged_is_what_is_written(tmp_path: Path) -> None:
    """JPEG changes colours, of which sentences and gates speak."""
    seen = list[RGB]()

    def detector(image: RGB) -> list[Mask]:
        seen.append(image)
        return []

    make_set(tmp_path, Told(), 1, replace(HOW, suffix=".jpg"), detector=detector)

    np.testing.assert_array_equal(seen[0], load_image(tmp_path / "images/train/000000.jpg"))


def test_a_line_comes_after_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads the account finds what it speaks of."""

    def stop(root: Path, files: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(job, "write_files", stop)
    with pytest.raises(KeyboardInterrupt):
        make_set(tmp_path, Told(), 1, HOW)

    assert read_account(tmp_path).lines == ()


def test_a_second_run_does_nothing(tmp_path: Path) -> None:
    """Nothing is made, nothing is changed."""
    make_set(tmp_path, Told(BAD), 4, HOW)
    before, maker = files_below(tmp_path), Told(BAD)

    make_set(tmp_path, maker, 4, HOW)

    assert maker.asked == []
    assert files_below(tmp_path) == before


def test_a_set_can_be_added_to(tmp_path: Path) -> None:
    """As if all had been wanted at once."""
    make_set(tmp_path / "a", Told(BAD), 2, HOW)
    make_set(tmp_path / "a", Told(BAD), 5, HOW)
    make_set(tmp_path / "b", Told(BAD), 5, HOW)

    assert files_below(tmp_path / "a") == files_below(tmp_path / "b")


def test_whatever_a_killed_job_left_is_made_good(tmp_path: Path) -> None:
    """Before a file, between files, after all files but before the line, within the line."""
    make_set(tmp_path / "whole", Told(BAD), 4, HOW)
    for step in range(5):
        root = tmp_path / f"step-{step}"
        shutil.copytree(tmp_path / "whole", root)
        lines = (root / REPORT).read_bytes().splitlines(keepends=True)
        torn = lines[-1][: 20 * step] if step == 4 else b""
        (root / REPORT).write_bytes(b"".join(lines[:-1]) + torn)
        if step <= 2:
            shutil.rmtree(root / "alphas/train/000006")
        if step == 1:
            (root / "alphas/train/.penumbra-0.part").mkdir()
        if step == 0:
            (root / "images/train/000006.png").unlink()
        if step == 3:
            (root / "images/train/000006.png").write_bytes(b"of another job")

        make_set(root, Told(BAD), 4, HOW)

        assert files_below(root) == files_below(tmp_path / "whole")


@pytest.mark.parametrize("is_lost", [False, True])
def test_what_is_damaged_goes_to_quarantine_and_is_made_anew(tmp_path: Path, is_lost: bool) -> None:
    """The same bytes as before; the account tells what happened."""
    make_set(tmp_path, Told(BAD), 4, HOW)
    before = files_below(tmp_path)
    damaged = tmp_path / "alphas/train/000003/01.png"
    if is_lost:
        damaged.unlink()
    else:
        damaged.write_bytes(damaged.read_bytes()[:-7])
    maker = Told(BAD)

    summary = make_set(tmp_path, maker, 4, HOW)

    assert maker.asked == [3]
    after = files_below(tmp_path)
    assert {path: after[path] for path in before if path.startswith(("images", "alphas"))} == {
        path: data for path, data in before.items() if path.startswith(("images", "alphas"))
    }
    assert rows(tmp_path)[-2:] == [(3, "quarantined", "damaged"), (3, "kept", None)]
    reason = (tmp_path / QUARANTINE / "000003/reason.txt").read_text()
    assert ("must be there" if is_lost else "must have sha256") in reason
    assert summary["quarantined"] == 1
    assert summary["kept"] == 4


def test_what_reading_moved_away_is_made_anew(tmp_path: Path) -> None:
    """Whoever finds a damaged picture need not be the job."""
    make_set(tmp_path, Told(), 2, HOW)
    before = (tmp_path / "images/train/000000.png").read_bytes()
    (tmp_path / "images/train/000000.png").write_bytes(b"nothing")
    assert len(list(read_people(tmp_path, is_quarantining=True))) == 1

    make_set(tmp_path, Told(), 2, HOW)

    assert (tmp_path / "images/train/000000.png").read_bytes() == before
    assert len(list(read_people(tmp_path))) == 2


def test_what_cannot_be_made_again_is_replaced(tmp_path: Path) -> None:
    """A maker that answers something else now has one picture less, and makes another."""
    make_set(tmp_path, Told(), 2, HOW)
    shutil.rmtree(tmp_path / "alphas/train/000000")

    summary = make_set(tmp_path, Told({0: DRY}), 2, HOW)

    assert summary["kept"] == 2
    assert rows(tmp_path)[2:] == [
        (0, "quarantined", "damaged"),
        (0, "rejected", "no_paint"),
        (2, "kept", None),
    ]


def test_a_picture_that_is_none_is_a_line_of_the_account(tmp_path: Path) -> None:
    """Such as one with numbers that are not finite; the job goes on."""

    class Broken(Told):
        def make(self, number: int) -> Reading | Refused:
            image = np.full((64, 64, 3), np.nan if number == 0 else 0.5, np.float32)
            return reading(number, image=image)

    make_set(tmp_path, Broken(), 1, HOW)

    assert rows(tmp_path) == [(0, "rejected", "no_image"), (1, "kept", None)]
    assert "must be finite" in str(read_account(tmp_path).lines[0].detail)


def test_too_few_good_ones_end_a_job(tmp_path: Path) -> None:
    """What was kept stays, with its card; more tries go on."""
    bad = {number: DRY for number in range(1, 6)}

    with pytest.raises(ConvergenceError, match="must be 2 after 4 attempts, got 1"):
        make_set(tmp_path, Told(bad), 2, HOW, tries=2)

    assert "1 pictures of 2 people" in (tmp_path / "README.md").read_text()
    assert make_set(tmp_path, Told(bad), 2, HOW, tries=4)["kept"] == 2


def test_other_settings_are_refused(tmp_path: Path) -> None:
    """Of the maker, of the gates, and of the files."""
    make_set(tmp_path, Told(), 1, HOW)

    for maker, how, name in (
        (Told(record={"seed": 1}), HOW, "seed"),
        (Told(), replace(HOW, gates=GateSettings()), r"gates\.transition"),
        (Told(), replace(HOW, suffix=".jpg"), "suffix"),
    ):
        with pytest.raises(InputError, match=f"setting {name} must be"):
            make_set(tmp_path, maker, 1, how)


def test_everything_is_told(tmp_path: Path) -> None:
    """Each attempt, and how many are still wanted."""
    told = []
    make_set(tmp_path, Told(BAD), 2, HOW, tell=lambda line, left: told.append((line.name, left)))

    assert told == [("000000", 1), ("000001", 1), ("000002", 1), ("000003", 0)]
