"""What is read of a U-Net and a decoder while they run."""

import pytest
import torch
from torch.testing import assert_close

from penumbra.core.errors import WeightsError
from penumbra.systems.dfimat.synth.features import STRIDES
from penumbra.systems.dfimat.synth.sources.diffusion import DiffusionSource
from penumbra.systems.dfimat.synth.sources.hooks import (
    cross_layers,
    decoder_taps,
    recorded,
    tapped,
    unet_taps,
)
from tests.unit.systems.dfimat.synth.sources.folders import unet_of, vae_of

SD_WIDTHS = (320, 640, 1280, 1280)


def test_sd_gives_the_sheets_widths() -> None:
    """The table of section 2.1, both as announced and in a run at the real sizes."""
    with torch.device("meta"):
        unet = unet_of(SD_WIDTHS, told=768, groups=32)
        latent, told = torch.empty(2, 4, 64, 64), torch.empty(2, 77, 768)
    announced = dict.fromkeys(STRIDES, 0)
    for tap in unet_taps(unet):
        announced[tap.stride] += tap.channels

    with torch.no_grad(), recorded(unet) as record:
        unet(latent, 1, encoder_hidden_states=told)

    assert announced == {8: 2560, 16: 4800, 32: 8320, 64: 8960}
    for stride, grid in zip(STRIDES, (64, 32, 16, 8), strict=True):
        maps = torch.cat(record.maps[stride], dim=1)
        assert maps.shape == (2, announced[stride], grid, grid)
        shapes = {tuple(scores.shape) for scores in record.scores[stride]}
        assert shapes == {(2, 8, grid**2, 77)}
    assert [len(record.scores[stride]) for stride in STRIDES] == [5, 5, 5, 1]
    assert [len(record.maps[stride]) for stride in STRIDES] == [7, 7, 7, 7]


def test_parts_come_in_the_order_of_the_run() -> None:
    """What is announced and what is recorded must be the same channels."""
    unet = unet_of((16, 32, 32, 32), told=24, groups=8)
    announced = [tap.part for tap in unet_taps(unet)]
    ran = []
    handles = [
        part.register_forward_hook(lambda part, given, answer: ran.append(part))
        for part in announced
    ]

    with torch.no_grad():
        unet(torch.rand(1, 4, 8, 8), 1, encoder_hidden_states=torch.rand(1, 77, 24))

    assert ran == announced
    assert len(handles) == 28


def test_scores_sum_to_one_and_change_nothing(narrow: DiffusionSource) -> None:
    """The sheet, section 12: over all tokens; the fused kernel gives the same answer."""
    unet = narrow.networks.unet
    latent = torch.rand(2, 4, 8, 8, generator=torch.Generator().manual_seed(1))
    told = narrow.context(["two friends", "a man"]).vectors
    with torch.no_grad():
        fused = narrow.networks.guess(latent, 1, told)

        with recorded(unet) as record:
            answer = narrow.networks.guess(latent, 1, told)

    assert_close(answer, fused, rtol=0, atol=1e-5)
    for stride in STRIDES:
        for scores in record.scores[stride]:
            assert_close(scores.sum(dim=3), torch.ones(scores.shape[:3]), rtol=0, atol=1e-5)
            assert scores.amin() >= 0


def test_the_network_is_left_as_it_was(narrow: DiffusionSource) -> None:
    """Also where a run fails: no hook stays, and the processors are the old ones."""
    unet = narrow.networks.unet
    before = unet.attn_processors

    with pytest.raises(ZeroDivisionError), recorded(unet):
        raise ZeroDivisionError

    assert unet.attn_processors == before
    assert not any(part._forward_hooks for part in unet.modules())


def test_layers_that_look_at_words_are_known(narrow: DiffusionSource) -> None:
    """Those that look at the picture itself are not among them."""
    layers = cross_layers(narrow.networks.unet)

    assert len(layers) == 16
    assert {layer.heads for layer in layers} == {8}
    assert all("attn2" in layer.name for layer in layers)


def test_a_decoder_is_read_before_it_enlarges() -> None:
    """At strides 4, 2 and 1; of SD-1.x 512, 256 and 128 channels."""
    with torch.device("meta"):
        vae = vae_of((128, 256, 512, 512), groups=32)
        latent = torch.empty(1, 4, 8, 8)

    with tapped(decoder_taps(vae)) as kept:
        vae.decode(latent)

    shapes = {stride: tuple(answers[0].shape) for stride, answers in kept.items()}
    assert shapes == {4: (1, 512, 16, 16), 2: (1, 256, 32, 32), 1: (1, 128, 64, 64)}
    assert {tap.stride: tap.channels for tap in decoder_taps(vae)} == {4: 512, 2: 256, 1: 128}


def test_other_networks_are_refused() -> None:
    """Theirs would be other strides; the message says what is wanted."""
    with torch.device("meta"):
        unet = unet_of(SD_WIDTHS, told=768, groups=32)
        vae = vae_of((8, 16, 16), groups=8)
    del unet.up_blocks[3]

    with pytest.raises(WeightsError, match="U-Net must have 4 levels"):
        unet_taps(unet)
    with pytest.raises(WeightsError, match=r"VAE must have 4 levels, .* got 3"):
        decoder_taps(vae)
