"""A maker of pictures that paints people by captions, and reads their mattes as it paints.

The sheet `smpmat`, sections 2, 3, 4, 7 and 11.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from penumbra.core.errors import require
from penumbra.data.captions import Caption, draw_caption
from penumbra.data.pack import Source
from penumbra.systems.dfimat.synth.features import Features
from penumbra.systems.dfimat.synth.interpreter.reader import Reader, moved
from penumbra.systems.dfimat.synth.reading import Answers, Reading, Refused, split_of
from penumbra.systems.dfimat.synth.sources.diffusion import DiffusionSource, NotFiniteError
from penumbra.systems.dfimat.synth.sources.words import MAPS

AGAIN = 50
"""Timestep of the noise under which pictures are read a second time, for the gate `agreement`."""

_GRID = 16  # stride of the attention that the gate `coverage` looks at


@dataclass(frozen=True)
class PaintSettings:
    """How pictures are painted.

    Attributes:
        seed: Captions and pictures are drawn from it and the number of the picture.
        steps: Of denoising.
        guidance: Weight of the caption.
        validation: Share of the families of captions that are for validation.
        again: Timestep of the second reading; None for none.
    """

    seed: int = 0
    steps: int = 50
    guidance: float = 7.5
    validation: float = 0.05
    again: int | None = AGAIN

    def __post_init__(self) -> None:
        require(self.seed >= 0, "seed", "at least 0", self.seed)
        require(self.steps >= 1, "steps", "at least 1", self.steps)
        require(self.guidance >= 1, "guidance", "at least 1", self.guidance)
        require(0 <= self.validation <= 1, "validation", "in [0, 1]", self.validation)


class Paintings:
    """Makes paintings by number; see `Maker`.

    Args:
        reader: An interpreter behind a source that paints, in evaluation mode.
        how: Settings.
        sources: Whence the weights come, on which terms.
        weights: Hashes or names of the weights, for the record.
        captions: What is painted, one after the other and again from the first; drawn from the
            grammar if omitted.

    Raises:
        InputError: The reader's source does not paint, or there is no caption.
    """

    def __init__(
        self,
        reader: Reader,
        how: PaintSettings | None = None,
        sources: tuple[Source, ...] = (),
        weights: Mapping[str, str] | None = None,
        captions: Sequence[Caption] | None = None,
    ) -> None:
        source = reader.source
        is_painter = isinstance(source, DiffusionSource)
        require(is_painter, "reader", "behind a source that paints", source.name)
        assert isinstance(source, DiffusionSource)
        require(captions is None or bool(captions), "captions", "at least one", captions)
        self._reader, self._source, self._how = reader, source, how or PaintSettings()
        self._captions = captions
        is_plain = source.reading.attention == "words"
        self._words = MAPS if is_plain else source.networks.reader.length
        self.name = source.name
        self.sources = sources
        self.variety: Mapping[str, int] = {}
        if captions is not None:
            slots = ("place", "pose")
            self.variety = {slot: len({it.slots[slot] for it in captions}) for slot in slots}
        self.record: Mapping[str, Any] = {
            "seed": self._how.seed,
            "steps": self._how.steps,
            "guidance": self._how.guidance,
            "validation": self._how.validation,
            "again": self._how.again,
            "side": source.side,
            "timestep": source.reading.timestep,
            "weights": dict(weights or {}),
            "captions": None if captions is None else [it.text for it in captions],
        }

    def make(self, number: int) -> Reading | Refused:
        """Paint picture `number`, and read it."""
        how, source = self._how, self._source
        rng = np.random.default_rng((how.seed, number))
        drawn = draw_caption(rng)
        caption = drawn if self._captions is None else self._captions[number % len(self._captions)]
        seed = int(rng.integers(2**31))
        try:
            painted = source.paint([caption.text], [seed], how.steps, how.guidance)
            again = None
            if how.again is not None:
                second = source.at(how.again).extract(painted.image, [caption.text], seed)
                again = self._answers(second, caption)
        except NotFiniteError as error:
            return Refused("not_finite", str(error))
        (tokens,) = painted.features.tokens
        return Reading(
            image=_picture(painted.image),
            answers=self._answers(painted.features, caption),
            caption=caption.text,
            seed=seed,
            family=caption.family,
            split=split_of(caption.family, how.validation),
            asked=caption.n,
            again=again,
            attention=attention_to_people(painted.features, self._words),
            slots={slot: caption.slots[slot] for slot in ("place", "pose")},
            provenance={
                "number": number,
                "steps": how.steps,
                "guidance": how.guidance,
                "is_caption_cut": tokens.is_cut,
            },
        )

    @torch.no_grad()
    def _answers(self, features: Features, caption: Caption) -> Answers:
        here = moved(features, next(self._reader.parameters()).device)
        (answers,) = self._reader.answers(self._reader.read(here, [caption.text]))
        return answers


def attention_to_people(features: Features, words: int) -> NDArray[np.float32] | None:
    """Return how much each cell of the first picture looks at words for people, (h, w).

    Args:
        features: Of one picture.
        words: Maps that each layer, or each of its heads, has.

    Returns:
        The sum over layers and words at stride 16; None where no word means people.
    """
    tokens, maps = features.tokens[0], features.attention[_GRID][0]
    if tokens.people == 0:
        return None
    layers = maps.reshape(-1, words, *maps.shape[1:])
    summed: NDArray[np.float32] = layers[:, : tokens.people].sum(dim=(0, 1)).cpu().numpy()
    return summed


def _picture(image: torch.Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(image[0].float().cpu().numpy().transpose(1, 2, 0))
