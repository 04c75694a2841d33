"""`/v1/cut`: what the package answers, in one request, and nothing is kept."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from penumbra.core.budget import Budget
from penumbra.core.hints import Box, Click, Hints
from penumbra.io import encode_alpha, encode_cutout, encode_image, read_photograph
from penumbra.server.settings import Limits
from penumbra.session.backdrop import cover
from penumbra.session.cutout import cut_out, lift, lift_off
from penumbra.systems import registry
from tests.api.conftest import Gate, Open
from tests.api.talk import CLICK, PHOTO, own, refusal
from tests.likeness import load
from tests.unit.io.files import PNG_RGB, PNG_RGBA, encode, noise, png, srgb_profile

ONE = Hints(clicks=(Click(3.5, 4.5),))


def cut(client: TestClient, photo: bytes = PHOTO, **form: Any) -> Response:  # noqa: ANN401
    """Ask for a cut-out; hints as a value, files as bytes."""
    files = {"image": ("cat.png", photo)}
    files |= {name: ("file", it) for name, it in form.items() if isinstance(it, bytes)}
    data = {
        name: json.dumps(it) if isinstance(it, dict) else str(it)
        for name, it in form.items()
        if not isinstance(it, bytes)
    }
    answer: Response = client.post("/v1/cut", files=files, data=data)
    return answer


def test_a_cutout_is_the_file_that_the_package_writes(client: TestClient) -> None:
    """Byte for byte; the headers say who answered."""
    answer = cut(client, hints=CLICK)

    photograph = read_photograph(PHOTO)
    expected = encode_cutout(cut_out(photograph.rgb, ONE, load("ensemble", "any")))
    assert answer.status_code == 200, answer.text
    assert answer.content == expected
    told = {name: it for name, it in answer.headers.items() if name.startswith("x-penumbra")}
    assert told == {
        "x-penumbra-model": "ensemble",
        "x-penumbra-empty": "false",
        "x-penumbra-refined": "0",
        "x-penumbra-confidence": "1.0000",
        "x-penumbra-notes": "1 clicks",
    }


def test_the_kit_s_own_models_answer_to_the_same_bytes(open_server: Open) -> None:
    """Without hints, with clicks and with a box."""
    client = open_server(load=registry.load_predictor)
    photograph = read_photograph(PHOTO)
    said: list[tuple[dict[str, Any], Hints, str]] = [
        ({}, Hints(), "ensemble"),
        (CLICK, ONE, "ensemble"),
        ({"box": [2, 2, 20, 20]}, Hints(box=Box(2, 2, 20, 20)), "ensemble"),
    ]

    for given, hints, model in said:
        answer = cut(client, hints=given)
        cutout = cut_out(photograph.rgb, hints, registry.load_predictor(model))
        assert answer.headers["x-penumbra-model"] == model
        assert answer.content == encode_cutout(cutout)


@pytest.mark.parametrize(
    "photo",
    [
        png(noise(24, 32, 3, dtype=np.uint16), PNG_RGB),
        png(noise(24, 32, 4), PNG_RGBA),
        encode(noise(24, 32, 3), "PNG", icc_profile=srgb_profile()),
    ],
    ids=["16 bits", "transparency", "profile"],
)
def test_depth_transparency_and_profile_are_the_photograph_s(
    client: TestClient, photo: bytes
) -> None:
    photograph = read_photograph(photo)
    matte = own(photo=photo).apply(ONE)

    answer = cut(client, photo, hints=CLICK)

    assert answer.content == encode_cutout(lift_off(photograph, matte), ".png", photograph)


def test_what_format_size_depth_and_crop_can_be_wished_for(client: TestClient) -> None:
    """As of a session's pictures."""
    photograph = read_photograph(PHOTO)
    cutout = cut_out(photograph.rgb, ONE, load("ensemble"))

    matte = cut(client, hints=CLICK, what="alpha", depth="16", format="tiff")
    photo = cut(client, hints=CLICK, what="photo", side=8)
    webp = cut(client, hints=CLICK, format="webp")
    boxed = cut(client, hints={"box": [3, 4, 9, 8]}, crop="true", profile="none")

    assert matte.content == encode_alpha(cutout.alpha, ".tif", 16)
    assert matte.headers["content-type"] == "image/tiff"
    assert read_photograph(photo.content).rgb.shape == (6, 8, 3)
    assert webp.content == encode_cutout(cutout, ".webp")
    assert read_photograph(boxed.content).rgb.shape == (4, 6, 3)


def test_with_a_background_the_object_is_laid_over_it(client: TestClient) -> None:
    """A colour, a picture, or in JPEG white where none is named."""
    rgb = read_photograph(PHOTO).rgb
    cutout = cut_out(rgb, ONE, load("ensemble"))
    sky = encode(noise(7, 9, 3), "PNG")

    red = cut(client, hints=CLICK, background="red")
    under = cut(client, hints=CLICK, background_image=sky)
    white = cut(client, hints=CLICK, what="composite", format="jpeg")

    assert red.content == encode_image(cutout.over(np.array([1, 0, 0], np.float32)))
    covered = cover(read_photograph(sky).rgb, 24, 32)
    assert under.content == encode_image(cutout.over(covered))
    assert white.content == encode_image(cutout.over(np.ones(3, np.float32)), ".jpg")


def test_a_matte_can_be_polished_at_once(client: TestClient) -> None:
    """By what auto takes."""
    session = own()
    session.apply(Hints())
    matte = session.refine(Budget(4))

    answer = cut(client, refine="4")

    assert answer.headers["x-penumbra-model"] == "ensemble"
    assert answer.headers["x-penumbra-refined"] == "4"
    assert float(answer.headers["x-penumbra-expected-error"]) == pytest.approx(
        matte.expected_error, abs=1e-4
    )
    assert answer.content == encode_cutout(lift(read_photograph(PHOTO).rgb, matte))


def test_a_matte_of_nothing_is_called_empty(client: TestClient) -> None:
    """Also where the file itself leaves nothing of it."""
    black = encode(np.zeros((5, 6, 3), np.uint8), "PNG")
    hidden = png(np.full((5, 6, 4), [255, 255, 255, 0]).astype(np.uint8), PNG_RGBA)

    for photo in (black, hidden):
        assert cut(client, photo).headers["x-penumbra-empty"] == "true"


@pytest.mark.parametrize(
    ("photo", "form", "refused"),
    [
        (PHOTO, {"hints": "no JSON"}, (422, "hint")),
        (PHOTO, {"hints": "[]"}, (422, "hint")),
        (PHOTO, {"hints": {"clicks": [{"x": 1}]}}, (422, "hint")),
        (PHOTO, {"hints": {"clicks": [{"x": 99, "y": 1}]}}, (422, "hint")),
        (PHOTO, {"hints": {"clicks": [{"x": 1, "y": 1}] * 4}}, (422, "hint")),
        (PHOTO, {"model": "gpt"}, (422, "input")),
        (PHOTO, {"model": "closed-form"}, (422, "hint")),
        (PHOTO, {"licence": "stolen"}, (422, "shape")),
        (PHOTO, {"refine": "much"}, (422, "input")),
        (PHOTO, {"refine": "1", "model": "segment"}, (422, "input")),
        (PHOTO, {"format": "jpeg"}, (422, "output")),
        (PHOTO, {"what": "secret"}, (422, "shape")),
        (PHOTO, {"side": 0}, (422, "shape")),
        (PHOTO, {"background": "sky"}, (422, "input")),
        (PHOTO, {"background": "picture"}, (422, "input")),
        (PHOTO, {"background_image": b"none"}, (422, "image")),
        (PHOTO, {"what": "uncertainty", "model": "segment"}, (422, "input")),
        (b"none", {}, (422, "image")),
        (encode(noise(31, 33, 3), "PNG"), {}, (413, "too_large")),
    ],
)
def test_what_cannot_be_done_is_refused(
    open_server: Open, photo: bytes, form: dict[str, Any], refused: tuple[int, str]
) -> None:
    client = open_server(Limits(pixels=1000, marks=3))

    assert refusal(cut(client, photo, **form)) == refused


def test_nothing_is_kept(client: TestClient, state: Path) -> None:
    """Neither on disk nor in memory."""
    assert cut(client, hints=CLICK).status_code == 200

    assert not list((state / "sessions").iterdir())
    assert "penumbra_held_bytes 0.0" in client.get("/metrics").text


def test_a_busy_server_sends_away(open_server: Open, gate: Gate) -> None:
    """And says when to come again; whoever waits is answered."""
    client = open_server(Limits(waiting=0), load=gate.load)
    gate.close()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(cut, client)
        gate.begun.acquire()
        second = cut(client)
        gate.open()

    assert refusal(second) == (429, "busy")
    assert int(second.headers["retry-after"]) >= 1
    assert first.result().status_code == 200
