"""Configs, encoders, pyramid, attention and heads."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.functional import interpolate
from torch.testing import assert_close

from penumbra.core.errors import InputError
from penumbra.nn.backbones.mobilenet import MobileNetV2
from penumbra.nn.layers import Residual
from penumbra.systems.dfimat.iscn.attention import Attention, EncoderLayer
from penumbra.systems.dfimat.iscn.config import B512, SHIPPED, XS, B, S
from penumbra.systems.dfimat.iscn.encoder import SmallEncoder, make_encoder
from penumbra.systems.dfimat.iscn.heads import Heads, Prediction, draw, object_scores
from penumbra.systems.dfimat.iscn.positions import grid_codes
from penumbra.systems.dfimat.iscn.pyramid import Pyramid
from tests.samples import count
from tests.unit.systems.dfimat.iscn.networks import noise
from tests.unit.systems.dfimat.iscn.reference import attend


def test_what_ships_starts_from_the_encoder_of_the_segmenter() -> None:
    """Its parameters have the names and shapes that they have there; its maps are the last four."""
    encoder = make_encoder(SHIPPED.encoder).eval()
    theirs = MobileNetV2(0.75, has_last=False).eval()
    theirs.load_state_dict(encoder.state_dict())
    image = noise(1, 3, 64, 96)

    with torch.no_grad():
        maps, expected = encoder(image), theirs(image)

    assert encoder.channels == theirs.channels[1:]
    assert [it.shape[2:] for it in maps] == [(16, 24), (8, 12), (4, 6), (2, 3)]
    for ours, other in zip(maps, expected[1:], strict=True):
        assert_close(ours, other)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"encoder": "m"}, "encoder"),
        ({"width": 48}, "width"),
        ({"heads": 5}, "heads"),
        ({"layers": 0}, "layers"),
        ({"k_v": 0}, "k_v"),
        ({"memories": 0}, "memories"),
        ({"class_head": "mean"}, "class_head"),
        ({"text_encoder": "bert"}, "text_encoder"),
        ({"crm_resize": "mean"}, "crm_resize"),
        ({"crm_scope": "old"}, "crm_scope"),
        ({"token_budget": 4}, "token_budget"),
        ({"loss_points": -1}, "loss_points"),
    ],
)
def test_configs_that_make_no_sense_are_refused(changes: dict[str, Any], name: str) -> None:
    """With the name of the field."""
    with pytest.raises(InputError, match=name):
        replace(S, **changes)


def test_sizes_have_the_numbers_of_the_sheet() -> None:
    """Sections 4.1, 4.2, 4.4 and 4.7: object, text and visual queries, memory, tokens, points."""
    rows = [
        (c.objects, c.k_t, c.k_v, c.memories, c.layers, c.scribble_points, c.token_budget)
        for c in (B, B512, S, XS)
    ]

    assert rows == [
        (100, 1, 3, 32, 9, 16, 512),
        (100, 1, 3, 32, 9, 16, 512),
        (16, 1, 1, 4, 3, 8, 48),
        (8, 1, 1, 4, 3, 8, 48),
    ]
    assert [c.loss_points for c in (B, B512, S, XS)] == [12544, 12544, 0, 0]
    assert [replace(S, text_encoder=it).text_width for it in ("minilm", "clip", "toy")] == [
        384,
        512,
        384,
    ]


@pytest.mark.parametrize("size", ["s", "xs"])
def test_small_encoders_have_maps_at_four_strides(size: str) -> None:
    """And every block starts as its shortcut."""
    encoder = SmallEncoder(size).eval()

    with torch.no_grad():
        maps = encoder(noise(1, 3, 64, 96))

    for stride, channels, found in zip((4, 8, 16, 32), encoder.channels, maps, strict=True):
        assert found.shape == (1, channels, 64 // stride, 96 // stride)
    blocks = [it for it in encoder.modules() if isinstance(it, Residual)]
    last = [block.get_parameter("body.4.weight") for block in blocks]
    assert len(last) == (7 if size == "s" else 6)
    assert not any(it.any() for it in last)


def test_attention_is_that_of_every_head() -> None:
    """Slowly, with a mask; and as torch's own."""
    torch.manual_seed(0)
    attention = Attention(12, 3)
    q, k, v = (torch.randn(2, size, 12) for size in (4, 7, 7))
    allowed = torch.rand(2, 4, 7) > 0.4
    allowed[..., 0] = True
    theirs = nn.MultiheadAttention(12, 3, batch_first=True)
    parts = (attention.query, attention.key, attention.value)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([it.weight for it in parts]))
        theirs.in_proj_bias.copy_(torch.cat([it.bias for it in parts]))
        theirs.out_proj.load_state_dict(attention.out.state_dict())

        ours = attention(q, k, v, allowed)

        for image in range(2):
            slow = attend(attention, q[image], k[image], v[image], allowed[image])
            assert_close(ours[image], slow, atol=1e-5, rtol=1e-5)
        mask = (~allowed).repeat_interleave(3, dim=0)
        assert_close(ours, theirs(q, k, v, attn_mask=mask)[0], atol=1e-5, rtol=1e-5)


def test_the_transformer_is_torch_s_with_places() -> None:
    """Post-norm; where codes are zero it is torch's layer."""
    torch.manual_seed(0)
    ours = EncoderLayer(8, 2, 16)
    theirs = nn.TransformerEncoderLayer(8, 2, 16, dropout=0, batch_first=True)
    attention = ours.attention
    parts = (attention.query, attention.key, attention.value)
    with torch.no_grad():
        theirs.self_attn.in_proj_weight.copy_(torch.cat([it.weight for it in parts]))
        theirs.self_attn.in_proj_bias.copy_(torch.cat([it.bias for it in parts]))
        theirs.self_attn.out_proj.load_state_dict(attention.out.state_dict())
        theirs.linear1.load_state_dict(ours.feed[0].state_dict())
        theirs.linear2.load_state_dict(ours.feed[2].state_dict())
        x, codes = torch.randn(2, 6, 8), torch.randn(6, 8)

        assert_close(ours(x, torch.zeros(6, 8)), theirs(x), atol=1e-5, rtol=1e-5)
        placed = attention(x + codes, x + codes, x)
        expected = ours.attention_norm(x + placed)
        expected = ours.feed_norm(expected + ours.feed(expected))
        assert_close(ours(x, codes), expected)


@pytest.mark.parametrize("is_dense", [True, False])
def test_the_pyramid_adds_what_is_coarser_to_what_is_finer(is_dense: bool) -> None:
    """Step by step: the transformer, three laterals with nearest neighbours, and embeddings."""
    torch.manual_seed(0)
    pyramid = Pyramid((4, 6, 8, 10), 32, 2, 2, 16, is_dense)
    maps = [torch.randn(1, c, 32 // s, 64 // s) for c, s in ((4, 4), (6, 8), (8, 16), (10, 32))]
    with torch.no_grad():
        levels, pixel = pyramid(maps)

        cells = pyramid.coarsest(maps[3])
        codes = grid_codes(1, 2, 32, cells)
        tokens = cells.flatten(2).transpose(1, 2)
        for layer in pyramid.layers:
            tokens = layer(tokens, codes)
        first, *smooth = pyramid.smooth
        x = first(tokens.transpose(1, 2).reshape(1, 32, 1, 2))
        expected = [x]
        for number, lateral in enumerate(pyramid.lateral):
            finer = lateral(maps[2 - number])
            x = smooth[number](finer + x.repeat_interleave(2, 2).repeat_interleave(2, 3))
            expected.append(x)

        for ours, theirs in zip((*levels, pixel), (*expected[:3], pyramid.pixel(x)), strict=True):
            assert_close(ours, theirs)
    assert pyramid.pixel.kernel_size == ((3, 3) if is_dense else (1, 1))
    assert count(pyramid.smooth[0]) == (32 * 32 * 9 if is_dense else 32 * 9 + 32 * 32) + 64


def test_classes_are_cosines_or_linear() -> None:
    """A cosine does not depend on lengths, and is sharpened by at most 100."""
    torch.manual_seed(0)
    heads, queries = Heads(32, 16, "cosine"), torch.randn(1, 4, 32)
    with torch.no_grad():
        codes = heads(queries)
        vectors, log_scale = heads.classify.parameters()
        meaning = heads.meaning(heads.norm(queries))
        for query in range(4):
            for kind in range(2):
                a, b = meaning[0, query], vectors[kind]
                cosine = a @ b / (a.norm() * b.norm())
                assert_close(codes.classes[0, query, kind], log_scale.exp() * cosine)
        log_scale.fill_(99.0)
        assert heads(queries).classes.abs().max() <= 100
        linear = Heads(32, 16, "linear")
        expected = linear.classify(linear.norm(queries))
        assert_close(linear(queries).classes, expected)


def test_masks_are_products_with_embeddings_of_pixels() -> None:
    """At every pixel; and made smaller before or after is the same."""
    codes, pixel = noise(2, 3, 8), noise(2, 8, 16, 24) - 0.5

    masks = draw(codes, pixel)

    assert_close(masks[1, 2, 5, 7], codes[1, 2] @ pixel[1, :, 5, 7])
    small = interpolate(pixel, (4, 6), mode="bilinear", align_corners=False)
    smaller = interpolate(masks, (4, 6), mode="bilinear", align_corners=False)
    assert_close(draw(codes, small), smaller, atol=1e-5, rtol=1e-5)


def test_the_surest_object_is_human_and_sure_of_its_pixels() -> None:
    """Half a human whose mask is at 0.9 has 0.45; one without pixels has nothing."""
    masks = torch.full((1, 2, 4, 4), -5.0)
    masks[0, 0, :2] = torch.logit(torch.tensor(0.9))
    nothing = torch.zeros(1, 2, 0)
    prediction = Prediction(nothing, nothing, torch.zeros(1, 2, 2), masks)

    assert_close(object_scores(prediction), torch.tensor([[0.45, 0.0]]))
