"""Values from the command line: "post=guided", read as the type that a dataclass declares."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass, replace
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from penumbra.core.errors import InputError

Options = TypeVar("Options")
Model = TypeVar("Model")

TRUTHS = {"true": True, "false": False}


def with_options(model: Model, settings: Sequence[str]) -> Model:
    """Return a model with some of its options replaced; see `with_settings`.

    Raises:
        InputError: It has no options, or as `with_settings`.
    """
    if not settings:
        return model
    known: Any = model
    if not is_dataclass(model) or not hasattr(model, "options"):
        raise InputError(f"setting must be of a model with options, got {settings[0]!r}")
    return cast(Model, replace(known, options=with_settings(known.options, settings)))


def with_settings(options: Options, settings: Iterable[str]) -> Options:
    """Return a dataclass of plain values with some of them replaced.

    Args:
        options: Stays as it is.
        settings: Each "name=value"; "none" stands for None where that is allowed.  All hold at
            once, so values that suit each other alone may change together.

    Raises:
        InputError: There is no such field, the value is not of its declared type, or the
            dataclass refuses it.
    """
    kinds = get_type_hints(type(options))
    before: Any = options
    known = [each.name for each in fields(before)]
    values = {}
    for setting in settings:
        name, equals, text = (part.strip() for part in setting.partition("="))
        if not equals:
            raise InputError(f"setting must be NAME=VALUE, got {setting!r}")
        if name not in known:
            near = f"; did you mean {' or '.join(meant)}?" if (meant := _near(name, known)) else ""
            raise InputError(f"setting must be one of {', '.join(known)}, got {name!r}{near}")
        values[name] = parsed(text, kinds[name], name)
    changed: Options = replace(before, **values)
    return changed


def parsed(text: str, kind: Any, name: str) -> Any:  # noqa: ANN401 - a declared type; one of it
    """Read a value as the declared type: bool, int, float, str, Literal, a tuple, or one or None.

    Values of a tuple have commas between them.

    Raises:
        InputError: It is not of that type, or that type cannot be said in words.
    """
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType) and NoneType in args:
        if text.lower() == "none":
            return None
        (kind,) = (each for each in args if each is not NoneType)
        return parsed(text, kind, name)
    if origin is Literal:
        if text not in args:
            near = f"; did you mean {' or '.join(meant)}?" if (meant := _near(text, args)) else ""
            raise InputError(f"{name} must be one of {', '.join(args)}, got {text!r}{near}")
        return text
    if origin is tuple:
        parts = [part.strip() for part in text.strip("()[]").split(",") if part.strip()]
        if args[-1] is not ... and len(parts) != len(args):
            raise InputError(
                f"{name} must be {len(args)} values with commas between them, got {text!r}"
            )
        return tuple(parsed(part, place(kind, at), name) for at, part in enumerate(parts))
    if kind is bool:
        if text.lower() not in TRUTHS:
            raise InputError(f"{name} must be true or false, got {text!r}")
        return TRUTHS[text.lower()]
    if kind is int or kind is float:
        return _number(text, kind, name)
    if kind is str:
        return text
    raise InputError(f"{name} must be changed in the code itself, got {text!r}")


def place(kind: Any, number: int) -> Any:  # noqa: ANN401 - declared types
    """Return the declared type of a place in a tuple."""
    args = get_args(kind)
    if len(args) == 2 and args[1] is ...:
        return args[0]
    return args[number] if number < len(args) else Any


def _number(text: str, kind: type[int] | type[float], name: str) -> float:
    rule = "a whole number" if kind is int else "a finite number"
    try:
        number = kind(text)
    except ValueError as error:
        raise InputError(f"{name} must be {rule}, got {text!r}") from error
    if isinstance(number, float) and not math.isfinite(number):
        raise InputError(f"{name} must be {rule}, got {text!r}")
    return number


def _near(name: str, known: Iterable[str]) -> list[str]:
    return get_close_matches(name, list(known))
