"""Simulated users and what the capture network learns from them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from penumbra.core.errors import InputError
from penumbra.core.hints import Click
from penumbra.systems.dfimat.capture import (
    PROTOCOLS,
    CaptureLoss,
    Conversation,
    captured,
    mask_of,
)
from penumbra.systems.dfimat.gathering import SceneBatch
from penumbra.systems.dfimat.iscn.config import IscnConfig
from penumbra.systems.dfimat.iscn.conflicts import (
    MISSED,
    SPILLED,
    find_conflicts,
    paint,
    previous_mask,
)
from penumbra.systems.dfimat.iscn.network import IscnNetwork

TINY = IscnConfig(
    encoder="xs",
    width=32,
    heads=2,
    pyramid_layers=1,
    pyramid_ffn=32,
    is_dense=False,
    layers=3,
    ffn=32,
    objects=3,
    k_v=1,
    memories=2,
    class_width=32,
    scribble_points=4,
    token_budget=24,
    loss_points=0,
    text_encoder="toy",
)
SIDE = 64


def two_people() -> SceneBatch:
    """Two pictures of two squares; the left one is wanted, then the right one."""
    alphas = torch.zeros(2, 2, SIDE, SIDE)
    alphas[:, 0, 20:50, 6:26] = 1
    alphas[:, 1, 16:50, 36:58] = 1
    image = 0.3 + 0.5 * alphas[:, :1] * torch.tensor([1.0, 0.2, 0.2])[:, None, None]
    image = image + 0.3 * alphas[:, 1:]
    return SceneBatch(
        image=image.clamp(0, 1),
        alphas=alphas,
        is_person=torch.ones(2, 2, dtype=torch.bool),
        wanted=torch.tensor([0, 1]),
        is_matte=torch.ones(2, dtype=torch.bool),
        sentences=(("the leftmost person",), ("the rightmost person",)),
        strangers=(("the person in green",), ("the person in green",)),
    )


def only(protocol: str) -> tuple[float, float, float, float, float]:
    first, second, third, fourth, fifth = (float(it == protocol) for it in PROTOCOLS)
    return first, second, third, fourth, fifth


@pytest.fixture(scope="module")
def network() -> IscnNetwork:
    torch.manual_seed(0)
    return IscnNetwork(TINY)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_protocol_teaches_its_queries(network: IscnNetwork, protocol: str) -> None:
    """Words teach text queries, everything else visual ones; people are learned by all."""
    torch.manual_seed(1)
    how = CaptureLoss(mix=only(protocol), rounds=2, nobody=0.0)

    terms = how(network, two_people())

    assert all(bool(torch.isfinite(term)) for term in terms.values())
    assert {"object_bce", "object_dice", "object_class"} <= terms.keys()
    assert ("text_bce" in terms) == (protocol in ("mixed", "text"))
    assert ("visual_bce" in terms) == (protocol != "text")
    sum(terms.values(), torch.zeros(())).backward()  # type: ignore[no-untyped-call]
    learned = [name for name, it in network.named_parameters() if it.grad is not None]
    network.zero_grad()
    assert any(name.startswith("encoder.") for name in learned)


def test_users_who_ask_for_nobody_want_an_empty_mask(network: IscnNetwork) -> None:
    """By words alone, about clothes that nobody wears."""
    batch = two_people()
    talk = Conversation(batch, np.random.default_rng(0), CaptureLoss(nobody=1.0))

    assert talk.is_nobody == [True, True]
    assert not talk.truth(batch).target.any()
    prompts, _ = talk.prompts(network, None)
    assert prompts.points is None
    assert prompts.text is not None


def test_users_click_on_whom_they_want_and_correct_what_they_see(network: IscnNetwork) -> None:
    """First on the person; then, shown nothing, where it is missing: a conflict of that kind."""
    batch = two_people()
    how = CaptureLoss(mix=only("click"), nobody=0.0, spoilt=0.0)
    talk = Conversation(batch, np.random.default_rng(0), how)
    prompts, conflicts = talk.prompts(network, None)
    assert conflicts is None
    assert prompts.points is not None
    x, y = (prompts.points[:, 0] * SIDE).unbind(1)
    rows, cols = y.long(), x.long()
    assert batch.alpha[torch.arange(2), 0, rows, cols].tolist() == [1, 1]

    nothing = torch.full((2, 1, SIDE // 4, SIDE // 4), -8.0)
    talk.go_on(nothing)
    prompts, conflicts = talk.prompts(network, nothing)

    assert conflicts is not None
    assert set(conflicts.flatten().tolist()) == {0, MISSED}
    inside = batch.alpha.bool()
    assert (conflicts == MISSED)[inside].sum() > 0.5 * (conflicts == MISSED).sum()
    talk.go_on(-nothing)
    _, conflicts = talk.prompts(network, -nothing)
    assert conflicts is not None
    assert set(conflicts.flatten().tolist()) == {0, SPILLED}


def test_conflicts_are_those_of_inference(network: IscnNetwork) -> None:
    """Painted from the same marks, in pixels of the picture."""
    batch = two_people()
    how = CaptureLoss(mix=only("click"), nobody=0.0, spoilt=0.0)
    talk = Conversation(batch, np.random.default_rng(3), how)
    logits = torch.where(batch.alphas[:, 1:, ::4, ::4] > 0, 4.0, -4.0)
    talk.go_on(logits)

    _, conflicts = talk.prompts(network, logits)

    assert conflicts is not None
    for row, user in enumerate(talk._users):
        marks = user.marks(is_all=False)
        assert all(isinstance(mark, Click) for mark in marks)
        before = previous_mask(logits[row, 0].numpy(), SIDE, SIDE)
        expected = find_conflicts(paint(marks, SIDE, SIDE), before)
        assert np.array_equal(conflicts[row, 0].numpy(), expected)


def test_spoilt_masks_are_others_and_the_rest_are_not(network: IscnNetwork) -> None:
    batch = two_people()
    with torch.no_grad():
        talk = Conversation(batch, np.random.default_rng(0), CaptureLoss(spoilt=1.0, nobody=0.0))
        answer = network(batch.image, talk.prompts(network, None)[0])
        worse = talk.answered(answer)
        talk = Conversation(batch, np.random.default_rng(0), CaptureLoss(spoilt=0.0, nobody=0.0))
        same = talk.answered(answer)

    assert same.equal(answer.mask)
    assert not worse.equal(answer.mask)


def test_a_text_encoder_that_is_not_here_is_refused(network: IscnNetwork) -> None:
    """CLIP's states have another width; nothing is read in their stead."""
    talk = Conversation(two_people(), np.random.default_rng(0), CaptureLoss(nobody=1.0))
    clip = IscnNetwork(replace(TINY, text_encoder="clip"))

    with pytest.raises(InputError, match="text_encoder must be one that is here"):
        talk.prompts(clip, None)


def test_the_last_round_alone_can_be_learned_from(network: IscnNetwork) -> None:
    """Then the rounds before are seen without gradients."""
    torch.manual_seed(0)
    terms = CaptureLoss(unroll="last", rounds=3, nobody=0.0)(network, two_people())

    assert sum(terms.values(), torch.zeros(())).requires_grad


def test_a_network_that_learns_two_pictures_finds_both_people() -> None:
    """A few seconds of learning bring 1 - IoU down."""
    torch.manual_seed(0)
    network, batch = IscnNetwork(TINY), two_people()
    how = CaptureLoss(mix=only("click"), rounds=1, nobody=0.0, spoilt=0.0)
    optimiser = torch.optim.AdamW(network.parameters(), 3e-3)
    with torch.no_grad():
        before = float(captured(network.eval(), batch))
    network.train()
    for _ in range(30):
        optimiser.zero_grad()
        sum(how(network, batch).values(), torch.zeros(())).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    with torch.no_grad():
        after = float(captured(network.eval(), batch))
        shown = mask_of(network, batch)

    assert shown.shape == (2, 1, SIDE, SIDE)
    assert after < 0.7 * before


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"mix": (0.0,) * 5}, "mix must be 5 numbers"),
        ({"rounds": 0}, "rounds must be at least 1"),
        ({"unroll": "some"}, "unroll must be all or last"),
        ({"spoilt": 2.0}, r"spoilt must be in \[0, 1\]"),
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(CaptureLoss(), **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(("scope", "is_box_told"), [("all", True), ("new", False)])
def test_a_box_may_say_that_what_lies_outside_is_background(scope: str, is_box_told: bool) -> None:
    """With `crm_box`: whatever the mask before showed out there has spilled."""
    torch.manual_seed(0)
    config = replace(TINY, crm_box=True, crm_scope=scope)  # type: ignore[arg-type]
    how = CaptureLoss(mix=only("box"), nobody=0.0, spoilt=0.0)
    talk = Conversation(two_people(), np.random.default_rng(0), how)
    everywhere = torch.full((2, 1, SIDE // 4, SIDE // 4), 8.0)
    talk.go_on(everywhere)  # the box is old now

    _, conflicts = talk.prompts(IscnNetwork(config), everywhere)

    assert conflicts is not None
    spilled = conflicts[:, 0] == SPILLED
    assert bool(spilled[0, :, -4:].all()) == is_box_told
    assert not spilled[0, 24:46, 12:20].any()  # in the middle of whom the first user wants
