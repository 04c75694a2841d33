"""`penumbra`: the commands by name, each imported only when it is wanted."""

import os
from importlib import import_module
from typing import Any

import click

from penumbra import __version__

COMMANDS = ("cut", "evaluate", "models", "doctor")

INTERRUPTED = 130  # what shells use for a command that Ctrl-C ended


class LazyGroup(click.Group):
    """A group whose command `NAME` is the object of that name in `penumbra.cli.NAME`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which help shows them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, or None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"penumbra.cli.{cmd_name}"), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click declares it
        """Run the command; Ctrl-C ends it with one word and exit status 130."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(INTERRUPTED)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="penumbra")
def main() -> None:
    """Lift hair, fur, glass and smoke off one picture and lay them over another."""
    # What is wrong with a file is said once, in our words.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
