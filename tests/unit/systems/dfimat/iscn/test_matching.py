"""Which query shows which person, against all ways to match them."""

from itertools import permutations

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.testing import assert_close

from penumbra.systems.dfimat.iscn.matching import bce_costs, dice_costs, match


def drawn(seed: int, batch: int, queries: int, people: int) -> tuple[torch.Tensor, ...]:
    """Probabilities, logits at 30 pixels, and masks."""
    generator = torch.Generator().manual_seed(seed)
    human = torch.rand(batch, queries, generator=generator)
    logits = 3 * torch.randn(batch, queries, 30, generator=generator)
    targets = (torch.rand(batch, people, 30, generator=generator) > 0.6).float()
    return human, logits, targets


def dice(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Section 4.7, of one mask."""
    probability = torch.sigmoid(logits)
    both = (probability * target).sum()
    return 1 - (2 * both + 1) / (probability.sum() + target.sum() + 1)


def test_costs_are_those_of_every_pair() -> None:
    """One by one."""
    _, logits, targets = drawn(0, 2, 4, 3)

    bce, dices = bce_costs(logits, targets), dice_costs(logits, targets)

    assert bce.shape == dices.shape == (2, 4, 3)
    for image in range(2):
        for query in range(4):
            for person in range(3):
                pair = logits[image, query], targets[image, person]
                assert_close(bce[image, query, person], binary_cross_entropy_with_logits(*pair))
                assert_close(dices[image, query, person], dice(*pair))


@pytest.mark.parametrize("seed", range(5))
def test_no_other_match_costs_less(seed: int) -> None:
    """2 for the class, 5 for each part of the mask; all ways are tried."""
    human, logits, targets = drawn(seed, 2, 5, 3)

    matched = match(human, logits, targets, torch.ones(2, 3, dtype=torch.bool))

    for image in range(2):

        def cost(queries: tuple[int, ...], image: int = image) -> float:
            total = 0.0
            for person, query in enumerate(queries):
                pair = logits[image, query], targets[image, person]
                masks = binary_cross_entropy_with_logits(*pair) + dice(*pair)
                total += float(5 * masks - 2 * human[image, query])
            return total

        best = min(permutations(range(5), 3), key=cost)
        assert tuple(matched[image].tolist()) == best


def test_who_is_not_there_is_not_matched() -> None:
    """Nor does that take a query from anyone."""
    human, logits, targets = drawn(7, 2, 3, 3)
    is_person = torch.tensor([[True, False, True], [False, False, False]])

    matched = match(human, logits, targets, is_person)

    alone = match(human[:1], logits[:1], targets[:1, [0, 2]], is_person[:1, [0, 2]])
    assert matched[0].tolist() == [alone[0, 0].item(), -1, alone[0, 1].item()]
    assert matched[1].tolist() == [-1, -1, -1]


def test_more_people_than_queries_leave_some_without() -> None:
    """Every query is used once."""
    human, logits, targets = drawn(8, 1, 2, 4)

    matched = match(human, logits, targets, torch.ones(1, 4, dtype=torch.bool))

    assert sorted(matched[0].tolist()) == [-1, -1, 0, 1]
