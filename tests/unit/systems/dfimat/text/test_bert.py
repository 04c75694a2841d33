"""BERT in numpy against BERT in torch."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from safetensors.numpy import save

from penumbra.core.errors import InputError, WeightsError
from penumbra.systems.dfimat.text.bert import UNUSED, Bert, Sizes, gelu, read_bert
from tests.unit.systems.dfimat.text.reference import SMALL, random_weights, torch_states

MASK = np.arange(6) < np.array([[6], [3], [1]])


def numbers() -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.random.default_rng(1).integers(0, SMALL.pieces, MASK.shape)


@pytest.mark.parametrize("seed", range(3))
def test_states_are_those_of_torch(seed: int) -> None:
    """With texts of different lengths; what is padding has states as well, of no meaning."""
    weights = random_weights(seed=seed)

    states = Bert(weights, SMALL).states(numbers(), MASK)

    assert states.dtype == np.float32
    assert_allclose(states, torch_states(weights, SMALL.heads, numbers(), MASK), atol=2e-5)


def test_faint_states_are_normed_all_the_same() -> None:
    """What keeps the norm from dividing by zero is far smaller than in other networks."""
    weights = random_weights()
    for kind in ("word", "position", "token_type"):
        weights[f"embeddings.{kind}_embeddings.weight"] *= np.float32(1e-3)

    states = Bert(weights, SMALL).states(numbers(), MASK)

    assert_allclose(states, torch_states(weights, SMALL.heads, numbers(), MASK), atol=2e-5)


def test_padding_does_not_change_a_text() -> None:
    """Neither how much there is of it, nor what it is."""
    bert = Bert(random_weights(), SMALL)
    pieces = numbers()

    together = bert.states(pieces, MASK)

    alone = bert.states(pieces[1:2, :3], MASK[1:2, :3])
    # Sums in float32 of another shape: their order, and so the last digits, differ by machine.
    assert_allclose(together[1, :3], alone[0], rtol=5e-6, atol=2e-6)
    pieces[1, 3:] = 7
    assert_array_equal(bert.states(pieces, MASK)[1, :3], together[1, :3])


def test_the_order_of_pieces_matters() -> None:
    """By their positions, and only by them."""
    weights = random_weights()
    swapped = numbers()[:, ::-1]
    everything = np.ones_like(MASK)

    def difference() -> float:
        bert = Bert(weights, SMALL)
        back = bert.states(swapped, everything)[:, ::-1]
        return float(np.abs(bert.states(numbers(), everything) - back).max())

    assert difference() > 0.1
    weights["embeddings.position_embeddings.weight"][:] = 0
    assert difference() < 1e-5


def test_gelu_is_the_exact_one() -> None:
    """The approximation by tanh is off by up to 5e-4."""
    x = np.linspace(-6, 6, 1001, dtype=np.float32)

    assert gelu(x).dtype == np.float32
    expected = torch.nn.functional.gelu(torch.from_numpy(x).double())
    assert_allclose(gelu(x), expected.numpy(), atol=1e-6)


def test_sizes_are_those_of_the_sheet() -> None:
    """Section 4.3: 104 tensors with 22.7 M parameters, one more layer of which is not used."""
    shapes = Sizes().shapes()
    pooler = 384 * 384 + 384

    assert len(shapes) + len(UNUSED) == 104
    assert sum(map(np.prod, shapes.values())) + pooler == 22_713_216


def test_a_file_is_read() -> None:
    """Parts of a checkpoint that states do not need are passed over, whatever their kind."""
    unused = {name: np.arange(5) for name in UNUSED}

    bert = read_bert(save({**random_weights(), **unused}), SMALL)

    expected = Bert(random_weights(), SMALL).states(numbers(), MASK)
    assert_array_equal(bert.states(numbers(), MASK), expected)


def test_a_damaged_file_is_refused() -> None:
    """Cut short."""
    data = save(random_weights())

    with pytest.raises(WeightsError, match="must be a whole safetensors file"):
        read_bert(data[:-1], SMALL)


@pytest.mark.parametrize(
    ("name", "tensor", "message"),
    [
        ("embeddings.LayerNorm.bias", None, "got nothing for embeddings.LayerNorm.bias"),
        ("cls.bias", np.zeros(3, np.float32), "got cls.bias besides"),
        (
            "embeddings.LayerNorm.bias",
            np.zeros(13, np.float32),
            r"float32 of shape \(12,\), got float32 of shape \(13,\)",
        ),
        ("embeddings.LayerNorm.bias", np.zeros(12), "float32 .* got float64"),
    ],
)
def test_weights_that_do_not_fit_are_refused(name: str, tensor: Any, message: str) -> None:  # noqa: ANN401
    """Each in its own words."""
    weights = random_weights()
    if tensor is None:
        del weights[name]
    else:
        weights[name] = tensor

    with pytest.raises(WeightsError, match=message):
        Bert(weights, SMALL)


def test_a_message_names_a_few_of_many() -> None:
    """A network of another kind would list hundreds."""
    with pytest.raises(WeightsError, match=r"got nothing for (\S+, ){3}\S+ and 33 more$"):
        Bert({}, SMALL)


@pytest.mark.parametrize("sizes", [{"layers": 0}, {"width": 10, "heads": 3}, {"kinds": -1}])
def test_sizes_that_cannot_be_are_refused(sizes: dict[str, int]) -> None:
    """Where they are stated."""
    with pytest.raises(InputError, match="must be"):
        Sizes(**sizes)
