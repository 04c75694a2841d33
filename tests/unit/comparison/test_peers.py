"""What is compared with and is no part of the kit."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from onnx import ModelProto, TensorProto, helper

from penumbra.comparison import peers
from penumbra.comparison.peers import OnnxNetwork, PymattingSolver, ready_made
from penumbra.core.errors import ConvergenceError, InputError, WeightsError
from penumbra.core.hints import Hints
from penumbra.io import save_alpha
from tests.held_sets import red_on_blue, square

PLAIN = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)


def red_network(path: Path, side: int | str = 24, channels: int = 3) -> Path:
    """Write a network that answers a quarter of the reds, and a tenth more."""
    shape = [1, channels, side, side]
    weight = np.zeros((1, channels, 1, 1), np.float32)
    weight[0, 0] = 0.25
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "weight", "bias"], ["map"])],
        "graph",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("map", TensorProto.FLOAT, [1, 1, side, side])],
        [
            helper.make_tensor("weight", TensorProto.FLOAT, weight.shape, weight.ravel()),
            helper.make_tensor("bias", TensorProto.FLOAT, [1], [0.1]),
        ],
    )
    model: ModelProto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9
    )
    path.write_bytes(model.SerializeToString())
    return path


def test_a_supplied_network_is_run_and_stretched(tmp_path: Path) -> None:
    """It says 0.1 to 0.35; the matte is 0 to 1, at the size of the picture."""
    network = OnnxNetwork(red_network(tmp_path / "red.onnx"), *PLAIN)

    alpha = network.decode(network.encode(red_on_blue(square())), Hints()).alpha

    assert alpha.shape == (24, 20)
    assert (alpha.min(), alpha.max()) == (0, 1)
    assert np.abs(alpha - square()).mean() < 0.05


def test_mean_and_deviation_are_applied(tmp_path: Path) -> None:
    """A deviation of -1 makes what is red least of all."""
    network = OnnxNetwork(red_network(tmp_path / "red.onnx"), (0, 0, 0), (-1, 1, 1))

    alpha = network.decode(red_on_blue(square()), Hints()).alpha

    assert np.abs(alpha - (1 - square())).mean() < 0.05


def test_an_answer_of_one_value_is_empty(tmp_path: Path) -> None:
    network = OnnxNetwork(red_network(tmp_path / "red.onnx"), *PLAIN)

    assert_array_equal(network.decode(np.zeros((9, 7, 3), np.float32), Hints()).alpha, 0)


def test_a_network_of_any_size_sees_a_size_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "FLEXIBLE_SIDE", 16)
    network = OnnxNetwork(red_network(tmp_path / "red.onnx", "side"), *PLAIN)

    assert network.decode(red_on_blue(square()), Hints()).alpha.shape == (24, 20)


def test_a_file_that_is_no_such_network_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no network")

    with pytest.raises(WeightsError, match="must be a whole ONNX file"):
        OnnxNetwork(broken, *PLAIN)
    with pytest.raises(WeightsError, match="must take one"):
        OnnxNetwork(red_network(tmp_path / "grey.onnx", channels=1), *PLAIN)


def test_ready_made_mattes_lie_by_group_or_all_together(tmp_path: Path) -> None:
    (tmp_path / "cats").mkdir()
    save_alpha(tmp_path / "cats" / "a.png", square())
    save_alpha(tmp_path / "b.png", square(2))

    assert_array_equal(ready_made(tmp_path, "cats", "a"), square())
    assert_array_equal(ready_made(tmp_path, "cats", "b"), square(2))
    with pytest.raises(InputError, match=r"must hold cats/c\.png, got none"):
        ready_made(tmp_path, "cats", "c")


class FakePymatting:
    """Half of everything unknown; refuses trimaps that know nothing, as PyMatting does."""

    @staticmethod
    def estimate_alpha_cf(image: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        """Answer in the precision that it was asked in."""
        assert image.dtype == np.float64
        assert trimap.dtype == np.float64
        if not (trimap == 1).any():
            raise ValueError("Trimap did not contain foreground values")
        return np.where(trimap == 0.5, 1.25, trimap)


def test_a_solver_of_pymatting_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it refuses is an error of the picture and no bug."""
    monkeypatch.setattr(peers, "import_module", lambda name: FakePymatting)
    solver = PymattingSolver("closed-form")
    trimap = square()
    trimap[6:10] = 0.5

    alpha = solver.decode(solver.encode(red_on_blue(square())), Hints(trimap=trimap)).alpha

    assert alpha.dtype == np.float32
    assert_allclose(alpha[6:10], 1)
    assert_allclose(alpha[12:], square()[12:])
    with pytest.raises(ConvergenceError, match="did not contain foreground"):
        solver.decode(red_on_blue(square()), Hints(trimap=np.minimum(trimap, 0.5)))
