"""What may be unusual about an answer, as words for programs and as sentences for people.

The sheet `clicks`, section 12; where `dfimat` says the same, in its words.
"""

from collections.abc import Iterable
from typing import Literal

Flag = Literal["opposite_clicks", "empty", "heuristic_rank"]

SENTENCES: dict[Flag, str] = {
    "opposite_clicks": "clicks on and off the object lie on top of each other: the last one wins",
    "empty": "nothing left: no pixel has an opacity of 2 % or more",
    "heuristic_rank": "uncertainty is not known: windows are ranked by alpha (1 - alpha)",
}
"""What a flag says."""


def notes_of(flags: Iterable[Flag]) -> tuple[str, ...]:
    """Return a sentence for each flag."""
    return tuple(SENTENCES[flag] for flag in flags)
