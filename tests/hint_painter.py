"""A model that paints what it is told, so that its errors are known by hand."""

from dataclasses import dataclass, field, replace

import numpy as np

from penumbra.core.arrays import RGB, Mask
from penumbra.core.card import ModelCard
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte

CARD = ModelCard(
    name="dfimat",
    title="Paints what it is told",
    paper="none",
    accepts=frozenset({"click", "scribble", "box", "text"}),
)
REACH = 5  # pixels that a square goes out from its click


@dataclass(frozen=True, eq=False, kw_only=True)
class MaskedMatte(Matte):
    """A matte with a coarse mask."""

    mask: Mask


@dataclass(frozen=True)
class HintPainter:
    """Fills the box; paints scribbles, then a square around each click; reads "left" and "right".

    Attributes:
        card: What it is.
        is_masked: Whether it shows nothing, but answers with a mask of what it painted.
        asked: All that it was told, with what was shown before.
    """

    card: ModelCard = CARD
    is_masked: bool = False
    asked: list[tuple[Hints, Matte | None]] = field(default_factory=list)

    def encode(self, image: RGB) -> RGB:
        """Pass the picture on."""
        return image

    def decode(self, encoded: RGB, hints: Hints, previous: Matte | None = None) -> Matte:
        """Paint."""
        self.asked.append((hints, previous))
        height, width = encoded.shape[:2]
        alpha = np.zeros((height, width), np.float32)
        if hints.text is not None:
            middle = width // 2
            alpha[:, : middle if "left" in hints.text else 0] = 1
            alpha[:, middle if "right" in hints.text else width :] = 1
        if (box := hints.box) is not None:
            alpha[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)] = 1
        for scribble in hints.scribbles:
            alpha[scribble.mask(height, width)] = scribble.is_foreground
        for click in hints.clicks:
            row, col = (max(0, at - REACH) for at in click.pixel)
            alpha[row : click.pixel[0] + REACH + 1, col : click.pixel[1] + REACH + 1] = (
                click.is_foreground
            )
        return MaskedMatte(0 * alpha, mask=alpha > 0) if self.is_masked else Matte(alpha)


def only(*kinds: str) -> HintPainter:
    """A painter that takes these kinds of hints alone."""
    accepts = frozenset(kind for kind in CARD.accepts if kind in kinds)
    return HintPainter(replace(CARD, name="-".join(kinds), accepts=accepts))
