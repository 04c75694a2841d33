"""What the trimap network is, what it takes, and what it is not for."""

from penumbra.core.card import ModelCard

DIM = ModelCard(
    name="dim",
    title="Deep Image Matting: a network from image and trimap to alpha, refined at full size",
    paper="Xu, Price, Cohen, Huang: Deep image matting. CVPR 2017. Small variant, trained by us.",
    accepts=frozenset({"trimap"}),
    requires=frozenset({"trimap"}),
    # Photographs and objects held aside, SAD / 1000 over unknown pixels; docs/training.md says how.
    results={
        "SAD, 5 photographs of alphamatting_dev": (None, 3.598),
        "SAD, the same, trimaps 20 px wider": (None, 5.580),
        "SAD, 100 composites": (None, 7.926),
    },
    limits=(
        "Needs a trimap. Learned from drawn objects over few photographs, on two cores: where much "
        "is unknown and holds nothing it may find strands, soft fur comes out harder than it is, "
        "and closed-form or KNN are better where trimaps are narrow."
    ),
)
