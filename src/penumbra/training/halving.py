"""The same ONNX graph in half the bytes: weights stored as float16, arithmetic in float32.

A stored weight is followed by a cast to float32, which ONNX Runtime does once, when it opens the
file.  Names and notes that only a debugger reads are dropped.
"""

from itertools import count

from onnx import GraphProto, ModelProto, TensorProto, helper, numpy_helper

_LARGEST = 65504.0  # of float16
_CAST = 40  # bytes that a cast takes; a weight that saves less stays as it is


def strip(model: ModelProto) -> ModelProto:
    """Return a model without what is not needed to run it; inputs and outputs keep their names.

    Raises:
        AssertionError: The model has functions or nested graphs, which no export of ours has.
    """
    assert not model.functions, "functions must be inlined"
    graph = model.graph
    kept = GraphProto(name="graph")
    kept.input.extend(graph.input)
    kept.output.extend(graph.output)
    kept.node.extend(graph.node)
    kept.initializer.extend(graph.initializer)
    short = _short_names(kept)
    for node in kept.node:
        assert not any(a.HasField("g") or a.graphs for a in node.attribute), "no nested graphs"
        node.ClearField("name")
        node.ClearField("doc_string")
        node.ClearField("metadata_props")
        node.input[:] = [short[name] for name in node.input]
        node.output[:] = [short[name] for name in node.output]
    for tensor in kept.initializer:
        tensor.name = short[tensor.name]
        tensor.ClearField("doc_string")
        tensor.ClearField("metadata_props")
    for value in (*kept.input, *kept.output):
        value.ClearField("doc_string")
        value.ClearField("metadata_props")
    return helper.make_model(
        kept,
        opset_imports=model.opset_import,
        ir_version=model.ir_version,
        producer_name="penumbra",
    )


def halve(model: ModelProto) -> ModelProto:
    """Return a model whose large float32 weights are stored as float16.

    A weight with a value that float16 cannot hold stays as it is.
    """
    halved = ModelProto()
    halved.CopyFrom(model)
    casts = []
    for tensor in halved.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT:
            continue
        weight = numpy_helper.to_array(tensor)
        if 2 * weight.size <= _CAST or abs(weight).max() > _LARGEST:
            continue
        name = tensor.name
        stored = numpy_helper.from_array(weight.astype("float16"), f"{name}h")
        tensor.CopyFrom(stored)
        casts.append(helper.make_node("Cast", [stored.name], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *halved.graph.node]
    del halved.graph.node[:]
    halved.graph.node.extend(nodes)
    return halved


def _short_names(graph: GraphProto) -> dict[str, str]:
    """Number every value; "" stands for an input that is left out and stays."""
    kept = {value.name for value in (*graph.input, *graph.output)} | {""}
    names = {name: name for name in kept}
    # An output may itself be called like one of our numbers.
    free = (number for number in map("_{}".format, count()) if number not in kept)
    for name in (
        *(tensor.name for tensor in graph.initializer),
        *(name for node in graph.node for name in node.output),
    ):
        if name not in names:
            names[name] = next(free)
    return names
