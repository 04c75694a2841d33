"""From scores to maps."""

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from penumbra.systems.dfimat.synth.sources.attention import (
    attention_maps,
    attention_width,
    tokens_of,
)
from penumbra.systems.dfimat.synth.sources.captions import Caption

ROW = ("<", "two", "men", "sit", ">", *[">"] * 15)
SHORT = Caption(ROW, (2, 1, 3), 1, False)
LONG = Caption(tuple(map(str, range(20))), (9, 1, 2, 3, 4, 5, 6, 7, 8, *range(10, 19)), 1, True)


def _scores(batch: int, heads: int = 3, side: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(2)
    return torch.rand(batch, heads, side * side, len(ROW), generator=generator).softmax(dim=3)


@pytest.mark.parametrize(("kind", "widths"), [("words", [80, 16]), ("full", [3080, 616])])
def test_sd_gives_the_sheets_maps(kind: str, widths: list[int]) -> None:
    """Section 2.1: 5 x 16 and 16, or 40 x 77 and 8 x 77."""
    found = [attention_width([8] * layers, 77, kind) for layers in (5, 1)]  # type: ignore[arg-type]

    assert found == widths


def test_words_are_means_over_heads() -> None:
    """One map for each of the caption's own words, those of people first, zeros behind them."""
    first, second = _scores(1), _scores(1, side=2).flip(2)

    maps = attention_maps([first, second], [SHORT], "words")

    assert maps.shape == (1, 32, 2, 2)
    for layer, scores in enumerate((first, second)):
        for number, place in enumerate(SHORT.order):
            mean = scores[0, :, :, place].mean(dim=0).view(2, 2)
            assert_close(maps[0, 16 * layer + number], mean)
        assert not maps[0, 16 * layer + 3 : 16 * layer + 16].any()
    assert tokens_of(SHORT, "words") == (("men", "two", "sit"), 1, False)


def test_of_many_words_sixteen_have_maps() -> None:
    """Those of people first, wherever they stand; the rest is left out, and the cut is told."""
    scores = _scores(2)

    maps = attention_maps([scores], [SHORT, LONG], "words")

    assert_close(maps[1, 0], scores[1, :, :, 9].mean(dim=0).view(2, 2))
    assert_close(maps[1, 15], scores[1, :, :, 16].mean(dim=0).view(2, 2))
    tokens = tokens_of(LONG, "words")
    assert tokens.words == tuple(map(str, LONG.order[:16]))
    assert (tokens.people, tokens.is_cut) == (1, True)


def test_full_keeps_every_head_and_token() -> None:
    """The ablation: nothing is lost, start, end and padding come last, and maps sum to 1."""
    scores = _scores(2)

    maps = attention_maps([scores], [SHORT, LONG], "full")

    assert maps.shape == (2, 3 * 20, 2, 2)
    by_head = torch.unflatten(maps, 1, (3, 20))
    assert_close(by_head.sum(dim=2), torch.ones(2, 3, 2, 2))
    for head in range(3):
        for number, place in enumerate((2, 1, 3, 0, 4)):
            assert_close(by_head[0, head, number], scores[0, head, :, place].view(2, 2))
    tokens = tokens_of(SHORT, "full")
    assert tokens.words[:5] == ("men", "two", "sit", "<", ">")
    assert len(tokens.words) == 20
