"""`penumbra batch`, then `penumbra review`: three pictures fixed by a person."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from penumbra.batch.folder import JobFolder
from penumbra.batch.journal import Record
from tests.e2e.conftest import Open, click, picture, session, settle, until
from tests.review_piles import all_in_review
from tests.server_process import Process

pytestmark = pytest.mark.e2e

NAMES = ("chelsea.png", "coffee.png", "sub/astronaut.png", "sub/gone.png")
ONE_THREAD = os.environ | {"OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> JobFolder:
    """Of a batch of four photographs with mattes beside; all in review, one of them gone since."""
    from skimage import data

    root = tmp_path_factory.mktemp("batch")
    kept = Path(data.__file__).parent
    for name in NAMES:
        place = root / "in" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(kept / Path(name).name.replace("gone", "astronaut"), place)
    command = [sys.executable, "-m", "penumbra", "batch", "in", "out", "--alpha", "--workers", "1"]
    subprocess.run(command, cwd=root, env=ONE_THREAD, check=True, capture_output=True)
    folder = JobFolder(root / "out")
    all_in_review(folder)
    (root / "in/sub/gone.png").unlink()
    return folder


@pytest.fixture(scope="module")
def address(folder: JobFolder) -> Iterator[str]:
    """Of the review of that folder."""
    command = [sys.executable, "-m", "penumbra", "review", str(folder.root), "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=ONE_THREAD)
    assert process.stderr is not None
    announced = process.stderr.readline()
    found = re.fullmatch(r"4 to review on (http://127\.0\.0\.1:\d+/)\n", announced)
    assert found is not None, announced
    yield found[1]
    Process(found[1], process).stop()


def test_three_are_fixed_and_one_is_rejected(folder: JobFolder, open_page: Open) -> None:
    """By clicks, a stroke and Enter; what cannot be opened is skipped, then rejected."""
    before = {record.key: record for record in folder.pile()}
    order = list(before)
    page = open_page()
    for number, key in enumerate(order, start=1):
        expect(page.locator("#review-place")).to_have_text(f"{number} of 4")
        expect(page.locator("#review-about")).to_contain_text(key)
        settle(page)
        if key.endswith("gone.png"):
            expect(page.locator("#start-failure")).to_contain_text("must be readable")
            picture(page, "review-gone")
            page.keyboard.press("s")
            continue
        check_spot(page, before[key])
        picture(page, f"review-{number}")
        correct(page, is_click=number % 2 == 1)
        page.keyboard.press("Enter")
    expect(page.locator("#review-about")).to_contain_text("gone.png")
    settle(page)
    page.keyboard.press("q")
    expect(page.locator("#start-title")).to_have_text("All pictures are decided")
    expect(page.locator("#start")).to_contain_text("3 accepted, 1 rejected")
    picture(page, "review-end")

    assert folder.pile() == []
    for key, record in folder.records().items():
        check_decided(folder, before[key], record)


def check_spot(page: Page, record: Record) -> None:
    """The most doubtful spot is in view, larger than it was; the model is one that takes hints."""
    assert record.spot is not None
    x, y = record.spot
    at = page.evaluate("([x, y]) => window.penumbra.view.toScreen(x, y)", [x, y])
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    assert box["x"] <= at["x"] <= box["x"] + box["width"]
    assert box["y"] <= at["y"] <= box["y"] + box["height"]
    expect(page.locator("#model")).to_have_value("auto")
    assert page.evaluate("() => window.penumbra.state.zoom.scale") > 1


def correct(page: Page, is_click: bool) -> None:
    """Take something away at the spot, by a click or by a stroke."""
    zoom = page.evaluate("() => window.penumbra.state.zoom")
    if is_click:
        click(page, zoom["x"], zoom["y"], button="right")
        return
    before = session(page)["shown"]
    page.keyboard.press("g")
    page.mouse.move(*middle(page, -40))
    page.mouse.down()
    page.mouse.move(*middle(page, 40), steps=5)
    page.mouse.up()
    until(page, "n => window.penumbra.state.session.shown > n", before)
    settle(page)
    page.keyboard.press("p")


def middle(page: Page, right: float) -> tuple[float, float]:
    """Return a place on the screen beside the middle of the picture."""
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2 + right, box["y"] + box["height"] / 2


def check_decided(folder: JobFolder, before: Record, now: Record) -> None:
    """Outputs have changed, and the journal knows."""
    assert now.is_reviewed
    assert not (folder.root / before.outputs["output"]).exists()
    if now.key.endswith("gone.png"):
        assert (now.verdict, now.kind) == ("quarantine", "Rejected")
        assert (folder.root / "quarantine/sub/gone.json").exists()
        assert not (folder.root / before.outputs["alpha"]).exists()
        return
    assert now.verdict == "ok"
    assert now.outputs == {"output": f"ok/{before.name}", "alpha": f"alpha/{before.name}"}
    for result, place in now.outputs.items():
        assert (folder.root / place).is_file()
        assert now.output_hashes[result] != before.output_hashes[result]
    assert now.hints is not None
    assert now.hints.get("clicks") or now.hints.get("scribbles")
