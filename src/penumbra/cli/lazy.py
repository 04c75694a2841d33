"""Command groups whose commands are imported only when they are wanted."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

INTERRUPTED = 130  # what shells use for a command that Ctrl-C ended


class LazyGroup(click.Group):
    """A group that imports a command when it is asked for.

    Args:
        commands: Names, in the order in which help shows them.
        prefix: Where they live: command `cut` of prefix "penumbra.cli." is the object `cut` of
            the module `penumbra.cli.cut`; `list` of prefix "penumbra.cli.data_" is the object
            `data_list` of `penumbra.cli.data_list`.
    """

    def __init__(self, commands: Sequence[str], prefix: str, **settings: Any) -> None:  # noqa: ANN401
        super().__init__(**settings)
        self.names = tuple(commands)
        self.prefix = prefix

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which help shows them."""
        return list(self.names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, or None if there is none of that name."""
        if cmd_name not in self.names:
            return None
        module = self.prefix + cmd_name
        command: click.Command = getattr(import_module(module), module.rpartition(".")[2])
        return command

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click declares it
        """Run the command; Ctrl-C ends it with one word and exit status 130."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(INTERRUPTED)
