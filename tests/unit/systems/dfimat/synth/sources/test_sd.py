"""Stable Diffusion from a folder."""

import shutil
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.testing import assert_close

from penumbra.core.errors import WeightsError
from penumbra.systems.dfimat.synth.sources.diffusion import DiffusionSource, Reading
from penumbra.systems.dfimat.synth.sources.sd import FOLDERS, load_sd
from tests.unit.systems.dfimat.synth.sources.folders import SIDE, unet_of


@pytest.fixture
def copied(sd_folder: Path, tmp_path: Path) -> Path:
    """A folder that may be broken."""
    return Path(shutil.copytree(sd_folder, tmp_path / "sd"))


def test_a_folder_is_loaded(sd_folder: Path, narrow: DiffusionSource) -> None:
    """What is in its files is what is used, frozen and ready to answer."""
    networks = narrow.networks
    written = load_file(sd_folder / "unet" / "diffusion_pytorch_model.safetensors")

    assert narrow.name == "sd"
    assert narrow.side == SIDE
    assert narrow.widths.maps == {8: 128, 16: 208, 32: 224, 64: 224}
    for name, it in networks.unet.state_dict().items():
        assert_close(it, written[name], rtol=0, atol=0)
    for part in (networks.unet, networks.vae):
        assert not part.training
        assert not any(it.requires_grad for it in part.parameters())


def test_the_sampler_is_ours(narrow: DiffusionSource) -> None:
    """Folders come with another one, whose noise is kept and whose type is not."""
    config = narrow.networks.schedule.config

    assert type(narrow.networks.schedule).__name__ == "DDIMScheduler"
    assert (config.beta_start, config.beta_end) == (0.00085, 0.012)
    assert config.beta_schedule == "scaled_linear"
    assert (config.clip_sample, config.set_alpha_to_one, config.steps_offset) == (False, False, 1)


def test_it_can_be_asked_for_otherwise(sd_folder: Path) -> None:
    """Another side, 16-bit floats of the U-Net alone, and how it reads."""
    source = load_sd(sd_folder, 128, reading=Reading(has_detail=False), is_half=True)

    assert source.side == 128
    assert not source.reading.has_detail
    assert source.networks.unet.dtype == torch.float16
    assert source.networks.vae.dtype == torch.float32


def test_old_names_of_the_text_encoder_are_known(copied: Path, narrow: DiffusionSource) -> None:
    """The published folders were written when its tensors had a prefix, and there was one more."""
    path = copied / "text_encoder" / "model.safetensors"
    renamed = {f"text_model.{name}": it for name, it in load_file(path).items()}
    renamed["text_model.embeddings.position_ids"] = torch.arange(77)[None]
    save_file(renamed, path, metadata={"format": "pt"})

    source = load_sd(copied, SIDE)

    told = source.context(["two friends"]).vectors
    assert_close(told, narrow.context(["two friends"]).vectors)


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_must_be_complete(copied: Path, name: str) -> None:
    """What is missing is said by its name."""
    shutil.rmtree(copied / name)

    with pytest.raises(WeightsError, match=f"must have the layout of diffusers, got no {name}"):
        load_sd(copied)


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("unet", "diffusion_pytorch_model.safetensors"),
        ("vae", "config.json"),
        ("text_encoder", "model.safetensors"),
        ("tokenizer", "vocab.json"),
        ("scheduler", "scheduler_config.json"),
    ],
)
@pytest.mark.parametrize("is_cut", [True, False])
def test_a_damaged_part_is_named(copied: Path, folder: str, name: str, is_cut: bool) -> None:
    """Whatever the libraries raise, which is of many kinds."""
    path = copied / folder / name
    data = path.read_bytes()
    path.unlink()
    if is_cut:
        path.write_bytes(data[:100])

    with pytest.raises(WeightsError, match=f"{folder} of .* must be whole"):
        load_sd(copied)


@pytest.mark.parametrize(
    ("path", "tensor"),
    [
        ("unet/diffusion_pytorch_model.safetensors", "conv_in.bias"),
        ("text_encoder/model.safetensors", "final_layer_norm.weight"),
    ],
)
def test_no_weight_is_made_up(copied: Path, path: str, tensor: str) -> None:
    """The libraries draw at random what a file lacks, and only log it."""
    whole = load_file(copied / path)
    del whole[tensor]
    save_file(whole, copied / path, metadata={"format": "pt"})

    with pytest.raises(WeightsError, match=f"must be whole, got no {tensor}"):
        load_sd(copied)


def test_pickles_are_not_read(copied: Path) -> None:
    """Weights are safetensors, though folders may hold others."""
    path = copied / "unet" / "diffusion_pytorch_model.safetensors"
    torch.save(load_file(path), path.with_suffix(".bin"))
    path.unlink()

    with pytest.raises(WeightsError, match=r"unet of .* must be whole"):
        load_sd(copied)


def test_networks_must_fit_each_other(copied: Path) -> None:
    """A U-Net of another version is told vectors of another width."""
    unet_of((8, 8, 8, 8), told=32, groups=8).save_pretrained(copied / "unet")

    message = "vectors of words must have the U-Net's 32 channels, got 24"
    with pytest.raises(WeightsError, match=message):
        load_sd(copied)


@pytest.mark.parametrize("weights", ["nowhere", "/no/such/folder", Path("no/folder")])
def test_what_is_neither_folder_nor_name_is_refused(weights: str | Path) -> None:
    """Without asking a hub for it."""
    with pytest.raises(WeightsError, match="weights of sd must be a folder in the layout"):
        load_sd(weights)


@pytest.mark.filterwarnings("ignore:The `local_dir_use_symlinks` argument:UserWarning")
def test_a_hub_that_is_out_of_reach_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name is handed on; that there is nothing behind it is an error of weights."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)

    with pytest.raises(WeightsError, match="unet of penumbra-tests/nothing must be whole"):
        load_sd("penumbra-tests/nothing")


@pytest.mark.parametrize("name", ["diffusers", "transformers"])
def test_a_missing_extra_is_named(
    sd_folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the command that installs it."""
    monkeypatch.setitem(sys.modules, name, None)

    with pytest.raises(WeightsError, match=rf'pip install "penumbra\[synth\]"\), got no {name}'):
        load_sd(sd_folder)
