"""The networks of a source of diffusion, as one thing.

The sheet `smpmat`, section 2.1.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn

from penumbra.core.errors import WeightsError
from penumbra.systems.dfimat.synth.features import STRIDES
from penumbra.systems.dfimat.synth.sources.captions import CaptionReader
from penumbra.systems.dfimat.synth.sources.hooks import decoder_taps, tapped

if TYPE_CHECKING:
    from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel

STEPS = 1000
"""Of noise that the networks know."""

FACTOR = STRIDES[0]
"""Pixels per cell of a latent."""

SD_NOISE = {
    "num_train_timesteps": STEPS,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
}
"""How noise grows where SD-1.x learns."""

# What a folder's own sampler may not say, or say for a sampler of another type.
_SAMPLING = {"clip_sample": False, "set_alpha_to_one": False, "steps_offset": 1}


class Decoded(NamedTuple):
    """Latents as pictures.

    Attributes:
        image: (B, 3, 8 h, 8 w) in [0, 1].
        detail: As in `Features`.
    """

    image: Tensor
    detail: Mapping[int, Tensor]


@dataclass(frozen=True, eq=False)
class Networks:
    """The networks, all on one device.

    Attributes:
        unet: Guesses the noise in latents.
        vae: From pictures to latents, of an eighth of the side, and back.
        schedule: How much noise there is at which step; see `ddim`.
        reader: Of captions.

    Raises:
        WeightsError: The latents of U-Net and VAE differ, or the vectors of U-Net and reader.
    """

    unet: "UNet2DConditionModel"
    vae: "AutoencoderKL"
    schedule: "DDIMScheduler"
    reader: CaptionReader

    def __post_init__(self) -> None:
        for name, given, wanted in (
            ("latents", self.vae.config.latent_channels, self.unet.config.in_channels),
            ("vectors of words", self.reader.width, self.unet.config.cross_attention_dim),
        ):
            if given != wanted:
                raise WeightsError(f"{name} must have the U-Net's {wanted} channels, got {given}")

    @property
    def is_half(self) -> bool:
        """Whether the U-Net has 16-bit floats."""
        return self.unet.dtype.itemsize == 2

    @cached_property
    def fingerprint(self) -> str:
        """The sha256 of U-Net and VAE, in hexadecimal: what a picture was painted by."""
        found = sha256()
        for part in (self.unet, self.vae):
            for name, tensor in sorted(part.state_dict().items()):
                found.update(name.encode())
                found.update(tensor.cpu().contiguous().flatten().view(torch.uint8).numpy())
        return found.hexdigest()

    def encode(self, image: Tensor) -> Tensor:
        """Return latents, (B, 4, H / 8, W / 8), of (B, 3, H, W) in [0, 1]: the likeliest ones."""
        encoded = self.vae.encode(image.to(self.vae.device) * 2 - 1).latent_dist.mode()
        return encoded * self.vae.config.scaling_factor

    def decode(self, latent: Tensor, has_detail: bool) -> Decoded:
        """Return the pictures of latents, and if wanted what the decoder saw on the way."""
        with tapped(decoder_taps(self.vae) if has_detail else []) as kept:
            image = self.vae.decode(latent / self.vae.config.scaling_factor).sample
        detail = {stride: answers[0] for stride, answers in kept.items()}
        return Decoded((image / 2 + 0.5).clamp(0, 1), detail)

    def guess(self, latent: Tensor, timestep: int | Tensor, vectors: Tensor) -> Tensor:
        """Return the U-Net's answer, float32 and of the latents' shape.

        Args:
            latent: (B, 4, h, w), with noise.
            timestep: How much of it; one for all, or one for each, (B,).
            vectors: (B, L, C), what the U-Net is told.
        """
        dtype = self.unet.dtype
        told = vectors.to(dtype)
        return self.unet(latent.to(dtype), timestep, encoder_hidden_states=told).sample.float()

    def noise(self, side: int, seed: int) -> Tensor:
        """Return noise for one picture; drawn on the CPU, so that no device changes it."""
        shape = (1, self.unet.config.in_channels, side // FACTOR, side // FACTOR)
        generator = torch.Generator().manual_seed(seed)
        return torch.randn(shape, generator=generator).to(self.unet.device)

    @contextmanager
    def in_float32(self) -> Iterator[None]:
        """Let the U-Net have 32-bit floats inside of the block; the way back loses nothing."""
        dtype = self.unet.dtype
        # Torch's own `to`: that of diffusers warns each time.
        nn.Module.to(self.unet, torch.float32)
        try:
            yield
        finally:
            nn.Module.to(self.unet, dtype)


def ddim(config: Mapping[str, Any]) -> "DDIMScheduler":
    """Return the sampler for networks, whatever sampler their folder was packed with.

    Args:
        config: How noise grew when the networks learned, and what they guess.
    """
    from diffusers import DDIMScheduler

    schedule: DDIMScheduler = DDIMScheduler.from_config({**config, **_SAMPLING})
    return schedule
