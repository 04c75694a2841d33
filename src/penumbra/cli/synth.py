"""`penumbra synth`: pictures of several people, with the matte of each and sentences about them."""

import click

from penumbra.cli.lazy import LazyGroup

COMMANDS = ("captions", "people", "review")


@click.group(cls=LazyGroup, commands=COMMANDS, prefix="penumbra.cli.synth_")
def synth() -> None:
    """Make sets of pictures of several people, and look them over."""
