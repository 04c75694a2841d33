"""`python -m penumbra`, where the command itself is not on the path."""

from penumbra.cli.main import main

main(prog_name="penumbra")
