"""A session as one JSON file: what was said, in order, and what it was said to.

    {"penumbra": "0.1.0", "model": "aim", "weights": {"graph": "sha256 ..."},
     "options": {"side_global": 320, ...}, "image": {"height": 480, "width": 640, "sha256": "..."},
     "rounds": [{"hints": {...}}, {"refine": 8}], "shown": 2, "alpha": "sha256 ..."}

Hints are those of `core.hints_json`, all that had been said by then.  `shown` counts the rounds on
screen; those behind it had been undone.  A refinement is recorded as the number of windows that
it came to, whatever its budget was, so that playing it again does not depend on the clock.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penumbra.core.errors import HintError, InputError
from penumbra.core.hints import Hints
from penumbra.core.hints_json import hints_from_json, hints_to_json
from penumbra.core.predictor import Predictor
from penumbra.core.version import __version__
from penumbra.io.writing import write_atomically

MAX_BYTES = 500_000_000
"""Larger files are refused before they are read."""

_KEYS = ("penumbra", "model", "weights", "options", "image", "rounds", "shown", "alpha")


@dataclass(frozen=True)
class Image:
    """Which image it was.

    Attributes:
        height: In pixels.
        width: In pixels.
        sha256: Of its values, in hexadecimal.
    """

    height: int
    width: int
    sha256: str


@dataclass(frozen=True, eq=False)
class Record:
    """A session that can be played again.

    Attributes:
        model: The model's name.
        weights: Graph to sha256 of what it is made of.
        options: How it is applied, by name.
        image: Which image it was.
        rounds: Hints, or how many windows were refined.
        shown: How many of the rounds are on screen.
        alpha: sha256 of the matte on screen, in hexadecimal; empty before the first round.
        version: Of penumbra that wrote it.
    """

    model: str
    weights: Mapping[str, str]
    options: Mapping[str, Any]
    image: Image
    rounds: tuple[Hints | int, ...]
    shown: int
    alpha: str
    version: str = __version__


def digest(array: NDArray[np.float32]) -> str:
    """Return the sha256 of an array's shape and values, in hexadecimal."""
    shape = "x".join(map(str, array.shape))
    return sha256(shape.encode() + np.ascontiguousarray(array, "<f4").tobytes()).hexdigest()


def made_of(predictor: Predictor[Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """Return what the bits of a model's answers depend on, besides its code.

    Returns:
        The sha256 of each of its graphs, and its options, as JSON holds them; of classical
        models, which are their code, nothing.
    """
    weights: dict[str, str] = {}
    options: dict[str, Any] = {}
    for name, value in vars(predictor).items():
        graphs = value if isinstance(value, Mapping) else {name: value}
        hashes = {key: getattr(graph, "sha256", None) for key, graph in graphs.items()}
        weights |= {key: it for key, it in hashes.items() if isinstance(it, str)}
        if name == "options":
            options = json.loads(json.dumps(asdict(value)))
    return weights, options


def write_record(path: Path | str, record: Record) -> None:
    """Write a session, whole or not at all.

    Raises:
        OutputError: The file cannot be written.
    """
    rounds = [
        {"refine": said} if isinstance(said, int) else {"hints": json.loads(hints_to_json(said))}
        for said in record.rounds
    ]
    image = record.image
    stated = {
        "penumbra": record.version,
        "model": record.model,
        "weights": dict(record.weights),
        "options": dict(record.options),
        "image": {"height": image.height, "width": image.width, "sha256": image.sha256},
        "rounds": rounds,
        "shown": record.shown,
        "alpha": record.alpha,
    }
    write_atomically(path, (json.dumps(stated, indent=1) + "\n").encode())


def read_record(path: Path | str) -> Record:
    """Read a session as `write_record` writes it.

    Raises:
        InputError: The file cannot be read, or is no session; the message says what is wrong.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path} must have at most {MAX_BYTES} bytes")
        stated = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} must be a readable file, got {error.strerror!r}") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} must be JSON, got {error}") from error
    _check(
        path, isinstance(stated, dict) and sorted(stated) == sorted(_KEYS), ", ".join(_KEYS), stated
    )
    image = stated["image"]
    is_image = isinstance(image, dict) and sorted(image) == ["height", "sha256", "width"]
    _check(path, is_image, "an image of height, width and sha256", image)
    is_size = all(type(image[side]) is int and image[side] > 0 for side in ("height", "width"))
    _check(path, is_size, "an image of positive size", image)
    weights = stated["weights"]
    is_right = isinstance(weights, dict) and all(isinstance(it, str) for it in weights.values())
    _check(path, is_right, "weights by graph", weights)
    _check(path, isinstance(stated["options"], dict), "options by name", stated["options"])
    for key in ("penumbra", "model", "alpha"):
        _check(path, isinstance(stated[key], str), f"{key} as text", stated[key])
    _check(path, isinstance(stated["rounds"], list), "a list of rounds", stated["rounds"])
    rounds = tuple(_round(path, number, said) for number, said in enumerate(stated["rounds"], 1))
    shown = stated["shown"]
    is_right = type(shown) is int and 0 <= shown <= len(rounds)
    _check(path, is_right, f"shown in [0, {len(rounds)}]", shown)
    return Record(
        model=stated["model"],
        weights=weights,
        options=stated["options"],
        image=Image(image["height"], image["width"], str(image["sha256"])),
        rounds=rounds,
        shown=shown,
        alpha=stated["alpha"],
        version=stated["penumbra"],
    )


def _round(path: Path, number: int, said: object) -> Hints | int:
    rule = f"hints or refine as round {number}"
    _check(path, isinstance(said, dict) and len(said) == 1, rule, said)
    assert isinstance(said, dict)
    if "refine" in said:
        windows = said["refine"]
        _check(path, type(windows) is int and windows >= 0, f"windows as round {number}", windows)
        return int(windows)
    _check(path, "hints" in said, rule, said)
    try:
        return hints_from_json(json.dumps(said["hints"]))
    except HintError as error:
        raise InputError(f"{path} must hold {rule}: {error}") from error


def _check(path: Path, is_right: bool, rule: str, came: object) -> None:
    if not is_right:
        text = json.dumps(came)
        text = text if len(text) <= 80 else f"{text[:77]}..."
        raise InputError(f"{path} must be a session with {rule}, got {text}")
