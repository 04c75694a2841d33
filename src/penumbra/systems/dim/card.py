"""What the trimap network is, what it takes, and what it is not for."""

from penumbra.core.card import ModelCard

DIM = ModelCard(
    name="dim",
    title="Deep Image Matting: a network from image and trimap to alpha, refined at full size",
    paper="Xu, Price, Cohen, Huang: Deep image matting. CVPR 2017. Small variant, trained by us.",
    accepts=frozenset({"trimap"}),
    requires=frozenset({"trimap"}),
    # From docs/comparison/report.json; `scripts/take_figures.py` prints them.
    results={
        "SAD / 1000 on 5 of natural, a trimap": (None, 3.6),
        "SAD / 1000 on 10 of natural-ten, a trimap": (None, 3.24),
        "SAD / 1000 on 20 of composites, a trimap": (None, 1.47),
    },
    limits=(
        "Needs a trimap. Learned from drawn objects over few photographs, on two cores: where much "
        "is unknown and holds nothing it may find strands, soft fur comes out harder than it is, "
        "and closed-form or KNN are better where trimaps are narrow."
    ),
)
