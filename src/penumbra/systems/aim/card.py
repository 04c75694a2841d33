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
    # As shipped; the threshold was chosen on the same photographs.  Weights: aim-s.
    results={
        "IoU on 100 portraits of portrait_eg": (None, 0.950),
        "IoU on 70 street people of ccp": (None, 0.892),
        "IoU on 30 cats of feral_cats": (None, 0.722),
        "IoU on 47 frames of davis_train": (None, 0.230),
        "share of 40 landscapes taken for objects": (None, 0.20),
    },
    limits=(
        "Finds people best, then cats, toys and other things that stand out; small or moving "
        "things in busy scenes are mostly missed. Of several things it may take the wrong one, "
        "or all. It looks for meaning at 320 pixels: small objects and thin parts are lost, and "
        "parts of unusual objects. A fifth of all landscapes is taken for objects. Where it finds "
        "nothing, `segment` or a click may. Of "
        "glass, smoke and nets it knows what can be drawn. Weights of the research track: not "
        "for commercial use."
    ),
)
