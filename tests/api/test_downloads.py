"""Pictures on their way: sent again only if they changed, saved under the photograph's name."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from starlette.testclient import TestClient

from penumbra.core.cutout import Cutout
from penumbra.core.hints import Click, Hints
from penumbra.io import read_photograph
from penumbra.session.cutout import lift_off
from tests.api.talk import CLICK, PHOTO, State, ask, begin, own, picture, say
from tests.unit.io.files import PNG_RGB, encode, noise, png, tiff

ONE = Hints(clicks=(Click(3.5, 4.5),))
DEEP = png(noise(24, 32, 3, dtype=np.uint16), PNG_RGB)


def lifted(photo: bytes = PHOTO, hints: Hints = ONE) -> Cutout:
    """The same object by the package."""
    return lift_off(read_photograph(photo), own(photo=photo).apply(hints))


@pytest.fixture
def session(client: TestClient) -> State:
    """After one click."""
    return say(client, begin(client), CLICK)


def test_a_picture_that_did_not_change_is_not_sent_again(
    client: TestClient, session: State
) -> None:
    """And one that did is: by a round, an undo, another wish, another background."""
    where = f"/v1/sessions/{session['id']}/pictures/composite"

    def get(tag: str = "", **query: str) -> tuple[int, str, bytes]:
        answer = client.get(where, params=query, headers={"If-None-Match": tag})
        assert answer.headers["cache-control"] == "private, no-cache"
        return answer.status_code, answer.headers["etag"], answer.content

    status, first, data = get()
    assert (status, len(data) > 0) == (200, True)
    assert get(first) == (304, first, b"")
    assert get(first, side="8")[0] == 200
    session = say(client, session, {"clicks": [{"x": 20, "y": 20}]})
    status, second, other = get(first)
    assert (status, other != data) == (200, True)
    ask(client, session, "undo")
    assert get(first)[0] == 304
    assert get(second)[0] == 200
    tag = ""
    for colour in (0, 255):  # two files of one length
        sky = encode(np.full((4, 4, 3), colour, np.uint8), "BMP")
        client.put(f"/v1/sessions/{session['id']}/background", files={"image": ("a", sky)})
        status, tag, _ = get(tag, background="picture")
        assert status == 200


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("cat.png", "cat"),
        ("cat", "cat"),
        ("two.dots.jpg", "two.dots"),
        ("Katze süß.png", "Katze s__"),
        ("a\\b;c.png", "b_c"),
        ('a"b.png', "a_22b"),  # as clients write it in a form
    ],
)
def test_a_download_has_the_photograph_s_name(client: TestClient, name: str, saved: str) -> None:
    """As far as every browser takes it."""
    state = say(client, begin(client, name=name), CLICK)
    where = f"/v1/sessions/{state['id']}/pictures/cutout"

    seen = client.get(where)
    downloaded = client.get(where, params={"download": True, "format": "tiff"})

    assert "content-disposition" not in seen.headers
    attached = f'attachment; filename="{saved}-cutout.tif"'
    told = downloaded.headers["content-disposition"]
    assert told == attached or told.startswith(f"{attached}; filename*=UTF-8''")


def test_a_photograph_lies_as_it_was_held(client: TestClient) -> None:
    """Sizes and clicks are of the upright picture."""
    samples = noise(24, 32, 3)
    turned = tiff(samples, orientation=6)
    state = say(client, begin(client, turned, name="a.tif"), CLICK)

    assert (state["width"], state["height"]) == (24, 32)
    rgb = read_photograph(picture(client, state, "photo")).rgb
    assert_allclose(rgb, np.rot90(samples, -1) / np.float32(255), atol=1e-6)
