"""The matting network: an encoder, a decoder, rounds of semantic addition and flaw elimination.

Sun et al., semantic human matting with iterative flaw removal (SAFE-Net).  The paper gives topology
and equations; what it leaves open is decided in the sheet `safe`, and listed in the room's README.
The flaw detector learns by an objective of its own: nothing is learned through its maps.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from penumbra.core.errors import require
from penumbra.nn.backbones.mobilenet import MobileNetV2
from penumbra.nn.layers import Normalise
from penumbra.systems.safe.addition import SemanticAddition
from penumbra.systems.safe.config import Config
from penumbra.systems.safe.decoder import PaperDecoder, SmallDecoder
from penumbra.systems.safe.detector import LEAST, FlawDetector
from penumbra.systems.safe.elimination import FlawElimination
from penumbra.systems.safe.layers import Halves, unfolded
from penumbra.systems.safe.lstm import State
from penumbra.systems.safe.options import MULTIPLE
from penumbra.systems.safe.target import filtered
from penumbra.training.validation import evaluating

SMALL_WIDTH = 0.75
"""Multiplier of MobileNetV2's channels in "s", as in the segmenter whose weights it starts from."""

_EPSILON = 1e-3  # how near to 0 and 1 a matte is taken for sure before it is corrected
_INITIALISED = ("encoder.", "detector.", "elimination.memory.")


class Seen(NamedTuple):
    """What is known of a photograph before the first round.

    Attributes:
        alpha: (B, 1, H, W) in [0, 1], the first matte.
        attention: (B, 1, H, W) in [0, 1]: the same, or another head's answer.
        shallow: (B, C1, H / 2, W / 2) of the encoder.
        deep: (B, C5, H / 32, W / 32) of the encoder.
    """

    alpha: Tensor
    attention: Tensor
    shallow: Tensor
    deep: Tensor


class Answer(NamedTuple):
    """What the network answers.

    Attributes:
        alphas: Each (B, 1, H, W) in [0, 1]: of the decoder, and after each round.
        attention: (B, 1, H, W) in [0, 1].
        flaws: Each (B, 1, H, W) in [0, 1]: of the matte before each round; none where there is no
            flaw elimination.
    """

    alphas: tuple[Tensor, ...]
    attention: Tensor
    flaws: tuple[Tensor, ...]

    @property
    def alpha(self) -> Tensor:
        """The last matte."""
        return self.alphas[-1]


class SafeNetwork(nn.Module):
    """Image to alpha, in rounds."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        is_small = config.size == "s"
        width, stride = config.width, config.refine_stride
        self.normalise: nn.Module = Normalise() if config.norm == "imagenet" else Halves()
        self.encoder = MobileNetV2(SMALL_WIDTH if is_small else 1.0, has_last=config.e5 == 1280)
        channels = self.encoder.channels
        self.decoder: PaperDecoder | SmallDecoder
        self.decoder = (SmallDecoder if is_small else PaperDecoder)(channels, width)
        self.addition: SemanticAddition | None = None
        self.attention: nn.Conv2d | None = None
        self.elimination: FlawElimination | None = None
        self.head: nn.Conv2d | None = None
        self.detector: FlawDetector | None = None
        if config.sam:
            self.addition = SemanticAddition(width, channels[-1], stride, is_small)
            if config.att_s == "separate":
                self.attention = nn.Conv2d(width, self.decoder.stride**2, 3, padding=1)
            if config.fem == "off":
                self.head = nn.Conv2d(width, stride**2, 3, padding=1)
            else:
                has_peephole = config.peephole == "channel"
                self.elimination = FlawElimination(
                    width, channels[0], stride, has_peephole, is_small
                )
        if config.has_detector:
            self.detector = FlawDetector(is_small)
        self._initialise()

    def forward(
        self, image: Tensor, rounds: int | None = None, is_detached: bool = False
    ) -> Answer:
        """Find people and refine their matte.

        Args:
            image: (B, 3, H, W) in [0, 1]; H and W multiples of 32, at least 64.
            rounds: How many; as many as are trained if omitted.  Without semantic addition there
                are none.
            is_detached: Whether a round's loss stops at the matte before it.

        Raises:
            InputError: H and W are not as above.
        """
        height, width = image.shape[2:]
        is_right = height % MULTIPLE == width % MULTIPLE == 0 and min(height, width) >= LEAST
        rule = f"(height, width) of multiples of {MULTIPLE} and at least {LEAST}"
        require(is_right, "image", rule, (height, width))
        seen = self.look(image)
        count = self.config.train_iters if rounds is None else rounds
        alpha, state = seen.alpha, self.start(image)
        alphas, flaws = [alpha], []
        for _ in range(count if self.addition is not None else 0):
            before = alpha.detach() if is_detached else alpha
            guide = self.guide(image, before)
            alpha, state = self.round(image, seen, before, guide, state)
            alphas.append(alpha)
            if self.elimination is not None:
                flaws.append(guide)
        return Answer(tuple(alphas), seen.attention, tuple(flaws))

    def look(self, image: Tensor) -> Seen:
        """Do what comes before the rounds."""
        x = self.normalise(image)
        features = self.encoder(x)
        fine = self.decoder(x, features)
        stride = self.decoder.stride
        alpha = unfolded(self.decoder.head(fine), stride).float().sigmoid()
        attention = alpha
        if self.attention is not None:
            attention = unfolded(self.attention(fine), stride).float().sigmoid()
        return Seen(alpha, attention, features.e1, features.e5)

    def start(self, image: Tensor) -> State:
        """Return the state before the first round: nothing is remembered of other pictures."""
        batch, _, height, width = image.shape
        stride = self.config.refine_stride
        nothing = image.new_zeros(batch, self.config.width, height // stride, width // stride)
        return State(nothing, nothing)

    def detect(self, image: Tensor, alpha: Tensor) -> Tensor:
        """Return the detector's map of a matte, (B, 1, H, W); where it learns, that learns."""
        assert self.detector is not None, "asked for only where there is one"
        plane = self.detector(self.normalise(image), alpha).float()
        return plane.sigmoid() if self.config.fd_out == "sigmoid" else plane

    def guide(self, image: Tensor, alpha: Tensor) -> Tensor:
        """Return the flaws of a matte as a round is told them, (B, 1, H, W) in [0, 1].

        Nothing is learned through them, and the detector does not adapt to what it sees here.
        """
        if self.detector is None:
            return torch.zeros_like(alpha)
        with torch.no_grad(), evaluating(self.detector):
            plane = self.detect(image, alpha.detach())
            plane = filtered(plane) if self.config.fm_post == "gct" else plane
            return plane.clamp(0, 1)

    def round(
        self, image: Tensor, seen: Seen, alpha: Tensor, flaws: Tensor, state: State
    ) -> tuple[Tensor, State]:
        """Return the next matte, (B, 1, H, W) in [0, 1], and what is remembered."""
        assert self.addition is not None, "without it there are no rounds"
        x = self.addition(self.normalise(image), alpha, seen.attention, seen.deep)
        if self.elimination is not None:
            logits, state = self.elimination(flaws, seen.shallow, x, state)
        else:
            assert self.head is not None
            logits = unfolded(self.head(x), self.config.refine_stride)
        logits = logits.float()
        if self.config.residual:
            given = alpha.clamp(_EPSILON, 1 - _EPSILON)
            logits = logits + given.log() - (1 - given).log()
        return logits.sigmoid(), state

    def _initialise(self) -> None:
        """Start from He's initialisation, but for parts that have another."""
        for name, module in self.named_modules():
            if isinstance(module, nn.Conv2d) and not name.startswith(_INITIALISED):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        if self.elimination is not None and self.config.train_iters == 1:
            self.elimination.memory.start_without_memory()
        last = self.head if self.elimination is None else self.elimination.head
        if self.config.residual and last is not None:
            # So that an untrained round leaves the matte as it is.
            for parameter in last.parameters():
                nn.init.zeros_(parameter)
