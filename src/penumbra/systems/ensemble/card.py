"""What the ensemble is, and what it is not for."""

from penumbra.core.card import ModelCard

ENSEMBLE = ModelCard(
    name="ensemble",
    title="The median of aim, safe and segment at every pixel; what no hint at all goes to",
    paper="Ours; of the three networks see their own cards. The median as in Tukey 1977.",
    accepts=frozenset(),
    voters=("aim", "safe", "segment"),
    limits=(
        "Takes as long as its three models one after the other; `aim` alone is the quick one. "
        "What two of them miss is missed: unusual, small and moving things, and of heaps of "
        "things some. Where `aim` sees nothing and the others do not agree on an object, nothing "
        "is answered. Weights of the research track: not for commercial use."
    ),
)
