"""Every layout, whole and broken."""

import json
import logging
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from penumbra.core.errors import DatasetError, InputError
from penumbra.data.catalog import DATASETS
from penumbra.data.collected import COLLECTED
from penumbra.data.layouts.held import first_by_hash
from penumbra.data.outlines import Outline
from penumbra.data.readers import check, read
from penumbra.data.sample import Sample
from tests.copies import COPIES

SPLITS = [(name, split) for name, copy in COPIES.items() for split in copy.samples]
HELD = {
    "portrait_eg": 100,
    "ccp": 70,
    "feral_cats": 30,
    "coco_train": 20,
    "hair": 40,
    "alphamatting_dev": 5,
    "bg": 40,
    "pseudo_mattes": 20,
}


def as_row(sample: Sample, root: Path) -> dict[str, Any]:
    """The fields that are set, with files relative to the copy."""

    def plain(value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, Path):
            return value.relative_to(root).as_posix()
        if isinstance(value, Outline):
            return (value.height, value.width, value.segmentation, value.is_crowd)
        return tuple(plain(it) for it in value) if isinstance(value, tuple) else value

    values = {it.name: plain(getattr(sample, it.name)) for it in fields(sample)}
    return {name: value for name, value in values.items() if value not in (None, ())}


def test_every_dataset_has_a_tiny_copy_with_all_its_splits() -> None:
    """A layout without one would be read by no test."""
    assert {name: set(it.splits) for name, it in DATASETS.items()} == {
        name: set(copy.samples) for name, copy in COPIES.items()
    }


@pytest.mark.parametrize(("name", "split"), SPLITS)
def test_a_published_layout_is_read(name: str, split: str, tmp_path: Path) -> None:
    """Every file in its place, in the order stated; nothing else."""
    root = COPIES[name].write(tmp_path)

    samples = read(name, root, split)

    assert [as_row(sample, root) for sample in samples] == COPIES[name].samples[split]


@pytest.mark.parametrize("name", COPIES)
def test_a_whole_copy_is_found_whole(name: str, tmp_path: Path) -> None:
    """Counts come from the folder: the published ones are not asked."""
    report = check(name, COPIES[name].write(tmp_path), is_decoding=True)

    assert report.missing == report.damaged == ()
    assert report.counts == {split: len(rows) for split, rows in COPIES[name].samples.items()}
    report.require_whole()


@pytest.mark.parametrize("name", COPIES)
def test_each_lost_file_is_named(name: str, tmp_path: Path) -> None:
    """Whichever file goes missing, the message says which, and nothing is read silently."""
    copy = COPIES[name]
    root = copy.write(tmp_path)
    for file in {*copy.pictures, *copy.texts} - copy.silent:
        content = (root / file).read_bytes()
        (root / file).unlink()
        with pytest.raises(DatasetError) as caught:
            check(name, root).require_whole()
        (root / file).write_bytes(content)

        place, _, base = file.rpartition("/")
        assert "missing: " in str(caught.value)
        assert f"{place}/" in str(caught.value) or not place
        assert base.rpartition(".")[0] in str(caught.value)


@pytest.mark.parametrize("name", COPIES)
def test_each_lost_folder_is_named(name: str, tmp_path: Path) -> None:
    """Also the folders of sets that are nothing but folders of pictures."""
    copy = COPIES[name]
    folders = {Path(file).parent for file in copy.pictures} - {Path(".")}
    for number, folder in enumerate(sorted(folders)):
        root = copy.write(tmp_path / str(number))
        (root / folder).rename(root / folder.parent / "lost and.found")

        missing = check(name, root).missing
        if name == "pairs" and folder.name != "images":
            assert missing == ()  # there are pairs of fewer things
        elif name == "aisegment":
            assert any(it.startswith(f"{folder.as_posix()}/") for it in missing)
        else:
            assert any(it.startswith(folder.as_posix()) for it in missing)


@pytest.mark.parametrize("name", COPIES)
def test_an_empty_folder_is_no_copy(name: str, tmp_path: Path) -> None:
    """Nothing found must not pass for nothing wrong."""
    with pytest.raises(DatasetError, match="missing: "):
        check(name, tmp_path).require_whole()


@pytest.mark.parametrize("name", COPIES)
def test_folders_without_pictures_are_no_copy(name: str, tmp_path: Path) -> None:
    """As after an interrupted download."""
    for file in COPIES[name].pictures:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).parent.joinpath("notes.txt").touch()

    with pytest.raises(DatasetError, match="missing: "):
        check(name, tmp_path).require_whole()


def test_of_many_missing_files_ten_are_named(tmp_path: Path) -> None:
    """One line, whatever has happened."""
    root = COPIES["composition-1k"].write(tmp_path)
    for file in root.glob("Test_set/*/trimaps/*"):
        file.unlink()

    with pytest.raises(DatasetError, match=r"trimaps/dog_9\.\* and 10 more$"):
        read("composition-1k", root, "test")


def test_one_split_can_be_read_without_the_others(tmp_path: Path) -> None:
    """Who measures needs no training set."""
    root = COPIES["duts"].write(tmp_path)
    (root / "DUTS-TR").rename(tmp_path / "elsewhere")

    assert len(read("duts", root, "test")) == 1
    assert check("duts", root, ["test"]).counts == {"test": 1}
    with pytest.raises(DatasetError, match="missing: DUTS-TR/DUTS-TR-Image/, DUTS-TR/DUTS-TR-Mask"):
        read("duts", root, "train")


def test_both_partners_of_a_pair_are_looked_for(tmp_path: Path) -> None:
    """A matte without a photograph is as wrong as the reverse; what is whole is counted."""
    root = COPIES["distinctions-646"].write(tmp_path)
    (root / "Train/FG/a.jpg").unlink()
    (root / "Train/GT/b.png").unlink()

    report = check("distinctions-646", root)

    assert report.missing == ("Train/FG/a.*", "Train/GT/b.*")
    assert report.counts == {"train": 0, "test": 1}


def test_an_optional_folder_must_be_whole_if_it_is_there(tmp_path: Path) -> None:
    """Half of the estimated foregrounds would train on the other half without saying so."""
    root = COPIES["am-2k"].write(tmp_path)
    (root / "train/fg").mkdir()

    assert check("am-2k", root).missing == ("train/fg/m_1.*",)


@pytest.mark.parametrize("absent", ["alphas", "masks"])
def test_plain_pairs_need_one_truth_only(absent: str, tmp_path: Path) -> None:
    """Alphas or masks."""
    root = COPIES["pairs"].write(tmp_path)
    (root / absent).rename(root / "other")

    (cat, _) = read("pairs", root, "all")

    assert (cat.alpha is None, cat.mask is None) == (absent == "alphas", absent == "masks")


def test_a_listed_object_that_is_nowhere_is_named(tmp_path: Path) -> None:
    """The list is the law: a lost pair leaves no partner that would tell."""
    root = COPIES["composition-1k"].write(tmp_path)
    for file in root.glob("Training_set/*/*/zebra.*"):
        file.unlink()

    missing = check("composition-1k", root, ["train"]).missing

    assert missing == ("Training_set/*/fg/zebra.*", "Training_set/*/alpha/zebra.*")


def test_composed_pictures_are_used_where_they_exist(tmp_path: Path) -> None:
    """Tools that compose the test set write merged/ and bg/ beside it."""
    root = COPIES["composition-1k"].write(tmp_path)
    for part in ("merged", "bg"):
        (root / "Test_set" / part).mkdir()
        (root / "Test_set" / part / "dog_3.png").touch()

    samples = read("composition-1k", root, "test")

    assert samples[3].image == root / "Test_set/merged/dog_3.png"
    assert samples[3].background == root / "Test_set/bg/dog_3.png"
    assert samples[4].image is None


def test_aim_500_may_lie_in_a_folder_validation(tmp_path: Path) -> None:
    """The authors' own tools expect it there, with the types above."""
    copy = COPIES["aim-500"]
    copy.write(tmp_path / "validation")
    (tmp_path / "validation/aim_category_type.json").rename(tmp_path / "aim_category_type.json")
    (tmp_path / "validation/trimap/o_1.png").unlink()

    assert check("aim-500", tmp_path).missing == ("validation/trimap/o_1.*",)


def test_an_aim_500_type_that_is_empty_counts_as_salient(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """With a warning."""
    root = COPIES["aim-500"].write(tmp_path)
    entry = '{"o_1": {"type": "", "category": "toy"}}'
    (root / "aim_category_type.json").write_text(entry)

    with caplog.at_level(logging.WARNING):
        (sample,) = read("aim-500", root, "all")

    assert sample.kind == "SO"
    assert "gives o_1 no type" in caplog.text


@pytest.mark.parametrize(
    ("name", "file", "text"),
    [
        ("aim-500", "aim_category_type.json", "[]"),
        ("aim-500", "aim_category_type.json", '{"o_1": {"type": "XX", "category": "toy"}}'),
        ("aim-500", "aim_category_type.json", '{"o_1": "SO"}'),
        ("aim-500", "aim_category_type.json", '{"o_1": {"type"'),
        ("coco", "annotations/instances_val2017.json", '{"images": []}'),
        ("coco", "annotations/instances_val2017.json", "[]"),
        ("coco_train", "instances.json", '{"7": {"instances": [{"id": 1}]}}'),
        ("coco_train", "instances.json", '["7"]'),
        ("composition-1k", "Training_set/training_fg_names.txt", "\udcff"),
    ],
)
def test_a_list_that_cannot_be_understood_is_named(
    name: str, file: str, text: str, tmp_path: Path
) -> None:
    """Truncated or of another version: our error, with the path."""
    root = COPIES[name].write(tmp_path)
    (root / file).write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(DatasetError, match=Path(file).name):
        check(name, root)


@pytest.mark.parametrize(
    ("name", "file", "content", "entry"),
    [
        ("aim-500", "aim_category_type.json", {}, "aim_category_type.json: o_1"),
        ("coco_train", "instances.json", {}, "instances.json: 7"),
    ],
)
def test_a_missing_entry_is_named(
    name: str, file: str, content: dict[str, Any], entry: str, tmp_path: Path
) -> None:
    """A picture without its type or its names is not whole."""
    root = COPIES[name].write(tmp_path)
    (root / file).write_text(json.dumps(content))

    assert check(name, root).missing == (entry,)


def test_a_picture_that_coco_does_not_list_is_named(tmp_path: Path) -> None:
    """Annotations of another year."""
    root = COPIES["coco"].write(tmp_path)
    (root / "val2017/000000000001.jpg").write_bytes(b"")

    report = check("coco", root, ["val2017"])

    assert report.missing == ("annotations/instances_val2017.json: 000000000001.jpg",)


def test_two_pictures_of_one_stem_are_refused(tmp_path: Path) -> None:
    """Nobody could say which of the two belongs to the mask."""
    root = COPIES["pairs"].write(tmp_path)
    (root / "images/cat.webp").touch()

    with pytest.raises(
        DatasetError, match=r"one picture for each stem, got cat\.jpg and cat\.webp"
    ):
        read("pairs", root, "all")


def test_decoding_finds_damage_and_misfits(tmp_path: Path) -> None:
    """A truncated file is there, and yet of no use; a mask of another size is no mask."""
    root = COPIES["pairs"].write(tmp_path)
    (root / "images/cat.jpg").write_bytes((root / "images/dog.jpg").read_bytes()[:200])
    Image.new("L", (6, 8)).save(root / "masks/dog.png")

    assert check("pairs", root).damaged == ()
    cat, dog = check("pairs", root, is_decoding=True).damaged
    assert cat.startswith("images/cat.jpg (must be ")
    assert dog == "masks/dog.png (6x8 pixels, not 8x6)"


def test_decoding_draws_outlines(tmp_path: Path) -> None:
    """Runs that do not fill the picture."""
    root = COPIES["coco"].write(tmp_path)
    path = root / "annotations/instances_val2017.json"
    path.write_text(path.read_text().replace("[6, 6, 36]", "[6, 6, 35]"))

    (fault,) = check("coco", root, ["val2017"], is_decoding=True).damaged

    assert fault == "outline 1 of 000000000009 (runs must cover 48 pixels, got 47)"


def test_what_does_not_exist_is_said_to_be_so(tmp_path: Path) -> None:
    """A name, a split, a folder."""
    with pytest.raises(InputError, match="did you mean 'portrait_eg'"):
        read("portait-eg", tmp_path, "all")
    with pytest.raises(InputError, match="split of duts must be train or test, got 'val'"):
        read("duts", tmp_path, "val")
    with pytest.raises(DatasetError, match="must be a folder that holds duts, got none"):
        read("duts", tmp_path / "nowhere", "test")


def test_a_folder_that_cannot_be_read_is_our_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fails is no bug of ours."""

    def fail(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    root = COPIES["duts"].write(tmp_path)
    monkeypatch.setattr(Path, "iterdir", fail)

    with pytest.raises(
        DatasetError, match="DUTS-TE-Image must be readable, got 'Permission denied'"
    ):
        read("duts", root, "test")


def test_what_is_held_aside_depends_on_the_names_alone() -> None:
    """Order by `sha256sum`: 1958... is 9, 2c62... 8, 4b22... 4, 4e07... 3, 5fec... 0."""
    names = [str(number) for number in range(10)]

    assert sorted(first_by_hash(3)(names)) == ["4", "8", "9"]
    assert sorted(first_by_hash(3)(names[::-1])) == ["4", "8", "9"]
    assert sorted(first_by_hash(3)([it for it in names if it != "8"])) == ["3", "4", "9"]


@pytest.mark.shared_data
@pytest.mark.parametrize("name", sorted(HELD))
def test_the_collected_photographs_are_divided_as_agreed(name: str, shared_data: Path) -> None:
    """Held parts are compared over years; nothing of them may ever be trained on."""
    folder = shared_data / name
    held = {it.name for it in read(name, folder, "held")}
    everything = {it.name for it in read(name, folder, "all")}

    assert len(held) == HELD[name]
    if "train" in DATASETS[name].splits:
        assert {it.name for it in read(name, folder, "train")} == everything - held
    else:
        assert held == everything


@pytest.mark.shared_data
def test_scenes_are_not_divided(shared_data: Path) -> None:
    """Frames of one scene look alike: one of them in training would give the others away."""
    folder = shared_data / "davis_train"
    held = {it.group for it in read("davis_train", folder, "held")}
    train = {it.group for it in read("davis_train", folder, "train")}

    assert (len(held), len(train)) == (6, 24)
    assert not held & train


@pytest.mark.shared_data
@pytest.mark.parametrize("name", [it.name for it in COLLECTED])
def test_the_collected_photographs_are_as_the_catalogue_says(name: str, shared_data: Path) -> None:
    """The numbers of the catalogue were counted."""
    report = check(name, shared_data / name)

    assert report.missing == ()
    assert report.counts == DATASETS[name].splits
