"""`scripts/polish_windows.py` and `scripts/polish_clicks.py`."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from penumbra.nn.weights import read_weights
from penumbra.systems.clicks.system import weights_of_room
from penumbra.training.release import read_checkpoint
from tests.script import load_script

SIDE = 84


def test_windows_show_what_was_answered_and_what_is_true(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one red disc, seen at half its size: without a click and after some."""
    script = load_script("polish_windows")
    rows, cols = np.mgrid[:256, :320]
    alpha = (np.hypot(rows - 128, cols - 160) < 70).astype(np.float32)
    image = np.stack([0.2 + 0.7 * alpha, 0.3 + 0 * alpha, 0.6 - 0.5 * alpha], axis=2)
    monkeypatch.setattr(script, "drawn_large", lambda *_: iter([script.Drawn(image, alpha, 160)]))
    monkeypatch.setattr(sys, "argv", ["x", str(tmp_path / "w" / "a.npz"), "--minutes", "0"])

    script.main()

    found = np.load(tmp_path / "w/a.npz")
    count = len(found["zoom"])
    assert count > 2
    assert found["image"].shape == (count, SIDE, SIDE, 3)
    assert found["alpha"].shape == found["alpha_true"].shape == (count, SIDE, SIDE)
    assert_allclose(found["zoom"], 2)
    # Red tells in every window what is true there.
    is_red = found["image"][..., 0] > 128
    assert ((found["alpha_true"] == 255) == is_red).all()
    assert is_red.any()
    assert found["alpha"].min() >= 0
    assert found["alpha"].max() <= 1


def test_polish_is_learned_and_nothing_else_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From windows of edges that are too soft."""
    script = load_script("polish_clicks")
    rng = np.random.default_rng(0)
    across = np.arange(SIDE, dtype=np.float32)[None, None]
    at = rng.integers(30, 54, (60, 1, 1))
    true = np.broadcast_to(across < at, (60, SIDE, SIDE))
    windows: dict[str, Any] = {
        "image": np.where(true[..., None], [200, 60, 60], [40, 80, 160]).astype(np.uint8),
        "alpha": np.broadcast_to(np.clip(0.5 - (across - at) / 16, 0, 1), true.shape),
        "alpha_true": np.where(true, 255, 0).astype(np.uint8),
        "picture": np.arange(60),
        "zoom": np.where(np.arange(60) % 2, 1, 4).astype(np.float32),
    }
    windows["alpha"] = windows["alpha"].astype(np.float16)
    np.savez(tmp_path / "a.npz", **windows)
    monkeypatch.setattr(script, "BATCH", 8)
    command = ["x", str(tmp_path / "a.npz"), "--minutes", "0.01", "--out", str(tmp_path / "out")]
    monkeypatch.setattr(sys, "argv", command)

    script.main()

    assert "large, right" in capsys.readouterr().out
    checkpoint = read_checkpoint(tmp_path / "out/best")
    assert checkpoint.header.recipe["polish"]["windows"] == 60
    new, _ = read_weights(checkpoint.weights)
    entry = weights_of_room()[0]
    old, _ = read_weights(script.shipped(entry))
    changed = {name for name, each in new.items() if not torch.equal(each, old[name])}
    assert {name.split(".")[0] for name in changed} == {"refiner"}


def test_what_counts_lies_inside_the_halo() -> None:
    """Absolute errors, those of the worst fifth again, and squares; hopeless windows a fifth."""
    script = load_script("polish_clicks")
    image = torch.zeros(2, 3, SIDE, SIDE)
    alpha = torch.full((2, 1, SIDE, SIDE), 0.5)
    true = torch.full_like(alpha, 0.65)
    true[1] = 0.95
    alpha[:, :, :10] = true[:, :, -10:] = 0.0

    loss = script.loss_of(lambda _, alpha: alpha + 0.1, (image, alpha, true))

    # The second window is wrong by 0.45, and counts a fifth.
    expected = sum(w * (2 * e + 3 * e**2) for w, e in ((1, 0.05), (0.2, 0.35))) / 2
    assert float(loss) == pytest.approx(expected, rel=1e-5)
