"""`/v1.0/removebg`: programs written for remove.bg find what they ask for."""

import base64
import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from httpx2 import Response
from numpy.testing import assert_array_equal
from PIL import Image
from starlette.testclient import TestClient

from penumbra.core.cutout import Cutout
from penumbra.core.hints import Hints
from penumbra.io import encode_alpha, encode_cutout, encode_image, load_alpha, read_photograph
from penumbra.server.settings import Limits
from penumbra.session.backdrop import cover
from penumbra.session.cutout import lift_off
from tests.api.conftest import Gate, Open
from tests.api.talk import PHOTO, own, rounded
from tests.unit.io.files import PNG_RGB, PNG_RGBA, encode, noise, png

WHERE = "/v1.0/removebg"


def remove(client: TestClient, photo: bytes | None = PHOTO, **form: Any) -> Response:  # noqa: ANN401
    """Send a form; files as bytes."""
    files = {name: ("file", it) for name, it in form.items() if isinstance(it, bytes)}
    if photo is not None:
        files["image_file"] = ("cat.png", photo)
    data = {name: str(it) for name, it in form.items() if not isinstance(it, bytes)}
    answer: Response = client.post(WHERE, files=files, data=data)
    return answer


def lifted(photo: bytes = PHOTO) -> Cutout:
    """The same object by the package."""
    return lift_off(read_photograph(photo), own("ensemble", photo).apply(Hints()))


def corner() -> bytes:
    """Red in rows 8 to 15 and columns 10 to 29, black elsewhere."""
    samples = np.zeros((30, 40, 3), np.uint8)
    samples[8:16, 10:30, 0] = 255
    return encode(samples, "PNG")


def size(answer: Response) -> tuple[int, int]:
    """Width and height of the picture, which the headers have, too."""
    assert answer.status_code == 200, answer.text
    with Image.open(io.BytesIO(answer.content)) as file:
        told = int(answer.headers["x-width"]), int(answer.headers["x-height"])
        assert told == file.size
        return file.size


def refused(answer: Response) -> tuple[int, str]:
    """Status and code, in the shape that such programs read."""
    (error,) = answer.json()["errors"]
    assert set(error) == {"title", "code"}
    assert error["title"]
    return answer.status_code, error["code"]


def test_the_background_is_removed(client: TestClient) -> None:
    """A PNG with transparency, as the package writes it."""
    answer = remove(client, size="auto")

    assert answer.content == encode_cutout(lifted())
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-type"] == "other"
    assert answer.headers["x-credits-charged"] == "0"
    assert answer.headers["x-penumbra-model"] == "ensemble"
    assert size(answer) == (32, 24)


def test_the_photograph_may_come_as_text(client: TestClient) -> None:
    """In a form or in JSON, with the words of a data address before it or not."""
    text = base64.b64encode(PHOTO).decode()
    expected = encode_cutout(lifted())

    answers = [
        remove(client, None, image_file_b64=text),
        remove(client, None, image_file_b64=f"data:image/png;base64,{text}"),
        client.post(WHERE, data={"image_file_b64": text}),
        client.post(WHERE, json={"image_file_b64": text, "crop": False, "roi": None}),
    ]

    assert [answer.content == expected for answer in answers] == [True] * 4


def test_a_text_may_be_as_long_as_other_requests(client: TestClient) -> None:
    """Forms are often limited to a megabyte a text."""
    photo = encode(noise(600, 700, 3), "PNG")
    text = base64.b64encode(photo).decode()
    assert len(text) > 1_500_000

    answer = remove(client, None, image_file_b64=text, size="preview")

    assert answer.status_code == 200


def test_the_answer_may_be_json(client: TestClient) -> None:
    """As such programs ask for it."""
    answer = client.post(
        WHERE, files={"image_file": ("a.png", PHOTO)}, headers={"Accept": "application/json"}
    )

    assert set(answer.json()) == {"data"}
    picture = base64.b64decode(answer.json()["data"]["result_b64"])
    assert picture == encode_cutout(lifted())
    assert answer.headers["x-width"] == "32"


def test_a_preview_is_small(client: TestClient) -> None:
    """A quarter of a megapixel at most; nothing is enlarged."""
    large = png(np.zeros((600, 800, 4), np.uint8), PNG_RGBA)

    sizes = {name: size(remove(client, large, size=name)) for name in ("preview", "full")}

    assert sizes == {"preview": (577, 433), "full": (800, 600)}
    assert size(remove(client, size="small")) == (32, 24)


@pytest.mark.parametrize(
    ("format", "suffix", "media"),
    [("png", ".png", "image/png"), ("webp", ".webp", "image/webp"), ("auto", ".png", "image/png")],
)
def test_a_cutout_comes_in_the_format_asked_for(
    client: TestClient, format: str, suffix: str, media: str
) -> None:
    answer = remove(client, format=format)

    assert answer.content == encode_cutout(lifted(), suffix)
    assert answer.headers["content-type"] == media


def test_jpeg_has_a_white_background_where_none_is_named(client: TestClient) -> None:
    answer = remove(client, format="jpg")

    assert answer.content == encode_image(lifted().over(np.ones(3, np.float32)), ".jpg")
    assert answer.headers["content-type"] == "image/jpeg"


def test_the_matte_alone_is_grey(client: TestClient) -> None:
    """In the photograph's depth."""
    deep = png(noise(24, 32, 3, dtype=np.uint16), PNG_RGB)

    for photo, bits in ((PHOTO, 8), (deep, 16)):
        alpha = own("ensemble", photo).apply(Hints()).alpha
        answer = remove(client, photo, channels="alpha", format="jpg")
        assert answer.content == encode_alpha(alpha, ".png", bits)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["81d4fa", "#81d4fa", "81D4FAFF"])
def test_a_colour_may_be_laid_under(client: TestClient, text: str) -> None:
    """With or without the sign before it."""
    colour = np.array([0x81, 0xD4, 0xFA], np.float32) / np.float32(255)

    assert remove(client, bg_color=text).content == encode_image(lifted().over(colour))
    red = remove(client, bg_color="red").content
    assert red == encode_image(lifted().over(np.array([1, 0, 0], np.float32)))


def test_a_picture_may_be_laid_under(client: TestClient) -> None:
    """It covers all, whatever its shape."""
    sky = encode(noise(9, 50, 3), "JPEG")
    under = cover(read_photograph(sky).rgb, 24, 32)

    answer = remove(client, bg_image_file=sky, bg_color="red")

    assert answer.content == encode_image(lifted().over(under))


@pytest.mark.parametrize(
    ("margin", "expected"),
    [
        (None, (20, 8)),
        ("", (20, 8)),
        ("0", (20, 8)),
        ("2", (24, 12)),
        ("2px", (24, 12)),
        ("25%", (30, 12)),
        ("1px 3px", (26, 10)),
        ("1 2 3 4", (26, 12)),
        ("500px", (40, 16)),  # half of the object at most
        ("100%", (40, 16)),
        ("9" * 400, (40, 16)),
    ],
)
def test_the_picture_is_cropped_to_the_object_with_a_margin(
    client: TestClient, margin: str | None, expected: tuple[int, int]
) -> None:
    """Lengths are pixels or a share of the object: top, right, bottom, left."""
    more = {} if margin is None else {"crop_margin": margin}

    assert size(remove(client, corner(), crop="true", **more)) == expected


def test_a_margin_ends_with_the_picture(client: TestClient) -> None:
    """And goes in the order of the documentation."""
    rgba = Image.open(io.BytesIO(remove(client, corner(), crop="1", crop_margin="1 2 3 4").content))
    rows, cols = np.nonzero(np.asarray(rgba)[:, :, 3])
    assert (rows.min(), cols.min()) == (1, 4)
    samples = np.zeros((6, 6, 3), np.uint8)
    samples[:4, 2:] = 255

    answer = remove(client, encode(samples, "PNG"), crop="true", crop_margin="2")

    assert size(answer) == (6, 6)


def test_a_crop_of_nothing_is_everything(client: TestClient) -> None:
    black = encode(np.zeros((5, 6, 3), np.uint8), "PNG")

    assert size(remove(client, black, crop="true")) == (6, 5)


@pytest.mark.parametrize("photo", [PHOTO, png(noise(24, 32, 4), PNG_RGBA)], ids=["RGB", "RGBA"])
def test_outside_of_the_region_of_interest_is_nothing(client: TestClient, photo: bytes) -> None:
    """Inside it is as if the picture were that part alone."""
    whole = read_photograph(photo)

    answer = remove(client, photo, roi="25% 6px 75% 18px")

    seen = read_photograph(answer.content)
    assert seen.alpha is not None
    inner = (
        own("ensemble").predictor.decode(np.ascontiguousarray(whole.rgb[6:18, 8:24]), Hints()).alpha
    )
    part = inner if whole.alpha is None else inner * whole.alpha[6:18, 8:24]
    assert_array_equal(seen.alpha[6:18, 8:24], rounded(part))
    assert seen.alpha.sum() == pytest.approx(float(rounded(part).sum()))
    assert size(answer) == (32, 24)
    full = remove(client, photo, roi="0% 0% 200% 200%", channels="alpha")
    assert_array_equal(load_alpha(full.content), rounded(lifted(photo).alpha))


@pytest.mark.parametrize(
    "form",
    [
        {"size": "huge"},
        {"format": "zip"},
        {"channels": "rgb"},
        {"bg_color": "sky"},
        {"bg_color": "81d4fa80"},
        {"crop_margin": "1 2 3"},
        {"crop_margin": "-1"},
        {"crop_margin": "1em"},
        {"roi": "0 0 1"},
        {"roi": "a b c d"},
        {"roi": "5 5 5 9"},
        {"roi": "50 0 60 9"},
        {"image_url": "http://169.254.169.254/latest/meta-data"},
        {"bg_image_url": "file:///etc/passwd"},
        {"add_shadow": "true"},
        {"shadow_type": "drop"},
        {"scale": "50%"},
        {"position": "center"},
        {"bg_image_file": "text"},
        {"bg_image_file": b"no picture"},
    ],
)
def test_what_cannot_be_done_is_refused(client: TestClient, form: dict[str, Any]) -> None:
    """With 400, as such programs expect it; nothing is forgotten in silence."""
    status, code = refused(remove(client, **form))

    assert status == 400
    assert code in ("input", "image")


def test_wishes_that_change_nothing_are_welcome(client: TestClient) -> None:
    """Programs send their defaults, empty fields and what is for other services."""
    answer = remove(
        client,
        type="person",
        semitransparency="true",
        add_shadow="false",
        shadow_type="none",
        scale="original",
        position="original",
        image_url="",
        bg_color="",
        bg_image_url="",
        size="",
        roi="",
        type_level="1",
    )

    assert answer.content == encode_cutout(lifted())


def test_a_request_without_a_photograph_is_refused(client: TestClient) -> None:
    """Of whatever type it is."""
    answers = [
        remove(client, None),
        remove(client, b""),
        remove(client, None, image_file="text"),
        remove(client, None, image_file_b64="?"),
        remove(client, None, image_file_b64="é"),
        client.post(WHERE, json=[]),
        client.post(WHERE, json={"image_file_b64": 5}),
        client.post(WHERE, content=b"{", headers={"Content-Type": "application/json"}),
        client.post(WHERE, content=b"\xff", headers={"Content-Type": "application/json"}),
        client.post(WHERE, content=b"[" * 90_000, headers={"Content-Type": "application/json"}),
        client.post(WHERE, content=PHOTO, headers={"Content-Type": "image/png"}),
        client.post(WHERE),
    ]

    assert [refused(answer) for answer in answers] == [(400, "input")] * len(answers)


def test_a_form_that_is_none_is_refused(client: TestClient) -> None:
    """In the same shape."""
    kind = {"Content-Type": "multipart/form-data; boundary=x"}

    broken = client.post(WHERE, content=b"--y\r\n", headers=kind)
    many = client.post(WHERE, files=[("image_file", ("a", PHOTO))] * 5)

    assert refused(broken) == (400, "input")
    assert refused(many) == (400, "input")


def test_a_photograph_with_too_many_pixels_is_refused(open_server: Open) -> None:
    client = open_server(Limits(pixels=1000))

    assert refused(remove(client, encode(noise(31, 33, 3), "PNG"))) == (413, "too_large")
    assert refused(remove(client, bg_image_file=encode(noise(31, 33, 3), "PNG"))) == (
        413,
        "too_large",
    )


def test_the_key_of_such_programs_is_the_token(open_server: Open) -> None:
    client = open_server(token="a-token-of-some-length")

    wrong = client.post(WHERE, files={"image_file": ("a", PHOTO)})
    right = client.post(
        WHERE,
        files={"image_file": ("a", PHOTO)},
        headers={"X-Api-Key": "a-token-of-some-length"},
    )

    assert (wrong.status_code, right.status_code) == (401, 200)


def test_a_busy_server_sends_away(open_server: Open, gate: Gate) -> None:
    """And says when to come again."""
    client = open_server(Limits(waiting=0), load=gate.load)
    gate.close()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(remove, client)
        gate.begun.acquire()
        second = remove(client)
        gate.open()

    assert refused(second) == (429, "busy")
    assert int(second.headers["retry-after"]) >= 1
    assert first.result().status_code == 200
