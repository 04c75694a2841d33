"""AISegment's portraits: `clip_img/D/clip_N/S.jpg` with `matting/D/matting_N/S.png`.

As published at github.com/aisegmentcn/matting_human_datasets: the matte is the alpha channel of
the PNG, whose colours are those of the photograph.
"""

from pathlib import Path

from penumbra.data.layouts.found import Found, absent_folders, entries, found, pictures
from penumbra.data.sample import Sample

_IMAGES, _MATTES = "clip_img", "matting"


def aisegment(root: Path, split: str) -> Found:
    """Find all pictures, at any depth of folders; named by day, part and stem."""
    if absent := absent_folders(root, [_IMAGES, _MATTES]):
        return Found((), absent)
    images, mattes = _tree(root / _IMAGES, "clip_"), _tree(root / _MATTES, "matting_")
    keys = sorted(images.keys() | mattes.keys())
    missing = [_place(_MATTES, "matting_", key) for key in keys if key not in mattes]
    missing += [_place(_IMAGES, "clip_", key) for key in keys if key not in images]
    samples = (
        Sample(
            "/".join(key),
            image=images[key],
            alpha=mattes[key],
            kind="SO",
            category="person",
            group=key[0],
        )
        for key in keys
        if key in images and key in mattes
    )
    return found(samples, missing, _IMAGES)


def _tree(folder: Path, prefix: str) -> dict[tuple[str, str, str], Path]:
    """The pictures by (day, part, stem); the part is the folder's name without its prefix."""
    return {
        (day.name, part.name.removeprefix(prefix), stem): file
        for day in entries(folder)
        if day.is_dir()
        for part in entries(day)
        if part.is_dir()
        for stem, file in pictures(part).items()
    }


def _place(top: str, prefix: str, key: tuple[str, str, str]) -> str:
    return f"{top}/{key[0]}/{prefix}{key[1]}/{key[2]}.*"
