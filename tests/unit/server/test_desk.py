"""What of the sessions in memory shows in no answer."""

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from penumbra.core.arrays import RGB
from penumbra.core.cutout import Cutout
from penumbra.core.errors import HintError
from penumbra.core.hints import Click, Hints, Scribble
from penumbra.core.matte import Matte
from penumbra.core.people import FoundPerson
from penumbra.io import read_photograph
from penumbra.server.desk import Desk, Live, check_marks
from penumbra.server.failures import RequestError
from penumbra.server.settings import Limits
from penumbra.server.store import Row, Store
from penumbra.server.worker import Ticket
from penumbra.session.session import Session
from penumbra.systems import registry
from tests.likeness import Finding, Likeness, load
from tests.unit.io.files import encode, noise


def test_the_memory_of_a_session_is_counted() -> None:
    """Photograph, mattes, doubt and cut-outs, each array once: by it the oldest make room."""
    photograph = read_photograph(encode(noise(10, 20, 3), "PNG"))
    session = Session(load("clicks"), photograph.rgb)
    live = Live(photograph, session)
    plane = 4 * 10 * 20
    assert live.bytes == 3 * plane

    matte = session.apply(Hints())
    assert live.bytes == 4 * plane
    session.doubt()
    assert live.bytes == 5 * plane
    rgb, alpha = np.zeros((5, 10, 3), np.float32), np.zeros((5, 10), np.float32)
    live.kept["small"] = Cutout(rgb, alpha, rgb, Matte(alpha))
    live.kept["whole"] = Cutout(photograph.rgb, matte.alpha, photograph.rgb, matte)

    assert live.bytes == 5 * plane + 4 * plane // 4


def test_the_sessions_that_were_used_last_stay_in_memory(tmp_path: Path) -> None:
    """Looking again at a photograph is what costs."""
    looked: list[int] = []

    class Looking(Likeness):
        def encode(self, image: RGB) -> RGB:
            looked.append(image.shape[1])
            return image

    store = Store(tmp_path, Limits())
    plane = 4 * 10 * 20
    desk = Desk(store, Limits(live_bytes=2 * 3 * plane), lambda name, _: Looking(load(name).card))
    rows = {}
    for width in (18, 19, 20):
        photo = encode(noise(10, width, 3), "PNG")
        rows[width] = desk.begin(photo, "a.png", "aim", "any", Ticket())
        if width == 19:
            desk.open(rows[18], Ticket())
    assert looked == [18, 19, 20]

    desk.open(rows[20], Ticket())
    desk.open(rows[18], Ticket())
    assert looked == [18, 19, 20]
    desk.open(rows[19], Ticket())
    desk.open(rows[18], Ticket())

    assert looked == [18, 19, 20, 19]
    store.close()


def test_marks_are_counted() -> None:
    """Clicks and the points of strokes, together."""
    said = Hints((Click(1, 1),) * 3, (Scribble(((1, 1), (2, 2)), 1),))

    check_marks(said, Limits(marks=5), 10, 10)
    with pytest.raises(HintError, match="at most 4 clicks and points, got 5"):
        check_marks(said, Limits(marks=4), 10, 10)


def test_clicks_are_counted() -> None:
    """Fewer than points of strokes, for each can cost a look."""
    said = Hints((Click(1, 1),) * 3)

    check_marks(said, Limits(clicks=3), 10, 10)
    with pytest.raises(HintError, match="at most 2 clicks, got 3"):
        check_marks(said, Limits(clicks=2), 10, 10)


@pytest.mark.parametrize(
    ("stroke", "painted"),
    [
        (Scribble(((5, 5),), 4), 16),
        (Scribble(((5, 5),), 1000), 200),
        (Scribble(((5, 5), (8, 5)), 4), 4 * 7),
        (Scribble(((5, 5), (8, 5), (8, 8)), 4), 4 * 7 + 7 * 4),
        (Scribble(((0, 0), (20, 10)), 1e308), 200),
    ],
)
def test_paint_is_counted_as_often_as_it_is_laid_on(stroke: Scribble, painted: int) -> None:
    """A wide stroke of many points would otherwise keep the one thread for hours."""
    check_marks(Hints(scribbles=(stroke,)), Limits(painted=painted), 10, 20)
    with pytest.raises(HintError, match=f"at most {painted - 1} pixels, got {painted}"):
        check_marks(Hints(scribbles=(stroke,)), Limits(painted=painted - 1), 10, 20)


def test_mattes_far_from_the_screen_are_forgotten_and_made_again(tmp_path: Path) -> None:
    """However many rounds there are, a session takes so much; what comes back is the same."""
    plane = 4 * 10 * 20
    store = Store(tmp_path, Limits())
    desk = Desk(store, Limits(live_bytes=2 * 10 * plane), load)
    row = desk.begin(encode(noise(10, 20, 3), "PNG"), "a.png", "clicks", "any", Ticket())
    mattes = []
    said = Hints()
    for x in range(20):
        said = said.add(Click(x, 5))
        row = desk.say(row, said, None, Ticket())
        mattes.append(desk.open(row, Ticket()).session.matte)
        assert desk.held <= 10 * plane

    for shown in (20, 7, 1, 15):
        row = desk.show(row, shown)
        live = desk.open(row, Ticket())
        assert live.session.matte is not None
        expected = mattes[shown - 1]
        assert expected is not None
        assert_array_equal(live.session.matte.alpha, expected.alpha)
    store.close()


def test_nobody_waits_for_a_session_that_is_played_again(tmp_path: Path) -> None:
    """It stops at its next round, and goes on there when somebody asks once more."""
    answered: list[int] = []

    class Counting(Likeness):
        def decode(self, encoded: RGB, hints: Hints, previous: Matte | None = None) -> Matte:
            answered.append(len(hints.clicks))
            if len(answered) == 8:
                ticket.call_off()
            return super().decode(encoded, hints, previous)

    ticket = Ticket()
    store = Store(tmp_path, Limits())
    desk = Desk(store, Limits(), lambda name, _: Counting(load(name).card))
    row = desk.begin(encode(noise(10, 20, 3), "PNG"), "a.png", "aim", "any", Ticket())
    for x in range(5):
        row = desk.say(row, Hints((Click(1, 1),) * (x + 1)), "clicks", Ticket())
    desk.forget(row.id)

    with pytest.raises(RequestError):
        desk.open(row, ticket)
    assert answered == [1, 2, 3, 4, 5, 1, 2, 3]
    desk.open(row, Ticket())

    assert answered == [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]
    store.close()


def test_people_are_counted_and_make_room_for_the_rest(tmp_path: Path) -> None:
    """They are found again when somebody asks."""
    asked: list[int] = []

    class Watched(Finding):
        def people(self, encoded: RGB) -> list[FoundPerson]:
            asked.append(encoded.shape[1])
            return super().people(encoded)

    def opened(most: int) -> tuple[Desk, Row]:
        store = Store(tmp_path / str(most), Limits())
        desk = Desk(store, Limits(live_bytes=most), lambda name, _: Watched(registry.card(name)))
        photo = encode(noise(10, 20, 3), "PNG")
        return desk, desk.begin(photo, "a.png", "aim", "any", Ticket())

    plane = 4 * 10 * 20
    for most, times in ((2 * 5 * plane, 1), (2 * 4 * plane, 2)):
        desk, row = opened(most)
        assert desk.held == 3 * plane
        for _ in range(2):
            photograph, people = desk.people(row)
            assert (photograph.rgb.shape, len(people)) == ((10, 20, 3), 2)
        assert desk.held == (5 if times == 1 else 3) * plane
        assert asked == [20] * times
        asked.clear()
        desk.store.close()
