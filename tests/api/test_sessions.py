"""`/v1/sessions`: rounds of hints on a photograph, as the page and programs say them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from starlette.testclient import TestClient

from penumbra.core.hints import Hints
from penumbra.core.hints_json import hints_from_json, hints_to_json
from penumbra.server.settings import Limits
from penumbra.systems import registry
from tests.api.conftest import Open
from tests.api.talk import (
    CLICK,
    PHOTO,
    TWO,
    alpha_of,
    ask,
    begin,
    good,
    own,
    refusal,
    rounded,
    say,
)
from tests.unit.io.files import encode, noise, srgb_profile

KINDS = ["box", "click", "mask", "scribble", "text", "trimap"]


def hints(value: dict[str, Any]) -> Hints:
    """What the package makes of the same JSON."""
    return hints_from_json(json.dumps(value))


def test_a_new_session_is_a_photograph_without_rounds(client: TestClient) -> None:
    state = begin(client)

    session = state.pop("id")
    assert state == {
        "name": "cat.png",
        "model": "auto",
        "width": 32,
        "height": 24,
        "bits": 8,
        "has_profile": False,
        "has_background": False,
        "shown": 0,
        "rounds": [],
        "can_refine": False,
        "accepts": KINDS,
    }
    assert client.get(f"/v1/sessions/{session}").json() == {"id": session, **state}


def test_depth_and_profile_of_the_photograph_are_told(client: TestClient) -> None:
    """The page offers them for the export."""
    with_profile = encode(noise(4, 6, 3), "PNG", icc_profile=srgb_profile())

    assert begin(client, with_profile)["has_profile"] is True
    assert begin(client, encode(noise(4, 6, 3, dtype=np.uint8), "TIFF"))["bits"] == 8


def test_two_sessions_have_names_that_nobody_can_guess(client: TestClient) -> None:
    """They are all it takes to see a session."""
    one, other = begin(client)["id"], begin(client)["id"]

    assert one != other
    assert len(one) == len(other) == 24


@pytest.mark.parametrize(
    ("form", "photo", "refused"),
    [
        ({"model": "gpt"}, PHOTO, (422, "input")),
        ({"licence": "stolen"}, PHOTO, (422, "shape")),
        ({}, b"no picture", (422, "image")),
        ({}, encode(noise(41, 25, 3), "PNG"), (413, "too_large")),
    ],
)
def test_an_upload_that_cannot_be_used_is_refused(
    open_server: Open, state: Path, form: dict[str, str], photo: bytes, refused: tuple[int, str]
) -> None:
    """And no session is left of it."""
    client = open_server(Limits(pixels=1000))

    answer = client.post("/v1/sessions", files={"image": ("a.png", photo)}, data=form)

    assert refusal(answer) == refused
    assert not list((state / "sessions").iterdir())


def test_an_upload_without_a_photograph_is_refused(client: TestClient) -> None:
    """As a form, and as JSON."""
    assert refusal(client.post("/v1/sessions", data={"model": "auto"})) == (422, "shape")
    assert refusal(client.post("/v1/sessions", json={"image": "a.png"})) == (422, "shape")
    assert refusal(client.post("/v1/sessions", files={}, data={"image": "a"})) == (422, "shape")


def test_a_round_answers_as_the_package_does(client: TestClient) -> None:
    """And says what came out."""
    state = say(client, begin(client), CLICK)

    matte = own().apply(hints(CLICK))
    (told,) = state["rounds"]
    assert_array_equal(alpha_of(client, state), rounded(matte.alpha))
    assert told.pop("seconds") >= 0
    clicks = [{"x": 3.5, "y": 4.5, "is_foreground": True}]
    assert told.pop("hints") == {
        "clicks": clicks,
        "scribbles": [],
        "box": None,
        "text": None,
        "trimap": None,
        "mask": None,
    }
    assert told == {
        "number": 1,
        "kind": "hints",
        "kinds": {"click": 1},
        "model": "ensemble",
        "empty": False,
        "confidence": 1.0,
        "expected_error": None,
        "refined": 0,
        "changed": pytest.approx(float((matte.alpha > 1 / 255).mean()), abs=1e-6),
        "notes": ["1 clicks"],
        "flags": [],
        "has_conflicts": False,
    }
    assert (state["shown"], state["can_refine"]) == (1, True)


def test_every_round_goes_on_from_the_one_on_screen(client: TestClient) -> None:
    """The second answer depends on the first; how much changed is against it."""
    state = say(client, begin(client), CLICK)
    state = say(client, state, TWO)

    session = own()
    first = session.apply(hints(CLICK))
    second = session.apply(hints(TWO))
    changed = (np.abs(second.alpha - first.alpha) > 1 / 255).mean()
    assert_array_equal(alpha_of(client, state), rounded(second.alpha))
    assert [it["number"] for it in state["rounds"]] == [1, 2]
    assert state["rounds"][1]["changed"] == pytest.approx(float(changed), abs=1e-6)


def test_a_matte_of_nothing_is_called_empty(client: TestClient) -> None:
    """So that the page can say so instead of showing a white square."""
    black = encode(np.zeros((5, 6, 3), np.uint8), "PNG")

    assert say(client, begin(client, black), {})["rounds"][0]["empty"] is True


@pytest.mark.parametrize(
    ("said", "model"),
    [
        ({}, "ensemble"),
        (CLICK, "ensemble"),
        ({"box": [1, 2, 20, 20]}, "ensemble"),
        ({"scribbles": [{"points": [[1, 1], [5, 6]], "width": 3}]}, "ensemble"),
    ],
)
def test_auto_takes_the_model_for_what_is_said(
    client: TestClient, said: dict[str, Any], model: str
) -> None:
    """The session's state says which one it was."""
    state = say(client, begin(client), said)

    assert state["rounds"][0]["model"] == model
    assert state["model"] == "auto"
    assert state["can_refine"] is registry.card(model).can_refine
    assert_array_equal(alpha_of(client, state), rounded(own(model).apply(hints(said)).alpha))


def test_a_session_keeps_to_the_model_that_was_chosen(client: TestClient) -> None:
    """A round may ask another one, or leave the choice to the kit."""
    state = begin(client, model="aim")
    assert state["accepts"] == []
    assert refusal(ask(client, state, "rounds", {"hints": CLICK})) == (422, "hint")

    state = say(client, state, {})
    assert [it["model"] for it in state["rounds"]] == ["aim"]
    state = say(client, state, CLICK, model="clicks")
    assert state["accepts"] == ["click"]
    state = say(client, state, {"box": [1, 2, 20, 20]}, model="auto")

    assert [it["model"] for it in state["rounds"]] == ["aim", "clicks", "ensemble"]
    assert refusal(ask(client, state, "rounds", {"model": "gpt"})) == (422, "input")


def test_a_session_of_open_licences_begins_without_others(client: TestClient) -> None:
    """The models that look at a photograph alone are for research, so none of them is asked."""
    state = say(client, begin(client, licence="open"), CLICK)

    assert state["rounds"][0]["model"] == "classical"


def test_a_round_on_another_one_than_was_seen_is_refused(client: TestClient) -> None:
    """Two windows on one session: the second must look again before it goes on."""
    state = say(client, begin(client), CLICK, base=0)

    for body in ({"hints": TWO, "base": 0}, {"hints": TWO, "base": 2}):
        assert refusal(ask(client, state, "rounds", body)) == (409, "stale")
    assert refusal(ask(client, state, "refine", {"base": 0})) == (409, "stale")
    assert good(client.get(f"/v1/sessions/{state['id']}")) == state
    assert say(client, state, TWO, base=1)["shown"] == 2


def test_a_session_has_only_so_many_rounds(open_server: Open) -> None:
    """What is undone makes room again."""
    client = open_server(Limits(rounds=2))
    state = begin(client)
    for _ in range(2):
        state = say(client, state, CLICK)

    assert refusal(ask(client, state, "rounds", {"hints": CLICK})) == (409, "rounds")
    assert refusal(ask(client, state, "refine", {"budget": "1"})) == (409, "rounds")
    ask(client, state, "undo")
    assert say(client, state, TWO)["shown"] == 2


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"clicks": [{"x": 32, "y": 1}]}, "hint"),
        ({"clicks": [{"x": 1}]}, "shape"),
        ({"clicks": [{"x": 1, "y": 1, "z": 1}]}, "shape"),
        ({"clicks": [{"x": "left", "y": 1}]}, "shape"),
        ({"scribbles": [{"points": []}]}, "shape"),
        ({"scribbles": [{"points": [[1, 1]], "width": 0}]}, "shape"),
        ({"box": [5, 5, 1, 1]}, "hint"),
        ({"box": [1, 1, 5]}, "shape"),
        ({"text": " "}, "hint"),
        ({"text": "x" * 501}, "shape"),
        ({"trimap": {"height": 24, "width": 32, "zlib": "?"}}, "hint"),
        ({"mask": {"height": 24, "width": 33, "zlib": ""}}, "hint"),
        ({"mask": {"height": 0, "width": 32, "zlib": ""}}, "shape"),
        ({"drawing": []}, "shape"),
    ],
)
def test_hints_that_cannot_be_used_leave_the_session_as_it_was(
    client: TestClient, said: dict[str, Any], code: str
) -> None:
    """A slip costs nothing."""
    state = say(client, begin(client), CLICK)

    assert refusal(ask(client, state, "rounds", {"hints": said})) == (422, code)
    assert refusal(ask(client, state, "preview", {"hints": said})) == (422, code)

    assert good(client.get(f"/v1/sessions/{state['id']}")) == state
    assert_array_equal(alpha_of(client, state), rounded(own().apply(hints(CLICK)).alpha))


def test_words_go_to_the_model_that_reads_them(client: TestClient) -> None:
    """It has no open weights: who wants those is told that what is left takes no text."""
    said = {**TWO, "text": "the person on the left"}
    state = say(client, begin(client), said)
    refused = ask(client, begin(client, licence="open"), "rounds", {"hints": said})

    assert state["rounds"][0]["model"] == "dfimat"
    assert_array_equal(alpha_of(client, state), rounded(own("dfimat").apply(hints(said)).alpha))
    assert refusal(refused) == (422, "hint")
    assert refused.json()["error"]["message"] == "classical cannot use a text"


def test_a_mask_and_a_trimap_reach_the_model(client: TestClient) -> None:
    """Packed as the package packs them."""
    trimap = np.tile(np.array([0, 0.5, 0.5, 1], np.float32), (24, 8))
    for given in (Hints(mask=trimap > 0), Hints(trimap=trimap)):
        said = json.loads(hints_to_json(given))
        state = say(client, begin(client), said)

        model = "classical" if given.trimap is None else "ensemble-trimap"
        assert state["rounds"][0]["model"] == model
        assert_array_equal(alpha_of(client, state), rounded(own(model).apply(given).alpha))


def test_undo_and_redo_stop_at_both_ends(client: TestClient) -> None:
    """Once too often changes nothing."""
    state = say(client, say(client, begin(client), CLICK), TWO)
    second = alpha_of(client, state)

    assert [good(ask(client, state, "undo"))["shown"] for _ in range(3)] == [1, 0, 0]
    assert refusal(client.get(f"/v1/sessions/{state['id']}/pictures/alpha")) == (404, "no_matte")
    assert [good(ask(client, state, "redo"))["shown"] for _ in range(3)] == [1, 2, 2]
    assert_array_equal(alpha_of(client, state), second)


def test_any_round_can_be_put_on_screen(client: TestClient) -> None:
    """A number that is none changes nothing."""
    state = say(client, begin(client), CLICK)
    first = alpha_of(client, state)
    state = say(client, state, TWO)

    assert good(ask(client, state, "show", {"round": 1}))["shown"] == 1
    assert_array_equal(alpha_of(client, state), first)
    for wrong in (-1, 3):
        assert refusal(ask(client, state, "show", {"round": wrong})) == (422, "input")
    assert refusal(ask(client, state, "show", {})) == (422, "shape")
    assert good(client.get(f"/v1/sessions/{state['id']}"))["shown"] == 1
    assert good(ask(client, state, "show", {"round": 0}))["shown"] == 0


def test_a_round_after_an_undo_forgets_what_was_undone(client: TestClient) -> None:
    """The redone matte would belong to hints that no longer lead to it."""
    state = begin(client)
    for said in (CLICK, TWO, CLICK):
        state = say(client, state, said)
    ask(client, state, "show", {"round": 1})

    state = say(client, state, {"clicks": [{"x": 9, "y": 9}]}, base=1)

    assert [it["kinds"] for it in state["rounds"]] == [{"click": 1}, {"click": 1}]
    assert state["rounds"][0]["hints"] is None  # only those of the round on screen travel
    assert state["rounds"][1]["hints"]["clicks"][0]["x"] == 9
    assert good(ask(client, state, "redo"))["shown"] == 2
    session = own()
    session.apply(hints(CLICK))
    matte = session.apply(hints({"clicks": [{"x": 9, "y": 9}]}))
    assert_array_equal(alpha_of(client, state), rounded(matte.alpha))


def test_all_models_are_listed_with_the_one_that_chooses_first(client: TestClient) -> None:
    """As their cards have them."""
    listed = good(client.get("/v1/models"))["models"]

    assert [it["name"] for it in listed] == ["auto", *registry.NAMES]
    assert (listed[0]["accepts"], listed[0]["can_refine"]) == (KINDS, True)
    clicks = next(it for it in listed if it["name"] == "clicks")
    card = registry.card("clicks")
    assert clicks == {
        "name": "clicks",
        "title": card.title,
        "paper": card.paper,
        "accepts": ["click"],
        "requires": [],
        "is_hint_needed": False,
        "can_refine": True,
        "can_find_people": False,
        "limits": card.limits,
    }
