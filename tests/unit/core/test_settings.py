"""Values from the command line."""

from dataclasses import dataclass
from typing import Any, Literal

import pytest

from penumbra.core.errors import InputError, require
from penumbra.core.settings import with_settings


@dataclass(frozen=True)
class Options:
    """One of every type."""

    refine: bool = True
    post: Literal["none", "guided"] = "none"
    side: int = 1600
    scale: float = 1.0
    note: str = ""
    limit: int | None = 3
    places: tuple[int, ...] = ()
    span: tuple[int, float] = (1, 2.0)
    names: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("setting", "name", "value"),
    [
        ("refine=false", "refine", False),
        ("refine = True", "refine", True),
        ("post=guided", "post", "guided"),
        ("side=-20", "side", -20),
        ("side=1" + 400 * "0", "side", 10**400),
        ("scale=1e-3", "scale", 1e-3),
        ("note=a=b", "note", "a=b"),
        ("limit=None", "limit", None),
        ("limit=7", "limit", 7),
        ("places=1, 2", "places", (1, 2)),
        ("span=(3,4)", "span", (3, 4.0)),
    ],
)
def test_a_value_is_read_as_its_declared_type(setting: str, name: str, value: Any) -> None:  # noqa: ANN401
    """By the declaration, never by its looks."""
    changed = getattr(with_settings(Options(), [setting]), name)

    assert (changed, type(changed)) == (value, type(value))


def test_later_settings_win_and_the_others_stay() -> None:
    """As on any command line."""
    before = Options()

    after = with_settings(before, ["side=5", "refine=false", "side=6"])

    assert after == Options(refine=False, side=6)
    assert before == Options()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("refine", "setting must be NAME=VALUE, got 'refine'"),
        ("refin=true", r"one of refine, .*got 'refin'; did you mean refine\?"),
        ("zzz=true", "setting must be one of .*names, got 'zzz'$"),
        ("refine=1", "refine must be true or false, got '1'"),
        ("post=giuded", r"post must be one of none, guided, got 'giuded'; did you mean guided\?"),
        ("post=x", "post must be one of none, guided, got 'x'$"),
        ("side=2.5", "side must be a whole number, got '2.5'"),
        ("scale=inf", "scale must be a finite number, got 'inf'"),
        ("scale=x", "scale must be a finite number, got 'x'"),
        ("names=a", "names must be changed in the code itself, got 'a'"),
        ("span=1", "span must be 2 values with commas between them, got '1'"),
        ("places=1,x", "places must be a whole number, got 'x'"),
    ],
)
def test_what_cannot_be_set_is_refused(setting: str, message: str) -> None:
    """With the nearest name where one is near."""
    with pytest.raises(InputError, match=message):
        with_settings(Options(), [setting])


@dataclass(frozen=True)
class Range:
    """Values that must suit each other."""

    low: int = 0
    high: int = 1

    def __post_init__(self) -> None:
        require(self.low < self.high, "low", "below high", self.low)


def test_values_that_suit_each_other_change_together() -> None:
    """In any order; what the dataclass refuses is refused."""
    assert with_settings(Range(), ["low=5", "high=9"]) == Range(5, 9)
    with pytest.raises(InputError, match="low must be below high, got 5"):
        with_settings(Range(), ["low=5"])
