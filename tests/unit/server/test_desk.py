"""What of the sessions in memory shows in no answer."""

from pathlib import Path

import numpy as np
import pytest

from penumbra.core.arrays import RGB
from penumbra.core.cutout import Cutout
from penumbra.core.errors import HintError
from penumbra.core.hints import Click, Hints, Scribble
from penumbra.core.matte import Matte
from penumbra.io import read_photograph
from penumbra.server.desk import Desk, Live, check_marks
from penumbra.server.settings import Limits
from penumbra.server.store import Store
from penumbra.server.worker import Ticket
from penumbra.session.session import Session
from tests.likeness import Likeness, load
from tests.unit.io.files import encode, noise


def test_the_memory_of_a_session_is_counted() -> None:
    """Photograph, matte, doubt and cut-outs, in floats: by it the oldest make room."""
    photograph = read_photograph(encode(noise(10, 20, 3), "PNG"))
    session = Session(load("clicks"), photograph.rgb)
    live = Live(photograph, session)
    plane = 4 * 10 * 20
    assert live.bytes == 6 * plane

    matte = session.apply(Hints())
    assert live.bytes == 7 * plane
    session.doubt()
    assert live.bytes == 8 * plane
    rgb, alpha = np.zeros((5, 10, 3), np.float32), np.zeros((5, 10), np.float32)
    live.kept["small"] = Cutout(rgb, alpha, rgb, Matte(alpha))
    live.kept["whole"] = Cutout(photograph.rgb, matte.alpha, photograph.rgb, matte)

    assert live.bytes == 8 * plane + 7 * plane // 4 + 7 * plane


def test_the_sessions_that_were_used_last_stay_in_memory(tmp_path: Path) -> None:
    """Looking again at a photograph is what costs."""
    looked: list[int] = []

    class Looking(Likeness):
        def encode(self, image: RGB) -> RGB:
            looked.append(image.shape[1])
            return image

    store = Store(tmp_path, Limits())
    plane = 4 * 10 * 20
    desk = Desk(store, Limits(live_bytes=2 * 6 * plane), lambda name, _: Looking(load(name).card))
    rows = {}
    for width in (18, 19, 20):
        photo = encode(noise(10, width, 3), "PNG")
        rows[width] = desk.begin(photo, "a.png", "aim", "any", Ticket())
        if width == 19:
            desk.open(rows[18])
    assert looked == [18, 19, 20]

    desk.open(rows[20])
    desk.open(rows[18])
    assert looked == [18, 19, 20]
    desk.open(rows[19])
    desk.open(rows[18])

    assert looked == [18, 19, 20, 19]
    store.close()


def test_marks_are_counted() -> None:
    """Clicks and the points of strokes, together."""
    said = Hints((Click(1, 1),) * 3, (Scribble(((1, 1), (2, 2)), 1),))

    check_marks(said, Limits(marks=5), 10, 10)
    with pytest.raises(HintError, match="at most 4 clicks and points, got 5"):
        check_marks(said, Limits(marks=4), 10, 10)


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
