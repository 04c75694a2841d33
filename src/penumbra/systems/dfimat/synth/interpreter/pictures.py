"""One picture of any size, from array to arrays.

The sheet `smpmat`, sections 3 and 11.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from penumbra.core.arrays import RGB
from penumbra.core.resample import resize
from penumbra.systems.dfimat.synth.interpreter.config import MULTIPLE
from penumbra.systems.dfimat.synth.interpreter.crops import Crop, crops_of, merged
from penumbra.systems.dfimat.synth.interpreter.network import Answer
from penumbra.systems.dfimat.synth.interpreter.reader import Reader
from penumbra.systems.dfimat.synth.reading import Answers


class Seen(NamedTuple):
    """A picture, and what a reader answered.

    Attributes:
        answers: Of the picture, or of each of the squares that cover it.
        crops: Where these lie.
        looked: Height and width of what they cover, pixels.
        size: Height and width of the picture.
    """

    answers: tuple[Answer, ...]
    crops: tuple[Crop, ...]
    looked: tuple[int, int]
    size: tuple[int, int]


def see(
    reader: Reader, image: RGB, caption: str = "", side: int | None = None, seed: int = 0
) -> Seen:
    """Let a reader look at a picture.

    Args:
        reader: In evaluation mode.
        image: (H, W, 3) in [0, 1].
        caption: Of the picture; "" for none.
        side: Of what is looked at, pixels: the shorter one, near the picture's proportions, where
            the source learns, which may then be any multiple of 64.  A frozen source has its own,
            and sees squares that cover the picture.
        seed: Of the noise that a diffusion model adds.
    """
    height, width = image.shape[:2]
    square = reader.source.side
    if isinstance(reader.source, nn.Module):
        looked = looked_at(height, width, side or square)
        crops, extent = [Crop(0, 0)], looked
    else:
        scale = square / min(height, width)
        looked = max(square, round(height * scale)), max(square, round(width * scale))
        crops, extent = crops_of(*looked, square), (square, square)
    planes = np.ascontiguousarray(resize(image, *looked).transpose(2, 0, 1))
    whole = torch.from_numpy(planes)[None].to(next(reader.parameters()).device)
    with torch.no_grad():
        answers = [
            reader(
                whole[:, :, it.row : it.row + extent[0], it.col : it.col + extent[1]],
                [caption],
                seed,
            )
            for it in crops
        ]
    return Seen(tuple(answers), tuple(crops), looked, (height, width))


def answers_of(reader: Reader, seen: Seen, is_coarse: bool = False) -> Answers:
    """Return what all queries say of a picture, at its size.

    Args:
        reader: The same.
        seen: By it.
        is_coarse: Whether alphas are the masks of stride 8, enlarged.
    """
    parts = [reader.answers(it, is_coarse)[0] for it in seen.answers]
    answers = parts[0] if len(parts) == 1 else merged(parts, seen.crops, *seen.looked)
    alphas = np.stack([_clipped(resize(alpha, *seen.size)) for alpha in answers.alphas])
    return Answers(alphas, answers.human)


def read_picture(reader: Reader, image: RGB, caption: str = "") -> Answers:
    """Return what all queries say of a picture, (N, H, W) and (N,); see `see`."""
    return answers_of(reader, see(reader, image, caption))


def looked_at(height: int, width: int, side: int) -> tuple[int, int]:
    """Return the height and width at which a picture is looked at, multiples of 64.

    Example:
        >>> looked_at(480, 640, 192)
        (192, 256)
    """
    scale = side / min(height, width) / MULTIPLE
    return MULTIPLE * max(1, round(height * scale)), MULTIPLE * max(1, round(width * scale))


def _clipped(alpha: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.clip(alpha, 0, 1)
