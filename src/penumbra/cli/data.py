"""`penumbra data`: from datasets on disk to packs that a training machine reads."""

import click

from penumbra.cli.lazy import LazyGroup

COMMANDS = ("list", "check", "mattes", "pack")


@click.group(cls=LazyGroup, commands=COMMANDS, prefix="penumbra.cli.data_")
def data() -> None:
    """List datasets, check copies, make mattes of masks, and pack training sets."""
