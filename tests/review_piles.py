"""Folders of batches with something to review, made in this process by cheap models."""

from dataclasses import replace
from pathlib import Path

from penumbra.batch.cut_job import Wish
from penumbra.batch.folder import JobFolder
from penumbra.batch.settings import Settings, manifest_of
from penumbra.batch.sources import list_items
from penumbra.batch.worker import Worker
from penumbra.core.hints import Hints
from tests.likeness import load
from tests.unit.io.files import encode, noise

WISH = Wish(Hints(), None, "aim", "any", None, is_doubt_wanted=True)


def all_in_review(folder: JobFolder) -> None:
    """Move every result to the pile, whatever was thought of it."""
    for record in folder.records().values():
        place = f"review/{record.name}"
        (folder.root / place).parent.mkdir(parents=True, exist_ok=True)
        (folder.root / record.outputs["output"]).rename(folder.root / place)
        outputs = {**record.outputs, "output": place}
        folder.append(replace(record, verdict="review", outputs=outputs))
    folder.tidy()


def made(root: Path, wish: Wish = WISH) -> JobFolder:
    """Make a batch of two photographs, a.png and sub/b.png, with their mattes; all in review."""
    source = root / "in"
    for number, name in enumerate(("a.png", "sub/b.png")):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(encode(noise(24, 32 + number, 3), "PNG"))
    folder = JobFolder(root / "out")
    folder.make()
    options = {"model": wish.model, "licence": wish.licence, "background": "transparent"}
    folder.write_manifest(manifest_of(str(source), options, "aim"))
    worker = Worker(Settings(folder.root, wish, ("alpha",), loader=load))
    items = list_items(str(source), folder.root)
    for outcome in worker([replace(item, name=item.key) for item in items]):
        folder.append(outcome.record)
    all_in_review(folder)
    return folder
