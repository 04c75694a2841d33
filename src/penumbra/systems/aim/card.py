"""What automatic matting is, and what it is not for."""

from penumbra.core.card import ModelCard

AIM = ModelCard(
    name="aim",
    title="Automatic image matting: a network from the photograph alone to alpha",
    paper=(
        "Li, Zhang, Tao: Deep automatic natural image matting. IJCAI 2021. Small variant, trained "
        "by us."
    ),
    accepts=frozenset(),
    limits="",
)
