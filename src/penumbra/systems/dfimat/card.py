"""What DFIMat is, and what it is not for."""

from penumbra.core.card import ModelCard

DFIMAT = ModelCard(
    name="dfimat",
    title="One person of several, by any mix of clicks, scribbles, a box and words, in rounds",
    paper=(
        "Jiao et al.: DFIMat: decoupled flexible interactive matting in multi-person scenarios. "
        "ACCV 2024. Small variant, trained by us."
    ),
    accepts=frozenset({"click", "scribble", "box", "text"}),
    can_find_people=True,
    can_crop_hints=True,
    limits=(
        "Knows people alone. It finds them in pictures of 512 pixels: who is tiny there is not "
        "found. Words separate people worse than marks do; a box first, then scribbles, is what "
        "the paper recommends. Words need the extra `text`. Weights of the research track: not "
        "for commercial use."
    ),
)
