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
    limits="Smears where object and background share colours or the unknown region is wide.",
)

KNN = ModelCard(
    name="knn",
    title="KNN matting: like colours, like alpha, however far apart",
    paper="Chen, Li, Tang: KNN matting. PAMI 2013.",
    accepts=_TRIMAP,
    requires=_TRIMAP,
    limits="Slower than closed-form; noisy where texture repeats on both sides.",
)

SHARED = ModelCard(
    name="shared",
    title="Shared sampling: the best pair of known colours near by",
    paper="Gastal, Oliveira: Shared sampling for real-time alpha matting. Eurographics 2010.",
    accepts=_TRIMAP,
    requires=_TRIMAP,
    limits="Needs known samples of every colour; weak where none is near.",
)

RANDOM_WALK = ModelCard(
    name="random-walk",
    title="Random walk: which side a walker that dislikes edges meets first",
    paper="Grady, Schiwietz, Aharon, Westermann: Random walks for interactive alpha-matting. 2005.",
    accepts=_TRIMAP,
    requires=_TRIMAP,
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
    limits="Tells things apart by colour alone: a shirt like the wall behind it takes more clicks.",
)
