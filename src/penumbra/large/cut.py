"""A large photograph to a cut-out, within memory that does not follow the photograph.

The photograph lies on disk.  A room answers for a small picture of it, the room `dim` looks
closely where that answer is open (see `detail`), and the object's colours are estimated window by
window (see `solvers.foreground_tiles`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from penumbra.core.arrays import RGB, Alpha, Trimap
from penumbra.core.budget import Budget
from penumbra.core.cutout import Cutout
from penumbra.core.errors import InputError
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.core.predictor import Predictor
from penumbra.io.samples import quantise
from penumbra.large.backdrops import behind
from penumbra.large.detail import TILING, Coarse, detailed, looked_over, reach_of
from penumbra.large.header import Source
from penumbra.large.hints import LargeHints
from penumbra.large.merging import Merger
from penumbra.large.reading import STRIP, Picture, read_picture
from penumbra.large.scratch import Raster, scratch_folder
from penumbra.large.shrinking import shrunk, small_size
from penumbra.large.windows import Region, Tiling, enlarged, strips
from penumbra.large.writing import save_raster
from penumbra.runtime.onnx import frugal
from penumbra.session.backdrop import Backdrop
from penumbra.session.cutout import lift
from penumbra.session.session import Session

SMALL = 2_000_000
"""Pixels of the small picture."""

CLOSER = "seen at {}x{} pixels, and closely at its own size where that left alpha open"


@dataclass(frozen=True)
class Ask:
    """What else is asked of a model.

    Attributes:
        budget: What polishing the small matte may cost; None leaves it as it is.
        is_doubt_wanted: Whether it is worth its time to say where the matte is doubtful.
    """

    budget: Budget | None = None
    is_doubt_wanted: bool = False


@dataclass(frozen=True)
class Targets:
    """Where results go; each is written where it is not None."""

    output: Path | None = None
    alpha: Path | None = None
    foreground: Path | None = None
    uncertainty: Path | None = None


@dataclass(frozen=True)
class LargeMatte:
    """What was found.

    Attributes:
        small: What the room answered for the small picture.
        alpha: One band of 16 bits, of the photograph's size.
    """

    small: Matte
    alpha: Raster


@dataclass(frozen=True)
class LargePhotograph:
    """A photograph on disk; what is found in it lies beside it.

    Attributes:
        picture: The photograph.
        folder: Of the raw files.
    """

    picture: Picture
    folder: Path

    def matte(
        self,
        model: Predictor[Any],
        closer: Predictor[Any],
        hints: LargeHints,
        ask: Ask | None = None,
        tiling: Tiling = TILING,
    ) -> LargeMatte:
        """Find the object.

        Args:
            model: Answers for the small picture.
            closer: Looks closely; needs a trimap and nothing else, as `dim` does.
            hints: What was said.
            ask: What else is asked of the model.
            tiling: How what is looked at closely is divided.

        Raises:
            InputError: The model cannot use these hints, or they do not fit; or it cannot polish.
            ConvergenceError: A network's answer is not finite.
        """
        with frugal():
            return self._matte(model, closer, hints, ask or Ask(), tiling)

    def _matte(
        self,
        model: Predictor[Any],
        closer: Predictor[Any],
        hints: LargeHints,
        ask: Ask,
        tiling: Tiling,
    ) -> LargeMatte:
        size = self.picture.size
        small = small_size(size, SMALL)
        image = np.ascontiguousarray(shrunk(self.picture.raster, small)[:, :, :3])
        session = Session(model, image)
        found = session.apply(hints.shrunk(size, small))
        if ask.budget is not None:
            found = session.refine(ask.budget)
        if ask.is_doubt_wanted:
            found = session.doubt() or found

        def look(window: RGB, trimap: Trimap) -> Alpha:
            return closer.decode(closer.encode(window), Hints(trimap=trimap)).alpha

        alpha = (
            found.alpha
            if hints.trimap is not None
            else looked_over(image, found.alpha, look, tiling)
        )
        target = Raster(self.folder / "alpha.raw", *size, 1, np.dtype(np.uint16)).create()
        reach = reach_of(size, small)
        for rows, band in detailed(
            size, self.read, Coarse.of(alpha), hints.trimap, look, reach, tiling
        ):
            target.write((rows, slice(0, size[1])), quantise(band, 16))
        notes = (*self.picture.notes, *found.notes, CLOSER.format(small[1], small[0]))
        return LargeMatte(replace(found, notes=notes), target)

    def write(self, matte: LargeMatte, targets: Targets, backdrop: Backdrop | None = None) -> bool:
        """Write results, and return whether anything of the object is seen.

        Args:
            matte: What was found.
            targets: Where the results go.
            backdrop: Makes what the object is laid over; None leaves it transparent.

        Raises:
            InputError: The uncertainty is wanted of a model that does not estimate it.
            OutputError: A file cannot be written.
        """
        if targets.uncertainty is not None and matte.small.uncertainty is None:
            raise InputError("model must say how sure it is, got one that does not")
        merger, profile = Merger.of(self.picture, matte.alpha), self.picture.icc_profile
        laid = None if backdrop is None else behind(backdrop, self.small(matte), self.picture.size)
        cutout = self._target("cutout", 4 if laid is None else 3, targets.output)
        is_seen = merger.cutout(cutout, laid)
        if targets.uncertainty is not None:
            doubt = self._target("uncertainty", 1, targets.uncertainty)
            self._enlarge(matte.small.uncertainty, doubt)
            save_raster(targets.uncertainty, doubt, None)
        if targets.alpha is not None:
            opacity = self._target("opacity", 1, targets.alpha)
            merger.opacity(opacity)
            save_raster(targets.alpha, opacity, None)
        if targets.foreground is not None:
            colours = self._target("foreground", 3, targets.foreground)
            merger.foreground(colours)
            save_raster(targets.foreground, colours, profile)
        if targets.output is not None:
            save_raster(targets.output, cutout, profile)
        return is_seen

    def read(self, region: Region) -> RGB:
        """Return a window of the photograph, (h, w, 3) in [0, 1]."""
        return np.ascontiguousarray(self.picture.raster.read_unit(region)[:, :, :3])

    def small(self, matte: LargeMatte) -> Cutout:
        """Return the cut-out at the size of the small picture."""
        size = small_size(self.picture.size, SMALL)
        image = np.ascontiguousarray(shrunk(self.picture.raster, size)[:, :, :3])
        return lift(image, Matte(shrunk(matte.alpha, size)[:, :, 0]))

    def _target(self, name: str, bands: int, path: Path | None) -> Raster:
        is_jpeg = path is not None and path.suffix.lower() in (".jpg", ".jpeg")
        is_deep = self.picture.bits == 16 and not is_jpeg
        dtype = np.dtype(np.uint16 if is_deep else np.uint8)
        return Raster(self.folder / f"{name}.raw", *self.picture.size, bands, dtype).create()

    def _enlarge(self, plane: Alpha | None, target: Raster) -> None:
        assert plane is not None, "the model said how sure it is"
        for region in strips(target.size, STRIP):
            window = enlarged(plane, target.size, region).clip(0, 1)
            target.write(region, quantise(window, 8 * target.dtype.itemsize))


@contextmanager
def open_large(source: Source, name: str) -> Iterator[LargePhotograph]:
    """Read a photograph into raw files, which are removed at the end.

    Args:
        source: The file.
        name: What to call it in an error.

    Raises:
        ImageError: As `io.read_photograph`.
        OutputError: The disk has no room for the raw files: some 10 bytes a pixel, 17 at 16 bits.
    """
    with scratch_folder() as folder:
        picture = read_picture(source, folder / "picture.raw", name)
        yield LargePhotograph(picture, folder)
