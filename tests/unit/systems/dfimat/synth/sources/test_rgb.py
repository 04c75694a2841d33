"""The source without diffusion."""

import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from penumbra.core.errors import InputError, WeightsError
from penumbra.nn.weights import WeightsHeader, save_weights
from penumbra.systems.dfimat.synth.features import DETAIL, STRIDES
from penumbra.systems.dfimat.synth.sources.rgb import RgbConfig, RgbSource, load_rgb, save_rgb
from penumbra.systems.segment.config import Config
from penumbra.systems.segment.network import SegmentNetwork

SMALL = RgbConfig(side=128, encoder=0.25, width=16, fine=8)


def _pictures(count: int = 2, side: int = 128) -> Tensor:
    return torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(4))


@pytest.mark.parametrize("side", [64, 192])
def test_features_have_the_announced_widths(side: int) -> None:
    """At every stride of any side that is a multiple of 64; there are no words."""
    source = RgbSource(RgbConfig(side=side)).eval()

    features = source.extract(_pictures(side=side), ["", "two friends"])

    assert (source.name, source.side) == ("rgb", side)
    assert source.widths.maps == dict.fromkeys(STRIDES, 96)
    for stride in STRIDES:
        assert features.maps[stride].shape == (2, 96, side // stride, side // stride)
    assert source.widths.detail.keys() == features.detail.keys() == {*DETAIL}
    for stride in DETAIL:
        wanted = (2, source.widths.detail[stride], side // stride, side // stride)
        assert features.detail[stride].shape == wanted
    assert features.attention == {} == source.widths.attention
    assert features.tokens == ()


def test_every_weight_can_learn() -> None:
    """Whoever trains the interpreter trains it as well."""
    source = RgbSource(SMALL).train()
    features = source.extract(_pictures(), ["", ""])

    every = [*features.maps.values(), *features.detail.values()]
    torch.stack([it.square().mean() for it in every]).sum().backward()  # type: ignore[no-untyped-call]

    for name, parameter in source.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().amax() > 0, name


def test_coarse_maps_reach_fine_ones() -> None:
    """The pyramid is one: a far corner changes what is seen at stride 8, by way of stride 64."""
    torch.manual_seed(1)
    source = RgbSource(SMALL).eval()
    image = _pictures(1)
    with torch.no_grad():
        before = source.extract(image, [""]).maps[8]
        last = source.coarsest.body[-1]
        assert isinstance(last, nn.BatchNorm2d)
        last.bias.add_(1)

        after = source.extract(image, [""]).maps[8]

    assert (after - before).abs().amax() > 1e-4


def test_neither_caption_nor_seed_matters() -> None:
    """It draws nothing and reads nothing."""
    source = RgbSource(SMALL).eval()
    found = source.extract(_pictures(1), ["a man"], seed=1).maps[8]

    assert_close(source.extract(_pictures(1), [""], seed=2).maps[8], found, rtol=0, atol=0)


def test_a_file_brings_the_weights_back(tmp_path: Path) -> None:
    """For another side as well; of other sizes it is refused."""
    source = RgbSource(SMALL).eval()
    path = tmp_path / "rgb.safetensors"
    save_rgb(path, source)

    loaded = load_rgb(path, SMALL).eval()

    wanted = source.extract(_pictures(1), [""])
    assert_close(loaded.extract(_pictures(1), [""]).maps[8], wanted.maps[8], rtol=0, atol=0)
    with pytest.raises(WeightsError, match="must be float32 of shape"):
        load_rgb(path, RgbConfig(side=128, encoder=0.25, width=24, fine=8))


def test_it_can_start_from_the_segmenter(tmp_path: Path) -> None:
    """Whose encoder has the same names and shapes: all of it is taken over."""
    torch.manual_seed(1)
    segmenter = SegmentNetwork(Config())
    path = tmp_path / "segment.safetensors"
    save_weights(path, segmenter, WeightsHeader("segment", "s", {}, {}))

    source = load_rgb(path)

    for name, it in segmenter.encoder.state_dict().items():
        assert_close(source.encoder.state_dict()[name], it, rtol=0, atol=0)


def test_what_does_not_fit_is_refused() -> None:
    """Pictures, and sizes."""
    with pytest.raises(InputError, match=r"image must be of shape \(1, 3, 128, 128\)"):
        RgbSource(SMALL).extract(torch.rand(1, 3, 64, 64), [""])
    with pytest.raises(InputError, match="side must be a multiple of 64, got 100"):
        RgbConfig(side=100)
    with pytest.raises(InputError, match="width must be more than 0, got 0"):
        RgbConfig(width=0)


def test_it_needs_no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of the package keeps working without the networks of diffusion."""
    monkeypatch.setitem(sys.modules, "diffusers", None)
    monkeypatch.setitem(sys.modules, "transformers", None)

    assert RgbSource(SMALL).eval().extract(_pictures(1), [""]).maps[8].isfinite().all()
