"""The network against the sheet: rounds, choices, and what depends on what."""

from typing import Any

import pytest
import torch
from torch.testing import assert_close

from penumbra.core.errors import InputError
from penumbra.systems.dfimat.iscn.heads import human_scores, object_scores
from penumbra.systems.dfimat.iscn.network import Answer, IscnNetwork
from penumbra.systems.dfimat.iscn.prompts import Prompts
from tests.unit.systems.dfimat.iscn.networks import (
    HEIGHT,
    TINY,
    WIDTH,
    clicks,
    conflicts,
    made,
    memory,
    mixed,
    noise,
    picture,
    words,
)
from tests.unit.systems.dfimat.iscn.reference import reference_round

SAID = {"clicks": clicks(), "words": words(), "mixed": mixed(), "nothing": Prompts()}


def alone(prompts: Prompts) -> Prompts:
    """The first of a batch, without the batch's dimension."""
    return Prompts(*(None if part is None else part[0] for part in prompts))


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"joint_full": True},
        {"masked_attn": False},
        {"two_way": True},
        {"two_way": True, "joint_full": True},
        {"memory": False},
        {"crm": False},
        {"crm_resize": "bilinear", "class_head": "linear", "k_t": 2},
    ],
)
def test_a_round_is_what_the_sheet_says(said: str, changes: dict[str, Any]) -> None:
    """Second rounds, where everything is kept that can be, against a slow and literal one."""
    network = made(**changes)
    prompts = SAID[said]
    with torch.no_grad():
        seen = network.look(picture())
        answer = network.round(seen, prompts, memory(), conflicts())
        found = reference_round(
            network, picture()[0], alone(prompts), memory()[0, 0], conflicts()[0, 0]
        )

    for family, ours in (("o", answer.objects), ("t", answer.text), ("v", answer.visual)):
        assert len(ours) == (TINY.layers + 1 if family in found.masks else 0)
        for i, prediction in enumerate(ours):
            assert_close(prediction.masks[0], found.masks[family][i], atol=1e-4, rtol=1e-4)
            assert_close(prediction.classes[0], found.classes[family][i], atol=1e-4, rtol=1e-4)
            assert_close(prediction.mask_code[0], found.mask_codes[family][i], atol=1e-4, rtol=1e-4)


KEPT = [{}, {"joint_full": True}, {"two_way": True}, {"crm_reach": True}]


@pytest.mark.parametrize("changes", KEPT)
def test_what_is_kept_of_an_image_serves_every_round(changes: dict[str, Any]) -> None:
    """A round on what was kept before other rounds equals one on a new look, within 1e-5."""
    network = made(**changes)
    with torch.no_grad():
        seen = network.look(picture())
        network.round(seen, words())
        network.round(seen, clicks(), memory(), conflicts())
        kept = network.round(seen, mixed(), memory(), conflicts())
        new = network(picture(), mixed(), memory(), conflicts())

    assert_answers_equal(kept, new, atol=1e-5)


def test_conflicts_correct_keys_and_values_as_if_they_were_projected_again() -> None:
    """Section 4.6; and cells without a conflict keep theirs to the bit."""
    network = made()
    with torch.no_grad():
        seen = network.look(picture())
        corrected = network._corrected(seen.pixels, conflicts())
        again = network.decoder.pixels(corrected.levels, corrected.pixel, corrected.colour)

    assert len(again.keys) == TINY.layers
    for i in range(TINY.layers):
        level = conflicts().float()
        touched = torch.nn.functional.max_pool2d(level, (32, 16, 8)[i % 3]).flatten() > 0
        assert 1 <= touched.sum() < len(touched)
        for ours, theirs, before in (
            (corrected.keys[i], again.keys[i], seen.pixels.keys[i]),
            (corrected.values[i], again.values[i], seen.pixels.values[i]),
        ):
            assert_close(ours, theirs, atol=1e-5, rtol=1e-5)
            assert torch.equal(ours[0, ~touched], before[0, ~touched])
            assert ((ours - before)[0, touched].abs().amax(dim=1) > 1e-3).all()


def test_reasoning_starts_as_nothing() -> None:
    """Zeros in both tables: conflicts change no bit of an untrained network's answer."""
    torch.manual_seed(0)
    network = IscnNetwork(TINY).eval()
    with torch.no_grad():
        seen = network.look(picture())
        without = network.round(seen, mixed(), memory())

        assert_answers_equal(network.round(seen, mixed(), memory(), conflicts()), without, atol=0)


def test_conflicts_count_and_none_count_nothing() -> None:
    """Trained tables matter where there is a conflict; a map of `OK` is the same as no map."""
    network = made()
    with torch.no_grad():
        seen = network.look(picture())
        without = network.round(seen, clicks(), memory())
        with_some = network.round(seen, clicks(), memory(), conflicts())
        with_none = network.round(seen, clicks(), memory(), torch.zeros_like(conflicts()))

    assert_answers_equal(with_none, without, atol=0)
    assert (with_some.mask - without.mask).abs().max() > 1e-3


@pytest.mark.parametrize("changes", [{}, {"joint_full": True}, {"crm_reach": True}])
def test_the_order_of_points_does_not_matter(changes: dict[str, Any]) -> None:
    """They are a set."""
    network = made(**changes)
    said = clicks(count=7)
    assert said.points is not None
    assert said.kinds is not None
    order = torch.tensor([3, 0, 6, 1, 5, 2, 4])
    turned = said._replace(points=said.points[:, order], kinds=said.kinds[:, order])
    with torch.no_grad():
        seen = network.look(picture())
        answer = network.round(seen, turned, memory(), conflicts())

        assert_answers_equal(answer, network.round(seen, said, memory(), conflicts()), atol=1e-5)


def test_an_empty_mask_hides_nothing() -> None:
    """A row that would be blocked everywhere is open everywhere, so it is finite."""
    network = made()
    with torch.no_grad():
        seen = network.look(picture())
        nowhere = network.round(seen, clicks(), torch.full_like(memory(), -9.0))
        everywhere = network.round(seen, clicks(), torch.full_like(memory(), 9.0))

    assert nowhere.mask.isfinite().all()
    assert_answers_equal(nowhere, everywhere, atol=0)


def test_queries_whose_masks_are_empty_read_everything() -> None:
    """With logits of -1 times the width everywhere, masked attention is attention."""
    masked, open_ = made(memory=False), made(memory=False, masked_attn=False)
    answers = []
    for network in (masked, open_):
        mask, pixel = network.decoder.heads.mask[-1], network.pyramid.pixel
        with torch.no_grad():
            for part, value in ((mask, -1), (pixel, 1)):
                for name, parameter in part.named_parameters():
                    parameter.fill_(value if name == "bias" else 0)
            answers.append(network(picture(), mixed()))

    assert (answers[0].visual[0].masks == -TINY.width).all()
    assert answers[0].visual[-1].classes.isfinite().all()
    assert_answers_equal(answers[0], answers[1], atol=1e-5)


def test_masks_can_be_drawn_at_the_last_head_alone() -> None:
    """What runs wants no more; the answer is the same."""
    network = made()
    with torch.no_grad():
        deep = network(picture(), mixed(), memory(), conflicts())
        seen = network.look(picture(), is_deep=False)
        last = network.round(seen, mixed(), memory(), conflicts(), is_deep=False)

    assert len(seen.predictions) == len(last.objects) == len(last.text) == len(last.visual) == 1
    for family in ("objects", "text", "visual"):
        for ours, theirs in zip(getattr(last, family)[0], getattr(deep, family)[-1], strict=True):
            assert torch.equal(ours, theirs)
    assert torch.equal(last.mask, deep.mask)


def test_object_queries_know_nothing_of_prompts() -> None:
    """So they are looked at once; unless everything reads everything."""
    network, full = made(), made(joint_full=True)
    with torch.no_grad():
        seen = network.look(picture())
        answer = network.round(seen, mixed(), memory(), conflicts())
        said, unsaid = (full(picture(), prompts) for prompts in (mixed(), Prompts()))

    assert answer.objects is seen.predictions
    assert (said.objects[-1].masks - unsaid.objects[-1].masks).abs().max() > 1e-3


@pytest.mark.parametrize("said", ["clicks", "words", "mixed"])
def test_the_previous_mask_is_remembered(said: str) -> None:
    """By text and by visual queries; not by a network without memory."""
    with torch.no_grad():
        for has_memory in (True, False):
            network = made(memory=has_memory)
            first, second = (network(picture(), SAID[said], it) for it in (None, memory()))
            difference = (first.mask - second.mask).abs().max()
            assert (difference > 1e-3) if has_memory else (difference == 0)


def test_points_answer_before_words_before_objects() -> None:
    """Section 4.5."""
    network = made()
    with torch.no_grad():
        seen = network.look(picture())
        by_points, by_words, by_both, by_none = (network.round(seen, it) for it in SAID.values())

    for answer, family in ((by_points, "visual"), (by_words, "text"), (by_both, "visual")):
        last = getattr(answer, family)[-1]
        scores = getattr(answer, f"{family}_scores")[-1]
        best = int(scores[0].argmax())
        assert answer.chosen.item() == best
        assert torch.equal(answer.mask[0, 0], last.masks[0, best])
        assert answer.human.item() == human_scores(last)[0, best].item()
    surest = int(object_scores(by_none.objects[-1])[0].argmax())
    assert by_none.chosen.item() == surest
    assert torch.equal(by_none.mask[0, 0], by_none.objects[-1].masks[0, surest])
    assert (by_none.text, by_none.visual) == ((), ())


def test_scores_compare_queries_with_what_was_said() -> None:
    """Section 4.5, from the codes at every head."""
    network = made(k_t=2)
    with torch.no_grad():
        answer = network(picture(), mixed())
        pixel = network.look(picture()).pixels.pixel
        sentence = mixed().sentence
        assert sentence is not None
        meant = network.sentence.weight @ sentence[0]
        # The points are clicks on and off, and a scribble on.
        points = mixed().points
        assert points is not None
        grid = 2 * points[:, None] - 1
        found = torch.nn.functional.grid_sample(
            pixel, grid, padding_mode="border", align_corners=False
        )[0, :, 0]
        on, off = (found[:, 0] + found[:, 2]) / 2, found[:, 1]

    for i in range(TINY.layers + 1):
        codes = answer.visual[i].mask_code[0]
        expected = (codes @ on - codes @ off) / TINY.width**0.5
        assert_close(answer.visual_scores[i][0], expected, atol=1e-5, rtol=1e-4)
        assert_close(answer.text_scores[i][0], answer.text[i].class_code[0] @ meant)


@pytest.mark.parametrize(
    "changes",
    [{}, {"joint_full": True, "two_way": True}, {"crm_reach": True}, {"class_head": "linear"}],
)
def test_gradients_reach_everything(changes: dict[str, Any]) -> None:
    """From masks, classes and scores of all heads, through all rounds."""
    network = made(**changes, k_t=2).train()
    answer = network(picture(2), mixed(2), memory(2), conflicts(2))
    heads = (*answer.objects, *answer.text, *answer.visual)
    parts = [part.square().mean() for it in heads for part in (it.masks, it.classes)]
    parts += [it.square().mean() for it in (*answer.text_scores, *answer.visual_scores)]
    parts.append(answer.mask.square().mean())

    torch.stack(parts).sum().backward()  # type: ignore[no-untyped-call]

    still = [
        name
        for name, parameter in network.named_parameters()
        if parameter.grad is None or not parameter.grad.any()
    ]
    # A key's bias adds the same to all scores of a query, and a softmax does not see that.
    assert [name for name in still if not name.endswith(".key.bias")] == []


def test_sides_that_do_not_fit_are_refused() -> None:
    """Multiples of 32."""
    with pytest.raises(InputError, match=r"image must be .* multiples of 32, got \(64, 80\)"):
        made()(noise(1, 3, 64, 80), clicks())


def test_what_belongs_to_another_image_is_refused() -> None:
    """A previous mask, and conflicts, have the size of this one's."""
    network = made()
    with torch.no_grad():
        seen = network.look(picture())
    for wrong, name in (((memory()[..., :-8], None), "memory"), ((None, memory()), "conflicts")):
        with pytest.raises(InputError, match=name):
            network.round(seen, clicks(), *wrong)


def test_prompts_come_with_what_belongs_to_them() -> None:
    """Points with kinds, text with a sentence."""
    network = made()
    with torch.no_grad():
        seen = network.look(picture())
    for wrong, name in (
        (clicks()._replace(kinds=None), "kinds"),
        (words()._replace(sentence=None), "sentence"),
    ):
        with pytest.raises(InputError, match=name):
            network.round(seen, wrong)


def test_masks_have_a_quarter_of_the_size() -> None:
    """Of every family at every head, for each image of a batch."""
    with torch.no_grad():
        answer = made()(picture(2), mixed(2))

    assert answer.mask.shape == (2, 1, HEIGHT // 4, WIDTH // 4)
    assert answer.human.shape == answer.chosen.shape == (2,)
    for predictions, count in ((answer.objects, 5), (answer.text, 1), (answer.visual, 3)):
        assert len(predictions) == TINY.layers + 1
        for it in predictions:
            assert it.masks.shape == (2, count, HEIGHT // 4, WIDTH // 4)
            assert it.classes.shape == (2, count, 2)


def assert_answers_equal(ours: Answer, theirs: Answer, atol: float) -> None:
    """Masks, classes and scores of all heads, and the choice."""
    for family in ("objects", "text", "visual"):
        pairs = list(zip(getattr(ours, family), getattr(theirs, family), strict=True))
        for one, other in pairs:
            for a, b in zip(one, other, strict=True):
                assert_close(a, b, atol=atol, rtol=atol)
    for name in ("text_scores", "visual_scores"):
        for a, b in zip(getattr(ours, name), getattr(theirs, name), strict=True):
            assert_close(a, b, atol=atol, rtol=atol)
    assert_close(ours.mask, theirs.mask, atol=atol, rtol=atol)
    assert torch.equal(ours.chosen, theirs.chosen)
