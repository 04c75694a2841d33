"""Sources by name."""

from pathlib import Path

import pytest
import torch

from penumbra.core.errors import InputError, WeightsError
from penumbra.systems.dfimat.synth.sources import tiny
from penumbra.systems.dfimat.synth.sources.diffusion import Reading
from penumbra.systems.dfimat.synth.sources.loading import load_painter, load_source
from penumbra.systems.dfimat.synth.sources.rgb import RgbConfig, RgbSource, save_rgb
from penumbra.systems.dfimat.synth.sources.tiny import TinyConfig, make_tiny, save_tiny

SMALL = TinyConfig(side=64, width=8, vae_width=8, text="toy")


def test_a_name_must_be_known() -> None:
    """The list is in the message, and of painters it is shorter."""
    with pytest.raises(InputError, match="source must be one of sd, tiny, rgb, got 'sdxl'"):
        load_source("sdxl")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="painter must be one of sd, tiny, got 'rgb'"):
        load_painter("rgb")


def test_sd_needs_weights() -> None:
    """None are chosen for the operator, who must agree to their terms."""
    with pytest.raises(WeightsError, match=r"weights of sd must be a folder .*, got none"):
        load_source("sd")


def test_sd_is_loaded(sd_folder: Path) -> None:
    """With what it is asked for."""
    source = load_source("sd", sd_folder, 64, reading=Reading(attention="full"), is_half=True)

    assert (source.name, source.side) == ("sd", 64)
    assert source.widths.attention[8] == 40 * 77


def test_sd_has_the_side_that_it_learned(sd_folder: Path) -> None:
    """512 pixels."""
    assert load_source("sd", sd_folder).side == 512


def test_rgb_is_ready_to_answer(tmp_path: Path) -> None:
    """With random weights or those of a file."""
    torch.manual_seed(2)
    save_rgb(tmp_path / "rgb.safetensors", RgbSource(RgbConfig()))

    for weights in (None, tmp_path / "rgb.safetensors"):
        source = load_source("rgb", weights, side=64)

        assert isinstance(source, RgbSource)
        assert source.side == 64
        assert not source.training


def test_tiny_has_the_weights_of_its_file(tmp_path: Path) -> None:
    """Whose side is that of the file; without one they are random, and always the same."""
    written = make_tiny(SMALL, seed=4)
    save_tiny(tmp_path / "tiny.safetensors", written, SMALL)

    source = load_painter("tiny", tmp_path / "tiny.safetensors")

    assert (source.name, source.side) == ("tiny", 64)
    assert source.networks.fingerprint == written.networks.fingerprint  # type: ignore[attr-defined]
    with pytest.raises(InputError, match="side must be 64, as its weights say, got 128"):
        load_painter("tiny", tmp_path / "tiny.safetensors", side=128)


def test_tiny_without_a_file_is_random(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of any side that is a multiple of 64; it reads captions by MiniLM, which need not be here."""
    made = []

    def make(config: TinyConfig, **rest: object) -> str:
        made.append(config)
        return "made"

    monkeypatch.setattr(tiny, "make_tiny", make)

    load_painter("tiny")
    load_source("tiny", side=192)

    assert made == [TinyConfig(side=128, text="minilm"), TinyConfig(side=192, text="minilm")]
