"""The network's rounds once more, slowly and word by word after the sheet `dfimat`, section 4.

Nothing is kept, padded, stacked or left out: one image at a time, keys and values from the features
themselves, all tokens in one self-attention with a table of permissions, masks made smaller.
Weights are the network's; only encoder, pyramid, and single linear layers are called.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, max_pool2d, softmax

from penumbra.systems.dfimat.iscn.attention import Attention
from penumbra.systems.dfimat.iscn.families import Family
from penumbra.systems.dfimat.iscn.network import IscnNetwork
from penumbra.systems.dfimat.iscn.prompts import Prompts

TABLE = {
    "o": "o",
    "t": "otvmTV",
    "v": "otvmTV",
    "m": "vmV",
    "T": "tT",
    "V": "vV",
}
"""The sheet's, row by row; T and V are the tokens P_t and P_v."""


class Found(NamedTuple):
    """Masks (k, h, w), class logits (k, 2), and codes, of each family at each head."""

    masks: dict[str, list[Tensor]]
    classes: dict[str, list[Tensor]]
    mask_codes: dict[str, list[Tensor]]


def attend(part: Attention, q: Tensor, k: Tensor, v: Tensor, allowed: Tensor) -> Tensor:
    """Multi-head attention of (Q, d) over (N, d), head by head."""
    queries, keys, values = part.query(q), part.key(k), part.value(v)
    size = queries.shape[1] // part.heads
    mixed = []
    for head in range(part.heads):
        cut = slice(head * size, (head + 1) * size)
        scores = queries[:, cut] @ keys[:, cut].T / math.sqrt(size)
        mixed.append(softmax(scores.masked_fill(~allowed, -torch.inf), dim=1) @ values[:, cut])
    return part.out(torch.cat(mixed, dim=1))


def code(point: Sequence[float], width: int) -> Tensor:
    """Sine code of one place, number by number."""
    numbers = []
    for place in reversed(point):
        for k in range(width // 4):
            angle = 2 * math.pi * place / 10000 ** (2 * k / (width / 2))
            numbers += [math.sin(angle), math.cos(angle)]
    return torch.tensor(numbers)


def cell_codes(size: Sequence[int], channels: int) -> Tensor:
    """Codes of all cells, row by row."""
    height, width = size
    cells = [((x + 0.5) / width, (y + 0.5) / height) for y in range(height) for x in range(width)]
    return torch.stack([code(cell, channels) for cell in cells])


def at(plane: Tensor, point: Sequence[float]) -> Tensor:
    """A map (C, H, W) at a place, bilinearly from the four centres around; (C,)."""
    (x, y), (_, height, width) = point, plane.shape
    col = min(max(x * width - 0.5, 0), width - 1)
    row = min(max(y * height - 0.5, 0), height - 1)
    left, top = min(int(col), width - 2), min(int(row), height - 2)
    a, b = col - left, row - top
    upper = (1 - a) * plane[:, top, left] + a * plane[:, top, left + 1]
    lower = (1 - a) * plane[:, top + 1, left] + a * plane[:, top + 1, left + 1]
    return (1 - b) * upper + b * lower


def corrected(
    network: IscnNetwork, plane: Tensor, conflicts: Tensor | None, is_pixel: bool
) -> Tensor:
    """A map (d, H, W) with conflicts (H', W') added."""
    if network.reasoning is None or conflicts is None:
        return plane
    table = network.reasoning.pixel if is_pixel else network.reasoning.levels
    size = plane.shape[1:]
    for kind in (1, 2):
        there = (conflicts == kind).float()[None]
        if network.config.crm_resize == "max":
            there = max_pool2d(there, conflicts.shape[0] // size[0])
        else:
            there = interpolate(there[None], size, mode="bilinear", align_corners=False)[0]
        plane = plane + table[kind - 1][:, None, None] * there
    return plane


def reference_round(
    network: IscnNetwork,
    image: Tensor,
    prompts: Prompts,
    memory: Tensor | None = None,
    conflicts: Tensor | None = None,
) -> Found:
    """Answer for one image (3, H, W); prompts without batch or padding, memory (h, w)."""
    config, decoder = network.config, network.decoder
    maps = network.pyramid(network.encoder(network.normalise(image[None])))
    plain = [level[0] for level in maps.levels]
    levels = [corrected(network, level, conflicts, False) for level in plain]
    pixel = corrected(network, maps.pixel[0], conflicts, True)
    # Object queries do not know of the conflicts, unless everything reads everything.
    of_objects = (levels, pixel) if config.joint_full else (plain, maps.pixel[0])

    has_memory = memory is not None and config.memory
    families = "o" + "t" * (prompts.text is not None) + "v" * (prompts.points is not None)
    families += "m" * (has_memory and (len(families) > 1 or config.joint_full))
    names: dict[str, Family] = {"o": "object", "t": "text", "v": "visual", "m": "memory"}
    sets = {it: decoder.family(names[it]) for it in families}
    x: dict[str, Tensor] = {it: sets[it].content for it in families}
    e: dict[str, Tensor] = {it: sets[it].codes for it in families}
    if prompts.text is not None:
        tokens = decoder.words.norm(decoder.words.project(prompts.text[:16]))
        places = torch.tensor(
            [
                [
                    (math.sin, math.cos)[c % 2](n / 10000 ** ((c - c % 2) / config.width))
                    for c in range(config.width)
                ]
                for n in range(len(tokens))
            ]
        )
        x["T"], e["T"] = tokens + places, torch.zeros_like(tokens)
    found = Found({}, {}, {})

    def answer() -> None:
        for it in families.replace("m", ""):
            normal = decoder.heads.norm(x[it])
            mask_code, meaning = decoder.heads.mask(normal), decoder.heads.meaning(normal)
            canvas = of_objects[1] if it == "o" else pixel
            masks = torch.einsum("kd,dhw->khw", mask_code, canvas)
            said = decoder.heads.classify(normal if config.class_head == "linear" else meaning)
            for table, value in zip(found, (masks, said, mask_code), strict=True):
                table.setdefault(it, []).append(value)

    def visible(it: str, size: torch.Size) -> Tensor:
        if it == "m":
            assert memory is not None
            previous = memory[None].expand(config.memories, -1, -1)
        elif config.masked_attn:
            previous = found.masks[it][-1]
        else:
            return torch.ones(len(x[it]), size[0] * size[1], dtype=torch.bool)
        small = interpolate(previous[None], size, mode="bilinear", align_corners=False)[0]
        allowed = ~(small.sigmoid() < 0.5).flatten(1)
        for row in allowed:
            if not row.any():
                row[:] = True
        return allowed

    answer()
    for i in range(config.layers):
        layer, number = decoder.layer(i), i % 3
        if prompts.points is not None:
            assert prompts.kinds is not None
            where = prompts.points.tolist()
            x["V"] = torch.stack(
                [
                    decoder.sampler.project[number](at(levels[number], place)) + vector
                    for place, vector in zip(
                        where, decoder.sampler.kinds(prompts.kinds), strict=True
                    )
                ]
            )
            e["V"] = torch.stack([code(place, config.width) for place in where])
        size = levels[number].shape[1:]
        level_code, cell = decoder.level_codes[number], cell_codes(size, config.width)
        order = [it for it in "otvmTV" if it in x]
        if config.two_way and {"t", "v"} & set(families):
            # Objects are what they are after reading in this layer where they do not join in.
            objects = x["o"] if config.joint_full else _objects(network, plain, found, x, e, i)
            everything = {**x, "o": objects}
            context = torch.cat([everything[it] for it in order])
            codes = torch.cat([e[it] for it in order])
            cells = levels[number].flatten(1).T
            assert layer.back is not None
            there = torch.ones(len(cells), len(context), dtype=torch.bool)
            read = attend(layer.back, cells + level_code + cell, context + codes, context, there)
            normal = layer.back_norm(cells + read).T
            levels = [*levels[:number], normal.unflatten(1, size), *levels[number + 1 :]]
        for it in families:
            source = (plain if it == "o" and not config.joint_full else levels)[number]
            cells = source.flatten(1).T + level_code
            keys = cells + cell
            read = attend(layer.cross, x[it] + e[it], keys, cells, visible(it, size))
            x[it] = layer.cross_norm(x[it] + read)
        rows = torch.cat([x[it] for it in order])
        codes = torch.cat([e[it] for it in order])
        letters = "".join(it * len(x[it]) for it in order)
        allowed = torch.tensor(
            [[b in TABLE[a] or config.joint_full for b in letters] for a in letters]
        )
        read = attend(layer.mutual, rows + codes, rows + codes, rows, allowed)
        rows = layer.mutual_norm(rows + read)
        rows = layer.feed_norm(rows + layer.feed(rows))
        pieces = rows.split([len(x[it]) for it in order])
        x.update(zip(order, pieces, strict=True))
        answer()
    return found


def _objects(
    network: IscnNetwork,
    plain: list[Tensor],
    found: Found,
    x: dict[str, Tensor],
    e: dict[str, Tensor],
    i: int,
) -> Tensor:
    """Object queries after they read pixels in layer i."""
    layer, number = network.decoder.layer(i), i % 3
    size = plain[number].shape[1:]
    cells = plain[number].flatten(1).T + network.decoder.level_codes[number]
    keys = cells + cell_codes(size, network.config.width)
    small = interpolate(found.masks["o"][-1][None], size, mode="bilinear", align_corners=False)[
        0
    ].flatten(1)
    allowed = small >= 0
    allowed |= ~allowed.any(dim=1, keepdim=True)
    read = attend(layer.cross, x["o"] + e["o"], keys, cells, allowed)
    assert isinstance(layer.cross_norm, nn.Module)
    return layer.cross_norm(x["o"] + read)
