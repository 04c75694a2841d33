"""What the trimap network is, what it takes, and what it is not for."""

from penumbra.core.card import ModelCard

DIM = ModelCard(
    name="dim",
    title="Deep Image Matting: a network from image and trimap to alpha, refined at full size",
    paper="Xu, Price, Cohen, Huang: Deep image matting. CVPR 2017. Small variant, trained by us.",
    accepts=frozenset({"trimap"}),
    requires=frozenset({"trimap"}),
    results={},
    limits="",
)
