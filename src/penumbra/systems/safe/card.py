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
    # From docs/comparison/report.json; `scripts/take_figures.py` prints them.
    results={
        "IoU on 20 of portraits, nothing said": (None, 0.955),
        "IoU on 20 of street, nothing said": (None, 0.914),
        "MAD on 7 of soft hair, nothing said": (None, 0.0611),
    },
    limits=(
        "Knows people alone, and takes all of a group; what is no person should come out empty. It "
        "looks at pictures of 448 pixels: thin strands are lost beyond that. The map of flaws says "
        "where a matte is probably wrong, coarsely; how wrong is an average over pictures held "
        "aside. Weights of the research track: not for commercial use."
    ),
)
