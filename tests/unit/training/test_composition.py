"""What a composition asks for: which pictures, with which colours and trimaps, how often."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from penumbra.core.errors import InputError
from penumbra.data.pack import write_pack
from penumbra.training.choosing import Chooser
from penumbra.training.compose import Composer
from penumbra.training.composition import Composition
from penumbra.training.draws import Draws
from penumbra.training.pool import Pool
from tests.packs import OPEN, RESEARCH, items, tiny_pack
from tests.samples import PLAIN, Wanted


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("scenes", 7.0),
        ("noise", -1.0),
        ("stretch", 0.0),
        ("turn", -0.1),
        ("coverage", (0.0, 0.0)),
        ("scene_zoom", (1.0, 0.5)),
        ("zooms", ()),
        ("blur_sizes", (0,)),
        ("dilation", (0, 9)),
        ("jpeg_quality", (10, 101)),
        ("weights", {"drawn": -1.0}),
        ("noise_deviation", -0.1),
        ("paint", 1.5),
        ("trimap", "erode"),
    ],
)
def test_a_composition_that_makes_no_sense_is_refused(name: str, value: object) -> None:
    """When it is written down, not in the middle of the night."""
    with pytest.raises(InputError, match=f"{name} must be "):
        replace(PLAIN, **{name: value})  # type: ignore[arg-type]


def test_shares_that_exclude_each_other_add_up_to_one_at_most() -> None:
    """A sample is one or the other."""
    with pytest.raises(InputError, match=r"join \+ distract must be at most 1, got 1.5"):
        Composition(join=0.75, distract=0.75)
    with pytest.raises(InputError, match=r"unknown_crops \+ uniform_crops must be at most 1"):
        Composition(unknown_crops=0.75, uniform_crops=0.75)


def test_a_weight_for_no_source_is_said(pool: Pool, caplog: pytest.LogCaptureFixture) -> None:
    """Once, with what may have been meant; a recipe may name more than one pack holds."""
    composer = Composer(pool)

    for step in range(2):
        composer.batch(Wanted(16, replace(PLAIN, weights={"drwan": 2.0})), 0, step, 1)

    assert caplog.messages == ["weights name 'drwan', which no pack holds; there are drawn"]


def test_weights_choose_the_source(tmp_path: Path) -> None:
    """Weight 0 leaves a source out; and nothing left to choose is an error."""
    tiny_pack(tmp_path / "a.tar", 1, OPEN)
    tiny_pack(tmp_path / "b.tar", 1, RESEARCH)
    pool = Pool.load([tmp_path / "a.tar", tmp_path / "b.tar"])
    how = replace(PLAIN, weights={"drawn": 0.0})

    Composer(pool).batch(Wanted(16, how), 0, 0, 4)
    with pytest.raises(InputError, match="weights and held must leave at least one foreground"):
        Composer(pool).batch(
            Wanted(16, replace(how, weights={"drawn": 0.0, "photographs": 0.0})), 0, 0, 4
        )

    assert (len(pool.sources), len(pool)) == (2, 6)


def test_weights_choose_the_category(tmp_path: Path) -> None:
    """Beside the source: hair more often than nets, though both are drawn."""
    tails = ("hair", "net", "")
    made = [replace(item, category=tail) for item, tail in zip(items(1), tails, strict=True)]
    made += [replace(items(2)[3], category="net")]
    write_pack(tmp_path / "p.tar", made, [OPEN], 1_000_000)
    pool = Pool.load([tmp_path / "p.tar"])
    how = replace(PLAIN, weights={"net": 0.0, "drawn": 2.0})

    batch = Composer(pool).batch(Wanted(16, how), 0, 0, 8)

    assert {pool.entries[number].category for number in batch.picture.tolist()} == {"hair"}


def test_versions_with_strands_are_held_aside_with_their_people(tmp_path: Path) -> None:
    """Or validation would be on heads that were learnt from."""
    made = [item for item in items(20) if item.role != "scene"]
    made += [
        replace(item, name=f"{item.name}+strands") for item in made if item.role == "foreground"
    ]
    write_pack(tmp_path / "a.tar", made, [OPEN], 10_000_000)
    pool = Pool.load([tmp_path / "a.tar"])
    draws = Draws(0, range(600), 600)

    held, learnt = (
        {
            pool.entries[number].name
            for number in Chooser(pool).choose(
                "foreground", replace(PLAIN, held=0.4, is_held=is_held), draws
            )
        }
        for is_held in (True, False)
    )

    assert (len(held), len(learnt)) == (16, 24)  # each of 8 and of 12 people twice
    assert {name.removesuffix("+strands") for name in held}.isdisjoint(
        name.removesuffix("+strands") for name in learnt
    )


def test_what_is_held_aside_is_in_no_other_sample(composer: Composer) -> None:
    """By the names of the objects; whatever is not in one part is in the other."""
    seen = [
        set(
            composer.batch(
                Wanted(8, replace(PLAIN, held=0.5, is_held=is_held)), 0, 0, 64
            ).picture.tolist()
        )
        for is_held in (False, True)
    ]

    assert all(seen)
    assert not seen[0] & seen[1]
    assert seen[0] | seen[1] == set(composer.pool.roles["foreground"].tolist())
    one = composer.batch(Wanted(8, replace(PLAIN, held=0.01, is_held=True)), 0, 0, 16).picture
    assert len(set(one.tolist())) == 1  # rounded up: a small pack can be validated on, too
    with pytest.raises(
        InputError, match=r"held must leave at least one foreground, got .* held aside"
    ):
        composer.batch(Wanted(8, replace(PLAIN, is_held=True)), 0, 0, 1)


def test_objects_can_wear_the_colours_of_a_photograph(composer: Composer) -> None:
    """Alpha stays; colours are those of a background's picture."""
    own = composer.batch(Wanted(32, PLAIN), 0, 0, 16)
    painted = composer.batch(Wanted(32, replace(PLAIN, paint=1.0)), 0, 0, 16)
    some = composer.batch(Wanted(32, replace(PLAIN, paint=0.5)), 0, 0, 16)

    assert torch.equal(own.alpha, painted.alpha)
    changed = (own.foreground != some.foreground).flatten(1).any(dim=1)
    assert 4 < changed.sum() < 12
    assert torch.equal(some.foreground[changed], painted.foreground[changed])


def test_samples_can_be_those_of_the_first_epoch_for_ever(composer: Composer) -> None:
    """What the switch `recreate_each_epoch=false` asks for."""
    size = len(composer.pool)
    still = replace(PLAIN, is_recreated=False, turn=0.5)

    first = composer.batch(Wanted(24, still), 0, 1, 2).image
    next_epoch = composer.batch(Wanted(24, still), 0, size + 1, 2).image

    assert torch.equal(first, next_epoch)


def test_a_trimap_can_be_dilated_alone(composer: Composer) -> None:
    """As the paper's text has it: whatever is opaque stays certain."""
    how = replace(PLAIN, trimap="dilate", dilation=(5, 5), coverage=(0.5, 0.5))

    batch = composer.batch(Wanted(48, how), 0, 0, 4)

    assert (batch.trimap[batch.alpha == 1] == 1).all()
    assert (batch.trimap[(batch.alpha > 0) & (batch.alpha < 1)] == 0.5).all()
    assert ((batch.trimap == 0.5) & (batch.alpha == 0)).any()


def test_a_trimap_can_be_open_where_nothing_is(composer: Composer) -> None:
    """As its mirror image is: an open strip must not mean that a strand is in it."""
    tight = replace(PLAIN, erosion=(3, 3), dilation=(3, 3), coverage=(0.4, 0.4))

    own = composer.batch(Wanted(48, tight), 0, 0, 16).trimap
    loose = composer.batch(Wanted(48, replace(tight, loose=1.0)), 0, 0, 16).trimap
    some = composer.batch(Wanted(48, replace(tight, loose=0.5)), 0, 0, 16).trimap

    mirrored = [torch.where(own.flip(axis) == 0.5, 0.5, own) for axis in (2, 3)]
    is_mirrored = [(loose == each).flatten(1).all(dim=1) for each in mirrored]
    assert (is_mirrored[0] | is_mirrored[1]).all()
    assert is_mirrored[0].any()
    assert is_mirrored[1].any()
    assert (loose == 0.5).sum() > 1.2 * (own == 0.5).sum()
    changed = (some != own).flatten(1).any(dim=1)
    assert 3 < changed.sum() < 13


def test_a_role_that_no_pack_has_is_named(tmp_path: Path) -> None:
    """Scenes asked for, only layers there."""
    write_pack(tmp_path / "p.tar", [items(1)[0], items(1)[2]], [OPEN], 1_000_000)
    composer = Composer(Pool.load([tmp_path / "p.tar"]))

    with pytest.raises(InputError, match="packs must hold at least one scene, got none"):
        composer.batch(Wanted(16, replace(PLAIN, scenes=1.0)), 0, 0, 2)
