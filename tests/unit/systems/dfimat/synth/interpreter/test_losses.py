"""What the interpreter minimises, against numbers worked out by hand."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from penumbra.core.errors import InputError
from penumbra.systems.dfimat.synth.interpreter.losses import (
    InterpreterLoss,
    Truth,
    alpha_losses,
    class_loss,
    dice_losses,
    mask_loss,
)
from penumbra.systems.dfimat.synth.interpreter.network import Answer, Interpreter
from tests.unit.systems.dfimat.synth.interpreter.stubs import (
    IS_PERSON,
    SIDE,
    TINY,
    WIDTHS,
    features,
    perfect_head,
    squares,
)

SHOWN = torch.tensor([[3, 0], [1, -1]])

TRUTH = Truth(squares(), IS_PERSON)


def drawer(alphas: Tensor, sure: float = 30.0) -> Callable[[Tensor], Tensor]:
    """Answer for queries of `SHOWN` with what people look like, in logits."""

    def draw(queries: Tensor) -> Tensor:
        assert queries.equal(SHOWN.clamp(min=0))
        return alphas.logit().clamp(-sure, sure)

    return draw


def test_alpha_s_loss_is_the_mean_with_transitions_four_times() -> None:
    """Errors of 0.1 where it is opaque, 0.2 in the transition, and 0.3 where it is clear."""
    truth = torch.tensor([[[1.0, 0.5, 0.0, 0.0]]])
    alpha = torch.tensor([[[0.9, 0.7, 0.3, 0.0]]])

    assert_close(alpha_losses(alpha, truth), torch.tensor([(0.1 + 4 * 0.2 + 0.3) / 4]))


def test_alpha_s_loss_is_smooth_at_zero() -> None:
    """Its root has a gradient there, of nothing."""
    alpha = torch.full((1, 2, 2), 0.5, requires_grad=True)

    loss = alpha_losses(alpha, torch.full((1, 2, 2), 0.5)).sum()
    loss.backward()  # type: ignore[no-untyped-call]

    assert float(loss.detach()) == pytest.approx(4e-6)
    assert alpha.grad is not None
    assert (alpha.grad == 0).all()


def test_dice_of_a_half_opaque_answer_is_zero_where_that_is_true() -> None:
    """With squares; and by hand where it is not."""
    half = torch.full((1, 2, 2), 0.5)
    alpha = torch.tensor([[[1.0, 0.5], [0.0, 0.0]]])
    truth = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])

    assert_close(dice_losses(half, half), torch.zeros(1))
    assert_close(dice_losses(alpha, truth), torch.tensor([1 - (2 + 1) / (1.25 + 2 + 1)]))


@pytest.mark.parametrize(("neg_weight", "weight"), [(None, 1.0), (0.1, 0.1), (0.0, 0.0)])
def test_classes_are_cross_entropies_of_all_queries(
    neg_weight: float | None, weight: float
) -> None:
    """One of three is a person, with probability 3/4; the others say so with 1/2 and 3/4."""
    human = torch.tensor([[0.0, math.log(3), math.log(3)]])

    found = class_loss(human, torch.tensor([[1, -1]]), neg_weight)

    wanted = (-math.log(0.75) - weight * (math.log(0.5) + math.log(0.25))) / 3
    assert float(found) == pytest.approx(wanted)


def test_a_perfect_answer_has_no_loss() -> None:
    """Nearly: sigmoids never are quite 0 or 1, nor is ε."""
    head = perfect_head(squares(), 4, SHOWN)

    terms = InterpreterLoss().terms(Answer((head, head), None), drawer(squares()), TRUTH)

    assert list(terms) == ["class", "mask", "alpha", "dice"]
    for name, value in terms.items():
        assert 0 <= float(value) < 1e-5, name


def test_masks_can_be_perfect_where_cells_are_half_opaque() -> None:
    """The share of a cell is what is to be met, and what cannot be met costs nothing."""
    alphas = squares()
    alphas[0, 0, 8:32, 28:32] = 0.3
    head = perfect_head(alphas, 4, SHOWN)

    assert float(mask_loss(head, SHOWN, alphas)) == pytest.approx(0, abs=1e-5)
    assert float(mask_loss(head, SHOWN, squares())) > 1e-3


def test_terms_are_weighted_as_in_the_sheet() -> None:
    """λ = 0.1 of classes, the mean over heads, and means over the three people."""
    head = perfect_head(squares(), 4, SHOWN)
    unsure = head._replace(human=head.human * 0)
    alphas = squares()
    alphas[1, 0, 16:48, 0:12] = 0.5  # half of the 768 pixels of one of the three

    terms = InterpreterLoss().terms(Answer((unsure, head), None), drawer(alphas), TRUTH)

    assert float(terms["class"]) == pytest.approx(0.1 * math.log(2) / 2)
    assert float(terms["alpha"]) == pytest.approx(384 * 0.5 / 64**2 / 3, abs=2e-6)
    dice = 1 - (2 * (384 + 192) + 1) / (384 + 96 + 768 + 1)
    assert float(terms["dice"]) == pytest.approx(dice / 3, abs=1e-6)
    assert float(terms["mask"]) == pytest.approx(0, abs=1e-5)


def test_dice_has_its_weight_or_is_not_there() -> None:
    """0 is what the paper says, read literally."""
    head = perfect_head(squares(), 4, SHOWN)
    wrong = drawer(1 - squares())

    one, two = (
        InterpreterLoss(dice_weight=it).terms(Answer((head,), None), wrong, TRUTH) for it in (1, 2)
    )
    none = InterpreterLoss(dice_weight=0).terms(Answer((head,), None), wrong, TRUTH)

    assert_close(two["dice"], 2 * one["dice"])
    assert "dice" not in none


def test_pictures_of_nobody_teach_that_nobody_is_there() -> None:
    """No person, no mean of nothing that is no number."""
    nobody = Truth(torch.zeros(2, 2, 64, 64), torch.zeros(2, 2, dtype=torch.bool))
    head = perfect_head(squares(), 4, SHOWN)

    terms = InterpreterLoss().terms(
        Answer((head,), None), lambda queries: torch.zeros(2, 2, 64, 64), nobody
    )

    assert float(terms["class"]) == pytest.approx(0.1 * 30 * 3 / 8)
    assert [float(terms[name]) for name in ("mask", "alpha", "dice")] == [0, 0, 0]


@pytest.mark.parametrize("alpha_head", ["full", "coarse"])
def test_gradients_reach_every_parameter(alpha_head: str) -> None:
    """Of the network with all its parts, words included."""
    torch.manual_seed(0)
    config = replace(TINY, text="toy", alpha_head=alpha_head)  # type: ignore[arg-type]
    network = Interpreter(config, WIDTHS)
    answer = network(features(side=SIDE), torch.randn(2, 384))
    truth = Truth(squares(SIDE), IS_PERSON)

    terms = InterpreterLoss().terms(answer, lambda it: network.alphas(answer, it), truth)
    torch.stack(list(terms.values())).sum().backward()  # type: ignore[no-untyped-call]

    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        # What is added to all keys moves no attention.
        assert name.endswith("key.bias") or (parameter.grad != 0).any(), name


def test_a_few_people_can_be_learned_by_heart() -> None:
    """In few steps: all terms agree on what is wanted."""
    torch.manual_seed(0)
    network, loss = Interpreter(TINY, WIDTHS), InterpreterLoss()
    optimiser, known = torch.optim.Adam(network.parameters(), 2e-3), features(side=64)
    alphas = []

    for _ in range(20):
        answer = network(known)
        terms = loss.terms(answer, partial(network.alphas, answer), TRUTH)
        alphas.append(float(terms["alpha"].detach()))
        optimiser.zero_grad()
        torch.stack(list(terms.values())).sum().backward()  # type: ignore[no-untyped-call]
        optimiser.step()

    assert alphas[-1] < alphas[0] / 4


@pytest.mark.parametrize("name", ["dice_weight", "neg_weight"])
def test_weights_below_nothing_are_refused(name: str) -> None:
    """A loss would grow without end."""
    with pytest.raises(InputError, match=f"{name} must be at least 0"):
        InterpreterLoss(**{name: -1.0})
