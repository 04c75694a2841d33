"""BERT in numpy: from pieces of texts to their states, without torch.

Devlin et al., "BERT: pre-training of deep bidirectional transformers", NAACL 2019: the encoder of
Vaswani et al., "Attention is all you need", NIPS 2017, with learned positions and the exact GELU.
Layer norms come after the sums.  Weights have the names of published checkpoints.  The sheet
`dfimat`, section 4.3.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from penumbra.core.errors import WeightsError, require

EPSILON = 1e-12
"""Of the layer norms."""

UNUSED = ("embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias")
"""What checkpoints hold and states do not need: 0, 1, 2 ..., and a layer of a training task."""

_LISTED = 4  # names in a message; a wrong network would list hundreds

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Sizes:
    """Sizes of the network; by default those of MiniLM-L6.

    Attributes:
        layers: How many.
        width: Of a state.
        heads: Of the attention; they share the width equally.
        hidden: Width inside the feed-forward part.
        pieces: Of the vocabulary.
        positions: Pieces of a text at most.
        kinds: Of pieces; all are of the first.

    Raises:
        InputError: A size is less than 1, or the heads cannot share the width.
    """

    layers: int = 6
    width: int = 384
    heads: int = 12
    hidden: int = 1536
    pieces: int = 30522
    positions: int = 512
    kinds: int = 2

    def __post_init__(self) -> None:
        for name, size in vars(self).items():
            require(size >= 1, name, "at least 1", size)
        rule = f"a divisor of the width {self.width}"
        require(self.width % self.heads == 0, "heads", rule, self.heads)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each tensor that is used, by its name."""
        width, hidden = self.width, self.hidden
        shapes: dict[str, tuple[int, ...]] = {
            "embeddings.word_embeddings.weight": (self.pieces, width),
            "embeddings.position_embeddings.weight": (self.positions, width),
            "embeddings.token_type_embeddings.weight": (self.kinds, width),
            **_norm("embeddings.LayerNorm", width),
        }
        for layer in (f"encoder.layer.{i}" for i in range(self.layers)):
            for name in ("query", "key", "value"):
                shapes |= _linear(f"{layer}.attention.self.{name}", width, width)
            shapes |= _linear(f"{layer}.attention.output.dense", width, width)
            shapes |= _norm(f"{layer}.attention.output.LayerNorm", width)
            shapes |= _linear(f"{layer}.intermediate.dense", width, hidden)
            shapes |= _linear(f"{layer}.output.dense", hidden, width)
            shapes |= _norm(f"{layer}.output.LayerNorm", width)
        return shapes


def _linear(name: str, entering: int, leaving: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (leaving, entering), f"{name}.bias": (leaving,)}


def _norm(name: str, width: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


class _Affine(NamedTuple):
    """Weights of a linear layer, (out, in) and (out,), or of a layer norm, (C,) and (C,)."""

    weight: Vectors
    bias: Vectors

    def linear(self, x: Vectors) -> Vectors:
        return x @ self.weight.T + self.bias

    def norm(self, x: Vectors) -> Vectors:
        x = x - x.mean(axis=-1, keepdims=True)
        variance = np.square(x).mean(axis=-1, keepdims=True)
        return x / np.sqrt(variance + np.float32(EPSILON)) * self.weight + self.bias


class _Layer(NamedTuple):
    entering: _Affine  # queries, keys and values at once, (3 C, C)
    leaving: _Affine
    attended: _Affine
    wide: _Affine
    narrow: _Affine
    answered: _Affine

    def forward(self, x: Vectors, mask: NDArray[np.bool_], heads: int) -> Vectors:
        """Return the next states, (B, L, C), of these."""
        count, length, width = x.shape
        parts = self.entering.linear(x).reshape(count, length, 3, heads, width // heads)
        queries, keys, values = parts.transpose(2, 0, 3, 1, 4)  # each (B, heads, L, C / heads)
        scores = queries @ keys.swapaxes(2, 3) / np.float32(math.sqrt(width // heads))
        seen = _softmax(np.where(mask[:, None, None], scores, np.float32(-np.inf))) @ values
        joined = seen.swapaxes(1, 2).reshape(count, length, width)
        x = self.attended.norm(x + self.leaving.linear(joined))
        return self.answered.norm(x + self.narrow.linear(gelu(self.wide.linear(x))))


class Bert:
    """The network, with its weights.

    Args:
        weights: By the names of `Sizes.shapes`, float32; those of `UNUSED` may be there too.
        sizes: What the weights must fit.

    Raises:
        WeightsError: A tensor is missing, unknown, or of another shape or kind.
    """

    def __init__(self, weights: Mapping[str, NDArray[Any]], sizes: Sizes | None = None) -> None:
        self.sizes = sizes or Sizes()
        _check_fit(weights, self.sizes)

        def affine(*names: str) -> _Affine:
            parts = [[weights[f"{name}.{kind}"] for name in names] for kind in ("weight", "bias")]
            return _Affine(*(np.concatenate(part) for part in parts))

        self._pieces = weights["embeddings.word_embeddings.weight"]
        # Of all pieces: the kind is always the first.
        kind = weights["embeddings.token_type_embeddings.weight"][0]
        self._positions = weights["embeddings.position_embeddings.weight"] + kind
        self._start = affine("embeddings.LayerNorm")
        self._layers = [
            _Layer(
                affine(*(f"{layer}.attention.self.{name}" for name in ("query", "key", "value"))),
                affine(f"{layer}.attention.output.dense"),
                affine(f"{layer}.attention.output.LayerNorm"),
                affine(f"{layer}.intermediate.dense"),
                affine(f"{layer}.output.dense"),
                affine(f"{layer}.output.LayerNorm"),
            )
            for layer in (f"encoder.layer.{i}" for i in range(self.sizes.layers))
        ]

    def states(self, pieces: NDArray[np.int64], mask: NDArray[np.bool_]) -> Vectors:
        """Return the states of pieces, (B, L, width), those of padding included.

        Args:
            pieces: (B, L), numbers in the vocabulary; at most as many as there are positions.
            mask: (B, L), whether a piece is none of padding; at least one of each text is.
        """
        x = self._start.norm(self._pieces[pieces] + self._positions[: pieces.shape[1]])
        for layer in self._layers:
            x = layer.forward(x, mask, self.sizes.heads)
        return x


def gelu(x: Vectors) -> Vectors:
    """Return x times the share of a normal distribution below x.

    Source:
        Hendrycks and Gimpel, "Gaussian error linear units", 2016, section 2; not its
        approximation.
    """
    return x * (erf(x * np.float32(math.sqrt(0.5))) + 1) * np.float32(0.5)


def read_bert(data: bytes, sizes: Sizes | None = None) -> Bert:
    """Return the network of a safetensors file's bytes.

    Args:
        data: The file.
        sizes: Of the network; those of MiniLM-L6 when omitted.

    Raises:
        WeightsError: The file is damaged, or does not fit the sizes.
        ImportError: The extra `text` is not installed.
    """
    # Imported here: it comes with an extra.
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        tensors = load(data)
    except SafetensorError as error:
        raise WeightsError(f"BERT must be a whole safetensors file, got {error}") from error
    return Bert(tensors, sizes)


def _softmax(scores: Vectors) -> Vectors:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _check_fit(weights: Mapping[str, NDArray[Any]], sizes: Sizes) -> None:
    shapes = sizes.shapes()
    if missing := shapes.keys() - weights.keys():
        raise WeightsError(f"weights must fit BERT, got nothing for {_some(missing)}")
    if unknown := weights.keys() - shapes.keys() - {*UNUSED}:
        raise WeightsError(f"weights must fit BERT, got {_some(unknown)} besides")
    for name, shape in shapes.items():
        found = weights[name]
        if found.shape != shape or found.dtype != np.float32:
            came = f"{found.dtype} of shape {found.shape}"
            raise WeightsError(f"{name} must be float32 of shape {shape}, got {came}")


def _some(names: set[str]) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    return ", ".join(listed[:_LISTED]) + more
