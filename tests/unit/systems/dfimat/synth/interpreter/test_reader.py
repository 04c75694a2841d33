"""A source and the interpreter as one network."""

from copy import deepcopy
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from torch.testing import assert_close

from penumbra.core.errors import InputError, WeightsError
from penumbra.nn.weights import WeightsHeader, save_weights
from penumbra.systems.dfimat.synth.interpreter.config import S
from penumbra.systems.dfimat.synth.interpreter.gathering import caption_of, captions_of
from penumbra.systems.dfimat.synth.interpreter.losses import InterpreterLoss
from penumbra.systems.dfimat.synth.interpreter.pictures import (
    answers_of,
    looked_at,
    read_picture,
    see,
)
from penumbra.systems.dfimat.synth.interpreter.reader import (
    ROOM,
    Reader,
    load_reader,
    make_reader,
)
from penumbra.systems.dfimat.synth.interpreter.validating import find, matte_of, reading_error
from penumbra.systems.dfimat.synth.sources.rgb import RgbSource
from penumbra.training.resume import warm_start
from penumbra.weights import weights_folder
from tests.packs import picture
from tests.unit.systems.dfimat.synth.interpreter.stubs import (
    IS_PERSON,
    SIDE,
    TINY,
    StubSource,
    batch,
)


def frozen(text: str = "none", has_words: bool = False) -> Reader:
    torch.manual_seed(1)
    config = replace(TINY, text=text)  # type: ignore[arg-type]
    return Reader(config, StubSource(has_words)).eval()


def learning() -> Reader:
    torch.manual_seed(1)
    return make_reader(TINY).eval()


def test_a_frozen_source_is_neither_saved_nor_copied() -> None:
    """It may have a billion weights, and averages of weights are copies."""
    reader = frozen()

    assert {it.partition(".")[0] for it in reader.state_dict()} == {"interpreter"}
    assert deepcopy(reader).source is reader.source


def test_a_source_that_learns_is_a_part_with_its_own_names() -> None:
    """A copy's source is the copy's; what moves in one stays in the other."""
    reader = learning()
    source = reader.source
    assert isinstance(source, RgbSource)
    names = {it for it in reader.state_dict() if not it.startswith("interpreter.")}
    assert names == set(source.state_dict())

    copied = deepcopy(reader)
    image = batch().image
    before = reader(image, ["", ""]).masks
    with torch.no_grad():
        for parameter in copied.encoder.parameters():  # type: ignore[union-attr]
            parameter.mul_(1.5)

    assert reader(image, ["", ""]).masks.equal(before)
    assert not copied(image, ["", ""]).masks.equal(before)


def test_the_encoder_can_start_as_the_segmenter_s() -> None:
    """Its names and shapes are the same."""
    reader = make_reader(S)

    count = warm_start(reader, str(weights_folder() / "segment-s.safetensors"))

    assert count == len([it for it in reader.state_dict() if it.startswith("encoder.")])


def test_frozen_sources_look_without_gradients_at_captions_with_seeds() -> None:
    """The same seed sees the same."""
    reader = frozen()
    image = torch.rand(2, 3, SIDE, SIDE)

    one, same, other = (reader(image, ["a man", ""], seed).masks for seed in (4, 4, 5))

    source = reader.source
    assert isinstance(source, StubSource)
    assert source.asked[0] == (("a man", ""), 4)
    assert not source.had_gradients
    assert one.requires_grad
    assert one.equal(same)
    assert not one.equal(other)


def test_learning_reaches_the_source() -> None:
    """Every part of it: coarse maps, fine ones and the encoder."""
    reader = learning().train()

    terms = InterpreterLoss()(reader, batch())
    torch.stack(list(terms.values())).sum().backward()  # type: ignore[no-untyped-call]

    for part in ("encoder", "fine", "coarsest", "lateral", "smooth"):
        gradients = [it.grad for it in getattr(reader, part).parameters()]
        assert all(it is not None and it.isfinite().all() for it in gradients), part
        assert any(bool((it != 0).any()) for it in gradients if it is not None), part


def test_queries_are_told_the_words_that_mean_people() -> None:
    """Those of the source where it knows them, else those of the caption; no others."""
    image = torch.rand(1, 3, SIDE, SIDE)
    told, deaf = frozen("toy"), frozen()

    def masks(reader: Reader, caption: str) -> torch.Tensor:
        return reader(image, [caption]).masks

    assert masks(told, "two friends in a park").equal(masks(told, "tall friends at the sea"))
    assert not masks(told, "two friends").equal(masks(told, "two dancers"))
    assert masks(deaf, "two friends").equal(masks(deaf, "two dancers"))
    known = frozen("toy", has_words=True)
    assert masks(known, "a dancer").equal(masks(told, "friends"))


def test_captions_say_how_many_people_there_are() -> None:
    """As those of painted pictures do."""
    assert captions_of(batch()) == ("a photo of two people", "a photo of one person")
    assert caption_of(9) == "a photo of several people"


def test_answers_are_alphas_and_probabilities() -> None:
    """Of all queries of each picture; coarse ones are the masks, enlarged."""
    reader = frozen()
    answer = reader(torch.rand(2, 3, SIDE, SIDE), ["", ""])

    fine, coarse = reader.answers(answer), reader.answers(answer, is_coarse=True)

    assert [it.alphas.shape for it in fine] == [(5, SIDE, SIDE)] * 2
    assert_close(torch.from_numpy(fine[1].human), answer.human[1].sigmoid().detach())
    drawn = reader.interpreter.alphas(answer, torch.tensor([[4], [2]])).sigmoid().detach()
    assert_close(torch.from_numpy(fine[1].alphas[2]), drawn[1, 0])
    assert abs(fine[0].alphas - coarse[0].alphas).max() > 0.001


def test_pictures_of_any_size_come_back_at_their_size() -> None:
    """What learns sees their proportions, what is frozen squares that cover them."""
    image = picture(1, 50, 90)
    for reader, most in ((learning(), 5), (frozen(), 15)):
        alphas, human = read_picture(reader, image)

        assert 5 <= len(alphas) <= most
        assert alphas.shape == (len(human), 50, 90)
        assert 0 <= alphas.min() < alphas.max() <= 1
    assert len(see(frozen(), image).answers) == 3
    assert len(see(frozen(), picture(1, 50, 50)).answers) == 1
    assert see(learning(), image).answers[0].masks.shape[2:] == (256 // 8, 448 // 8)
    seen = see(learning(), image, side=64)
    assert seen.answers[0].masks.shape[2:] == (8, 16)
    assert answers_of(learning(), seen, is_coarse=True).alphas.shape == (5, 50, 90)


def test_the_shorter_side_is_asked_for_and_the_other_follows() -> None:
    """In multiples of 64, and never none."""
    assert [looked_at(480, 640, 192), looked_at(900, 300, 128)] == [(192, 256), (384, 128)]
    assert looked_at(10, 10, 64) == (64, 64)


def test_sides_that_no_map_has_are_refused() -> None:
    """The coarsest has a stride of 64."""
    with pytest.raises(InputError, match=r"image must be \(height, width\) of multiples of 64"):
        learning()(torch.rand(1, 3, 96, 64), [""])


def test_people_are_measured_by_the_queries_that_fit_best() -> None:
    """An answer of nothing is wrong by all there is."""
    reader, asked = learning(), batch()

    found = find(reader, asked)

    assert found.alphas.shape == asked.alphas.shape
    assert (found.matched >= 0).equal(IS_PERSON)
    assert (found.alphas[1, 1] == 0).all()
    assert matte_of(reader, asked)[0, 0].equal(found.alphas[0, 1])
    with torch.no_grad():
        error = (found.alphas - asked.alphas).abs().sum(dim=(2, 3))
        area = asked.alphas.sum(dim=(2, 3))
        wanted = (
            error[0, 0] / area[0, 0] + error[0, 1] / area[0, 1] + error[1, 0] / area[1, 0]
        ) / 3
    assert_close(reading_error(reader, asked).detach(), wanted)


def save(reader: Reader, path: Path, room: str = ROOM) -> Path:
    save_weights(path, reader, WeightsHeader(room, "s", asdict(reader.config), {}))
    return path


def test_weights_say_what_network_they_fit(tmp_path: Path) -> None:
    """It answers the same when it is loaded."""
    reader, image = learning(), batch().image

    loaded = load_reader(save(reader, tmp_path / "w.safetensors"))

    assert loaded.config == TINY
    assert loaded(image, ["", ""]).masks.equal(reader(image, ["", ""]).masks)
    with pytest.raises(WeightsError, match=r"must hold weights of dfimat\.synth\.interpreter"):
        load_reader(save(reader, tmp_path / "other.safetensors", "dfimat"))


def test_stable_diffusion_without_its_weights_is_refused() -> None:
    """They are the operator's to bring."""
    with pytest.raises(WeightsError, match="weights of sd must be a folder"):
        make_reader(replace(TINY, source="sd"))
