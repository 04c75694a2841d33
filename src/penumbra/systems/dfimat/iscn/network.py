"""Interactive semantic capture: an image and any mix of prompts to the mask of one person.

Jiao et al., "DFIMat", ACCV 2024; the sheet `dfimat`, sections 4.1 to 4.6.  What depends on the
image alone is looked at once; each round costs the prompt-dependent half of the decoder.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from penumbra.core.errors import require
from penumbra.nn.layers import Normalise
from penumbra.systems.dfimat.iscn.config import IscnConfig
from penumbra.systems.dfimat.iscn.decoder import Decoder, Pixels, Steps, Stream
from penumbra.systems.dfimat.iscn.encoder import make_encoder
from penumbra.systems.dfimat.iscn.families import Block, Family
from penumbra.systems.dfimat.iscn.heads import (
    Codes,
    Prediction,
    human_scores,
    object_scores,
    text_scores,
    visual_scores,
)
from penumbra.systems.dfimat.iscn.prompts import Prompts
from penumbra.systems.dfimat.iscn.pyramid import Pyramid
from penumbra.systems.dfimat.iscn.reach import Marks, Reach
from penumbra.systems.dfimat.iscn.reasoning import Reasoning, spread, spread_cells
from penumbra.systems.dfimat.iscn.sampler import LEVELS, pooled

MULTIPLE = 32
"""Of the sides of what the network sees."""

PIXEL_STRIDE = 4
"""Of masks and embeddings of pixels."""

_STRIDES = (32, 16, 8)  # of the levels


class Seen(NamedTuple):
    """What is known of an image before anything is said about it.

    Attributes:
        pixels: Levels, embeddings, and the keys and values of every layer.
        objects: States of the object queries in each layer; none with `joint_full`.
        predictions: What they answer at each head, or at the last; none with `joint_full`.
    """

    pixels: Pixels
    objects: tuple[Tensor, ...]
    predictions: tuple[Prediction, ...]


class Answer(NamedTuple):
    """What the network answers in a round.

    Predictions and scores are those at every head, from before the first layer on, or at the last
    alone.  A family of queries whose prompt no image has is empty; where some images of a batch
    lack it, what theirs say means nothing.

    Attributes:
        objects: Of Q_o, which show all people.
        text: Of Q_t.
        visual: Of Q_v.
        text_scores: (B, k_t), how well Q_t fit the sentence.
        visual_scores: (B, k_v), how well Q_v fit the points.
        has_text: (B,) bool.
        has_visual: (B,) bool.
        mask: (B, 1, H / 4, W / 4), logits of the query that answers: of Q_v where there are
            points, else of Q_t where there is text, else the surest of Q_o.
        human: (B,) in [0, 1], the probability that it shows a person.
        chosen: (B,) int64, its number in its family.
        reached: (B, 1, H / 4, W / 4), of the visual query that answers, with all marks followed;
            None where no image has points, and without `crm_reach`.
    """

    objects: tuple[Prediction, ...]
    text: tuple[Prediction, ...]
    visual: tuple[Prediction, ...]
    text_scores: tuple[Tensor, ...]
    visual_scores: tuple[Tensor, ...]
    has_text: Tensor
    has_visual: Tensor
    mask: Tensor
    human: Tensor
    chosen: Tensor
    reached: Tensor | None = None


class IscnNetwork(nn.Module):
    """Image and prompts to the mask of the person meant."""

    def __init__(self, config: IscnConfig) -> None:
        super().__init__()
        self.config = config
        self.normalise = Normalise()
        self.encoder = make_encoder(config.encoder)
        self.pyramid = Pyramid(
            self.encoder.channels,
            config.width,
            config.pyramid_layers,
            config.heads,
            config.pyramid_ffn,
            config.is_dense,
        )
        self.decoder = Decoder(config)
        self.sentence = nn.Linear(config.text_width, config.class_width, bias=False)
        self.reasoning = Reasoning(config.width, config.crm_resize) if config.crm else None
        self.reach = Reach(config.width) if config.crm_reach else None

    def forward(
        self,
        image: Tensor,
        prompts: Prompts,
        memory: Tensor | None = None,
        conflicts: Tensor | None = None,
        is_remembered: Tensor | None = None,
    ) -> Answer:
        """Look and answer one round.

        Args:
            image: (B, 3, H, W) in [0, 1]; H and W multiples of 32.
            prompts: As in `round`.
            memory: As in `round`.
            conflicts: As in `round`.
            is_remembered: As in `round`.

        Raises:
            InputError: H and W are no multiples of 32, or as in `round`.
        """
        return self.round(self.look(image), prompts, memory, conflicts, is_remembered)

    def look(self, image: Tensor, is_deep: bool = True) -> Seen:
        """Do the part that depends on the image alone.

        Args:
            image: (B, 3, H, W) in [0, 1]; H and W multiples of 32.
            is_deep: Whether masks at all heads are wanted, as a loss does; at the last otherwise.

        Raises:
            InputError: H and W are no multiples of 32.
        """
        height, width = image.shape[2:]
        is_right = height % MULTIPLE == 0 and width % MULTIPLE == 0
        rule = f"(height, width) of multiples of {MULTIPLE}"
        require(is_right, "image", rule, (height, width))
        levels, pixel = self.pyramid(self.encoder(self.normalise(image)))
        pixels = self.decoder.pixels(levels, pixel, avg_pool2d(image, PIXEL_STRIDE))
        if self.config.joint_full:
            return Seen(pixels, (), ())
        rows = (self._block("object", _everywhere(pixels.pixel)),)
        steps = self.decoder(pixels, Stream(rows))
        return Seen(pixels, steps.states, _drawn(steps.codes, pixels.pixel, is_deep))

    def round(
        self,
        seen: Seen,
        prompts: Prompts,
        memory: Tensor | None = None,
        conflicts: Tensor | None = None,
        is_remembered: Tensor | None = None,
        is_deep: bool = True,
    ) -> Answer:
        """Answer one round.

        Args:
            seen: Of `look`; not changed.
            prompts: All that was said up to now.
            memory: (B, 1, H / 4, W / 4), logits of the mask of the round before; None in the
                first.
            conflicts: (B, 1, H, W) of `conflicts.OK`, `MISSED` and `SPILLED`: where the new input
                contradicts that mask.  All `OK` is the same as None.
            is_remembered: (B,) bool, which images have a round before; all if omitted.
            is_deep: Whether predictions at all heads are wanted; at the last otherwise.

        Raises:
            InputError: A part of the prompts lacks what belongs to it, or memory or conflicts
                belong to another size of image.
        """
        self._check(seen, prompts, memory, conflicts)
        prompts = prompts.cut()
        pixels = self._corrected(seen.pixels, conflicts)
        stream = self._stream(seen, prompts, memory, is_remembered)
        codes: dict[Family, list[Codes]] = {}
        if stream.rows:
            codes = _by_family(self.decoder(pixels, stream), stream)
        drawn = {
            family: _drawn(tuple(steps), pixels.pixel, is_deep) for family, steps in codes.items()
        }
        if seen.predictions:
            drawn["object"] = seen.predictions if is_deep else seen.predictions[-1:]
        return self._answer(drawn, prompts, pixels)

    def _corrected(self, pixels: Pixels, conflicts: Tensor | None) -> Pixels:
        """Return pixels with conflicts added: to levels, embeddings, and keys and values."""
        if self.reasoning is None or conflicts is None:
            return pixels
        table = self.reasoning.levels
        shares = [self.reasoning.shares(conflicts, stride) for stride in _STRIDES]
        f32, f16, f8 = (
            level + spread(share, table) for level, share in zip(pixels.levels, shares, strict=True)
        )
        fine = self.reasoning.shares(conflicts, PIXEL_STRIDE)
        keys, values = [], []
        for i, (key, value) in enumerate(zip(pixels.keys, pixels.values, strict=True)):
            share, cross = shares[i % LEVELS], self.decoder.layer(i).cross
            keys.append(key + spread_cells(share, table, cross.key.weight))
            values.append(value + spread_cells(share, table, cross.value.weight))
        return Pixels(
            levels=(f32, f16, f8),
            pixel=pixels.pixel + spread(fine, self.reasoning.pixel),
            colour=pixels.colour,
            keys=tuple(keys),
            values=tuple(values),
        )

    def _stream(
        self, seen: Seen, prompts: Prompts, memory: Tensor | None, is_remembered: Tensor | None
    ) -> Stream:
        """Return the tokens of a round; what no image has contributes none."""
        always = _everywhere(seen.pixels.pixel)
        is_word, is_point = prompts.is_word(), prompts.is_point()
        rows = [self._block("object", always)] if self.config.joint_full else []
        if is_word is not None:
            rows.append(self._block("text", is_word.any(dim=1)))
        if is_point is not None:
            rows.append(self._block("visual", is_point.any(dim=1)))
        remembered = memory if self.config.memory and rows else None
        if remembered is not None:
            rows.append(self._block("memory", always if is_remembered is None else is_remembered))
        words = None if prompts.text is None else self.decoder.words(prompts.text)
        return Stream(
            rows=tuple(rows),
            words=words,
            is_word=is_word,
            points=prompts.points,
            kinds=prompts.kinds,
            is_point=is_point,
            objects=seen.objects,
            remembered=remembered,
        )

    def _answer(
        self, drawn: dict[Family, tuple[Prediction, ...]], prompts: Prompts, pixels: Pixels
    ) -> Answer:
        """Choose the query that answers each image; the sheet `dfimat`, section 4.5."""
        pixel = pixels.pixel
        objects, text, visual = (drawn.get(it, ()) for it in ("object", "text", "visual"))
        never = ~_everywhere(pixel)
        is_word, is_point = prompts.is_word(), prompts.is_point()
        has_text = never if is_word is None else is_word.any(dim=1)
        has_visual = never if is_point is None else is_point.any(dim=1)
        chosen = _pick(objects[-1], object_scores(objects[-1]))
        by_text, by_visual, reached = [], [], None
        if prompts.sentence is not None:
            sentence = self.sentence(prompts.sentence)
            by_text = [text_scores(it.class_code, sentence) for it in text]
            chosen = _Pick.where(has_text, _pick(text[-1], by_text[-1]), chosen)
        if is_point is not None:
            on, off = pooled(pixel, prompts)
            by_visual = [visual_scores(it.mask_code, on, off) for it in visual]
            shown = _pick(visual[-1], by_visual[-1])
            reached = self._reached(shown.mask, prompts, pixels)
            shown = shown._replace(mask=shown.mask if reached is None else reached)
            chosen = _Pick.where(has_visual, shown, chosen)
        return Answer(
            objects=objects,
            text=text,
            visual=visual,
            text_scores=tuple(by_text),
            visual_scores=tuple(by_visual),
            has_text=has_text,
            has_visual=has_visual,
            mask=chosen.mask,
            human=chosen.human,
            chosen=chosen.number,
            reached=reached,
        )

    def _reached(self, mask: Tensor, prompts: Prompts, pixels: Pixels) -> Tensor | None:
        """Return the mask with all marks followed, (B, 1, h, w); None without `crm_reach`."""
        points, kinds, is_point = prompts.points, prompts.kinds, prompts.is_point()
        if self.reach is None or points is None or kinds is None or is_point is None:
            return None
        return self.reach(mask, pixels.pixel, pixels.colour, Marks(points, kinds, is_point))

    def _block(self, family: Family, is_present: Tensor) -> Block:
        """Return the queries of a family; is_present: (B,)."""
        count = len(self.decoder.family(family).content)
        return Block(family, is_present[:, None].expand(-1, count))

    def _check(
        self, seen: Seen, prompts: Prompts, memory: Tensor | None, conflicts: Tensor | None
    ) -> None:
        prompts.check()
        height, width = seen.pixels.pixel.shape[2:]
        for name, plane, scale in (("memory", memory, 1), ("conflicts", conflicts, PIXEL_STRIDE)):
            if plane is not None:
                size = (scale * height, scale * width)
                came = tuple(plane.shape[2:])
                require(came == size, name, f"of (height, width) {size}", came)


class _Pick(NamedTuple):
    """One query for each image: its mask (B, 1, H, W), human score (B,) and number (B,)."""

    mask: Tensor
    human: Tensor
    number: Tensor

    @staticmethod
    def where(is_first: Tensor, first: "_Pick", second: "_Pick") -> "_Pick":
        """Return the first where it is wanted, (B,) bool, and the second elsewhere."""
        return _Pick(
            torch.where(is_first[:, None, None, None], first.mask, second.mask),
            torch.where(is_first, first.human, second.human),
            torch.where(is_first, first.number, second.number),
        )


def _pick(prediction: Prediction, scores: Tensor) -> _Pick:
    """Return the query of the highest score, (B, k)."""
    number = scores.argmax(dim=1, keepdim=True)  # (B, 1)
    masks = prediction.masks
    index = number[:, :, None, None].expand(-1, -1, *masks.shape[2:])
    human = human_scores(prediction).gather(1, number)[:, 0]
    return _Pick(masks.gather(1, index), human, number[:, 0])


def _by_family(steps: Steps, stream: Stream) -> dict[Family, list[Codes]]:
    """Share out what a run answers among the families that have heads."""
    found: dict[Family, list[Codes]] = {}
    start = 0
    for block in stream.rows:
        if block.family != "memory":
            count = block.is_present.shape[1]
            found[block.family] = [codes.part(start, count) for codes in steps.codes]
            start += count
    return found


def _drawn(steps: tuple[Codes, ...], pixel: Tensor, is_deep: bool) -> tuple[Prediction, ...]:
    """Draw the masks of all heads, or of the last."""
    return tuple(codes.drawn(pixel) for codes in (steps if is_deep else steps[-1:]))


def _everywhere(like: Tensor) -> Tensor:
    """Return True for each image, (B,) bool."""
    return torch.ones(len(like), dtype=torch.bool, device=like.device)
