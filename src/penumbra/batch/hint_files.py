"""Hints that are pictures: one file for one photograph, a folder for several."""

import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Literal

from penumbra.core.errors import HintError
from penumbra.core.hints import Hints
from penumbra.io import READABLE, load_mask, load_scribbles, load_trimap

FileKind = Literal["trimap", "mask", "scribbles"]


@dataclass(frozen=True)
class HintFiles:
    """Where to find the trimap, mask or scribbles of a photograph.

    Attributes:
        kind: What the files hold.
        root: One file, or a folder.
        by_stem: The files of the folder by their path in it without the ending; empty for
            one file.
    """

    kind: FileKind
    root: Path
    by_stem: Mapping[str, list[Path]] = field(default_factory=dict)

    def find(self, name: PurePath) -> Path:
        """Return the file that belongs to a photograph.

        Args:
            name: The photograph's place below the folder that was given: `sub/cat.jpg` is
                matched by `sub/cat.jpg.png` or, failing that, `sub/cat.png`.

        Raises:
            HintError: The folder holds no such file, or several.
        """
        if os.path.isfile(self.root):
            return self.root
        stem = name.with_name(name.stem)
        found = self.by_stem.get(name.as_posix()) or self.by_stem.get(stem.as_posix(), [])
        if len(found) != 1:
            came = ", ".join(file.name for file in found) or "none"
            raise HintError(f"{self.kind} must be one file {stem}.* in {self.root}, got {came}")
        return found[0]

    def add_to(self, hints: Hints, name: PurePath, height: int, width: int) -> Hints:
        """Read the file of a photograph of (height, width) pixels, and add it to its hints.

        Raises:
            InputError: There is no such file, or it cannot be used.
        """
        path = self.find(name)
        if self.kind == "trimap":
            return replace(hints, trimap=load_trimap(path))
        if self.kind == "mask":
            return replace(hints, mask=load_mask(path))
        return hints.add(*load_scribbles(path, height, width))


def hint_files(kind: FileKind, root: Path, is_several: bool) -> HintFiles:
    """Look a file of hints up, or list a folder of them.

    Raises:
        HintError: There is no such file, or one file was given for several photographs.
    """
    if os.path.isdir(root):
        by_stem = defaultdict(list)
        for file in sorted(root.rglob("*")):
            if file.suffix.lower() in READABLE and file.is_file():
                by_stem[file.relative_to(root).with_suffix("").as_posix()].append(file)
        return HintFiles(kind, root, by_stem)
    if not os.path.isfile(root):
        raise HintError(f"{kind} must be a file or a folder, got {root}, which does not exist")
    if is_several:
        raise HintError(f"{kind} must be a folder for several inputs, got the file {root}")
    return HintFiles(kind, root)
