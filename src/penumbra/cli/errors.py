"""How the kit's errors look at a terminal."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click

from penumbra.core.errors import MatteError

P = ParamSpec("P")
T = TypeVar("T")


class ReportedError(click.ClickException):
    """One line on stderr and exit status 2; a bug keeps its traceback and exits 1."""

    exit_code = 2


def matte_errors(command: Callable[P, T]) -> Callable[P, T]:
    """Report a `MatteError` raised by `command` instead of showing a traceback."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except MatteError as error:
            raise ReportedError(str(error)) from error

    return wrapped
