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
    limits=(
        "Looks at pictures of 512 pixels: what is thin there is lost, until windows are polished. "
        "Of glass, smoke and nets it knows what can be drawn. Weights of the research track: not "
        "for commercial use."
    ),
)
