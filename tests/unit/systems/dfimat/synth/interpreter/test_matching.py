"""Which query shows which person."""

import math

import torch
from torch.testing import assert_close

from penumbra.systems.dfimat.synth.interpreter.matching import costs_of, match
from tests.unit.systems.dfimat.synth.interpreter.stubs import IS_PERSON, perfect_head, squares


def test_perfect_queries_are_found() -> None:
    """In whatever order they stand; where nobody is, nobody is matched."""
    for shown in ([[0, 1], [0, -1]], [[4, 2], [3, -1]]):
        wanted = torch.tensor(shown)
        head = perfect_head(squares(), 5, wanted)

        assert match(head, squares(), IS_PERSON).equal(wanted)


def test_masks_count_more_than_a_moderate_certainty() -> None:
    """A query that is a little less human but shows the person is hers."""
    head = perfect_head(squares(), 3, torch.tensor([[0, 1], [0, -1]]))
    human = torch.tensor([[-0.5, -0.5, 0.5], [-0.5, -2.0, 0.5]])

    found = match(head._replace(human=human), squares(), IS_PERSON)

    assert found.tolist() == [[0, 1], [0, -1]]


def test_of_equal_masks_the_surer_query_is_taken() -> None:
    """Classes have a say in costs."""
    head = perfect_head(squares(), 2, torch.tensor([[0, -1], [0, -1]]))
    twins = head._replace(
        human=torch.tensor([[0.0, 1.0], [1.0, 0.0]]), masks=head.masks[:, :1].expand(-1, 2, -1, -1)
    )

    found = match(twins, squares()[:, :1], IS_PERSON[:, :1])

    assert found.tolist() == [[1], [0]]


def test_people_without_a_query_are_nobody_s() -> None:
    """More people than queries."""
    head = perfect_head(squares(), 1, torch.tensor([[0, -1], [0, -1]]))

    assert match(head, squares(), IS_PERSON).tolist() == [[0, -1], [0, -1]]


def test_costs_are_those_of_the_sheet() -> None:
    """2 BCE + 5 L1 + 5 dice of a query and a person on four pixels, by hand."""
    shown = torch.tensor([[[[1.0, 0.5], [0.0, 0.0]]]])
    truth = torch.tensor([[[[1.0, 0.0], [0.0, 0.0]]]])
    human = torch.tensor([[math.log(3)]])  # a probability of 3/4

    found = costs_of(human, shown, truth)

    apart = 0.5 / 4
    dice = 1 - (2 * 1 + 1) / (1.25 + 1 + 1)
    wanted = 2 * -math.log(0.75) + 5 * apart + 5 * dice
    assert_close(found, torch.tensor([[[wanted]]]))
