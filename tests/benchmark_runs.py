"""What `penumbra benchmark` printed, read back."""

from collections.abc import Callable

from click.testing import Result

Benchmark = Callable[[str], Result]
"""Words of the command line to what came of it."""

DATA = "--data copy --backgrounds voc"
"""Where the fixture `benchmark` writes a tiny copy of Composition-1k."""


def rows(result: Result) -> dict[str, list[str]]:
    """The table that was printed: first cell to the others."""
    lines = [line.strip("| ") for line in result.stdout.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.split("|")] for line in lines]
    return {first: others for first, *others in cells if not first.startswith(":")}
