"""A source without diffusion: a pyramid of convolutions that learns with whoever reads it.

The sheet `smpmat`, section 2: with it the interpreter is a plain teacher of mattes.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from torch import Tensor, nn
from torch.nn.functional import interpolate

from penumbra.core.errors import require
from penumbra.nn.backbones.mobilenet import MobileNetV2
from penumbra.nn.layers import Normalise, Residual, conv_bn_relu
from penumbra.nn.weights import WeightsHeader, load_weights, read_weights, save_weights
from penumbra.systems.dfimat.synth.features import DETAIL, STRIDES, Features, Widths
from penumbra.training.resume import warm_start

ROOM, VARIANT = "dfimat", "synth-rgb"
"""What weights say of themselves."""


@dataclass(frozen=True)
class RgbConfig:
    """Sizes of the network.

    Attributes:
        side: Of the pictures, pixels; the weights fit any.
        encoder: Multiplier of MobileNetV2's channels; 0.75 has the shapes of `segment`'s.
        width: Channels of the maps.
        fine: Channels of the detail at the picture's own size.

    Raises:
        InputError: The side is no multiple of 64, or a width is not positive.
    """

    side: int = 512
    encoder: float = 0.75
    width: int = 96
    fine: int = 16

    def __post_init__(self) -> None:
        is_side = self.side > 0 and self.side % STRIDES[-1] == 0
        require(is_side, "side", f"a multiple of {STRIDES[-1]}", self.side)
        for name in ("encoder", "width", "fine"):
            value = getattr(self, name)
            require(value > 0, name, "more than 0", value)


class RgbSource(nn.Module):
    """Looks at pictures; see `FeatureSource`.  It knows no words, and its answers have gradients.

    Attributes:
        name: "rgb".
        config: Its sizes.
        side: Height and width of the pictures, pixels.
        widths: Of what it reads.

    Source:
        Lin et al., "Feature pyramid networks for object detection", CVPR 2017, section 3.
    """

    name = "rgb"

    def __init__(self, config: RgbConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or RgbConfig()
        self.side = config.side
        self.normalise = Normalise()
        self.fine = conv_bn_relu(3, config.fine)
        self.encoder = MobileNetV2(config.encoder, has_last=False)
        *finer, c8, c16, c32 = self.encoder.channels
        self.coarsest = Residual(c32, config.width, stride=2)
        self.lateral = nn.ModuleList(nn.Conv2d(it, config.width, 1) for it in (c32, c16, c8))
        self.smooth = nn.ModuleList(conv_bn_relu(config.width, config.width) for _ in self.lateral)
        detail = dict(zip(DETAIL, (config.fine, *finer), strict=True))
        self.widths = Widths(dict.fromkeys(STRIDES, config.width), {}, detail)

    def extract(self, image: Tensor, captions: Sequence[str], seed: int = 0) -> Features:
        """Read pictures.

        Args:
            image: (B, 3, side, side) in [0, 1].
            captions: One for each; they change nothing.
            seed: It changes nothing.

        Raises:
            InputError: Pictures have another side, or there are more or fewer captions.
        """
        shape = (len(captions), 3, self.side, self.side)
        require(tuple(image.shape) == shape, "image", f"of shape {shape}", tuple(image.shape))
        return self(image)

    def forward(self, image: Tensor) -> Features:
        """Return what is seen in (B, 3, side, side) in [0, 1]."""
        x = self.normalise(image)
        seen = self.encoder(x)
        coarser = self.coarsest(seen.e5)
        found = [coarser]
        finer = (seen.e5, seen.e4, seen.e3)
        for lateral, smooth, skip in zip(self.lateral, self.smooth, finer, strict=True):
            coarser = lateral(skip) + interpolate(coarser, scale_factor=2.0, mode="nearest")
            found.append(smooth(coarser))
        maps = dict(zip(STRIDES, found[::-1], strict=True))
        detail = dict(zip(DETAIL, (self.fine(x), seen.e1, seen.e2), strict=True))
        return Features(maps, {}, detail)


def load_rgb(path: Path | str, config: RgbConfig | None = None) -> RgbSource:
    """Return a source that starts from the weights of a file.

    Args:
        path: What `save_rgb` has written, or weights of another network whose encoder is this one:
            those of `segment`.
        config: Sizes of the network.

    Raises:
        WeightsError: The file is missing or damaged, or does not fit.
    """
    source = RgbSource(config)
    _, header = read_weights(path)
    if (header.room, header.variant) == (ROOM, VARIANT):
        load_weights(path, source)
    else:
        warm_start(source, str(path))
    return source


def save_rgb(path: Path | str, source: RgbSource) -> str:
    """Write the weights of a source, and return the sha256 of the file.

    Raises:
        OutputError: The file cannot be written.
    """
    header = WeightsHeader(ROOM, VARIANT, asdict(source.config), {})
    return save_weights(path, source, header)
