"""A photograph and any mix of prompts to the matte of one person, in rounds.

What depends on the photograph alone is looked at once; a round costs the prompts' half of the
decoder, and the refinement of a window around the person.  The sheet `dfimat`, sections 4.5, 5.4,
9 and 12.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from penumbra.core.arrays import RGB, Alpha
from penumbra.core.card import ModelCard
from penumbra.core.errors import ConvergenceError, require
from penumbra.core.frames import Resize
from penumbra.core.hints import Hints
from penumbra.core.matte import Matte, is_empty
from penumbra.core.people import FoundPerson
from penumbra.runtime.graph import Graph, Planes
from penumbra.systems.dfimat.closer import placed, said_within, window_of
from penumbra.systems.dfimat.config import Config
from penumbra.systems.dfimat.flags import Flag, notes_of
from penumbra.systems.dfimat.mrn.progressive import fuse
from penumbra.systems.dfimat.mrn.region import region_of
from penumbra.systems.dfimat.options import MULTIPLE, Options
from penumbra.systems.dfimat.people import box_of, distinct, from_left, nearest, shared
from penumbra.systems.dfimat.prompting import is_new_target, is_only_negative, tidy
from penumbra.systems.dfimat.rounds import (
    SURE,
    Before,
    DfimatMatte,
    Encoded,
    Told,
    before_of,
    conflicts_back,
    iou,
    is_contradicting,
    planes_of,
    spared,
    tell,
)
from penumbra.systems.dfimat.text.encoder import load_text_encoder
from penumbra.systems.dfimat.text.phrases import Encoded as Texts

_Logits = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class _Mask:
    """Who was found: logits (h / 4, w / 4), the human score, and what is unusual about it."""

    logits: _Logits
    human: float
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, eq=False)
class DfimatPredictor:
    """The networks on a photograph.

    Attributes:
        card: What the model is.
        graphs: "look", "round", and "mrn" or "coupled".
        config: Of the networks.
        options: How they are applied.
    """

    card: ModelCard
    graphs: Mapping[str, Graph]
    config: Config
    options: Options = field(default_factory=Options)

    def encode(self, image: RGB) -> Encoded:
        """Look at the photograph."""
        height, width = image.shape[:2]
        scale = self.options.iscn_long_side / max(height, width)
        small = (max(1, round(side * scale)) for side in (height, width))
        frame = Resize(height, width, *small)
        sides = (-(-it // MULTIPLE) * MULTIPLE for it in (frame.new_height, frame.new_width))
        planes = np.zeros((1, 3, *sides), np.float32)
        planes[0, :, : frame.new_height, : frame.new_width] = frame.plane(image).transpose(2, 0, 1)
        return Encoded(image, frame, planes, self.graphs["look"].run(image=planes))

    def decode(self, encoded: Encoded, hints: Hints, previous: Matte | None = None) -> DfimatMatte:
        """Answer all hints; what is new of them may contradict what was shown.

        Args:
            encoded: The photograph.
            hints: All that was said so far.
            previous: What was shown; forgotten where none of what it answered is still said.

        Raises:
            HintError: A click, a scribble or a box lies outside the photograph.
            InputError: What was shown is of another photograph.
            WeightsError: There is text, and the text encoder is not installed.
            ConvergenceError: A network's answer is not finite.
        """
        tidied = tidy(hints, *encoded.image.shape[:2])
        said = tidied.hints
        before = before_of(encoded, previous)
        if before is not None and before.said is not None and is_new_target(said, before.said):
            before = None
        told = tell(encoded, said, before, self.config.iscn)
        found = self._found(encoded, said, told, before)
        flags = [*tidied.flags, *found.flags]
        if told.is_contradicted:
            flags.append("opposite_clicks")
        if is_contradicting(told.conflicts):
            flags.append("conflict")
        if found.human < self.options.human_threshold:
            flags.append("not_human")
        shown, logits = self._looked(encoded, said, found.logits)
        alpha = self._alpha(encoded, shown, logits)
        if is_empty(alpha):
            flags.append("empty")
        return DfimatMatte(
            alpha,
            notes=notes_of(flags, told.consistency),
            confidence=found.human,
            flags=tuple(flags),
            mask=shown > 0,
            conflicts=conflicts_back(encoded, told.conflicts),
            consistency=told.consistency,
            logits=logits,
            said=said,
        )

    def people(self, encoded: Encoded) -> list[FoundPerson]:
        """Return each person that is seen, without a word said, from the left to the right.

        Raises:
            ConvergenceError: A network's answer is not finite.
        """
        masks, human, kept = self._distinct(encoded)
        found, shown, alphas = [], [], []
        for number in kept:
            mask = encoded.logits_back(masks[number]) > 0
            if not mask.any():
                continue
            logits, cells = self._looked(encoded, Hints(box=box_of(mask)), masks[number])
            alpha = self._alpha(encoded, logits, cells)
            if not is_empty(alpha):
                found.append(FoundPerson(alpha, box_of(logits > 0), float(human[number])))
                shown.append(logits > 0)
                alphas.append(alpha)
        pairs = zip(found, shared(alphas), strict=True)
        return from_left([replace(person, alpha=alpha) for person, alpha in pairs], shown)

    def _found(self, encoded: Encoded, said: Hints, told: Told, before: Before | None) -> _Mask:
        """Return the mask that answers; the sheet `dfimat`, section 4.5."""
        masks, human, sure = _objects(encoded)
        has_marks = len(told.points.kinds) > 0
        if not has_marks and said.text is None:
            surest = int(sure.argmax())
            return _Mask(masks[surest], float(human[surest]), ("no_prompt",))
        flags: list[Flag] = []
        texts = None if said.text is None else self._read(said.text)
        answers = self._round(encoded, planes_of(told, texts, before, self.config.iscn))
        mask = answers["mask"][0, 0]
        if texts is not None and texts.truncated[0]:
            flags.append("text_truncated")
        if texts is not None and not has_marks:
            if float(answers["human"].item()) < self.options.words_threshold:
                flags.append("nobody_meant")
            mask = self._whole(encoded, mask)
        if texts is not None and has_marks:
            marked, written = (encoded.inner(answers[it][0, 0]) > 0 for it in ("mask", "text_mask"))
            if iou(marked, written) < self.options.disagree_iou:
                flags.append("text_visual_disagree")
        if before is None and is_only_negative(said):
            flags.append("only_negative")
            best = spared(masks, sure, told.points, self.options.duplicate_iou)
            if best is not None:
                return _Mask(masks[best], float(human[best]), tuple(flags))
        return _Mask(mask, float(answers["human"].item()), tuple(flags))

    def _looked(self, encoded: Encoded, said: Hints, logits: _Logits) -> tuple[_Logits, _Logits]:
        """Return logits of the photograph, (H, W), and of cells, (h / 4, w / 4), seen closer."""
        shown = encoded.logits_back(logits)
        closer = self._closer(encoded, said, shown)
        return (shown, logits) if closer is None else (closer, encoded.cells(closer, -SURE))

    def _closer(self, encoded: Encoded, said: Hints, shown: _Logits) -> _Logits | None:
        """Return logits of a second look at the person alone, (H, W); None where none is worth it.

        Args:
            encoded: The photograph.
            said: All that was said.
            shown: (H, W), logits of the mask that is known of the whole photograph.
        """
        options, mask = self.options, shown > 0
        crop = window_of(mask, said, options.closer_room, options.closer_share)
        if crop is None:
            return None
        near = encoded.near.get(crop)
        if near is None:
            near = self.encode(np.ascontiguousarray(crop.plane(encoded.image)))
            encoded.near.clear()
            encoded.near[crop] = near
        hints = tidy(said_within(crop, said, mask), *near.image.shape[:2]).hints
        before = Before(near.cells(np.ascontiguousarray(crop.plane(shown)), -SURE), hints)
        told = tell(near, hints, before, self.config.iscn)
        texts = None if hints.text is None else self._read(hints.text)
        answers = self._round(near, planes_of(told, texts, before, self.config.iscn))
        return placed(crop, near.logits_back(answers["mask"][0, 0]), -SURE)

    def _distinct(self, encoded: Encoded) -> tuple[_Logits, NDArray[np.float32], list[int]]:
        """Return logits and human scores of object queries, and which show one person each."""
        masks, human, sure = _objects(encoded)
        is_person = human >= self.options.person_threshold
        masks, human, sure = masks[is_person], human[is_person], sure[is_person]
        kept = distinct(encoded.inner(masks) > 0, sure, self.options.duplicate_iou)
        return masks, human, kept

    def _whole(self, encoded: Encoded, mask: _Logits) -> _Logits:
        """Return the mask of the person whom the mask of words overlaps most, or that itself.

        Words say whom better than where; see `Options.words_iou`.
        """
        masks, _, kept = self._distinct(encoded)
        if not kept:
            return mask
        best, overlap = nearest(_sigmoid(masks[kept]), _sigmoid(mask))
        return masks[kept[best]] if overlap >= self.options.words_iou else mask

    def _read(self, text: str) -> Texts:
        name = self.config.iscn.text_encoder
        require(name != "clip", "text_encoder", "one that is here: minilm or toy", name)
        return load_text_encoder("toy" if name == "toy" else "minilm").encode([text])

    def _round(self, encoded: Encoded, planes: Mapping[str, Planes]) -> dict[str, Planes]:
        graph = self.graphs["round"]
        known = {**encoded.maps, **planes}
        answers = graph.run(**{name: known[name] for name in graph.inputs})
        for name in ("mask", "human"):
            _check(answers[name], name)
        return answers

    def _alpha(self, encoded: Encoded, shown: _Logits, logits: _Logits) -> Alpha:
        """Return the opacity of whom a mask shows, (H, W) in [0, 1]; 0 where it is empty.

        Args:
            encoded: The photograph.
            shown: (H, W), logits of its mask.
            logits: (h / 4, w / 4), the same as the capture network answered them.
        """
        is_person = (shown > 0).astype(np.float32)
        region = region_of(is_person, self.options.mrn_max_side)
        if region is None:
            return np.zeros(shown.shape, np.float32)
        if "coupled" in self.graphs:
            alpha = self._coupled(encoded, logits)
            return np.clip(encoded.frame.back(np.ascontiguousarray(alpha)), 0, 1)
        mask = is_person if self.config.mrn.mask_in == "hard" else _sigmoid(shown)
        image = region.plane(encoded.image).transpose(2, 0, 1)[None]
        answers = self.graphs["mrn"].run(
            image=np.ascontiguousarray(image),
            mask=np.ascontiguousarray(region.plane(mask)[None, None]),
        )
        mattes = [_check(answers[name], name)[0, 0] for name in self.graphs["mrn"].outputs]
        return region.back(fuse(mattes))

    def _coupled(self, encoded: Encoded, logits: _Logits) -> Alpha:
        planes = self.graphs["coupled"].run(
            image=encoded.planes, pixel=encoded.maps["pixel"], mask=logits[None, None]
        )
        frame = encoded.frame
        return _check(planes["alpha"], "alpha")[0, 0, : frame.new_height, : frame.new_width]


def _objects(encoded: Encoded) -> tuple[_Logits, NDArray[np.float32], NDArray[np.float32]]:
    """Return logits of the object queries' masks, (N, h / 4, w / 4), and two scores, (N,)."""
    maps = encoded.maps
    masks = _check(maps["masks"], "masks")[0]
    return masks, maps["human"][0, :, 0, 0], maps["sure"][0, :, 0, 0]


def _check(planes: Planes, name: str) -> Planes:
    if not np.isfinite(planes).all():
        raise ConvergenceError(f"{name} of the network must be finite, got NaN or infinity")
    return planes


def _sigmoid(logits: _Logits) -> Alpha:
    probability: Alpha = (0.5 * (1 + np.tanh(0.5 * logits))).astype(np.float32)
    return probability
