"""What the segmenter is, what it takes, and what it is not for."""

from penumbra.core.card import ModelCard

SEGMENT = ModelCard(
    name="segment",
    title="Foreground segmentation by a small network, closed-form for its edge",
    paper="Encoder: Sandler et al.: MobileNetV2. CVPR 2018. Trained by us; see the room's README.",
    accepts=frozenset(),
    limits=(
        "Knows people, cats and what moves; other objects are found by luck. One object or group "
        "that stands out, seen at 256 pixels: thin parts are lost. Not for glass or smoke."
    ),
)
