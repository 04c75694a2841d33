"""What a person decides, written into the folder of a batch."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from penumbra.batch.engine import Batch, Rules
from penumbra.batch.folder import JobFolder
from penumbra.batch.hint_files import hint_files
from penumbra.batch.journal import Record
from penumbra.batch.review import Decisions, check_weights, retell
from penumbra.batch.sources import list_items
from penumbra.batch.stop import Stop
from penumbra.core.errors import InputError, OutputError
from penumbra.core.hints import Click, Hints
from penumbra.io import Photograph, encode_alpha, encode_cutout, read_photograph
from penumbra.session.cutout import lift_off
from penumbra.session.session import Session
from tests.likeness import load
from tests.review_piles import WISH, made


@pytest.fixture
def folder(tmp_path: Path) -> JobFolder:
    """Two results in review, each with its matte beside it."""
    return made(tmp_path)


def seen(folder: JobFolder, record: Record, *clicks: Click) -> tuple[Photograph, Session[Any]]:
    """Return what the page has at hand when clicks were made."""
    photograph = read_photograph(Decisions(folder, WISH).photograph_of(record))
    session = Session(load("aim"), photograph.rgb)
    session.apply(Hints())
    if clicks:
        session.apply(Hints(clicks=clicks), load("clicks"))
    return photograph, session


def tree(folder: JobFolder) -> set[str]:
    """Return the files of results."""
    files = (it for it in folder.root.rglob("*") if it.is_file() and ".penumbra" not in it.parts)
    return {file.relative_to(folder.root).as_posix() for file in files}


def test_what_nobody_changed_is_the_file_of_the_batch(folder: JobFolder) -> None:
    """It moves to ok/, byte for byte, and leaves the pile."""
    record = folder.records()["sub/b.png"]
    before = (folder.root / "review/sub/b.png").read_bytes()

    Decisions(folder, WISH).accept(record, *seen(folder, record), is_changed=False)

    now = folder.records()["sub/b.png"]
    assert (folder.root / "ok/sub/b.png").read_bytes() == before
    assert tree(folder) == {"ok/sub/b.png", "review/a.png", "alpha/a.png", "alpha/sub/b.png"}
    assert now.outputs == {"output": "ok/sub/b.png", "alpha": "alpha/sub/b.png"}
    assert (now.verdict, now.is_reviewed, now.hints) == ("ok", True, None)
    assert now.output_hashes == record.output_hashes
    assert [it.key for it in folder.pile()] == ["a.png"]


def test_a_correction_is_written_as_the_batch_writes(folder: JobFolder) -> None:
    """All results of the photograph, and the journal knows what was said."""
    record = folder.records()["a.png"]
    photograph, session = seen(folder, record, Click(3.5, 4.5))

    Decisions(folder, WISH).accept(record, photograph, session, is_changed=True)

    assert session.matte is not None
    cutout = lift_off(photograph, session.matte)
    now = folder.records()["a.png"]
    assert (folder.root / "ok/a.png").read_bytes() == encode_cutout(cutout, ".png", photograph)
    assert (folder.root / "alpha/a.png").read_bytes() == encode_alpha(cutout.alpha)
    assert not (folder.root / "review/a.png").exists()
    assert (now.model, now.notes, now.is_reviewed) == ("clicks", ("1 clicks",), True)
    assert now.output_hashes["alpha"] != record.output_hashes["alpha"]
    assert now.hints is not None
    assert now.hints["clicks"] == [{"x": 3.5, "y": 4.5, "is_foreground": True}]


def test_a_result_that_is_gone_is_made_again(folder: JobFolder) -> None:
    """Somebody deleted the file in review/; what the page shows is the same."""
    record = folder.records()["a.png"]
    before = (folder.root / "review/a.png").read_bytes()
    (folder.root / "review/a.png").unlink()

    Decisions(folder, WISH).accept(record, *seen(folder, record), is_changed=False)

    assert (folder.root / "ok/a.png").read_bytes() == before


def test_a_map_of_doubt_is_not_kept_for_another_matte(folder: JobFolder) -> None:
    """The model that corrected may not say how sure it is."""
    record = folder.records()["a.png"]
    (folder.root / "uncertainty").mkdir()
    (folder.root / "uncertainty/a.png").write_bytes(b"of the matte before")
    record = replace(record, outputs={**record.outputs, "uncertainty": "uncertainty/a.png"})

    now = Decisions(folder, WISH).accept(record, *seen(folder, record), is_changed=True)

    assert "uncertainty" not in now.outputs
    assert not (folder.root / "uncertainty/a.png").exists()


def test_a_rejected_result_is_a_note_in_quarantine(folder: JobFolder) -> None:
    """No file of the photograph is left, and the journal says that it was a person."""
    record = folder.records()["sub/b.png"]

    Decisions(folder, WISH).reject(record)

    now = folder.records()["sub/b.png"]
    assert tree(folder) == {"quarantine/sub/b.json", "review/a.png", "alpha/a.png"}
    told = json.loads((folder.root / "quarantine/sub/b.json").read_text())
    assert told == {"input": "sub/b.png", "kind": "Rejected", "reason": "rejected by a person"}
    assert (now.verdict, now.kind, now.is_reviewed) == ("quarantine", "Rejected", True)
    assert now.outputs == {}


def test_a_resumed_batch_leaves_decisions_alone(folder: JobFolder, tmp_path: Path) -> None:
    """Neither what was accepted nor what was rejected is done again, until the input changes."""
    decisions, records = Decisions(folder, WISH), folder.records()
    record = records["a.png"]
    decisions.accept(record, *seen(folder, record, Click(3.5, 4.5)), is_changed=True)
    decisions.reject(records["sub/b.png"])
    items = list_items(str(tmp_path / "in"), folder.root)

    assert Batch(folder, Rules(), Stop(), records=folder.records()).plan(items) == []
    verified = Batch(folder, Rules(is_verified=True), Stop(), records=folder.records())
    assert verified.plan(items) == []
    (tmp_path / "in/a.png").write_bytes((tmp_path / "in/sub/b.png").read_bytes())
    items = list_items(str(tmp_path / "in"), folder.root)
    todo = Batch(folder, Rules(), Stop(), records=folder.records()).plan(items)
    assert [item.key for item in todo] == ["a.png"]


def test_a_hint_belongs_to_what_was_seen(tmp_path: Path) -> None:
    """A photograph with its mask is the one that the batch saw, and not with another mask."""
    for width, name in ((32, "a.png"), (33, "sub/b.png")):
        (tmp_path / "masks" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (width, 24), 255).save(tmp_path / "masks" / name)
    masks = hint_files("mask", tmp_path / "masks", is_several=True)
    wish = replace(WISH, model="classical", files=masks)
    folder = made(tmp_path, wish)
    decisions, record = Decisions(folder, wish), folder.records()["a.png"]

    assert decisions.photograph_of(record) == (tmp_path / "in/a.png").read_bytes()
    assert decisions.hints_of(record).mask is not None
    Image.new("L", (32, 24), 0).save(tmp_path / "masks/a.png")
    with pytest.raises(InputError, match=r"a\.png must be as the batch saw it"):
        decisions.photograph_of(record)


def test_a_photograph_must_be_the_one_that_was_seen(folder: JobFolder, tmp_path: Path) -> None:
    decisions, records = Decisions(folder, WISH), folder.records()
    (tmp_path / "in/a.png").unlink()
    (tmp_path / "in/sub/b.png").write_bytes(b"another")

    with pytest.raises(InputError, match=r"a\.png must be readable, got No such file"):
        decisions.photograph_of(records["a.png"])
    with pytest.raises(InputError, match="as the batch saw it, got another file"):
        decisions.photograph_of(records["sub/b.png"])


def test_what_cannot_be_written_is_not_in_the_journal(folder: JobFolder) -> None:
    """A file stands where the folder ok/ must be."""
    record = folder.records()["a.png"]
    (folder.root / "ok").write_bytes(b"")
    at_hand = seen(folder, record)

    for is_changed in (False, True):
        with pytest.raises(OutputError):
            Decisions(folder, WISH).accept(record, *at_hand, is_changed=is_changed)
    assert folder.records()["a.png"] == record
    assert (folder.root / "review/a.png").exists()


def test_other_weights_are_refused(folder: JobFolder) -> None:
    """What they answer would not be what lies in the pile."""
    manifest = folder.manifest()
    check_weights(manifest)

    with pytest.raises(InputError, match="weights of aim must be those of the batch"):
        check_weights({**manifest, "weights": {"aim.onnx": "0" * 64}})


def test_report_and_summary_tell_what_was_decided(folder: JobFolder) -> None:
    """Whatever else the summary says stays."""
    decisions, records = Decisions(folder, WISH), folder.records()
    decisions.reject(records["a.png"])
    record = records["sub/b.png"]
    decisions.accept(record, *seen(folder, record), is_changed=False)
    retell(folder)  # of a batch that was killed
    assert not folder.summary.exists()
    folder.summary.write_text(json.dumps({"inputs": 2, "ok": 0, "review": 2, "quarantine": 0}))

    retell(folder)

    assert json.loads(folder.summary.read_text()) == {
        "inputs": 2,
        "ok": 1,
        "review": 0,
        "quarantine": 1,
        "reviewed": 2,
        "failures": {"Rejected": 1},
    }
    lines = [json.loads(line) for line in folder.report.read_text().splitlines()]
    assert [(line["key"], line["verdict"]) for line in lines] == [
        ("a.png", "quarantine"),
        ("sub/b.png", "ok"),
    ]
