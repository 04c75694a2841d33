"""Many at once: everybody is answered or told when to come again, and sees their own alone.

The whole load of the issue is in `benchmarks/server_load.py`; this is what fits into a test.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import numpy as np
from fastapi import FastAPI
from httpx2 import Response
from numpy.testing import assert_array_equal

from penumbra.core.arrays import RGB
from penumbra.core.card import Wanted
from penumbra.core.hints import Click, Hints
from penumbra.core.matte import Matte
from penumbra.io import encode_cutout, load_alpha, read_photograph
from penumbra.server.app import create_app
from penumbra.server.settings import Limits, Settings
from penumbra.session.cutout import cut_out
from tests.api.talk import own, rounded
from tests.likeness import load
from tests.unit.io.files import encode

Listen = Callable[[FastAPI], str]


def photo_of(number: int) -> bytes:
    """Noise of its own size, so that a mixed-up one is seen at once."""
    rng = np.random.default_rng(number)
    return encode(rng.integers(0, 256, (20 + number % 7, 30 + number, 3), np.uint8), "PNG")


def test_sixty_requests_at_once_are_answered_or_sent_away(state: Path, listen: Listen) -> None:
    """With 200 or 429, and every cut-out is of its own photograph; afterwards all is as before."""

    class Slow:
        """As slow as a small model."""

        def __init__(self, name: str, licence: Wanted) -> None:
            self._of = load(name, licence)
            self.card = self._of.card

        def encode(self, image: RGB) -> RGB:
            time.sleep(0.02)
            return image

        def decode(self, encoded: RGB, hints: Hints, previous: Matte | None = None) -> Matte:
            return self._of.decode(encoded, hints, previous)

    base = listen(create_app(Settings(state, limits=Limits(waiting=4)), Slow))
    with httpx2.Client(base_url=base, timeout=60) as client:

        def cut(number: int) -> Response:
            answer: Response = client.post("/v1/cut", files={"image": ("a.png", photo_of(number))})
            return answer

        with ThreadPoolExecutor(60) as pool:
            answers = list(pool.map(cut, range(60)))
        after = cut(60)
        text = client.get("/metrics").text

    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {200, 429}
    assert statuses[200] >= 5
    for number, answer in enumerate([*answers, after]):
        if answer.status_code == 429:
            assert answer.json()["error"]["code"] == "busy"
            assert 1 <= int(answer.headers["retry-after"]) <= 60
        else:
            rgb = read_photograph(photo_of(number)).rgb
            assert answer.content == encode_cutout(cut_out(rgb, Hints(), load("ensemble")))
    assert after.status_code == 200
    assert "penumbra_waiting 0.0" in text


def test_nobody_sees_the_picture_or_matte_of_another_session(state: Path, listen: Listen) -> None:
    """Twelve sessions say their rounds among each other, on a server that holds a few of them.

    So most rounds find their session fallen out of memory, and play it again.
    """
    limits = Limits(waiting=100, live_bytes=60_000)
    app = create_app(Settings(state, limits=limits), load)
    base = listen(app)

    def talk(number: int) -> tuple[int, list[bytes], list[bytes]]:
        photos, mattes = [], []
        with httpx2.Client(base_url=base, timeout=60) as client:
            state = client.post(
                "/v1/sessions",
                files={"image": (f"{number}.png", photo_of(number))},
                data={"model": "clicks"},
            ).json()
            where = f"/v1/sessions/{state['id']}"
            for clicks in range(4):
                said = {"clicks": [{"x": 5 * k + 1, "y": 2 * k + 1} for k in range(clicks + 1)]}
                answer = client.post(f"{where}/rounds", json={"hints": said, "base": clicks})
                assert answer.status_code == 200, answer.text
                assert answer.json()["name"] == f"{number}.png"
                photos.append(client.get(f"{where}/pictures/photo").content)
                mattes.append(client.get(f"{where}/pictures/alpha").content)
            client.post(f"{where}/show", json={"round": 2})
            mattes.append(client.get(f"{where}/pictures/alpha").content)
        return number, photos, mattes

    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(talk, range(12)))

    assert app.state.house.desk.held <= limits.live_bytes
    for number, photos, mattes in told:
        rgb = read_photograph(photo_of(number)).rgb
        session = own(photo=photo_of(number))
        alphas = [
            session.apply(
                Hints(tuple(Click(5 * k + 1, 2 * k + 1) for k in range(clicks + 1)))
            ).alpha
            for clicks in range(4)
        ]
        for photo in photos:
            assert_array_equal(read_photograph(photo).rgb, rgb)
        for matte, alpha in zip(mattes, [*alphas, alphas[1]], strict=True):
            assert_array_equal(load_alpha(matte), rounded(alpha))


def test_a_round_waits_for_nobody_who_has_gone(state: Path, listen: Listen) -> None:
    """Their work is not begun: whoever comes next has not to wait for it."""
    begun: list[int] = []
    go = threading.Event()

    class Watched:
        """Tells whose pictures it is shown, by their width; the first one takes its time."""

        def __init__(self, name: str, licence: Wanted) -> None:
            self._of = load(name, licence)
            self.card = self._of.card

        def encode(self, image: RGB) -> RGB:
            begun.append(image.shape[1])
            assert go.wait(60)
            return image

        def decode(self, encoded: RGB, hints: Hints, previous: Matte | None = None) -> Matte:
            return self._of.decode(encoded, hints, previous)

    base = listen(create_app(Settings(state), Watched))

    def cut(number: int, timeout: float) -> int:
        files = {"image": ("a.png", photo_of(number))}
        with httpx2.Client(base_url=base, timeout=timeout) as client:
            try:
                return int(client.post("/v1/cut", files=files).status_code)
            except httpx2.TimeoutException:
                return 0

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(cut, 1, 60)
        while not begun:
            time.sleep(0.01)
        assert cut(2, 0.1) == 0
        while 'status="499"' not in httpx2.get(f"{base}/metrics").text:
            time.sleep(0.01)
        go.set()
        assert cut(3, 60) == 200
        assert first.result() == 200

    assert begun == [31, 33]
