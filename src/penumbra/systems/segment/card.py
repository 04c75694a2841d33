"""What the segmenter is, what it takes, and what it is not for."""

from penumbra.core.card import ModelCard

SEGMENT = ModelCard(
    name="segment",
    title="Foreground segmentation by a small network, closed-form for its edge",
    paper="Encoder: Sandler et al.: MobileNetV2. CVPR 2018. Trained by us; see the room's README.",
    accepts=frozenset(),
    # Photographs held aside; docs/training.md says how they were measured.  Weights: segment-s.
    results={
        "IoU, 100 portraits of portrait_eg": (None, 0.950),
        "IoU, 50 street people of ccp": (None, 0.878),
    },
    limits=(
        "Knows people, cats and what moves; other objects are found by luck. One object or group "
        "that stands out, seen at 256 pixels: thin parts are lost. Not for glass or smoke. "
        "Weights of the research track: not for commercial use."
    ),
)
