"""Small parts that several networks share."""

import torch
from torch.nn.functional import max_pool2d, max_unpool2d
from torch.testing import assert_close

from penumbra.nn.layers import max_pool, max_unpool


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
