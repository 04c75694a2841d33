"""Adobe Composition-1k: foregrounds, alphas and name lists, to be laid over other sets' pictures.

Xu et al., "Deep Image Matting", CVPR 2017; the set's own readme: object k of a list belongs on
backgrounds n*k to n*k + n - 1 of the list of backgrounds (MS COCO, n = 100, in training; PASCAL
VOC, n = 20, in the test).  So samples come in the order of the lists.  A copy whose list of test
backgrounds has another length has another n.
"""

from pathlib import Path

from penumbra.core.errors import DatasetError
from penumbra.data.layouts.found import Found, absent_folders, found, pictures
from penumbra.data.sample import Sample

_LICENSED, _OTHER = "Adobe-licensed images", "Other"
_TRAIN, _TEST = "Training_set", "Test_set"
_TEST_BACKGROUNDS = f"{_TEST}/test_bg_names.txt"
_PER_OBJECT = 20  # test backgrounds, where the list does not say


def composition_1k(root: Path, split: str) -> Found:
    """Find "train", a sample for each object, or "test", one for each trimap."""
    return _train(root) if split == "train" else _test(root)


def background_names(root: Path) -> list[str]:
    """Return the files of the published list of test backgrounds, one for each test sample.

    Raises:
        DatasetError: The list is missing or cannot be understood.
    """
    if not (path := root / _TEST_BACKGROUNDS).is_file():
        raise DatasetError(
            f"{root} must hold the list of backgrounds, missing: {_TEST_BACKGROUNDS}"
        )
    return _names(path)


def _train(root: Path) -> Found:
    list_name = f"{_TRAIN}/training_fg_names.txt"
    shelves = [f"{_TRAIN}/{_LICENSED}", f"{_TRAIN}/{_OTHER}"]
    absent = _absent(root, list_name, [f"{it}/{part}" for it in shelves for part in _PARTS])
    if absent:
        return Found((), absent)
    files = [{part: pictures(root / it / part) for part in _PARTS} for it in shelves]
    samples, missing = [], []
    for stem in _stems(root / list_name):
        shelf = next((it for it in files if any(stem in it[part] for part in _PARTS)), None)
        if shelf is None:
            missing += [f"{_TRAIN}/*/{part}/{stem}.*" for part in _PARTS]
        elif lacking := [part for part in _PARTS if stem not in shelf[part]]:
            missing += [f"{shelves[files.index(shelf)]}/{part}/{stem}.*" for part in lacking]
        else:
            foreground, alpha = shelf["fg"][stem], shelf["alpha"][stem]
            samples.append(Sample(stem, foreground=foreground, alpha=alpha, group=stem))
    return found(samples, missing, shelves[0])


def _test(root: Path) -> Found:
    """Find the trimaps of each object; pictures composed before lie in `merged` and `bg`."""
    list_name = f"{_TEST}/test_fg_names.txt"
    shelf = f"{_TEST}/{_LICENSED}"
    parts = (*_PARTS, "trimaps")
    if absent := _absent(root, list_name, [f"{shelf}/{part}" for part in parts]):
        return Found((), absent)
    fg, alpha, trimaps = (pictures(root / shelf / part) for part in parts)
    merged, bg = (
        pictures(root / _TEST / part) if (root / _TEST / part).is_dir() else {}
        for part in ("merged", "bg")
    )
    samples, missing = [], []
    stems = _stems(root / list_name)
    backgrounds = range(_per_object(root, len(stems)))
    for stem in stems:
        names = [f"{stem}_{k}" for k in backgrounds]
        missing += [f"{shelf}/fg/{stem}.*"] * (stem not in fg)
        missing += [f"{shelf}/alpha/{stem}.*"] * (stem not in alpha)
        missing += [f"{shelf}/trimaps/{name}.*" for name in names if name not in trimaps]
        if stem in fg and stem in alpha:
            samples += [
                Sample(
                    name,
                    image=merged.get(name),
                    alpha=alpha[stem],
                    trimap=trimaps[name],
                    foreground=fg[stem],
                    background=bg.get(name),
                    group=stem,
                )
                for name in names
                if name in trimaps
            ]
    return found(samples, missing, f"{shelf}/fg")


_PARTS = ("fg", "alpha")


def _absent(root: Path, list_name: str, places: list[str]) -> tuple[str, ...]:
    lists = () if (root / list_name).is_file() else (list_name,)
    return lists + absent_folders(root, places)


def _per_object(root: Path, objects: int) -> int:
    """How many test backgrounds every object has."""
    if not (root / _TEST_BACKGROUNDS).is_file() or objects == 0:
        return _PER_OBJECT
    count = len(background_names(root))
    if count == 0 or count % objects:
        raise DatasetError(
            f"{root / _TEST_BACKGROUNDS} must name as many backgrounds for each of {objects} "
            f"objects, got {count}"
        )
    return count // objects


def _stems(path: Path) -> list[str]:
    """The names of a list without their endings: alphas need not end as foregrounds do."""
    return [Path(name).stem for name in _names(path)]


def _names(path: Path) -> list[str]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path} must be a list of names in UTF-8, got: {error}") from error
    return [line.strip() for line in lines if line.strip()]
