"""What is said about a batch of images, as tensors.

The sheet `dfimat`, sections 4.2 and 4.3.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from penumbra.core.errors import require
from penumbra.systems.dfimat.iscn.config import TEXT_TOKENS
from penumbra.systems.dfimat.iscn.positions import sine_1d


class Prompts(NamedTuple):
    """Points and words; None where no image of the batch has any.

    What an image lacks beside others of its batch is padded.

    Attributes:
        points: (B, N, 2), (x, y) as shares of width and height: 0 and 1 are the outer edges.
        kinds: (B, N) int64 of `points.PointKind`.
        point_padding: (B, N) bool, True where there is no point; none are padding if None.
        text: (B, L, text_width), states of the frozen text encoder, of which 16 are read.
        text_padding: (B, L) bool, True where there is no token; none are padding if None.
        sentence: (B, text_width), the embedding of the whole text; None only without text.
    """

    points: Tensor | None = None
    kinds: Tensor | None = None
    point_padding: Tensor | None = None
    text: Tensor | None = None
    text_padding: Tensor | None = None
    sentence: Tensor | None = None

    def check(self) -> None:
        """Raise `InputError` where a part lacks what belongs to it."""
        has_kinds = (self.points is None) == (self.kinds is None)
        require(has_kinds, "kinds", "given with points", self.kinds)
        has_sentence = (self.text is None) == (self.sentence is None)
        require(has_sentence, "sentence", "given with text", self.sentence)

    def cut(self) -> "Prompts":
        """Return the same with as many tokens of text as are read."""
        if self.text is None:
            return self
        padding = None if self.text_padding is None else self.text_padding[:, :TEXT_TOKENS]
        return self._replace(text=self.text[:, :TEXT_TOKENS], text_padding=padding)

    def is_point(self) -> Tensor | None:
        """Return where there are points, (B, N) bool."""
        return _present(self.points, self.point_padding)

    def is_word(self) -> Tensor | None:
        """Return where there are tokens of text, (B, L) bool."""
        return _present(self.text, self.text_padding)


class TextProjection(nn.Module):
    """Tokens P_t of a text: its states, projected and normalised, and their places in it.

    Args:
        text_width: Channels of the text encoder.
        width: Channels d.
    """

    codes: Tensor

    def __init__(self, text_width: int, width: int) -> None:
        super().__init__()
        self.project = nn.Linear(text_width, width)
        self.norm = nn.LayerNorm(width)
        codes = sine_1d(torch.arange(TEXT_TOKENS, dtype=torch.float32), width)
        self.register_buffer("codes", codes, persistent=False)

    def forward(self, text: Tensor) -> Tensor:
        """Return (B, L, d) of states (B, L, text_width); L at most 16."""
        return self.norm(self.project(text)) + self.codes[: text.shape[1]]


def _present(tokens: Tensor | None, padding: Tensor | None) -> Tensor | None:
    if tokens is None:
        return None
    if padding is None:
        return torch.ones(tokens.shape[:2], dtype=torch.bool, device=tokens.device)
    return ~padding
