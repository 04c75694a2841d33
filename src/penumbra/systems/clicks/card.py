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
    # As shipped, with the corrective clicks of a robot.  Weights: clicks-s.
    results={
        "clicks to IoU 0.85, 50 portraits of portrait_eg": (None, 2.10),
        "clicks to IoU 0.9, 50 portraits of portrait_eg": (None, 3.10),
        "clicks to IoU 0.85, 60 instances of coco_train": (None, 16.2),
        "clicks to IoU 0.9, 60 instances of coco_train": (None, 18.9),
        "SAD after 5 clicks / without, 60 instances": (None, 0.34),
        "rank correlation of doubt and error, 100 composites": (None, 0.69),
    },
    limits=(
        "Knows people best. Of small or unusual things in busy photographs it needs many clicks, "
        "and few come out within an IoU of 0.9; insides may stay grey, and specks are left in the "
        "background. It looks at pictures of 512 pixels: what is thin there is lost. Polish "
        "sharpens edges; what is wrong through and through is left to clicks. Of glass, smoke and "
        "nets it knows what can be drawn. Weights of the research track: not for commercial use."
    ),
)
