"""`penumbra doctor`: a healthy installation passes, a broken one is told what to do."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from penumbra.cli import checks
from penumbra.cli.checks import Check, run_checks
from penumbra.cli.main import main
from penumbra.io import encode_image
from penumbra.weights import MANIFEST, WEIGHTS_VARIABLE
from tests.unit.weights.entries import ship


def test_this_installation_is_fine() -> None:
    """Nothing required may be broken where the tests run."""
    broken = [check for check in run_checks() if check.is_required and not check.is_fine]

    assert broken == []


def test_a_healthy_installation_exits_0(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is optional and missing is no illness."""
    found = [Check("python", True, "3.11"), Check("HEIC", False, "missing", is_required=False)]
    monkeypatch.setattr(checks, "run_checks", lambda: found)

    result = CliRunner().invoke(main, ["doctor"])

    assert result.exit_code == 0
    assert result.output == "ok      python  3.11\n-       HEIC    missing\n"


def test_a_broken_one_exits_2_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """The advice stands at the end, where it is read."""
    found = [Check("cv2", False, "ImportError: libGL", advice="install it"), Check("x", True, "1")]
    monkeypatch.setattr(checks, "run_checks", lambda: found)

    result = CliRunner().invoke(main, ["doctor"])

    assert result.exit_code == 2
    assert "BROKEN  cv2  ImportError: libGL" in result.output
    assert result.output.endswith("\ncv2: install it\n")


def test_a_library_that_does_not_load_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor itself must survive it; None in sys.modules makes an import fail."""
    for module in ("rich", "pillow_heif"):
        monkeypatch.setitem(sys.modules, module, None)

    found = {check.name: check for check in run_checks()}

    assert not found["rich"].is_fine
    assert found["rich"].is_required
    assert "rich" in found["rich"].found
    assert not found["HEIC"].is_fine
    assert not found["HEIC"].is_required


def test_an_old_python_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the version that is needed."""
    monkeypatch.setattr(checks, "OLDEST_PYTHON", (99, 1))

    python = run_checks()[0]

    assert not python.is_fine
    assert "Python 99.1 or newer" in python.advice


def test_a_solver_that_is_wrong_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library can load and yet compute nonsense."""
    monkeypatch.setattr(checks, "_LARGEST_ERROR", -1.0)

    self_test = run_checks()[-1]

    assert self_test.name == "self-test"
    assert not self_test.is_fine
    assert "mean error of a disk must be at most -1.0, got 0." in self_test.found


def test_a_decoder_that_changes_the_size_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each kind of file is written and read, not only asked for."""
    small = encode_image(np.zeros((2, 3, 3), np.float32))
    monkeypatch.setattr(checks, "_written", lambda suffix: small)

    found = {check.name: check for check in run_checks()}

    assert not found["PNG"].is_fine
    assert found["PNG"].found == "ValueError: picture must come back as 32x32, got 3x2"


def test_json_is_for_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the same exit status."""
    found = [Check("cv2", False, "ImportError: libGL", advice="install it")]
    monkeypatch.setattr(checks, "run_checks", lambda: found)

    result = CliRunner().invoke(main, ["doctor", "--json"])

    assert result.exit_code == 2
    (check,) = json.loads(result.output)
    assert (check["name"], check["is_fine"], check["advice"]) == ("cv2", False, "install it")


def test_weights_are_verified_and_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A download that broke off is an illness."""
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(tmp_path))
    ship(tmp_path)
    ship(tmp_path, "harmed", licence="research")
    (tmp_path / "harmed.onnx").write_bytes(b"half of it")

    found = {check.name: check for check in run_checks()}

    assert found["weights toy-s"].found == "open, 0.0 MB, 12 minutes of training, iou 0.75"
    assert not found["weights harmed"].is_fine
    assert found["weights harmed"].is_required
    assert "harmed.onnx must have sha256" in found["weights harmed"].found


def test_a_broken_manifest_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The doctor itself must survive it."""
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(tmp_path))
    (tmp_path / MANIFEST).write_text("{")

    found = {check.name: check for check in run_checks()}

    assert not found["weights"].is_fine
    assert "must be JSON" in found["weights"].found
