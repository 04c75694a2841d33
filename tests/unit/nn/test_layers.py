"""Small parts that several networks share."""

import pytest
import torch
from torch.nn.functional import adaptive_avg_pool2d, max_pool2d, max_unpool2d
from torch.testing import assert_close

from penumbra.nn.layers import cell_means, max_pool, max_unpool, max_unpool_shared


def test_unpooling_puts_maxima_back_where_they_were() -> None:
    """And zero everywhere else."""
    x = torch.rand(2, 3, 6, 8) + 0.1

    back = max_unpool(max_pool(x).maxima, max_pool(x))

    assert_close(back[back > 0], x[back > 0])
    assert (back > 0).sum() == 2 * 3 * 3 * 4
    assert_close(max_pool(back).maxima, max_pool(x).maxima)


def test_unpooling_is_that_of_torch_bit_for_bit() -> None:
    """Which is not allowed where only deterministic kernels are."""
    x, values = torch.randn(2, 5, 8, 4), torch.randn(2, 5, 4, 2)
    maxima, places = max_pool2d(x, 2, return_indices=True)

    ours = max_unpool(values, max_pool(x))

    assert torch.equal(ours, max_unpool2d(values, places, [2, 2]))
    assert torch.equal(max_pool(x).maxima, maxima)


def test_unpooling_runs_under_deterministic_kernels() -> None:
    """Forward and backward."""
    x = torch.randn(1, 2, 4, 4, requires_grad=True)
    torch.use_deterministic_algorithms(True)
    try:
        pooled = max_pool(x)
        max_unpool(pooled.maxima, pooled).sum().backward()  # type: ignore[no-untyped-call]
    finally:
        torch.use_deterministic_algorithms(False)

    assert x.grad is not None
    assert x.grad.sum() == 2 * 4


def test_unpooling_of_overlapping_windows_keeps_the_largest() -> None:
    """By hand: the peak at (1, 1) is the maximum of all four windows around it."""
    x = torch.zeros(1, 1, 4, 4)
    x[..., 1, 1] = 1
    pooled = max_pool(x, 3)
    assert (pooled.places[0, 0] == 5).sum() > 1
    values = torch.tensor([[1.0, 4.0], [3.0, 2.0]])[None, None]

    plane = max_unpool_shared(values, pooled)

    winners = values[pooled.places == 5].max()
    assert plane[0, 0, 1, 1] == winners
    assert (plane != 0).sum() == len(set(pooled.places.flatten().tolist()))


def test_unpooling_without_overlap_is_that_of_torch() -> None:
    """Where every maximum has one window, all rules agree; negative values are kept."""
    x = torch.randn(2, 3, 8, 6, generator=torch.Generator().manual_seed(3))
    pooled = max_pool(x)
    values = torch.randn(pooled.maxima.shape, generator=torch.Generator().manual_seed(4))

    expected = max_unpool2d(values, pooled.places, [2, 2], [2, 2])

    assert_close(max_unpool_shared(values, pooled), expected)
    assert_close(max_unpool(values, pooled), expected)


def test_gradients_of_overlapping_unpooling_are_right() -> None:
    """Against differences; also where deterministic kernels alone are allowed."""
    x = torch.randn(1, 2, 8, 8, generator=torch.Generator().manual_seed(5))
    pooled = max_pool(x, 3)
    values = torch.randn(1, 2, 4, 4, generator=torch.Generator().manual_seed(6)).double()
    torch.use_deterministic_algorithms(True)
    try:
        assert torch.autograd.gradcheck(
            lambda given: max_unpool_shared(given, pooled), values.requires_grad_()
        )
    finally:
        torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize("count", [1, 3, 5])
def test_cell_means_are_those_of_adaptive_pooling(count: int) -> None:
    """Of maps smaller and larger than the number of cells."""
    for height, width in ((2, 3), (7, 11), (10, 10)):
        x = torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(height))

        assert_close(cell_means(x, count), adaptive_avg_pool2d(x, count))
