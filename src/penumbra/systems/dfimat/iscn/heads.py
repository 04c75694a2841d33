"""What queries answer: a mask, whether it is a person's, and how well they fit what is said.

Equations 4 and 5 of Jiao et al., "DFIMat", ACCV 2024; the sheet `dfimat`, sections 4.4 and 4.5.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from penumbra.systems.dfimat.iscn.config import ClassHead

HUMAN, NONE = 0, 1
"""Classes, in the order of their logits."""

_SHARPEST = 100.0  # what cosines are multiplied by at most
_FIRST = 10.0  # before any training


class Prediction(NamedTuple):
    """What k queries answer at one head.

    Attributes:
        mask_code: (B, k, d), O^m.
        class_code: (B, k, class_width), O^c.
        classes: (B, k, 2), logits of `HUMAN` and `NONE`.
        masks: (B, k, H / 4, W / 4), logits.
    """

    mask_code: Tensor
    class_code: Tensor
    classes: Tensor
    masks: Tensor


class Codes(NamedTuple):
    """A `Prediction` before its masks are drawn."""

    mask_code: Tensor
    class_code: Tensor
    classes: Tensor

    def part(self, start: int, count: int) -> "Codes":
        """Return those of some queries."""
        rows = slice(start, start + count)
        return Codes(self.mask_code[:, rows], self.class_code[:, rows], self.classes[:, rows])

    def drawn(self, pixel: Tensor) -> Prediction:
        """Return the same with masks on embeddings of pixels, (B, d, H, W)."""
        return Prediction(*self, draw(self.mask_code, pixel))


class Heads(nn.Module):
    """The heads, one for all queries and layers.

    Args:
        width: Channels d.
        class_width: Channels of class embeddings.
        class_head: Whether classes are cosines with two learned vectors, or a linear layer.
    """

    def __init__(self, width: int, class_width: int, class_head: ClassHead) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.mask = nn.Sequential(
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Linear(width, width),
            nn.ReLU(),
            nn.Linear(width, width),
        )
        self.meaning = nn.Linear(width, class_width, bias=False)
        self.is_linear = class_head == "linear"
        self.classify = nn.Linear(width, 2) if self.is_linear else _Cosines(class_width)

    def forward(self, queries: Tensor) -> Codes:
        """Return codes of queries, (B, k, d)."""
        x = self.norm(queries)
        meaning = self.meaning(x)
        classes = self.classify(x if self.is_linear else meaning)
        return Codes(self.mask(x), meaning, classes)


class _Cosines(nn.Module):
    """Cosines with a vector for each class, sharpened."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.vectors = nn.Parameter(torch.randn(2, width))
        self.log_scale = nn.Parameter(torch.tensor(math.log(_FIRST)))

    def forward(self, meaning: Tensor) -> Tensor:
        scale = self.log_scale.exp().clamp(max=_SHARPEST)
        cosines = normalize(meaning, dim=-1) @ normalize(self.vectors, dim=-1).mT
        return scale * cosines


def draw(mask_code: Tensor, pixel: Tensor) -> Tensor:
    """Return logits of masks, (B, k, H, W): products of codes (B, k, d) and pixels (B, d, H, W)."""
    return torch.unflatten(mask_code @ pixel.flatten(2), 2, pixel.shape[2:])


def visual_scores(mask_code: Tensor, on: Tensor, off: Tensor) -> Tensor:
    """Return how much better queries fit the points on the person than those off it, (B, k).

    Args:
        mask_code: (B, k, d).
        on: (B, d), mean embedding at points on the person.
        off: (B, d), the same off it.

    Source:
        The sheet `dfimat`, section 4.5.
    """
    return (mask_code @ (on - off)[:, :, None])[..., 0] / math.sqrt(mask_code.shape[2])


def text_scores(class_code: Tensor, sentence: Tensor) -> Tensor:
    """Return how well queries fit a sentence, (B, k).

    Args:
        class_code: (B, k, class_width).
        sentence: e_t, (B, class_width).

    Source:
        The sheet `dfimat`, section 4.5.
    """
    return (class_code @ sentence[:, :, None])[..., 0]


def object_scores(prediction: Prediction) -> Tensor:
    """Return how surely queries show a person, (B, k) in [0, 1].

    The probability that it is one, times the mean probability of the pixels in its mask; 0 where
    the mask is empty.

    Source:
        The sheet `dfimat`, section 4.5.
    """
    logits = prediction.masks.float()
    is_in = (logits > 0).float()
    inside = (is_in * logits.sigmoid()).sum(dim=(2, 3)) / is_in.sum(dim=(2, 3)).clamp(min=1)
    return human_scores(prediction) * inside


def human_scores(prediction: Prediction) -> Tensor:
    """Return the probability that queries show a person, (B, k)."""
    return prediction.classes.float().softmax(dim=-1)[..., HUMAN]
