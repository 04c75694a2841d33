"""How the page of `penumbra serve` feels: seconds until a matte is on screen, in a real browser.

    python benchmarks/server_page.py --data ../shared/data

A portrait is scaled to 1600 by 1200 pixels and uploaded to a server of its own, with the model
`clicks`; then thirty places are clicked on.  Both are timed within the page, from the event to the
first frame with the new matte, and to the one with the object's own colours, which are fetched
after it.  The first upload, for which the models are loaded, is told apart.
"""

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from reports import save
from server_load import started

CLICKS = 30
UPLOADS = 5
SIZE = (1600, 1200)

Seconds = tuple[float, float]

# Notes when the page was told something, when the matte was on screen, and when all was done.
CLOCK = """() => {
  const reset = (event) => { window.clock = {asked: event.timeStamp, seen: 0, done: 0}; };
  for (const kind of ["pointerup", "change"]) addEventListener(kind, reset, true);
  new MutationObserver((records) => requestAnimationFrame((now) => {
    const {shown, busy} = document.body.dataset;
    const isNew = records.some((it) => it.attributeName === "data-shown");
    if (isNew && Number(shown) > 0) clock.seen ||= now;
    if (busy === "false") clock.done = now;
  })).observe(document.body, {attributes: true, attributeFilter: ["data-busy", "data-shown"]});
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=Path("docs/benchmarks/server"))
    parser.add_argument("--model", default="clicks")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "photo.jpg"
        source = sorted((arguments.data / "portrait_eg" / "images").iterdir())[0]
        with Image.open(source) as image:
            fitted = image.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)
        fitted.save(photo, quality=92)
        base, server = started(Path(folder) / "state")
        try:
            uploads, clicks = measured(base, photo, arguments.model)
        finally:
            server.terminate()
            server.wait()
    numbers = {"uploads": uploads, "clicks": clicks}
    middle = np.median(clicks, axis=0)
    text = (
        "| seconds until | matte | own colours |\n|---|--:|--:|\n"
        f"| first upload | {uploads[0][0]:.2f} | {uploads[0][1]:.2f} |\n"
        f"| further ones (median of {UPLOADS - 1}) | {np.median(uploads[1:], axis=0)[0]:.2f} "
        f"| {np.median(uploads[1:], axis=0)[1]:.2f} |\n"
        f"| a click (median of {CLICKS}) | {middle[0]:.3f} | {middle[1]:.3f} |\n"
        f"| the slowest of ten | {np.quantile(clicks, 0.9, axis=0)[0]:.3f} "
        f"| {np.quantile(clicks, 0.9, axis=0)[1]:.3f} |\n"
    )
    save(arguments.output / "page", {"command": "python benchmarks/server_page.py"}, numbers, text)


def measured(base: str, photo: Path, model: str) -> tuple[list[Seconds], list[Seconds]]:
    """Return seconds of uploads and of clicks."""
    program = shutil.which("chromium")
    assert program is not None, "chromium must be installed"
    uploads, clicks = [], []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for number in range(UPLOADS):
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(base)
            page.evaluate("() => penumbra.idle()")
            page.select_option("#model", model)
            page.evaluate(CLOCK)
            page.set_input_files("#file", str(photo))
            uploads.append(seconds(page, 1))
            if number == UPLOADS - 1:
                clicks = clicked(page)
            page.close()
        browser.close()
    return uploads, clicks


def clicked(page: Page) -> list[Seconds]:
    # On a grid in a shuffled order: never on the mark of an earlier click, which would be dragged.
    places = [((col + 0.5) / 6, (row + 0.5) / 5) for col in range(6) for row in range(5)]
    found = []
    for number, at_place in enumerate(np.random.default_rng(0).permutation(places)[:CLICKS]):
        x, y = at_place * SIZE
        at: dict[str, Any] = page.evaluate("([x, y]) => penumbra.view.toScreen(x, y)", [x, y])
        page.mouse.click(at["x"], at["y"], button="left" if number % 2 else "right")
        found.append(seconds(page, number + 2))
    return found


def seconds(page: Page, shown: int) -> Seconds:
    """Return seconds from what was asked to the matte, and to the end of it all."""
    while not page.evaluate(
        "n => document.body.dataset.shown === String(n) && clock.seen && clock.done > clock.seen",
        shown,
    ):
        page.wait_for_timeout(20)
    seen, done = page.evaluate("() => [clock.seen - clock.asked, clock.done - clock.asked]")
    return round(seen / 1000, 4), round(done / 1000, 4)


if __name__ == "__main__":
    main()
