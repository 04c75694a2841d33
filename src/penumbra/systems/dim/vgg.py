"""The first stage as the paper has it: VGG-16, and a small decoder that undoes its pools.

Xu et al., "Deep Image Matting", CVPR 2017, section 4.1.  Where the paper is silent (14th
convolution, squashing, initialisation), the sheet `dim` decides; the room's README lists it.
"""

import logging
from pathlib import Path

import torch
from torch import Tensor, nn

from penumbra.nn.backbones.vgg import VGG16
from penumbra.nn.layers import Normalise, max_unpool
from penumbra.nn.weights import foreign_tensor, read_foreign
from penumbra.systems.dim.coarse import Coarse
from penumbra.systems.dim.config import Conv6

_LOG = logging.getLogger(__name__)

UNKNOWN = 128 / 255
"""What the network sees of an unknown pixel: the 128 of 8-bit files, as public weights know it."""

_CONV6 = {"fc6": (7, 4096), "3x3": (3, 512), "1x1": (1, 512)}  # kernel, channels
_DECODER = ((512, 512), (512, 256), (256, 128), (128, 64), (64, 64))


class VggMatting(nn.Module):
    """The first stage.

    Args:
        conv6: The 14th convolution.
        decoder_bn: Whether the decoder normalises batches.
        skip_add: Whether the encoder's maps are added to what is unpooled.
    """

    def __init__(self, conv6: Conv6, decoder_bn: bool = False, skip_add: bool = False) -> None:
        super().__init__()
        self.normalise = Normalise()
        self.encoder = VGG16(3 + 1)
        kernel, width = _CONV6[conv6]
        self.conv6 = nn.Sequential(
            nn.Conv2d(512, width, kernel, padding=kernel // 2), nn.ReLU(inplace=True)
        )
        self.deconv6 = _deconv(width, 512, 1, decoder_bn)
        self.deconvs = nn.ModuleList(_deconv(*pair, 5, decoder_bn) for pair in _DECODER)
        self.prediction = nn.Conv2d(64, 1, 5, padding=2)
        self.skip_add = skip_add
        for module in (self.conv6, self.deconv6, self.deconvs, self.prediction):
            for layer in module.modules():
                if isinstance(layer, nn.Conv2d):
                    nn.init.xavier_uniform_(layer.weight)
                    assert layer.bias is not None
                    nn.init.zeros_(layer.bias)

    def forward(self, image: Tensor, trimap: Tensor) -> Coarse:
        """Estimate.

        Args:
            image: (B, 3, H, W) in [0, 1]; H and W multiples of 32.
            trimap: (B, 1, H, W) of 0, 0.5 (unknown) and 1.
        """
        seen = torch.where(trimap == 0.5, UNKNOWN, trimap)
        x, pools = self.encoder(torch.cat([self.normalise(image), seen], dim=1))
        x = self.deconv6(self.conv6(x))  # (B, 512, H / 32, W / 32)
        for deconv, pooled in zip(self.deconvs, reversed(pools), strict=True):
            x = max_unpool(x, pooled)
            if self.skip_add:
                x = x + pooled.before
            x = deconv(x)
        return Coarse(self.prediction(x))


def start_from_vgg16(network: VggMatting, path: Path | None) -> None:
    """Start the encoder, and `fc6`, from a VGG-16 that knows ImageNet.

    The weights of the trimap's channel stay zero: at the start it has no influence.

    Args:
        network: Changed in place.
        path: Safetensors with torchvision's names; `classifier.0`, which is the first fully
            connected layer, is used if the network has `fc6`, and nothing behind it.  Without a
            file the random weights stay, and a warning is logged.

    Raises:
        WeightsError: The file is damaged, lacks a layer, or has one of another shape.
    """
    if path is None:
        _LOG.warning("encoder starts from random weights: no file of VGG-16's was given")
        return
    tensors = read_foreign(path)

    def take(name: str, shape: tuple[int, ...]) -> Tensor:
        return foreign_tensor(tensors, name, shape, path)

    pairs = []
    for number, layer in enumerate(network.encoder.features):
        if isinstance(layer, nn.Conv2d):
            assert layer.bias is not None
            weight = layer.weight[:, :3] if number == 0 else layer.weight
            pairs.append((weight, take(f"features.{number}.weight", tuple(weight.shape))))
            pairs.append((layer.bias, take(f"features.{number}.bias", tuple(layer.bias.shape))))
    fc6 = network.conv6[0]
    assert isinstance(fc6, nn.Conv2d)
    if fc6.kernel_size == (7, 7):
        assert fc6.bias is not None
        rows = take("classifier.0.weight", (fc6.out_channels, 512 * 7 * 7))
        pairs.append((fc6.weight, rows.view_as(fc6.weight)))  # channel, row, column
        pairs.append((fc6.bias, take("classifier.0.bias", tuple(fc6.bias.shape))))
    with torch.no_grad():
        for old, new in pairs:
            old.copy_(new)


def _deconv(channels: int, new_channels: int, kernel: int, has_bn: bool) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Conv2d(channels, new_channels, kernel, padding=kernel // 2)]
    if has_bn:
        layers.append(nn.BatchNorm2d(new_channels))
    return nn.Sequential(*layers, nn.ReLU(inplace=True))
