"""From networks of the room to graphs, and that these say what the networks say."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import Tensor

from penumbra.core.hints import Box, Click, Hints, Scribble
from penumbra.core.matte import Matte
from penumbra.runtime.graph import Graph, Planes
from penumbra.runtime.onnx import OnnxGraph
from penumbra.systems.dfimat.card import DFIMAT
from penumbra.systems.dfimat.graphs import graphs
from penumbra.systems.dfimat.iscn.conflicts import MISSED, SPILLED
from penumbra.systems.dfimat.iscn.prompts import Prompts
from penumbra.systems.dfimat.iscn.reasoning import spread
from penumbra.systems.dfimat.network import DfimatNetwork
from penumbra.systems.dfimat.predictor import DfimatPredictor
from penumbra.systems.dfimat.rounds import DfimatMatte
from penumbra.systems.dfimat.text.encoder import load_text_encoder
from penumbra.training.export import ExportReport, to_onnx
from tests.unit.systems.dfimat.predictors import OPTIONS, made, photograph, predictor, torch_graphs

CHANGES: list[dict[str, Any]] = [
    {},
    {"joint_full": True},
    {"two_way": True},
    {"masked_attn": False, "memory": False},
    {"crm": False, "crm_reach": False},
    {"crm_resize": "bilinear", "crm_reach": False},
]

BOX = Box(8, 4, 60, 50)
SAID = (
    Hints(box=BOX, text="the person in red"),
    Hints((Click(70.5, 40.5), Click(20.5, 20.5, False)), box=BOX, text="the person in red"),
    Hints(
        (Click(70.5, 40.5), Click(20.5, 20.5, False)),
        (Scribble(((40.0, 50.0), (80.0, 55.0)), 5),),
        BOX,
        "the person in red",
    ),
)
"""Three rounds on a photograph that is seen as it is."""


@pytest.fixture(scope="module")
def exported() -> tuple[DfimatNetwork, dict[str, Graph], list[ExportReport]]:
    """A network, its graphs, and how close they are; exporting takes seconds."""
    network = made()
    named, reports = torch_graphs(network), []
    for each in graphs(network)[:2]:  # the last one is tested in its folder
        data, report = to_onnx(each)
        named[each.name] = OnnxGraph(data)
        reports.append(report)
    return network, named, reports


def test_exports_agree_at_all_sizes(
    exported: tuple[DfimatNetwork, dict[str, Graph], list[ExportReport]],
) -> None:
    """With points and words of which some are padding."""
    _, named, reports = exported

    for report in reports:
        assert all(row.is_met for row in (*report.exact, *report.rounded))
        assert len({(row.height, row.width) for row in report.exact}) == 5
        assert max(row.largest for row in report.exact) < 1e-4
    assert {row.output for row in reports[1].exact} == {"mask", "human", "text_mask"}
    for each in graphs(exported[0])[:2]:
        assert named[each.name].inputs == tuple(given.name for given in each.inputs)


def test_exported_rounds_equal_torch_that_looks_anew(
    exported: tuple[DfimatNetwork, dict[str, Graph], list[ExportReport]],
) -> None:
    """The first and later ones, through one graph, with prompts that are not padded."""
    network, named, _ = exported
    model = DfimatPredictor(DFIMAT, named, network.whole, OPTIONS)
    check_rounds(network, model)


@pytest.mark.parametrize("changes", CHANGES)
def test_rounds_of_every_network_equal_those_that_look_anew(changes: dict[str, Any]) -> None:
    """What is kept of the photograph is what would be seen again."""
    network = made(**changes)

    model = predictor(network)

    check_rounds(network, model)
    taken = model.graphs["round"].inputs
    assert ("previous" in taken) == ("is_remembered" in taken) == changes.get("memory", True)
    assert ("conflicts" in taken) == changes.get("crm", True)
    assert ("key0" in taken) != changes.get("two_way", False)
    assert ("object0" in taken) != changes.get("joint_full", False)


def check_rounds(network: DfimatNetwork, model: DfimatPredictor) -> None:
    """Play three rounds; torch is told what this test works out itself."""
    image = photograph()
    planes = torch.from_numpy(image.transpose(2, 0, 1)[None].copy())
    encoded = model.encode(image)
    assert_array_equal(encoded.planes, planes)
    shown: Matte | None = None
    before: Tensor | None = None
    for number, hints in enumerate(SAID):
        matte = model.decode(encoded, hints, shown)
        prompts = told(number)
        conflicts = None if before is None else contradicted(number, before)
        with torch.no_grad():
            answer = network(planes, prompts, before, conflicts)
        assert_allclose(matte.logits, answer.mask[0, 0], atol=1e-4)
        assert matte.confidence == pytest.approx(float(answer.human[0]), abs=1e-4)
        assert (matte.logits > 0).any()
        assert (matte.logits < 0).any()
        if conflicts is not None and network.config.crm:
            assert_array_equal(matte.conflicts, conflicts[0, 0])
            with torch.no_grad():
                untold = network(planes, prompts, before).mask[0, 0]
            assert np.abs(matte.logits - untold.numpy()).max() > 1e-3
        shown, before = matte, torch.from_numpy(matte.logits[None, None])


def told(number: int) -> Prompts:
    """What was said up to a round, by hand."""
    cells = [
        (8 + 52 * (col + 0.5) / 4, 4 + 46 * (row + 0.5) / 4) for row in range(4) for col in range(4)
    ]
    places = [*cells, (8, 4), (60, 50)]
    kinds = [4] * 16 + [5, 6]
    if number > 0:
        places += [(70.5, 40.5), (20.5, 20.5)]
        kinds += [0, 1]
    if number > 1:
        places += [(40 + 40 * it / 3, 50 + 5 * it / 3) for it in range(4)]
        kinds += [2] * 4
    said = load_text_encoder("toy").encode(["the person in red"])
    return Prompts(
        points=torch.tensor([places], dtype=torch.float32) / torch.tensor([96.0, 64.0]),
        kinds=torch.tensor([kinds]),
        text=torch.from_numpy(said.tokens),
        sentence=torch.from_numpy(said.sentence),
    )


def contradicted(number: int, before: Tensor) -> Tensor:
    """Where the marks of a round contradict the mask before, (1, 1, 64, 96), by hand."""
    mask = torch.nn.functional.interpolate(before, (64, 96), mode="bilinear") > 0
    y, x = torch.meshgrid(torch.arange(64) + 0.5, torch.arange(96) + 0.5, indexing="ij")
    if number == 1:
        on = (x - 70.5) ** 2 + (y - 40.5) ** 2 <= 25
        off = (x - 20.5) ** 2 + (y - 20.5) ** 2 <= 25
    else:
        share = ((x - 40) * 40 + (y - 50) * 5) / (40**2 + 5**2)
        share = share.clamp(0, 1)
        on = (x - 40 - 40 * share) ** 2 + (y - 50 - 5 * share) ** 2 <= 2.5**2
        off = torch.zeros_like(on)
    return MISSED * (on & ~mask) + SPILLED * (off & mask)


def inputs_of(model: DfimatPredictor, hints: Hints, shown: DfimatMatte | None) -> dict[str, Planes]:
    """Return what the graph of a round is given."""
    kept: dict[str, Planes] = {}
    graph = model.graphs["round"]

    class Spy:
        inputs, outputs = graph.inputs, graph.outputs

        def run(self, **arrays: Planes) -> dict[str, Planes]:
            kept.update(arrays)
            return graph.run(**arrays)

    spying = DfimatPredictor(model.card, {**model.graphs, "round": Spy()}, model.config, OPTIONS)
    spying.decode(model.encode(photograph()), hints, shown)
    return kept


def test_conflicts_added_to_keys_and_values_equal_a_full_recompute() -> None:
    """Keys and values are linear in the features, so few cells of them change."""
    network = made()
    model = predictor(network)
    first = model.decode(model.encode(photograph()), SAID[0])
    given = inputs_of(model, SAID[1], first)
    assert given["conflicts"].any()
    assert network.reasoning is not None

    with torch.no_grad():
        planes = torch.from_numpy(given["conflicts"])
        added = {
            f"level{stride}": spread(
                network.reasoning.shares(planes, stride), network.reasoning.levels
            )
            for stride in (32, 16, 8)
        }
        added["pixel"] = spread(network.reasoning.shares(planes, 4), network.reasoning.pixel)
        maps = {name: torch.from_numpy(given[name]) + more for name, more in added.items()}
        pixels = network.decoder.pixels(
            (maps["level32"], maps["level16"], maps["level8"]),
            maps["pixel"],
            torch.from_numpy(given["colour"]),
        )
        whole = {name: it.numpy() for name, it in maps.items()}
        for i, pair in enumerate(zip(pixels.keys, pixels.values, strict=True)):
            for kind, cells in zip(("key", "value"), pair, strict=True):
                shape = given[f"{kind}{i}"].shape
                whole[f"{kind}{i}"] = cells.mT.reshape(shape).contiguous().numpy()
    calm = {"conflicts": np.zeros_like(given["conflicts"])}
    found = model.graphs["round"].run(**given)["mask"]
    again = model.graphs["round"].run(**{**given, **whole, **calm})["mask"]
    without = model.graphs["round"].run(**{**given, **calm})["mask"]

    assert_allclose(found, again, atol=1e-4)
    assert np.abs(found - without).max() > 1e-3


def test_what_is_padded_changes_nothing() -> None:
    """Whatever stands there: points, words, and the mask that nobody remembers."""
    model = predictor(made())
    given = inputs_of(model, SAID[1], None)
    rng = np.random.default_rng(0)
    noise = {name: rng.random(it.shape, np.float32) for name, it in given.items()}
    is_point, is_word = given["kinds"] >= 0, given["is_word"] > 0.5
    assert 0 < is_point.sum() < is_point.size
    assert 0 < is_word.sum() < is_word.size

    other: dict[str, Planes] = {
        **given,
        "points": np.where(is_point, given["points"], noise["points"]),
        "kinds": np.where(is_point, given["kinds"], -1.2 + 0.3 * noise["kinds"]),
        "text": np.where(is_word, given["text"], 9 * noise["text"]),
        "previous": 9 * noise["previous"] - 4,
    }
    found, again = (
        model.graphs["round"].run(**{name: it.astype(np.float32) for name, it in each.items()})
        for each in (given, other)
    )

    for name, planes in found.items():
        assert_allclose(planes, again[name], atol=1e-5)
    moved = model.graphs["round"].run(**{**given, "points": other["points"] * 0.5})
    assert np.abs(moved["mask"] - found["mask"]).max() > 1e-3


@pytest.mark.parametrize("masked_attn", [True, False])
def test_a_memory_of_nothing_is_read_everywhere(masked_attn: bool) -> None:
    """Rows that would have nothing to read are let loose, as where all of the mask is there."""
    model = predictor(made(masked_attn=masked_attn))
    given = inputs_of(model, SAID[0], None)
    given["is_remembered"] = np.ones((1, 1, 1, 1), np.float32)

    nowhere, everywhere = (
        model.graphs["round"].run(**{**given, "previous": np.full_like(given["previous"], logit)})
        for logit in (-3.0, 3.0)
    )

    assert np.isfinite(nowhere["mask"]).all()
    assert_allclose(nowhere["mask"], everywhere["mask"], atol=1e-5)


def test_words_alone_are_answered_by_the_text_queries() -> None:
    """Both outputs are then the same; with marks they are not."""
    model = predictor(made())
    written = inputs_of(model, Hints(text="the person in red"), None)
    marked = inputs_of(model, SAID[1], None)

    alone, both = (model.graphs["round"].run(**each) for each in (written, marked))

    assert_array_equal(alone["mask"], alone["text_mask"])
    assert np.abs(both["mask"] - both["text_mask"]).max() > 1e-2


def test_a_coupled_network_has_a_head_of_its_own() -> None:
    """On what the look has seen, without a window."""
    network = made("none")
    model = predictor(network)
    image = photograph()

    matte = model.decode(model.encode(image), SAID[0])

    assert [each.name for each in graphs(network)] == ["look", "round", "coupled"]
    planes = torch.from_numpy(image.transpose(2, 0, 1)[None].copy())
    with torch.no_grad():
        logits = torch.from_numpy(matte.logits[None, None])
        alpha = network.coupled_alpha(network.look(planes), logits, planes)
    assert_allclose(matte.alpha, alpha[0, 0], atol=1e-4)
    assert matte.alpha.std() > 0
