"""AIM-500: natural photographs with mattes, trimaps, and a type and a category each.

Li et al., "Deep Automatic Natural Image Matting", IJCAI 2021.  The folder `usr`, type-wise
trimaps, can be computed from the mattes and is not read.
"""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from penumbra.core.errors import DatasetError
from penumbra.data.layouts.found import Found, read_json
from penumbra.data.layouts.matched import Folders, match
from penumbra.data.sample import Kind, Sample

_LOG = logging.getLogger(__name__)

_TYPES = "aim_category_type.json"
_FOLDERS = Folders({"image": "original", "alpha": "mask", "trimap": "trimap"})


def aim_500(root: Path, split: str) -> Found:
    """Find the 500; the three folders lie in the copy itself, or in its folder `validation`."""
    inner = "validation/" if (root / "validation").is_dir() else ""
    pictures = match(root / inner, _FOLDERS)
    missing = [inner + place for place in pictures.missing]
    if not (root / _TYPES).is_file():
        return Found(pictures.samples, (*missing, _TYPES))
    types = read_json(root / _TYPES)
    if not isinstance(types, dict):
        raise DatasetError(f"{root / _TYPES} must map names to types, got a {type(types).__name__}")
    samples = []
    for sample in pictures.samples:
        if sample.name in types:
            samples.append(_typed(sample, types[sample.name], root / _TYPES))
        else:
            missing.append(f"{_TYPES}: {sample.name}")
    return Found(tuple(samples), tuple(missing))


def _typed(sample: Sample, entry: Any, path: Path) -> Sample:  # noqa: ANN401 - from JSON
    kind, category = (
        (entry.get("type"), entry.get("category")) if isinstance(entry, dict) else (None, None)
    )
    if kind == "":
        _LOG.warning("%s gives %s no type: it counts as SO", path, sample.name)
        kind = "SO"
    if kind not in get_args(Kind) or not isinstance(category, str):
        raise DatasetError(
            f"{path} must give {sample.name} a type of {', '.join(get_args(Kind))} and a category, "
            f"got {entry!r}"
        )
    return replace(sample, kind=kind, category=category)
