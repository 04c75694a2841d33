"""Networks built as those of SD-1.x are: of its own sizes without weights, or narrow with some."""

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, PNDMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

from penumbra.systems.dfimat.synth.sources.networks import SD_NOISE

SIDE = 64
WORDS = ("a", "man", "two", "friend", "friends")
"""Those that are one piece each; others are spelled."""


def unet_of(widths: tuple[int, ...], told: int, groups: int) -> UNet2DConditionModel:
    """Return a U-Net with the blocks of SD-1.x."""
    return UNet2DConditionModel(
        sample_size=8,
        block_out_channels=widths,
        down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
        cross_attention_dim=told,
        attention_head_dim=8,
        norm_num_groups=groups,
    )


def vae_of(widths: tuple[int, ...], groups: int, **changes: Any) -> AutoencoderKL:  # noqa: ANN401
    """Return a VAE with the blocks of SD-1.x."""
    return AutoencoderKL(
        block_out_channels=widths,
        down_block_types=("DownEncoderBlock2D",) * len(widths),
        up_block_types=("UpDecoderBlock2D",) * len(widths),
        layers_per_block=2,
        norm_num_groups=groups,
        **changes,
    )


def write_folder(folder: Path) -> Path:
    """Write narrow networks in the layout of diffusers, with a sampler that we do not use."""
    torch.manual_seed(5)
    unet_of((16, 32, 32, 32), told=24, groups=8).save_pretrained(folder / "unet")
    vae_of((8, 8, 16, 16), groups=8).save_pretrained(folder / "vae")
    PNDMScheduler(**SD_NOISE, skip_prk_steps=True).save_pretrained(folder / "scheduler")
    pieces = _write_tokenizer(folder / "tokenizer")
    config = CLIPTextConfig(
        vocab_size=pieces,
        hidden_size=24,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=77,
        bos_token_id=pieces - 2,
        eos_token_id=pieces - 1,
    )
    CLIPTextModel(config).save_pretrained(folder / "text_encoder")
    return folder


def _write_tokenizer(folder: Path) -> int:
    """Write a tokenizer that knows letters and a few words; return how many pieces it has."""
    folder.mkdir()
    letters = "abcdefghijklmnopqrstuvwxyz0123456789.,!?'-"
    pieces = [*letters, *(f"{letter}</w>" for letter in letters)]
    merges: list[str] = []
    for word in WORDS:
        before, *rest = [*word[:-1], f"{word[-1]}</w>"]
        for letter in rest:
            if (merge := f"{before} {letter}") not in merges:
                merges.append(merge)
                pieces.append(before + letter)
            before += letter
    pieces += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges, ""]))
    said = {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77}
    (folder / "tokenizer_config.json").write_text(json.dumps(said))
    return len(pieces)
