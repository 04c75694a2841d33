"""A source and the interpreter as one network: a picture to the opacity of each person in it.

The sheet `smpmat`, sections 2 and 3.
"""

import re
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from penumbra.core.errors import WeightsError, require
from penumbra.nn.weights import config_of, load_weights, read_weights
from penumbra.systems.dfimat.synth.features import Features, FeatureSource
from penumbra.systems.dfimat.synth.interpreter.config import MULTIPLE, SIDES, Config
from penumbra.systems.dfimat.synth.interpreter.network import Answer, Interpreter
from penumbra.systems.dfimat.synth.reading import Answers
from penumbra.systems.dfimat.synth.sources.loading import load_source
from penumbra.systems.dfimat.synth.sources.words import means_people
from penumbra.systems.dfimat.text.encoder import load_text_encoder

ROOM = "dfimat.synth.interpreter"
"""What weights say of themselves, and what `penumbra train` calls it."""

_WORD = re.compile(r"[^\W_]+")
_MOST = 8  # queries whose alphas are drawn at a time


class Reader(nn.Module):
    """Looks at pictures through a source and reads who is there.

    The parts of a source that is a module learn, and have the names that they have there, so that
    weights of another network with the same encoder fit.  Any other source is frozen: neither
    saved nor copied with the network.

    Args:
        config: Of the interpreter.
        source: What looks.
    """

    def __init__(self, config: Config, source: FeatureSource) -> None:
        super().__init__()
        self.config = config
        self._held = _Held(source)
        if isinstance(source, nn.Module):
            for name, part in source.named_children():
                self.add_module(name, part)
        self.interpreter = Interpreter(config, source.widths)

    @property
    def source(self) -> FeatureSource:
        """What looks."""
        return self._held.source

    def forward(self, image: Tensor, captions: Sequence[str], seed: int = 0) -> Answer:
        """Look at pictures and read them.

        Args:
            image: (B, 3, H, W) in [0, 1]; H and W the side of a frozen source, or else any
                multiples of 64.
            captions: One for each; "" for none.
            seed: Of the noise that a diffusion model adds.

        Raises:
            InputError: H and W are not so.
        """
        height, width = image.shape[2:]
        is_right = height % MULTIPLE == 0 and width % MULTIPLE == 0
        rule = f"(height, width) of multiples of {MULTIPLE}"
        require(is_right, "image", rule, (height, width))
        source = self.source
        if isinstance(source, nn.Module):
            return self.read(source(image), captions)
        with torch.no_grad():
            features = source.extract(image, captions, seed)
        return self.read(moved(features, image.device), captions)

    def read(self, features: Features, captions: Sequence[str]) -> Answer:
        """Read what the source has seen of pictures, painted ones among them."""
        if self.config.text == "none":
            return self.interpreter(features)
        phrases = [" ".join(it.words[: it.people]) for it in features.tokens]
        if not phrases:
            phrases = [" ".join(filter(means_people, _WORD.findall(it))) for it in captions]
        said = load_text_encoder(self.config.text).encode(phrases).sentence
        return self.interpreter(features, torch.from_numpy(said).to(features.maps[8].device))

    @torch.no_grad()
    def answers(self, answer: Answer, is_coarse: bool = False) -> list[Answers]:
        """Return what all queries say of each picture, (N, H, W).

        Args:
            answer: Of this network, in evaluation mode.
            is_coarse: Whether alphas are the masks of stride 8, enlarged.
        """
        human = answer.human.float().sigmoid()
        numbers = torch.arange(human.shape[1], device=human.device).expand(len(human), -1)
        if is_coarse:
            answer = answer._replace(fine=None)
        drawn = [
            self.interpreter.alphas(answer, some) for some in torch.split(numbers, _MOST, dim=1)
        ]
        alphas = torch.cat(drawn, dim=1).float().sigmoid()
        pairs = zip(alphas.cpu().numpy(), human.cpu().numpy(), strict=True)
        return [Answers(*pair) for pair in pairs]


class _Held:
    """A source, which would be a child of the network if that held it itself."""

    def __init__(self, source: FeatureSource) -> None:
        self.source = source

    def __deepcopy__(self, memo: dict[int, Any]) -> "_Held":
        return _Held(deepcopy(self.source, memo)) if isinstance(self.source, nn.Module) else self


def moved(features: Features, device: torch.device) -> Features:
    """Return features on a device."""
    maps, attention, detail = (
        {stride: plane.to(device) for stride, plane in planes.items()}
        for planes in (features.maps, features.attention, features.detail)
    )
    return Features(maps, attention, detail, features.tokens)


def make_reader(config: Config, weights: str | None = None) -> Reader:
    """Return an untrained interpreter behind its source.

    Args:
        config: Of the interpreter.
        weights: Of the source, see `load_source`.

    Raises:
        WeightsError: As `load_source`.
    """
    # Whoever learns from plain pictures needs no diffusion.
    if config.source == "rgb":
        return Reader(config, load_source("rgb", weights, SIDES["rgb"]))
    from penumbra.systems.dfimat.synth.sources.diffusion import Reading

    is_fine = config.alpha_head == "full" and config.has_detail
    reading = Reading(timestep=config.timestep, has_detail=is_fine)
    has_cuda = torch.cuda.is_available()
    device = "cuda" if has_cuda else "cpu"
    source = load_source(config.source, weights, device=device, reading=reading, is_half=has_cuda)
    return Reader(config, source)


def load_reader(path: Path | str, weights: str | None = None) -> Reader:
    """Return a trained interpreter behind its source, in evaluation mode.

    Args:
        path: Weights that training wrote.
        weights: Of a frozen source, see `load_source`.

    Raises:
        WeightsError: The file is missing or damaged, or of another network; or as `load_source`.
    """
    _, header = read_weights(path)
    if header.room != ROOM:
        raise WeightsError(f"{path} must hold weights of {ROOM}, got those of {header.room}")
    reader = make_reader(config_of(Config, header.config), weights)
    load_weights(path, reader)
    return reader.eval()
