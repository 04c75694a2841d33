"""From the network to a graph that runs without torch, and its mattes to one."""

import numpy as np
import torch

from penumbra.runtime.onnx import OnnxGraph
from penumbra.systems.dfimat.mrn.graphs import graph
from penumbra.systems.dfimat.mrn.progressive import fuse
from penumbra.systems.dfimat.mrn.refinement import fused, usual_widths
from penumbra.systems.dfimat.mrn.region import region_of
from penumbra.training.export import to_onnx
from tests.unit.systems.dfimat.mrn.networks import made


def test_an_exported_network_refines_a_mask() -> None:
    """As torch does, at a size it was not exported at, from the photograph to the matte."""
    network = made()
    with torch.no_grad():
        # Sure of itself, as after training: then progressive refinement has something to choose.
        for head in (*network.decoder.heads, network.decoder.last):
            head[-1].weight.mul_(20)
    rng = np.random.default_rng(4)
    image = rng.random((150, 130, 3), np.float32)
    mask = np.zeros((150, 130), np.float32)
    mask[40:100, 30:90] = 0.8
    region = region_of(mask)
    assert region is not None

    data, report = to_onnx(graph(network))
    runtime = OnnxGraph(data)
    seen, coarse = region.plane(image).transpose(2, 0, 1)[None], region.plane(mask)[None, None]
    answers = runtime.run(image=seen.copy(), mask=coarse)

    assert list(answers) == ["alpha8", "alpha4", "alpha1"]
    assert seen.shape == (1, 3, 96, 96)
    assert all(parity.is_met for parity in report.exact)
    with torch.no_grad():
        alphas = network(torch.from_numpy(seen.copy()), torch.from_numpy(coarse))
    whole = fused(alphas, usual_widths(1))[-1][0, 0].numpy()
    assert 0.05 < np.mean(whole != alphas[0][0, 0].numpy()) < 0.95
    found = region.back(fuse([answers[name][0, 0] for name in answers]))
    apart = np.abs(found - region.back(whole))
    # Where a value lies at the limit of what is sure, rounding decides.
    assert np.mean(apart < 4e-3) > 0.99
    assert not found[:20].any()


def test_without_progressive_refinement_there_is_one_matte() -> None:
    """And one output."""
    assert graph(made(prm=False)).outputs == ("alpha1",)
    assert [given.name for given in graph(made()).inputs] == ["image", "mask"]
