"""A photograph and clicks to a matte, to where it is doubtful, and to one that is polished there.

What depends on the photograph alone is looked at once; a click costs the rest of the network; the
uncertainty and the refinement run when they are asked for.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.budget import Budget
from penumbra.core.card import ModelCard
from penumbra.core.errors import ConvergenceError, require
from penumbra.core.frames import Pad, Resize
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte
from penumbra.runtime.graph import Graph, Planes
from penumbra.systems.clicks.options import Options
from penumbra.systems.clicks.painting import is_conflicting, paint
from penumbra.systems.clicks.patches import LEAST, SIZE, Corner, choose, shuffled, windows_in

MULTIPLE = 32
"""Of the sides of what the networks see."""

EMPTY = 0.02
"""Opacity below which a matte shows nothing."""

_AT_ONCE = 4  # windows that are refined in one go

Maps = Mapping[str, Planes]


@dataclass(frozen=True, eq=False)
class ClickedMatte(Matte):
    """A matte, and what its uncertainty is made of when somebody asks for it.

    Attributes:
        maps: Of the network that answered.
    """

    maps: Maps = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Encoded:
    """A photograph, and what is known of it before anything is said.

    Attributes:
        image: (H, W, 3).
        frame: To the working size.
        pad: From there to what the networks take.
        planes: (1, 3, h, w), what they see.
        maps: What is looked at once.
    """

    image: RGB
    frame: Resize
    pad: Pad
    planes: Planes
    maps: Maps


@dataclass(frozen=True, eq=False)
class ClicksPredictor:
    """The networks on a photograph.

    Attributes:
        card: What the model is.
        graphs: "alpha", "uncertainty" and "refine", and "look" where hints enter late.
        options: How they are applied.
    """

    card: ModelCard
    graphs: Mapping[str, Graph]
    options: Options = field(default_factory=Options)

    def encode(self, image: RGB) -> Encoded:
        """Look at the photograph."""
        height, width = image.shape[:2]
        side = self.options.work_long_side or max(height, width)
        frame = Resize.to_long_side(height, width, side)
        pad = Pad(frame.new_height, frame.new_width, MULTIPLE, "reflect")
        planes = _planes(pad.plane(frame.plane(image)))
        look = self.graphs.get("look")
        maps = {} if look is None else look.run(image=planes)
        return Encoded(image, frame, pad, planes, maps)

    def decode(self, encoded: Encoded, hints: Hints, previous: Matte | None = None) -> ClickedMatte:
        """Answer to all clicks.

        Raises:
            ConvergenceError: The network's answer is not finite.
        """
        frame, pad, radius = encoded.frame, encoded.pad, self.options.click_radius
        clicks = frame.hints(hints).clicks if self.options.hints_test else ()
        said = paint(clicks, frame.new_height, frame.new_width, radius)
        given = {"image": encoded.planes, "hints": _zero_padded(said, pad), **encoded.maps}
        graph = self.graphs["alpha"]
        if "previous" in graph.inputs:
            before = np.zeros_like(said) if previous is None else frame.plane(previous.alpha)
            given["previous"] = _zero_padded(before, pad)
        planes = graph.run(**given)
        seen = pad.back(planes["alpha"][0, 0])
        if not np.isfinite(seen).all():
            raise ConvergenceError("alpha of the network must be finite, got NaN or infinity")
        alpha = np.clip(frame.back(seen), 0, 1)
        notes = []
        if is_conflicting(clicks, radius):
            notes.append("clicks on and off the object lie on top of each other: the last one wins")
        if alpha.max() < EMPTY:
            notes.append("nothing left: no pixel has an opacity of 2 % or more")
        maps = {name: plane for name, plane in planes.items() if name != "alpha"}
        return ClickedMatte(alpha, notes=tuple(notes), maps=maps)

    def doubt(self, encoded: Encoded, matte: Matte) -> Matte:
        """Add the uncertainty, which only its own network knows; see `Refiner.doubt`."""
        if matte.uncertainty is not None:
            return matte
        require(isinstance(matte, ClickedMatte), "matte", "one that this model answered", "another")
        assert isinstance(matte, ClickedMatte)
        graph = self.graphs["uncertainty"]
        known = {"image": encoded.planes, **encoded.maps, **matte.maps}
        plane = graph.run(**{name: known[name] for name in graph.inputs})["uncertainty"][0, 0]
        uncertainty = np.clip(encoded.frame.back(encoded.pad.back(plane)), 0, 1)
        return replace(matte, uncertainty=uncertainty)

    def refine(self, encoded: Encoded, matte: Matte, budget: Budget) -> Matte:
        """Polish the most doubtful windows, at the photograph's own size; see `Refiner.refine`."""
        began = time.monotonic()
        matte = self.doubt(encoded, matte)
        if self.options.refine == "none" or budget.amount == 0:
            return matte
        alpha, done = matte.alpha.copy(), 0
        for group in self._groups(matte, budget):
            if budget.unit == "seconds" and done and time.monotonic() - began > budget.amount:
                break
            for window, refined in self._refined(encoded.image, matte.alpha, group):
                part, weight = alpha[window], self._weights(window, alpha.shape)
                alpha[window] = weight * refined + (1 - weight) * part
            done += len(group)
        return replace(matte, alpha=alpha, refined=done)

    def _groups(self, matte: Matte, budget: Budget) -> Iterator[list[Corner]]:
        """Yield windows to refine, the most doubtful first, a few at a time."""
        assert matte.uncertainty is not None  # `doubt` said it
        height, width = shape = matte.alpha.shape
        if self.options.refine == "global" or min(shape) < SIZE:
            yield [(0, 0)]
            return
        most = (height // SIZE + 1) * (width // SIZE + 1)
        if budget.unit == "windows":
            most = int(budget.amount)
        elif budget.unit == "share":
            most = windows_in(budget.amount, shape)
        if self.options.patch_rank == "random":
            corners = shuffled(shape, most, np.random.default_rng(0))
        else:
            band = matte.alpha * (1 - matte.alpha)
            doubt = matte.uncertainty if self.options.patch_rank == "sigma" else band
            corners = choose(doubt, most, SIZE, self.options.selector, LEAST)
        # Always as many, whatever the budget: so that as many windows have the same bits.
        for first in range(0, len(corners), _AT_ONCE):
            yield corners[first : first + _AT_ONCE]

    def _refined(
        self, image: RGB, alpha: Alpha, corners: list[Corner]
    ) -> Iterator[tuple[tuple[slice, slice], Alpha]]:
        """Yield windows and their new mattes; all of one size are looked at in one go."""
        height, width = alpha.shape
        is_whole = self.options.refine == "global" or min(alpha.shape) < SIZE
        size = (height, width) if is_whole else (SIZE, SIZE)
        seen: dict[tuple[int, int], list[tuple[Corner, Corner]]] = {}
        for row, col in corners:
            top, left = max(row - self.options.halo, 0), max(col - self.options.halo, 0)
            bottom = min(row + size[0] + self.options.halo, height)
            right = min(col + size[1] + self.options.halo, width)
            seen.setdefault((bottom - top, right - left), []).append(((row, col), (top, left)))
        for (rows, cols), places in seen.items():
            looks = [(slice(y, y + rows), slice(x, x + cols)) for _, (y, x) in places]
            answers = self.graphs["refine"].run(
                image=np.concatenate([_planes(image[look]) for look in looks]),
                alpha=np.concatenate([_planes(alpha[look][:, :, None]) for look in looks]),
            )["alpha_refined"][:, 0]
            for answer, ((row, col), (top, left)) in zip(answers, places, strict=True):
                inner = answer[row - top :, col - left :][: size[0], : size[1]]
                yield (slice(row, row + size[0]), slice(col, col + size[1])), inner

    def _weights(self, window: tuple[slice, slice], shape: tuple[int, ...]) -> Alpha:
        """Return how much of a window's answer is taken: all but near sides inside the picture."""
        sides = [
            _fade(part.stop - part.start, self.options.feather, part.start > 0, part.stop < length)
            for part, length in zip(window, shape, strict=True)
        ]
        weights: Alpha = np.minimum(sides[0][:, None], sides[1])
        return weights


def _fade(length: int, feather: int, has_before: bool, has_after: bool) -> NDArray[np.float32]:
    """Return a raised cosine over the first and last pixels, 1 between; (length,)."""
    line = np.ones(length, np.float32)
    steps = min(feather, length // 2)
    rise = (0.5 - 0.5 * np.cos(np.pi * (np.arange(steps) + 0.5) / max(steps, 1))).astype(np.float32)
    if has_before:
        line[:steps] = rise
    if has_after:
        line[length - steps :] = rise[::-1]
    return line


def _planes(array: NDArray[np.float32]) -> Planes:
    """Return (1, C, H, W) of (H, W, C)."""
    return np.ascontiguousarray(array.transpose(2, 0, 1)[None])


def _zero_padded(plane: NDArray[np.float32], pad: Pad) -> Planes:
    """Return (1, 1, h, w): nothing is said, and nothing is known, of what is added."""
    height, width = pad.new_size
    padded = np.zeros((1, 1, height, width), np.float32)
    padded[0, 0, : pad.height, : pad.width] = plane
    return padded
