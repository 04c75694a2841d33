"""The matting equation and its relatives: I = a F + (1 - a) B.

Porter and Duff, "Compositing digital images", SIGGRAPH 1984.
"""

import numpy as np

from penumbra.core.arrays import RGB, Alpha


def composite(foreground: RGB, background: RGB, alpha: Alpha, linear: bool = False) -> RGB:
    """Lay a straight (not premultiplied) foreground over a background.

    Args:
        foreground: (H, W, 3) in [0, 1].
        background: (H, W, 3) in [0, 1], or any shape that broadcasts to it, such as one colour.
        alpha: (H, W) in [0, 1].
        linear: Mix light (sRGB decoded) instead of encoded values.  The field, and so all
            our numbers, mixes encoded values.

    Returns:
        (H, W, 3) in [0, 1].

    Example:
        >>> white, black = np.ones((1, 1, 3), np.float32), np.zeros((1, 1, 3), np.float32)
        >>> half = np.full((1, 1), 0.5, np.float32)
        >>> composite(white, black, half)[0, 0].tolist()
        [0.5, 0.5, 0.5]
        >>> round(float(composite(white, black, half, linear=True)[0, 0, 0]), 3)
        0.735
    """
    weight = alpha[:, :, None]
    if linear:
        light = weight * srgb_to_linear(foreground) + (1 - weight) * srgb_to_linear(background)
        return linear_to_srgb(light)
    mixed: RGB = (weight * foreground + (1 - weight) * background).astype(np.float32, copy=False)
    return mixed


def srgb_to_linear(image: RGB) -> RGB:
    """Decode sRGB values in [0, 1] to light in [0, 1]; IEC 61966-2-1."""
    low = image / np.float32(12.92)
    high = ((np.maximum(image, 0) + np.float32(0.055)) / np.float32(1.055)) ** np.float32(2.4)
    return np.where(image <= 0.04045, low, high)


def linear_to_srgb(light: RGB) -> RGB:
    """Encode light in [0, 1] as sRGB values in [0, 1]; IEC 61966-2-1."""
    low = light * np.float32(12.92)
    root = np.maximum(light, 0) ** np.float32(1 / 2.4)
    high = 1 + np.float32(1.055) * (root - 1)  # 1.055 root - 0.055, written so that 1 stays 1
    return np.where(light <= 0.0031308, low, high)
