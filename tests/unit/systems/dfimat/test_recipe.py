"""The recipes of DFIMat, and what switches make of them."""

from collections.abc import Mapping

import pytest

from penumbra.core.errors import InputError
from penumbra.systems.dfimat.capture import MIXED, PROTOCOLS, CaptureLoss
from penumbra.systems.dfimat.gathering import Gathering, SceneSource
from penumbra.systems.dfimat.network import CAPTURE, REFINE, DfimatNetwork
from penumbra.systems.dfimat.recipe import RECIPES, Switches, recipe
from penumbra.systems.dfimat.refining import JointLoss, RefineLoss
from penumbra.training.recipe import Stage


def losses(stages: tuple[Stage, ...]) -> list[type]:
    return [type(stage.objectives[0].loss) for stage in stages]


def test_the_capture_network_comes_first_and_is_then_left_alone() -> None:
    """Section 7; trimaps guide all of the first steps of refinement, then half of the next."""
    stages = RECIPES["s"].stages
    assert losses(stages) == [CaptureLoss, CaptureLoss, RefineLoss, RefineLoss, RefineLoss]
    assert [stage.objectives[0].parameters for stage in stages] == [CAPTURE] * 2 + [REFINE] * 3
    refined = [stage.objectives[0].loss for stage in stages[2:]]
    assert [it.guided for it in refined if isinstance(it, RefineLoss)] == [1.0, 0.5, 0.0]
    steps = [stage.steps for stage in stages[2:]]
    assert [step / sum(steps) for step in steps] == pytest.approx([0.05, 0.1, 0.85])


def test_every_part_of_the_network_learns() -> None:
    made = RECIPES["s"].network()
    assert isinstance(made, DfimatNetwork)
    names = [name for name, _ in made.named_parameters()]
    assert all(name.startswith(CAPTURE + REFINE) for name in names)
    for prefix in CAPTURE + REFINE:
        assert any(name.startswith(prefix) for name in names), prefix


def test_pictures_are_gathered_of_people_who_are_not_held_aside() -> None:
    made = RECIPES["s"]
    assert made.source is SceneSource
    assert made.validation is not None
    for stage in made.stages:
        assert isinstance(stage.composition, Gathering)
        assert not stage.composition.people.is_held
    aside = made.validation.composition
    assert isinstance(aside, Gathering)
    assert aside.people.is_held
    assert aside.people.held == made.stages[0].composition.people.held > 0


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"crm": False}, {"iscn.crm": False}),
        (
            {"memory": False, "masked_attn": False},
            {"iscn.memory": False, "iscn.masked_attn": False},
        ),
        ({"k_v": 3}, {"iscn.k_v": 3}),
        ({"text_encoder": "toy"}, {"iscn.text_encoder": "toy"}),
        ({"mrn_branch": "local", "prm": False}, {"mrn.mrn_branch": "local", "mrn.prm": False}),
        ({"decouple": "net"}, {"mrn.mask_in": "soft", "decouple": "net"}),
        ({"decouple": "none"}, {"decouple": "none"}),
    ],
)
def test_switches_change_the_network(
    asked: Mapping[str, object], expected: Mapping[str, object]
) -> None:
    made = recipe(Switches(**asked))  # type: ignore[arg-type]
    assert made.variant == "s-ablated"
    for path, value in expected.items():
        found = made.config
        for name in path.split("."):
            found = getattr(found, name)
        assert found == value
    assert made.network() is not None


def test_without_contrasts_there_is_nothing_of_them_to_learn() -> None:
    made = recipe(Switches(crm=False))
    names = [name for name, _ in made.network().named_parameters()]
    for prefix in made.stages[0].objectives[0].parameters:
        assert any(name.startswith(prefix) for name in names), prefix


@pytest.mark.parametrize("users", ["click", "scribble", "box", "text"])
def test_users_of_one_protocol_alone(users: str) -> None:
    loss = recipe(Switches(users=users)).stages[0].objectives[0].loss  # type: ignore[arg-type]
    assert isinstance(loss, CaptureLoss)
    assert sorted(loss.mix) == [0, 0, 0, 0, 1]
    assert loss.mix[PROTOCOLS.index(users)] == 1


def test_more_users_write_alone_than_in_the_paper() -> None:
    """To the small network, which learns for minutes; the large one has the sheet's mixture."""
    small, large = (recipe(Switches(size)).stages[0].objectives[0].loss for size in ("s", "b"))
    assert isinstance(small, CaptureLoss)
    assert isinstance(large, CaptureLoss)
    assert large.mix == MIXED
    assert sum(small.mix) == pytest.approx(1)
    assert small.mix[-1] > MIXED[-1]


def test_both_at_once_are_one_objective() -> None:
    for decouple in ("net", "none"):
        stages = recipe(Switches(decouple=decouple)).stages
        assert losses(stages) == [JointLoss, JointLoss]
        assert stages[0].objectives[0].parameters == ("",)


def test_the_paper_s_size_has_its_schedule() -> None:
    """Section 7: one round learned from of each episode; twice as long for the first network."""
    made = RECIPES["b"]
    first, *rest = made.stages
    assert (first.size, first.batch_size) == (512, 16)
    assert first.steps == 2 * sum(stage.steps for stage in rest)
    loss = first.objectives[0].loss
    assert isinstance(loss, CaptureLoss)
    assert loss.unroll == "last"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"size": "m"}, "size must be one of s, b"),
        ({"users": "voice"}, "users must be one of"),
        ({"decouple": "net", "mask_in": "hard"}, "mask_in must be soft"),
        ({"decouple": "half"}, "decouple must be one of"),
    ],
)
def test_what_is_no_switch_is_refused(asked: Mapping[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        recipe(Switches(**asked))  # type: ignore[arg-type]
