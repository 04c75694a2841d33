"""Changing a recipe from the command line: "stages.0.batch_size=8".

A path leads through the fields of the dataclasses and the places of their tuples; what stands
behind "=" is read as the type that the field declares.
"""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from difflib import get_close_matches
from typing import Any, get_args, get_type_hints

from penumbra.core.errors import InputError
from penumbra.core.settings import parsed, place
from penumbra.training.recipe import Recipe


def override(recipe: Recipe, settings: Iterable[str]) -> Recipe:
    """Return a recipe with some of its values replaced.

    Args:
        recipe: Stays as it is.
        settings: Each "path=value".  Several values of a tuple are separated by commas; "none"
            stands for None where that is allowed.

    Raises:
        InputError: There is no such path, it leads to something that only an edit of the recipe
            can change, or the value is not of the declared type.
    """
    for setting in settings:
        path, equals, text = setting.partition("=")
        if not equals:
            raise InputError(f"setting must be PATH=VALUE, got {setting!r}")
        keys = path.strip().split(".")
        recipe = _replaced(recipe, Recipe, keys, text.strip(), path.strip())
    return recipe


def _replaced(value: Any, kind: Any, path: list[str], text: str, whole: str) -> Any:  # noqa: ANN401
    """Return `value`, declared as `kind`, with what `path` leads to replaced."""
    if not path:
        if is_dataclass(value):
            raise InputError(f"{whole} must lead to a value, got all of {type(value).__name__}")
        return parsed(text, kind, whole)
    key, rest = path[0], path[1:]
    if is_dataclass(value) and not isinstance(value, type):
        known = {each.name: each for each in fields(value)}
        if key not in known:
            raise _unknown(key, whole, known)
        if "is_fixed" in known[key].metadata:
            raise InputError(f"{whole} must be changed in the code itself, got {text!r}")
        inner = _replaced(getattr(value, key), get_type_hints(type(value))[key], rest, text, whole)
        return replace(value, **{key: inner})
    if isinstance(value, Mapping):
        (_, inner_kind) = get_args(kind) or (str, Any)
        # A mapping names what it changes, so new names are allowed; the user of it checks them.
        return {**value, key: _replaced(value.get(key, MISSING), inner_kind, rest, text, whole)}
    if isinstance(value, tuple):
        if not (key.isdecimal() and int(key) < len(value)):
            raise _unknown(key, whole, map(str, range(len(value))))
        number = int(key)
        inner = _replaced(value[number], place(kind, number), rest, text, whole)
        return (*value[:number], inner, *value[number + 1 :])
    raise InputError(f"{whole} must end at a value, got {key!r} behind {value!r}")


def _unknown(key: str, whole: str, known: Iterable[str]) -> InputError:
    names = list(known)
    near = names if key.lstrip("-").isdecimal() else get_close_matches(key, names) or names
    return InputError(f"{whole} must name what the recipe has ({', '.join(near)}), got {key!r}")
