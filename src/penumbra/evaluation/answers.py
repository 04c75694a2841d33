"""What a model answers to the images of a test set, kept as files where that is wanted."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.errors import OutputError
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.core.predictor import Predictor
from penumbra.io import Bits, encode_alpha, load_alpha, write_atomically

NOTE = "run.json"
"""The file beside kept mattes that says of which run they are."""


@dataclass(frozen=True)
class Answers:
    """The mattes of one model, as a file holds them.

    Attributes:
        predictor: Who is asked.
        folder: Where every matte is kept as a PNG; one that lies there is not asked for again.
        bits: Of such a file; 16 differ from no rounding at all by less than any number shows.
    """

    predictor: Predictor[Any]
    folder: Path | None = None
    bits: Bits = 8

    def matte(
        self, name: str, image: Callable[[], RGB], hints: Hints, previous: Alpha | None = None
    ) -> Alpha:
        """Return the matte of one image, (H, W) in steps of 1/255, or of 1/65535.

        Args:
            name: Of the matte; unique, and fit for a file.
            image: Reads the picture, (H, W, 3); called only if the matte is not there yet.
            hints: What the model is told; it may be nothing.
            previous: The answer that they correct, (H, W), or None.

        Raises:
            MatteError: The model cannot answer, or the matte can be neither written nor read.
        """
        file = None if self.folder is None else self.folder / f"{name}.png"
        if file is not None and file.is_file():
            return load_alpha(file)
        data = encode_alpha(self._ask(image(), hints, previous), bits=self.bits)
        if file is not None:
            write_atomically(file, data)
        return load_alpha(data)

    def _ask(self, image: RGB, hints: Hints, previous: Alpha | None) -> Alpha:
        self.predictor.card.check(hints)
        self.predictor.card.check_inside(hints, *image.shape[:2])
        before = None if previous is None else Matte(previous)
        return self.predictor.decode(self.predictor.encode(image), hints, before).alpha


def claim(folder: Path, run: Mapping[str, object]) -> None:
    """Make a folder for the mattes of one run, or find it again.

    Args:
        folder: Made if it is not there.
        run: What the mattes depend on, as values that JSON knows.

    Raises:
        OutputError: The folder holds the mattes of another run, or pictures of unknown origin,
            or cannot be written.
    """
    note, said = folder / NOTE, json.dumps(run, indent=2) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = note.read_text("utf-8") if note.exists() else None
        has_mattes = any(folder.glob("*.png"))
    except (OSError, UnicodeDecodeError) as error:
        raise OutputError(f"{folder} must be a folder for mattes, got {str(error)!r}") from error
    if before is None and has_mattes:
        raise OutputError(f"{folder} must be empty or of this run, got pictures without {NOTE}")
    if before not in (None, said):
        raise OutputError(f"{folder} must be empty or of this run, got those that {note} describes")
    if before is None:
        write_atomically(note, said.encode("utf-8"))
