"""A source that makes features up, a small interpreter, and what both are asked with."""

from collections.abc import Sequence

import torch
from torch import Tensor

from penumbra.systems.dfimat.gathering import SceneBatch
from penumbra.systems.dfimat.synth.features import DETAIL, STRIDES, Features, Tokens, Widths
from penumbra.systems.dfimat.synth.interpreter.config import Config
from penumbra.systems.dfimat.synth.interpreter.queries import Head

SIDE = 128

WIDTHS = Widths({8: 6, 16: 5, 32: 4, 64: 3}, {8: 2, 16: 2, 32: 2, 64: 1}, {1: 3, 2: 4, 4: 5})

TINY = Config(source="rgb", width=32, queries=5, layers=3, ffn=32, grid_ffn=32)


class StubSource:
    """Random features, another set for each seed; it remembers what it was asked.

    Attributes:
        has_words: Whether it knows the words of captions: the second one means people.
        asked: Captions and seeds.
        had_gradients: Whether gradients were kept while it looked.
    """

    name = "stub"
    side = SIDE
    widths = WIDTHS

    def __init__(self, has_words: bool = False) -> None:
        self.has_words = has_words
        self.asked: list[tuple[tuple[str, ...], int]] = []
        self.had_gradients = False

    def extract(self, image: Tensor, captions: Sequence[str], seed: int = 0) -> Features:
        """Return features of as many pictures."""
        self.asked.append((tuple(captions), seed))
        self.had_gradients = torch.is_grad_enabled()
        made = features(len(image), seed, image.shape[2])
        if not self.has_words:
            return made
        return made._replace(tokens=tuple(Tokens(("friends", "two"), 1) for _ in captions))


def features(count: int = 2, seed: int = 0, side: int = SIDE) -> Features:
    """Return random features of square pictures."""
    generator = torch.Generator().manual_seed(seed)

    def maps(strides: tuple[int, ...], widths: object) -> dict[int, Tensor]:
        assert isinstance(widths, dict)
        return {
            it: torch.randn(count, widths[it], side // it, side // it, generator=generator)
            for it in strides
        }

    return Features(
        maps(STRIDES, WIDTHS.maps), maps(STRIDES, WIDTHS.attention), maps(DETAIL, WIDTHS.detail)
    )


def squares(side: int = 64) -> Tensor:
    """Return three people of two pictures, (2, 2, side, side); the last one is nobody.

    They are squares on cells of 8 pixels, so that masks can show them.
    """
    alphas = torch.zeros(2, 2, side, side)
    alphas[0, 0, 8:32, 8:32] = 1
    alphas[0, 1, 32:56, 24:64] = 1
    alphas[1, 0, 16:48, 0:24] = 1
    return alphas


IS_PERSON = torch.tensor([[True, True], [True, False]])
"""Of `squares`."""


def batch(side: int = 64) -> SceneBatch:
    """Return two pictures of grey people, who can be seen."""
    alphas = squares(side)
    image = alphas.sum(dim=1, keepdim=True).expand(-1, 3, -1, -1) * 0.5
    return SceneBatch(
        image=image,
        alphas=alphas,
        is_person=IS_PERSON,
        wanted=torch.tensor([1, 0]),
        is_matte=torch.tensor([True, True]),
        sentences=((), ()),
        strangers=((), ()),
    )


def perfect_head(alphas: Tensor, queries: int, shown: Tensor, sure: float = 30.0) -> Head:
    """Return what queries answer that know people, (B, P, H, W), by heart.

    Args:
        alphas: The people.
        queries: N.
        shown: (B, P), numbers of the queries that show them; -1 for nobody.
        sure: Size of logits.
    """
    count, people = shown.shape
    cells = torch.nn.functional.avg_pool2d(alphas, 8)
    human = torch.full((count, queries), -sure)
    masks = torch.full((count, queries, *cells.shape[2:]), -sure)
    for image in range(count):
        for person in range(people):
            query = int(shown[image, person])
            if query >= 0:
                human[image, query] = sure
                masks[image, query] = cells[image, person].logit().clamp(-sure, sure)
    return Head(human, torch.zeros(count, queries, 4), masks)
