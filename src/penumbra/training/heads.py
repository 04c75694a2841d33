"""Where windows of people lie: nothing of a head is cut off."""

import numpy as np

from penumbra.training.draws import Draws, Floats


def above_heads(draws: Draws, low: Floats, high: Floats, half: Floats) -> Floats:
    """Return centres (B, 2) of windows of people, of whose heads nothing is cut off.

    Args:
        draws: Of B samples.
        low: (B, 2) upper left corners of their boxes.
        high: (B, 2) lower right corners.
        half: (B, 2) half of the sizes of the windows.

    Source:
        SAFE-Net; the sheet `safe`, section 10, in shares of its windows of 512 pixels.
    """
    middle = (low + high) / 2
    x = middle[:, 0] + draws.uniform(-1, 1) * half[:, 0] / 8
    y = middle[:, 1] - draws.unit() * half[:, 1] / 2
    above = draws.unit() * half[:, 1] / 8
    return np.stack([x, np.minimum(y, low[:, 1] - above + half[:, 1])], axis=1)
