"""What the sources of diffusion share: they look at pictures, and paint them.

The sheet `smpmat`, section 2.1: features come from one run of the U-Net with the caption alone, on
a latent with hardly any noise, whether it was encoded from a picture or has just been painted.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor

from penumbra.core.errors import ConvergenceError, require
from penumbra.systems.dfimat.synth.features import STRIDES, Features, Painted, Widths
from penumbra.systems.dfimat.synth.sources.attention import (
    Kind,
    attention_maps,
    attention_width,
    tokens_of,
)
from penumbra.systems.dfimat.synth.sources.captions import Context, said
from penumbra.systems.dfimat.synth.sources.hooks import (
    cross_layers,
    decoder_taps,
    recorded,
    unet_taps,
)
from penumbra.systems.dfimat.synth.sources.networks import STEPS, Networks, ddim

NEGATIVE = "deformed, extra limbs, cartoon, text, watermark, crowd"
"""What is not to be painted."""


class NotFiniteError(ConvergenceError):
    """A U-Net has answered with infinities or what is no number, in 32-bit floats as well.

    Attributes:
        places: Of the pictures in their batch; the others are without fault.
    """

    def __init__(self, message: str, places: Sequence[int]) -> None:
        super().__init__(message)
        self.places = tuple(places)


@dataclass(frozen=True)
class Reading:
    """How pictures are read.

    Attributes:
        timestep: Of the noise that is added first, of 1000.
        attention: Which maps of attention there are; "full" is an ablation.
        has_detail: Whether the decoder's activations are read for the fine part of alpha.

    Raises:
        InputError: There is no such timestep or kind.
    """

    timestep: int = 1
    attention: Kind = "words"
    has_detail: bool = True

    def __post_init__(self) -> None:
        is_step = 0 <= self.timestep < STEPS
        require(is_step, "timestep", f"from 0 to {STEPS - 1}", self.timestep)
        kinds = ("words", "full")
        require(self.attention in kinds, "attention", f"one of {', '.join(kinds)}", self.attention)


class DiffusionSource:
    """Looks at pictures and paints them; see `Painter`.

    Attributes:
        name: "sd" or "tiny".
        side: Height and width of the pictures, pixels.
        networks: Neither looking nor painting changes them.
        reading: How pictures are read.
        widths: Of what is read.

    Args:
        name: See there.
        side: A multiple of 64.
        networks: See there.
        reading: See there.

    Raises:
        InputError: The side is no multiple of 64.
        WeightsError: The networks are not built as those of SD-1.x are.
    """

    def __init__(
        self, name: str, side: int, networks: Networks, reading: Reading | None = None
    ) -> None:
        is_side = side > 0 and side % STRIDES[-1] == 0
        require(is_side, "side", f"a multiple of {STRIDES[-1]}", side)
        self.name = name
        self.side = side
        self.networks = networks
        self.reading = reading or Reading()
        self.widths = _widths(networks, self.reading)

    def at(self, timestep: int) -> Self:
        """Return the same source, that reads with the noise of another step."""
        other = copy(self)
        other.reading = replace(self.reading, timestep=timestep)
        return other

    def context(self, captions: Sequence[str]) -> Context:
        """Return what the U-Net is told; captions that say nothing become `FALLBACK`."""
        context = self.networks.reader.read(said(captions))
        return context._replace(vectors=context.vectors.to(self.networks.unet.device))

    @torch.no_grad()
    def extract(self, image: Tensor, captions: Sequence[str], seed: int = 0) -> Features:
        """Read pictures that somebody else made; see `FeatureSource`.

        The noise is the same for all of them, so that what is beside a picture does not matter.

        Raises:
            InputError: Pictures have another side, or there are more or fewer captions.
            NotFiniteError: The U-Net fails, after a try in 32-bit floats as well.
        """
        shape = (len(captions), 3, self.side, self.side)
        require(tuple(image.shape) == shape, "image", f"of shape {shape}", tuple(image.shape))
        latent = self.networks.encode(image)
        names = [f"picture {place}" for place in range(len(captions))]
        features = self._read(latent, self.context(captions), seed, names)
        if not self.reading.has_detail:
            return features
        return features._replace(detail=self.networks.decode(latent, has_detail=True).detail)

    @torch.no_grad()
    def paint(
        self, captions: Sequence[str], seeds: Sequence[int], steps: int = 50, guidance: float = 7.5
    ) -> Painted:
        """Paint a picture for each caption; see `Painter`.

        Raises:
            InputError: There are more or fewer seeds than captions, or steps than can be.
            NotFiniteError: The U-Net fails, after a try in 32-bit floats as well; the message
                names the seeds.
        """
        require(len(seeds) == len(captions) > 0, "seeds", "one for each caption", len(seeds))
        require(1 <= steps < STEPS, "steps", f"from 1 to {STEPS - 1}", steps)
        names = [f"seed {seed}" for seed in seeds]
        networks, context = self.networks, self.context(captions)
        latent = self._denoise(context, seeds, steps, guidance)
        if networks.is_half and (places := _faulty([latent])):
            again = [seeds[place] for place in places]
            with networks.in_float32():
                latent[places] = self._denoise(context.of(places), again, steps, guidance)
        _check_finite([latent], names)
        features = self._read(latent, context, 0, names)
        image, detail = networks.decode(latent, self.reading.has_detail)
        return Painted(image, features._replace(detail=detail))

    def _denoise(
        self, context: Context, seeds: Sequence[int], steps: int, guidance: float
    ) -> Tensor:
        """Return latents without noise, (B, 4, side / 8, side / 8).

        Source:
            Song et al., "Denoising diffusion implicit models", ICLR 2021, eq. 12, without new
            noise; Ho and Salimans, "Classifier-free diffusion guidance", 2022, eq. 6, against
            `NEGATIVE` in place of nothing.
        """
        networks = self.networks
        schedule = ddim(networks.schedule.config)
        schedule.set_timesteps(steps)
        first = torch.cat([networks.noise(self.side, seed) for seed in seeds])
        latent = first * schedule.init_noise_sigma
        vectors = context.vectors
        is_guided = guidance != 1
        if is_guided:
            against = self.context([NEGATIVE]).vectors.expand_as(vectors)
            vectors = torch.cat([against, vectors])
        for step in schedule.timesteps:
            if is_guided:
                both = networks.guess(torch.cat([latent, latent]), step, vectors)
                away, towards = both.chunk(2)
                noise = away + guidance * (towards - away)
            else:
                noise = networks.guess(latent, step, vectors)
            latent = schedule.step(noise, step, latent).prev_sample
        return latent

    def _read(self, latent: Tensor, context: Context, seed: int, names: Sequence[str]) -> Features:
        """Return features without detail; errors call the pictures by names."""
        networks = self.networks
        timestep = torch.tensor([self.reading.timestep], device=latent.device)
        noise = networks.noise(self.side, seed)
        noisy = networks.schedule.add_noise(latent, noise.expand_as(latent), timestep)
        features = self._run(noisy, context)
        if networks.is_half and (places := _faulty([*features.maps.values()])):
            with networks.in_float32():
                again = self._run(noisy[places], context.of(places))
            for stride in STRIDES:
                features.maps[stride][places] = again.maps[stride]
                features.attention[stride][places] = again.attention[stride]
        _check_finite([*features.maps.values()], names)
        return features

    def _run(self, noisy: Tensor, context: Context) -> Features:
        kind = self.reading.attention
        with recorded(self.networks.unet) as record:
            self.networks.guess(noisy, self.reading.timestep, context.vectors)
        maps = {stride: torch.cat(record.maps[stride], dim=1).float() for stride in STRIDES}
        attention = {
            stride: attention_maps(record.scores[stride], context.captions, kind)
            for stride in STRIDES
        }
        tokens = tuple(tokens_of(caption, kind) for caption in context.captions)
        return Features(maps, attention, {}, tokens)


def _widths(networks: Networks, reading: Reading) -> Widths:
    maps = dict.fromkeys(STRIDES, 0)
    for tap in unet_taps(networks.unet):
        maps[tap.stride] += tap.channels
    layers = cross_layers(networks.unet)
    attention = {}
    for stride in STRIDES:
        heads = [layer.heads for layer in layers if layer.stride == stride]
        attention[stride] = attention_width(heads, networks.reader.length, reading.attention)
    detail = {tap.stride: tap.channels for tap in decoder_taps(networks.vae)}
    return Widths(maps, attention, detail if reading.has_detail else {})


def _faulty(found: Sequence[Tensor]) -> list[int]:
    """Return the places of pictures with anything that is not finite in any of (B, ...)."""
    is_fine = torch.stack([it.flatten(1).isfinite().all(dim=1) for it in found]).all(dim=0)
    return (~is_fine).nonzero().flatten().tolist()


def _check_finite(found: Sequence[Tensor], names: Sequence[str]) -> None:
    if places := _faulty(found):
        listed = ", ".join(names[place] for place in places)
        raise NotFiniteError(f"what the U-Net answers must be finite, got NaN for {listed}", places)
