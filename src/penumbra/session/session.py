"""One image under edit."""

from typing import Generic

from penumbra.core.arrays import RGB, as_rgb
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.core.predictor import Encoded, Predictor


class Session(Generic[Encoded]):
    """Rounds of hints on one image, each kept with the matte it produced.

    Args:
        predictor: Any model of the kit.
        image: (H, W, 3) floats in [0, 1].

    Raises:
        ImageError: The image is not one.
    """

    def __init__(self, predictor: Predictor[Encoded], image: RGB) -> None:
        image = as_rgb(image)
        self.predictor = predictor
        self.height, self.width = image.shape[:2]
        self._encoded = predictor.encode(image)
        self._rounds: list[tuple[Hints, Matte]] = []
        self._now = -1  # index into _rounds; whatever lies after it can be redone

    @property
    def hints(self) -> Hints:
        """The hints of the round on screen; none before the first."""
        return self._rounds[self._now][0] if self._now >= 0 else Hints()

    @property
    def matte(self) -> Matte | None:
        """The matte on screen, or None before the first round."""
        return self._rounds[self._now][1] if self._now >= 0 else None

    def apply(self, hints: Hints) -> Matte:
        """Answer `hints` (all of them, old and new), forgetting whatever had been undone.

        The matte on screen is the starting point, so hints only ever grow: to take one back,
        `undo`.

        Raises:
            HintError: The model cannot use these hints; the session is unchanged.
        """
        self.predictor.card.check(hints)
        hints.check_inside(self.height, self.width)
        matte = self.predictor.decode(self._encoded, hints, self.matte)
        self._rounds[self._now + 1 :] = [(hints, matte)]
        self._now += 1
        return matte

    def undo(self) -> Matte | None:
        """Step back one round; before the first, stay there."""
        self._now = max(self._now - 1, -1)
        return self.matte

    def redo(self) -> Matte | None:
        """Step forward one round; at the last, stay there."""
        self._now = min(self._now + 1, len(self._rounds) - 1)
        return self.matte
