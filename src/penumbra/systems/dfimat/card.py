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
    # As shipped; the working size and the thresholds for words were chosen on some of these scenes.
    # From docs/comparison/report.json; `scripts/take_figures.py` prints them.
    results={
        "IoU on 10 of portraits, ten clicks": (None, 0.956),
        "IoU on 10 of instances, ten clicks": (None, 0.526),
        "IoU on 10 of portraits, a box": (None, 0.876),
        "IoU on 10 of instances, a box": (None, 0.227),
    },
    limits=(
        "Knows people alone. It finds them in pictures of 384 pixels: who is small there, or in a "
        "crowd of a busy photograph, takes many clicks; things beside people are sometimes counted "
        "as people. Words separate people worse than marks do; places are "
        "understood, colours and sizes hardly. Words need the extra `text`. Weights of the "
        "research track: not for commercial use."
    ),
)
