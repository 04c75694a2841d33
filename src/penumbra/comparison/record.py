"""What a comparison writes down: a line for every answer, and a note about the run.

`results.jsonl` only ever grows, a line at a time; a line that cannot be read, such as the torn
last one of a machine that lost its power, counts as not written.  `run.json` is replaced whole.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from penumbra.comparison.scenes import Protocol
from penumbra.core.errors import OutputError
from penumbra.io import append_line, write_atomically

RESULTS = "results.jsonl"
RUN = "run.json"
MATTES = "mattes"


@dataclass(frozen=True)
class Record:
    """What one entrant answered to one picture under one protocol.

    Attributes:
        group: The set of pictures: "natural", "portraits", ...
        picture: Unique within the group.
        kind: What the picture shows, for breakdowns ("hair", "glass", ...); "" where not known.
        is_free: Whether the picture may be shown to anybody.
        entrant: Who answered: "aim", "pymatting closed-form", ...
        protocol: What was said: "none", "trimap", "box" or "clicks".
        region: Where errors are summed: "image", or "unknown", which is that of the trimap.
        megapixels: Of the picture.
        region_megapixels: Of that region.
        effort_clicks: Clicks given; 0 where none was.
        effort_seconds: What saying it takes a person, by the model of `effort`.
        seconds: From the decoded picture to the matte; None where nothing was computed.
        answer_seconds: Median of the answers to a click; None without clicks.
        scores: "SAD" (thousands), "MSE", "MAD", "Grad" (thousands), "Conn" (thousands), "IoU",
            and "colour" where the true colours are known; see `measure`.  Empty after a failure.
        curve: "clicks": SAD after 0, 1, 2, ... clicks and "iou" likewise; "sparsification" and
            "oracle": relative error left at 21 shares.
        error: Why there is no answer; "" where there is one.
    """

    group: str
    picture: str
    kind: str
    is_free: bool
    entrant: str
    protocol: Protocol
    region: str
    megapixels: float
    region_megapixels: float
    effort_clicks: int = 0
    effort_seconds: float = 0.0
    seconds: float | None = None
    answer_seconds: float | None = None
    scores: dict[str, float] = field(default_factory=dict)
    curve: dict[str, list[float]] = field(default_factory=dict)
    error: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Group, picture, entrant and protocol: what no two records share."""
        return self.group, self.picture, self.entrant, self.protocol


_NAMES = {each.name for each in fields(Record)}


def append_record(path: Path, record: Record) -> None:
    """Add a line, and return when it is on the disk.

    Raises:
        OutputError: There is no room, or no permission.
    """
    append_line(path, json.dumps(asdict(record), allow_nan=False).encode("ascii"))


def read_records(path: Path) -> list[Record]:
    """Return what the lines say, in their order; of equal keys the last; none without a file.

    Raises:
        OutputError: The file cannot be read.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise OutputError(f"{path} must be readable, got {error.strerror!r}") from error
    found = (_parsed(line) for line in lines)
    return list({record.key: record for record in found if record is not None}.values())


def matte_path(output: Path, entrant: str, protocol: str, group: str, picture: str) -> Path:
    """Return where a matte is kept: OUT/mattes/ENTRANT/GROUP/PICTURE.png.

    An entrant that is asked under several protocols has a folder for each: "auto" for "none",
    "auto+trimap" for "trimap".
    """
    folder = entrant if protocol == "none" else f"{entrant}+{protocol}"
    return output / MATTES / folder / group / f"{picture}.png"


def write_run(output: Path, about: Mapping[str, Any]) -> None:
    """Replace `run.json`.

    Raises:
        OutputError: It cannot be written.
    """
    write_atomically(output / RUN, json.dumps(about, indent=2).encode("utf-8") + b"\n")


def read_run(output: Path) -> dict[str, Any]:
    """Return what `run.json` says; nothing where it is not there.

    Raises:
        OutputError: The file cannot be read, or holds no object.
    """
    path = output / RUN
    try:
        said = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise OutputError(f"{path} must be readable JSON, got {str(error)!r}") from error
    if not isinstance(said, dict):
        raise OutputError(f"{path} must hold an object, got {type(said).__name__}")
    return said


def _parsed(line: bytes) -> Record | None:
    try:
        held = json.loads(line)
        return Record(**{name: held[name] for name in held if name in _NAMES})
    except (ValueError, TypeError):
        return None
