"""Hints as JSON text and back, without loss.

    {"clicks": [{"x": 3.5, "y": 2, "is_foreground": true}],
     "scribbles": [{"points": [[1, 1], [4, 2.5]], "width": 10, "is_foreground": false}],
     "box": [x0, y0, x1, y1],
     "text": "the cat",
     "trimap": {"height": 480, "width": 640, "zlib": "..."},
     "mask": as trimap}

Kinds that are not there are left out.  `zlib` is base64 of the zlib-compressed bytes of the plane,
row by row: 0, 1, 2 for background, unknown, foreground in a trimap, 0 and 1 in a mask.
"""

import base64
import json
import reprlib
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from penumbra.core.errors import HintError
from penumbra.core.hints import Box, Click, Hints, Scribble

MAX_PIXELS = 200_000_000
"""Larger planes are refused before anything is unpacked: a few bytes can claim any size."""

_PLANES = {"trimap": 2, "mask": 1}  # and the largest byte each may hold


def hints_to_json(hints: Hints) -> str:
    """Write hints as one line of JSON.

    Example:
        >>> hints_to_json(Hints(clicks=(Click(1.5, 2.0),)))
        '{"clicks": [{"x": 1.5, "y": 2.0, "is_foreground": true}]}'
    """
    value: dict[str, Any] = {}
    if hints.clicks:
        value["clicks"] = [
            {"x": c.x, "y": c.y, "is_foreground": c.is_foreground} for c in hints.clicks
        ]
    if hints.scribbles:
        value["scribbles"] = [
            {"points": s.points, "width": s.width, "is_foreground": s.is_foreground}
            for s in hints.scribbles
        ]
    if (box := hints.box) is not None:
        value["box"] = [box.x0, box.y0, box.x1, box.y1]
    if hints.text is not None:
        value["text"] = hints.text
    if hints.trimap is not None:
        value["trimap"] = _pack((hints.trimap * 2).astype(np.uint8))
    if hints.mask is not None:
        value["mask"] = _pack(hints.mask.astype(np.uint8))
    return json.dumps(value)


def hints_from_json(text: str) -> Hints:
    """Read hints as `hints_to_json` writes them.

    Raises:
        HintError: The text is not JSON, or does not describe hints.

    Example:
        >>> hints_from_json('{"box": [0, 0, 4, 2.5]}').box
        Box(x0=0.0, y0=0.0, x1=4.0, y1=2.5)
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise HintError(f"hints must be JSON, got {reprlib.repr(text)}: {error}") from error
    fields = _fields(value, "hints", optional=("clicks", "scribbles", "box", "text", *_PLANES))
    trimap = _unpack(fields["trimap"], "trimap") if "trimap" in fields else None
    mask = _unpack(fields["mask"], "mask") if "mask" in fields else None
    return Hints(
        clicks=tuple(_click(click) for click in _list(fields.get("clicks", []), "clicks")),
        scribbles=tuple(_scribble(s) for s in _list(fields.get("scribbles", []), "scribbles")),
        box=Box(*_numbers(fields["box"], "box", 4)) if "box" in fields else None,
        text=_text(fields["text"], "text") if "text" in fields else None,
        trimap=None if trimap is None else trimap.astype(np.float32) * np.float32(0.5),
        mask=None if mask is None else mask.astype(np.bool_),
    )


def _pack(plane: NDArray[np.uint8]) -> dict[str, Any]:
    height, width = plane.shape
    packed = base64.b64encode(zlib.compress(plane.tobytes())).decode()
    return {"height": height, "width": width, "zlib": packed}


def _unpack(value: object, name: str) -> NDArray[np.uint8]:
    fields = _fields(value, name, ("height", "width", "zlib"))
    height, width = fields["height"], fields["width"]
    is_size = type(height) is int and type(width) is int and height > 0 and width > 0
    if not is_size or height * width > MAX_PIXELS:
        size = reprlib.repr([height, width])
        raise HintError(f"{name} must have from 1 to {MAX_PIXELS} pixels, got {size}")
    try:
        packed = base64.b64decode(_text(fields["zlib"], f"{name} zlib"), validate=True)
        data = zlib.decompressobj().decompress(packed, height * width + 1)
    except (ValueError, zlib.error) as error:
        raise HintError(f"{name} must hold base64 of zlib, got {error}") from error
    if len(data) != height * width:
        raise HintError(f"{name} must hold {height * width} bytes, got another number")
    plane = np.frombuffer(data, np.uint8).reshape(height, width)
    if (most := int(plane.max())) > _PLANES[name]:
        raise HintError(f"{name} must hold bytes from 0 to {_PLANES[name]}, got {most}")
    return plane


def _click(value: object) -> Click:
    fields = _fields(value, "click", ("x", "y"), ("is_foreground",))
    x, y = _numbers([fields["x"], fields["y"]], "click", 2)
    return Click(x, y, _flag(fields))


def _scribble(value: object) -> Scribble:
    fields = _fields(value, "scribble", ("points",), ("width", "is_foreground"))
    points = [
        _numbers(point, "scribble point", 2) for point in _list(fields["points"], "scribble points")
    ]
    (width,) = _numbers([fields.get("width", 10)], "scribble width", 1)
    return Scribble(tuple((x, y) for x, y in points), width, _flag(fields))


def _flag(fields: dict[str, Any]) -> bool:
    flag = fields.get("is_foreground", True)
    if not isinstance(flag, bool):
        raise HintError(f"is_foreground must be true or false, got {reprlib.repr(flag)}")
    return flag


def _fields(
    value: object, name: str, needed: tuple[str, ...] = (), optional: tuple[str, ...] = ()
) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise HintError(f"{name} must be a JSON object, got {reprlib.repr(value)}")
    if missing := [key for key in needed if key not in value]:
        raise HintError(f"{name} must have {' and '.join(missing)}, got {reprlib.repr(value)}")
    if unknown := [key for key in value if key not in needed + optional]:
        known = ", ".join(needed + optional)
        raise HintError(f"{name} must have no fields but {known}, got {reprlib.repr(unknown[0])}")
    return value


def _list(value: object, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise HintError(f"{name} must be a list, got {reprlib.repr(value)}")
    return value


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise HintError(f"{name} must be text, got {reprlib.repr(value)}")
    return value


def _numbers(value: object, name: str, count: int) -> list[float]:
    numbers = _list(value, name)
    is_number = [type(number) in (int, float) for number in numbers]
    if len(numbers) != count or not all(is_number):
        raise HintError(f"{name} must hold {count} numbers, got {reprlib.repr(value)}")
    try:
        return [float(number) for number in numbers]
    except OverflowError as error:
        raise HintError(f"{name} must be finite, got {reprlib.repr(value)}") from error
