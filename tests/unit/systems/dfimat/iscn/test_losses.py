"""What is minimised, by hand."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy
from torch.testing import assert_close

from penumbra.core.errors import InputError
from penumbra.systems.dfimat.iscn.heads import Prediction, human_scores
from penumbra.systems.dfimat.iscn.losses import (
    MaskPoints,
    Truth,
    iscn_loss,
    mask_losses,
    mask_targets,
    object_terms,
    single_terms,
    uncertain_places,
)
from penumbra.systems.dfimat.iscn.matching import match
from penumbra.systems.dfimat.iscn.prompts import Prompts
from tests.unit.systems.dfimat.iscn.networks import (
    HEIGHT,
    WIDTH,
    clicks,
    made,
    mixed,
    noise,
    picture,
    words,
)
from tests.unit.systems.dfimat.iscn.test_matching import dice

ALL = MaskPoints()
SOME = MaskPoints(count=40)


def predicted(batch: int, copies: int, seed: int = 0) -> Prediction:
    """Masks of 6 x 8 and classes; no codes."""
    masks = 6 * noise(batch, copies, 6, 8, seed=seed) - 3
    classes = 4 * noise(batch, copies, 2, seed=seed + 1) - 2
    nothing = torch.zeros(batch, copies, 0)
    return Prediction(nothing, nothing, classes, masks)


def people(batch: int, count: int, seed: int = 5) -> Tensor:
    """Masks of 6 x 8, half of which is people."""
    return (noise(batch, count, 6, 8, seed=seed) > 0.5).float()


def truth(batch: int = 2, count: int = 2) -> Truth:
    """The first person is meant."""
    everyone = people(batch, count)
    return Truth(everyone[:, :1], everyone, torch.ones(batch, count, dtype=torch.bool))


def of_network(batch: int = 2) -> Truth:
    """At the size of the test network's masks: a left and a right half."""
    everyone = torch.zeros(batch, 2, HEIGHT // 4, WIDTH // 4)
    everyone[:, 0, :, : WIDTH // 8] = 1
    everyone[:, 1, :, WIDTH // 8 :] = 1
    return Truth(everyone[:, :1], everyone, torch.ones(batch, 2, dtype=torch.bool))


def test_targets_are_cells_at_least_half_of_which_is_person() -> None:
    """8 of 16 pixels more than half opaque are enough, 7 are not; half opaque ones do not count."""
    alpha = torch.zeros(1, 1, 4, 12)
    alpha[..., :2, :4] = 0.51
    alpha[..., :2, 4:7] = 1
    alpha[..., 2, 4] = 1
    alpha[..., 8:] = 0.5

    assert mask_targets(alpha).tolist() == [[[[1, 0, 0]]]]


def test_losses_of_masks_are_the_sheet_s() -> None:
    """Cross-entropy and dice of each, over all pixels."""
    masks, targets = predicted(3, 1).masks[:, 0], people(3, 1)[:, 0]

    bce, dices = mask_losses(masks, targets, ALL)

    for number in range(3):
        expected = binary_cross_entropy_with_logits(masks[number], targets[number])
        assert_close(bce[number], expected)
        assert_close(dices[number], dice(masks[number], targets[number]))


def test_losses_at_points_are_those_of_what_is_there() -> None:
    """Where mask and target are constant any points give what all pixels give, but for dice's 1."""
    masks = torch.full((2, 6, 8), 0.7)
    targets = torch.stack([torch.zeros(6, 8), torch.ones(6, 8)])

    bce, dices = mask_losses(masks, targets, SOME)

    assert_close(bce, mask_losses(masks, targets, ALL)[0])
    p = torch.tensor(0.7).sigmoid() * 40
    assert_close(dices, torch.stack([1 - 1 / (p + 1), 1 - (2 * p + 1) / (p + 41)]))


def test_points_are_mostly_where_masks_are_uncertain() -> None:
    """The left tenth is; 3/4 of the points are there, and a tenth of the others."""
    torch.manual_seed(0)
    masks = torch.full((2, 20, 40), 9.0)
    masks[..., :4] = 0

    # Enough candidates, of which a tenth is uncertain.
    places = uncertain_places(masks, MaskPoints(count=1000, oversample=12))

    assert places.shape == (2, 1000, 2)
    assert 0 <= places.min() <= places.max() < 1
    left = (places[..., 0] < 0.1).float()
    assert (left[:, :750] == 1).all()
    assert left[:, 750:].mean().item() == pytest.approx(0.1, abs=0.05)


def test_object_queries_learn_from_whom_they_match() -> None:
    """Two images, two people and one: means over three pairs, and classes of all five queries."""
    torch.manual_seed(0)
    prediction = predicted(2, 5)
    is_person = torch.tensor([[True, True], [True, False]])
    right = truth()._replace(is_person=is_person)

    terms = object_terms(prediction, right, ALL)

    flat = prediction.masks.flatten(2), right.people.flatten(2)
    matched = match(human_scores(prediction), *flat, is_person)
    pairs = [(0, 0), (0, 1), (1, 0)]
    losses = [
        (binary_cross_entropy_with_logits(mask, target), dice(mask, target))
        for image, person in pairs
        for mask in [prediction.masks[image, matched[image, person]]]
        for target in [right.people[image, person]]
    ]
    assert_close(terms["bce"], torch.stack([it for it, _ in losses]).mean())
    assert_close(terms["dice"], torch.stack([it for _, it in losses]).mean())
    wrong, weights = 0.0, 0.0
    for image in range(2):
        human = {int(matched[image, person]) for at, person in pairs if at == image}
        for query in range(5):
            logits = prediction.classes[image, query]
            weight, kind = (1.0, 0) if query in human else (0.1, 1)
            wrong += weight * float(torch.logsumexp(logits, 0) - logits[kind])
            weights += weight
    assert terms["class"].item() == pytest.approx(0.1 * wrong / weights, rel=1e-5)


def test_the_copy_that_is_least_wrong_learns() -> None:
    """It alone is human, has the mask's losses, and should have the highest score."""
    prediction, right = predicted(2, 3), truth()
    scores = noise(2, 3, seed=9)

    terms = single_terms(prediction, scores, torch.tensor([True, True]), right, ALL)

    sums: dict[str, list[Tensor]] = {"bce": [], "dice": [], "class": [], "match": []}
    for image in range(2):
        target = right.target[image, 0]
        losses = [
            (binary_cross_entropy_with_logits(mask, target), dice(mask, target))
            for mask in prediction.masks[image]
        ]
        best = min(range(3), key=lambda copy: float(sum(losses[copy])))
        sums["bce"].append(losses[best][0])
        sums["dice"].append(losses[best][1])
        kinds = torch.tensor([0 if copy == best else 1 for copy in range(3)])
        sums["class"].append(0.1 * cross_entropy(prediction.classes[image], kinds))
        sums["match"].append(0.1 * cross_entropy(scores[image], torch.tensor(best)))
    assert terms.keys() == sums.keys()
    for name, values in sums.items():
        assert_close(terms[name], torch.stack(values).mean())


def test_images_without_the_prompt_count_nothing() -> None:
    """The loss is that of the others, and their queries have no gradient."""
    prediction, right = predicted(2, 3), truth()
    masks = prediction.masks.requires_grad_()
    scores = noise(2, 3, seed=9)

    both = single_terms(prediction, scores, torch.tensor([True, False]), right, ALL)

    first = Prediction(*(it[:1] for it in prediction))
    only = Truth(*(it[:1] for it in right))
    alone = single_terms(first, scores[:1], torch.tensor([True]), only, ALL)
    for name, term in both.items():
        assert_close(term, alone[name])
    torch.stack(list(both.values())).sum().backward()  # type: ignore[no-untyped-call]
    assert masks.grad is not None
    assert masks.grad[0].any()
    assert not masks.grad[1].any()


def test_a_prompt_that_means_nobody_teaches_an_empty_mask() -> None:
    """Cross-entropy alone, of the emptiest copy; all copies are none, nothing is to match."""
    masks = torch.full((1, 3, 6, 8), 3.0)
    masks[0, 1] = -1.2  # the least cross-entropy
    masks[0, 2] = -20.0  # the least dice
    masks[0, 2, 0, 0] = 20.0
    prediction = predicted(1, 3)._replace(masks=masks)
    right = truth(1)._replace(target=torch.zeros(1, 1, 6, 8))

    terms = single_terms(prediction, noise(1, 3), torch.tensor([True]), right, ALL)

    assert terms["bce"].item() == pytest.approx(math.log(1 + math.exp(-1.2)))
    assert terms["dice"] == 0
    assert terms["match"] == 0
    none = cross_entropy(prediction.classes[0], torch.ones(3, dtype=torch.int64))
    assert_close(terms["class"], 0.1 * none)


@pytest.mark.parametrize(
    ("said", "families"),
    [
        (Prompts(), {"object"}),
        (clicks(2), {"object", "visual"}),
        (words(2), {"object", "text"}),
        (mixed(2), {"object", "text", "visual"}),
    ],
)
def test_families_without_a_prompt_are_skipped(said: Prompts, families: set[str]) -> None:
    """And every term is the mean over all heads."""
    with torch.no_grad():
        answer = made()(picture(2), said)
        terms = iscn_loss(answer, of_network())

    assert {name.split("_")[0] for name in terms} == families
    heads = [object_terms(it, of_network(), ALL)["bce"] for it in answer.objects]
    assert len(heads) == 5
    assert_close(terms["object_bce"], torch.stack(heads).mean())


def test_objects_can_be_left_out() -> None:
    """In later rounds they say the same again."""
    with torch.no_grad():
        answer = made()(picture(2), clicks(2))

    terms = iscn_loss(answer, of_network(), has_objects=False)

    assert sorted(terms) == ["visual_bce", "visual_class", "visual_dice", "visual_match"]


@pytest.mark.parametrize("points", [ALL, SOME])
def test_images_without_people_can_be_learned_from(points: MaskPoints) -> None:
    """Nothing is matched, everything is finite, and all object queries are none."""
    network = made().train()
    empty = of_network()._replace(
        target=torch.zeros(2, 1, HEIGHT // 4, WIDTH // 4),
        is_person=torch.zeros(2, 2, dtype=torch.bool),
    )
    answer = network(picture(2), mixed(2))

    terms = iscn_loss(answer, empty, points)
    torch.stack(list(terms.values())).sum().backward()  # type: ignore[no-untyped-call]

    assert terms["object_bce"] == terms["object_dice"] == 0
    kinds = torch.ones(2, 5, dtype=torch.int64)
    none = [0.1 * cross_entropy(it.classes.mT, kinds) for it in answer.objects]
    assert_close(terms["object_class"], torch.stack(none).mean())
    gradients = [it.grad for it in network.parameters() if it.grad is not None]
    assert all(it.isfinite().all() for it in gradients)


def test_a_perfect_answer_costs_nothing() -> None:
    """Masks, classes and scores as they should be; and each that is not costs."""
    right = of_network(1)
    masks = 40 * right.people - 20
    classes = torch.tensor([[[9.0, -9.0], [9.0, -9.0]]])
    nothing = torch.zeros(1, 2, 0)
    objects = Prediction(nothing, nothing, classes, masks)
    # Of the copies the first shows who is meant.
    copies = Prediction(nothing, nothing, classes * torch.tensor([[1.0], [-1.0]]), masks)

    def total(objects: Prediction, copies: Prediction, scores: Tensor) -> float:
        terms = [
            *object_terms(objects, right, ALL).values(),
            *single_terms(copies, scores, torch.tensor([True]), right, ALL).values(),
        ]
        return float(torch.stack(terms).sum())

    good = torch.tensor([[20.0, -20.0]])
    assert total(objects, copies, good) < 1e-3
    for worse in (
        (objects._replace(masks=0 * masks), copies, good),
        (objects._replace(classes=-classes), copies, good),
        (objects, copies._replace(masks=0 * masks), good),
        (objects, copies._replace(classes=-copies.classes), good),
        (objects, copies, -good),
    ):
        assert total(*worse) > 0.5


def test_points_that_make_no_sense_are_refused() -> None:
    """With the name of the field."""
    for name, value in (("count", -1), ("oversample", 0.5), ("share", 1.5)):
        with pytest.raises(InputError, match=name):
            replace(ALL, **{name: value})  # type: ignore[arg-type]
