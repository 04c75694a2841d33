"""What the segmenter is, what it takes, and what it is not for."""

from penumbra.core.card import ModelCard

SEGMENT = ModelCard(
    name="segment",
    title="Foreground segmentation by a small network, closed-form for its edge",
    paper="Encoder: Sandler et al.: MobileNetV2. CVPR 2018. Trained by us; see the room's README.",
    accepts=frozenset(),
    # From docs/comparison/report.json; `scripts/take_figures.py` prints them.
    results={
        "IoU on 20 of portraits, nothing said": (None, 0.954),
        "IoU on 20 of street, nothing said": (None, 0.905),
        "IoU on 20 of cats, nothing said": (None, 0.69),
        "IoU on 20 of moving, nothing said": (None, 0.374),
        "MAD on 5 of natural, nothing said": (None, 0.0867),
        "MAD on 13 of animals, nothing said": (None, 0.0532),
        "MAD on 7 of soft hair, nothing said": (None, 0.0641),
        "MAD on 20 of composites, nothing said": (None, 0.0393),
    },
    limits=(
        "Knows people, cats and what moves; other objects are found by luck. One object or group "
        "that stands out, seen at 256 pixels: thin parts are lost. Not for glass or smoke. "
        "Weights of the research track: not for commercial use."
    ),
)
