"""One person of two, meant by a box, strokes and words; what contradicts is seen."""

import os
from importlib.metadata import PackageNotFoundError, distribution
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page, expect

from penumbra.core.matte import MISSED, SPILLED
from penumbra.server.pictures import COLOURS
from penumbra.systems.dfimat.text.minilm import DISTRIBUTION
from tests.e2e.conftest import (
    Open,
    drag,
    picture,
    place,
    session,
    settle,
    shown,
    until,
    until_shown,
    upload,
)
from tests.e2e.test_barriers import barriers
from tests.e2e.test_page import alpha
from tests.two_people import CORNERS, SIZE, two_people

pytestmark = pytest.mark.e2e

Corners = tuple[int, int, int, int]

LEFT, RIGHT = ((x, y, x + SIZE[0], y + SIZE[1]) for x, y in CORNERS)  # x0, y0, x1, y1
FACES = {LEFT: (112, 95), RIGHT: (447, 95)}
CHESTS = {LEFT: (100, 235), RIGHT: (459, 235)}


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """The portrait twice, the right one as in a mirror, before a plain wall."""
    Image.fromarray(two_people()).save(tmp_path / "two.png")
    return tmp_path / "two.png"


def words() -> None:
    """Skip where no words can be read."""
    try:
        distribution(DISTRIBUTION)
    except PackageNotFoundError:
        pytest.skip(f"{DISTRIBUTION} is not installed")


def write(page: Page, text: str) -> None:
    """Say who is meant in words, and wait for the answer."""
    rounds = shown(page)[1]
    page.fill("#text", text)
    page.press("#text", "Enter")
    until_shown(page, rounds + 1)


def looks_at(page: Page, view: str) -> NDArray[np.uint8]:
    """The canvas as it is drawn after a key."""
    page.focus("#canvas")
    page.keyboard.press(view)
    settle(page)
    page.wait_for_timeout(100)
    return np.asarray(Image.open(BytesIO(page.locator("#canvas").screenshot())).convert("RGB"))


def near_colour(pixels: NDArray[np.uint8], kind: int) -> NDArray[np.bool_]:
    """Where the canvas has a colour of conflicts, (H, W)."""
    off: NDArray[np.int64] = np.abs(pixels.astype(np.int64) - COLOURS[kind]).max(axis=2)
    return off <= 6


def opacity(matte: NDArray[np.uint8], who: Corners) -> float:
    """Of face and chest of a person, 11 pixels around each, on average, in [0, 1]."""
    parts = [matte[y - 5 : y + 6, x - 5 : x + 6] for x, y in (FACES[who], CHESTS[who])]
    return float(np.mean(parts)) / 255


def inside(matte: NDArray[np.uint8]) -> tuple[int, int]:
    """The point (x, y) that lies deepest in the object."""
    depth = cv2.distanceTransform((matte > 200).astype(np.uint8), cv2.DIST_L2, 5)
    row, col = np.unravel_index(int(depth.argmax()), depth.shape)
    return int(col), int(row)


def test_a_box_then_a_stroke_then_words(open_page: Open, two: Path, address: str) -> None:
    """The matte follows, the conflict view shows what contradicts, and undo walks back."""
    words()
    page = open_page()
    page.select_option("#model", "dfimat")
    upload(page, two)
    expect(page.locator("#notes")).to_contain_text("nothing was said")
    expect(page.locator("#hints-guide")).to_contain_text("Box first, then strokes, plus words")
    mattes, canvases = [alpha(page, address)], [looks_at(page, "7")]

    page.keyboard.press("b")
    drag(page, LEFT[:2], LEFT[2:])
    mattes.append(alpha(page, address))
    canvases.append(looks_at(page, "7"))
    page.keyboard.press("f")
    drag(page, CHESTS[LEFT], FACES[LEFT])
    mattes.append(alpha(page, address))
    canvases.append(looks_at(page, "7"))
    write(page, "the person on the left")
    mattes.append(alpha(page, address))
    canvases.append(looks_at(page, "7"))
    picture(page, "dfimat-words")

    assert shown(page) == (4, 4)
    assert [each["model"] for each in session(page)["rounds"]] == ["dfimat"] * 4
    assert session(page)["rounds"][-1]["kinds"] == {"box": 1, "scribble": 1, "text": 1}
    assert min(opacity(matte, LEFT) for matte in mattes[1:]) > 0.7
    for before, after in ((0, 1), (1, 2), (2, 3)):
        assert (mattes[before] != mattes[after]).any()
        assert (canvases[before] != canvases[after]).any()
    walk(page, address, mattes)


@pytest.mark.parametrize(("who", "other"), [(LEFT, RIGHT), (RIGHT, LEFT)])
def test_one_of_two_is_meant(
    open_page: Open, two: Path, address: str, who: Corners, other: Corners
) -> None:
    """By a box; then by a stroke on the one and another on the other."""
    page = open_page()
    page.select_option("#model", "dfimat")
    upload(page, two)
    page.click("#people-find")
    settle(page)
    boxes = [each["box"] for each in page.evaluate("() => penumbra.state.people")]
    assert len(boxes) == 2
    assert boxes[0][2] < RIGHT[0]
    assert boxes[1][0] > LEFT[2]

    page.keyboard.press("b")
    drag(page, who[:2], who[2:])
    mattes = [alpha(page, address)]
    page.keyboard.press("f")
    drag(page, CHESTS[who], FACES[who])
    page.keyboard.press("g")
    drag(page, CHESTS[other], FACES[other])
    mattes.append(alpha(page, address))

    assert all(opacity(matte, who) > 0.8 for matte in mattes)
    assert all(opacity(matte, other) < 0.2 for matte in mattes)


def walk(page: Page, address: str, mattes: list[NDArray[np.uint8]]) -> None:
    """Undo all but the first round and redo them: each matte is what it was, bit for bit."""
    for number in range(len(mattes) - 1, 0, -1):
        page.click("#undo")
        until_shown(page, number)
        assert_array_equal(alpha(page, address), mattes[number - 1])
    for number in range(2, len(mattes) + 1):
        page.click("#redo")
        until_shown(page, number)
        assert_array_equal(alpha(page, address), mattes[number - 1])


@pytest.mark.parametrize("width", [1440, 390])
def test_what_contradicts_is_a_view(open_page: Open, two: Path, address: str, width: int) -> None:
    """A stroke where the matte is surest says background: that much has spilled."""
    page = open_page(width, 900 if width == 1440 else 844)
    page.select_option("#model", "dfimat")
    upload(page, two)
    page.keyboard.press("b")
    drag(page, LEFT[:2], LEFT[2:])
    calm = looks_at(page, "c")
    expect(page.locator("#view-note")).to_contain_text("Nothing that is new contradicts")
    assert not (near_colour(calm, MISSED) | near_colour(calm, SPILLED)).any()
    before = alpha(page, address)

    x, y = inside(before)
    page.keyboard.press("g")
    drag(page, (x - 8, y), (x + 8, y))
    seen = looks_at(page, "c")
    picture(page, f"conflicts-{width}")

    spilled = near_colour(seen, SPILLED)
    assert spilled.sum() > 100
    assert not near_colour(seen, MISSED).any()
    box = page.locator("#canvas").bounding_box()
    assert box is not None
    at = np.array(place(page, x, y)) - (box["x"], box["y"])
    rows, cols = np.nonzero(spilled)
    assert_allclose([cols.mean(), rows.mean()], at, atol=8)
    note = page.locator("#view-note").inner_text()
    assert note.endswith("of what is new contradicts the mask that was shown.")
    assert "conflict" in session(page)["rounds"][-1]["flags"]
    expect(page.locator("#notes")).to_contain_text(note[:-1])
    expect(page.locator("#status")).to_contain_text(note)
    expect(page.locator("#view-legend")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("#undo")
    until_shown(page, 2)
    assert_array_equal(alpha(page, address), before)
    calm = looks_at(page, "c")
    assert not (near_colour(calm, MISSED) | near_colour(calm, SPILLED)).any()


def test_conflicts_are_offered_where_the_answer_has_them(open_page: Open, two: Path) -> None:
    """The model `aim` does not say; the key says that it does not."""
    page = open_page()
    upload(page, two)
    button = page.locator("#views [data-view='10']")
    assert button.is_disabled()
    looks_at(page, "c")
    expect(page.locator("#status")).to_contain_text("does not say what contradicts it")
    assert page.evaluate("() => penumbra.state.view") != 10

    page.select_option("#model", "dfimat")
    until_shown(page, 2)
    button.click()
    settle(page)

    assert button.get_attribute("aria-pressed") == "true"
    page.click("#undo")
    until_shown(page, 1)
    expect(page.locator("#view-note")).to_contain_text("does not say")


def test_words_alone_go_to_the_model_that_reads_them(open_page: Open, two: Path) -> None:
    """And then the panel guides."""
    words()
    page = open_page()
    upload(page, two)
    assert page.locator("#hints-guide").is_hidden()

    write(page, "the person on the right")

    last = session(page)["rounds"][-1]
    assert (last["model"], last["hints"]["text"]) == ("dfimat", "the person on the right")
    assert page.locator("#hints-guide").is_visible()


def test_each_person_is_listed_and_can_be_meant(
    open_page: Open, two: Path, address: str, tmp_path: Path
) -> None:
    """Choosing one is a round like any other; the link saves the cut-out."""
    page = open_page()
    upload(page, two)
    before = alpha(page, address)
    page.click("#people-find")
    settle(page)
    listed = page.evaluate("() => penumbra.state.people")
    assert len(listed) >= 1
    rows = page.locator("#people li")
    assert rows.count() == len(listed)
    until(
        page, "() => [...document.querySelectorAll('#people img')].every((it) => it.naturalWidth)"
    )
    picture(page, "people")

    rows.first.locator("button").click()
    until_shown(page, 2)

    last = session(page)["rounds"][-1]
    assert (last["model"], last["hints"]["box"]) == ("dfimat", listed[0]["box"])
    assert rows.first.locator("button").get_attribute("aria-pressed") == "true"
    assert f"{round(100 * listed[0]['score'])} % sure" in rows.first.inner_text()
    with page.expect_download() as saving:
        rows.first.locator("a").click()
    saving.value.save_as(tmp_path / "person.png")
    assert saving.value.suggested_filename == "two-person-1.png"
    with Image.open(tmp_path / "person.png") as saved:
        assert (saved.mode, saved.size) == ("RGBA", (560, 296))
    page.click("#undo")
    until_shown(page, 1)
    assert_array_equal(alpha(page, address), before)


def test_nobody_is_said(open_page: Open, two: Path) -> None:
    """Where the server lists none, whatever the weights find on this picture."""
    page = open_page()
    upload(page, two)
    page.route("**/people", lambda route: route.fulfill(json=[]))

    page.click("#people-find")
    settle(page)

    expect(page.locator("#people-note")).to_have_text("Nobody was found.")
    expect(page.locator("#status")).to_contain_text("Nobody was found.")
    assert page.locator("#people li").count() == 0


@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_no_serious_barrier_in_what_is_new(
    open_page: Open, two: Path, width: int
) -> None:
    """With people listed, and conflicts on screen."""
    program = os.environ.get("PENUMBRA_AXE")
    if program is None:
        pytest.skip("PENUMBRA_AXE does not say where axe.min.js is")
    page = open_page(width, 900)
    page.evaluate(Path(program).read_text())
    page.select_option("#model", "dfimat")
    upload(page, two)
    page.click("#people-find")
    settle(page)
    looks_at(page, "c")

    assert barriers(page, "conflicts") == []
