"""What a batch is asked for, and when that is something else."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from penumbra.batch.cut_job import Wish
from penumbra.batch.folder import JobFolder
from penumbra.batch.hint_files import FileKind, HintFiles
from penumbra.batch.settings import begin, manifest_of, model_expected
from penumbra.batch.sources import list_items
from penumbra.batch.worker import Worker
from penumbra.cli.backdrop import parse_backdrop
from penumbra.core.cutout import Cutout
from penumbra.core.errors import InputError
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from tests.batch_folders import Bench, paint, tree


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"input": "/other"}, "input must be '/in' as when"),
        ({"model": "dim"}, "model must be 'aim' as when"),
        ({"weights": {"aim-s.onnx": "ff"}}, "weights aim-s.onnx must be '.*' as when"),
        ({"options": {"background": "red", "new": 1}}, "options background must be None as when"),
    ],
)
def test_something_else_is_refused(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    """And named; with `--again` it begins a new generation."""
    folder = JobFolder(tmp_path / "out")
    folder.make()
    manifest = manifest_of("/in", {"new": 1}, "aim")

    assert begin(folder, manifest, is_again=False) == 0
    assert begin(folder, {**manifest, "penumbra": "9.9"}, is_again=False) == 0
    with pytest.raises(InputError, match=reason):
        begin(folder, {**manifest, **change}, is_again=False)
    assert begin(folder, {**manifest, **change}, is_again=True) == 1
    assert begin(folder, {**manifest, **change}, is_again=False) == 1


@pytest.mark.parametrize(
    ("model", "kind", "expected"),
    [
        ("auto", None, "ensemble"),
        ("auto", "trimap", "ensemble-trimap"),
        ("auto", "mask", "classical"),
        ("knn", "trimap", "knn"),
    ],
)
def test_the_model_follows_from_the_kind_of_hints(
    tmp_path: Path, model: str, kind: FileKind | None, expected: str
) -> None:
    """Before any of them is read; its weights are part of the manifest."""
    files = None if kind is None else HintFiles(kind, tmp_path)

    assert model_expected(Wish(Hints(), files, model, "any", None)) == expected
    assert set(manifest_of("/in", {}, "aim")["weights"]) == {"aim-s.onnx"}
    voting = {name.partition("-")[0] for name in manifest_of("/in", {}, "ensemble")["weights"]}
    assert voting == {"aim", "safe", "segment", "clicks", "dfimat"}


@pytest.mark.parametrize("text", ["red", "blur", "picture.png"])
def test_backgrounds_can_be_sent_to_other_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """What arrives makes the same."""
    monkeypatch.chdir(tmp_path)
    paint(Path("picture.png"), (9, 99, 199), side=7)
    image, alpha = np.full((4, 5, 3), 0.25, np.float32), np.full((4, 5), 0.5, np.float32)
    cutout = Cutout(image, alpha, image, Matte(alpha))
    made = parse_backdrop(text)

    sent = pickle.loads(pickle.dumps(made))

    assert made is not None
    np.testing.assert_array_equal(sent(cutout), made(cutout))


def test_pictures_that_go_through_together_come_out_alone(tmp_path: Path) -> None:
    """Threads of one worker write what one thread would."""
    together, alone = Bench(tmp_path / "together"), Bench(tmp_path / "alone")
    for bench in (together, alone):
        for number in range(9):
            paint(bench.source / f"{number}.png", (20 * number, 9, 9))
    alone.run()

    items = list_items(str(together.source), together.output)
    placed = [type(it)(it.key, it.address, it.stamp, it.key) for it in items]
    outcomes = Worker(together.settings(at_once=3))(placed)

    assert [outcome.record.key for outcome in outcomes] == [item.key for item in items]
    assert tree(together.output) == tree(alone.output)
