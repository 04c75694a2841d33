"""Painted, read, gated, kept, read back, learned from: the whole way, with the small painter."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from torch import nn

from penumbra.core.errors import InputError
from penumbra.data.captions import draw_caption
from penumbra.data.people_set import read_people
from penumbra.systems.dfimat.gathering import Gathering, SceneSource
from penumbra.systems.dfimat.recipe import Switches, recipe
from penumbra.systems.dfimat.synth.features import Features, Tokens
from penumbra.systems.dfimat.synth.interpreter.config import Config
from penumbra.systems.dfimat.synth.interpreter.network import Answer
from penumbra.systems.dfimat.synth.interpreter.reader import Reader
from penumbra.systems.dfimat.synth.job import make_set
from penumbra.systems.dfimat.synth.paintings import (
    Paintings,
    PaintSettings,
    attention_to_people,
)
from penumbra.systems.dfimat.synth.reading import Answers, Reading, Refused
from penumbra.systems.dfimat.synth.sources.rgb import RgbConfig, RgbSource
from penumbra.systems.dfimat.synth.sources.tiny import TinyConfig, make_tiny
from penumbra.training.pool import Pool
from penumbra.training.turns import turns_of
from tests.made_sets import LOOSE, SOURCE, people_pack

SMALL = TinyConfig(side=128, width=8, vae_width=8, text="toy")
CONFIG = Config(source="tiny", width=32, queries=3, layers=3, ffn=32, grid_ffn=32)
QUICK = PaintSettings(seed=3, steps=2, validation=0.0)

ANYTHING = replace(
    LOOSE,
    mattes=replace(LOOSE.mattes, same=1.0),
    gates=replace(
        LOOSE.gates,
        people=(1, 7),
        miscount=7,
        area=(0, 1),
        height=0,
        width=999,
        pieces=999,
        agreement=0,
        coverage=0,
        sentences=0,
    ),
)
"""Gates for what nobody would take for people."""


@dataclass
class Asked:
    """A stage, as far as sources look at it."""

    composition: object
    size: int = 64


class Sure(Reader):
    """Untrained, but sure that two of its queries show people, whatever it sees."""

    def answers(self, answer: Answer, is_coarse: bool = False) -> list[Answers]:
        """Say so, with opacity from 0 to 1."""
        human = np.array([0.99, 0.95, 0.1], np.float32)
        found = []
        for alphas, _ in super().answers(answer, is_coarse):
            low, high = alphas.min(), alphas.max()
            found.append(Answers((alphas - low) / (high - low), human))
        return found


def reader(seed: int = 0) -> Reader:
    """An interpreter behind the small painter."""
    torch.manual_seed(seed)
    return Sure(CONFIG, make_tiny(SMALL)).eval()


@pytest.fixture(scope="module")
def maker() -> Paintings:
    return Paintings(reader(), QUICK, (SOURCE,))


def made(maker: Paintings, number: int) -> Reading:
    found = maker.make(number)
    assert isinstance(found, Reading)
    return found


def test_a_picture_depends_on_its_number_alone(maker: Paintings) -> None:
    """Whatever was painted before; another number has another caption and picture."""
    first, other, again = (made(maker, number) for number in (1, 0, 1))

    assert_array_equal(first.image, again.image)
    assert_array_equal(first.answers.alphas, again.answers.alphas)
    assert (first.caption, first.seed) == (again.caption, again.seed)
    assert first.caption != other.caption
    assert not np.array_equal(first.image, other.image)


def test_a_reading_has_all_that_gates_look_at(maker: Paintings) -> None:
    """Mattes of every query, read twice; where people are looked for; whom the caption names."""
    caption = draw_caption(np.random.default_rng((3, 1)))
    found = made(maker, 1)

    assert found.image.shape == (128, 128, 3)
    assert found.answers.alphas.shape == (3, 128, 128)
    assert found.again is not None
    assert found.again.alphas.shape == (3, 128, 128)
    assert not np.array_equal(found.again.alphas, found.answers.alphas)
    assert found.attention is not None
    assert found.attention.shape == (8, 8)
    assert (found.caption, found.asked, found.family) == (caption.text, caption.n, caption.family)
    assert found.slots == {"place": caption.slots["place"], "pose": caption.slots["pose"]}


def test_captions_that_are_given_are_painted_one_after_the_other() -> None:
    """And again from the first."""
    captions = [draw_caption(np.random.default_rng(seed)) for seed in (10, 11)]
    maker = Paintings(reader(), replace(QUICK, again=None), captions=captions)

    told = [made(maker, number) for number in range(3)]

    assert [it.caption for it in told] == [captions[0].text, captions[1].text, captions[0].text]
    assert told[0].seed != told[2].seed
    assert told[0].again is None
    assert maker.record["captions"] == [it.text for it in captions]


def test_what_is_not_finite_is_refused(maker: Paintings) -> None:
    """With the seed that it came from; the job goes on with the next."""
    broken = Paintings(reader(), QUICK)
    source = broken._source
    for each in source.networks.unet.parameters():
        nn.init.constant_(each, float("nan"))

    found = broken.make(0)

    assert isinstance(found, Refused)
    assert found.reason == "not_finite"
    assert "seed " in found.detail


def test_attention_to_people_is_summed_over_layers_and_their_words() -> None:
    """Words for people stand first in each layer; without any there is nothing to look at."""
    maps = torch.arange(6.0)[None, :, None, None].expand(1, 6, 2, 2)  # two layers of three words
    none = Features({}, {16: maps}, {}, (Tokens(("in", "a", "park"), 0),))
    two = none._replace(tokens=(Tokens(("friends", "women", "park"), 2),))

    assert attention_to_people(none, 3) is None
    summed = attention_to_people(two, 3)
    assert summed is not None
    assert_array_equal(summed, np.full((2, 2), 0 + 1 + 3 + 4))


def test_who_only_looks_cannot_paint() -> None:
    """The source `rgb` learns from plain pictures."""
    config = replace(CONFIG, source="rgb")

    with pytest.raises(InputError, match="reader must be behind a source that paints, got 'rgb'"):
        Paintings(Reader(config, RgbSource(RgbConfig())))


def test_the_whole_way_from_a_caption_to_a_step_of_training(
    maker: Paintings, tmp_path: Path
) -> None:
    """What an untrained network reads of noise is nobody; gates are told to keep it."""
    summary = make_set(tmp_path / "set", maker, 2, ANYTHING)

    pictures = list(read_people(tmp_path / "set", ["train"]))
    assert summary["kept"] == len(pictures) == 2
    for picture in pictures:
        assert picture.alphas.sum(axis=0).max() <= 1 + 1e-6
        assert picture.meta["model"]["name"] == "tiny"

    stage = recipe(Switches(text_encoder="toy", rounds=1)).stages[0]
    sets = (str(tmp_path / "set"),)
    how = Gathering(scenes=0, sets=sets, photographs=0.0, mirror=0.0)
    source = SceneSource(Pool.load([people_pack(tmp_path / "people.tar")]))
    batch = source.batch(Asked(how), 1, 0, 2)
    network = recipe(Switches(text_encoder="toy")).network()
    (turn,) = turns_of(stage, network)
    turn.begin(0, 1)
    total = torch.stack(list(turn.objective.loss(network, batch).values())).sum()
    before = [each.clone() for each in network.parameters()]
    total.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
    turn.optimiser.step()

    assert total.isfinite()
    assert any(not torch.equal(*pair) for pair in zip(before, network.parameters(), strict=True))
