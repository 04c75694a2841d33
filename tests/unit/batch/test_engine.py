"""What of a batch is done, done again, and left alone."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from penumbra.batch import engine
from penumbra.batch.engine import Batch, Rules
from penumbra.batch.folder import JobFolder, hash_of
from penumbra.batch.journal import Record
from penumbra.batch.sources import list_items
from penumbra.batch.triage import Judgement
from penumbra.batch.worker import Worker
from penumbra.core.errors import OutputError
from penumbra.core.matte import Matte
from tests.batch_folders import BUGGY, PASSING, Bench, Inline, paint, settings_for, tree


def judge_by_red(model: str, matte: Matte) -> Judgement:
    """Results that are not opaque somewhere should be looked at."""
    is_good = float(matte.alpha.max()) == 1.0
    return Judgement("ok" if is_good else "review", 1 - float(matte.alpha.max()), (1.0, 1.0))


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Three pictures, two of whose names meet; failures are tried again at once."""
    monkeypatch.setattr("penumbra.batch.worker.judge", judge_by_red)
    monkeypatch.setattr(engine, "PAUSE", 0.0)
    bench = Bench(tmp_path)
    paint(bench.source / "a" / "cat.png")
    paint(bench.source / "a" / "CAT.bmp", (200, 0, 0))
    paint(bench.source / "b" / "cat.png")
    return bench


def test_results_lie_by_verdict_and_none_meets_another(bench: Bench) -> None:
    """Sub-folders are kept, and names that would be one on some systems are told apart."""
    records = bench.run(sides=("alpha",))

    assert sorted(tree(bench.output)) == [
        "alpha/a/CAT.bmp.png",
        "alpha/a/cat.png.png",
        "alpha/b/cat.png",
        "ok/a/cat.png.png",
        "ok/b/cat.png",
        "review/a/CAT.bmp.png",
    ]
    assert records["a/CAT.bmp"].outputs["output"] == "review/a/CAT.bmp.png"
    assert records["a/CAT.bmp"].risk == pytest.approx(1 - 200 / 255)
    assert (records["b/cat.png"].width, records["b/cat.png"].height) == (6, 6)


def test_the_same_again_does_nothing(bench: Bench) -> None:
    """All is done, and touching a file changes nothing of its bytes."""
    bench.run()
    os.utime(bench.source / "b" / "cat.png", (1, 1))

    bench.run()
    bench.run(Rules(is_verified=True))

    assert bench.looks == 3


def test_what_is_missing_is_done_and_nothing_else(bench: Bench) -> None:
    """A lost result, one that was written over, and an input that is new."""
    first = bench.run()
    whole = tree(bench.output)
    (bench.output / "ok" / "b" / "cat.png").unlink()
    (bench.output / first["a/cat.png"].outputs["output"]).write_bytes(b"spoilt")
    paint(bench.source / "new.png")

    bench.run()

    assert bench.looks == 6
    assert {**whole, "ok/new.png": whole["ok/b/cat.png"]} == tree(bench.output)


def test_a_change_that_keeps_size_and_time_is_seen_by_verifying(bench: Bench) -> None:
    """Sizes and times are trusted otherwise, because hashing millions of files takes long."""
    path = bench.source / "a" / "CAT.bmp"
    bench.run()
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(bytes([200]), bytes([201])))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    bench.run()
    assert bench.looks == 3

    bench.run(Rules(is_verified=True))
    assert bench.looks == 4


def test_a_changed_input_leaves_nothing_of_its_old_result(bench: Bench) -> None:
    """Its verdict changed, so the old one would lie in another tree; then it is spoilt."""
    source = bench.source / "a" / "CAT.bmp"
    bench.run(sides=("alpha",))
    paint(source)
    bench.run(sides=("alpha",))

    assert "ok/a/CAT.bmp.png" in tree(bench.output)
    assert not (bench.output / "review").exists()

    source.write_bytes(b"no picture")
    bench.run(sides=("alpha",))

    assert [it for it in tree(bench.output) if "CAT" in it] == ["quarantine/a/CAT.bmp.json"]

    paint(source)
    bench.run(sides=("alpha",))

    assert [it for it in tree(bench.output) if "CAT" in it] == [
        "ok/a/CAT.bmp.png",
        "alpha/a/CAT.bmp.png",
    ]


def test_what_fails_twice_is_quarantined_with_its_reason(bench: Bench) -> None:
    """It is left alone from then on, until somebody asks."""
    (bench.source / "bad.jpg").write_bytes(b"no picture")
    (bench.source / "gone.jpg").symlink_to("nowhere")
    paint(bench.source / "bug.png", BUGGY)

    records = bench.run()
    told = json.loads((bench.output / "quarantine" / "bad.json").read_bytes())

    assert (records["bad.jpg"].tries, records["bad.jpg"].kind) == (2, "ImageError")
    assert told["input"] == "bad.jpg"
    assert told["reason"].startswith("bad.jpg must be ")
    assert records["bug.png"].is_bug
    assert records["bug.png"].reason == "ZeroDivisionError: by zero"
    assert "gone.jpg" not in records  # what a broken link names is no photograph

    again: list[Record] = []
    bench.run(tell=again.append)
    assert again == []

    bench.run(Rules(is_retried=True), tell=again.append)
    assert [it.key for it in again] == ["bad.jpg", "bug.png"]


def test_what_passes_is_tried_again(bench: Bench) -> None:
    """The first try runs out of memory, the second does not."""
    paint(bench.source / "p.png", PASSING)

    records = bench.run()

    assert (records["p.png"].verdict, records["p.png"].tries) == ("review", 2)


def test_an_interrupted_batch_goes_on(bench: Bench) -> None:
    """After any number of inputs, what is there then equals what an uninterrupted run wrote."""
    other = Bench(bench.root / "other")
    for name in ("a/cat.png", "a/CAT.bmp", "b/cat.png"):
        colour = (200, 0, 0) if name == "a/CAT.bmp" else (255, 30, 30)
        paint(other.source / name, colour)
    other.run()

    bench.run(tell=lambda record: bench.stop.ask(2))
    assert bench.looks == 1

    bench.stop.signal = None
    bench.run()
    assert bench.looks == 3
    assert tree(bench.output) == tree(other.output)


def test_a_new_generation_does_everything_anew(bench: Bench) -> None:
    """And goes on with itself, not with the one before, when it is interrupted."""
    bench.run()
    rules = Rules(generation=1)
    bench.run(rules, tell=lambda record: bench.stop.ask(2))
    bench.stop.signal = None
    bench.run(rules)

    assert bench.looks == 6


def test_what_was_reviewed_stays(bench: Bench) -> None:
    """Somebody's work is not lost to a run, unless the input changes."""
    record = bench.run()["a/CAT.bmp"]
    mended = bench.output / "ok" / "a" / "CAT.bmp.png"
    mended.write_bytes(b"mended by hand")
    (bench.output / "review" / "a" / "CAT.bmp.png").unlink()
    hashed = {"output": hash_of(mended) or ""}
    places = {"output": "ok/a/CAT.bmp.png"}
    JobFolder(bench.output).append(
        replace(record, verdict="ok", outputs=places, output_hashes=hashed, is_reviewed=True)
    )

    bench.run()

    assert bench.looks == 3
    assert mended.read_bytes() == b"mended by hand"


def test_a_place_that_cannot_be_written_ends_the_batch(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a full disk would put everything into quarantine."""

    def full(path: object, data: bytes) -> None:
        raise OutputError("out must be writable, got 'no room'") from OSError(28, "no room")

    monkeypatch.setattr("penumbra.batch.cut_job.write_atomically", full)

    with pytest.raises(OutputError, match="no room"):
        bench.run()
    assert JobFolder(bench.output).records() == {}


def test_what_is_gone_keeps_its_result(bench: Bench) -> None:
    """A list names it still, and a share may be away; also when all is done anew."""
    bench.run()
    listing = bench.root / "list.txt"
    listing.write_text("# all of them\nin/a/cat.png\nin/b/cat.png\n")
    folder = JobFolder(bench.root / "listed")
    folder.make()

    def run(generation: int) -> dict[str, Record]:
        batch = Batch(folder, Rules(generation), bench.stop, folder.records())
        worker = Worker(settings_for(folder.root, bench.root / "memory"))
        items = list_items(str(listing), folder.root)
        batch.work(batch.plan(items), Inline(worker, bench.stop), lambda record: None)
        return batch.records

    run(0)
    whole = tree(folder.root)
    (bench.source / "b" / "cat.png").unlink()

    assert len(whole) == 2
    assert run(0)["in/b/cat.png"].verdict == "ok"
    assert run(1)["in/b/cat.png"].verdict == "ok"
    assert tree(folder.root) == whole


def test_doing_all_anew_leaves_what_was_reviewed_and_drops_what_nobody_asks_for(
    bench: Bench,
) -> None:
    """A correction by hand is not done again; mattes that are not wanted any more are removed."""
    records = bench.run(sides=("alpha",))
    folder = JobFolder(bench.output)
    folder.append(replace(records["b/cat.png"], is_reviewed=True))
    before = bench.looks

    bench.run(Rules(generation=1))

    assert bench.looks == before + 2
    assert sorted(tree(bench.output)) == [
        "alpha/b/cat.png",
        "ok/a/cat.png.png",
        "ok/b/cat.png",
        "review/a/CAT.bmp.png",
    ]
