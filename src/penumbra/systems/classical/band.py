"""From a binary outline to a trimap whose unknown band is as wide as the edge is soft.

A guided filter (He, Sun and Tang, "Guided image filtering", PAMI 2013) lets the outline follow the
colours of the picture.  At a hard edge it changes next to nothing; in hair and fur, where
colours alternate, it turns half opaque far from the outline.  Where it does, the band opens.
"""

import numpy as np

from penumbra.core.arrays import RGB, Mask, Trimap
from penumbra.core.trimap import dilate, distance_inside, from_masks
from penumbra.solvers.guided_filter import guided_filter

NARROW = 0.008  # half width of the band at a hard edge, in sizes of the object
WIDE = 0.045  # and where hair is likely
EPSILON = 1e-3  # squared colour differences under this are noise to the guided filter
SOFT = 0.12  # how far the filtered outline must leave the binary one to count as soft


def trimap_around(image: RGB, outline: Mask, size: float) -> Trimap:
    """Open an unknown band around an outline.

    Args:
        image: (H, W, 3).
        outline: (H, W).
        size: Of the object in pixels, which sets the scale.

    Returns:
        (H, W); an outline without any edge is known everywhere, any other on both sides.
    """
    depth = distance_inside(outline) + distance_inside(~outline)
    narrow, wide = max(1.5, NARROW * size), max(3.0, WIDE * size)
    is_near = depth <= wide
    if not is_near.any():
        return outline.astype(np.float32)
    filtered = guided_filter(image, outline.astype(np.float32), max(2, round(wide)), EPSILON)
    is_soft = is_near & (np.abs(filtered - outline) > SOFT)
    is_unknown = (depth <= narrow) | dilate(is_soft, max(1.0, narrow / 2))
    for side in (outline, ~outline):
        if is_unknown[side].all():  # a thin object, a tiny picture: its middle stays known
            is_unknown &= ~side | (depth < depth[side].max())
    return from_masks(outline & ~is_unknown, ~outline & ~is_unknown)
