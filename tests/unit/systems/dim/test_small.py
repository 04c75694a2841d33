"""What only the network that ships has: known colours before the first layer, a guided alpha."""

import numpy as np
import torch
from torch.nn.functional import interpolate
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

from penumbra.solvers.guided_filter import guided_filter
from penumbra.systems.dim.config import S
from penumbra.systems.dim.guided import CONTRAST, EPSILON, RADIUS, GuidedFilter
from penumbra.systems.dim.network import DimNetwork
from penumbra.systems.dim.small import KnownColours
from tests.samples import count, inputs


def test_what_ships_is_small_and_quick() -> None:
    """At most three million parameters, and six thousand million products at 512 pixels."""
    with torch.device("meta"):
        network = DimNetwork(S).eval()
        with FlopCounterMode(display=False) as counted:
            network(torch.rand(1, 3, 512, 512), torch.zeros(1, 1, 512, 512))

    assert count(network) <= 3_000_000
    assert counted.get_total_flops() / 2 <= 6e9


def test_what_ships_guides_alpha_along_the_photograph() -> None:
    """Untrained, its second stage is that of alpha0 with the known pixels set, less flat."""
    network = DimNetwork(S).eval()
    image, trimap = inputs(32, 64)

    with torch.no_grad():
        answer = network(image, trimap)
        led = torch.where(trimap == 0.5, answer.alpha0, trimap)

        guided = GuidedFilter()(image, led)
        assert_close(answer.alpha, 0.5 + CONTRAST * (guided - 0.5), rtol=0, atol=1e-6)


def test_the_guided_filter_is_that_of_the_solvers() -> None:
    """At half size: of what is smooth at that size the two differ little."""
    rows, columns = torch.meshgrid(torch.arange(64.0), torch.arange(96.0), indexing="ij")
    image = torch.stack([(rows / 9).sin(), (columns / 11).cos(), ((rows + columns) / 15).sin()])
    image = 0.5 + 0.4 * image
    alpha = (0.5 + (rows - 32) / 24 + 0.1 * (columns / 7).sin()).clamp(0, 1)

    ours = GuidedFilter()(image[None], alpha[None, None])[0, 0]

    theirs = guided_filter(image.permute(1, 2, 0).numpy(), alpha.numpy(), 2 * RADIUS, EPSILON)
    assert np.abs(ours.numpy() - theirs).mean() < 0.01
    assert np.abs(theirs - alpha.numpy()).mean() > 0.005


def test_the_guided_filter_keeps_what_is_linear_in_colour() -> None:
    """As its equations promise, and over grey, where colours of all channels are one."""
    image = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    image = interpolate(image, scale_factor=2.0, mode="bilinear", align_corners=False)
    for colours in (image, image[:, :1].expand(1, 3, 64, 64)):
        alpha = 0.2 + 0.5 * colours[:, :1]

        assert_close(GuidedFilter()(colours, alpha), alpha, atol=0.01, rtol=0)


def between_two_colours(noise: float = 0.0) -> tuple[torch.Tensor, torch.Tensor]:
    """Red on the left, blue on the right, and a stripe of a quarter red that is unknown."""
    image = torch.zeros(1, 3, 64, 128)
    image[:, 0, :, :48], image[:, 2, :, 80:] = 0.9, 0.9
    image[:, 0, :, 48:80], image[:, 2, :, 48:80] = 0.9 * 0.25, 0.9 * 0.75
    # Brightness that has nothing to do with the object.
    generator = torch.Generator().manual_seed(3)
    image += noise * torch.rand(1, 1, 64, 128, generator=generator)
    trimap = torch.full((1, 1, 64, 128), 0.5)
    trimap[..., :48], trimap[..., 80:] = 1, 0
    return image, trimap


def test_known_colours_are_carried_into_the_unknown() -> None:
    """Between the two, alpha is read from the colour."""
    known = KnownColours()(*between_two_colours())

    assert known.shape == (1, KnownColours.CHANNELS, 64, 128)
    middle = known[0, :, 32, 64]
    assert_close(middle[:2], torch.zeros(2))
    assert_close(middle[2:5], torch.tensor([0.9, 0.0, 0.0]), atol=0.02, rtol=0)
    # The second look takes the stripe for background, mostly.
    assert_close(known[0, 5:8, 32, 100], torch.tensor([0.0, 0.0, 0.9]), atol=0.02, rtol=0)
    assert 0.02 < middle[5] < 0.25
    assert_close(middle[10], torch.tensor(0.25), atol=0.02, rtol=0)
    near, far = known[0, 8, 32, 50], known[0, 8, 32, 76]
    assert near > far > 0


def test_a_colour_is_judged_along_what_tells_the_two_sides_apart() -> None:
    """Brightness that varies on both sides alike says nothing; a plain projection would err."""
    image, trimap = between_two_colours(noise=0.1)

    known = KnownColours()(image, trimap)[0, :, :, 52:76]

    axis = known[2:5] - known[5:8]
    plain = ((image[0, :, :, 52:76] - known[5:8]) * axis).sum(0) / axis.square().sum(0)
    assert (known[10] - 0.25).abs().mean() < 0.02
    assert (known[10] - 0.25).abs().mean() <= (plain - 0.25).abs().mean()


def test_the_second_look_learns_from_the_first() -> None:
    """A third colour, far from what is known of the background, is background all the same."""
    image, trimap = between_two_colours(noise=0.05)
    image[:, 1, :, 64:80] += 0.3  # green creeps in on the background's side
    image[:, 0, :, 64:80], image[:, 2, :, 64:80] = 0.1, 0.8

    known = KnownColours()(image, trimap)[0]

    assert known[11, :, 66:78].mean() < known[10, :, 66:78].mean() + 1e-6
    assert known[6, 32, 70] > 0.02  # green is now among the colours of the background


def test_sides_of_nearly_one_colour_give_numbers() -> None:
    """What is divided by may be rounded below zero: one pixel that is no number loses a matte."""
    generator = torch.Generator().manual_seed(0)
    ramp = torch.linspace(0.2, 0.8, 128).expand(1, 3, 64, 128)
    for strength in (0.0, 1e-6, 1e-4, 1e-2):
        image = ramp + strength * torch.rand(1, 3, 64, 128, generator=generator)
        trimap = torch.full((1, 1, 64, 128), 0.5)
        rows = torch.arange(64) % 4 < 2
        trimap[:, :, rows, :40], trimap[:, :, ~rows, :40] = 1, 0

        assert KnownColours()(image, trimap).isfinite().all()


def test_where_nothing_is_known_all_numbers_are_numbers() -> None:
    """No object in sight, or nothing at all."""
    for certain in (0.0, 0.5):
        trimap = torch.full((1, 1, 32, 32), 0.5)
        trimap[..., :8] = certain

        known = KnownColours()(torch.rand(1, 3, 32, 32), trimap)

        assert known.isfinite().all()
        assert known.min() >= -1e-6
        assert known.max() <= 1 + 1e-6
