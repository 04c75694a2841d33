"""Batches whose images were told different things."""

from typing import Any

import pytest
import torch
from torch.testing import assert_close

from penumbra.systems.dfimat.iscn.network import Answer
from penumbra.systems.dfimat.iscn.prompts import Prompts
from tests.unit.systems.dfimat.iscn.networks import (
    clicks,
    conflicts,
    made,
    memory,
    mixed,
    padded,
    picture,
    words,
)

PARTS = [{}, {"joint_full": True}, {"two_way": True}, {"crm_reach": True}]
SAID = {"clicks": clicks(), "words": words(), "mixed": mixed(), "nothing": Prompts()}


def assert_rows_equal(ours: Answer, theirs: Answer, row: int) -> None:
    """One image of a batch answers as it does alone, whatever the others were told."""
    for family, has in (
        ("objects", True),
        ("text", theirs.has_text),
        ("visual", theirs.has_visual),
    ):
        if has:
            pairs = zip(getattr(ours, family), getattr(theirs, family), strict=True)
            for one, other in pairs:
                for a, b in zip(one, other, strict=True):
                    assert a.isfinite().all()
                    assert_close(a[row], b[0], atol=1e-5, rtol=1e-4)
    assert_close(ours.mask[row], theirs.mask[0], atol=1e-5, rtol=1e-4)
    assert_close(ours.human[row], theirs.human[0], atol=1e-5, rtol=1e-4)
    for name in ("chosen", "has_text", "has_visual"):
        assert getattr(ours, name)[row] == getattr(theirs, name)[0]


@pytest.mark.parametrize("changes", PARTS)
@pytest.mark.parametrize("said", SAID)
def test_what_is_absent_equals_what_is_padded(said: str, changes: dict[str, Any]) -> None:
    """Of every modality and of none, in a second round, whatever the padding holds."""
    network = made(**changes)
    if said == "nothing":
        empty = padded(Prompts(text=torch.zeros(1, 0, 384), sentence=torch.zeros(1, 384)))
    else:
        empty = padded(SAID[said])
    with torch.no_grad():
        seen = network.look(picture())
        before = (None, None) if said == "nothing" else (memory(), conflicts())
        absent = network.round(seen, SAID[said], *before)
        answer = network.round(seen, empty, *before)

    assert answer.text
    assert answer.visual
    assert_rows_equal(answer, absent, 0)


@pytest.mark.parametrize("changes", PARTS)
def test_each_image_of_a_batch_answers_as_it_does_alone(changes: dict[str, Any]) -> None:
    """Clicks, words, both and nothing side by side."""
    network = made(**changes)
    points, text = mixed(4).points, mixed(4).text
    kinds, sentence = mixed(4).kinds, mixed(4).sentence
    assert points is not None
    assert text is not None
    assert kinds is not None
    assert sentence is not None
    told = torch.tensor([[True, False], [False, True], [True, True], [False, False]])
    batch = Prompts(
        points=points,
        kinds=kinds,
        point_padding=~told[:, :1].expand(-1, 3),
        text=text,
        text_padding=~told[:, 1:].expand(-1, 4),
        sentence=sentence,
    )
    image = torch.cat([picture().roll(number, 3) for number in range(4)])
    with torch.no_grad():
        answer = network(image, batch)
        for row, (has_points, has_text) in enumerate(told.tolist()):
            one = slice(row, row + 1)
            said = Prompts()
            if has_points:
                said = said._replace(points=points[one], kinds=kinds[one])
            if has_text:
                said = said._replace(text=text[one], sentence=sentence[one])
            assert_rows_equal(answer, network(image[one], said), row)


@pytest.mark.parametrize("changes", PARTS)
def test_images_in_their_first_round_stand_beside_others(changes: dict[str, Any]) -> None:
    """Who has no previous mask answers as without memory, whatever stands in its place."""
    network = made(**changes)
    is_remembered = torch.tensor([True, False])
    with torch.no_grad():
        answer = network(picture(2), mixed(2), memory(2), conflicts(2), is_remembered)
        later = network(picture(2), mixed(2), memory(2), conflicts(2))
        first = network(picture(2), mixed(2), None, conflicts(2))

    for name in ("mask", "human"):
        ours, others = getattr(answer, name), (getattr(later, name), getattr(first, name))
        assert_close(ours[0], others[0][0], atol=1e-5, rtol=1e-4)
        assert_close(ours[1], others[1][1], atol=1e-5, rtol=1e-4)
    assert (first.mask - later.mask).abs().max() > 1e-3


def test_only_sixteen_tokens_of_a_text_are_read() -> None:
    """What comes behind them changes nothing."""
    network = made()
    said = words(count=20)
    assert said.text is not None
    with torch.no_grad():
        seen = network.look(picture())
        long = network.round(seen, said)
        short = network.round(seen, said._replace(text=said.text[:, :16]))
        shorter = network.round(seen, said._replace(text=said.text[:, :15]))

    assert torch.equal(long.mask, short.mask)
    assert (long.mask - shorter.mask).abs().max() > 1e-4


def test_the_order_of_words_matters() -> None:
    """They carry their places."""
    network = made()
    said = words()
    assert said.text is not None
    with torch.no_grad():
        seen = network.look(picture())
        forwards = network.round(seen, said)
        backwards = network.round(seen, said._replace(text=said.text.flip(1)))

    assert (forwards.mask - backwards.mask).abs().max() > 1e-4
