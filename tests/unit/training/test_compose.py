"""Batches: the equation holds, samples are reproducible, objects lie where they should."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from penumbra.core.errors import DatasetError, InputError
from penumbra.data.pack import Item, write_pack
from penumbra.training.compose import Batch, Composer
from penumbra.training.composition import Composition
from penumbra.training.pool import ANCHORS, Pool
from penumbra.training.sampling import Window, cut, shape_of
from tests.packs import OPEN, items, picture, tiny_pack
from tests.samples import PLAIN, Wanted
from tests.scenes import soft_disk

EVERYTHING = Composition(
    scenes=0.3, paint=0.5, join=0.4, distract=0.4, noise=1.0, jpeg=0.7, blur=0.7
)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_equation_of_compositing_holds(composer: Composer, seed: int) -> None:
    """Whatever was done to the samples: losses on colours rely on it."""
    batch = composer.batch(Wanted(40, EVERYTHING), seed, 0, 24)

    mixed = batch.alpha * batch.foreground + (1 - batch.alpha) * batch.background

    torch.testing.assert_close(mixed, batch.image, rtol=0, atol=1e-5)
    assert 0 <= batch.image.min() <= batch.image.max() <= 1
    assert 0 <= batch.alpha.min() <= batch.alpha.max() <= 1
    assert set(batch.trimap.flatten().tolist()) == {0, 0.5, 1}
    assert 0 < batch.is_composite.sum() < 24


def test_a_sample_depends_on_seed_and_number_alone(composer: Composer) -> None:
    """Neither the batch it is in nor its neighbours change a single bit."""
    wanted = Wanted(33, EVERYTHING)

    together = composer.batch(wanted, 3, 7, 12)

    for number in (7, 11, 18):
        alone = composer.batch(wanted, 3, number, 1)
        for field in Batch._fields:
            ours, theirs = getattr(alone, field), getattr(together, field)[number - 7 : number - 6]
            torch.testing.assert_close(ours, theirs, rtol=0, atol=0, msg=f"{field} of {number}")


def test_another_seed_or_epoch_makes_other_samples(composer: Composer) -> None:
    """An epoch must not repeat the last one."""
    wanted = Wanted(24, PLAIN)
    size = len(composer.pool)

    first = composer.batch(wanted, 0, 0, 1).image
    next_epoch = composer.batch(wanted, 0, size, 1).image
    other_seed = composer.batch(wanted, 1, 0, 1).image

    assert (first - next_epoch).abs().max() > 0.01
    assert (first - other_seed).abs().max() > 0.01


def test_an_object_shown_whole_is_in_the_picture(composer: Composer) -> None:
    """At coverage below 1 the soft disk is neither cut nor of another size than asked for."""
    how = replace(PLAIN, coverage=(0.5, 0.5))

    alpha = composer.batch(Wanted(64, how), 0, 0, 16).alpha

    rows = (alpha > 0.05).any(dim=3).sum(dim=2)[:, 0]
    np.testing.assert_allclose(rows, 32, atol=3)
    border = [alpha[:, :, 0], alpha[:, :, -1], alpha[:, :, :, 0], alpha[:, :, :, -1]]
    assert max(side.max() for side in border) < 0.1


def test_a_crop_is_centred_on_an_unknown_pixel(composer: Composer) -> None:
    """So every sample of trimap training has something to find out."""
    how = replace(PLAIN, unknown_crops=1, zooms=(1.0,))

    alpha = composer.batch(Wanted(9, how), 0, 0, 16).alpha[:, 0, 4, 4]

    assert ((alpha > 0) & (alpha < 1)).all()


def test_a_crop_may_begin_at_an_unknown_pixel(composer: Composer) -> None:
    """As the published code of AIM has it: there the pixel is the corner of the window."""
    how = replace(PLAIN, unknown_crops=1, zooms=(0.5,), crop_anchor="topleft")

    alpha = composer.batch(Wanted(8, how), 0, 0, 16).alpha[:, 0, 0, 0]

    assert ((alpha > 0) & (alpha < 1)).all()


def test_an_empty_sample_is_a_background_alone(composer: Composer) -> None:
    """Whatever its object would have been: nothing is there to be found, nor in transition."""
    how = replace(PLAIN, empty=1, distract=1)

    batch = composer.batch(Wanted(32, how), 0, 0, 8)

    for nothing in (batch.alpha, batch.trimap, batch.distractor, batch.kind):
        assert not nothing.any()
    torch.testing.assert_close(batch.image, batch.background)


def test_empty_samples_are_taken_from_what_is_known_to_be_empty(tmp_path: Path) -> None:
    """By source or by category; where there is none, that is an error and no other picture."""
    made = [items()[0], items()[2]]
    light = Item(
        "background", "sky", OPEN.name, lambda: (np.ones_like(picture(0)), None), "SO", "sky"
    )
    write_pack(tmp_path / "p.tar", [*made, light], [OPEN], 1_000_000)
    composer = Composer(Pool.load([tmp_path / "p.tar"]))
    how = replace(PLAIN, empty=1, empty_of=("sky",))

    image = composer.batch(Wanted(32, how), 0, 0, 8).image

    assert image.min() > 0.98
    with pytest.raises(InputError, match="at least one background of walls"):
        composer.batch(Wanted(32, replace(how, empty_of=("walls",))), 0, 0, 8)


def test_denoised_layers_still_compose_the_image(composer: Composer) -> None:
    """They change before they are laid over each other."""
    plain = composer.batch(Wanted(32, PLAIN), 0, 0, 2)
    clean = composer.batch(Wanted(32, replace(PLAIN, denoise=1)), 0, 0, 2)

    assert (plain.background - clean.background).abs().max() > 1e-3
    mixed = clean.alpha * clean.foreground + (1 - clean.alpha) * clean.background
    torch.testing.assert_close(mixed, clean.image, atol=1e-6, rtol=0)


def test_an_object_cut_off_by_its_picture_stays_at_the_border(tmp_path: Path) -> None:
    """A bust ends at the lower edge of the sample; it does not float."""
    bust = np.zeros((40, 40), np.float32)
    bust[15:, 12:28] = 1
    made = [Item("foreground", "bust", OPEN.name, lambda: (picture(1, 40, 40), bust)), items(1)[2]]
    write_pack(tmp_path / "p.tar", made, [OPEN], 1_000_000)
    composer = Composer(Pool.load([tmp_path / "p.tar"]))

    how = replace(PLAIN, turn=0.1, coverage=(0.3, 0.9))
    alpha = composer.batch(Wanted(48, how), 0, 0, 16).alpha

    assert (alpha[:, 0, -1].amax(dim=1) == 1).all()


def strands(side: int = 256) -> np.ndarray:
    """Draw slanting lines of 1.5 pixels, as thin as hair."""
    y, x = np.mgrid[:side, :side] + 0.5
    distance = np.abs((x + 0.35 * y) % 9 - 4.5)
    return np.clip(1.25 - distance, 0, 1).astype(np.float32)


@pytest.mark.parametrize("zoom", [1.3, 1.45, 1.5, 1.75, 2.0])
def test_hair_neither_aliases_nor_blurs(tmp_path: Path, zoom: float) -> None:
    """Gradients of strands are about as strong as after averaging over areas."""
    size = int(128 / zoom) // 2 * 2
    made = [Item("scene", "hair", OPEN.name, lambda: (picture(0, 256, 256), strands()))]
    write_pack(tmp_path / "p.tar", made, [OPEN], 1_000_000)
    view = Window(np.zeros(1, int), np.full((1, 2), 128.0), np.array([zoom]), shape_of(np.zeros(1)))

    _, alpha = cut(Pool.load([tmp_path / "p.tar"]), view, size, "mirror")

    whole = round(256 / zoom)
    area = cv2.resize(strands(), (whole, whole), interpolation=cv2.INTER_AREA)
    assert energy(alpha[0, 0].numpy()) == pytest.approx(energy(np.asarray(area)), rel=0.3)


def energy(alpha: np.ndarray) -> float:
    """Mean square of the gradient."""
    return float(np.mean([np.square(np.diff(alpha, axis=axis)).mean() for axis in (0, 1)]))


@pytest.mark.parametrize("unknown", [1.0, 0.0])
def test_crops_stay_inside_the_picture(tmp_path: Path, unknown: float) -> None:
    """Where the picture ends, alpha would end with a straight line that is no edge."""
    full = np.ones((40, 40), np.float32)
    full[20, 20] = 0.5
    ground = items(1)[2]
    made = [Item("foreground", "full", OPEN.name, lambda: (picture(1, 40, 40), full)), ground]
    write_pack(tmp_path / "p.tar", made, [OPEN], 1_000_000)
    composer = Composer(Pool.load([tmp_path / "p.tar"]))

    how = Composition(unknown_crops=unknown, uniform_crops=1 - unknown, zooms=(0.5, 1.0, 2.0))
    alpha = composer.batch(Wanted(33, how), 0, 0, 24).alpha

    assert alpha.min() > 0.4


@pytest.mark.parametrize("side", [20, 40])
def test_an_object_cut_off_on_all_sides_fills_the_sample(tmp_path: Path, side: int) -> None:
    """Whatever the turn, the stretch and the coverage asked for."""
    made = [
        Item(
            "foreground",
            "f",
            OPEN.name,
            lambda: (picture(1, side, 40), np.ones((side, 40), np.float32)),
        ),
        items(1)[2],
    ]
    write_pack(tmp_path / "p.tar", made, [OPEN], 1_000_000)
    composer = Composer(Pool.load([tmp_path / "p.tar"]))

    how = Composition(unknown_crops=0, turn=0.3, stretch=1.3, coverage=(0.2, 1.5))
    assert composer.batch(Wanted(32, how), 0, 0, 16).alpha.min() == 1


def test_a_flat_foreground_stays_flat(tmp_path: Path) -> None:
    """Colour changes are the layers' own: a loss on colours must not see the background in them."""
    red = np.broadcast_to(np.array([0.7, 0.2, 0.3], np.float32), (40, 40, 3))
    made = [
        Item("foreground", "red", OPEN.name, lambda: (red, soft_disk(40, 12.0, 6.0))),
        *(item for item in items(3) if item.role == "background"),
    ]
    write_pack(tmp_path / "p.tar", made, [OPEN], 1_000_000)
    composer = Composer(Pool.load([tmp_path / "p.tar"]))

    batch = composer.batch(Wanted(32, replace(PLAIN, colour=1.0)), 0, 0, 8)

    assert (batch.foreground.amax(dim=(2, 3)) - batch.foreground.amin(dim=(2, 3))).max() < 0.03


def test_distractors_lie_behind_and_in_front(composer: Composer) -> None:
    """Where one is seen the object is not; and the equation holds with it in the background."""
    plain = composer.batch(Wanted(32, PLAIN), 0, 0, 32)
    batch = composer.batch(Wanted(32, replace(PLAIN, distract=1.0)), 0, 0, 32)

    is_hidden = (plain.alpha - batch.alpha).amax(dim=(1, 2, 3)) > 0.5
    assert 8 <= is_hidden.sum() <= 24
    assert (batch.alpha <= plain.alpha + 1e-6).all()
    assert (batch.alpha + batch.distractor).max() <= 1 + 1e-5
    assert (batch.distractor.amax(dim=(1, 2, 3)) > 0.5).sum() >= 20
    mixed = batch.alpha * batch.foreground + (1 - batch.alpha) * batch.background
    torch.testing.assert_close(mixed, batch.image, rtol=0, atol=1e-5)


def test_a_scene_can_be_shown_whole(tmp_path: Path) -> None:
    """Squashed into a square, each side on its own, as AIM-Net's pre-training does."""
    alpha = np.zeros((40, 80), np.float32)
    alpha[10:30, 20:60] = 1
    made = [Item("scene", "s", OPEN.name, lambda: (picture(1, 40, 80), alpha))]
    write_pack(tmp_path / "p.tar", made, [OPEN], 1_000_000)
    composer = Composer(Pool.load([tmp_path / "p.tar"]))

    how = replace(PLAIN, scenes=1.0, is_scene_whole=True)
    found = composer.batch(Wanted(32, how), 0, 0, 2).alpha

    expected = torch.zeros_like(found)
    expected[:, :, 8:24, 8:24] = 1
    assert (found - expected).abs().mean() < 0.02


def test_windows_of_scenes_can_lie_around_their_objects(tmp_path: Path) -> None:
    """However small; as large beside the window as composites show them, in half of the samples."""
    alpha = np.zeros((120, 160), np.float32)
    alpha[80:100, 120:140] = 1
    made = [Item("scene", "s", OPEN.name, lambda: (picture(1, 120, 160), alpha))]
    write_pack(tmp_path / "p.tar", made, [OPEN], 1_000_000)
    composer = Composer(Pool.load([tmp_path / "p.tar"]))
    how = replace(PLAIN, scenes=1.0, coverage=(0.5, 0.5), turn=0.0, stretch=1.0)

    def areas(focus: float) -> torch.Tensor:
        wanted = Wanted(32, replace(how, scene_focus=focus))
        return composer.batch(wanted, 0, 0, 16).alpha.mean(dim=(1, 2, 3))

    assert (areas(1.0) - 0.25).abs().max() < 0.05
    assert areas(0.0).max() < 0.1
    near = (areas(0.5) - 0.25).abs() < 0.05
    assert 3 <= int(near.sum()) <= 13


def test_a_batch_says_which_pictures_it_shows(composer: Composer) -> None:
    """Their captions and categories are in the pool."""
    batch = composer.batch(Wanted(16, replace(PLAIN, scenes=0.5)), 0, 0, 16)

    roles = [composer.pool.entries[number].role for number in batch.picture.tolist()]
    assert [role == "foreground" for role in roles] == batch.is_composite.tolist()


def test_joined_objects_are_one(composer: Composer) -> None:
    """The union covers at least what each covers."""
    single = composer.batch(Wanted(32, PLAIN), 0, 0, 16)
    joined = composer.batch(Wanted(32, replace(PLAIN, join=1.0)), 0, 0, 16)

    assert (joined.alpha >= single.alpha - 1e-6).all()
    assert joined.alpha.mean() > 1.2 * single.alpha.mean()


def test_backgrounds_of_non_salient_objects_are_always_blurred(tmp_path: Path) -> None:
    """The type-wise rule of RSSN, which the public code lacks."""
    rough = np.random.default_rng(0).random((64, 64, 3)).astype(np.float32)
    background = Item("background", "rough", OPEN.name, lambda: (rough, None))

    def roughness(kind: str, blur: float) -> float:
        item = replace(items(1)[0], kind=kind)  # type: ignore[arg-type]
        write_pack(tmp_path / "p.tar", [item, background], [OPEN], 1_000_000)
        composer = Composer(Pool.load([tmp_path / "p.tar"]))
        how = replace(PLAIN, blur=blur, blur_sizes=(60,))
        return composer.batch(Wanted(40, how), 0, 0, 8).background.std(dim=(2, 3)).mean().item()

    assert roughness("NS", 1e-9) < 0.3 * roughness("SO", 1e-9)
    assert roughness("NS", 0.0) > 0.9 * roughness("SO", 0.0)


def test_a_pool_knows_boxes_and_unknown_pixels(pool: Pool) -> None:
    """They place the windows."""
    number = int(pool.roles["foreground"][0])
    alpha = np.round(255 * soft_disk(40, 12.0, 6.0))

    columns, rows = (pool.anchors[number] - 0.5).astype(int).T

    assert pool.anchors.shape == (15, ANCHORS, 2)
    assert ((alpha[rows, columns] > 0) & (alpha[rows, columns] < 255)).all()
    visible = np.flatnonzero((alpha > 13).any(axis=0))
    assert pool.boxes[number].tolist() == [visible[0], visible[0], visible[-1] + 1, visible[-1] + 1]


def test_a_source_has_one_track(tmp_path: Path) -> None:
    """Two packs that disagree about the terms of a source: nobody may guess."""
    tiny_pack(tmp_path / "a.tar", 1, OPEN)
    tiny_pack(tmp_path / "b.tar", 1, replace(OPEN, track="research"))

    with pytest.raises(DatasetError, match="source 'drawn' must have the terms and the track"):
        Pool.load([tmp_path / "a.tar", tmp_path / "b.tar"])


def test_no_packs_are_refused() -> None:
    """An empty pool would fail much later."""
    with pytest.raises(DatasetError, match="at least one picture, got 0 packs"):
        Pool.load([])


def test_shrinking_averages(tmp_path: Path) -> None:
    """A checkerboard seen from afar is grey, not a pattern that was never there."""
    board = np.indices((256, 256)).sum(axis=0) % 2
    rgb = np.repeat(board[:, :, None], 3, axis=2).astype(np.float32)
    alpha = np.pad(np.ones((128, 128), np.float32), 64)
    made = [Item("scene", "board", OPEN.name, lambda: (rgb, alpha))]
    write_pack(tmp_path / "p.tar", made, [OPEN], 1_000_000)
    composer = Composer(Pool.load([tmp_path / "p.tar"]))

    how = replace(PLAIN, scenes=1.0, scene_zoom=(1.0, 1.0))
    batch = composer.batch(Wanted(32, how), 0, 0, 2)

    np.testing.assert_allclose(batch.image, 0.5, atol=0.03)
    assert batch.alpha.mean().item() == pytest.approx(0.25, abs=0.03)
