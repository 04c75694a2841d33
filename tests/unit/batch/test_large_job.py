"""Photographs that are cut out piece by piece."""

from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from penumbra.batch import large_job
from penumbra.batch.cut_job import Course, Wish, run_job
from penumbra.batch.hint_files import hint_files
from penumbra.batch.inputs import Job
from penumbra.batch.large_job import is_large
from penumbra.batch.report import Status
from penumbra.batch.settings import Settings
from penumbra.batch.sources import Item
from penumbra.batch.worker import Worker
from penumbra.core.finish import Finish
from penumbra.core.hints import Hints
from penumbra.core.predictor import Predictor
from penumbra.io import load_alpha, save_alpha, save_image
from penumbra.large import cut as large_cut
from penumbra.large import vips
from penumbra.systems.registry import load_predictor
from tests.large_scenes import RedCloser
from tests.scenes import photograph, soft_disk

pytest.importorskip("pyvips", reason="needs the extra 'large'")

SIZE = 96
WISH = Wish(Hints(), None, "dim", "any", None)


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Job:
    """A photograph that counts as large, and where its cut-out goes."""
    monkeypatch.setattr(large_job, "LARGE", SIZE * SIZE)
    scene = photograph(soft_disk(SIZE, radius=30, edge=8))
    save_image(tmp_path / "photo.png", scene.image)
    save_alpha(tmp_path / "trimap.png", scene.trimap(2))
    save_alpha(tmp_path / "mask.png", (scene.alpha > 0.5).astype(np.float32))
    return Job(tmp_path / "photo.png", PurePath("photo.png"), output=tmp_path / "out" / "o.png")


def with_file(kind: str, job: Job, **changes: object) -> Wish:
    assert job.source is not None
    files = hint_files(kind, job.source.with_name(f"{kind}.png"), False)  # type: ignore[arg-type]
    return replace(WISH, files=files, **changes)  # type: ignore[arg-type]


def test_a_large_photograph_is_cut_out_with_its_trimap(job: Job, tmp_path: Path) -> None:
    """Beside the cut-out its alpha and doubt; the report tells size, model and how it was seen."""
    job = replace(job, alpha=tmp_path / "a.png", uncertainty=tmp_path / "u.png")

    entry = run_job(job, with_file("trimap", job), load_predictor)

    assert entry.reason is None
    assert (entry.width, entry.height, entry.model) == (SIZE, SIZE, "dim")
    assert entry.notes[-1].startswith("seen at 96x96 pixels")
    assert entry.empty is False
    assert job.output is not None
    assert job.output.is_file()
    truth = soft_disk(SIZE, radius=30, edge=8)
    assert np.abs(load_alpha(tmp_path / "a.png") - truth).mean() < 0.02
    assert load_alpha(tmp_path / "u.png").max() > 0


@pytest.mark.parametrize("kind", ["mask", "scribbles"])
def test_other_hints_are_files_too(job: Job, kind: str) -> None:
    """A mask is shrunk, and scribbles are."""
    assert job.source is not None
    strokes = np.full((SIZE, SIZE), 0.5, np.float32)
    strokes[46:50, 30:66], strokes[2:5] = 1, 0
    save_alpha(job.source.with_name("scribbles.png"), strokes)

    entry = run_job(job, with_file(kind, job, model="classical"), load_predictor)

    assert entry.status is Status.DONE
    assert entry.notes[-1].startswith("seen at")


def test_bytes_will_do(job: Job) -> None:
    """A batch hands them over; where results go is settled when the matte is there."""
    assert job.source is not None
    asked: list[tuple[int, int] | None] = []

    def settle(late: Job, course: Course) -> Job:
        asked.append(course.size)
        return replace(late, output=job.output)

    def load(name: str) -> Predictor[Any]:
        return RedCloser() if name == "dim" else load_predictor(name)

    late = Job(None, PurePath("photo.png"), data=job.source.read_bytes())
    course = Course()
    large_job.cut_large(late, replace(WISH, model="aim"), load, course, settle)

    assert asked == [(SIZE, SIZE)]
    assert course.matte is not None
    assert job.output is not None
    assert job.output.is_file()


def test_a_failure_is_an_answer(job: Job) -> None:
    """As with small photographs."""
    assert job.source is not None
    job.source.write_bytes(job.source.read_bytes()[:-400])

    entry = run_job(job, with_file("trimap", job), load_predictor)

    assert entry.status is Status.FAILED
    assert entry.reason is not None
    assert "must be a whole PNG file" in entry.reason


def test_what_needs_the_whole_is_done_with_the_whole(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looks, people, a page, sessions, other kinds of files; small ones; without the extra."""
    assert is_large(job, WISH)
    assert not is_large(job, replace(WISH, finish=Finish()))
    assert not is_large(job, replace(WISH, is_each_person=True))
    assert not is_large(job, replace(WISH, page=1))
    assert not is_large(replace(job, session=tmp_path / "s.json"), WISH)
    assert not is_large(replace(job, output=tmp_path / "o.webp"), WISH)
    assert not is_large(replace(job, source=None), WISH)
    assert not is_large(replace(job, source=tmp_path / "none.png"), WISH)
    monkeypatch.setattr(large_job, "LARGE", SIZE * SIZE + 1)
    assert not is_large(job, WISH)
    monkeypatch.setattr(large_job, "LARGE", 1)
    monkeypatch.setattr(large_job, "has_vips", lambda: False)
    assert not is_large(job, WISH)
    assert vips.has_vips()


def test_a_batch_knows_the_doubtful_spot_in_pixels_of_the_photograph(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The matte that is judged is a small one; a reviewer is led to a place on the large one."""
    assert job.source is not None
    monkeypatch.setattr(large_cut, "SMALL", 24 * 24)
    item = Item("photo.png", str(job.source), name="photo.png")
    worker = Worker(Settings(tmp_path / "results", with_file("trimap", job)))

    record = worker.attempt(item).record

    assert record.reason is None
    assert record.spot is not None
    distance = np.hypot(record.spot[0] - SIZE / 2, record.spot[1] - SIZE / 2)
    assert abs(distance - 30) < 12  # the edge of the disk


def test_pieces_and_the_whole_agree(job: Job, tmp_path: Path) -> None:
    """With the same trimap the limit on size changes little: the small picture is the large one."""
    wish = with_file("trimap", job)
    job = replace(job, alpha=tmp_path / "pieces.png")
    run_job(job, wish, load_predictor)
    large_job.LARGE = SIZE * SIZE + 1  # the fixture puts it back
    run_job(replace(job, alpha=tmp_path / "whole.png"), wish, load_predictor)

    pieces, whole = load_alpha(tmp_path / "pieces.png"), load_alpha(tmp_path / "whole.png")

    assert_allclose(pieces, whole, rtol=0, atol=0.06)
