"""How the room's networks are applied to a photograph."""

from dataclasses import dataclass

from penumbra.core.errors import require

MULTIPLE = 32
"""Of the sides of what the networks see."""

PIXEL_STRIDE = 4
"""Of the masks that the capture network answers."""


@dataclass(frozen=True)
class Options:
    """How the networks are applied to a photograph.

    Attributes:
        iscn_long_side: Longer side in pixels of what the capture network sees; smaller
            photographs are enlarged to that, as in training.
        mrn_max_side: Longer side at most of what the refinement network sees of a person; 448
            suits a CPU, 1536 a card.
        human_threshold: A mask whose human score is below that is flagged `not_human`.
        disagree_iou: Where words and marks are given, and their masks overlap by less, they are
            flagged `text_visual_disagree`.
        words_threshold: Where words alone are given, and the human score of their mask is below
            that, nobody is meant.
        words_iou: Where words alone are given, and the mask of a person that is found without a
            word overlaps theirs by that or more, that person's mask is the answer.
        closer_share: A person whose window is at most that share of the photograph's longer side
            is looked at once more, alone; 0 for nobody.
        closer_room: Around a person in that window, as a share of the person's longer side.
        person_threshold: Human score from which on an object query counts as a person, when
            each person is asked for.
        duplicate_iou: Of two masks that overlap by that or more, the surer one counts.

    Raises:
        InputError: A number is out of its range.
    """

    iscn_long_side: int = 384
    mrn_max_side: int = 448
    human_threshold: float = 0.3
    disagree_iou: float = 0.3
    words_threshold: float = 0.7
    words_iou: float = 0.2
    closer_share: float = 0.7
    closer_room: float = 0.2
    person_threshold: float = 0.95
    duplicate_iou: float = 0.5

    def __post_init__(self) -> None:
        for name in ("iscn_long_side", "mrn_max_side"):
            side = getattr(self, name)
            require(side >= 64, name, "at least 64", side)
        for name in (
            "human_threshold",
            "disagree_iou",
            "words_threshold",
            "words_iou",
            "closer_share",
            "closer_room",
            "person_threshold",
            "duplicate_iou",
        ):
            share = getattr(self, name)
            require(0 <= share <= 1, name, "in [0, 1]", share)


SHIPPED = Options()
"""What suits the small networks on a CPU."""

PAPER = Options(iscn_long_side=1024, mrn_max_side=1536, closer_share=0.0)
"""For the large networks, on a card."""
