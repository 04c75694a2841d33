"""A real server, a real browser, and a page on which nothing may go wrong unseen.

Without Chromium these tests are skipped; PENUMBRA_BROWSER=needed makes that a failure.
PENUMBRA_SCREENSHOTS is a folder for pictures of the page.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.server_process import start_server

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Of one file of tests: while Playwright runs, nothing else of its thread can use asyncio."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        if os.environ.get("PENUMBRA_BROWSER") == "needed":
            pytest.fail("chromium must be installed")
        pytest.skip("no Chromium here")
    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=program, args=list(FLAGS))
        yield found
        found.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a server with the kit's own models."""
    server = start_server(tmp_path_factory.mktemp("state"))
    yield server.address + "/"
    server.stop()


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A portrait of 512 by 512 pixels in the public domain: Eileen Collins, by NASA."""
    from skimage import data

    path = tmp_path_factory.mktemp("photos") / "astronaut.png"
    shutil.copy(Path(data.__file__).parent / "astronaut.png", path)
    return path


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Open]:
    """Opens the page; at the end it must have asked nobody else, and had no error."""
    contexts = []
    asked: list[str] = []
    wrong: list[str] = []

    def opened(width: int = 1440, height: int = 900, **more: Any) -> Page:  # noqa: ANN401
        context = browser.new_context(viewport={"width": width, "height": height}, **more)
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if is_wrong(said) else None)
        # From now on, or the first chooser may open before the browser is told to leave it to us.
        page.on("filechooser", lambda _: None)
        page.goto(address)
        settle(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    outside = [url for url in asked if not url.startswith((address, "blob:", "data:"))]
    assert outside == []
    assert wrong == []


def is_wrong(said: ConsoleMessage) -> bool:
    """Tell whether the console has an error of the page; browsers list each refusal there, too."""
    return said.type == "error" and "responded with a status of 4" not in said.text


def settle(page: Page) -> None:
    """Wait until nothing is asked any more and the answer is drawn."""
    until(page, "() => window.penumbra !== undefined")
    page.evaluate("() => window.penumbra.idle()")
    until(page, "() => document.body.dataset.busy === 'false'")


def until(page: Page, holds: str, given: object = None) -> None:
    """Wait until a function of the page says true.

    Playwright's own way evaluates text within the page, which the page's policy forbids.
    """
    for _ in range(400):
        if page.evaluate(holds, given):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"must come to hold: {holds}")


def until_shown(page: Page, number: int) -> None:
    """Wait until a round is on screen and drawn."""
    until(page, "n => document.body.dataset.shown === String(n)", number)
    settle(page)


def upload(page: Page, photo: Path) -> None:
    """Choose a photograph, and wait for its first matte."""
    page.set_input_files("#file", str(photo))
    until_shown(page, 1)


def shown(page: Page) -> tuple[int, int]:
    """Return the round on screen, and how many there are."""
    settle(page)
    now, rounds = page.evaluate("() => [document.body.dataset.shown, document.body.dataset.rounds]")
    return int(now), int(rounds)


def place(page: Page, x: float, y: float) -> tuple[float, float]:
    """Return where a point of the photograph is on the screen."""
    at = page.evaluate("([x, y]) => window.penumbra.view.toScreen(x, y)", [x, y])
    return at["x"], at["y"]


def click(page: Page, x: float, y: float, button: Any = "left") -> None:  # noqa: ANN401
    """Click on a point of the photograph, and wait for the answer."""
    before = page.evaluate("() => window.penumbra.state.session.shown")
    page.mouse.click(*place(page, x, y), button=button)
    until(page, "n => window.penumbra.state.session.shown > n", before)
    settle(page)


def drag(page: Page, *points: tuple[float, float]) -> None:
    """Drag along points of the photograph."""
    page.mouse.move(*place(page, *points[0]))
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*place(page, *point), steps=5)
    page.mouse.up()
    settle(page)


def session(page: Page) -> dict[str, Any]:
    """Return the session that the page shows."""
    found: dict[str, Any] = page.evaluate("() => window.penumbra.state.session")
    return found


def picture(page: Page, name: str) -> None:
    """Keep a picture of the page, where pictures are wanted."""
    folder = os.environ.get("PENUMBRA_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png")
