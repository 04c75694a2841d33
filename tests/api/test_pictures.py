"""What is seen and taken home of a session: every picture, as the package itself would write it."""

import io
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image
from starlette.testclient import TestClient

from penumbra.core.cutout import Cutout
from penumbra.core.hints import Click, Hints
from penumbra.core.hints_json import hints_to_json
from penumbra.core.matte import Matte
from penumbra.core.resample import resize
from penumbra.core.trimap import from_alpha
from penumbra.io import encode_alpha, encode_cutout, encode_image, load_alpha, read_photograph
from penumbra.session.backdrop import blurred, cover
from penumbra.session.cutout import lift_off
from tests.api.talk import CLICK, PHOTO, State, ask, begin, own, picture, refusal, rounded, say
from tests.unit.io.files import PNG_RGB, PNG_RGBA, encode, noise, png, srgb_profile

ONE = Hints(clicks=(Click(3.5, 4.5),))
DEEP = png(noise(24, 32, 3, dtype=np.uint16), PNG_RGB)
PROFILE = srgb_profile()
PROFILED = encode(noise(24, 32, 3), "PNG", icc_profile=PROFILE)


def object_in_a_corner() -> bytes:
    """Red in rows 5 to 11 and columns 8 to 19, black elsewhere."""
    samples = np.zeros((24, 32, 3), np.uint8)
    samples[5:12, 8:20, 0] = 255
    return encode(samples, "PNG")


def lifted(photo: bytes = PHOTO, hints: Hints = ONE) -> Cutout:
    """The same object by the package."""
    return lift_off(read_photograph(photo), own(photo=photo).apply(hints))


def suffix_of(format: str) -> str:
    return {"png": ".png", "webp": ".webp", "tiff": ".tif", "jpeg": ".jpg"}[format]


@pytest.fixture
def session(client: TestClient) -> State:
    """After one click."""
    return say(client, begin(client), CLICK)


@pytest.mark.parametrize("what", ["alpha", "cutout", "foreground", "trimap", "composite"])
def test_there_is_no_picture_of_a_matte_before_the_first_round(
    client: TestClient, what: str
) -> None:
    """The photograph alone is there."""
    state = begin(client)

    answer = client.get(f"/v1/sessions/{state['id']}/pictures/{what}")
    assert refusal(answer) == (404, "no_matte")
    assert_array_equal(
        read_photograph(picture(client, state, "photo")).rgb, read_photograph(PHOTO).rgb
    )


@pytest.mark.parametrize("format", ["png", "webp", "tiff"])
@pytest.mark.parametrize("photo", [PHOTO, DEEP, PROFILED], ids=["8 bits", "16 bits", "profile"])
def test_a_cutout_is_the_file_that_the_package_writes(
    client: TestClient, photo: bytes, format: str
) -> None:
    """Byte for byte, in the photograph's depth and with its profile."""
    state = say(client, begin(client, photo), CLICK)

    file = picture(client, state, "cutout", format=format)

    assert file == encode_cutout(lifted(photo), suffix_of(format), read_photograph(photo))


@pytest.mark.parametrize("format", ["png", "webp", "tiff", "jpeg"])
@pytest.mark.parametrize("what", ["photo", "foreground", "composite"])
def test_an_opaque_picture_is_the_file_that_the_package_writes(
    client: TestClient, session: State, what: str, format: str
) -> None:
    """Of these, JPEG is one."""
    cutout = lifted()
    expected = {
        "photo": read_photograph(PHOTO).rgb,
        "foreground": cutout.foreground,
        "composite": cutout.over(np.ones(3, np.float32)),
    }[what]

    answer = client.get(f"/v1/sessions/{session['id']}/pictures/{what}", params={"format": format})

    assert answer.headers["content-type"] == f"image/{format}"
    assert answer.content == encode_image(expected, suffix_of(format), read_photograph(PHOTO))


@pytest.mark.parametrize("format", ["png", "tiff"])
@pytest.mark.parametrize("photo", [PHOTO, DEEP], ids=["8 bits", "16 bits"])
def test_a_matte_has_the_depth_of_the_photograph(
    client: TestClient, photo: bytes, format: str
) -> None:
    """Sixteen bits in, sixteen bits out."""
    state = say(client, begin(client, photo), CLICK)
    bits: Any = 16 if photo is DEEP else 8

    file = picture(client, state, "alpha", format=format)

    alpha = own(photo=photo).apply(ONE).alpha
    assert state["bits"] == bits
    assert file == encode_alpha(alpha, suffix_of(format), bits)
    assert_array_equal(load_alpha(file), rounded(alpha, bits))


@pytest.mark.parametrize(("depth", "bits"), [("8", 8), ("16", 16), ("auto", 16)])
def test_the_depth_can_be_chosen(client: TestClient, depth: str, bits: int) -> None:
    """Of mattes and of cut-outs."""
    state = say(client, begin(client, DEEP), CLICK)

    cutout = read_photograph(picture(client, state, "cutout", depth=depth))
    alpha = read_photograph(picture(client, state, "alpha", depth=depth))

    assert (cutout.bits, alpha.bits) == (bits, bits)
    assert cutout.alpha is not None
    assert_array_equal(cutout.alpha, rounded(lifted(DEEP).alpha, bits))


@pytest.mark.parametrize(
    ("what", "query"),
    [
        ("cutout", {"format": "jpeg"}),
        ("alpha", {"format": "jpeg"}),
        ("alpha", {"format": "webp", "depth": "16"}),
        ("trimap", {"format": "jpeg"}),
        ("cutout", {"format": "webp", "depth": "16"}),
        ("photo", {"format": "jpeg", "depth": "16"}),
    ],
)
def test_a_format_that_cannot_hold_it_is_refused(
    client: TestClient, session: State, what: str, query: dict[str, str]
) -> None:
    """Never with fewer bits or without its transparency, in silence."""
    answer = client.get(f"/v1/sessions/{session['id']}/pictures/{what}", params=query)

    assert refusal(answer) == (422, "output")


@pytest.mark.parametrize(
    "query",
    [
        {"format": "gif"},
        {"depth": "12"},
        {"side": "0"},
        {"side": "100001"},
        {"crop": "maybe"},
        {"profile": "mine"},
        {"background": "x" * 101},
    ],
)
def test_a_wish_that_is_none_is_refused(
    client: TestClient, session: State, query: dict[str, str]
) -> None:
    answer = client.get(f"/v1/sessions/{session['id']}/pictures/photo", params=query)

    assert refusal(answer) == (422, "shape")


def test_there_are_no_other_pictures(client: TestClient, session: State) -> None:
    answer = client.get(f"/v1/sessions/{session['id']}/pictures/secret")

    assert refusal(answer) == (422, "shape")


def test_the_profile_goes_along_or_is_left_out(client: TestClient) -> None:
    """Byte for byte."""
    state = say(client, begin(client, PROFILED), CLICK)

    for what in ("photo", "cutout", "composite"):
        kept = read_photograph(picture(client, state, what))
        dropped = read_photograph(picture(client, state, what, profile="none"))
        assert kept.icc_profile == PROFILE
        assert dropped.icc_profile is None
        assert_array_equal(kept.rgb, dropped.rgb)


def test_a_view_is_made_at_its_size(client: TestClient, session: State) -> None:
    """From photograph and matte at that size; nothing is enlarged."""
    photograph = read_photograph(PHOTO)
    alpha = own().apply(ONE).alpha
    small = replace(photograph, rgb=resize(photograph.rgb, 6, 8))
    cutout = lift_off(small, Matte(resize(alpha, 6, 8).clip(0, 1)))

    assert picture(client, session, "photo", side=8) == encode_image(small.rgb)
    assert picture(client, session, "alpha", side=8) == encode_alpha(resize(alpha, 6, 8))
    assert picture(client, session, "cutout", side=8) == encode_cutout(cutout)
    for what in ("photo", "alpha", "cutout"):
        whole = picture(client, session, what)
        assert picture(client, session, what, side=1000) == whole


def test_the_smallest_view_has_one_pixel(client: TestClient) -> None:
    """Of a strip, the short side would round to none."""
    state = say(client, begin(client, encode(noise(3, 40, 3), "PNG")), {})

    assert read_photograph(picture(client, state, "cutout", side=4)).rgb.shape == (1, 4, 3)


def test_what_is_transparent_in_the_file_stays_so(client: TestClient) -> None:
    """At any size."""
    photo = png(noise(24, 32, 4), PNG_RGBA)
    state = say(client, begin(client, photo), CLICK)
    file = read_photograph(photo)
    assert file.alpha is not None
    both = own(photo=photo).apply(ONE).alpha * file.alpha

    cutout = read_photograph(picture(client, state, "cutout"))
    small = load_alpha(picture(client, state, "alpha", side=8))

    assert_array_equal(load_alpha(picture(client, state, "alpha")), rounded(both))
    assert_array_equal(cutout.alpha, rounded(both))
    assert_array_equal(small, rounded(resize(both, 6, 8)))
    seen = read_photograph(picture(client, state, "cutout", side=8)).alpha
    assert seen is not None
    assert seen.shape == (6, 8)
    assert not (resize(file.alpha, 6, 8) < 0.2).any() or seen.min() < 0.2


@pytest.mark.parametrize("what", ["alpha", "cutout", "foreground", "composite", "trimap"])
def test_a_crop_is_the_smallest_that_holds_the_object(client: TestClient, what: str) -> None:
    """The same pixels as of the whole picture."""
    state = say(client, begin(client, object_in_a_corner()), {})

    whole = read_photograph(picture(client, state, what)).rgb
    part = read_photograph(picture(client, state, what, crop=True)).rgb

    assert_array_equal(part, whole[5:12, 8:20])


def test_a_crop_of_nothing_is_everything(client: TestClient) -> None:
    """A picture without pixels is none."""
    black = encode(np.zeros((5, 6, 3), np.uint8), "PNG")
    state = say(client, begin(client, black), {})

    assert read_photograph(picture(client, state, "cutout", crop=True)).rgb.shape == (5, 6, 3)


def test_the_object_is_laid_over_a_colour_or_its_own_background_blurred(
    client: TestClient, session: State
) -> None:
    """Without any, over white."""
    cutout = lifted()
    colours = {
        "#336699": np.array([0x33, 0x66, 0x99], np.float32) / np.float32(255),
        "black": np.zeros(3, np.float32),
        "rgb(255, 0, 0)": np.array([1, 0, 0], np.float32),
    }

    for text, colour in colours.items():
        file = picture(client, session, "composite", background=text)
        assert file == encode_image(cutout.over(colour))
    blurry = picture(client, session, "composite", background="blur")
    assert blurry == encode_image(cutout.over(blurred(cutout)))


@pytest.mark.parametrize("text", ["sky", "#12345", "#11223344", "rgb(300,0,0)"])
def test_a_background_that_is_none_is_refused(
    client: TestClient, session: State, text: str
) -> None:
    answer = client.get(
        f"/v1/sessions/{session['id']}/pictures/composite", params={"background": text}
    )

    assert answer.status_code == 422


def test_the_object_is_laid_over_a_picture(client: TestClient, session: State) -> None:
    """Which covers it, at full size and in small; without one there is none."""
    where = f"/v1/sessions/{session['id']}"
    address, query = f"{where}/pictures/composite", {"background": "picture"}
    assert refusal(client.get(address, params=query)) == (404, "not_found")

    for colour in (200, 100):  # the second replaces the first
        under = encode(np.full((9, 9, 3), colour, np.uint8), "PNG")
        answer = client.put(f"{where}/background", files={"image": ("sky.png", under)})
        assert (answer.status_code, answer.content) == (204, b"")
        rgb = read_photograph(under).rgb
        expected = lifted().over(cover(rgb, 24, 32))
        assert client.get(address, params=query).content == encode_image(expected)

    assert client.get(where).json()["has_background"] is True
    small = read_photograph(picture(client, session, "composite", background="picture", side=8))
    assert small.rgb.shape == (6, 8, 3)


def test_a_background_that_is_no_picture_leaves_the_one_before(
    client: TestClient, session: State
) -> None:
    where = f"/v1/sessions/{session['id']}"
    client.put(f"{where}/background", files={"image": ("sky.png", PHOTO)})
    before = picture(client, session, "composite", background="picture")

    answer = client.put(f"{where}/background", files={"image": ("sky.png", b"GIF89a")})

    assert refusal(answer) == (422, "image")
    assert "background must be" in answer.json()["error"]["message"]
    assert picture(client, session, "composite", background="picture") == before


def test_doubt_is_seen_where_the_model_tells_it(client: TestClient, session: State) -> None:
    """As grey; a model without any is named."""
    session_here = own()
    session_here.apply(ONE)
    doubted = session_here.doubt()
    assert doubted is not None
    assert doubted.uncertainty is not None

    assert picture(client, session, "uncertainty") == encode_alpha(doubted.uncertainty)

    other = say(client, begin(client, model="segment"), {})
    answer = client.get(f"/v1/sessions/{other['id']}/pictures/uncertainty")
    assert refusal(answer) == (422, "input")
    assert "got segment, which does not" in answer.json()["error"]["message"]


def test_a_trimap_is_the_model_s_own_or_one_around_the_edge(
    client: TestClient, session: State
) -> None:
    """0, 128 and 255."""
    alpha = own().apply(ONE).alpha
    trimap = np.tile(np.array([0, 0.5, 0.5, 1], np.float32), (24, 8))
    given = say(client, begin(client), json.loads(hints_to_json(Hints(trimap=trimap))))

    assert picture(client, session, "trimap") == encode_alpha(from_alpha(alpha, 5.0))
    with Image.open(io.BytesIO(picture(client, given, "trimap"))) as file:
        assert_array_equal(
            np.asarray(file), np.tile(np.array([0, 128, 128, 255], np.uint8), (24, 8))
        )


def test_a_cutout_looks_at_every_size_like_the_photograph(
    client: TestClient, session: State
) -> None:
    """Those that were made before are kept, up to a few; none is shown for another."""
    sizes = [None, 30, 20, 16, 12, 8, 20, None]

    for side in sizes:
        wanted = {} if side is None else {"side": side}
        rgb = read_photograph(picture(client, session, "cutout", **wanted)).rgb
        assert rgb.shape[1] == (side or 32)
    ask(client, session, "undo")
    say(client, session, {"clicks": [{"x": 20, "y": 20}]})
    again = read_photograph(picture(client, session, "cutout")).alpha

    assert_array_equal(again, rounded(own().apply(Hints(clicks=(Click(20, 20),))).alpha))
