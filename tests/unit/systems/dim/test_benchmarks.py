"""What of the paper can be run again."""

import subprocess
import sys

from penumbra.systems.dim.benchmarks import BENCHMARKS, COMP1K_TABLE, TRIMAP_SENSITIVITY


def test_the_rows_are_those_that_are_quoted() -> None:
    """With both losses and refinement, and without; the guided filter is quoted by nobody."""
    rows = [list(row.numbers.values()) for row in COMP1K_TABLE.printed]

    assert rows == [[59.6, 0.019, 40.5, 59.3], [54.6, 0.017, 36.7, 55.3], [50.4, 0.014, 31.0, 50.8]]


def test_every_printed_number_has_its_column() -> None:
    """A label that no score has would vanish from the table without a word."""
    labels = {score.label for score in COMP1K_TABLE.benchmark.scores}

    assert all(row.numbers.keys() == labels - {"MAD"} for row in COMP1K_TABLE.printed)


def test_the_distances_are_those_of_the_paper() -> None:
    """In pixels."""
    assert TRIMAP_SENSITIVITY.distances == (1, 4, 7, 10, 13, 16, 19)


def test_the_names_differ() -> None:
    """They are looked up by them."""
    assert [each.name for each in BENCHMARKS] == ["comp1k", "trimap-sensitivity"]


def test_torch_is_not_needed() -> None:
    """Who measures need not train."""
    program = (
        "import sys, penumbra.systems.dim.benchmarks, penumbra.cli.benchmark_job;"
        "sys.exit(' '.join({'torch', 'matplotlib'} & sys.modules.keys()) or 0)"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
