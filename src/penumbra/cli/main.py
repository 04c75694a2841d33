"""`penumbra`: the commands by name, each imported only when it is wanted."""

import os

import click

from penumbra.cli.lazy import LazyGroup
from penumbra.core.version import __version__

COMMANDS = (
    "cut",
    "batch",
    "review",
    "replay",
    "evaluate",
    "benchmark",
    "models",
    "data",
    "synth",
    "train",
    "export",
    "serve",
    "doctor",
)


@click.group(
    cls=LazyGroup,
    commands=COMMANDS,
    prefix="penumbra.cli.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="penumbra")
def main() -> None:
    """Lift hair, fur, glass and smoke off one picture and lay them over another."""
    # What is wrong with a file is said once, in our words.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
