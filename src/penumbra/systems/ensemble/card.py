"""What the ensembles are, and what they are not for."""

from penumbra.core.card import ModelCard

ENSEMBLE = ModelCard(
    name="ensemble",
    title="The median of aim, safe and segment at every pixel, which clicks and strokes correct",
    paper="Ours: no paper. What the three networks are from is in their own cards.",
    accepts=frozenset({"click", "scribble", "box"}),
    can_refine=True,
    voters=("aim", "safe", "segment", "classical", "clicks", "dfimat"),
    # As shipped; `python benchmarks/triage.py`, 2026-11-28.
    results={
        "MAD on 100 portraits of portrait_eg": (None, 0.032),
        "MAD on 70 street people of ccp": (None, 0.024),
        "MAD on 30 cats of feral_cats": (None, 0.135),
        "MAD on 47 frames of davis_train": (None, 0.100),
        "MAD on 15 photographs of alphamatting_dev": (None, 0.062),
    },
    limits=(
        "Takes as long as its three models one after the other; `aim` alone is the quick one. "
        "What two of them miss is missed: unusual, small and moving things, and of heaps of "
        "things some. Where `aim` sees nothing and the others do not agree on an object, nothing "
        "is answered. Weights of the research track: not for commercial use."
    ),
)

TRIMAP_ENSEMBLE = ModelCard(
    name="ensemble-trimap",
    title="The median of dim, closed-form and shared sampling where little is unknown, else dim",
    paper="Ours: no paper. What the three are from is in their own cards.",
    accepts=frozenset({"trimap"}),
    requires=frozenset({"trimap"}),
    voters=("dim", "closed-form", "shared"),
    limits=(
        "Takes several times as long as `dim` where the unknown band is narrow, most of it for "
        "sampling. Where more than half a million pixels are unknown, `dim` answers alone."
    ),
)
