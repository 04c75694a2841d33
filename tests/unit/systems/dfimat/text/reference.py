"""BERT once more, by torch's own functions and in float64, and small weights for it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F  # noqa: N812 - as torch's own documentation has it

from penumbra.systems.dfimat.text.bert import Sizes

Weights = dict[str, NDArray[np.float32]]

SMALL = Sizes(layers=2, width=12, heads=3, hidden=20, pieces=30, positions=8)


def random_weights(sizes: Sizes = SMALL, seed: int = 0) -> Weights:
    """Weights under which every part matters: biases and norms are not neutral either."""
    rng = np.random.default_rng(seed)
    return {
        name: (rng.normal(size=shape) / np.sqrt(shape[-1]) + (len(shape) == 1)).astype(np.float32)
        for name, shape in sizes.shapes().items()
    }


def torch_states(
    weights: Mapping[str, NDArray[Any]],
    heads: int,
    pieces: NDArray[np.int64],
    mask: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """States, (B, L, width), of numbers (B, L) and the mask of those that are none of padding."""

    def of(name: str) -> tuple[Tensor, Tensor]:
        return tensor(f"{name}.weight"), tensor(f"{name}.bias")

    def tensor(name: str) -> Tensor:
        return torch.from_numpy(weights[name]).double()

    def norm(x: Tensor, name: str) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], *of(name), eps=1e-12)

    def split(x: Tensor) -> Tensor:
        return x.reshape(*x.shape[:2], heads, -1).transpose(1, 2)

    numbers = torch.from_numpy(pieces)
    x = F.embedding(numbers, tensor("embeddings.word_embeddings.weight"))
    x = x + tensor("embeddings.position_embeddings.weight")[None, : numbers.shape[1]]
    kinds = torch.zeros_like(numbers)
    x = x + F.embedding(kinds, tensor("embeddings.token_type_embeddings.weight"))
    x = norm(x, "embeddings.LayerNorm")
    layers = {name.split(".")[2] for name in weights if name.startswith("encoder.layer.")}
    for at in (f"encoder.layer.{number}" for number in range(len(layers))):
        query, key, value = (
            split(F.linear(x, *of(f"{at}.attention.self.{name}")))
            for name in ("query", "key", "value")
        )
        allowed = torch.from_numpy(mask)[:, None, None]
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=allowed)
        joined = seen.transpose(1, 2).flatten(2)
        added = x + F.linear(joined, *of(f"{at}.attention.output.dense"))
        x = norm(added, f"{at}.attention.output.LayerNorm")
        wide = F.gelu(F.linear(x, *of(f"{at}.intermediate.dense")))
        x = norm(x + F.linear(wide, *of(f"{at}.output.dense")), f"{at}.output.LayerNorm")
    return x.numpy()
