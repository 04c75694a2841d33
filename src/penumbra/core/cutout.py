"""The object lifted off its background."""

from dataclasses import dataclass

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.composite import composite
from penumbra.core.matte import Matte


@dataclass(frozen=True, eq=False)
class Cutout:
    """The object lifted off its background.

    Attributes:
        foreground: Colour the object would have alone, (H, W, 3); straight, not
            premultiplied, and meaningful only where alpha > 0.
        alpha: (H, W) in [0, 1].
        background: Colour of the picture without the object, (H, W, 3); an estimate,
            meaningful only where alpha < 1.
        matte: What the model answered, with its uncertainty where it has one.
    """

    foreground: RGB
    alpha: Alpha
    background: RGB
    matte: Matte

    def over(self, background: RGB, linear: bool = False) -> RGB:
        """Lay the object over a background of (H, W, 3), or over one colour of (3,)."""
        return composite(self.foreground, background, self.alpha, linear)
