"""A U-Net of 16-bit floats, and one that fails; the sheet, section 11."""

from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from penumbra.core.errors import ConvergenceError
from penumbra.systems.dfimat.synth.features import STRIDES, Features
from penumbra.systems.dfimat.synth.sources.captions import Context
from penumbra.systems.dfimat.synth.sources.diffusion import DiffusionSource, NotFiniteError
from penumbra.systems.dfimat.synth.sources.sd import load_sd
from tests.unit.systems.dfimat.synth.sources.folders import SIDE

CAPTIONS = ["two friends", "a man"]
SEEDS = [7, 8]


@pytest.fixture
def half(sd_folder: Path) -> DiffusionSource:
    """The narrow networks with a U-Net of 16-bit floats."""
    return load_sd(sd_folder, SIDE, is_half=True)


def _pictures() -> Tensor:
    return torch.rand(2, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(4))


def _overflow(source: DiffusionSource) -> None:
    """Let activations be larger than 65504 from the first layer on."""
    with torch.no_grad():
        source.networks.unet.conv_in.weight *= 200_000
        source.networks.unet.conv_in.bias[:] = 60_000


def test_half_is_nearly_whole(half: DiffusionSource, narrow: DiffusionSource) -> None:
    """Features are float32 and those of the whole network, as far as 16 bits go."""
    found = half.extract(_pictures(), CAPTIONS)

    for stride in STRIDES:
        assert found.maps[stride].dtype == found.attention[stride].dtype == torch.float32
        wanted = narrow.extract(_pictures(), CAPTIONS).maps[stride]
        assert_close(found.maps[stride], wanted, rtol=0.05, atol=0.05)


def test_what_overflows_is_read_again_in_whole(half: DiffusionSource) -> None:
    """Once, in 32-bit floats; the network has its 16 bits back."""
    _overflow(half)
    before = {name: it.clone() for name, it in half.networks.unet.state_dict().items()}

    found = half.extract(_pictures(), CAPTIONS)

    assert all(found.maps[stride].isfinite().all() for stride in STRIDES)
    assert found.maps[8].abs().amax() > 65504
    assert half.networks.unet.dtype == torch.float16
    for name, it in half.networks.unet.state_dict().items():
        assert_close(it, before[name], rtol=0, atol=0)
    with half.networks.in_float32():
        wanted = half.extract(_pictures(), CAPTIONS)
    for stride in STRIDES:
        assert_close(found.maps[stride], wanted.maps[stride])
        assert_close(found.attention[stride], wanted.attention[stride])


def test_what_overflows_is_painted_again_in_whole(half: DiffusionSource) -> None:
    """A picture comes out all the same."""
    _overflow(half)

    painted = half.paint(CAPTIONS, SEEDS, steps=2)

    assert painted.image.isfinite().all()
    with half.networks.in_float32():
        wanted = half.paint(CAPTIONS, SEEDS, steps=2)
    assert_close(painted.image, wanted.image)


def test_only_what_overflows_is_done_again(
    half: DiffusionSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is painted beside a picture must not change it."""
    wanted = half.paint(CAPTIONS, SEEDS, steps=2)
    runs = []
    whole = DiffusionSource._denoise

    def failing(
        self: DiffusionSource, context: Context, seeds: list[int], steps: int, guidance: float
    ) -> Tensor:
        latent = whole(self, context, seeds, steps, guidance)
        runs.append((list(seeds), self.networks.unet.dtype))
        if self.networks.is_half:
            latent[0] = torch.nan
        return latent

    monkeypatch.setattr(DiffusionSource, "_denoise", failing)

    painted = half.paint(CAPTIONS, SEEDS, steps=2)

    assert runs == [([7, 8], torch.float16), ([7], torch.float32)]
    assert_close(painted.image[1], wanted.image[1], rtol=0, atol=0)
    assert_close(painted.image[0], wanted.image[0], rtol=0, atol=0.05)


def test_only_what_overflows_is_read_again(
    half: DiffusionSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its own caption; the other picture keeps what it had."""
    captions = [CAPTIONS[0], "no one"]
    wanted = half.extract(_pictures(), captions)
    with half.networks.in_float32():
        whole = half.extract(_pictures(), captions)
    told = []
    run = DiffusionSource._run

    def failing(self: DiffusionSource, noisy: Tensor, context: Context) -> Features:
        features = run(self, noisy, context)
        told.append([caption.people for caption in context.captions])
        if self.networks.is_half:
            features.maps[16][1, 0, 0, 0] = torch.inf
        return features

    monkeypatch.setattr(DiffusionSource, "_run", failing)

    found = half.extract(_pictures(), captions)

    assert told == [[1, 0], [0]]
    for stride in STRIDES:
        assert_close(found.maps[stride][0], wanted.maps[stride][0], rtol=0, atol=0)
        assert_close(found.maps[stride][1], whole.maps[stride][1], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("is_half", [True, False])
def test_what_fails_in_whole_is_refused(sd_folder: Path, is_half: bool) -> None:
    """By a name that the caller knows; whoever paints goes on with other seeds."""
    source = load_sd(sd_folder, SIDE, is_half=is_half)
    with torch.no_grad():
        source.networks.unet.mid_block.resnets[0].conv1.bias[0] = torch.nan

    with pytest.raises(ConvergenceError, match="must be finite, got NaN for seed 7, seed 8"):
        source.paint(CAPTIONS, SEEDS, steps=2)
    with pytest.raises(NotFiniteError, match="for picture 0, picture 1") as caught:
        source.extract(_pictures(), CAPTIONS)

    assert caught.value.places == (0, 1)
    assert source.networks.is_half == is_half


def test_the_others_are_named_as_whole(narrow: DiffusionSource) -> None:
    """A picture that is no picture spoils nothing but itself."""
    images = _pictures()
    images[1, 0, 5, 5] = torch.nan

    with pytest.raises(NotFiniteError, match=r"for picture 1$") as caught:
        narrow.extract(images, CAPTIONS)

    assert caught.value.places == (1,)
