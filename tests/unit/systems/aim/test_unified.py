"""The unified map and its fusion with a matte."""

import torch
from torch.testing import assert_close

from penumbra.systems.aim.unified import classes_of, decided, fuse, mixed, unified_of
from penumbra.training.pool import KINDS

TRIMAP = torch.tensor([0.0, 0.5, 1.0])[None, None, None]


def test_each_kind_has_its_map() -> None:
    """Trimap, duomap, unimap: 1.5 T - T^2 turns certain foreground into transition."""
    kinds = torch.tensor([KINDS.index(kind) for kind in ("SO", "STM", "NS")])

    unified = unified_of(TRIMAP.expand(3, -1, -1, -1), kinds)

    assert unified[:, 0, 0].tolist() == [[0, 0.5, 1], [0, 0.5, 0.5], [0.5, 0.5, 0.5]]
    assert classes_of(unified)[0, 0].tolist() == [0, 1, 2]


def test_fusion_takes_the_matte_in_the_transition_alone() -> None:
    """With a decided map the formula is that rule; in between it mixes."""
    matte = torch.tensor([0.9, 0.3, 0.1])[None, None, None]

    assert_close(fuse(TRIMAP, matte)[0, 0, 0], torch.tensor([0.0, 0.3, 1.0]))
    assert_close(fuse(torch.full_like(matte, 0.25), matte), 0.5 * matte + 0.5 * 0.25)


def test_a_map_is_decided_by_the_greatest_logit_and_mixed_by_all() -> None:
    """Decided maps carry no gradient."""
    logits = torch.tensor([[4.0, 0, 0], [0, 4.0, 0], [0, 0, 4.0]]).T[None, :, None]
    logits.requires_grad_()

    assert decided(logits)[0, 0, 0].tolist() == [0, 0.5, 1]
    assert not decided(logits).requires_grad
    probability = logits.softmax(dim=1)
    assert_close(mixed(logits), 0.5 * probability[:, 1:2] + probability[:, 2:])
