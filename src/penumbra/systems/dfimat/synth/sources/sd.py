"""Stable Diffusion 1.x as a source, from weights that the operator brings.

The sheet `smpmat`, sections 2.1 and 11.  Weights have the layout of diffusers: one folder each for
U-Net, VAE, text encoder, tokenizer and scheduler, in safetensors.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch

from penumbra.core.errors import WeightsError
from penumbra.systems.dfimat.synth.sources.captions import ClipReader
from penumbra.systems.dfimat.synth.sources.diffusion import DiffusionSource, Reading
from penumbra.systems.dfimat.synth.sources.extra import needs_synth
from penumbra.systems.dfimat.synth.sources.networks import Networks, ddim

SIDE = 512
"""Of the pictures that SD-1.x knows."""

FOLDERS = ("unet", "vae", "text_encoder", "tokenizer", "scheduler")
"""Of the layout."""

_HUB_NAME = re.compile(r"[\w-][\w.-]*/[\w.-]+")


def load_sd(
    weights: Path | str,
    side: int = SIDE,
    device: torch.device | str = "cpu",
    reading: Reading | None = None,
    is_half: bool = False,
) -> DiffusionSource:
    """Return Stable Diffusion as a source; frozen.

    Args:
        weights: A folder, or a name of the hub that the folder would come from.
        side: Of the pictures, pixels.
        device: For everything.
        reading: How pictures are read.
        is_half: Whether the U-Net has 16-bit floats.

    Raises:
        InputError: The side is no multiple of 64.
        WeightsError: The extra `synth` is not installed, weights are missing or damaged, or they
            are not those of a network that is built as SD-1.x is.
    """
    place = _place_of(weights)
    with needs_synth():
        networks = _load(place, device, torch.float16 if is_half else torch.float32)
    return DiffusionSource("sd", side, networks, reading)


def _load(place: str, device: torch.device | str, dtype: torch.dtype) -> Networks:
    from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
    from transformers import CLIPTextModel, CLIPTokenizer

    def network(kind: Any, folder: str, **options: object) -> Any:  # noqa: ANN401 - theirs
        with _whole(place, folder):
            # Else weights that are missing would be drawn at random.
            made, found = kind.from_pretrained(
                place, subfolder=folder, use_safetensors=True, output_loading_info=True, **options
            )
        if missing := sorted(found["missing_keys"]):
            raise WeightsError(f"{folder} of {place} must be whole, got no {missing[0]}")
        return made.to(device).eval().requires_grad_(False)

    unet = network(UNet2DConditionModel, "unet", torch_dtype=dtype)
    vae = network(AutoencoderKL, "vae", torch_dtype=torch.float32)
    encoder = network(CLIPTextModel, "text_encoder", dtype=torch.float32)
    with _whole(place, "tokenizer"):
        tokenizer = CLIPTokenizer.from_pretrained(place, subfolder="tokenizer")
    with _whole(place, "scheduler"):
        schedule = ddim(DDIMScheduler.load_config(place, subfolder="scheduler"))
    return Networks(unet, vae, schedule, ClipReader(tokenizer, encoder))


@contextmanager
def _whole(place: str, folder: str) -> Iterator[None]:
    """Translate whatever the libraries say of a part that they cannot load."""
    try:
        yield
    except ImportError:
        raise
    except Exception as error:  # their readers raise everything, plain `Exception` included
        reason = str(error).strip().partition("\n")[0]
        raise WeightsError(f"{folder} of {place} must be whole, got {reason!r}") from error


def _place_of(weights: Path | str) -> str:
    """Return a folder that has all that is needed, or a name of the hub."""
    folder = Path(weights)
    if folder.is_dir():
        if missing := [name for name in FOLDERS if not (folder / name).is_dir()]:
            listed = ", ".join(missing)
            raise WeightsError(f"{folder} must have the layout of diffusers, got no {listed}")
        return str(folder)
    if isinstance(weights, str) and _HUB_NAME.fullmatch(weights):
        return weights
    rule = "a folder in the layout of diffusers, or a name of the hub"
    raise WeightsError(f"weights of sd must be {rule}, got {str(weights)!r}")
