"""Best, median and worst answer of each room, as small pictures in a row.

Whoever publishes draws with `is_published`, and nothing but what anybody may be shown is drawn.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from penumbra.comparison.record import Record, matte_path
from penumbra.comparison.report.contests import AUTO, ROOMS, Contest
from penumbra.comparison.report.document import Picture
from penumbra.comparison.report.wording import given, number, stem
from penumbra.comparison.scenes import Scene
from penumbra.core.arrays import RGB, Alpha
from penumbra.core.composite import composite
from penumbra.core.errors import InputError, OutputError
from penumbra.core.frames import Resize
from penumbra.io import load_alpha
from penumbra.solvers.foreground import estimate_foreground

Find = Callable[[str, str], Scene]
"""Finds a picture by group and name."""

PICTURES = "pictures"
"""Folder beside the report."""

SIDE = 220
"""Longer side of each of the four pictures of a row, pixels."""

PUBLISHED_SIDES = (160, 128, 96, 72)
"""Tried one after the other until all rows fit into `PUBLISHED_BYTES`."""

PUBLISHED_BYTES = 550_000
"""For all rows together."""

_GAP = 4  # white pixels between two pictures
_SQUARE = 8  # pixels of the checkerboard
_LIGHT, _DARK = 0.9, 0.65
_QUALITY = 72


@dataclass(frozen=True, eq=False)
class Example:
    """An answer that is shown.

    Attributes:
        rank: "best", "median" or "worst".
        record: The answer.
    """

    rank: str
    record: Record


def examples(contest: Contest, entrant: str, is_published: bool) -> tuple[Example, ...]:
    """Return the best, the median and the worst answer by SAD; fewer where there are fewer.

    Args:
        contest: All answers.
        entrant: Whose.
        is_published: Whether only pictures count that anybody may be shown.
    """
    held = [
        it
        for it in contest.counted(entrant)
        if "SAD" in it.scores and (it.is_free or not is_published)
    ]
    held.sort(key=lambda it: (it.scores["SAD"], it.picture))
    if not held:
        return ()
    places = {"best": 0, "median": (len(held) - 1) // 2, "worst": len(held) - 1}
    if len(held) < 3:
        places = {"best": 0} if len(held) == 1 else {"best": 0, "worst": 1}
    return tuple(Example(rank, held[place]) for rank, place in places.items())


def rooms_of(contest: Contest) -> tuple[str, ...]:
    """Return the entrants of which pictures are shown: `auto` and the rooms."""
    return tuple(name for name in contest.answers if name == AUTO or name in ROOMS)


@dataclass(frozen=True)
class Gallery:
    """Draws rows of pictures.

    Attributes:
        output: Folder of the comparison, with the mattes.
        find: Finds photographs and truths.
        is_published: Whether anybody may be shown what is drawn.
    """

    output: Path
    find: Find
    is_published: bool

    def row(self, example: Example, side: int) -> Picture:
        """Return photograph, truth, matte and cut-out side by side.

        Args:
            example: What is shown.
            side: Longer side of each of the four, pixels.

        Raises:
            OutputError: It is to be published, and not everybody may be shown the picture.
            InputError: Picture or matte cannot be read.
        """
        record = example.record
        if self.is_published and not record.is_free:
            raise OutputError(
                "picture must be free to be published, got one that is not of the group "
                f"{record.group!r}"
            )
        scene = self.find(record.group, record.picture)
        path = matte_path(
            self.output, record.entrant, record.protocol, record.group, record.picture
        )
        where = f"{record.group}, given {given(record.protocol)}"
        told = f"{example.rank}, {record.picture}: SAD {number(record.scores['SAD'])}"
        return Picture(
            f"{PICTURES}/{_file(example)}",
            _webp(drawn_row(scene, load_alpha(path), side)),
            f"{record.entrant}, {where}, {told}: picture, truth, matte and cut-out",
            told,
        )


def drawn_row(scene: Scene, alpha: Alpha, side: int) -> RGB:
    """Draw photograph, truth, matte, and cut-out over a checkerboard, (H, W, 3) in [0, 1].

    Args:
        scene: Photograph and truth.
        alpha: The answer, (H, W) in [0, 1].
        side: Longer side of each of the four, pixels.
    """
    height, width = scene.alpha_true.shape
    frame = Resize.to_long_side(height, width, side)
    image, truth, matte = (frame.plane(it) for it in (scene.image, scene.alpha_true, alpha))
    foreground, _ = estimate_foreground(image, np.clip(matte, 0, 1))
    cut = composite(foreground, checkerboard(*matte.shape), matte)
    gap = np.ones((len(image), _GAP, 3), np.float32)
    tiles = [image, _grey(truth), _grey(matte), cut]
    row: RGB = np.concatenate([part for tile in tiles for part in (tile, gap)][:-1], axis=1)
    return row


def checkerboard(height: int, width: int) -> RGB:
    """Return light and dark squares, (height, width, 3)."""
    rows, columns = np.arange(height) // _SQUARE, np.arange(width) // _SQUARE
    is_light = (rows[:, None] + columns) % 2 == 0
    return _grey(np.where(is_light, np.float32(_LIGHT), np.float32(_DARK)))


def drawn(gallery: Gallery, shown: Sequence[Example]) -> dict[Example, Picture]:
    """Return a row for each example whose files can still be read.

    What is published is drawn smaller and smaller until all of it fits.

    Raises:
        OutputError: Even the smallest does not fit into `PUBLISHED_BYTES`.
    """
    for side in PUBLISHED_SIDES if gallery.is_published else (SIDE,):
        rows = {it: row for it in shown if (row := _readable(gallery, it, side)) is not None}
        if not gallery.is_published or sum(len(it.data) for it in rows.values()) < PUBLISHED_BYTES:
            return rows
    raise OutputError(
        f"pictures must fit into {PUBLISHED_BYTES} bytes to be published, got {len(shown)} rows"
    )


def _readable(gallery: Gallery, example: Example, side: int) -> Picture | None:
    try:
        return gallery.row(example, side)
    except InputError:
        return None


def _grey(plane: Alpha) -> RGB:
    return np.repeat(plane[:, :, None], 3, axis=2)


def _webp(row: RGB) -> bytes:
    file = BytesIO()
    samples = np.rint(255 * np.clip(row, 0, 1)).astype(np.uint8)
    Image.fromarray(samples).save(file, "WEBP", quality=_QUALITY, method=4)
    return file.getvalue()


def _file(example: Example) -> str:
    it = example.record
    return f"{stem(it.protocol, it.entrant, it.group, example.rank)}.webp"
