"""Polish, previews, doubts and records of a session: what is made of an answer that is there."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from starlette.testclient import TestClient

from penumbra.core.budget import Budget
from penumbra.core.hints import Hints
from penumbra.core.hints_json import hints_from_json
from penumbra.core.resample import resize
from penumbra.io import load_alpha, read_photograph
from penumbra.server.settings import Limits
from penumbra.session.session import Session
from penumbra.systems import registry
from tests.api.conftest import Gate, Open
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
from tests.likeness import load
from tests.unit.io.files import encode, noise


def hints(value: dict[str, Any]) -> Hints:
    """What the package makes of the same JSON."""
    return hints_from_json(json.dumps(value))


def test_a_refinement_is_a_round_of_its_own(client: TestClient) -> None:
    """It says how many windows it came to, and can be undone."""
    state = say(client, begin(client), CLICK)
    state = good(ask(client, state, "refine", {"budget": "5", "base": 1}))

    session = own()
    session.apply(hints(CLICK))
    matte = session.refine(Budget(5))
    told = state["rounds"][1]
    assert (told["kind"], told["refined"], told["model"]) == ("refine", 5, "ensemble")
    assert told["expected_error"] == pytest.approx(matte.expected_error, abs=1e-4)
    assert told["hints"] == state["rounds"][0]["hints"]
    assert_array_equal(alpha_of(client, state), rounded(matte.alpha))
    assert good(ask(client, state, "refine", {"budget": "300ms"}))["rounds"][2]["refined"] == 3
    assert good(ask(client, state, "undo"))["shown"] == 2


@pytest.mark.parametrize(
    ("said", "budget", "code"),
    [
        ({}, "8", "input"),  # by segment, which cannot
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
    state = begin(client, model="segment" if said == {} else "clicks")
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
    state = say(client, begin(client, model="segment"), {})

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
    """And the file for `penumbra replay`."""
    client = open_server(load=registry.load_predictor)
    state = begin(client)
    for said in ({}, CLICK, TWO):
        state = say(client, state, said)
    state = good(ask(client, state, "refine", {"budget": "1"}))

    answer = client.get(f"/v1/sessions/{state['id']}/record")
    (tmp_path / "record.json").write_bytes(answer.content)
    session = Session.load(tmp_path / "record.json", read_photograph(PHOTO).rgb)

    assert [it["model"] for it in state["rounds"]] == ["ensemble"] * 4
    assert session.is_same
    assert session.matte is not None
    assert_array_equal(alpha_of(client, state), rounded(session.matte.alpha))
