"""The colours of an object, and of what is behind it.

A mixed pixel shows I = a F + (1 - a) B.  Laid over something new with its own colour I, it
drags B along as a fringe; these functions find F.
"""

from penumbra.core.arrays import RGB, Alpha
from penumbra.solvers.foreground_quadtree import estimate_foreground_quadtree


def estimate_foreground(image: RGB, alpha: Alpha) -> tuple[RGB, RGB]:
    """Estimate foreground and background by the method that measured best here.

    That is `estimate_foreground_quadtree`: on composites of known colours it has less error
    than multi-level estimation and blur fusion, and takes less time
    (`benchmarks/foreground.py`).

    Args:
        image: (H, W, 3) in [0, 1].
        alpha: (H, W) in [0, 1].

    Returns:
        Foreground and background, each (H, W, 3) in [0, 1], straight (not premultiplied).
        The foreground is the image where alpha is 1, the background where alpha is 0.

    Raises:
        ImageError: The sizes differ.

    Example:
        >>> import numpy as np
        >>> alpha = np.float32([[0, 0.25, 0.5, 0.75, 1]] * 5)
        >>> red, green = np.float32([1, 0, 0]), np.float32([0, 1, 0])
        >>> image = alpha[:, :, None] * red + (1 - alpha[:, :, None]) * green
        >>> foreground, background = estimate_foreground(image, alpha)
        >>> foreground[2, 2].round(1).tolist(), background[2, 2].round(1).tolist()
        ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    """
    return estimate_foreground_quadtree(image, alpha)
