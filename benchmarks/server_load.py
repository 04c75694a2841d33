"""`penumbra serve` under load: everybody at once, and many sessions among each other.

    python benchmarks/server_load.py

A server of its own is asked for cut-outs of one photograph of a megapixel by many at once: each
must be answered with 200 or 429, and one more request afterwards with 200.  Then many sessions,
each of a picture of its own colours, say rounds of clicks among each other; who is sent away comes
again when told to.  Photograph and matte must be the session's own: the photograph is the one that
was uploaded, and the matte is what the same model answers here.  The memory of the server's process
is looked at every 50 ms.
"""

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import psutil
from httpx2 import Response
from numpy.typing import NDArray
from PIL import Image
from reports import save

from penumbra.core.hints import Click, Hints
from penumbra.io import encode_alpha, read_photograph
from penumbra.session.session import Session
from penumbra.systems.registry import load_predictor

MOST_BYTES = 3_000_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--requests", type=int, default=400, help="at once")
    parser.add_argument("--sessions", type=int, default=50, help="among each other")
    parser.add_argument("--rounds", type=int, default=4, help="of a session")
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks/server"))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        base, server = started(Path(folder))
        try:
            with Watch(server.pid) as watch:
                numbers = {
                    "at_once": at_once(base, arguments.requests, watch),
                    "sessions": sessions(base, arguments.sessions, arguments.rounds, watch),
                }
            is_alive = server.poll() is None
        finally:
            server.terminate()
            server.wait()
    numbers["server"] = {"is_alive": is_alive, "peak_bytes": watch.peak}
    command = "python benchmarks/server_load.py"
    if (arguments.requests, arguments.sessions, arguments.rounds) != (400, 50, 4):
        command += f" --requests {arguments.requests} --sessions {arguments.sessions}"
        command += f" --rounds {arguments.rounds}"
    save(arguments.output / "load", {"command": command}, numbers, text_of(numbers))
    failed = failures(numbers)
    sys.exit("; ".join(failed) if failed else 0)


def started(state: Path) -> tuple[str, subprocess.Popen[bytes]]:
    """Return the address of a server, and its process; what is asked before it is ready waits."""
    command = [sys.executable, "-m", "penumbra", "serve", "--port", "0", "--state", str(state)]
    server = subprocess.Popen(command, stderr=subprocess.PIPE)
    assert server.stderr is not None
    base = server.stderr.readline().decode().split()[-1].rstrip("/")
    return base, server


class Watch:
    """The most memory that a process has had."""

    def __init__(self, process: int) -> None:
        self._process = psutil.Process(process)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.peak = 0

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._end.wait(0.05):
            try:
                self.peak = max(self.peak, self._process.memory_info().rss)
            except psutil.NoSuchProcess:
                return


def at_once(base: str, count: int, watch: Watch) -> dict[str, Any]:
    """Ask for many cut-outs, all sent before any is waited for; then for one."""
    photo = jpeg(megapixel())
    ready = threading.Barrier(count)

    def cut(client: httpx2.Client) -> tuple[str, float]:
        ready.wait()
        began = time.monotonic()
        try:
            answer = client.post("/v1/cut", files={"image": ("photo.jpg", photo)})
        except httpx2.TransportError as error:
            return type(error).__name__, time.monotonic() - began
        return str(answer.status_code), time.monotonic() - began

    clients = [httpx2.Client(base_url=base, timeout=600) for _ in range(count)]
    with ThreadPoolExecutor(count) as pool:
        answers = list(pool.map(cut, clients))
    for client in clients:
        client.close()
    peak = watch.peak
    began = time.monotonic()
    after = httpx2.post(f"{base}/v1/cut", files={"image": ("photo.jpg", photo)}, timeout=600)
    seconds = time.monotonic() - began
    return {
        "requests": count,
        "photo_bytes": len(photo),
        "statuses": dict(Counter(status for status, _ in answers)),
        "slowest_seconds": max(seconds for _, seconds in answers),
        "peak_bytes": peak,
        "after": {"status": after.status_code, "seconds": seconds, "bytes": len(after.content)},
    }


def sessions(base: str, count: int, rounds: int, watch: Watch) -> dict[str, Any]:
    """Let sessions say their rounds among each other, and look whose pictures they see."""
    began = time.monotonic()
    with ThreadPoolExecutor(count) as pool:
        told = list(pool.map(lambda number: talk(base, number, rounds), range(count)))
    seconds = time.monotonic() - began
    peak = watch.peak
    model = load_predictor("clicks")
    wrong_photos = wrong_mattes = 0
    for number, photos, mattes in told:
        rgb = read_photograph(png(coloured(number))).rgb
        session = Session(model, rgb)
        expected = [session.apply(Hints(tuple(clicks(number)[: k + 1]))) for k in range(rounds)]
        wrong_photos += sum(not np.array_equal(read_photograph(it).rgb, rgb) for it in photos)
        wrong_mattes += sum(
            it != encode_alpha(matte.alpha) for it, matte in zip(mattes, expected, strict=True)
        )
    return {
        "sessions": count,
        "rounds": count * rounds,
        "seconds": seconds,
        "sent_away": sum(SENT_AWAY),
        "wrong_photos": wrong_photos,
        "wrong_mattes": wrong_mattes,
        "peak_bytes": peak,
    }


SENT_AWAY: list[int] = []
"""A one for each time that somebody was told to come again."""


def talk(base: str, number: int, rounds: int) -> tuple[int, list[bytes], list[bytes]]:
    """Return photograph and matte after each round, as the server shows them."""
    photos, mattes = [], []
    with httpx2.Client(base_url=base, timeout=600) as client:
        form = {"model": "clicks"}
        files = {"image": (f"{number}.png", png(coloured(number)))}
        made = answered(lambda: client.post("/v1/sessions", files=files, data=form))
        where = f"/v1/sessions/{made.json()['id']}"
        for k in range(rounds):
            said = {"clicks": [{"x": it.x, "y": it.y} for it in clicks(number)[: k + 1]]}
            body = {"hints": said, "base": k}
            answered(lambda body=body: client.post(f"{where}/rounds", json=body))
            photos.append(answered(lambda: client.get(f"{where}/pictures/photo")).content)
            mattes.append(answered(lambda: client.get(f"{where}/pictures/alpha")).content)
    return number, photos, mattes


def answered(ask: Callable[[], Response]) -> Response:
    """Return an answer, coming again as often as one is told to."""
    while (answer := ask()).status_code == 429:
        SENT_AWAY.append(1)
        time.sleep(int(answer.headers["retry-after"]))
    answer.raise_for_status()
    return answer


def megapixel() -> NDArray[np.uint8]:
    """A soft disk before noise, 1224 by 816."""
    height, width = 816, 1224
    rows, cols = np.mgrid[:height, :width]
    distance = np.hypot(rows - height / 2, cols - width / 2)
    alpha = np.clip((300 - distance) / 40, 0, 1)[:, :, None]
    rng = np.random.default_rng(0)
    noise = rng.integers(60, 120, (height, width, 3))
    colour = np.array([220, 140, 90]) + rng.integers(-20, 20, (height, width, 3))
    return np.rint(alpha * colour + (1 - alpha) * noise).astype(np.uint8)


def coloured(number: int) -> NDArray[np.uint8]:
    """A picture of 240 by 160 that no other session has: its colours, and where its disk is."""
    rng = np.random.default_rng(number)
    rows, cols = np.mgrid[:160, :240]
    y, x = centre(number)
    colours = rng.integers(0, 256, (2, 3))
    picture = np.where((np.hypot(rows - y, cols - x) < 40)[:, :, None], *colours)
    return np.clip(picture + rng.integers(-9, 10, picture.shape), 0, 255).astype(np.uint8)


def centre(number: int) -> tuple[int, int]:
    return 50 + number % 60, 50 + (number * 7) % 140


def clicks(number: int) -> list[Click]:
    """Places in the disk of a picture."""
    y, x = centre(number)
    return [Click(x + 0.5 + 5 * k, y + 0.5 - 3 * k) for k in range(8)]


def jpeg(samples: NDArray[np.uint8]) -> bytes:
    file = BytesIO()
    Image.fromarray(samples).save(file, "JPEG", quality=95)
    return file.getvalue()


def png(samples: NDArray[np.uint8]) -> bytes:
    file = BytesIO()
    Image.fromarray(samples).save(file, "PNG")
    return file.getvalue()


def text_of(numbers: dict[str, Any]) -> str:
    burst, talks, server = numbers["at_once"], numbers["sessions"], numbers["server"]
    statuses = ", ".join(f"{n} x {status}" for status, n in sorted(burst["statuses"].items()))
    rows = {
        f"{burst['requests']} cut-outs of a megapixel at once": statuses,
        "the slowest of them": f"{burst['slowest_seconds']:.1f} s",
        "most memory of the server until then": f"{burst['peak_bytes'] / 1e9:.2f} GB",
        "one more cut-out afterwards": f"{burst['after']['status']}, "
        f"{burst['after']['seconds']:.1f} s",
        f"{talks['sessions']} sessions among each other": f"{talks['rounds']} rounds in "
        f"{talks['seconds']:.0f} s, sent away {talks['sent_away']} times",
        "photographs, mattes of another session": f"{talks['wrong_photos']}, "
        f"{talks['wrong_mattes']}",
        "most memory of the server": f"{server['peak_bytes'] / 1e9:.2f} GB",
    }
    return "| | |\n|---|---|\n" + "\n".join(f"| {name} | {it} |" for name, it in rows.items())


def failures(numbers: dict[str, Any]) -> list[str]:
    """Return what must not be."""
    burst, talks, server = numbers["at_once"], numbers["sessions"], numbers["server"]
    checks = {
        "an answer was neither 200 nor 429": set(burst["statuses"]) <= {"200", "429"},
        "the server did not go on": burst["after"]["status"] == 200 and server["is_alive"],
        "somebody saw another's picture": talks["wrong_photos"] == talks["wrong_mattes"] == 0,
        "the server took too much memory": server["peak_bytes"] < MOST_BYTES,
    }
    return [what for what, is_right in checks.items() if not is_right]


if __name__ == "__main__":
    main()
