"""Pictures of several people for training: drawn once, the same whatever the batch."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from penumbra.core.errors import DatasetError, InputError
from penumbra.data.pack import write_pack
from penumbra.systems.dfimat.gathering import Gathering, SceneBatch, SceneSource
from penumbra.systems.dfimat.synth.job import make_set
from penumbra.training.compose import Batch
from penumbra.training.composition import Composition
from penumbra.training.pool import Pool
from tests.made_sets import LOOSE, Told, reading
from tests.packs import OPEN, items, tiny_pack

FEW = Gathering(scenes=6, photographs=0.0, crowd=(0.0, 0.5, 0.5), mirror=0.0, colour=0.0)


@dataclass
class Asked:
    """A stage, as far as sources look at it."""

    composition: object
    size: int = 64


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Pool:
    path = Path(tmp_path_factory.mktemp("pack")) / "people.tar"
    tiny_pack(path, 5)
    return Pool.load([path])


def drawn(pool: Pool, how: Gathering, first: int = 0, count: int = 8, size: int = 64) -> SceneBatch:
    batch = SceneSource(pool).batch(Asked(how, size), 1, first, count)
    assert isinstance(batch, SceneBatch)
    return batch


def test_people_are_seen_once_and_somebody_is_wanted(pool: Pool) -> None:
    """Opacities add up to 1 at most; who is padded is nobody."""
    batch = drawn(pool, FEW)

    assert batch.image.shape == (8, 3, 64, 64)
    assert batch.alphas.sum(dim=1).max() <= 1 + 3 / 255  # each is rounded
    assert (batch.alphas.flatten(2).amax(dim=2) > 0.5).equal(batch.is_person)
    assert batch.is_person.sum(dim=1).min() >= 1
    assert batch.is_person[torch.arange(8), batch.wanted].all()
    assert batch.alpha.equal(batch.alphas[torch.arange(8), batch.wanted][:, None])
    assert batch.is_matte.all()


def test_a_sample_does_not_depend_on_its_batch(pool: Pool) -> None:
    """Nor on who was asked before: pictures are drawn from their numbers."""
    whole = drawn(pool, FEW, 0, 6)
    part = drawn(pool, FEW, 4, 2)

    assert whole.image[4:].equal(part.image)
    assert whole.sentences[4:] == part.sentences
    assert whole.wanted[4:].equal(part.wanted)


def test_mirrored_pictures_have_mirrored_sentences(pool: Pool) -> None:
    """Left is right there."""
    plain, turned = drawn(pool, FEW), drawn(pool, replace(FEW, mirror=1.0))

    assert turned.image.equal(plain.image.flip(3))
    assert turned.alphas.equal(plain.alphas.flip(3))
    said = [text for texts in plain.sentences for text in texts]
    other = [text for texts in turned.sentences for text in texts]
    assert any("left" in text or "right" in text for text in said)
    swapped = [
        text.replace("left", "\0").replace("right", "left").replace("\0", "right") for text in said
    ]
    assert swapped == other


def test_photographs_lie_whole_in_their_squares(pool: Pool) -> None:
    """One person, a mask; black beside it."""
    batch = drawn(pool, replace(FEW, photographs=1.0))

    assert batch.alphas.shape == (8, 1, 64, 64)
    assert not batch.is_matte.any()
    assert batch.sentences[0] == ("the person",)
    height, width = pool.sizes[pool.roles["scene"][0]].astype(int)
    assert height > width
    beside = round(64 * width / height)
    assert (batch.image[:, :, :, beside:] == 0).all()
    assert (batch.image[:, :, :, : beside - 1].amax(dim=(1, 2, 3)) > 0.3).all()


def test_packs_without_photographs_do_where_none_are_wanted(tmp_path: Path) -> None:
    only = [it for it in items(5) if it.role != "scene"]
    write_pack(tmp_path / "people.tar", only, [OPEN], budget=10_000_000)

    pool = Pool.load([tmp_path / "people.tar"])

    assert drawn(pool, FEW).is_matte.all()
    with pytest.raises(InputError, match="packs must hold at least one scene, got none"):
        drawn(pool, replace(FEW, photographs=0.5))


def test_colours_change_but_opacity_does_not(pool: Pool) -> None:
    plain, changed = drawn(pool, FEW), drawn(pool, replace(FEW, colour=0.5))

    assert not changed.image.equal(plain.image)
    assert changed.image.min() >= 0
    assert changed.image.max() <= 1
    assert changed.alphas.equal(plain.alphas)


def test_other_stages_get_what_composers_make(pool: Pool) -> None:
    """The refinement network learns from whole objects."""
    batch = SceneSource(pool).batch(Asked(Composition()), 1, 0, 2)

    assert isinstance(batch, Batch)


def test_held_people_are_others(pool: Pool) -> None:
    """No picture is in both parts."""
    held = replace(FEW, people=Composition(held=0.4, is_held=True))
    rest = replace(FEW, people=Composition(held=0.4))

    one, other = drawn(pool, held, count=6), drawn(pool, rest, count=6)

    assert not np.array_equal(one.image.numpy(), other.image.numpy())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"scenes": -1}, "scenes must be at least 0, got -1"),
        ({"photographs": 1.5}, r"photographs must be in \[0, 1\], got 1.5"),
        ({"crowd": ()}, "crowd must be 1 to 6 numbers"),
        ({"crowd": (0.0, 0.0)}, "crowd must be 1 to 6 numbers"),
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Gathering(**wrong)  # type: ignore[arg-type]


def test_pictures_of_a_set_are_there_beside_those_that_are_drawn(
    pool: Pool, tmp_path: Path
) -> None:
    """Or alone; with their people and their sentences, whether mirrored or not."""
    make_set(tmp_path, Told(), 3, LOOSE)
    alone = replace(FEW, scenes=0, sets=(str(tmp_path),))

    source = SceneSource(pool)
    batch = source.batch(Asked(alone), 1, 0, 8)
    source.batch(Asked(replace(alone, scenes=2)), 1, 0, 1)

    assert source.rates() == {"scenes": 3 + 5}
    assert batch.is_person.sum(dim=1).tolist() == [2] * 8
    assert (batch.alphas > 0.5).sum(dim=(2, 3)).unique().tolist() == [24 * 12]
    assert {text for said in batch.sentences for text in said} >= {
        "the person on the left",
        "the person on the right",
    }


def test_sets_without_a_picture_are_refused(pool: Pool, tmp_path: Path) -> None:
    """There would be nothing to learn from; what is there for validation is not learned from."""
    make_set(tmp_path, Told({0: reading(split="val")}), 1, LOOSE)

    with pytest.raises(InputError, match="scenes and sets must be at least one picture together"):
        drawn(pool, replace(FEW, scenes=0))
    with pytest.raises(DatasetError, match="must hold train"):
        drawn(pool, replace(FEW, scenes=0, sets=(str(tmp_path),)))
