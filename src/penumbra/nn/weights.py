"""A network's weights as one safetensors file whose header says what they are.

The metadata of the header holds room, variant, config, recipe and the version that wrote it, so a
file that was found lying around can be understood.  Keys, shapes and kinds must fit the network
exactly.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256 as hash_of
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from penumbra.core.errors import WeightsError
from penumbra.core.version import __version__
from penumbra.io.writing import write_atomically

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Config = TypeVar("Config", bound="DataclassInstance")

_LISTED = 4  # names in a message; a wrong network would list hundreds


def _version() -> str:
    # By name, because the front door of the package leads to the layers above this one.
    version: str = __version__
    return version


@dataclass(frozen=True)
class WeightsHeader:
    """What the weights of a file are.

    Attributes:
        room: The room whose network they fit: "segment".
        variant: Its variant: "s".
        config: Sizes of the network, as JSON can hold them.
        recipe: The resolved recipe that made them, as JSON can hold it.
        version: Of penumbra, when they were written.
    """

    room: str
    variant: str
    config: dict[str, Any]
    recipe: dict[str, Any]
    version: str = field(default_factory=_version)


def save_weights(
    path: Path | str, weights: nn.Module | Mapping[str, Tensor], header: WeightsHeader
) -> str:
    """Write the weights of a network, whole or not at all.

    Args:
        path: The file.
        weights: A network, or what its `state_dict` would hold.
        header: What they are.

    Returns:
        The sha256 of the file, in hexadecimal.

    Raises:
        OutputError: The file cannot be written; what stood there is untouched.
    """
    named = weights.state_dict() if isinstance(weights, nn.Module) else weights
    # Copies, because a file cannot say that two names share one tensor.
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in named.items()}
    metadata = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in asdict(header).items()
    }
    data = save(tensors, metadata)
    write_atomically(path, data)
    return hash_of(data).hexdigest()


def load_weights(path: Path | str, network: nn.Module, sha256: str | None = None) -> WeightsHeader:
    """Fill a network with the weights of a file; raises as `read_weights`.

    Args:
        path: The file.
        network: Changed in place, unless an error is raised.
        sha256: What the file must hash to; not checked when omitted.

    Raises:
        WeightsError: A name, shape or kind of number does not fit the network.
    """
    tensors, header = read_weights(path, sha256)
    _check_fit(path, tensors, network.state_dict())
    network.load_state_dict(tensors)
    return header


def read_weights(
    path: Path | str, sha256: str | None = None
) -> tuple[dict[str, Tensor], WeightsHeader]:
    """Return the tensors of a file by name, on the CPU, and what they are.

    Raises:
        WeightsError: The file is missing, is damaged, is not what `sha256` says, or was not
            written by `save_weights`.
    """
    data = _read(path)
    found = hash_of(data).hexdigest()
    if sha256 is not None and found != sha256:
        raise WeightsError(f"{path} must have sha256 {sha256}, got {found}")
    return _tensors(path, data), _header(path, data)


def read_foreign(path: Path | str) -> dict[str, Tensor]:
    """Return the tensors of a file that others wrote, by name, on the CPU.

    Raises:
        WeightsError: The file is missing or damaged.
    """
    return _tensors(path, _read(path))


def foreign_tensor(
    tensors: Mapping[str, Tensor], name: str, shape: tuple[int, ...], path: Path | str
) -> Tensor:
    """Return one of the tensors of `read_foreign`.

    Args:
        tensors: Of the file.
        name: Of the tensor.
        shape: That it must have.
        path: Of the file, for the message.

    Raises:
        WeightsError: There is none of that name and shape.
    """
    found = tensors.get(name)
    if found is None or tuple(found.shape) != shape:
        came = "none" if found is None else str(tuple(found.shape))
        raise WeightsError(f"{name} of {path} must have shape {shape}, got {came}")
    return found


def config_of(kind: type[Config], stated: Mapping[str, Any]) -> Config:
    """Return what a header's `config` says as the dataclass it came from.

    Raises:
        WeightsError: It has other names than the dataclass, as that of an older version may.
    """
    wanted = {field.name for field in fields(kind)}
    if stated.keys() != wanted:
        listed = ", ".join(sorted(stated)) or "nothing"
        raise WeightsError(f"config must say {', '.join(sorted(wanted))}, got {listed}")
    # JSON knows no tuples.
    values = {key: tuple(it) if isinstance(it, list) else it for key, it in stated.items()}
    return kind(**values)


def _read(path: Path | str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise WeightsError(f"{path} must be a readable file, got {error.strerror!r}") from error


def _tensors(path: Path | str, data: bytes) -> dict[str, Tensor]:
    try:
        return load(data)
    except SafetensorError as error:
        raise WeightsError(f"{path} must be a whole safetensors file, got {error}") from error


def _header(path: Path | str, data: bytes) -> WeightsHeader:
    # Eight bytes say how long the JSON is that follows them; `load` has checked both.
    length = int.from_bytes(data[:8], "little")
    metadata = json.loads(data[8 : 8 + length]).get("__metadata__", {})
    wanted = {field.name for field in fields(WeightsHeader)}
    if metadata.keys() != wanted:
        listed = ", ".join(sorted(metadata)) or "nothing"
        raise WeightsError(
            f"{path} must say {', '.join(sorted(wanted))} in its header, got {listed}"
        )
    try:
        decoded = {key: json.loads(metadata[key]) for key in ("config", "recipe")}
    except json.JSONDecodeError as error:
        raise WeightsError(f"{path} must hold JSON in its header, got {error}") from error
    return WeightsHeader(**(metadata | decoded))


def _check_fit(
    path: Path | str, tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor]
) -> None:
    if missing := wanted.keys() - tensors.keys():
        raise WeightsError(f"{path} must fit the network, got nothing for {_some(missing)}")
    if unknown := tensors.keys() - wanted.keys():
        raise WeightsError(f"{path} must fit the network, got {_some(unknown)} besides")
    for name, tensor in wanted.items():
        ours, theirs = _describe(tensor), _describe(tensors[name])
        if ours != theirs:
            raise WeightsError(f"{path}: {name} must be {ours}, got {theirs}")


def _describe(tensor: Tensor) -> str:
    return f"{str(tensor.dtype).removeprefix('torch.')} of shape {tuple(tensor.shape)}"


def _some(names: set[str]) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    return ", ".join(listed[:_LISTED]) + more
