"""Weights in files: what comes back is what went in, or it is refused."""

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.testing import assert_close

import penumbra
from penumbra.core.errors import OutputError, WeightsError
from penumbra.nn.weights import WeightsHeader, load_weights, read_weights, save_weights

HEADER = WeightsHeader("toy", "s", {"width": 4, "steps": [1, 2]}, {"seed": 1, "stages": []})


def network(width: int = 4, seed: int = 0) -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(nn.Conv2d(3, width, 3), nn.BatchNorm2d(width))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with the weights of `network()`."""
    path = tmp_path / "weights.safetensors"
    save_weights(path, network(), HEADER)
    return path


def test_weights_and_header_come_back(path: Path) -> None:
    """Every bit of them, into a network that began otherwise."""
    filled = network(seed=1)

    header = load_weights(path, filled)

    assert header == HEADER
    assert header.version == penumbra.__version__
    for name, tensor in network().state_dict().items():
        assert_close(filled.state_dict()[name], tensor, rtol=0, atol=0)


def test_tensors_by_name_are_as_good_as_a_network(tmp_path: Path) -> None:
    """An average of weights is no network; two names may share a tensor, or part of one."""
    shared = torch.arange(6.0).reshape(2, 3)

    save_weights(tmp_path / "w", {"a": shared, "b": shared, "c": shared.T}, HEADER)
    tensors, _ = read_weights(tmp_path / "w")

    assert_close(tensors, {"a": shared, "b": shared, "c": shared.T.contiguous()})


def test_the_hash_is_that_of_the_file(path: Path) -> None:
    """Checked before anything is parsed."""
    digest = save_weights(path, network(), HEADER)

    assert digest == sha256(path.read_bytes()).hexdigest()
    load_weights(path, network(), digest)
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    found = sha256(path.read_bytes()).hexdigest()
    with pytest.raises(WeightsError, match=f"must have sha256 {digest}, got {found}"):
        load_weights(path, network(), digest)


@pytest.mark.parametrize("size", [0, 7, 100, -1])
def test_a_truncated_file_is_refused(size: int, path: Path) -> None:
    """Whatever is left of it, and without a hash too."""
    path.write_bytes(path.read_bytes()[:size])

    with pytest.raises(WeightsError, match="must be a whole safetensors file"):
        load_weights(path, network())


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """By its name."""
    with pytest.raises(WeightsError, match=r"gone must be a readable file, got 'No such file"):
        read_weights(tmp_path / "gone")


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        (None, "in its header, got nothing"),
        ({"room": "toy"}, "in its header, got room"),
        (dict.fromkeys(("room", "variant", "config", "recipe", "version"), "{"), "must hold JSON"),
    ],
)
def test_a_header_of_somebody_else_is_refused(
    metadata: dict[str, str] | None, message: str, tmp_path: Path
) -> None:
    """Nobody could say what the weights are."""
    path = tmp_path / "weights.safetensors"
    save_file(network().state_dict(), path, metadata)

    with pytest.raises(WeightsError, match=message):
        read_weights(path)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (nn.Sequential(nn.Conv2d(3, 4, 3)), "fit the network, got 1.bias, 1.num_batches_tracked"),
        (
            nn.Sequential(*network(), nn.Conv2d(4, 1, 1)),
            "fit the network, got nothing for 2.bias, 2.weight",
        ),
        (
            network(width=5),
            "0.weight must be float32 of shape (5, 3, 3, 3), got float32 of shape (4, 3, 3, 3)",
        ),
        (network().half(), "0.weight must be float16 of shape (4, 3, 3, 3), got float32"),
    ],
)
def test_another_network_is_refused_and_unchanged(
    other: nn.Module, message: str, path: Path
) -> None:
    """Part of the weights of another is worse than none."""
    before = {name: tensor.clone() for name, tensor in other.state_dict().items()}

    with pytest.raises(WeightsError, match=re.escape(message)):
        load_weights(path, other)

    assert_close(dict(other.state_dict()), before, rtol=0, atol=0)


def test_a_long_list_of_names_is_cut(path: Path) -> None:
    """A wrong network would fill the terminal."""
    with pytest.raises(WeightsError, match="and 3 more besides"):
        load_weights(path, nn.Sequential())


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """Of ours."""
    with pytest.raises(OutputError):
        save_weights(tmp_path / "gone" / "w", network(), HEADER)


def test_the_header_is_readable_without_us(path: Path) -> None:
    """The format is published: eight bytes of length, then JSON."""
    data = path.read_bytes()
    metadata = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["__metadata__"]

    assert metadata["room"] == "toy"
    assert json.loads(metadata["recipe"]) == HEADER.recipe
