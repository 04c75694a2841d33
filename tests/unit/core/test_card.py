"""What a model's card refuses."""

from dataclasses import replace

import numpy as np
import pytest

from penumbra.core.card import ModelCard
from penumbra.core.errors import HintError
from penumbra.core.hints import Box, Click, HintKind, Hints


def card(
    accepts: set[HintKind], requires: set[HintKind] | None = None, is_hint_needed: bool = False
) -> ModelCard:
    return ModelCard(
        name="test",
        title="",
        paper="",
        accepts=frozenset(accepts),
        requires=frozenset(requires or ()),
        is_hint_needed=is_hint_needed,
    )


CLICK = Hints(clicks=(Click(1, 1),))
TRIMAP = Hints(trimap=np.full((2, 2), 0.5, np.float32))


def test_accepted_hints_pass() -> None:
    card({"click", "box"}, is_hint_needed=True).check(CLICK)
    card({"trimap"}, requires={"trimap"}).check(TRIMAP)


def test_an_automatic_model_needs_no_hint() -> None:
    """Models such as aim answer to nothing at all."""
    card(set()).check(Hints())


def test_a_missing_kind_is_named() -> None:
    """The user learns what to give, before any time is spent."""
    with pytest.raises(HintError, match=r"^test needs a trimap$"):
        card({"trimap"}, requires={"trimap"}).check(Hints())


def test_two_missing_kinds_are_both_named() -> None:
    with pytest.raises(HintError, match=r"^test needs a box and a click$"):
        card({"click", "box"}, requires={"click", "box"}).check(Hints())


def test_an_unusable_kind_is_refused_rather_than_ignored() -> None:
    """A box that is ignored in silence looks like a bad model."""
    hints = Hints(clicks=CLICK.clicks, box=Box(0, 0, 1, 1), text="cat")

    with pytest.raises(HintError, match=r"^test cannot use a box or a text$"):
        card({"click"}).check(hints)


def test_any_one_hint_will_do_where_one_is_needed() -> None:
    with pytest.raises(HintError, match=r"^test needs a box or a click$"):
        card({"click", "box"}, is_hint_needed=True).check(Hints())


def test_hints_outside_are_refused_unless_the_model_cuts_them() -> None:
    """A mark that is lost in silence looks like a bad model."""
    hints = Hints(box=Box(-1, 0, 4, 4))

    with pytest.raises(HintError, match="box must lie inside the 8x4 image"):
        card({"box"}).check_inside(hints, 4, 8)
    replace(card({"box"}), can_crop_hints=True).check_inside(hints, 4, 8)
