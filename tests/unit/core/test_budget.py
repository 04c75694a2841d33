"""What refinement may cost, as it is written."""

import pytest

from penumbra.core.budget import Budget, parse_budget
from penumbra.core.errors import InputError


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("8", Budget(8)),
        (" 0 ", Budget(0)),
        ("300ms", Budget(0.3, "seconds")),
        ("1.5 s", Budget(1.5, "seconds")),
        ("20%", Budget(0.2, "share")),
        ("100 %", Budget(1.0, "share")),
    ],
)
def test_a_budget_is_read(text: str, budget: Budget) -> None:
    """Windows, time, or a share of the picture."""
    assert parse_budget(text) == budget


@pytest.mark.parametrize("text", ["", "ms", "-3", "8 patches", "nan", "1e9", "0x8"])
def test_anything_else_is_refused(text: str) -> None:
    """With examples of what is expected."""
    with pytest.raises(InputError, match=r"budget must be like 8, 300ms, 1\.5s or 20%"):
        parse_budget(text)


@pytest.mark.parametrize(("text", "rule"), [("120%", "whole picture"), ("2.5", "whole number")])
def test_amounts_must_suit_the_unit(text: str, rule: str) -> None:
    """No half windows, no more than everything."""
    with pytest.raises(InputError, match=rule):
        parse_budget(text)
