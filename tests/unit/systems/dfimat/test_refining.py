"""How opacity is learned, behind the capture network and together with it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from penumbra.core.errors import InputError
from penumbra.systems.dfimat.capture import CaptureLoss
from penumbra.systems.dfimat.config import Config
from penumbra.systems.dfimat.gathering import SceneBatch
from penumbra.systems.dfimat.mrn.config import Config as MrnConfig
from penumbra.systems.dfimat.mrn.region import region_of
from penumbra.systems.dfimat.network import CAPTURE, DfimatNetwork, network_of
from penumbra.systems.dfimat.refining import (
    JointLoss,
    RefineLoss,
    look,
    matte_error,
    matte_of,
    windows,
)
from penumbra.training.recipe import as_dict
from tests.unit.systems.dfimat.test_capture import SIDE, TINY, two_people

USERS = CaptureLoss(rounds=2, nobody=0.0, spoilt=0.0)


def a_network(decouple: str = "net+train") -> DfimatNetwork:
    torch.manual_seed(0)
    mask_in = "soft" if decouple == "net" else "hard"
    return DfimatNetwork(Config(TINY, MrnConfig("s", mask_in=mask_in), decouple))  # type: ignore[arg-type]


def learned(network: DfimatNetwork) -> set[str]:
    """Return the parts that got a gradient."""
    return {
        name.split(".")[0]
        for name, it in network.named_parameters()
        if it.grad is not None and bool(it.grad.any())
    }


@pytest.mark.parametrize("captured", [0.0, 0.5, 1.0])
def test_refinement_leaves_the_capture_network_as_it_is(captured: float) -> None:
    network = a_network()
    before = {name: it.clone() for name, it in network.state_dict().items()}
    torch.manual_seed(3)

    terms = RefineLoss(users=USERS, side=64, captured=captured)(network, two_people())
    sum(terms.values(), torch.zeros(())).backward()  # type: ignore[no-untyped-call]

    assert set(terms) == {"alpha8", "alpha4", "alpha1"}
    assert learned(network) == {"mrn"}
    for name, it in network.state_dict().items():
        if not name.startswith("mrn."):
            assert_close(it, before[name])
    assert network.training


def test_both_networks_learn_at_once_through_the_soft_mask() -> None:
    """With the refinement's own terms alone, the capture network still gets a gradient."""
    network = a_network("net")
    torch.manual_seed(3)

    terms = JointLoss(users=USERS, side=64)(network, two_people())
    own = [term for name, term in terms.items() if name.startswith("alpha")]
    assert len(own) == 3
    sum(own, torch.zeros(())).backward()  # type: ignore[no-untyped-call]

    assert {"mrn", "encoder", "decoder"} <= learned(network)


def test_the_head_learns_in_place_of_a_second_network() -> None:
    network = a_network("none")
    torch.manual_seed(3)

    terms = JointLoss(users=USERS, side=64)(network, two_people())
    own = [term for name, term in terms.items() if name.startswith("alpha")]
    assert len(own) == 1
    own[0].backward()  # type: ignore[no-untyped-call]

    assert network.mrn is None
    assert {"coupled", "encoder"} <= learned(network)


def test_masks_teach_no_opacity() -> None:
    """Photographs have masks, whose edges are not opacity."""
    batch = two_people()._replace(is_matte=torch.zeros(2, dtype=torch.bool))
    torch.manual_seed(3)
    terms = JointLoss(users=USERS, side=64)(a_network("net"), batch)
    assert not [name for name in terms if name.startswith("alpha")]


def test_windows_are_those_of_inference_but_square() -> None:
    """A tenth of the picture on each side, moved inward at the border."""
    mask = torch.zeros(3, 1, 100, 100, dtype=torch.bool)
    mask[0, 0, 40:60, 45:55] = True
    mask[1, 0, 0:60, 80:100] = True
    found = windows(mask)

    assert_close(found[0], torch.tensor([0.3, 0.3, 0.4]))
    assert_close(found[1], torch.tensor([0.3, 0.0, 0.7]))
    assert_close(found[2], torch.tensor([0.0, 0.0, 1.0]))
    region = region_of(mask[1, 0].numpy().astype(np.float32))
    assert region is not None
    assert region.crop.bottom == pytest.approx(100 * float(found[1, 1] + found[1, 2]))


def test_a_window_of_whole_pixels_is_that_part_of_the_picture() -> None:
    planes = torch.rand(2, 3, 128, 128)
    at = torch.tensor([[0.25, 0.5, 0.5], [0.0, 0.0, 0.5]])
    found = look(planes, at, 64)
    assert_close(found[0], planes[0, :, 64:128, 32:96], atol=1e-5, rtol=0)
    assert_close(found[1], planes[1, :, :64, :64], atol=1e-5, rtol=0)


def test_guided_steps_look_where_trimaps_are_unknown() -> None:
    """Elsewhere what stride 8 says counts: there all three mattes are the same."""
    torch.manual_seed(3)
    guided = RefineLoss(users=USERS, side=64, captured=0.0, guided=1.0)
    everywhere: SceneBatch = two_people()
    batch = everywhere._replace(alphas=torch.ones_like(everywhere.alphas))  # nothing is unknown
    terms = guided(a_network(), batch)
    assert_close(terms["alpha8"], terms["alpha4"])
    assert_close(2 * terms["alpha8"], terms["alpha1"])


def test_mattes_of_validation_and_previews_are_opacities_of_the_picture_s_size() -> None:
    network, batch = a_network(), two_people()
    shown = matte_of(network, batch)
    assert shown.shape == (2, 1, SIDE, SIDE)
    assert float(shown.min()) >= 0
    assert float(shown.max()) <= 1
    assert 0 < float(matte_error(network, batch)) < 1


@pytest.mark.parametrize("decouple", ["net+train", "net", "none"])
def test_a_network_can_be_made_again_from_its_config(decouple: str) -> None:
    network = a_network(decouple)
    again = network_of(as_dict(network.whole))
    assert again.whole == network.whole
    assert again.state_dict().keys() == network.state_dict().keys()


def test_parts_of_the_capture_network_have_its_own_names() -> None:
    network = a_network()
    others = [name for name, _ in network.named_parameters() if not name.startswith(CAPTURE)]
    assert {name.split(".")[0] for name in others} == {"mrn"}


def test_the_coupled_head_is_not_asked_where_there_is_none() -> None:
    network, batch = a_network(), two_people()
    seen = network.look(batch.image)
    with pytest.raises(InputError, match="decouple must be none"):
        network.coupled_alpha(seen, torch.zeros(2, 1, SIDE // 4, SIDE // 4), batch.image)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"side": 48}, "side must be a positive multiple of 32"),
        ({"captured": 1.5}, "captured must be in"),
        ({"guided": -0.1}, "guided must be in"),
    ],
)
def test_what_cannot_be_learned_is_refused(changed: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(RefineLoss(), **changed)  # type: ignore[arg-type]
