"""A place in the trees for every input of a batch; no two inputs ever share one."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import PurePath, PurePosixPath

from penumbra.batch.inputs import distinct_names, fold

_LONGEST = 200  # bytes of a name, so that all that is added to it fits into the 255 of file systems


def place_names(keys: Iterable[str], known: Mapping[str, str]) -> dict[str, str]:
    """Say where the result of each input goes, below each tree.

    Args:
        keys: Places of the inputs: "sub/cat.jpg".
        known: Keys of inputs that had a place before, to those places, which they keep.

    Returns:
        Key to place, "sub/cat.png", for all that were given.  The same keys have the same
        places, whatever their order.

    Example:
        >>> place_names(["a/x.jpg", "a/x.tif", "b/x.jpg"], {})
        {'a/x.jpg': 'a/x.jpg.png', 'a/x.tif': 'a/x.tif.png', 'b/x.jpg': 'b/x.png'}
    """
    ordered = sorted({*keys, *known})
    wanted = distinct_names([_shortened(PurePosixPath(key)) for key in ordered])
    files = {fold(PurePosixPath(place)) for place in known.values()}
    places = [*map(PurePosixPath, known.values()), *wanted]
    folders = {fold(folder) for place in places for folder in place.parents}
    names = dict(known)
    for key, place in zip(ordered, wanted, strict=True):
        if key not in known:
            free = _free(_out_of_files(place, files), files | folders)
            files.add(fold(free))
            names[key] = free.as_posix()
    return {key: names[key] for key in ordered}


def _shortened(place: PurePath) -> PurePath:
    """Return a place whose names fit, whatever is added to them."""
    return PurePosixPath(*map(_short, place.parts[:-1]), _short(place.stem) + place.suffix[:20])


def _short(name: str) -> str:
    data = name.encode("utf-8", "surrogateescape")
    if len(data) <= _LONGEST:
        return name
    return f"{data[:150].decode('utf-8', 'ignore')}-{sha256(data).hexdigest()[:16]}"


def _out_of_files(place: PurePath, files: set[str]) -> PurePath:
    """Return a place none of whose folders is a file that was written before."""
    clear = PurePosixPath()
    for part in place.parts[:-1]:
        clear /= part
        while fold(clear) in files:
            clear = clear.with_name(f"{clear.name}-folder")
    return clear / place.name


def _free(place: PurePath, taken: set[str]) -> PurePath:
    first, number = place, 1
    while fold(place) in taken:
        number += 1
        place = first.with_name(f"{first.stem}-{number}.png")
    return place
