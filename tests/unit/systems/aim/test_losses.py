"""What automatic matting minimises, against numbers that were computed by hand."""

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from penumbra.systems.aim.losses import (
    MaskLoss,
    MatteLoss,
    composition_loss,
    mean_error,
    semantic_loss,
)
from penumbra.systems.aim.network import AimNetwork, Answer
from penumbra.training.compose import Batch
from penumbra.training.pool import KINDS


class Says(AimNetwork):
    """Answers what it is told."""

    def __init__(self, answer: Answer) -> None:
        nn.Module.__init__(self)
        self.said = answer

    def forward(self, image: Tensor) -> Answer:
        """Return it."""
        return self.said


def batch(alpha: Tensor, trimap: Tensor, kind: str = "SO", is_composite: bool = True) -> Batch:
    """White over black, so that the image is alpha."""
    white, black = torch.ones(1, 3, *alpha.shape[2:]), torch.zeros(1, 3, *alpha.shape[2:])
    return Batch(
        image=alpha.expand(-1, 3, -1, -1),
        alpha=alpha,
        foreground=white,
        background=black,
        trimap=trimap,
        distractor=torch.zeros_like(alpha),
        is_composite=torch.tensor([is_composite]),
        kind=torch.tensor([KINDS.index(kind)]),
        picture=torch.tensor([0]),
    )


def halves() -> tuple[Answer, Tensor, Tensor]:
    """32 x 32: the left half transition with alpha 0.5, the right one foreground."""
    trimap = torch.ones(1, 1, 32, 32)
    trimap[..., :16] = 0.5
    logits = torch.zeros(1, 3, 32, 32)
    matte = torch.full((1, 1, 32, 32), 0.8)
    alpha = torch.where(trimap == 0.5, matte, 1.0)
    return Answer(logits, matte, alpha), torch.where(trimap == 0.5, 0.5, 1.0), trimap


def test_the_first_stage_adds_three_terms() -> None:
    """0.3 off in the 512 pixels of the transition, with the one pixel more; log 3 for no idea."""
    answer, alpha, trimap = halves()

    terms = MaskLoss()(Says(answer), batch(alpha, trimap))

    assert_close(terms["semantic"], torch.tensor(3.0).log())
    assert terms["matte"].item() == pytest.approx(0.3 * 512 / 513, abs=1e-6)
    assert terms["alpha"].item() == pytest.approx(0.15, abs=1e-6)


def test_the_second_stage_adds_pyramids_and_composition() -> None:
    """White over black: each of three colours is 0.3 off in half of the pixels."""
    answer, alpha, trimap = halves()

    terms = MatteLoss()(Says(answer), batch(alpha, trimap))

    assert terms["matte"].item() == pytest.approx(0.3 * 512 / 513, abs=1e-6)
    assert terms["composition"].item() == pytest.approx(3 * 0.15, abs=1e-5)
    assert terms["alpha_laplacian"].item() == pytest.approx(terms["matte_laplacian"].item())
    assert terms["alpha_laplacian"] > 0.15  # the low-pass alone is that


def test_a_mask_is_trusted_but_for_its_edge() -> None:
    """In a photograph with a mask the transition judges no opacity, the rest does."""
    answer, alpha, trimap = halves()

    terms = MatteLoss()(Says(answer), batch(alpha, trimap, is_composite=False))

    assert terms["matte"] == terms["matte_laplacian"] == terms["alpha_laplacian"] == 0
    assert terms["alpha"].item() == pytest.approx(0, abs=1e-6)


def test_without_the_unified_map_all_kinds_have_trimaps() -> None:
    """The ablation: a net is foreground where it is opaque, not transition."""
    answer, alpha, trimap = halves()
    told = answer._replace(
        logits=torch.cat([-9 * torch.ones(1, 1, 32, 32), 2 * (1 - trimap), 2 * trimap - 1], dim=1)
        * 40
    )
    net = batch(alpha, trimap, "NS")

    plain, unified = (MaskLoss(uni)(Says(told), net)["semantic"] for uni in (False, True))

    assert plain < 1 < unified


def test_a_batch_without_transition_costs_the_matte_nothing() -> None:
    """The one pixel more keeps it finite."""
    answer, alpha, _ = halves()

    terms = MatteLoss()(Says(answer), batch(alpha, torch.ones_like(alpha)))

    assert terms["matte"] == terms["matte_laplacian"] == 0


def test_quirks_are_kept_on_request() -> None:
    """Sigmoids for logits flatten; normalised colours weigh more than four times as much."""
    logits = torch.tensor([8.0, -8.0, -8.0])[None, :, None, None]
    sample = batch(torch.full((1, 1, 1, 1), 0.5), torch.full((1, 1, 1, 1), 0.5))
    sure = torch.zeros(1, 1, 1, 1)
    wrong = torch.full((1, 1, 1, 1), 0.75)

    assert semantic_loss(logits, sure) < 1e-5
    assert semantic_loss(logits, sure, compat=True) > 0.5
    ratio = composition_loss(wrong, sample, compat=True) / composition_loss(wrong, sample)
    assert ratio.item() == pytest.approx((1 / 0.229 + 1 / 0.224 + 1 / 0.225) / 3, abs=0.01)


def test_validation_measures_the_answer() -> None:
    """The mean over all pixels."""
    answer, alpha, trimap = halves()

    assert mean_error(Says(answer), batch(alpha, trimap)).item() == pytest.approx(0.15)
