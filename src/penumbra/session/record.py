"""A session as one JSON file: what was said, in order, and what it was said to.

    {"penumbra": "0.1.0", "model": "aim",
     "models": {"aim": {"weights": {"graph": "sha256 ..."}, "options": {"side_global": 320, ...}}},
     "image": {"height": 480, "width": 640, "sha256": "..."},
     "rounds": [{"model": "aim", "hints": {...}}, {"model": "aim", "refine": 8}], "shown": 2,
     "alpha": "sha256 ..."}

Hints are those of `core.hints_json`, all that had been said by then.  `model` at the top is the
one that was to answer next; `shown` counts the rounds on screen; those behind it had been undone.
A refinement is recorded as the number of windows that it came to, whatever its budget was, so that
playing it again does not depend on the clock.
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

_KEYS = ("penumbra", "model", "models", "image", "rounds", "shown", "alpha")


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


@dataclass(frozen=True)
class Made:
    """What the bits of a model's answers depend on, besides its code.

    Attributes:
        weights: Graph to sha256 of what it is made of; of classical models, which are their code,
            none.
        options: How it is applied, by name, as JSON holds it.
    """

    weights: Mapping[str, str]
    options: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Said:
    """What was said in a round, and to whom.

    Attributes:
        model: Name of the model that answered.
        what: Hints, or how many windows were refined.
    """

    model: str
    what: Hints | int


@dataclass(frozen=True, eq=False)
class Record:
    """A session that can be played again.

    Attributes:
        model: Name of the model that was to answer next.
        models: What each model is made of, by name; of all that answered, and of that one.
        image: Which image it was.
        rounds: What was said.
        shown: How many of the rounds are on screen.
        alpha: sha256 of the matte on screen, in hexadecimal; empty before the first round.
        version: Of penumbra that wrote it.
    """

    model: str
    models: Mapping[str, Made]
    image: Image
    rounds: tuple[Said, ...]
    shown: int
    alpha: str
    version: str = __version__


def digest(array: NDArray[np.float32]) -> str:
    """Return the sha256 of an array's shape and values, in hexadecimal."""
    shape = "x".join(map(str, array.shape))
    return sha256(shape.encode() + np.ascontiguousarray(array, "<f4").tobytes()).hexdigest()


def made_of(predictor: Predictor[Any]) -> Made:
    """Return what the bits of a model's answers depend on."""
    weights: dict[str, str] = {}
    options: dict[str, Any] = {}
    for name, value in vars(predictor).items():
        graphs = value if isinstance(value, Mapping) else {name: value}
        hashes = {key: getattr(graph, "sha256", None) for key, graph in graphs.items()}
        weights |= {key: it for key, it in hashes.items() if isinstance(it, str)}
        if name == "options":
            options = json.loads(json.dumps(asdict(value)))
        if name == "voters":
            parts = {voter: made_of(each) for voter, each in value.items()}
            weights |= {
                f"{it}/{key}": sha for it in parts for key, sha in parts[it].weights.items()
            }
            options = {voter: dict(part.options) for voter, part in parts.items()}
    return Made(weights, options)


def write_record(path: Path | str, record: Record) -> None:
    """Write a session, whole or not at all.

    Raises:
        OutputError: The file cannot be written.
    """
    write_atomically(path, record_to_json(record).encode())


def record_to_json(record: Record) -> str:
    """Return the text of a session's file."""
    rounds = [
        {"model": said.model, "refine": said.what}
        if isinstance(said.what, int)
        else {"model": said.model, "hints": json.loads(hints_to_json(said.what))}
        for said in record.rounds
    ]
    image = record.image
    stated = {
        "penumbra": record.version,
        "model": record.model,
        "models": {name: asdict(made) for name, made in record.models.items()},
        "image": {"height": image.height, "width": image.width, "sha256": image.sha256},
        "rounds": rounds,
        "shown": record.shown,
        "alpha": record.alpha,
    }
    return json.dumps(stated, indent=1) + "\n"


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
    _check(path, isinstance(stated["models"], dict), "models by name", stated["models"])
    models = {name: _made(path, name, made) for name, made in stated["models"].items()}
    for key in ("penumbra", "model", "alpha"):
        _check(path, isinstance(stated[key], str), f"{key} as text", stated[key])
    _check(path, isinstance(stated["rounds"], list), "a list of rounds", stated["rounds"])
    rounds = tuple(_round(path, number, said) for number, said in enumerate(stated["rounds"], 1))
    for name in (stated["model"], *(said.model for said in rounds)):
        _check(path, name in models, f"what {name} is made of", sorted(models))
    shown = stated["shown"]
    is_right = type(shown) is int and 0 <= shown <= len(rounds)
    _check(path, is_right, f"shown in [0, {len(rounds)}]", shown)
    return Record(
        model=stated["model"],
        models=models,
        image=Image(image["height"], image["width"], str(image["sha256"])),
        rounds=rounds,
        shown=shown,
        alpha=stated["alpha"],
        version=stated["penumbra"],
    )


def _made(path: Path, name: str, stated: object) -> Made:
    is_right = isinstance(stated, dict) and sorted(stated) == ["options", "weights"]
    _check(path, is_right, f"weights and options of {name}", stated)
    assert isinstance(stated, dict)
    weights, options = stated["weights"], stated["options"]
    is_right = isinstance(weights, dict) and all(isinstance(it, str) for it in weights.values())
    _check(path, is_right, f"weights of {name} by graph", weights)
    _check(path, isinstance(options, dict), f"options of {name} by name", options)
    return Made(weights, options)


def _round(path: Path, number: int, said: object) -> Said:
    rule = f"a model, and hints or refine, as round {number}"
    keys = sorted(said) if isinstance(said, dict) else []
    _check(path, keys in (["hints", "model"], ["model", "refine"]), rule, said)
    assert isinstance(said, dict)
    model = said["model"]
    _check(path, isinstance(model, str), f"the model of round {number} as text", model)
    if "refine" in said:
        windows = said["refine"]
        _check(path, type(windows) is int and windows >= 0, f"windows as round {number}", windows)
        return Said(model, int(windows))
    try:
        return Said(model, hints_from_json(json.dumps(said["hints"])))
    except HintError as error:
        raise InputError(f"{path} must hold {rule}: {error}") from error


def _check(path: Path, is_right: bool, rule: str, came: object) -> None:
    if not is_right:
        text = json.dumps(came)
        text = text if len(text) <= 80 else f"{text[:77]}..."
        raise InputError(f"{path} must be a session with {rule}, got {text}")
