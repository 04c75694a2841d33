"""The small network of diffusion."""

import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from penumbra.core.errors import InputError, WeightsError
from penumbra.nn.weights import read_weights
from penumbra.systems.dfimat.synth.features import STRIDES
from penumbra.systems.dfimat.synth.sources.diffusion import DiffusionSource
from penumbra.systems.dfimat.synth.sources.rgb import RgbConfig, RgbSource, save_rgb
from penumbra.systems.dfimat.synth.sources.tiny import (
    TinyConfig,
    denoising_loss,
    load_tiny,
    make_tiny,
    picture_loss,
    save_tiny,
)

TOY = TinyConfig(text="toy")
SMALL = TinyConfig(side=64, width=8, vae_width=8, text="toy")


def _pictures(count: int, side: int = 128) -> Tensor:
    """Disks on a ramp, which a network can learn."""
    places = (torch.arange(side) + 0.5) / side
    image = torch.stack([places.expand(side, -1), places[:, None].expand(-1, side)])
    image = torch.cat([image, 1 - image[:1]]).repeat(count, 1, 1, 1)
    for number in range(count):
        centre = (number + 1) / (count + 1)
        is_inside = (places - centre).square() + (places[:, None] - 0.5).square() < 0.04
        image[number, :, is_inside] = 1.0
    return image


def test_it_has_the_topology_of_sd() -> None:
    """A tenth of the channels at the same strides, and as many layers that look at words."""
    source = make_tiny(TOY)

    features = source.extract(_pictures(2), ["two friends", ""])

    assert source.name == "tiny"
    assert source.widths.maps == {8: 256, 16: 480, 32: 832, 64: 896}
    assert source.widths.attention == {8: 80, 16: 80, 32: 80, 64: 16}
    assert source.widths.detail == {4: 64, 2: 32, 1: 16}
    for stride in STRIDES:
        side = 128 // stride
        assert features.maps[stride].shape == (2, source.widths.maps[stride], side, side)
    first, second = features.tokens
    assert first == (("friends", "two"), 1, False)
    assert second == (("people", "a", "photo", "of", "several"), 1, False)
    assert not features.attention[8][0, 2:16].any()
    assert features.attention[8][0, :2].amin() > 0


def test_it_paints() -> None:
    """As the large one does, a picture for each caption and seed."""
    source = make_tiny(SMALL)

    painted = source.paint(["two friends", "a man"], [1, 2], steps=4)

    assert painted.image.shape == (2, 3, 64, 64)
    assert painted.features.tokens[1].words == ("man", "a")
    assert (painted.image[0] - painted.image[1]).abs().amax() > 1e-3


def test_its_weights_are_those_of_its_seed() -> None:
    """And the global generator is left as it was."""
    torch.manual_seed(3)
    before = torch.get_rng_state()
    first, same, other = (make_tiny(SMALL, seed=seed) for seed in (1, 1, 2))

    assert torch.equal(torch.get_rng_state(), before)
    assert first.networks.fingerprint == same.networks.fingerprint
    assert first.networks.fingerprint != other.networks.fingerprint


def test_a_file_brings_all_back(tmp_path: Path) -> None:
    """Sizes included; it reads what it read before."""
    source = make_tiny(SMALL, seed=9)

    save_tiny(tmp_path / "tiny.safetensors", source, SMALL)
    loaded = load_tiny(tmp_path / "tiny.safetensors")

    assert loaded.side == 64
    assert loaded.networks.fingerprint == source.networks.fingerprint
    _, header = read_weights(tmp_path / "tiny.safetensors")
    assert (header.room, header.variant) == ("dfimat", "synth-tiny")
    image = _pictures(1, 64)
    found = loaded.extract(image, ["a man"]).maps[8]
    assert_close(found, source.extract(image, ["a man"]).maps[8], rtol=0, atol=0)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    """The header says what it is."""
    save_rgb(tmp_path / "rgb.safetensors", RgbSource(RgbConfig(encoder=0.1, width=8)))

    with pytest.raises(WeightsError, match="of dfimat synth-tiny, got those of dfimat synth-rgb"):
        load_tiny(tmp_path / "rgb.safetensors")


def test_sizes_must_fit() -> None:
    """The message says which."""
    with pytest.raises(InputError, match="side must be a multiple of 64, got 96"):
        TinyConfig(side=96)
    with pytest.raises(InputError, match="width must be a multiple of 8, got 12"):
        TinyConfig(width=12)


def _trained(source: DiffusionSource, loss_name: str) -> list[float]:
    """Return the loss on the same draw before and after a few steps on others."""
    networks, image = source.networks, _pictures(2, 64)
    captions = ["a man"] * 2

    def loss(seed: int) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        if loss_name == "denoising":
            return denoising_loss(source, image, captions, generator)
        return picture_loss(source, image, generator)

    part = networks.unet if loss_name == "denoising" else networks.vae
    optimiser = torch.optim.Adam(part.parameters(), lr=2e-3)
    found = [float(loss(1000).detach())]
    for seed in range(20):
        optimiser.zero_grad()
        loss(seed).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return [*found, float(loss(1000).detach())]


@pytest.mark.parametrize("name", ["denoising", "picture"])
def test_a_few_steps_lower_the_loss(name: str) -> None:
    """On noise that it has not seen; both losses reach their network."""
    before, after = _trained(make_tiny(SMALL), name)

    assert after < 0.85 * before


def test_the_denoising_loss_is_that_of_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever guessed the noise itself would have none; steps are of the whole range."""
    source = make_tiny(SMALL)
    image = _pictures(4, 64)
    latent = source.networks.encode(image).detach()
    seen = []

    def knowing(self: object, noisy: Tensor, steps: Tensor, vectors: Tensor) -> Tensor:
        seen.extend(steps.tolist())
        share = source.networks.schedule.alphas_cumprod[steps][:, None, None, None]
        return (noisy - share.sqrt() * latent) / (1 - share).sqrt()

    monkeypatch.setattr(type(source.networks), "guess", knowing)

    for seed in range(10):
        generator = torch.Generator().manual_seed(seed)
        loss = denoising_loss(source, image, ["a man"] * 4, generator)
        assert float(loss) < 1e-6
    assert min(seen) < 150
    assert max(seen) > 850


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of the package does without it."""
    monkeypatch.setitem(sys.modules, "diffusers", None)

    with pytest.raises(WeightsError, match=r'pip install "penumbra\[synth\]"\), got no diffusers'):
        make_tiny(SMALL)
