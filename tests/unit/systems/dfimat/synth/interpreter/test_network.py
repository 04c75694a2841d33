"""The interpreter's network: counts, shapes, and what each part has a say in."""

from dataclasses import replace

import pytest
import torch
from torch.nn.functional import interpolate
from torch.testing import assert_close

from penumbra.core.errors import InputError
from penumbra.systems.dfimat.synth.features import STRIDES, Features, Widths
from penumbra.systems.dfimat.synth.interpreter.alpha_head import AlphaHead
from penumbra.systems.dfimat.synth.interpreter.config import B, Config, S
from penumbra.systems.dfimat.synth.interpreter.network import Interpreter
from penumbra.systems.dfimat.synth.interpreter.pixels import Projection, Read, channels_of
from penumbra.systems.dfimat.synth.interpreter.queries import QueryDecoder
from tests.unit.systems.dfimat.synth.interpreter.stubs import SIDE, TINY, WIDTHS, features

SD = Widths(
    maps={8: 2560, 16: 4800, 32: 8320, 64: 8960},
    attention={8: 80, 16: 80, 32: 80, 64: 16},
    detail={1: 128, 2: 256, 4: 512},
)
"""Of Stable Diffusion 1.x; the sheet `smpmat`, section 2.1."""


def made(config: Config = TINY) -> Interpreter:
    torch.manual_seed(1)
    return Interpreter(config, WIDTHS).eval()


@pytest.mark.parametrize(("width", "millions"), [(S.width, 2.39), (B.width, 6.37)])
def test_projections_of_stable_diffusion_have_the_sheet_s_counts(
    width: int, millions: float
) -> None:
    """24,896 channels to 96 and to 256, without biases."""
    channels = channels_of(SD, has_attention=True)
    projection = Projection(channels, width)

    assert channels == {8: 2640, 16: 4880, 32: 8400, 64: 8976}
    count = sum(it.numel() for it in projection.convs.parameters())
    assert count == 24_896 * width
    assert round(count / 1e6, 2) == millions


def test_the_sizes_are_the_sheet_s() -> None:
    """Section 3: d, N, L, FFN and heads."""
    sizes = [(it.width, it.queries, it.layers, it.ffn, it.heads) for it in (B, S)]
    assert sizes == [(256, 30, 9, 2048, 8), (96, 12, 3, 384, 8)]


def test_every_head_answers_at_an_eighth_and_alpha_at_every_pixel() -> None:
    """Before the first layer and after each of three; alpha of some queries alone."""
    network = made()

    answer = network(features())
    alphas = network.alphas(answer, torch.tensor([[4, 0], [1, 1]]))

    assert len(answer.heads) == 4
    for head in answer.heads:
        assert head.human.shape == (2, 5)
        assert head.masks.shape == (2, 5, SIDE // 8, SIDE // 8)
    assert answer.fine is not None
    assert answer.fine.shape == (2, 16, SIDE, SIDE)
    assert alphas.shape == (2, 2, SIDE, SIDE)
    assert_close(alphas[1, 0], alphas[1, 1])


def test_alpha_is_the_enlarged_mask_and_what_pixels_add() -> None:
    """up(coarse) + <W_d code, D>, written out."""
    network = made()
    answer = network(features())
    head, queries = answer.heads[-1], torch.tensor([[3], [2]])

    found = network.alphas(answer, queries)

    assert network.alpha is not None
    for image, query in enumerate((3, 2)):
        large = interpolate(
            head.masks[image, query][None, None], (SIDE, SIDE), mode="bilinear", align_corners=False
        )[0, 0]
        weight = network.alpha.code.weight @ head.code[image, query]
        wanted = large + (weight[:, None, None] * answer.fine[image]).sum(dim=0)
        assert_close(found[image, 0], wanted)
        assert not found[image, 0].equal(large)


def test_coarse_alpha_is_the_enlarged_mask() -> None:
    """An ablation of the sheet: no path to every pixel."""
    network = made(replace(TINY, alpha_head="coarse"))
    answer = network(features())

    found = network.alphas(answer, torch.tensor([[0], [4]]))

    assert answer.fine is None
    masks = torch.stack([answer.masks[0, 0], answer.masks[1, 4]])[:, None]
    assert_close(found, interpolate(masks, (SIDE, SIDE), mode="bilinear", align_corners=False))


def other(part: str) -> Features:
    """Return the features of `features`, one part of them another."""
    return features()._replace(**{part: getattr(features(seed=9), part)})


@pytest.mark.parametrize(
    ("switched", "part"), [("has_attention", "attention"), ("has_detail", "detail")]
)
def test_what_is_switched_off_is_not_read(switched: str, part: str) -> None:
    """And what is not, is."""
    queries = torch.tensor([[0], [1]])
    for is_on in (True, False):
        network = made(replace(TINY, **{switched: is_on}))  # type: ignore[arg-type]
        plain, changed = (network(it) for it in (features(), other(part)))
        same = network.alphas(plain, queries).equal(network.alphas(changed, queries))
        assert same != is_on


def test_every_stride_is_read() -> None:
    """The coarsest map reaches the finest, and the transformer on stride 32 every cell."""
    network = made()
    plain = network(features()).masks
    for stride in STRIDES:
        changed = features()
        changed.maps[stride][:, :, 0, 0] += 3
        assert (network(changed).masks != plain).all(), stride


def test_a_query_reads_where_its_mask_is() -> None:
    """Cells outside of the mask that it had before the layer change nothing; others do.

    The one query's mask is one half of the picture: embeddings of the other are their negatives.
    """
    torch.manual_seed(0)
    decoder = QueryDecoder(1, 32, 8, 1, 32).eval()
    half = torch.randn(1, 32, 1, 1).expand(-1, -1, 16, 8)
    levels = (torch.randn(1, 32, 4, 4), torch.randn(1, 32, 8, 8), torch.randn(1, 32, 16, 16))
    read = Read(levels, torch.cat([half, -half], dim=3))
    first, last = decoder(read)
    is_left = bool((first.masks[..., :8] >= 0).all())
    assert is_left == bool((first.masks[..., 8:] < 0).all())

    answers = []
    for columns in (slice(0, 2), slice(2, 4)):
        coarsest = levels[0].clone()
        coarsest[..., columns] += 1
        answers.append(decoder(Read((coarsest, *levels[1:]), read.pixel))[-1].code)

    inside, outside = answers if is_left else answers[::-1]
    assert outside.equal(last.code)
    assert not inside.equal(last.code)


def test_words_are_added_to_the_queries() -> None:
    """Where that is switched on; off by default."""
    network = made(replace(TINY, text="toy"))
    said = torch.randn(2, 384, generator=torch.Generator().manual_seed(0))

    assert made().decoder.said is None
    assert not network(features(), said).masks.equal(network(features(), -said).masks)
    assert network(features(), 0 * said).masks.equal(network(features()).masks)


def test_before_training_pixels_add_little_to_masks() -> None:
    """Lest the first steps fight noise."""
    torch.manual_seed(0)
    head = AlphaHead(32, WIDTHS.detail).eval()
    fine = head(torch.randn(1, 32, 8, 8), features(1, side=64).detail)

    added = head.draw(torch.zeros(1, 3, 8, 8), torch.randn(1, 3, 32), fine)

    assert 0 < added.abs().mean() < 0.2


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"width": 100}, "width must be a positive multiple of 32, got 100"),
        ({"heads": 7}, "heads must be a divisor of 256, got 7"),
        ({"queries": 0}, "queries must be at least 1, got 0"),
        ({"alpha_head": "fine"}, "alpha_head must be one of full, coarse, got 'fine'"),
        ({"source": "film"}, "source must be one of rgb, tiny, sd, got 'film'"),
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, object], message: str) -> None:
    """Before anything is made."""
    with pytest.raises(InputError, match=message):
        replace(B, **wrong)  # type: ignore[arg-type]
