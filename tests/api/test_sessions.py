"""`/v1/sessions`: rounds of hints on a photograph, as the page and programs say them."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from starlette.testclient import TestClient

from penumbra.core.budget import Budget
from penumbra.core.hints import Hints
from penumbra.core.hints_json import hints_from_json, hints_to_json
from penumbra.core.resample import resize
from penumbra.io import load_alpha, read_photograph
from penumbra.server.app import create_app
from penumbra.server.settings import Limits, Settings
from penumbra.session.session import Session
from penumbra.systems import registry
from tests.api.conftest import Gate, Open
from tests.api.talk import (
    CLICK,
    PHOTO,
    TWO,
    State,
    alpha_of,
    ask,
    begin,
    good,
    own,
    refusal,
    rounded,
    say,
)
from tests.full_disk import full_disk
from tests.likeness import load
from tests.unit.io.files import encode, noise, srgb_profile

KINDS = ["box", "click", "mask", "scribble", "trimap"]


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
        "model": "clicks",
        "empty": False,
        "confidence": 1.0,
        "expected_error": None,
        "refined": 0,
        "changed": pytest.approx(float((matte.alpha > 1 / 255).mean()), abs=1e-6),
        "notes": ["1 clicks"],
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
        ({}, "aim"),
        (CLICK, "clicks"),
        ({"box": [1, 2, 20, 20]}, "classical"),
        ({"scribbles": [{"points": [[1, 1], [5, 6]], "width": 3}]}, "classical"),
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

    assert [it["model"] for it in state["rounds"]] == ["aim", "clicks", "classical"]
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
        ({"text": "the cat"}, "hint"),
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


def test_a_mask_and_a_trimap_reach_the_model(client: TestClient) -> None:
    """Packed as the package packs them."""
    trimap = np.tile(np.array([0, 0.5, 0.5, 1], np.float32), (24, 8))
    for given in (Hints(mask=trimap > 0), Hints(trimap=trimap)):
        said = json.loads(hints_to_json(given))
        state = say(client, begin(client), said)

        model = "classical" if given.trimap is None else "dim"
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


def test_a_refinement_is_a_round_of_its_own(client: TestClient) -> None:
    """It says how many windows it came to, and can be undone."""
    state = say(client, begin(client), CLICK)
    state = good(ask(client, state, "refine", {"budget": "5", "base": 1}))

    session = own()
    session.apply(hints(CLICK))
    matte = session.refine(Budget(5))
    told = state["rounds"][1]
    assert (told["kind"], told["refined"], told["model"]) == ("refine", 5, "clicks")
    assert told["expected_error"] == pytest.approx(matte.expected_error, abs=1e-4)
    assert told["hints"] == state["rounds"][0]["hints"]
    assert_array_equal(alpha_of(client, state), rounded(matte.alpha))
    assert good(ask(client, state, "refine", {"budget": "300ms"}))["rounds"][2]["refined"] == 3
    assert good(ask(client, state, "undo"))["shown"] == 2


@pytest.mark.parametrize(
    ("said", "budget", "code"),
    [
        ({}, "8", "input"),  # by aim, which cannot
        (None, "8", "input"),  # nothing is there to refine
        (CLICK, "much", "input"),
        (CLICK, "101%", "input"),
        (CLICK, "-1", "input"),
        (CLICK, "1" * 21, "shape"),
    ],
)
def test_what_cannot_be_refined_is_refused(
    client: TestClient, said: dict[str, Any] | None, budget: str, code: str
) -> None:
    """By the model, before the first round, or for a budget that is none."""
    state = begin(client, model="auto" if said == {} else "clicks")
    if said is not None:
        state = say(client, state, said)

    assert refusal(ask(client, state, "refine", {"budget": budget})) == (422, code)
    assert good(client.get(f"/v1/sessions/{state['id']}")) == state


def test_a_preview_is_a_small_matte_and_keeps_nothing(client: TestClient) -> None:
    """It starts from the matte on screen, as the round itself would."""
    state = say(client, begin(client), CLICK)

    answer = ask(client, state, "preview", {"hints": TWO, "side": 16})

    session = own()
    session.apply(hints(CLICK))
    whole = session.preview(hints(TWO)).alpha
    assert answer.headers["content-type"] == "image/png"
    assert_array_equal(load_alpha(answer.content), rounded(resize(whole, 12, 16)))
    assert good(client.get(f"/v1/sessions/{state['id']}")) == state
    full = ask(client, state, "preview", {"hints": TWO})
    assert_array_equal(load_alpha(full.content), rounded(whole))
    for side in (15, 4097):
        assert refusal(ask(client, state, "preview", {"side": side})) == (422, "shape")


def test_a_busy_server_sends_away_and_says_when_to_come_again(
    open_server: Open, gate: Gate
) -> None:
    """Previews at once; everything else when the queue is full.  Afterwards all goes on."""
    client = open_server(Limits(waiting=1), load=gate.load)
    state = begin(client)
    gate.close()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(say, client, state, CLICK)
        gate.begun.acquire()
        preview = ask(client, state, "preview", {"hints": CLICK})
        second = pool.submit(say, client, state, TWO)
        while "penumbra_waiting 2.0" not in client.get("/metrics").text:
            pass
        third = ask(client, state, "rounds", {"hints": TWO})
        gate.open()
        assert first.result()["shown"] == 1
        assert second.result()["shown"] == 2

    for answer in (preview, third):
        assert refusal(answer) == (429, "busy")
        assert int(answer.headers["retry-after"]) >= 1
    assert say(client, state, TWO)["shown"] == 3


def test_the_most_doubtful_windows_are_told(client: TestClient) -> None:
    """In pixels of the photograph, the worst first."""
    photo = encode(np.pad(noise(70, 70, 3), ((0, 0), (0, 60), (0, 0))), "PNG")
    state = begin(client, photo, model="clicks")
    where = f"/v1/sessions/{state['id']}/doubts"
    assert refusal(client.get(where)) == (404, "no_matte")
    state = say(client, state, {})

    spots = good(client.get(where))["spots"]

    session = own(photo=photo)
    session.apply(hints({}))
    doubted = session.doubt()
    assert doubted is not None
    assert doubted.uncertainty is not None
    worst = spots[0]
    mean = doubted.uncertainty[worst["y0"] : worst["y1"], worst["x0"] : worst["x1"]].mean()
    assert (worst["x1"] - worst["x0"], worst["y1"] - worst["y0"]) == (64, 64)
    assert worst["mean"] == pytest.approx(float(mean))
    assert worst["x0"] < 8
    assert len(good(client.get(where, params={"count": 1}))["spots"]) == 1
    for count in (0, 101):
        assert refusal(client.get(where, params={"count": count})) == (422, "shape")


def test_a_model_without_doubts_says_so(client: TestClient) -> None:
    """An empty list would mean that it is sure."""
    state = say(client, begin(client), {})

    assert refusal(client.get(f"/v1/sessions/{state['id']}/doubts")) == (422, "input")


def test_a_record_plays_the_same_bits_again(client: TestClient, tmp_path: Path) -> None:
    """Anywhere the package is, without the server."""
    state = begin(client, model="clicks", name="Müller's cat.png")
    for said in (CLICK, TWO):
        state = say(client, state, said)
    state = good(ask(client, state, "refine", {"budget": "300ms"}))
    ask(client, state, "undo")

    answer = client.get(f"/v1/sessions/{state['id']}/record")
    (tmp_path / "record.json").write_bytes(answer.content)
    session = Session.load(
        tmp_path / "record.json", read_photograph(PHOTO).rgb, load("clicks", "any")
    )

    attached = 'attachment; filename="M_ller_s cat-session.json"'
    assert answer.headers["content-disposition"] == (
        f"{attached}; filename*=UTF-8''M%C3%BCller%27s%20cat-session.json"
    )
    assert answer.headers["content-type"] == "application/json"
    assert session.is_same
    assert (session.shown, len(session.rounds)) == (2, 3)
    assert session.matte is not None
    assert_array_equal(alpha_of(client, state), rounded(session.matte.alpha))


def test_the_kit_s_own_models_answer_and_are_recorded(open_server: Open, tmp_path: Path) -> None:
    """Two models in one session, and the file for `penumbra replay`."""
    client = open_server(load=registry.load_predictor)
    state = begin(client)
    for said in ({}, CLICK, TWO):
        state = say(client, state, said)
    state = good(ask(client, state, "refine", {"budget": "1"}))

    answer = client.get(f"/v1/sessions/{state['id']}/record")
    (tmp_path / "record.json").write_bytes(answer.content)
    session = Session.load(tmp_path / "record.json", read_photograph(PHOTO).rgb)

    assert [it["model"] for it in state["rounds"]] == ["aim", "clicks", "clicks", "clicks"]
    assert session.is_same
    assert session.matte is not None
    assert_array_equal(alpha_of(client, state), rounded(session.matte.alpha))


def test_a_session_that_is_deleted_is_gone(client: TestClient, state: Path) -> None:
    """With its photograph, and nothing else."""
    one, other = say(client, begin(client), CLICK), begin(client)

    answer = client.delete(f"/v1/sessions/{one['id']}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert refusal(client.get(f"/v1/sessions/{one['id']}")) == (404, "not_found")
    assert [it.name for it in (state / "sessions").iterdir()] == [other["id"]]
    assert good(client.get(f"/v1/sessions/{other['id']}")) == other


ROUTES: list[tuple[str, str, object]] = [
    ("GET", "", None),
    ("DELETE", "", None),
    ("POST", "/rounds", {"hints": {}}),
    ("POST", "/preview", {"hints": {}}),
    ("POST", "/undo", None),
    ("POST", "/redo", None),
    ("POST", "/show", {"round": 0}),
    ("POST", "/refine", {"budget": "1"}),
    ("GET", "/doubts", None),
    ("GET", "/record", None),
    ("GET", "/pictures/photo", None),
]


@pytest.mark.parametrize(("method", "route", "body"), ROUTES)
def test_an_unknown_session_is_not_found(
    client: TestClient, method: str, route: str, body: object
) -> None:
    """By any route."""
    answer = client.request(method, f"/v1/sessions/unknown{route}", json=body)

    assert refusal(answer) == (404, "not_found")


def test_no_picture_is_laid_under_an_unknown_session(client: TestClient) -> None:
    answer = client.put("/v1/sessions/unknown/background", files={"image": ("a", PHOTO)})

    assert refusal(answer) == (404, "not_found")


def test_a_session_that_was_not_used_for_long_is_not_found(open_server: Open) -> None:
    """Whether or not its files have been swept away yet."""
    client = open_server(Limits(seconds=0))
    answer = client.post("/v1/sessions", files={"image": ("a.png", PHOTO)})

    assert refusal(answer) == (404, "not_found")


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
        "limits": card.limits,
    }


def test_rounds_survive_a_restart(open_server: Open) -> None:
    """Those that had been undone, too; the mattes are made again, and are the same."""
    client = open_server()
    states: list[State] = [begin(client, model="clicks")]
    mattes = []
    for said in (CLICK, TWO):
        states.append(say(client, states[-1], said))
        mattes.append(alpha_of(client, states[-1]))
    states.append(good(ask(client, states[-1], "refine", {"budget": "20%"})))
    mattes.append(alpha_of(client, states[-1]))
    left = good(ask(client, states[-1], "show", {"round": 2}))

    again = open_server()

    assert good(again.get(f"/v1/sessions/{left['id']}")) == left
    for number in (2, 1, 3):
        shown = good(ask(again, left, "show", {"round": number}))
        assert_allclose(alpha_of(again, shown), mattes[number - 1], atol=0)


def test_a_session_that_fell_out_of_memory_is_played_again(open_server: Open) -> None:
    """Only one is held here, so every request finds the other one's place taken."""
    client = open_server(Limits(live_bytes=1))
    photos = [PHOTO, encode(noise(24, 32, 3)[::-1], "PNG")]
    states = [begin(client, photo) for photo in photos]
    sessions = [own(photo=photo) for photo in photos]
    for said in (CLICK, TWO):
        for k in (0, 1):
            states[k] = say(client, states[k], said)
            matte = sessions[k].apply(hints(said))
            assert_array_equal(alpha_of(client, states[k]), rounded(matte.alpha))

    assert "penumbra_sessions 2.0" in client.get("/metrics").text
    held = 4 * 24 * 32 * (3 + 1)  # of the two mattes the one on screen
    assert f"penumbra_held_bytes {held}.0" in client.get("/metrics").text


def test_a_photograph_that_was_lost_is_no_bug(client: TestClient, state: Path) -> None:
    """Somebody cleaned up in the folder."""
    session = begin(client)
    (state / "sessions" / session["id"] / "photo").unlink()
    client.app.state.house.desk.forget(session["id"])  # type: ignore[attr-defined]

    assert refusal(ask(client, session, "rounds", {})) == (404, "not_found")


def test_a_round_that_the_disk_does_not_take_did_not_happen(client: TestClient) -> None:
    """What was on screen stays there, and the same round succeeds when there is room again."""
    state = say(client, begin(client), CLICK)
    before = alpha_of(client, state)

    with full_disk(free=1000):
        for answer in (
            ask(client, state, "rounds", {"hints": TWO}),
            ask(client, state, "undo"),
            client.delete(f"/v1/sessions/{state['id']}"),
            client.post("/v1/sessions", files={"image": ("a.png", PHOTO)}),
            client.put(f"/v1/sessions/{state['id']}/background", files={"image": ("a", PHOTO)}),
        ):
            assert refusal(answer) == (503, "state")
        assert good(client.get(f"/v1/sessions/{state['id']}")) == state
        assert_array_equal(alpha_of(client, state), before)

    state = say(client, state, TWO, base=1)
    session = own()
    session.apply(hints(CLICK))
    assert_array_equal(alpha_of(client, state), rounded(session.apply(hints(TWO)).alpha))


def test_sessions_that_are_too_old_are_swept_away_at_the_start(
    open_server: Open, state: Path
) -> None:
    open_server().post("/v1/sessions", files={"image": ("a.png", PHOTO)})
    assert len(list((state / "sessions").iterdir())) == 1

    client = open_server(Limits(seconds=0))

    while "penumbra_sessions 0.0" not in client.get("/metrics").text:
        pass
    assert not list((state / "sessions").iterdir())


def test_a_disk_that_lets_nothing_be_swept_away_does_not_end_the_server(
    state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said in the log, and everything is put away in order at the end."""
    with TestClient(create_app(Settings(state), load), base_url="http://127.0.0.1") as client:
        begin(client)
    app = create_app(Settings(state, limits=Limits(seconds=0)), load)
    app.state.house.store._base.execute("PRAGMA query_only = ON")

    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert client.get("/healthz").status_code == 200

    assert "sessions that are too old stay for now: state must take" in caplog.text
    assert not app.state.house.worker.is_alive


def test_what_was_undone_can_be_redone_after_a_round_that_was_not_kept(client: TestClient) -> None:
    """In memory that round had taken its place."""
    state = begin(client)
    for said in (CLICK, TWO):
        state = say(client, state, said)
    second = alpha_of(client, state)
    ask(client, state, "undo")

    with full_disk(free=1000):
        assert refusal(ask(client, state, "rounds", {"hints": {}})) == (503, "state")

    assert good(ask(client, state, "redo"))["shown"] == 2
    assert_array_equal(alpha_of(client, state), second)
