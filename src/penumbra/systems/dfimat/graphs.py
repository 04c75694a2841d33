"""What runs at inference: a look at the picture, one round, and what makes a mask opaque.

All tensors are planes (B, C, H, W) of float32, as graphs have them.  Tokens are (B, C, 1, N) and
always as many; which of them are there is said beside them, and the others change nothing.  A look
and a round are of one picture at a time.
"""

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from penumbra.systems.dfimat.iscn.config import TEXT_TOKENS, IscnConfig
from penumbra.systems.dfimat.iscn.decoder import Pixels
from penumbra.systems.dfimat.iscn.heads import Prediction, human_scores, object_scores
from penumbra.systems.dfimat.iscn.network import MULTIPLE, PIXEL_STRIDE, Seen
from penumbra.systems.dfimat.iscn.points import PointKind
from penumbra.systems.dfimat.iscn.prompts import Prompts
from penumbra.systems.dfimat.mrn.graphs import graph as mrn_graph
from penumbra.systems.dfimat.network import DfimatNetwork, network_of
from penumbra.training.export import GraphInput, NamedGraph

_STRIDES = (32, 16, 8)  # of the levels, as layers of the decoder take them in turn
_BOTH = (-1.0, 1.0)  # features of either sign
_LOGITS = (-4.0, 4.0)

network = network_of
"""What a checkpoint's config describes, untrained."""


class _Look(nn.Module):
    """A picture to all that depends on it alone."""

    def __init__(self, network: DfimatNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        config = self.network.config
        seen = self.network.look(image, is_deep=False)
        pixels, last = seen.pixels, seen.predictions
        if config.joint_full:  # nothing is said yet
            last = self.network.round(seen, Prompts(), is_deep=False).objects
        kept = [*pixels.levels, pixels.pixel, *([pixels.colour] if config.crm_reach else [])]
        if not config.two_way:
            for i, pair in enumerate(zip(pixels.keys, pixels.values, strict=True)):
                level = pixels.levels[i % len(_STRIDES)]
                kept += [torch.unflatten(cells.mT, 2, level.shape[2:]) for cells in pair]
        kept += [state[:, :, None] for state in seen.objects]
        surest = last[-1]
        scores = (human_scores(surest), object_scores(surest))
        return (*kept, surest.masks, *(each[:, :, None, None] for each in scores))


class _Round(nn.Module):
    """All that is known and said to the mask of the person meant."""

    def __init__(self, network: DfimatNetwork, names: Sequence[str]) -> None:
        super().__init__()
        self.network = network
        self.names = tuple(names)

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        given = dict(zip(self.names, tensors, strict=True))
        prompts, previous = _prompts(given), given.get("previous")
        answer = self.network.round(
            self._seen(given),
            prompts,
            previous,
            given["conflicts"].round() if "conflicts" in given else None,
            None if previous is None else given["is_remembered"][:, 0, 0, 0] > 0.5,
            is_deep=False,
        )
        best = answer.text_scores[-1].argmax(dim=1)[:, None, None, None]
        masks = answer.text[-1].masks
        text = masks.gather(1, best.expand(-1, -1, *masks.shape[2:]))
        return answer.mask, answer.human[:, None, None, None], text

    def _seen(self, given: dict[str, Tensor]) -> Seen:
        config, decoder = self.network.config, self.network.decoder
        f32, f16, f8 = (given[f"level{stride}"] for stride in _STRIDES)
        levels, pixel = (f32, f16, f8), given["pixel"]
        colour = given.get("colour", pixel[:, :3])  # not read where there is none
        if config.two_way:  # levels change, and keys with them
            return Seen(decoder.pixels(levels, pixel, colour), *_objects(given, config))
        keys, values = (
            tuple(given[f"{kind}{i}"].flatten(2).mT for i in range(config.layers))
            for kind in ("key", "value")
        )
        return Seen(Pixels(levels, pixel, colour, keys, values), *_objects(given, config))


class _Coupled(nn.Module):
    """A picture and the mask that was chosen to alpha, without a network of its own."""

    def __init__(self, network: DfimatNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor, pixel: Tensor, mask: Tensor) -> Tensor:
        pixels = Pixels((pixel, pixel, pixel), pixel, pixel, (), ())  # nothing else is read
        seen = Seen(pixels, (), ())
        return self.network.coupled_alpha(seen, mask, image)


def graphs(network: nn.Module) -> tuple[NamedGraph, ...]:
    """Return all graphs: "look", "round", and "mrn" or, of a network without it, "coupled".

    "look" knows the picture:

    * level32, level16, level8 and pixel: features at strides 32, 16, 8 and 4;
    * colour (B, 3, H / 4, W / 4), where corrections reach: the image made smaller;
    * key0, value0, ...: of every layer, unless pixels read tokens (`two_way`);
    * object0, ...: states of the object queries in every layer, unless all read all
      (`joint_full`);
    * masks (B, objects, H / 4, W / 4), logits, and human and sure (B, objects, 1, 1) in [0, 1]:
      who is there, `human_scores` and `object_scores`.

    "round" takes these, but for the last three, and what is said:

    * points (B, 2, 1, N), (x, y) as shares of width and height, and kinds (B, 1, 1, N) of
      `PointKind`, -1 where there is no point;
    * text (B, C, 1, 16), is_word (B, 1, 1, 16), 1 where there is a token, else 0, and sentence
      (B, C, 1, 1);
    * with memory, previous (B, 1, H / 4, W / 4), logits of the mask of the round before, and
      is_remembered (B, 1, 1, 1), 1, or 0 in the first round;
    * with contrastive reasoning, conflicts (B, 1, H, W), as of `find_conflicts`.

    It answers mask (B, 1, H / 4, W / 4), logits; human (B, 1, 1, 1); and text_mask, what the text
    queries see, which means something where there is text.  Where nothing is said none of them
    does.  Weights stay in float32: masks say where to read, so little may move much.
    """
    whole = cast(DfimatNetwork, network)
    config = whole.config
    image, known = GraphInput("image", 3), _known(config)
    after = ("masks", "human", "sure")
    seen = (*(each.name for each in known), *after)
    given = (*known, *_said(config))
    answers, step = ("mask", "human", "text_mask"), _Round(whole, [each.name for each in given])
    made = [
        NamedGraph("look", _Look(whole), (image,), seen, MULTIPLE, True, is_single=True),
        NamedGraph("round", step, given, answers, MULTIPLE, True, is_single=True),
    ]
    if whole.mrn is not None:
        return (*made, mrn_graph(whole.mrn))
    pixel = GraphInput("pixel", config.width, PIXEL_STRIDE, values=_BOTH)
    mask = GraphInput("mask", 1, PIXEL_STRIDE, values=_LOGITS)
    coupled = _Coupled(whole)
    return (*made, NamedGraph("coupled", coupled, (image, pixel, mask), ("alpha",), MULTIPLE, True))


def _known(config: IscnConfig) -> list[GraphInput]:
    """Return what a round takes of a look, in the order of its answers."""
    width, size = config.width, (1, config.width)
    known = [GraphInput(f"level{stride}", width, stride) for stride in _STRIDES]
    known.append(GraphInput("pixel", width, PIXEL_STRIDE, values=_BOTH))
    if config.crm_reach:
        known.append(GraphInput("colour", 3, PIXEL_STRIDE))
    if not config.two_way:
        known += [
            GraphInput(f"{kind}{i}", width, _STRIDES[i % len(_STRIDES)], values=_BOTH)
            for i in range(config.layers)
            for kind in ("key", "value")
        ]
    if not config.joint_full:
        known += [
            GraphInput(f"object{i}", config.objects, size=size, values=_BOTH)
            for i in range(config.layers)
        ]
    return known


def _said(config: IscnConfig) -> list[GraphInput]:
    """Return what a round takes beside that."""
    points, words, one = (1, config.token_budget), (1, TEXT_TOKENS), (1, 1)
    kinds = (-1.49, len(PointKind) - 0.51)  # rounded
    said = [
        GraphInput("points", 2, size=points),
        GraphInput("kinds", 1, size=points, values=kinds),
        GraphInput("text", config.text_width, size=words, values=_BOTH),
        GraphInput("is_word", 1, size=words),
        GraphInput("sentence", config.text_width, size=one, values=_BOTH),
    ]
    if config.memory:
        said.append(GraphInput("previous", 1, PIXEL_STRIDE, values=_LOGITS))
        said.append(GraphInput("is_remembered", 1, size=one))
    if config.crm:
        said.append(GraphInput("conflicts", 1, values=(0.0, 2.0)))
    return said


def _prompts(given: dict[str, Tensor]) -> Prompts:
    kinds = given["kinds"][:, 0, 0].round().long()
    return Prompts(
        points=given["points"][:, :, 0].mT,
        kinds=kinds.clamp(min=0),
        point_padding=kinds < 0,
        text=given["text"][:, :, 0].mT,
        text_padding=given["is_word"][:, 0, 0] < 0.5,
        sentence=given["sentence"][:, :, 0, 0],
    )


def _objects(
    given: dict[str, Tensor], config: IscnConfig
) -> tuple[tuple[Tensor, ...], tuple[Prediction, ...]]:
    """Return states of the object queries, and an answer of theirs that is never asked for.

    It would be chosen where nothing is said, and then there is no round.
    """
    if config.joint_full:
        return (), ()
    states = tuple(given[f"object{i}"][:, :, 0] for i in range(config.layers))
    nobody = torch.zeros_like(given["pixel"][:, :1])
    code = nobody[:, :, 0, :1]
    return states, (Prediction(code, code, torch.cat([code, code], dim=2), nobody),)
