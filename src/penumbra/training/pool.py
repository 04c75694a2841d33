"""Packs held as uint8 tensors on the device, with all that is needed to cut samples out of them."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from penumbra.core.errors import DatasetError
from penumbra.data.pack import Entry, Pack, Role, Source, read_pack
from penumbra.data.sample import Kind

LEVELS = 4  # each half as large as the one before
ANCHORS = 256  # unknown pixels remembered of each alpha
VISIBLE = 13  # of 255: what an alpha must exceed to count for the box of its object
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, eq=False)
class Pool:
    """The pictures of some packs.

    Pictures lie in the top left corner of square canvases, beyond which their last row and
    column are repeated (alpha of a foreground: 0).  A pyramid of area averages lets samples
    shrink a picture without aliasing.

    Attributes:
        levels: For each level, (N, 4, S, S) uint8 on the device: colours and alpha.
        sizes: (N, 2) height and width at the finest level, pixels.
        boxes: (N, 4) box of what is visible: x0, y0, x1, y1 in pixels of the finest level.
        anchors: (N, ANCHORS, 2) centres (x, y) of unknown pixels, drawn evenly; of an alpha
            without any, of pixels along its edge or, failing that, anywhere.
        kinds: (N,) index into `KINDS`.
        roles: Role to the numbers of its pictures, ascending.
        origins: (N,) index into `sources`.
        sources: Where the pictures come from.
        entries: What the packs say of each picture.
    """

    levels: tuple[Tensor, ...]
    sizes: NDArray[np.float32]
    boxes: NDArray[np.float32]
    anchors: NDArray[np.float32]
    kinds: NDArray[np.int64]
    roles: dict[Role, NDArray[np.int64]]
    origins: NDArray[np.int64]
    sources: tuple[Source, ...]
    entries: tuple[Entry, ...]

    def __len__(self) -> int:
        return len(self.entries)

    @classmethod
    def load(cls, paths: Sequence[Path | str], device: torch.device | str = "cpu") -> "Pool":
        """Decode packs onto a device.

        Raises:
            DatasetError: A pack, or a picture in one, is damaged; or no packs were given.
        """
        packs = [read_pack(path) for path in paths]
        pairs = [(pack, entry) for pack in packs for entry in pack.entries]
        if not pairs:
            raise DatasetError(f"packs must hold at least one picture, got {len(paths)} packs")
        entries = tuple(entry for _, entry in pairs)
        side = max(max(entry.height, entry.width) for entry in entries)
        side = -(-side // 2 ** (LEVELS - 1)) * 2 ** (LEVELS - 1)
        shapes = [(len(pairs), 4, side >> level, side >> level) for level in range(LEVELS)]
        try:
            levels = [np.zeros(shape, np.uint8) for shape in shapes]
        except MemoryError as error:
            needed = sum(map(math.prod, shapes)) / 1e9
            raise DatasetError(
                f"packs must fit into memory, got {len(pairs)} pictures on canvases of {side} "
                f"pixels: {needed:.0f} GB"
            ) from error
        boxes = np.zeros((len(pairs), 4), np.float32)
        anchors = np.zeros((len(pairs), ANCHORS, 2), np.float32)

        def fill(number: int) -> None:
            pack, entry = pairs[number]
            rgb, alpha = _decode(pack, entry)
            boxes[number], anchors[number] = _box(alpha), _anchors(alpha, number)
            for level, canvas in enumerate(levels):
                canvas[number] = _canvas(rgb, alpha, side, level, entry.role == "foreground")

        with ThreadPoolExecutor() as workers:
            try:
                list(workers.map(fill, range(len(pairs))))
            except DatasetError:
                workers.shutdown(cancel_futures=True)
                raise
        sources = _sources(packs)
        numbers = {source.name: number for number, source in enumerate(sources)}
        return cls(
            levels=tuple(torch.from_numpy(level).to(device) for level in levels),
            sizes=np.array([(entry.height, entry.width) for entry in entries], np.float32),
            boxes=boxes,
            anchors=anchors,
            kinds=np.array([KINDS.index(entry.kind) for entry in entries]),
            roles={
                role: np.flatnonzero([entry.role == role for entry in entries])
                for role in get_args(Role)
            },
            origins=np.array([numbers[entry.source] for entry in entries]),
            sources=sources,
            entries=entries,
        )


def _decode(pack: Pack, entry: Entry) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    rgb, alpha = pack.load(entry)
    return rgb, np.full(rgb.shape[:2], 255, np.uint8) if alpha is None else alpha


def _sources(packs: Sequence[Pack]) -> tuple[Source, ...]:
    """Return the sources of all packs; those of one name must be one."""
    named: dict[str, Source] = {}
    for pack in packs:
        for source in pack.sources:
            if named.setdefault(source.name, source) != source:
                raise DatasetError(
                    f"{pack.path}: source {source.name!r} must have the terms and the track that "
                    f"it has in other packs, got {source.track}: {source.terms}"
                )
    return tuple(named.values())


def _canvas(
    rgb: NDArray[np.uint8], alpha: NDArray[np.uint8], side: int, level: int, is_foreground: bool
) -> NDArray[np.uint8]:
    """Return a level of a picture on its canvas, (4, S, S)."""
    height, width = rgb.shape[:2]
    size = (max(1, round(width / 2**level)), max(1, round(height / 2**level)))
    rgb = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    alpha = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.uint8)
    below, right = (side >> level) - size[1], (side >> level) - size[0]
    canvas = np.empty((4, side >> level, side >> level), np.uint8)
    canvas[:3] = np.pad(rgb, ((0, below), (0, right), (0, 0)), mode="edge").transpose(2, 0, 1)
    canvas[3] = np.pad(alpha, ((0, below), (0, right)), mode="edge")
    if is_foreground:
        canvas[3, size[1] :] = 0
        canvas[3, :, size[0] :] = 0
    return canvas


def _box(alpha: NDArray[np.uint8]) -> tuple[float, float, float, float]:
    """Return the box of what is visible, or the whole picture."""
    visible = alpha > VISIBLE
    if not visible.any():
        return 0, 0, alpha.shape[1], alpha.shape[0]
    rows, columns = np.flatnonzero(visible.any(axis=1)), np.flatnonzero(visible.any(axis=0))
    return columns[0], rows[0], columns[-1] + 1, rows[-1] + 1


def _anchors(alpha: NDArray[np.uint8], number: int) -> NDArray[np.float32]:
    """Return centres of unknown pixels, (ANCHORS, 2)."""
    places = np.flatnonzero((alpha > 0) & (alpha < 255))
    if not places.size:
        places = np.flatnonzero(cv2.morphologyEx(alpha, cv2.MORPH_GRADIENT, np.ones((3, 3))))
    if not places.size:
        places = np.arange(alpha.size)
    drawn = np.random.default_rng(number).choice(places, ANCHORS)
    rows, columns = np.unravel_index(drawn, alpha.shape)
    return np.stack([columns, rows], axis=1).astype(np.float32) + np.float32(0.5)
