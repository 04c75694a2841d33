"""Preview sheets: what is where, and that looking changes nothing."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from penumbra.training.preview import SIDE, write_preview
from tests.tiny_run import TinyBatch, TinyNetwork, alpha_of


def batch(size: int) -> TinyBatch:
    """Return two samples: red with an empty matte, blue with a full one."""
    image = torch.zeros(2, 3, size, size)
    image[0, 0], image[1, 2] = 1, 1
    return TinyBatch(image, torch.stack([torch.zeros(1, size, size), torch.ones(1, size, size)]))


def half(network: nn.Module, samples: TinyBatch) -> Tensor:
    """Answer one half everywhere, and too much in the second sample."""
    return torch.full_like(samples.alpha, 0.5) + samples.alpha


def test_pictures_truth_and_answer_lie_below_each_other(tmp_path: Path) -> None:
    """One column for each sample."""
    path = write_preview(tmp_path, 1200, TinyNetwork(), batch(4), half)

    with Image.open(path) as file:
        sheet = np.asarray(file)
    assert path == tmp_path / "previews" / "0001200.png"
    assert sheet.shape == (12, 8, 3)
    expected = [[(255, 0, 0), (0, 0, 255)], [(0,) * 3, (255,) * 3], [(128,) * 3, (255,) * 3]]
    np.testing.assert_array_equal(sheet[2::4, 2::4], expected)


def test_large_samples_are_shown_small(tmp_path: Path) -> None:
    """A sheet is for a glance."""
    path = write_preview(tmp_path, 1, TinyNetwork(), batch(2 * SIDE), half)

    with Image.open(path) as sheet:
        assert sheet.size == (2 * SIDE, 3 * SIDE)


def test_looking_leaves_the_network_as_it_was(tmp_path: Path) -> None:
    """Parts that a loss has frozen stay frozen; running means do not move."""
    network = TinyNetwork().train()
    network.norm.eval()
    before = {name: each.clone() for name, each in network.state_dict().items()}

    write_preview(tmp_path, 1, network, batch(8), alpha_of)

    assert network.training
    assert network.drop.training
    assert not network.norm.training
    torch.testing.assert_close(network.state_dict(), before, rtol=0, atol=0)
