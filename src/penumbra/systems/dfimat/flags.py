"""What may be unusual about an answer, as words for programs and as sentences for people.

The sheet `dfimat`, section 12.
"""

from collections.abc import Iterable
from typing import Literal

Flag = Literal[
    "no_prompt",
    "only_negative",
    "outside_dropped",
    "box_as_click",
    "whole_box",
    "opposite_clicks",
    "text_truncated",
    "text_visual_disagree",
    "nobody_meant",
    "conflict",
    "not_human",
    "empty",
]

SENTENCES: dict[Flag, str] = {
    "no_prompt": "nothing was said: this is the person that is seen most surely",
    "only_negative": (
        "nothing was said to be on the person: this is the one seen most surely of those that no "
        "mark was put on"
    ),
    "outside_dropped": "what lies outside the picture was left out",
    "box_as_click": "the box is narrower than 2 pixels: it was taken for a click at its centre",
    "whole_box": "the box is the whole picture, which says little",
    "opposite_clicks": "clicks on and off the person lie on top of each other: the last one wins",
    "text_truncated": "the text is too long: only its beginning was read",
    "text_visual_disagree": "words and marks mean different people: the marks win",
    "nobody_meant": "the words probably mean nobody who is seen",
    "conflict": "{share:.0f} % of what is new contradicts the mask that was shown",
    "not_human": "this is probably no person",
    "empty": "nothing left: no pixel has an opacity of 2 % or more",
}
"""What a flag says; of "conflict" the share in per cent is filled in."""


def notes_of(flags: Iterable[Flag], consistency: float) -> tuple[str, ...]:
    """Return a sentence for each flag.

    Args:
        flags: Of a matte.
        consistency: Share of the new pixels that agreed with the mask before, in [0, 1].

    Example:
        >>> notes_of(["conflict"], 0.25)
        ('75 % of what is new contradicts the mask that was shown',)
    """
    return tuple(SENTENCES[flag].format(share=100 * (1 - consistency)) for flag in flags)
