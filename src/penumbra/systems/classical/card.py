"""What the classical models are, what they take, and what they are not for."""

from penumbra.core.card import ModelCard
from penumbra.core.hints import HintKind

_TRIMAP: frozenset[HintKind] = frozenset({"trimap"})

CLOSED_FORM = ModelCard(
    name="closed-form",
    title="Closed-form matting: colour lines in small windows",
    paper="Levin, Lischinski, Weiss: A closed-form solution to natural image matting. PAMI 2008.",
    accepts=_TRIMAP,
    requires=_TRIMAP,
    # From docs/comparison/report.json; `scripts/take_figures.py` prints them.
    results={
        "SAD / 1000 on 5 of natural, a trimap": (None, 3.91),
        "SAD / 1000 on 10 of natural-ten, a trimap": (None, 3.09),
        "SAD / 1000 on 20 of composites, a trimap": (None, 1.33),
    },
    limits="Smears where object and background share colours or the unknown region is wide.",
)

KNN = ModelCard(
    name="knn",
    title="KNN matting: like colours, like alpha, however far apart",
    paper="Chen, Li, Tang: KNN matting. PAMI 2013.",
    accepts=_TRIMAP,
    requires=_TRIMAP,
    # From docs/comparison/report.json; `scripts/take_figures.py` prints them.
    results={
        "SAD / 1000 on 5 of natural, a trimap": (None, 3.18),
        "SAD / 1000 on 10 of natural-ten, a trimap": (None, 3.19),
        "SAD / 1000 on 20 of composites, a trimap": (None, 1.93),
    },
    limits="Slower than closed-form; noisy where texture repeats on both sides.",
)

SHARED = ModelCard(
    name="shared",
    title="Shared sampling: the best pair of known colours near by",
    paper="Gastal, Oliveira: Shared sampling for real-time alpha matting. Eurographics 2010.",
    accepts=_TRIMAP,
    requires=_TRIMAP,
    # From docs/comparison/report.json; `scripts/take_figures.py` prints them.
    results={
        "SAD / 1000 on 5 of natural, a trimap": (None, 4.26),
        "SAD / 1000 on 10 of natural-ten, a trimap": (None, 2.69),
        "SAD / 1000 on 20 of composites, a trimap": (None, 1.64),
    },
    limits="Needs known samples of every colour; weak where none is near.",
)

RANDOM_WALK = ModelCard(
    name="random-walk",
    title="Random walk: which side a walker that dislikes edges meets first",
    paper="Grady, Schiwietz, Aharon, Westermann: Random walks for interactive alpha-matting. 2005.",
    accepts=_TRIMAP,
    requires=_TRIMAP,
    # From docs/comparison/report.json; `scripts/take_figures.py` prints them.
    results={
        "SAD / 1000 on 5 of natural, a trimap": (None, 6.15),
        "SAD / 1000 on 10 of natural-ten, a trimap": (None, 4.7),
        "SAD / 1000 on 20 of composites, a trimap": (None, 2.38),
    },
    limits="Finds outlines rather than hair: strands end at the first edge.",
)

CLASSICAL = ModelCard(
    name="classical",
    title="GrabCut for the outline, closed-form for its edge",
    paper=(
        "Rother, Kolmogorov, Blake: GrabCut. SIGGRAPH 2004; "
        "Levin, Lischinski, Weiss: A closed-form solution to natural image matting. PAMI 2008."
    ),
    accepts=frozenset({"trimap", "mask", "box", "click", "scribble"}),
    is_hint_needed=True,
    # From docs/comparison/report.json; `scripts/take_figures.py` prints them.
    results={
        "IoU on 10 of portraits, ten clicks": (None, 0.69),
        "IoU on 10 of instances, ten clicks": (None, 0.414),
        "SAD / 1000 on 5 of natural, ten clicks": (None, 9.66),
        "SAD / 1000 on 10 of composites, ten clicks": (None, 17.6),
        "IoU on 10 of portraits, a box": (None, 0.868),
        "IoU on 10 of instances, a box": (None, 0.665),
        "SAD / 1000 on 5 of natural, a box": (None, 20.8),
    },
    limits="Tells things apart by colour alone: a shirt like the wall behind it takes more clicks.",
)
