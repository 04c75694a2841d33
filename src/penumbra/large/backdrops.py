"""What a large cut-out is laid over, a window at a time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB
from penumbra.core.cutout import Cutout
from penumbra.core.resample import resize
from penumbra.large.windows import Region, Size, enlarged
from penumbra.session.backdrop import Backdrop, Cover


@dataclass(frozen=True, eq=False)
class Behind:
    """A backdrop of which any window can be had.

    Attributes:
        picture: (h, w, 3), of which a part is shown; or one colour, (3,).
        size: To which the picture is enlarged.
        top: Rows of that above what is shown.
        left: Columns likewise.
    """

    picture: NDArray[np.float32]
    size: Size
    top: int = 0
    left: int = 0

    def window(self, region: Region) -> RGB:
        """Return a window, (h, w, 3), or the one colour, (3,)."""
        if self.picture.ndim == 1:
            return self.picture
        rows, columns = region
        moved = (
            slice(rows.start + self.top, rows.stop + self.top),
            slice(columns.start + self.left, columns.stop + self.left),
        )
        planes = [enlarged(self.picture[:, :, c], self.size, moved) for c in range(3)]
        return np.stack(planes, axis=2).clip(0, 1)


def behind(backdrop: Backdrop, small: Cutout, size: Size) -> Behind:
    """Return what lies behind a large cut-out.

    Args:
        backdrop: As for a small one; of a picture the same part is shown, at its own sharpness.
        small: The cut-out, made small.
        size: Of the large one.
    """
    if not isinstance(backdrop, Cover):
        return Behind(backdrop(small), size)
    # As `session.backdrop.cover`.
    picture, (height, width) = backdrop.picture, size
    scale = max(height / picture.shape[0], width / picture.shape[1])
    rows = max(round(picture.shape[0] * scale), height)
    columns = max(round(picture.shape[1] * scale), width)
    fitting = resize(picture, min(rows, picture.shape[0]), min(columns, picture.shape[1]))
    return Behind(fitting, (rows, columns), (rows - height) // 2, (columns - width) // 2)
