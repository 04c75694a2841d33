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
    # Weights: dfimat-s.
    results={
        "share of 20 groups in which people are counted right": (None, 0.95),
        "share of 2035 sentences on 150 scenes that find the right person": (None, 0.768),
        "IoU after a box on 200 scenes": (None, 0.866),
        "IoU after five mixed rounds on 200 scenes": (None, 0.930),
        "IoU after five mixed rounds on 60 people of coco_train": (None, 0.697),
    },
    limits=(
        "Knows people alone. It finds them in pictures of 384 pixels: who is small there, or in a "
        "crowd of a busy photograph, takes many clicks; things beside people are sometimes counted "
        "as people. Words separate people worse than marks do; places are "
        "understood, colours and sizes hardly. Words need the extra `text`. Weights of the "
        "research track: not for commercial use."
    ),
)
