"""The networks: sizes, shapes, cost, and what depends on what."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

from penumbra.core.errors import InputError
from penumbra.nn.weights import read_weights
from penumbra.systems.safe.config import PAPER, Config, S
from penumbra.systems.safe.network import SafeNetwork
from penumbra.training.resume import warm_start
from penumbra.weights import weights_folder
from tests.samples import count
from tests.unit.systems.safe.networks import TINY, made, picture, stirred


def parts(config: Config) -> dict[str, int]:
    """Parameters of the parts, without computing anything."""
    with torch.device("meta"):
        network = SafeNetwork(config)
    sizes = {
        "backbone": count(network.encoder) + count(network.decoder),
        "sam": 0 if network.addition is None else count(network.addition),
        "fem": 0 if network.elimination is None else count(network.elimination),
        "detector": 0 if network.detector is None else count(network.detector),
    }
    sizes["matting"] = count(network) - sizes["detector"]
    return sizes


def costs(config: Config, side: int = 512) -> dict[str, float]:
    """GMAC of the parts for one picture."""
    with torch.device("meta"):
        network, image = SafeNetwork(config).eval(), torch.rand(1, 3, side, side)
        seen = network.look(image)
        flaws, state = network.detect(image, seen.alpha), network.start(image)
        assert network.addition is not None
        told = (network.normalise(image), seen.alpha, seen.attention, seen.deep)
        counted = {}
        for name, work in (
            ("backbone", lambda: network.look(image)),
            ("sam", lambda: network.addition(*told)),
            ("round", lambda: network.round(image, seen, seen.alpha, flaws, state)),
            ("detector", lambda: network.detect(image, seen.alpha)),
        ):
            with FlopCounterMode(display=False) as counter:
                work()
            counted[name] = counter.get_total_flops() / 2e9
    counted["fem"] = counted["round"] - counted["sam"]
    return counted


def test_every_part_has_exactly_the_parameters_of_the_sheet() -> None:
    """Sections 3 to 6 and 13."""
    assert parts(PAPER) == {
        "backbone": 2_722_593,
        "sam": 124_752,
        "fem": 92_769,
        "matting": 2_940_114,
        "detector": 8_273_537,
    }
    assert parts(replace(PAPER, width=16)) == {
        "backbone": 2_717_377,
        "sam": 109_008,
        "fem": 25_729,
        "matting": 2_852_114,
        "detector": 8_273_537,
    }


def test_every_stage_of_the_decoder_has_the_parameters_of_the_sheet() -> None:
    """Section 3.2; and the encoder has those of MobileNetV2 without its classifier."""
    with torch.device("meta"):
        network = SafeNetwork(PAPER)
    stages = network.decoder.get_submodule("stages").children()

    assert count(network.encoder) == 2_223_872
    assert count(network.decoder.reduce) == 164_096
    assert [count(stage) for stage in stages] == [193_728, 73_856, 38_112, 18_496, 10_144]
    assert count(network.decoder.head) == 289


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (PAPER, {"backbone": 6.66, "sam": 5.13, "fem": 24.27, "detector": 18.55}),
        (
            replace(PAPER, width=16),
            {"backbone": 5.30, "sam": 1.36, "fem": 6.72, "detector": 18.55},
        ),
        (S, {"backbone": 1.58, "sam": 0.20, "fem": 0.28, "detector": 0.30}),
    ],
)
def test_the_networks_cost_what_the_sheet_says(config: Config, expected: dict[str, float]) -> None:
    """Section 13, GMAC at 512 pixels; of s as its README says."""
    found = costs(config)

    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=0.006)


def test_what_ships_keeps_within_its_limits() -> None:
    """4 GMAC at 512 pixels with two rounds and three maps of flaws, the last for the user."""
    cost, sizes = costs(S), parts(S)

    assert cost["backbone"] + 2 * cost["round"] + 3 * cost["detector"] <= 4
    assert sizes["matting"] + sizes["detector"] < 1_400_000


@pytest.mark.parametrize("config", [TINY, S, replace(TINY, refine_stride=2)])
@pytest.mark.parametrize("size", [(64, 64), (64, 96), (96, 128)])
def test_every_answer_has_the_size_of_the_image(config: Config, size: tuple[int, int]) -> None:
    """And is an opacity, also where blocks of pixels are channels."""
    with torch.no_grad():
        answer = stirred(made(config, train_iters=2))(picture(*size))

    assert len(answer.alphas) == 3
    assert len(answer.flaws) == 2
    for plane in (*answer.alphas, *answer.flaws, answer.attention):
        assert plane.shape == (1, 1, *size)
        assert 0 <= plane.min() <= plane.max() <= 1
    assert answer.alpha is answer.alphas[-1]


@pytest.mark.parametrize("size", [(64, 80), (32, 64)])
def test_sides_that_do_not_fit_are_refused(size: tuple[int, int]) -> None:
    """Multiples of 32, and enough for the flaw detector."""
    with pytest.raises(InputError, match=r"image must be .* multiples of 32 and at least 64, got"):
        made(S)(picture(*size))


def test_no_round_is_the_first_matte() -> None:
    """T = 0."""
    network = made()

    with torch.no_grad():
        answer = network(picture(), rounds=0)

        assert_close(answer.alpha, network.look(picture()).alpha)
    assert answer.flaws == ()


def test_shared_attention_is_the_first_matte() -> None:
    """Section 4: no parameters of its own; a separate one has 3 x 3 weights and a bias."""
    shared, separate = made(), made(att_s="separate")

    with torch.no_grad():
        seen, apart = (network.look(picture()) for network in (shared, separate))

    assert seen.attention is seen.alpha
    assert (apart.attention != apart.alpha).any()
    assert count(separate) - count(shared) == 8 * 9 + 1


@pytest.mark.parametrize("config", [TINY, S])
def test_what_is_remembered_of_a_picture_is_forgotten_before_the_next(config: Config) -> None:
    """States start anew for each, so the order of pictures changes nothing."""
    network = stirred(made(config))
    with torch.no_grad():
        alone = network(picture(96)).alpha
        network(picture(64))

        assert_close(network(picture(96)).alpha, alone)


def test_a_round_depends_on_what_is_remembered() -> None:
    """Otherwise a memory would be for nothing."""
    network = stirred(made())
    image = picture()
    with torch.no_grad():
        seen = network.look(image)
        told = image, seen, seen.alpha, torch.zeros_like(seen.alpha)
        first, state = network.round(*told, network.start(image))
        second, _ = network.round(*told, state)

    assert (first - second).abs().max() > 1e-4


@pytest.mark.parametrize(
    ("changes", "has"),
    [
        ({"sam": False, "fem": "off"}, set()),
        ({"fem": "off"}, {"addition", "head"}),
        ({"fem": "zeros"}, {"addition", "elimination"}),
        ({}, {"addition", "elimination", "detector"}),
    ],
)
def test_each_row_of_table_4_has_its_parts(changes: dict[str, Any], has: set[str]) -> None:
    """Backbone, with SAM, with FEM*, with FEM."""
    network = made(S, **changes)

    with torch.no_grad():
        answer = network(picture())

    assert {name for name, _ in network.named_children()} - {"normalise", "encoder", "decoder"} == (
        has
    )
    assert len(answer.alphas) == (3 if "addition" in has else 1)
    assert len(answer.flaws) == (2 if "elimination" in has else 0)


def test_fem_without_flaws_is_fem_with_a_map_of_zeros() -> None:
    """FEM* ignores what a detector would say: the same weights, told of no flaws."""
    with_flaws, without = stirred(made()), made(fem="zeros")
    without.load_state_dict(with_flaws.state_dict(), strict=False)
    image = picture()
    with torch.no_grad():
        blind = without(image, rounds=1).alpha
        seen = with_flaws.look(image)
        nothing = torch.zeros_like(seen.alpha)
        told = with_flaws.round(image, seen, seen.alpha, nothing, with_flaws.start(image))[0]
        flawed = with_flaws.round(image, seen, seen.alpha, nothing + 1, with_flaws.start(image))[0]

    assert_close(blind, told)
    assert (blind - flawed).abs().max() > 1e-4


@pytest.mark.parametrize("config", [TINY, S, replace(TINY, att_s="separate", peephole="channel")])
def test_gradients_reach_everything_but_the_detector(config: Config) -> None:
    """With more than one round; what is told of flaws teaches the detector nothing."""
    network = stirred(made(config, train_iters=2)).train()
    answer = network(picture(batch=2))

    torch.stack([each.mean() for each in (*answer.alphas, answer.attention)]).sum().backward()  # type: ignore[no-untyped-call]

    without = {name for name, each in network.named_parameters() if each.grad is None}
    assert without == {f"detector.{name}" for name, _ in _detector(network).named_parameters()}


def test_an_untrained_round_of_what_ships_changes_nothing() -> None:
    """It corrects, and begins with no correction; up to what counts as sure."""
    with torch.no_grad():
        answer = made(S)(picture())

    assert_close(answer.alphas[-1], answer.alphas[0].clamp(1e-3, 1 - 1e-3), atol=1e-5, rtol=0)


def test_colours_are_normalised_as_asked() -> None:
    """Half and half is MODNet's."""
    white = torch.ones(1, 3, 2, 2)

    assert_close(made(S, norm="half").normalise(white), white)
    assert made(S).normalise(white).max() > 2


def test_what_ships_starts_from_the_segmenter() -> None:
    """Its encoder and all of its decoder but the head, by name."""
    file = weights_folder() / "segment-s.safetensors"
    if not file.exists():
        pytest.skip("weights for torch are in the repository, not in the package")
    network, theirs = made(S), read_weights(file)[0]

    fitting = warm_start(network, str(file))

    ours = network.state_dict()
    assert {
        name for name in theirs if name not in ours or theirs[name].shape != ours[name].shape
    } == {
        "decoder.head.weight",
        "decoder.head.bias",
    }
    assert fitting == len(theirs) - 2


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"size": "m"}, "size"),
        ({"fem": "half"}, "fem"),
        ({"sam": False}, "fem"),
        ({"refine_stride": 4}, "refine_stride"),
        ({"e5": 640}, "e5"),
        ({"width": 0}, "width"),
        ({"train_iters": 0}, "train_iters"),
    ],
)
def test_configs_that_make_no_sense_are_refused(changes: dict[str, Any], name: str) -> None:
    """With the name of the field."""
    with pytest.raises(InputError, match=name):
        replace(PAPER, **changes)


def test_a_shorter_encoder_has_fewer_parameters() -> None:
    """Without the last convolution the deepest map has 320 channels."""
    network = made(e5=320)

    assert network.encoder.channels[-1] == 320
    with torch.no_grad():
        assert network(picture()).alpha.shape == (1, 1, 64, 64)


def _detector(network: SafeNetwork) -> nn.Module:
    assert network.detector is not None
    return network.detector
