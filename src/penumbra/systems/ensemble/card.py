"""What the ensembles are, and what they are not for."""

from penumbra.core.card import ModelCard

ENSEMBLE = ModelCard(
    name="ensemble",
    title="The median of aim, safe and segment at every pixel, which clicks and strokes correct",
    paper="Ours: no paper. What the three networks are from is in their own cards.",
    accepts=frozenset({"click", "scribble", "box"}),
    can_refine=True,
    voters=("aim", "safe", "segment", "classical", "clicks", "dfimat"),
    # From docs/comparison/report.json; `scripts/take_figures.py` prints them.
    results={
        "IoU on 20 of portraits, nothing said": (None, 0.961),
        "IoU on 20 of street, nothing said": (None, 0.924),
        "IoU on 20 of cats, nothing said": (None, 0.732),
        "IoU on 20 of moving, nothing said": (None, 0.231),
        "MAD on 5 of natural, nothing said": (None, 0.0605),
        "MAD on 13 of animals, nothing said": (None, 0.0307),
        "MAD on 7 of soft hair, nothing said": (None, 0.0485),
        "MAD on 20 of composites, nothing said": (None, 0.0223),
        "IoU on 10 of portraits, ten clicks": (None, 0.989),
        "IoU on 10 of instances, ten clicks": (None, 0.815),
        "SAD / 1000 on 5 of natural, ten clicks": (None, 6.04),
        "SAD / 1000 on 10 of composites, ten clicks": (None, 2.63),
        "IoU on 10 of portraits, a box": (None, 0.943),
        "IoU on 10 of instances, a box": (None, 0.68),
        "SAD / 1000 on 5 of natural, a box": (None, 15.2),
    },
    limits=(
        "Takes as long as its three models one after the other, and a click several times as long "
        "as with `clicks`; `aim` and `clicks` alone are the quick ones. "
        "What two of them miss is missed: unusual, small and moving things, and of heaps of "
        "things some. Where no two agree, `clicks` is asked as well. Where `aim` sees nothing and "
        "the others do not agree on an object, nothing is answered. Weights of the research "
        "track: not for commercial use."
    ),
)

TRIMAP_ENSEMBLE = ModelCard(
    name="ensemble-trimap",
    title="The median of dim, closed-form and shared sampling where a trimap is tight, else dim",
    paper="Ours: no paper. What the three are from is in their own cards.",
    accepts=frozenset({"trimap"}),
    requires=frozenset({"trimap"}),
    voters=("dim", "closed-form", "shared"),
    # From docs/comparison/report.json; `scripts/take_figures.py` prints them.
    results={
        "SAD / 1000 on 5 of natural, a trimap": (None, 3.25),
        "SAD / 1000 on 10 of natural-ten, a trimap": (None, 2.47),
        "SAD / 1000 on 20 of composites, a trimap": (None, 1.23),
    },
    limits=(
        "Takes several times as long as `dim` where the trimap is tight, most of it for sampling. "
        "Where more than half a million pixels are unknown, `dim` answers alone."
    ),
)
