"""Automatic image matting: one encoder, a decoder of meaning and one of detail, joined.

Li, Zhang, Tao: "Deep Automatic Natural Image Matting", IJCAI 2021.  Where the paper is
silent, the sheet `aim` decides; the room's README lists it.
"""

from typing import NamedTuple

from torch import Tensor, nn

from penumbra.core.errors import require
from penumbra.nn.backbones.mobilenet import MobileNetV2
from penumbra.nn.backbones.resnet import ResNet34
from penumbra.nn.layers import Normalise
from penumbra.systems.aim.config import Config
from penumbra.systems.aim.detail import MattingDecoder
from penumbra.systems.aim.options import MULTIPLE
from penumbra.systems.aim.semantic import SemanticDecoder
from penumbra.systems.aim.small import WIDTH, SmallDetail, SmallSemantic
from penumbra.systems.aim.unified import decided, fuse, mixed


class Answer(NamedTuple):
    """What the network answers.

    Attributes:
        logits: (B, 3, H, W) of background, transition and foreground.
        matte: (B, 1, H, W) in [0, 1], meant for the transition.
        alpha: (B, 1, H, W) in [0, 1], both joined.
    """

    logits: Tensor
    matte: Tensor
    alpha: Tensor


class AimNetwork(nn.Module):
    """Image to alpha."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.normalise = Normalise()
        self.encoder: nn.Module
        self.semantic: nn.Module
        self.detail: nn.Module
        if config.size == "s":
            encoder = MobileNetV2(WIDTH, has_last=False)
            self.encoder = encoder
            self.semantic = SmallSemantic(encoder.channels, config.se, config.sa)
            self.detail = SmallDetail(encoder.channels)
        else:
            self.encoder = ResNet34(is_pooled=config.mp)
            self.semantic = SemanticDecoder(config.se, config.sa, config.ppm_align_corners)
            self.detail = MattingDecoder(config.unpool)

    def forward(self, image: Tensor) -> Answer:
        """Find the object and its opacity.

        Args:
            image: (B, 3, H, W) in [0, 1]; H and W multiples of 32.

        Raises:
            InputError: They are not; or there is a single place at the deepest layer, and
                normalisation has nothing to learn from.
        """
        height, width = image.shape[2:]
        is_right = height % MULTIPLE == 0 and width % MULTIPLE == 0
        rule = f"(height, width) of multiples of {MULTIPLE}"
        require(is_right, "image", rule, (height, width))
        is_enough = image.shape[0] * height * width > MULTIPLE**2 or not self.training
        rule = f"more than one picture of {MULTIPLE}x{MULTIPLE} pixels, to learn from"
        require(is_enough, "image", rule, tuple(image.shape))
        return self.answer(image)

    def answer(self, image: Tensor) -> Answer:
        """Do the same without looking at the size, which is not known where a graph is exported."""
        x = self.normalise(image)
        features = self.encoder(x)
        meaning = self.semantic(features)
        logits, matte = meaning.logits, self.detail(x, features, meaning).sigmoid()
        unified = decided(logits) if self.config.fusion == "hard" else mixed(logits)
        return Answer(logits, matte, fuse(unified, matte))


class Found(nn.Module):
    """The network as it runs at inference, where both parts of its answer are joined later."""

    def __init__(self, network: AimNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return the classes' probabilities, (B, 3, H, W), and the matte, (B, 1, H, W)."""
        answer = self.network.answer(image)
        return answer.logits.softmax(dim=1), answer.matte
