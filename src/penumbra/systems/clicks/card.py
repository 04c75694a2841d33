"""What matting by clicks is, and what it is not for."""

from penumbra.core.card import ModelCard

CLICKS = ModelCard(
    name="clicks",
    title="Matting by clicks: says where it is doubtful, and polishes only there",
    paper=(
        "Wei et al.: Improved image matting via real-time user clicks and uncertainty "
        "estimation. CVPR 2021. Small variant, trained by us."
    ),
    accepts=frozenset({"click"}),
    can_refine=True,
    # From docs/comparison/report.json; `scripts/take_figures.py` prints them.
    results={
        "IoU on 10 of portraits, ten clicks": (None, 0.987),
        "IoU on 10 of instances, ten clicks": (None, 0.813),
        "SAD / 1000 on 5 of natural, ten clicks": (None, 6.64),
        "SAD / 1000 on 10 of composites, ten clicks": (None, 3.12),
    },
    limits=(
        "Knows people best. Of small or unusual things in busy photographs it needs many clicks, "
        "and two in three do not come out within an IoU of 0.9; of two people in the same clothes "
        "colours tell nothing. It looks at pictures of 512 pixels: what is thin there is lost. "
        "Polish sharpens edges; what is wrong through and through is left to clicks. Of glass, "
        "smoke and nets it knows what can be drawn. Weights of the research track: not for "
        "commercial use."
    ),
)
