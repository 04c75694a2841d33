"""Half the bytes: the same answers up to rounding, and nothing lost that is needed."""

import numpy as np
import onnxruntime
import pytest
from numpy.testing import assert_allclose
from onnx import ModelProto, TensorProto, helper, numpy_helper
from onnx.checker import check_model

from penumbra.training.halving import halve, strip

RNG = np.random.default_rng(0)
WEIGHT = RNG.normal(size=(8, 3, 3, 3)).astype(np.float32)
BIAS = RNG.normal(size=8).astype(np.float32)
HUGE = np.full((1, 8, 5, 5), 1e5, np.float32)


@pytest.fixture
def model() -> ModelProto:
    """A convolution, a constant that float16 cannot hold, and a resize to a fixed size."""
    weights = {"weight": WEIGHT, "bias": BIAS, "huge": HUGE, "sizes": np.array([1, 8, 10, 10])}
    nodes = [
        helper.make_node("Conv", ["image", "weight", "bias"], ["x"], name="n", pads=[1, 1, 1, 1]),
        helper.make_node("Add", ["x", "huge"], ["y"], name="n2", doc_string="a note"),
        # Its second and third inputs are left out.
        helper.make_node("Resize", ["y", "", "", "sizes"], ["_3"], mode="nearest"),
    ]
    graph = helper.make_graph(
        nodes,
        "a long name",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["b", 3, 5, 5])],
        [helper.make_tensor_value_info("_3", TensorProto.FLOAT, ["b", 8, 10, 10])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
        value_info=[helper.make_tensor_value_info("x", TensorProto.FLOAT, None)],
        doc_string="a note",
    )
    made: ModelProto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9, doc_string="a note"
    )
    for noted in (made.graph.node[0], made.graph.initializer[0], made.graph.input[0]):
        noted.metadata_props.add(key="where", value="a note")
    return made


def run(model: ModelProto) -> np.ndarray:
    image = np.random.default_rng(1).random((1, 3, 5, 5), np.float32)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (answer,) = session.run(None, {"image": image})
    return answer


def test_a_stripped_model_says_the_same(model: ModelProto) -> None:
    """Inputs and outputs keep their names, also one that looks like a number of ours."""
    stripped = strip(model)

    check_model(stripped, full_check=True)
    assert_allclose(run(stripped), run(model), rtol=0)
    assert [value.name for value in stripped.graph.input] == ["image"]
    assert [value.name for value in stripped.graph.output] == ["_3"]


def test_a_stripped_model_holds_no_notes(model: ModelProto) -> None:
    """They outweigh the weights of a small network; the model given keeps its own."""
    text = str(strip(model))

    for note in ("a note", "a long name", "where", "weight", "value_info"):
        assert note not in text
        assert note in str(model)


def test_large_weights_are_stored_in_16_bits(model: ModelProto) -> None:
    """Small ones, whole numbers, and what would become infinite are not."""
    kinds = {
        tuple(tensor.dims): tensor.data_type for tensor in halve(strip(model)).graph.initializer
    }

    assert kinds == {
        WEIGHT.shape: TensorProto.FLOAT16,
        BIAS.shape: TensorProto.FLOAT,
        HUGE.shape: TensorProto.FLOAT,
        (4,): TensorProto.INT64,
    }


def test_a_halved_model_computes_with_rounded_weights_in_32_bits(model: ModelProto) -> None:
    """Exactly what the model says when its own weights are rounded beforehand."""
    halved = halve(strip(model))
    before = model.SerializeToString()
    rounded = ModelProto()
    rounded.CopyFrom(model)
    weight = WEIGHT.astype(np.float16).astype(np.float32)
    rounded.graph.initializer[0].CopyFrom(numpy_helper.from_array(weight, "weight"))

    check_model(halved, full_check=True)
    assert_allclose(run(halved), run(rounded), rtol=0)
    assert np.abs(run(halved) - run(model)).max() > 0
    halve(model)
    assert model.SerializeToString() == before


def test_what_is_saved_is_half_of_the_weights() -> None:
    """A cast takes far less than it saves."""
    weight = RNG.normal(size=(64, 64, 3, 3)).astype(np.float32)
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "weight"], ["alpha"])],
        "graph",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["b", 64, "h", "w"])],
        [helper.make_tensor_value_info("alpha", TensorProto.FLOAT, ["b", 64, "h", "w"])],
        [numpy_helper.from_array(weight, "weight")],
    )
    single = strip(helper.make_model(graph))

    saved = single.ByteSize() - halve(single).ByteSize()

    assert weight.nbytes / 2 - 50 < saved < weight.nbytes / 2
