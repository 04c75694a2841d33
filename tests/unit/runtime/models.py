"""Small ONNX models written by hand, so that running one needs no network and no torch."""

from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper


def mean_model(side: int | str = "rows") -> bytes:
    """Return `mean`, the mean of `image` (3 channels) over its channels, times `gain` (1)."""
    return _model(
        {"image": (3, side), "gain": (1, side)},
        [
            helper.make_node("ReduceMean", ["image"], ["grey"], axes=[1]),
            helper.make_node("Mul", ["grey", "gain"], ["mean"]),
        ],
        "mean",
    )


def doubling_model(channels: int | str) -> bytes:
    """Return `double`, twice the `image`, of whatever number of channels."""
    return _model(
        {"image": (channels, "rows")},
        [helper.make_node("Add", ["image", "image"], ["double"])],
        "double",
    )


def _model(
    inputs: dict[str, tuple[int | str, int | str]], nodes: list[NodeProto], output: str
) -> bytes:
    graph = helper.make_graph(
        nodes,
        "graph",
        [_planes(name, *shape) for name, shape in inputs.items()],
        [_planes(output, "channels", "rows")],
    )
    model: ModelProto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9
    )
    return model.SerializeToString()


def _planes(name: str, channels: int | str, rows: int | str) -> ValueInfoProto:
    shape = ["batch", channels, rows, "columns"]
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
