"""What SAFE-Net is, and what it is not for."""

from penumbra.core.card import ModelCard

SAFE = ModelCard(
    name="safe",
    title="People without hints: finds flaws of its own matte, and erases them in rounds",
    paper=(
        "Sun et al.: Semantic human matting with iterative flaw removal (SAFE-Net). Small variant, "
        "trained by us."
    ),
    accepts=frozenset(),
    # As shipped; weights and working size were chosen on the same photographs.  Weights: safe-s.
    results={
        "IoU on 100 portraits of portrait_eg": (None, 0.947),
        "IoU on 70 street people of ccp": (None, 0.908),
        "MAD on 7 portraits of pseudo_mattes": (None, 0.060),
        "share of 59 people found in 20 groups": (None, 0.983),
    },
    limits=(
        "Knows people alone, and takes all of a group; what is no person should come out empty. It "
        "looks at pictures of 448 pixels: thin strands are lost beyond that. The map of flaws says "
        "where a matte is probably wrong, coarsely; how wrong is an average over pictures held "
        "aside. Weights of the research track: not for commercial use."
    ),
)
