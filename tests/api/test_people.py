"""Each person of a photograph over HTTP: in one go as an archive, and of a session."""

import json
import threading
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from penumbra.core.arrays import RGB
from penumbra.core.card import Wanted
from penumbra.core.errors import LicenceError
from penumbra.core.people import FoundPerson
from penumbra.io import encode_alpha, encode_cutout, encode_image, read_photograph
from penumbra.server import people as people_routes
from penumbra.server.settings import Limits
from penumbra.session.backdrop import cover
from penumbra.session.cutout import cut_out_each, lift_off, matte_of
from penumbra.systems import registry
from tests.api.conftest import Open
from tests.api.talk import CLICK, PHOTO, State, begin, good, house_of, refusal, say
from tests.likeness import Finding, Likeness, load
from tests.two_people import two_people
from tests.unit.io.files import PNG_RGB, PNG_RGBA, encode, noise, png

BLACK = encode(np.zeros((24, 32, 3), np.uint8), "PNG")
SKY = encode(noise(7, 9, 3), "PNG")
BOXES = [[0, 0, 16, 24], [16, 0, 32, 24]]


def found(photo: bytes = PHOTO) -> list[FoundPerson]:
    """The same people by the package."""
    return Finding(registry.card("dfimat")).people(read_photograph(photo).rgb)


def ask(client: TestClient, photo: bytes = PHOTO, **form: Any) -> Response:  # noqa: ANN401
    """Ask for each person; files as bytes."""
    files = {"image": ("group.png", photo)}
    files |= {name: ("file", it) for name, it in form.items() if isinstance(it, bytes)}
    data = {name: str(it) for name, it in form.items() if not isinstance(it, bytes)}
    answer: Response = client.post("/v1/people", files=files, data=data)
    return answer


def unpacked(answer: Response) -> dict[str, bytes]:
    """Return the files of the archive that must have been answered."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    with ZipFile(BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return {it.filename: archive.read(it) for it in archive.infolist()}


@pytest.mark.parametrize(
    "photo", [PHOTO, png(noise(24, 32, 3, dtype=np.uint16), PNG_RGB), png(noise(8, 6, 4), PNG_RGBA)]
)
def test_an_archive_has_a_cut_out_of_each_and_says_who_is_who(
    client: TestClient, photo: bytes
) -> None:
    """The files that the package writes, byte for byte."""
    photograph = read_photograph(photo)

    files = unpacked(ask(client, photo))

    assert list(files) == ["people.json", "1.png", "2.png"]
    for name, person in zip(("1.png", "2.png"), found(photo), strict=True):
        cutout = lift_off(photograph, matte_of(person))
        assert files[name] == encode_cutout(cutout, ".png", photograph)
    index = json.loads(files["people.json"])
    assert index.pop("seconds") >= 0
    height, width = photograph.rgb.shape[:2]
    left, right = [0, 0, width // 2, height], [width // 2, 0, width, height]
    assert index == {
        "model": "dfimat",
        "width": width,
        "height": height,
        "people": [
            {"number": 1, "box": left, "score": 0.9, "file": "1.png"},
            {"number": 2, "box": right, "score": 0.75, "file": "2.png"},
        ],
    }


def test_the_kit_s_own_model_answers_to_the_same_bytes(open_server: Open) -> None:
    """With the weights that ship; in one go and in a session."""
    client = open_server(load=registry.load_predictor)
    photo = encode(two_people(), "PNG")
    people = cut_out_each(read_photograph(photo).rgb, registry.load_predictor("dfimat"))
    assert people

    files = unpacked(ask(client, photo))
    state = begin(client, photo)

    expected = [encode_cutout(it.cutout) for it in people]
    assert [files[f"{number}.png"] for number in range(1, len(people) + 1)] == expected
    listed = client.get(where(state)).json()
    shown = [client.get(where(state, it["number"])).content for it in listed]
    assert shown == expected
    assert [it["box"] for it in listed] == [
        [it.box.x0, it.box.y0, it.box.x1, it.box.y1] for it in people
    ]


def test_who_is_there_can_be_asked_without_pictures(client: TestClient) -> None:
    """Nothing is lifted off for that."""
    index = good(ask(client, what="json"))

    assert [it["box"] for it in index["people"]] == BOXES
    assert [it["file"] for it in index["people"]] == [None, None]


def test_nobody_is_an_empty_list(client: TestClient) -> None:
    """A photograph without people is no failure of a program that asks for them."""
    files = unpacked(ask(client, BLACK))

    assert list(files) == ["people.json"]
    assert json.loads(files["people.json"])["people"] == []
    assert good(ask(client, BLACK, what="json"))["people"] == []


def test_pictures_of_people_are_as_they_are_wished_for(client: TestClient) -> None:
    """As of one object; each is cropped to its own extent."""
    rgb = read_photograph(PHOTO).rgb
    left, right = found()
    lifted = lift_off(read_photograph(PHOTO), matte_of(right))

    mattes = unpacked(ask(client, what="alpha", depth="16", format="tiff"))
    colours = unpacked(ask(client, what="foreground", format="jpeg"))
    cropped = unpacked(ask(client, crop="true", format="webp"))
    small = unpacked(ask(client, what="alpha", side=8, crop="true"))
    red = unpacked(ask(client, background="red"))
    under = unpacked(ask(client, background_image=SKY))

    assert list(mattes) == ["people.json", "1.tif", "2.tif"]
    assert mattes["1.tif"] == encode_alpha(left.alpha, ".tif", 16)
    assert colours["2.jpg"] == encode_image(lifted.foreground, ".jpg")
    assert read_photograph(cropped["2.webp"]).rgb.shape == (24, 16, 3)
    assert read_photograph(small["1.png"]).rgb.shape == (6, 4, 3)
    assert red["2.png"] == encode_image(lifted.over(np.array([1, 0, 0], np.float32)))
    sky = cover(read_photograph(SKY).rgb, *rgb.shape[:2])
    assert under["2.png"] == encode_image(lifted.over(sky)), "it was read for the first alone"


@pytest.mark.parametrize(
    ("photo", "form", "refused"),
    [
        (BLACK, {"format": "jpeg"}, (422, "output")),
        (PHOTO, {"format": "webp", "depth": "16"}, (422, "output")),
        (PHOTO, {"what": "uncertainty"}, (422, "shape")),
        (PHOTO, {"licence": "stolen"}, (422, "shape")),
        (PHOTO, {"background": "mauvish"}, (422, "input")),
        (PHOTO, {"background": "picture"}, (422, "input")),
        (PHOTO, {"background_image": b"none"}, (422, "image")),
        (PHOTO, {"side": 0}, (422, "shape")),
        (b"none", {}, (422, "image")),
        (encode(noise(31, 33, 3), "PNG"), {}, (413, "too_large")),
    ],
)
def test_what_cannot_be_done_is_refused(
    open_server: Open, photo: bytes, form: dict[str, Any], refused: tuple[int, str]
) -> None:
    """Before anybody is looked for, as far as it can be known."""
    client = open_server(Limits(pixels=1000))

    assert refusal(ask(client, photo, **form)) == refused


def test_nothing_is_kept(client: TestClient, state: Path) -> None:
    """Neither on disk nor in memory."""
    assert ask(client).status_code == 200

    assert not list((state / "sessions").iterdir())
    assert "penumbra_held_bytes 0.0" in client.get("/metrics").text


def where(state: State, number: int | None = None) -> str:
    """Return the address of the people of a session, or of one of them."""
    return f"/v1/sessions/{state['id']}/people" + ("" if number is None else f"/{number}")


def test_the_people_of_a_session_are_listed_and_shown(client: TestClient) -> None:
    """Whatever its rounds say, which go on as before."""
    state = say(client, begin(client), CLICK)
    photograph = read_photograph(PHOTO)

    listed = client.get(where(state))
    shown = client.get(where(state, 2))
    small = client.get(where(state, 1), params={"what": "alpha", "side": "8"})

    assert listed.json() == [
        {"number": 1, "box": BOXES[0], "score": 0.9},
        {"number": 2, "box": BOXES[1], "score": 0.75},
    ]
    assert shown.content == encode_cutout(lift_off(photograph, matte_of(found()[1])))
    assert shown.headers["content-type"] == "image/png"
    assert read_photograph(small.content).rgb.shape == (6, 8, 3)
    assert good(client.get(f"/v1/sessions/{state['id']}")) == state
    assert say(client, state, CLICK, model="dfimat")["shown"] == 2


def test_people_are_looked_for_once_and_where_models_work(open_server: Open) -> None:
    """Again only where the session had to leave the memory."""
    threads: list[str] = []

    class Watched(Finding):
        def people(self, encoded: RGB) -> list[FoundPerson]:
            threads.append(threading.current_thread().name)
            return super().people(encoded)

    def watched(name: str, licence: Wanted) -> Likeness:
        card = registry.card(name)
        return Watched(card) if card.can_find_people else load(name)

    client = open_server(load=watched)
    state = begin(client)
    for _ in range(2):
        assert len(client.get(where(state)).json()) == 2
        assert client.get(where(state, 1)).status_code == 200
        state = say(client, state, CLICK)
    assert threads == ["models"]
    house_of(client).desk.forget(state["id"])

    assert client.get(where(state, 2)).status_code == 200
    assert threads == ["models"] * 2
    assert good(client.get(f"/v1/sessions/{state['id']}"))["shown"] == 2
    assert say(client, state, CLICK)["shown"] == 3


def test_a_person_who_is_not_there_is_not_found(client: TestClient) -> None:
    """Nor is one of a session that is not there."""
    state, nobody = begin(client), begin(client, BLACK)

    assert refusal(client.get(where(state, 3))) == (404, "not_found")
    assert refusal(client.get(where(state, 0))) == (422, "shape")
    assert refusal(client.get(where({"id": "x" * 24}))) == (404, "not_found")
    assert refusal(client.get(where({"id": "x" * 24}, 1))) == (404, "not_found")
    assert client.get(where(nobody)).json() == []
    assert refusal(client.get(where(nobody, 1))) == (404, "not_found")
    assert refusal(client.get(where(state, 1), params={"format": "jpeg"})) == (422, "output")


def test_a_picture_of_a_person_that_did_not_change_is_not_sent_again(client: TestClient) -> None:
    """Rounds do not change it; another wish and another background do."""
    state = begin(client)

    def get(number: int, tag: str = "", **query: str) -> tuple[int, str]:
        answer = client.get(where(state, number), params=query, headers={"If-None-Match": tag})
        assert answer.headers["cache-control"] == "private, no-cache"
        return answer.status_code, answer.headers["etag"]

    status, tag = get(1)
    say(client, state, CLICK)

    assert status == 200
    assert get(1, tag) == (304, tag)
    assert get(2, tag)[0] == 200
    assert get(1, tag, side="8")[0] == 200
    wish = {"what": "composite", "background": "picture"}
    assert client.get(where(state, 1), params=wish).status_code == 404
    client.put(f"/v1/sessions/{state['id']}/background", files={"image": ("a", SKY)})
    status, tag = get(1, **wish)
    assert (status, get(1, tag, **wish)[0]) == (200, 304)
    client.put(f"/v1/sessions/{state['id']}/background", files={"image": ("a", BLACK)})
    assert get(1, tag, **wish)[0] == 200


def test_pictures_of_another_version_are_outdated(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its weights may find other people, while browsers keep pictures of those found before."""
    state = begin(client)
    tag = client.get(where(state, 1)).headers["etag"]

    monkeypatch.setattr(people_routes, "__version__", "another")

    answer = client.get(where(state, 1), headers={"If-None-Match": tag})
    assert (answer.status_code, answer.headers["etag"] == tag) == (200, False)


def test_a_person_is_saved_under_the_photograph_s_name(client: TestClient) -> None:
    state = begin(client, name="my group.jpg")

    answer = client.get(where(state, 2), params={"download": "true", "format": "webp"})

    saved = 'attachment; filename="my group-person-2.webp"'
    assert answer.headers["content-disposition"] == saved


def test_the_licence_that_is_wanted_is_that_of_who_finds_people(open_server: Open) -> None:
    """Of a session the one that it began with."""

    def strict(name: str, licence: Wanted) -> Likeness:
        if licence == "open" and name == "dfimat":
            raise LicenceError("licence of dfimat must be open, got research")
        return load(name)

    client = open_server(load=strict)
    state = begin(client, licence="open")

    assert refusal(ask(client, licence="open")) == (422, "licence")
    assert refusal(client.get(where(state))) == (422, "licence")
    assert refusal(client.get(where(state, 1))) == (422, "licence")
