"""Options that take any number of points: `--on X Y X Y ...`.

Click's own options take a fixed number of values, so the numbers that follow the option are
dealt out beforehand, two to each repetition of it: `--on 1 2 3 4` is `--on 1 2 --on 3 4`.
"""

import re

import click

POINT = (float, float)

_OPTIONS = ("--on", "--off")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


class PointsCommand(click.Command):
    """A command whose `--on` and `--off` take any number of points."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Deal the points out and go on as usual."""
        return super().parse_args(ctx, deal_points(args))


def deal_points(args: list[str]) -> list[str]:
    """Return the arguments with every `--on` and `--off` followed by one point.

    Args:
        args: As they stand on the command line.  Nothing is touched after `--`; a file whose
            name is a number is written `./7`.

    Raises:
        click.UsageError: The numbers after an option do not pair up.

    Example:
        >>> deal_points(["a.jpg", "--on", "1", "2", "3", "4", "-o", "b.png"])
        ['a.jpg', '--on', '1', '2', '--on', '3', '4', '-o', 'b.png']
    """
    end = args.index("--") if "--" in args else len(args)
    dealt: list[str] = []
    i = 0
    while i < end:
        dealt.append(args[i])
        i += 1
        if dealt[-1] not in _OPTIONS:
            continue
        option, numbers = dealt.pop(), _leading_numbers(args[i:end])
        if len(numbers) % 2:
            came = " ".join(numbers)
            raise click.UsageError(f"{option} must be followed by pairs X Y, got {came}")
        for x, y in zip(numbers[::2], numbers[1::2], strict=True):
            dealt += [option, x, y]
        if not numbers:
            dealt.append(option)  # click says what is missing
        i += len(numbers)
    return dealt + args[end:]


def _leading_numbers(args: list[str]) -> list[str]:
    count = 0
    while count < len(args) and _NUMBER.fullmatch(args[count]):
        count += 1
    return args[:count]
