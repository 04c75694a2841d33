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
from penumbra.core.hints import Click, Hints
from penumbra.core.matte import Matte, is_empty, softness
from penumbra.core.patches import LEAST, SIZE, Corner, choose, shuffled, windows_in
from penumbra.core.resample import resize
from penumbra.runtime.graph import Graph, Planes
from penumbra.systems.clicks.flags import Flag, notes_of
from penumbra.systems.clicks.options import Options
from penumbra.systems.clicks.painting import is_conflicting, paint
from penumbra.systems.clicks.polish import Window, blended, near_outline
from penumbra.systems.clicks.settle import Settler

MULTIPLE = 32
"""Of the sides of what the networks see."""

_OWN = 0.1  # weight of what the network of the uncertainty says beside alpha's softness
_CORRECTING = 3  # clicks from which on they correct: the first two say what is meant
_AT_ONCE = 4  # windows that are refined in one go

Maps = Mapping[str, Planes]


@dataclass(frozen=True, eq=False)
class ClickedMatte(Matte):
    """A matte, and what its uncertainty is made of when somebody asks for it.

    Attributes:
        maps: Of the network that answered.
        clicks: What it answered to.
        settled: Alpha as the network saw the photograph, (h, w), where colours settled it.
        begun: What another model showed before the first of the clicks, likewise; None where all
            began with this model.
        own: What the network of the uncertainty says, likewise, once it was asked.
    """

    maps: Maps = field(default_factory=dict)
    clicks: tuple[Click, ...] = ()
    settled: Alpha | None = None
    begun: Alpha | None = None
    own: Alpha | None = None

    def before(self, clicks: tuple[Click, ...]) -> "ClickedMatte | None":
        """Return what clicks, of which these may be the first, go on from; None for nothing."""
        if self.clicks == clicks[:-1][: len(self.clicks)]:
            return self
        return None if self.begun is None else _beginning(self.begun)


@dataclass(frozen=True, eq=False)
class Encoded:
    """A photograph, and what is known of it before anything is said.

    Attributes:
        image: (H, W, 3).
        frame: To the working size.
        pad: From there to what the networks take.
        planes: (1, 3, h, w), what they see.
        maps: What is looked at once.
        settler: Settles what the network leaves open; None where that is not wanted.
    """

    image: RGB
    frame: Resize
    pad: Pad
    planes: Planes
    maps: Maps
    settler: Settler | None


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
        if self.options.is_enlarged:
            scale = side / max(height, width)
            frame = Resize(height, width, *(max(1, round(it * scale)) for it in (height, width)))
        else:
            frame = Resize.to_long_side(height, width, side)
        pad = Pad(frame.new_height, frame.new_width, MULTIPLE, "reflect")
        seen = frame.plane(image)
        planes = _planes(pad.plane(seen))
        look = self.graphs.get("look")
        maps = {} if look is None else look.run(image=planes)
        settler = Settler.of(seen) if self.options.is_settled else None
        return Encoded(image, frame, pad, planes, maps, settler)

    def decode(self, encoded: Encoded, hints: Hints, previous: Matte | None = None) -> ClickedMatte:
        """Answer to all clicks.

        Where colours settle what the network leaves open, they heed what was answered to all
        clicks but the last, from the third on; what is not known of that is answered first.  So
        it does not matter whether clicks come one by one or at once.  Another model's matte that
        shows something is heeded from the first click on, for all clicks correct it.

        Raises:
            ConvergenceError: The network's answer is not finite.
        """
        known = self._known(encoded, previous)
        least = _correcting(known)
        if not self.options.is_settled or len(hints.clicks) < least:
            return self._answered(encoded, hints, previous)
        answer = None if known is None else known.before(hints.clicks)
        asked = 0 if answer is None else len(answer.clicks)
        for count in range(max(asked + 1, least - 1), len(hints.clicks)):
            earlier = replace(hints, clicks=hints.clicks[:count])
            answer = self._answered(encoded, earlier, answer)
        return self._answered(encoded, hints, answer)

    def _known(self, encoded: Encoded, previous: Matte | None) -> ClickedMatte | None:
        """Return what colours settled before, or what another model showed; None for nothing."""
        if isinstance(previous, ClickedMatte):
            return None if previous.settled is None else previous
        if previous is None or is_empty(previous.alpha):
            return None
        return _beginning(np.clip(encoded.frame.plane(previous.alpha), 0, 1))

    def _answered(self, encoded: Encoded, hints: Hints, previous: Matte | None) -> ClickedMatte:
        """Answer to all clicks, with what was answered to all but the last."""
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
        begun, settler = None, encoded.settler if self.options.is_settled else None
        if settler is not None:
            known = self._known(encoded, previous)
            heeded = known if len(clicks) >= _correcting(known) else None
            earlier = None if heeded is None else heeded.settled
            begun = None if heeded is None else heeded.begun
            seen = settler.settled(np.clip(seen, 0, 1), clicks, earlier)
        alpha = np.clip(frame.back(seen), 0, 1)
        flags: list[Flag] = []
        if is_conflicting(clicks, radius):
            flags.append("opposite_clicks")
        if is_empty(alpha):
            flags.append("empty")
        maps = {name: plane for name, plane in planes.items() if name != "alpha"}
        return ClickedMatte(
            alpha,
            notes=notes_of(flags),
            flags=tuple(flags),
            maps=maps,
            clicks=hints.clicks,
            settled=None if settler is None else seen,
            begun=begun,
        )

    def doubt(self, encoded: Encoded, matte: Matte) -> Matte:
        """Add the uncertainty, which only its own network knows; see `Refiner.doubt`.

        Where that network is not there, the matte stays as it is.
        """
        if "uncertainty" not in self.graphs or matte.uncertainty is not None:
            return matte
        require(isinstance(matte, ClickedMatte), "matte", "one that this model answered", "another")
        assert isinstance(matte, ClickedMatte)
        asked = self._asked(encoded, matte)
        assert asked.own is not None
        own = encoded.frame.back(asked.own)
        return replace(asked, uncertainty=self._doubt_of(asked.alpha, own))

    def refine(self, encoded: Encoded, matte: Matte, budget: Budget) -> Matte:
        """Polish the most doubtful windows, at the photograph's own size; see `Refiner.refine`.

        A matte of another model is polished where its own uncertainty says so.
        """
        began = time.monotonic()
        if self.options.refine == "none" or budget.amount == 0:
            return matte
        goes_by_doubt = self.options.refine == "local" and self.options.patch_rank == "sigma"
        if isinstance(matte, ClickedMatte) and "uncertainty" in self.graphs:
            # What is polished is doubted anew when somebody asks.
            matte = replace(
                self._asked(encoded, matte) if goes_by_doubt else matte, uncertainty=None
            )
        corners, size = self._windows(encoded.frame, matte, budget)
        answers: list[tuple[Window, Alpha]] = []
        # Always as many at once, whatever the budget: so that as many windows have the same bits.
        for first in range(0, len(corners), _AT_ONCE):
            if budget.unit == "seconds" and answers and time.monotonic() - began > budget.amount:
                break
            group = corners[first : first + _AT_ONCE]
            answers += self._polished(encoded.image, matte.alpha, group, size)
        reach = self._reach(encoded.frame)
        alpha = blended(matte.alpha, answers, reach, self.options.feather)
        polished_matte = replace(matte, alpha=alpha, refined=len(answers))
        is_known = _own(matte) is not None or matte.uncertainty is not None
        if is_known or not goes_by_doubt:
            return polished_matte
        flag: Flag = "heuristic_rank"
        notes, flags = (*matte.notes, *notes_of([flag])), (*matte.flags, flag)
        return replace(polished_matte, notes=notes, flags=flags)

    def _asked(self, encoded: Encoded, matte: ClickedMatte) -> ClickedMatte:
        """Return the matte with what the network of the uncertainty says, asked once a matte."""
        if matte.own is not None:
            return matte
        graph = self.graphs["uncertainty"]
        known = {"image": encoded.planes, **encoded.maps, **matte.maps}
        plane = graph.run(**{name: known[name] for name in graph.inputs})["uncertainty"][0, 0]
        return replace(matte, own=np.clip(encoded.pad.back(plane), 0, 1))

    def _doubt_of(self, alpha: Alpha, own: Alpha) -> Alpha:
        """Return the uncertainty of a matte, of which the network says this; both (H, W)."""
        return own if self.options.doubt == "sigma" else softness(alpha) + _OWN * own

    def _reach(self, frame: Resize) -> float | None:
        """Return how far from the outline a matte is refined, in pixels of the photograph."""
        if self.options.outline is None:
            return None
        long, seen = max(frame.height, frame.width), max(frame.new_height, frame.new_width)
        return max(1.0, self.options.outline * long / seen)

    def _windows(
        self, frame: Resize, matte: Matte, budget: Budget
    ) -> tuple[list[Corner], tuple[int, int]]:
        """Return corners of the windows to refine, the most doubtful first, and their size."""
        height, width = shape = matte.alpha.shape[0], matte.alpha.shape[1]
        if self.options.refine == "global" or min(height, width) < SIZE:
            return [(0, 0)], shape
        most = (height // SIZE + 1) * (width // SIZE + 1)
        if budget.unit == "windows":
            most = int(budget.amount)
        elif budget.unit == "share":
            most = windows_in(budget.amount, shape)
        if self.options.patch_rank == "random":
            return shuffled(shape, most, np.random.default_rng(0)), (SIZE, SIZE)
        # What the networks answered knows no more than they saw: that many pixels will do.
        every = max(1, max(shape) // max(frame.new_height, frame.new_width))
        alpha = matte.alpha[::every, ::every]
        doubt = alpha * (1 - alpha)
        if self.options.patch_rank != "alpha_band":
            if (own := _own(matte)) is not None:
                doubt = self._doubt_of(alpha, resize(own, *alpha.shape))
            elif matte.uncertainty is not None:
                doubt = matte.uncertainty[::every, ::every]
        reach = self._reach(frame)
        if reach is not None:
            doubt = doubt * near_outline(alpha, max(1.0, reach / every))
        selector = self.options.selector
        return choose(doubt, most, SIZE, selector, LEAST, shape, every), (SIZE, SIZE)

    def _polished(
        self, image: RGB, alpha: Alpha, corners: list[Corner], size: tuple[int, int]
    ) -> Iterator[tuple[Window, Alpha]]:
        """Yield windows and their new mattes; all that look alike large are looked at in one go."""
        halo, shape = self.options.halo, alpha.shape
        looks: dict[tuple[int, ...], list[tuple[Corner, Window]]] = {}
        for corner in corners:
            look = tuple(
                slice(max(at - halo, 0), min(at + side + halo, length))
                for at, side, length in zip(corner, size, shape, strict=True)
            )
            seen = tuple(part.stop - part.start for part in look)
            looks.setdefault(seen, []).append((corner, (look[0], look[1])))
        for places in looks.values():
            answers = self.graphs["refine"].run(
                image=np.concatenate([_planes(image[look]) for _, look in places]),
                alpha=np.concatenate([_planes(alpha[look][:, :, None]) for _, look in places]),
            )["alpha_refined"][:, 0]
            for answer, ((row, col), (rows, cols)) in zip(answers, places, strict=True):
                inner = answer[row - rows.start :, col - cols.start :][: size[0], : size[1]]
                yield (slice(row, row + size[0]), slice(col, col + size[1])), inner


def _own(matte: Matte) -> Alpha | None:
    """Return what the network of the uncertainty says, where it is known."""
    return matte.own if isinstance(matte, ClickedMatte) else None


def _beginning(shown: Alpha) -> ClickedMatte:
    """Return what another model showed, (h, w), as an answer to no click."""
    return ClickedMatte(shown, settled=shown, begun=shown)


def _correcting(known: ClickedMatte | None) -> int:
    """Return how many clicks there must be for what was known before to count."""
    return _CORRECTING if known is None or known.begun is None else 1


def _planes(array: NDArray[np.float32]) -> Planes:
    """Return (1, C, H, W) of (H, W, C)."""
    return np.ascontiguousarray(array.transpose(2, 0, 1)[None])


def _zero_padded(plane: NDArray[np.float32], pad: Pad) -> Planes:
    """Return (1, 1, h, w): nothing is said, and nothing is known, of what is added."""
    height, width = pad.new_size
    padded = np.zeros((1, 1, height, width), np.float32)
    padded[0, 0, : pad.height, : pad.width] = plane
    return padded
