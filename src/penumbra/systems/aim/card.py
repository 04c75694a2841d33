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
    # From docs/comparison/report.json; `scripts/take_figures.py` prints them.
    results={
        "IoU on 20 of portraits, nothing said": (None, 0.948),
        "IoU on 20 of street, nothing said": (None, 0.902),
        "IoU on 20 of cats, nothing said": (None, 0.728),
        "IoU on 20 of moving, nothing said": (None, 0.22),
        "MAD on 5 of natural, nothing said": (None, 0.0996),
        "MAD on 13 of animals, nothing said": (None, 0.0481),
        "MAD on 7 of soft hair, nothing said": (None, 0.0751),
        "MAD on 20 of composites, nothing said": (None, 0.0351),
    },
    limits=(
        "Finds people best, then cats, toys and other things that stand out; small or moving "
        "things in busy scenes are mostly missed. Of several things it may take the wrong one, "
        "or all. It looks for meaning at 320 pixels: small objects and thin parts are lost, and "
        "parts of unusual objects. Some landscapes are taken for objects. Where it finds "
        "nothing, `segment` or a click may. Of "
        "glass, smoke and nets it knows what can be drawn. Weights of the research track: not "
        "for commercial use."
    ),
)
