"""Batches of training samples, made on the device: the one place where samples are made.

A sample is either a composite of a foreground over a background, or a scene: a photograph with
the matte of its object.  Sources: RSSN after Li et al., "Deep Automatic Natural Image Matting",
IJCAI 2021 (blurred backgrounds, noise on all layers); trimaps and crops after Xu et
al., "Deep Image Matting", CVPR 2017, section 3.3 and 5.
"""

from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from penumbra.training.choosing import Chooser
from penumbra.training.colours import colours_of, recoloured
from penumbra.training.composition import Composition
from penumbra.training.degrade import box_blur, denoised, jpeg, noise
from penumbra.training.draws import Draws, Floats
from penumbra.training.heads import above_heads
from penumbra.training.pool import KINDS, Pool
from penumbra.training.sampling import Shape, Window, cut, shape_of
from penumbra.training.trimaps import dilated_trimap_of, loosened, trimap_of
from penumbra.training.upload import upload

KNOWN = 1 / 512  # how near to 0 or 1 an alpha counts as known: half a level of 8 bits
OPAQUE, NON_SALIENT = KINDS.index("SO"), KINDS.index("NS")
MAGNIFIED = 0.35  # pixels of a photograph to a sample's: no scene is enlarged more
CUT_OFF = 1.0  # pixels from the border of a picture: an object that near is cut off by it


class Batch(NamedTuple):
    """Samples on the device; image = alpha * foreground + (1 - alpha) * background.

    Attributes:
        image: (B, 3, H, W) in [0, 1].
        alpha: (B, 1, H, W) in [0, 1], exactly 0 or 1 where known.
        foreground: (B, 3, H, W); of a scene, the image.  In [0, 1] but for what wears the image.
        background: (B, 3, H, W); likewise.
        trimap: (B, 1, H, W) of 0, 0.5 and 1.
        distractor: (B, 1, H, W) opacity of a second object that does not belong, as far as it
            is seen; 0 where there is none.
        is_composite: (B,) bool; the colours of the layers are known.
        kind: (B,) int64, index into `pool.KINDS`: that of the first object; of nothing, SO.
        picture: (B,) int64, number in the pool of the scene or the first object.
    """

    image: Tensor
    alpha: Tensor
    foreground: Tensor
    background: Tensor
    trimap: Tensor
    distractor: Tensor
    is_composite: Tensor
    kind: Tensor
    picture: Tensor


Layers = tuple[Tensor, Tensor, Tensor, Tensor]
"""Foreground, background, alpha and distractor."""


class Wanted(Protocol):
    """What the composer has to know of a training stage."""

    @property
    def size(self) -> int:
        """Side of the samples, pixels."""

    @property
    def composition(self) -> Composition:
        """How they are made."""


class Composer:
    """Makes batches out of a pool."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._chooser = Chooser(pool)
        self._made, self._empty = 0, torch.zeros((), device=pool.levels[0].device)

    def batch(self, stage: Wanted, seed: int, first: int, count: int) -> Batch:
        """Return samples `first` to `first + count - 1` of an endless sequence.

        Each depends on (seed, epoch, index) alone, where epoch and index are the quotient and
        remainder of its number by the size of the pool.

        Raises:
            InputError: The pool lacks a role that the composition needs.
        """
        batch = self._batch(stage, seed, first, count)
        has_unknown = (batch.trimap == 0.5).flatten(1).any(dim=1)
        self._made, self._empty = self._made + count, self._empty + (~has_unknown).sum()
        return batch

    def rates(self) -> dict[str, float]:
        """Return the share of samples so far whose trimap leaves nothing open."""
        return {"without_unknown": float(self._empty) / max(self._made, 1)}

    def _batch(self, stage: Wanted, seed: int, first: int, count: int) -> Batch:
        how = stage.composition
        self._chooser.warn_of_strange_names(how)
        numbers = np.arange(first, first + count)
        if not how.is_recreated:
            numbers %= len(self.pool)
        draws = Draws(seed, numbers.tolist(), len(self.pool))
        is_scene = draws.chance(how.scenes)
        if not is_scene.any():
            return self._composites(how, draws, stage.size)
        if is_scene.all():
            return self._scenes(how, draws, stage.size)
        scenes = self._scenes(how, draws.only(is_scene), stage.size)
        composites = self._composites(how, draws.only(~is_scene), stage.size)
        order = np.argsort(np.argsort(~is_scene, kind="stable"))
        rows = upload(order, scenes.image.device)
        pairs = zip(scenes, composites, strict=True)
        return Batch(*(torch.cat(pair).index_select(0, rows) for pair in pairs))

    def _scenes(self, how: Composition, draws: Draws, size: int) -> Batch:
        pictures = self._chooser.choose("scene", how, draws)
        height, width = self.pool.sizes[pictures].astype(np.float64).T
        shape = _shape(how, draws)
        shown = np.maximum(height, width) * draws.uniform(*how.scene_zoom)
        across, down = draws.uniform(-1, 1), draws.uniform(-1, 1)
        # Anywhere inside; where the window is larger than the picture, not far from its middle.
        room = np.stack([width - shown, height - shown], 1) / 2
        shift = np.maximum(room, 0.05 * shown[:, None]) * np.stack([across, down], 1)
        if how.is_scene_whole:
            shape = shape_of(np.zeros(len(pictures)), width / height, draws.chance(how.mirror))
            shown, shift = np.sqrt(width * height), np.zeros_like(shift)
        centre, zoom = np.stack([width, height], 1) / 2 + shift, shown / size
        if how.scene_focus > 0:
            is_near = draws.chance(how.scene_focus)
            near, closer = self._around_object(how, draws, pictures, 0.5 * size * shape.reach)
            most = how.scene_zoom[1] * np.maximum(height, width) / size
            zoom = np.where(is_near, np.clip(closer, MAGNIFIED, most), zoom)
            centre = np.where(is_near[:, None], near, centre)
        view = Window(pictures, centre, zoom, shape)
        image, alpha = cut(self.pool, view, size, "mirror")
        image = recoloured(image, colours_of(how.colour, draws))
        nothing = torch.zeros_like(alpha)
        return self._finish(how, draws, pictures, (image, image, _known(alpha), nothing), False)

    def _composites(self, how: Composition, draws: Draws, size: int) -> Batch:
        pictures = self._chooser.choose("foreground", how, draws)
        foreground, alpha = self._object(how, draws, pictures, size, is_first=True)
        if how.paint > 0:
            foreground = self._painted(how, draws, foreground)
        background = self._background(how, draws, pictures, size)
        distractor = torch.zeros_like(alpha)
        if how.join + how.distract > 0:
            place = draws.unit()
            second, opacity = self._second(how, draws, place < how.join + how.distract, size)
            joined, behind, before = (
                opacity * self._plane((low <= place) & (place < high))
                for low, high in (
                    (0, how.join),
                    (how.join, how.join + how.distract / 2),
                    (how.join + how.distract / 2, how.join + how.distract),
                )
            )
            foreground, alpha = _over(foreground, alpha, second, joined)
            background = behind * second + (1 - behind) * background
            # What lies in front hides the object, and belongs to the background.
            weight = before + (1 - before) * (1 - alpha)
            mixed = before * second + (1 - before) * (1 - alpha) * background
            distractor = before + (1 - before) * (1 - alpha) * behind
            background = torch.where(before > 0, mixed / weight.clamp(min=1e-6), background)
            alpha = _known(alpha * (1 - before))
        layers = (foreground, background, alpha, distractor)
        if how.empty > 0:
            layers = self._emptied(how, draws, pictures, layers)
        return self._finish(how, draws, pictures, layers, True)

    def _object(
        self, how: Composition, draws: Draws, pictures: NDArray[np.int64], size: int, is_first: bool
    ) -> tuple[Tensor, Tensor]:
        """Return an object's colours and alpha, placed as the composition says."""
        shape = _shape(how, draws)
        reach = 0.5 * size * shape.reach
        centre, zoom = self._around_object(how, draws, pictures, reach)
        limits = self.pool.sizes[pictures, ::-1].astype(np.float64)
        kind, anchor = draws.unit(), self._anchor(draws, pictures)
        near = np.minimum(
            draws.choose(how.zooms).astype(np.float64), (limits / (2 * reach)).min(axis=1)
        )
        half = near[:, None] * reach
        anywhere = half + (limits - 2 * half) * np.stack([draws.unit(), draws.unit()], 1)
        if is_first:
            is_unknown = (kind < how.unknown_crops)[:, None]
            is_crop = kind < how.unknown_crops + how.uniform_crops
            if how.crop_anchor == "topleft":
                anchor = anchor + half
            inwards = np.clip(np.where(is_unknown, anchor, anywhere), half, limits - half)
            centre = np.where(is_crop[:, None], inwards, centre)
            zoom = np.where(is_crop, near, zoom)
        colours, alpha = cut(self.pool, Window(pictures, centre, zoom, shape), size, "empty")
        return recoloured(colours, colours_of(how.colour, draws)), _known(alpha)

    def _second(
        self, how: Composition, draws: Draws, where: NDArray[np.bool_], size: int
    ) -> tuple[Tensor, Tensor]:
        """Return another object's colours and alpha for some of the samples, 0 for the others."""
        device = self.pool.levels[0].device
        second = torch.zeros(len(where), 3, size, size, device=device)
        opacity = torch.zeros(len(where), 1, size, size, device=device)
        if where.any():
            drawn = draws.apart(where)
            others = self._chooser.choose("foreground", how, drawn)
            rows = upload(np.flatnonzero(where), device)
            second[rows], opacity[rows] = self._object(how, drawn, others, size, is_first=False)
        return second, opacity

    def _around_object(
        self, how: Composition, draws: Draws, pictures: NDArray[np.int64], reach: Floats
    ) -> tuple[Floats, Floats]:
        """Return centre (B, 2) and zoom (B,) of windows that show objects whole.

        An object that its picture cuts off is cut off there by the window, too: a bust does not
        float in the middle of a sample.
        """
        box = self.pool.boxes[pictures].astype(np.float64)
        low, high = box[:, :2], box[:, 2:]
        limits = self.pool.sizes[pictures, ::-1].astype(np.float64)
        is_low, is_high = low <= CUT_OFF, high >= limits - CUT_OFF
        zoom = (high - low).max(axis=1) / (draws.uniform(*how.coverage) * 2 * reach.min(axis=1))
        # An object cut off on both sides has to fill the window from side to side.
        spans = np.where(is_low & is_high, (high - low) / (2 * reach), np.inf)
        zoom = np.minimum(zoom, spans.min(axis=1))
        half = zoom[:, None] * reach
        room = np.maximum(half - (high - low) / 2, 0.15 * half)
        shift = np.stack([draws.uniform(-1, 1), draws.uniform(-1, 1)], 1) * room
        centre = (low + high) / 2 + shift
        if how.heads > 0:
            is_person = draws.chance(how.heads)[:, None]
            centre = np.where(is_person, above_heads(draws, low, high, half), centre)
        centre = np.where(is_low, np.maximum(centre, low + half), centre)
        return np.where(is_high, np.minimum(centre, high - half), centre), zoom

    def _anchor(self, draws: Draws, pictures: NDArray[np.int64]) -> Floats:
        """Return an unknown pixel of each picture, (B, 2)."""
        anchors = self.pool.anchors[pictures]
        chosen = draws.choose(np.arange(anchors.shape[1])).astype(np.int64)
        return anchors[np.arange(len(pictures)), chosen].astype(np.float64)

    def _painted(self, how: Composition, draws: Draws, foreground: Tensor) -> Tensor:
        """Give some of the objects the colours of a photograph."""
        view = self._anywhere(how, draws, foreground.shape[-1])
        colours = colours_of(how.colour, draws)
        rows = np.flatnonzero(draws.chance(how.paint))
        if not rows.size:
            return foreground
        paint, _ = cut(self.pool, view.only(rows), foreground.shape[-1], "mirror")
        painted = foreground.clone()
        painted[upload(rows, foreground.device)] = recoloured(paint, colours[rows])
        return painted

    def _emptied(
        self, how: Composition, draws: Draws, pictures: NDArray[np.int64], layers: Layers
    ) -> Layers:
        """Leave some of the samples nothing but a background that holds no object."""
        where = draws.chance(how.empty)
        nothing = self._background(how, draws, pictures, layers[0].shape[-1], is_empty=True)
        full = 1 - self._plane(where)
        foreground, background, alpha, distractor = layers
        background = torch.where(full > 0, background, nothing)
        return foreground, background, full * alpha, full * distractor

    def _anywhere(
        self, how: Composition, draws: Draws, size: int, is_empty: bool = False
    ) -> Window:
        """Return windows anywhere in photographs of backgrounds."""
        chosen = self._chooser.choose("background", how, draws, how.empty_of if is_empty else ())
        height, width = self.pool.sizes[chosen].astype(np.float64).T
        shown = np.minimum(height, width) * draws.uniform(0.5, 1.0)
        room = np.stack([width - shown, height - shown], 1) / 2
        shift = room * np.stack([draws.uniform(-1, 1), draws.uniform(-1, 1)], 1)
        centre = np.stack([width, height], 1) / 2 + shift
        shape = shape_of(np.zeros(len(chosen)), is_mirrored=draws.chance(how.mirror))
        return Window(chosen, centre, shown / size, shape)

    def _background(
        self,
        how: Composition,
        draws: Draws,
        pictures: NDArray[np.int64],
        size: int,
        is_empty: bool = False,
    ) -> Tensor:
        colours, _ = cut(self.pool, self._anywhere(how, draws, size, is_empty), size, "mirror")
        colours = recoloured(colours, colours_of(how.colour, draws))
        is_blurred = draws.chance(how.blur)
        if how.blur > 0 and how.is_ns_blurred and not is_empty:
            is_blurred |= self.pool.kinds[pictures] == NON_SALIENT
        sizes = np.round(draws.choose(how.blur_sizes).astype(np.float64) * size / 320)
        return box_blur(colours, np.where(is_blurred, sizes, 1).astype(np.int64))

    def _finish(
        self,
        how: Composition,
        draws: Draws,
        pictures: NDArray[np.int64],
        layers: Layers,
        is_composite: bool,
    ) -> Batch:
        """Lay the layers over one another, wear the picture, and let both layers share the wear.

        Colours of all layers change alike.  What noise and compression then add to the image
        is added to foreground and background, so the equation of compositing goes on to hold.
        """
        foreground, background, alpha, distractor = layers
        device = alpha.device
        colours = colours_of(how.colour / 2, draws)
        foreground, background = (recoloured(each, colours) for each in (foreground, background))
        if how.denoise > 0:
            is_chosen = draws.chance(how.denoise)
            foreground, background = (
                denoised(each, is_chosen) for each in (foreground, background)
            )
        clean = alpha * foreground + (1 - alpha) * background
        deviation = draws.uniform(0, how.noise_deviation)
        if how.is_noise_fixed:
            deviation = np.full_like(deviation, how.noise_deviation)
        deviation *= draws.chance(how.noise)
        keys = (draws.unit() * (1 << 62)).astype(np.int64)
        image = clean.clone()
        if deviation.any():
            image += noise(tuple(image.shape), keys, device) * self._plane(deviation)
            image.clamp_(0, 1)
        low, high = how.jpeg_quality
        qualities = np.floor(draws.uniform(low, high + 1)).astype(np.int64)
        rows = np.flatnonzero(draws.chance(how.jpeg))
        if rows.size:
            worn = upload(rows, device)
            image[worn] = jpeg(image[worn], qualities[rows])
        wear = image - clean
        erosion = np.floor(draws.uniform(how.erosion[0], how.erosion[1] + 1)).astype(np.int64)
        dilation = np.floor(draws.uniform(how.dilation[0], how.dilation[1] + 1)).astype(np.int64)
        if how.trimap == "dilate":
            trimap = dilated_trimap_of(alpha, dilation)
        else:
            trimap = trimap_of(alpha, erosion, dilation)
        if how.loose > 0:
            trimap = loosened(trimap, draws.chance(how.loose), draws.choose((2, 3)))
        return Batch(
            image=image,
            alpha=alpha,
            foreground=foreground + wear,
            background=background + wear,
            trimap=trimap,
            distractor=distractor,
            is_composite=torch.full((len(pictures),), is_composite, device=device),
            kind=self._kinds(pictures, alpha),
            picture=upload(pictures, device),
        )

    def _kinds(self, pictures: NDArray[np.int64], alpha: Tensor) -> Tensor:
        """Return the kinds of objects, (B,); what is not there at all is as clear as can be."""
        kinds = upload(self.pool.kinds[pictures], alpha.device)
        return torch.where(alpha.flatten(1).any(dim=1), kinds, OPAQUE)

    def _plane(self, values: NDArray[np.generic]) -> Tensor:
        """Return (B, 1, 1, 1) on the device."""
        return upload(values.astype(np.float32), self.pool.levels[0].device)[:, None, None, None]


def _shape(how: Composition, draws: Draws) -> Shape:
    limit = np.log(how.stretch)
    angle = draws.uniform(-how.turn, how.turn)
    return shape_of(angle, np.exp(draws.uniform(-limit, limit)), draws.chance(how.mirror))


def _known(alpha: Tensor) -> Tensor:
    """Make what is all but 0 or 1 exactly so."""
    alpha = torch.where(alpha < KNOWN, 0.0, alpha)
    return torch.where(alpha > 1 - KNOWN, 1.0, alpha)


def _over(
    foreground: Tensor, alpha: Tensor, other: Tensor, other_alpha: Tensor
) -> tuple[Tensor, Tensor]:
    """Lay one object over another; straight colours and alpha of both together."""
    behind = (1 - alpha) * other_alpha
    both = alpha + behind
    mixed = (alpha * foreground + behind * other) / both.clamp(min=1e-6)
    return torch.where(behind > 0, mixed, foreground), _known(both)
