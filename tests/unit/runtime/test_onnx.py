"""Graphs on ONNX Runtime: right answers, and refusals that say what was expected."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest
from numpy.testing import assert_allclose

from penumbra.core.errors import InputError, WeightsError
from penumbra.runtime.graph import Graph, Planes
from penumbra.runtime.onnx import DEVICE_VARIABLE, THREADS_VARIABLE, OnnxGraph, frugal, thread_count
from tests.unit.runtime.models import doubling_model, mean_model


def planes(*shape: int) -> Planes:
    return np.random.default_rng(0).random(shape, np.float32)


def test_every_output_is_computed_by_name() -> None:
    """Whatever the size and the number of images."""
    graph: Graph = OnnxGraph(mean_model(), threads=1)

    assert graph.inputs == ("image", "gain")
    assert graph.outputs == ("mean",)
    for batch, height, width in ((1, 5, 7), (3, 2, 1)):
        image, gain = planes(batch, 3, height, width), planes(batch, 1, height, width)
        mean = graph.run(gain=gain, image=image)["mean"]
        assert_allclose(mean, image.mean(axis=1, keepdims=True) * gain, rtol=1e-6)


def test_a_graph_that_gives_memory_back_answers_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is asked to only inside; large pictures count on it."""
    asked: list[tuple[str, str]] = []

    class Options(onnxruntime.RunOptions):  # type: ignore[misc]
        def add_run_config_entry(self, key: str, value: str) -> None:
            asked.append((key, value))
            super().add_run_config_entry(key, value)

    monkeypatch.setattr(onnxruntime, "RunOptions", Options)
    graph, image = OnnxGraph(doubling_model(3), threads=1), planes(1, 3, 2, 2)
    with frugal():
        assert_allclose(graph.run(image=image)["double"], 2 * image)
    assert_allclose(graph.run(image=image)["double"], 2 * image)

    assert asked == [("memory.enable_memory_arena_shrinkage", "cpu:0")]


def test_threads_do_not_wait_by_spinning() -> None:
    """What comes next, often OpenCV, needs the cores."""
    options = OnnxGraph(doubling_model(3))._session.get_session_options()

    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"


def test_a_file_is_as_good_as_its_bytes(tmp_path: Path) -> None:
    """Training looks at files that no manifest lists yet."""
    path = tmp_path / "double.onnx"
    path.write_bytes(doubling_model(3))
    image = planes(1, 3, 2, 2)

    assert_allclose(OnnxGraph(path).run(image=image)["double"], 2 * image)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"image": planes(1, 3, 4, 4)}, "must be image, gain, got image"),
        ({}, "must be image, gain, got none"),
        (
            {"image": planes(1, 3, 4, 4), "gain": planes(1, 1, 4, 4), "more": planes(1, 1, 4, 4)},
            "got image, gain, more",
        ),
        (
            {"image": planes(3, 4, 4), "gain": planes(1, 1, 4, 4)},
            r"image must have shape \(B, 3, H, W\) and hold something, got \(3, 4, 4\)",
        ),
        (
            {"image": planes(1, 4, 4, 4), "gain": planes(1, 1, 4, 4)},
            r"image must have shape \(B, 3, H, W\) .* got \(1, 4, 4, 4\)",
        ),
        (
            {"image": planes(1, 3, 0, 4), "gain": planes(1, 1, 0, 4)},
            r"image must .* hold something, got \(1, 3, 0, 4\)",
        ),
        (
            {"image": planes(1, 3, 4, 4).astype(np.float64), "gain": planes(1, 1, 4, 4)},
            "image must be an array of float32, got float64",
        ),
        (
            {"image": [[[[0.0]]]], "gain": planes(1, 1, 4, 4)},
            "image must be an array of float32, got list",
        ),
        (
            {"image": planes(1, 3, 4, 4), "gain": planes(1, 1, 5, 5)},
            r"size that the graph can take, got image \(1, 3, 4, 4\), gain \(1, 1, 5, 5\)",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arrays: dict[str, Planes], message: str) -> None:
    """With what was expected and what came, in our own error."""
    graph = OnnxGraph(mean_model(), threads=1)

    with pytest.raises(InputError, match=message):
        graph.run(**arrays)


@pytest.mark.parametrize("broken", [b"", b"no model", mean_model()[:-9]])
def test_what_is_no_model_is_refused(broken: bytes) -> None:
    """ONNX Runtime's own errors do not get out."""
    with pytest.raises(WeightsError, match="model must be a whole ONNX file"):
        OnnxGraph(broken)


def test_a_file_that_is_missing_is_refused_by_name(tmp_path: Path) -> None:
    """Not as an error of a library."""
    with pytest.raises(WeightsError, match=r"gone\.onnx must be a whole ONNX file"):
        OnnxGraph(tmp_path / "gone.onnx")


def test_a_model_whose_channels_are_free_is_refused() -> None:
    """Nothing could check what it is given."""
    with pytest.raises(WeightsError, match=r"input image of the model must be .* a fixed C"):
        OnnxGraph(doubling_model("channels"))


def test_a_device_that_is_not_there_is_refused() -> None:
    """Running slowly on another would look like success."""
    with pytest.raises(InputError, match="device must be one of cpu"):
        OnnxGraph(mean_model(), device="tpu")  # type: ignore[arg-type]


def test_a_device_that_does_not_start_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its libraries ONNX Runtime would go on with the CPU."""
    providers = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    fallen_back = SimpleNamespace(get_providers=lambda: providers[1:])
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: providers)
    monkeypatch.setattr(onnxruntime, "InferenceSession", lambda *_, **__: fallen_back)

    with pytest.raises(InputError, match="got 'cuda', which failed to start"):
        OnnxGraph(mean_model(), device="cuda")


def test_the_device_is_what_the_caller_then_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Workers of a batch are told by it."""
    monkeypatch.setenv(DEVICE_VARIABLE, "cuda")
    with pytest.raises(InputError, match="device must be one of cpu on this machine, got 'cuda'"):
        OnnxGraph(mean_model())
    OnnxGraph(mean_model(), device="cpu")

    monkeypatch.setenv(DEVICE_VARIABLE, "tpu")
    with pytest.raises(InputError, match="PENUMBRA_DEVICE must be cpu or cuda, got 'tpu'"):
        OnnxGraph(mean_model())


def test_threads_are_what_the_caller_then_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And no more than the process may use otherwise, however large the machine."""
    monkeypatch.delenv(THREADS_VARIABLE, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 3, 5}, raising=False)
    assert thread_count() == 3
    monkeypatch.setenv(THREADS_VARIABLE, "7")
    assert thread_count() == 7
    assert thread_count(2) == 2


@pytest.mark.parametrize("said", ["0", "-1", "two", ""])
def test_a_number_of_threads_that_is_none_is_refused(
    said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ONNX Runtime would take 0 for as many as there are."""
    monkeypatch.setenv(THREADS_VARIABLE, said)

    with pytest.raises(InputError, match=f"{THREADS_VARIABLE} must be .* at least 1, got '{said}'"):
        OnnxGraph(mean_model())


def test_running_a_graph_loads_no_torch() -> None:
    """The base install has none."""
    program = (
        "import sys, penumbra.runtime.onnx, penumbra.weights;"
        "sys.exit('torch' if 'torch' in sys.modules else 0)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
