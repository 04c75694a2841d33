"""Any number of points after one option."""

import click
import pytest
from click.testing import CliRunner

from penumbra.cli.points import POINT, PointsCommand, deal_points


@pytest.mark.parametrize(
    ("typed", "dealt"),
    [
        ("--on 1 2", "--on 1 2"),
        ("--on 1 2 3 4 --off 5 6", "--on 1 2 --on 3 4 --off 5 6"),
        ("--on 1 2 --on 3 4", "--on 1 2 --on 3 4"),
        ("--on -1.5 +2 .5 1e2 a.jpg", "--on -1.5 +2 --on .5 1e2 a.jpg"),
        ("7 -o 8 --on 1 2", "7 -o 8 --on 1 2"),
        ("--on 1 2 -- --on 3 4 5", "--on 1 2 -- --on 3 4 5"),
        ("--on nan 2", "--on nan 2"),
        ("--on", "--on"),
        ("", ""),
    ],
)
def test_points_are_dealt_out_two_numbers_each(typed: str, dealt: str) -> None:
    """Numbers anywhere else, and words anywhere, stay where they are."""
    assert deal_points(typed.split()) == dealt.split()


def test_an_odd_number_is_refused_by_what_was_typed() -> None:
    """A forgotten coordinate must not shift all that follow it."""
    with pytest.raises(click.UsageError, match=r"--off must be .* pairs X Y, got 1 2 3"):
        deal_points(["--off", "1", "2", "3"])


def test_a_command_receives_all_points_in_order() -> None:
    """The order of clicks can matter to a model."""

    @click.command(cls=PointsCommand)
    @click.option("--on", type=POINT, multiple=True)
    def command(on: tuple[tuple[float, float], ...]) -> None:
        click.echo(on)

    result = CliRunner().invoke(command, ["--on", "1", "2", "3", "-4", "--on", "5", "6"])

    assert result.output == "((1.0, 2.0), (3.0, -4.0), (5.0, 6.0))\n"
