"""Every model by name."""

import subprocess
import sys

import numpy as np
import pytest

from penumbra.core.errors import HintError, InputError
from penumbra.core.hints import Box, Click, Hints, Scribble
from penumbra.systems import registry

TRIMAP = np.full((2, 2), 0.5, np.float32)


@pytest.mark.parametrize("name", registry.NAMES)
def test_every_name_has_a_system(name: str) -> None:
    """A name in the list that cannot be loaded would be found by a user first."""
    system = registry.system(name)

    assert system.card.name == name
    assert registry.card(name) is system.card
    assert registry.load_predictor(name).card is system.card


@pytest.mark.parametrize("name", registry.NAMES)
def test_every_card_is_filled_in(name: str) -> None:
    """`penumbra models` and the documentation print these fields."""
    card = registry.card(name)

    assert card.requires <= card.accepts
    assert card.title
    assert card.paper
    assert card.limits


def test_the_models_of_the_command_line_are_there() -> None:
    assert registry.NAMES == (
        "closed-form",
        "knn",
        "shared",
        "random-walk",
        "classical",
        "segment",
        "dim",
        "aim",
        "clicks",
        "safe",
        "dfimat",
        "ensemble",
        "ensemble-trimap",
    )


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("closed_form", "closed-form"), ("KNN", None), ("random-wlak", "random-walk")],
)
def test_an_unknown_name_is_answered_with_the_nearest(typed: str, meant: str | None) -> None:
    with pytest.raises(InputError) as caught:
        registry.system(typed)

    message = str(caught.value)
    assert message.startswith("model must be one of closed-form, knn, ")
    assert f"got {typed!r}" in message
    assert message.endswith(f"; did you mean {meant!r}?" if meant else repr(typed))


@pytest.mark.parametrize(
    ("hints", "name"),
    [
        (Hints(trimap=TRIMAP), "ensemble-trimap"),
        (Hints(trimap=TRIMAP, clicks=(Click(1, 1),)), "classical"),
        (Hints(mask=np.ones((2, 2), np.bool_)), "classical"),
        (Hints(box=Box(0, 0, 1, 1)), "ensemble"),
        (Hints(scribbles=(Scribble(((1, 1),)),)), "ensemble"),
        (Hints(), "ensemble"),
        (Hints(clicks=(Click(1, 1),)), "ensemble"),
        (Hints(clicks=(Click(1, 1),), box=Box(0, 0, 1, 1)), "ensemble"),
        (Hints(text="the person on the left"), "dfimat"),
        (Hints((Click(1, 1),), (Scribble(((1, 1),)),), Box(0, 0, 1, 1), "she"), "dfimat"),
        (Hints(text="she", trimap=TRIMAP), "classical"),
        (Hints(text="she", mask=np.ones((2, 2), np.bool_)), "classical"),
    ],
)
def test_auto_takes_the_model_that_fits_the_hints(hints: Hints, name: str) -> None:
    assert registry.choose(hints) == name


def test_auto_knows_what_else_is_asked() -> None:
    """Marks have no open weights."""
    assert registry.choose(Hints(clicks=(Click(1, 1),)), "open") == "classical"
    assert registry.choose(Hints(box=Box(0, 0, 1, 1)), "open") == "classical"
    assert registry.choose(Hints(), "open") == "ensemble"
    assert registry.choose(Hints(trimap=TRIMAP), "open") == "ensemble-trimap"


def test_words_have_no_open_weights() -> None:
    """Who wants open weights is told that what is left takes no text."""
    hints = Hints(text="the person on the left")

    name = registry.choose(hints, "open")

    with pytest.raises(HintError, match=r"^classical cannot use a text$"):
        registry.card(name).check(hints)


def test_listing_the_names_loads_no_room() -> None:
    """`penumbra --help` names the models in its first tenth of a second."""
    code = (
        "import sys, penumbra.systems.registry as r; r.NAMES; print([m for m in sys.modules "
        "if m in ('cv2', 'PIL', 'scipy', 'penumbra.systems.classical.system')])"
    )

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"
