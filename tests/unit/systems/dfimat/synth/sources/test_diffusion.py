"""Sources of diffusion look at pictures and paint them."""

from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from penumbra.core.errors import InputError
from penumbra.systems.dfimat.synth.features import DETAIL, FALLBACK, STRIDES, Features
from penumbra.systems.dfimat.synth.sources.diffusion import (
    NEGATIVE,
    DiffusionSource,
    Reading,
)
from penumbra.systems.dfimat.synth.sources.networks import Decoded, Networks
from penumbra.systems.dfimat.synth.sources.sd import load_sd
from tests.unit.systems.dfimat.synth.sources.folders import SIDE

CAPTIONS = ["two friends", "a man", ""]


def _pictures(count: int = 3) -> Tensor:
    return torch.rand(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(4))


def _check_same(found: Features, wanted: Features, tolerance: float = 0.0) -> None:
    for ours, theirs in zip(found[:3], wanted[:3], strict=True):
        assert ours.keys() == theirs.keys()
        for stride in ours:
            assert_close(ours[stride], theirs[stride], rtol=tolerance, atol=tolerance)
    assert found.tokens == wanted.tokens


def _other(source: DiffusionSource, reading: Reading) -> DiffusionSource:
    return DiffusionSource(source.name, source.side, source.networks, reading)


@pytest.mark.parametrize("kind", ["words", "full"])
def test_features_have_the_announced_widths(narrow: DiffusionSource, kind: str) -> None:
    """At every stride, float32; the interpreter is built from what is announced."""
    source = _other(narrow, Reading(attention=kind))  # type: ignore[arg-type]

    features = source.extract(_pictures(), CAPTIONS)

    for name, strides in (("maps", STRIDES), ("attention", STRIDES), ("detail", DETAIL)):
        maps, widths = getattr(features, name), getattr(source.widths, name)
        assert sorted(maps) == sorted(widths) == list(strides)
        for stride in strides:
            side = SIDE // stride
            assert maps[stride].shape == (3, widths[stride], side, side)
            assert maps[stride].dtype == torch.float32
            assert not maps[stride].requires_grad
    assert len(features.tokens) == 3
    heads = (5 * 16, 16) if kind == "words" else (40 * 77, 8 * 77)
    assert (source.widths.attention[8], source.widths.attention[64]) == heads


def test_detail_can_be_left_out(narrow: DiffusionSource) -> None:
    """It is an ablation of the sheet, section 9, and large."""
    source = _other(narrow, Reading(has_detail=False))

    assert source.extract(_pictures(1), ["a man"]).detail == {}
    assert source.widths.detail == {}


def test_the_same_seed_reads_the_same(narrow: DiffusionSource) -> None:
    """The sheet, section 12; bit by bit, and another seed reads something else."""
    first = narrow.extract(_pictures(), CAPTIONS, seed=3)

    _check_same(narrow.extract(_pictures(), CAPTIONS, seed=3), first)
    other = narrow.extract(_pictures(), CAPTIONS, seed=4)
    assert (other.maps[8] - first.maps[8]).abs().amax() > 1e-3


def test_what_is_beside_a_picture_does_not_matter(narrow: DiffusionSource) -> None:
    """In whatever order and company a picture is read, it gives the same."""
    together = narrow.extract(_pictures(), CAPTIONS, seed=3)

    turned = narrow.extract(_pictures().flip(0), CAPTIONS[::-1], seed=3)
    alone = narrow.extract(_pictures()[1:2], CAPTIONS[1:2], seed=3)

    for stride in STRIDES:
        maps = together.maps[stride]
        assert_close(turned.maps[stride].flip(0), maps, rtol=1e-4, atol=1e-4)
        assert_close(alone.maps[stride], maps[1:2], rtol=1e-4, atol=1e-4)
        attention = together.attention[stride]
        assert_close(turned.attention[stride].flip(0), attention, rtol=1e-4, atol=1e-5)


def test_an_empty_caption_reads_as_the_fallback(narrow: DiffusionSource) -> None:
    """The sheet, section 11."""
    found = narrow.extract(_pictures(1), [" "])

    _check_same(found, narrow.extract(_pictures(1), [FALLBACK]))


def test_the_words_matter(narrow: DiffusionSource) -> None:
    """There is one forward, and it is told the caption."""
    found = narrow.extract(_pictures(1), ["a man"])
    other = narrow.extract(_pictures(1), ["two friends"])

    assert (found.maps[8] - other.maps[8]).abs().amax() > 1e-4


def test_the_step_of_the_noise_can_be_changed(narrow: DiffusionSource) -> None:
    """Two draws of noise are compared when pictures are selected; the first source stays."""
    image = _pictures(1)
    first = narrow.extract(image, ["a man"])

    other = narrow.at(50).extract(image, ["a man"])

    assert (other.maps[8] - first.maps[8]).abs().amax() > 1e-2
    assert (narrow.reading.timestep, narrow.at(50).reading.timestep) == (1, 50)
    _check_same(narrow.extract(image, ["a man"]), first)


def test_the_latent_is_the_likeliest(narrow: DiffusionSource) -> None:
    """No sample: of [-1, 1], with the scale of SD-1.x."""
    image = _pictures(1)
    with torch.no_grad():
        wanted = narrow.networks.vae.encode(image * 2 - 1).latent_dist.mean * 0.18215

        assert_close(narrow.networks.encode(image), wanted)


def test_a_latent_is_a_picture_again(narrow: DiffusionSource) -> None:
    """With the same scale, in [0, 1]; what the decoder saw on the way comes with it."""
    latent = torch.randn(1, 4, 8, 8, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        wanted = narrow.networks.vae.decode(latent / 0.18215).sample / 2 + 0.5

        decoded = narrow.networks.decode(latent, has_detail=True)
        plain = narrow.networks.decode(latent, has_detail=False)

    assert_close(decoded.image, wanted.clamp(0, 1))
    assert_close(plain.image, decoded.image)
    assert sorted(decoded.detail) == list(DETAIL)
    assert plain.detail == {}


def test_pictures_must_fit(narrow: DiffusionSource) -> None:
    """In side and number."""
    with pytest.raises(InputError, match=r"image must be of shape \(1, 3, 64, 64\)"):
        narrow.extract(torch.rand(1, 3, 64, 128), ["a man"])
    with pytest.raises(InputError, match=r"image must be of shape \(2, 3, 64, 64\)"):
        narrow.extract(_pictures(3), ["a man"] * 2)
    with pytest.raises(InputError, match="side must be a multiple of 64, got 96"):
        DiffusionSource("sd", 96, narrow.networks)
    with pytest.raises(InputError, match="timestep must be from 0 to 999, got 1000"):
        Reading(timestep=1000)
    with pytest.raises(InputError, match="attention must be one of words, full, got 'mean'"):
        Reading(attention="mean")  # type: ignore[arg-type]


def test_the_same_seed_paints_the_same(narrow: DiffusionSource) -> None:
    """Whatever is painted beside it; another seed or caption paints something else."""
    together = narrow.paint(["two friends", "a man"], [7, 8], steps=3)

    alone = narrow.paint(["a man"], [8], steps=3)
    again = narrow.paint(["a man"], [8], steps=3)
    others = narrow.paint(["a man", "two friends"], [9, 8], steps=3)

    assert together.image.shape == (2, 3, SIDE, SIDE)
    assert together.image.amin() >= 0
    assert together.image.amax() <= 1
    assert_close(again.image, alone.image, rtol=0, atol=0)
    assert_close(together.image[1:], alone.image, rtol=0, atol=1e-4)
    for other in others.image:
        assert (other - alone.image[0]).abs().amax() > 1e-3


def test_a_painted_latent_is_read_as_any(
    narrow: DiffusionSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same way as a picture's that is encoded: no difference to what was learned from."""
    painted = narrow.paint(["two friends"], [7], steps=3)
    kept: list[Tensor] = []
    decode = Networks.decode

    def keep(self: Networks, latent: Tensor, has_detail: bool) -> Decoded:
        kept.append(latent)
        return decode(self, latent, has_detail)

    monkeypatch.setattr(Networks, "decode", keep)
    narrow.paint(["two friends"], [7], steps=3)
    monkeypatch.setattr(Networks, "encode", lambda self, image: kept[0])

    read = narrow.extract(painted.image, ["two friends"])

    _check_same(read, painted.features)


def test_painting_is_guided_away_from_the_negative(
    narrow: DiffusionSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each step of two: both texts, guess = away + 7.5 (towards - away); then one reading."""
    told: list[Tensor] = []
    steps = []

    def guess(self: object, latent: Tensor, timestep: Tensor | int, vectors: Tensor) -> Tensor:
        told.append(vectors)
        steps.append(int(timestep))
        sign = vectors[:, 0, 0].sign() * torch.linspace(1, 2, len(vectors))
        return sign[:, None, None, None].expand_as(latent)

    monkeypatch.setattr(Networks, "guess", guess)
    monkeypatch.setattr(
        DiffusionSource, "_run", lambda self, noisy, context: Features({8: noisy}, {}, {})
    )
    away, towards = narrow.context([NEGATIVE]).vectors, narrow.context(["a man"]).vectors
    schedule = narrow.networks.schedule.alphas_cumprod.double()
    latent = narrow.networks.noise(SIDE, 7).double()
    signs = [float(it[0, 0, 0].sign()) for it in (away, towards)]
    noise = signs[0] + 7.5 * (2 * signs[1] - signs[0])
    for now, then in ((501, 1), (1, 0)):
        clean = (latent - (1 - schedule[now]).sqrt() * noise) / schedule[now].sqrt()
        latent = schedule[then].sqrt() * clean + (1 - schedule[then]).sqrt() * noise
    noisy = schedule[1].sqrt() * latent + (1 - schedule[1]).sqrt() * narrow.networks.noise(SIDE, 0)

    painted = narrow.paint(["a man"], [7], steps=2)

    assert steps == [501, 1]
    for vectors in told:
        assert_close(vectors, torch.cat([away, towards]))
    assert_close(painted.features.maps[8].double(), noisy, rtol=1e-4, atol=1e-4)


def test_without_guidance_there_is_one_text(
    narrow: DiffusionSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A weight of 1 is the model's own answer; the other would be worked out for nothing."""
    sizes: list[int] = []
    guess = Networks.guess

    def counted(self: Networks, latent: Tensor, timestep: Tensor, vectors: Tensor) -> Tensor:
        sizes.append(len(latent))
        return guess(self, latent, timestep, vectors)

    monkeypatch.setattr(Networks, "guess", counted)

    narrow.paint(["a man"], [7], steps=2, guidance=1)
    narrow.paint(["a man"], [7], steps=2)

    assert sizes == [1, 1, 1, 2, 2, 1]


def test_a_painting_is_asked_for_rightly(narrow: DiffusionSource) -> None:
    """A seed for each caption, and as many steps as can be."""
    with pytest.raises(InputError, match="seeds must be one for each caption, got 2"):
        narrow.paint(["a man"], [1, 2])
    with pytest.raises(InputError, match="steps must be from 1 to 999, got 0"):
        narrow.paint(["a man"], [1], steps=0)


@pytest.mark.parametrize("part", ["unet", "vae"])
def test_the_fingerprint_is_that_of_the_weights(sd_folder: Path, part: str) -> None:
    """A picture names what it was painted by; one changed number is another network."""
    first, same, other = (load_sd(sd_folder, SIDE).networks for _ in range(3))
    with torch.no_grad():
        next(getattr(other, part).parameters()).flatten()[0] += 1

    assert len(first.fingerprint) == 64
    assert first.fingerprint == same.fingerprint
    assert first.fingerprint != other.fingerprint
