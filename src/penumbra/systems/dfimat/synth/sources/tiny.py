"""A small network of diffusion with the topology of SD-1.x.

The sheet `smpmat`, section 2.2.  It is here for tests of shapes, and to show on a CPU how things
go together; whether its weights are random or were learned in an hour, it never stands for the
generator of the paper.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss, mse_loss

from penumbra.core.errors import WeightsError, require
from penumbra.nn.weights import WeightsHeader, config_of, load_weights, read_weights, save_weights
from penumbra.systems.dfimat.synth.features import STRIDES
from penumbra.systems.dfimat.synth.sources.captions import PhraseReader
from penumbra.systems.dfimat.synth.sources.diffusion import DiffusionSource, Reading
from penumbra.systems.dfimat.synth.sources.extra import needs_synth
from penumbra.systems.dfimat.synth.sources.networks import SD_NOISE, STEPS, Networks, ddim
from penumbra.systems.dfimat.text.encoder import Name
from penumbra.systems.dfimat.text.phrases import WIDTH

if TYPE_CHECKING:
    from diffusers import AutoencoderKL, UNet2DConditionModel

ROOM, VARIANT = "dfimat", "synth-tiny"
"""What weights say of themselves."""

_GROWTH = (1, 2, 4, 4)  # channels of a level, in those of the first
_HEADS = 8
_GROUPS = 8  # of GroupNorm
_KL = 1e-3  # weight of how far latents may be from a normal distribution


@dataclass(frozen=True)
class TinyConfig:
    """Sizes of the networks.

    Attributes:
        side: Of the pictures, pixels.
        width: Channels of the U-Net's first level; the others have 2, 4 and 4 times as many.
        vae_width: The same of the VAE.
        text: What reads captions.

    Raises:
        InputError: The side is no multiple of 64, or a width none of 8.
    """

    side: int = 128
    width: int = 32
    vae_width: int = 16
    text: Name = "minilm"

    def __post_init__(self) -> None:
        for name, multiple in (("side", STRIDES[-1]), ("width", _GROUPS), ("vae_width", _GROUPS)):
            value = getattr(self, name)
            is_right = value > 0 and value % multiple == 0
            require(is_right, name, f"a multiple of {multiple}", value)


class TinyNetworks(nn.Module):
    """U-Net and VAE, with weights from the global generator.

    Raises:
        WeightsError: The extra `synth` is not installed.
    """

    unet: "UNet2DConditionModel"
    vae: "AutoencoderKL"

    def __init__(self, config: TinyConfig) -> None:
        super().__init__()
        with needs_synth():
            from diffusers import AutoencoderKL, UNet2DConditionModel
        crossing = len(_GROWTH) - 1
        self.unet = UNet2DConditionModel(
            sample_size=config.side // STRIDES[0],
            block_out_channels=tuple(config.width * by for by in _GROWTH),
            down_block_types=("CrossAttnDownBlock2D",) * crossing + ("DownBlock2D",),
            up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * crossing,
            cross_attention_dim=WIDTH,
            attention_head_dim=_HEADS,
            norm_num_groups=_GROUPS,
        )
        self.vae = AutoencoderKL(
            sample_size=config.side,
            block_out_channels=tuple(config.vae_width * by for by in _GROWTH),
            down_block_types=("DownEncoderBlock2D",) * len(_GROWTH),
            up_block_types=("UpDecoderBlock2D",) * len(_GROWTH),
            norm_num_groups=_GROUPS,
            scaling_factor=1.0,
        )


def make_tiny(
    config: TinyConfig | None = None,
    seed: int = 0,
    device: torch.device | str = "cpu",
    reading: Reading | None = None,
) -> DiffusionSource:
    """Return the small source with random weights.

    Args:
        config: Of the networks.
        seed: Of the weights.
        device: For everything.
        reading: How pictures are read.

    Raises:
        WeightsError: The extra `synth` or the text encoder is not installed.
    """
    config = config or TinyConfig()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        networks = TinyNetworks(config)
    return _source(config, networks, device, reading)


def load_tiny(
    path: Path | str, device: torch.device | str = "cpu", reading: Reading | None = None
) -> DiffusionSource:
    """Return the small source with the weights of a file, which says its sizes.

    Raises:
        WeightsError: The file is missing or damaged or of something else, or the extra `synth` or
            the text encoder is not installed.
    """
    _, header = read_weights(path)
    if (header.room, header.variant) != (ROOM, VARIANT):
        found = f"those of {header.room} {header.variant}"
        raise WeightsError(f"{path} must hold weights of {ROOM} {VARIANT}, got {found}")
    config = config_of(TinyConfig, header.config)
    networks = TinyNetworks(config)
    load_weights(path, networks)
    return _source(config, networks, device, reading)


def save_tiny(path: Path | str, source: DiffusionSource, config: TinyConfig) -> str:
    """Write the weights of a small source, and return the sha256 of the file.

    Raises:
        OutputError: The file cannot be written.
    """
    networks = nn.ModuleDict({"unet": source.networks.unet, "vae": source.networks.vae})
    return save_weights(path, networks, WeightsHeader(ROOM, VARIANT, asdict(config), {}))


def denoising_loss(
    source: DiffusionSource, image: Tensor, captions: list[str], generator: torch.Generator
) -> Tensor:
    """Return how far the U-Net's guess is from the noise in pictures; its weights can learn of it.

    Args:
        source: Of the networks.
        image: (B, 3, side, side) in [0, 1].
        captions: One for each.
        generator: Of steps and noise, on the CPU.

    Returns:
        The mean squared error.

    Source:
        Ho et al., "Denoising diffusion probabilistic models", NeurIPS 2020, eq. 14.
    """
    networks = source.networks
    with torch.no_grad():
        latent = networks.encode(image)
        context = source.context(captions)
    noise = torch.randn(latent.shape, generator=generator).to(latent.device)
    steps = torch.randint(STEPS, (len(latent),), generator=generator).to(latent.device)
    noisy = networks.schedule.add_noise(latent, noise, steps)
    return mse_loss(networks.guess(noisy, steps, context.vectors), noise)


def picture_loss(source: DiffusionSource, image: Tensor, generator: torch.Generator) -> Tensor:
    """Return how far the VAE's answer is from pictures; it learns before the U-Net does.

    Args:
        source: Of the networks.
        image: (B, 3, side, side) in [0, 1].
        generator: Of the draw of latents, on the CPU.

    Returns:
        The mean absolute error of pictures in [-1, 1], and a little of the distance of latents
        from a normal distribution, which keeps them in the range that the U-Net's noise has.

    Source:
        Kingma and Welling, "Auto-encoding variational Bayes", ICLR 2014, eq. 10.
    """
    vae = source.networks.vae
    wanted = image.to(vae.device) * 2 - 1
    found = vae.encode(wanted).latent_dist
    noise = torch.randn(found.mean.shape, generator=generator).to(vae.device)
    answer = vae.decode(found.mean + found.std * noise).sample
    distance = (found.mean.square() + found.var - 1 - found.logvar).mean() / 2
    return l1_loss(answer, wanted) + _KL * distance


def _source(
    config: TinyConfig,
    made: TinyNetworks,
    device: torch.device | str,
    reading: Reading | None,
) -> DiffusionSource:
    made.to(device).eval()
    networks = Networks(made.unet, made.vae, ddim(SD_NOISE), PhraseReader(config.text))
    return DiffusionSource("tiny", config.side, networks, reading)
