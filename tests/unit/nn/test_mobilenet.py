"""The encoder, against the published counts."""

import pytest
import torch

from penumbra.nn.backbones.mobilenet import MobileNetV2


def test_the_full_width_has_the_published_size() -> None:
    """2,223,872 parameters up to the 1280 maps (sheet `safe`, section 3.1)."""
    encoder = MobileNetV2()

    assert sum(p.numel() for p in encoder.parameters()) == 2_223_872
    assert encoder.channels == (16, 24, 32, 96, 1280)


def test_names_are_torchvisions() -> None:
    """So that its files can be loaded: the stem, a depthwise and a linear convolution, the last."""
    shapes = {name: tuple(value.shape) for name, value in MobileNetV2().state_dict().items()}

    assert shapes["features.0.0.weight"] == (32, 3, 3, 3)
    assert shapes["features.1.conv.0.0.weight"] == (32, 1, 3, 3)
    assert shapes["features.1.conv.1.weight"] == (16, 32, 1, 1)
    assert shapes["features.2.conv.2.weight"] == (24, 96, 1, 1)
    assert shapes["features.18.0.weight"] == (1280, 320, 1, 1)


@pytest.mark.parametrize(
    ("width", "channels"), [(0.75, (16, 24, 24, 72, 240)), (0.5, (8, 16, 16, 48, 160))]
)
def test_strides_and_channels_follow_the_width(width: float, channels: tuple[int, ...]) -> None:
    """Decoders take their sizes from here."""
    encoder = MobileNetV2(width, has_last=False).eval()

    features = encoder(torch.zeros(1, 3, 64, 96))

    assert encoder.channels == channels
    for stride, width_there, feature in zip((2, 4, 8, 16, 32), channels, features, strict=True):
        assert feature.shape == (1, width_there, 64 // stride, 96 // stride)


def test_every_weight_learns() -> None:
    """A layer that no gradient reaches is a layer that was wired wrongly."""
    encoder = MobileNetV2(0.5, has_last=False)

    sum(feature.square().mean() for feature in encoder(torch.rand(2, 3, 64, 64))).backward()

    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in encoder.parameters())
