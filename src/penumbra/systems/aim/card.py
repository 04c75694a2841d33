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
    # Photographs held aside, as shipped.  Weights: aim-s.
    results={
        "IoU, 100 portraits of portrait_eg": (None, 0.950),
        "IoU, 70 street people of ccp": (None, 0.892),
        "IoU, 30 cats of feral_cats": (None, 0.722),
        "photographs of nothing taken for something, of 40": (None, 0.20),
    },
    limits=(
        "Finds people best, then cats, toys and other things that stand out; small or moving "
        "things in busy scenes are mostly missed. Of several things it may take the wrong one, "
        "or all. It looks for meaning at 320 pixels: small objects and thin parts are lost, and "
        "parts of unusual objects. A fifth of all landscapes and places is taken for objects. Of glass, smoke and "
        "nets it knows what can be drawn. Weights of the research track: not for commercial use."
    ),
)
