"""Small pictures laid many times over a drawing: leaves, leaflets, knots."""

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def stamp(
    strokes: NDArray[np.uint8],
    sprite: Floats,
    place: Floats,
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0),
    shadow: float = 0.0,
) -> None:
    """Lay a sprite over premultiplied 8-bit RGBA, and first its shadow on what is there.

    Args:
        strokes: Shape (H, W, 4); drawn upon.
        sprite: Premultiplied RGBA, shape (h, w, 4), in [0, 1].
        place: Affine map from sprite to canvas pixels, shape (2, 3).
        tint: Factors of the colours; what exceeds white is cut off.
        shadow: How far below the sprite its shadow falls, pixels; it darkens colours only.
    """
    height, width = strokes.shape[:2]
    corners = np.array([[0, 0], [1, 0], [0, 1], [1, 1]]) * (sprite.shape[1], sprite.shape[0])
    reached = corners @ place[:, :2].T + place[:, 2]
    margin = 2 + 2 * int(np.ceil(shadow))
    left, top = np.clip(np.floor(reached.min(axis=0)) - margin, 0, (width, height)).astype(int)
    right, low = np.clip(np.ceil(reached.max(axis=0)) + margin, 0, (width, height)).astype(int)
    if left >= right or top >= low:
        return
    box = strokes[top:low, left:right].astype(np.float32)
    moved = place.astype(np.float64) - ((0, 0, left), (0, 0, top))
    # OpenCV maps pixel centres at whole numbers, ours lie at halves.
    moved[:, 2] += moved[:, :2] @ (0.5, 0.5) - 0.5
    size = int(right - left), int(low - top)
    layer = cv2.warpAffine(sprite, moved, size, flags=cv2.INTER_LINEAR)
    layer = np.clip(layer, 0, 1).astype(np.float32)
    coverage = layer[..., 3:].copy()
    layer[..., :3] = np.minimum(layer[..., :3] * np.asarray(tint, np.float32), coverage)
    if shadow > 0:
        soft = cv2.GaussianBlur(coverage[..., 0], (0, 0), shadow)
        fallen = np.roll(soft, round(shadow), axis=0)
        box[..., :3] *= (1 - 0.55 * fallen)[..., None]
    strokes[top:low, left:right] = np.rint(255 * layer + box * (1 - coverage))


def placing(sprite: Floats, base: Floats, angle: float, length: float, across: float) -> Floats:
    """Map a sprite so that its left middle comes to `base` and its right middle points away.

    Args:
        sprite: Shape (h, w, 4).
        base: Point (x, y), canvas pixels.
        angle: Direction of the sprite's rows, radians.
        length: Its width becomes, canvas pixels.
        across: Its height becomes, canvas pixels; negative mirrors it.

    Returns:
        Shape (2, 3).
    """
    high, wide = sprite.shape[:2]
    along = np.array([np.cos(angle), np.sin(angle)]) * length / wide
    sideways = np.array([-np.sin(angle), np.cos(angle)]) * across / high
    origin = np.asarray(base) - sideways * high / 2
    return np.stack([along, sideways, origin], axis=1).astype(np.float32)
