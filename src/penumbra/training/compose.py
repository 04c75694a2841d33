"""Batches of training samples, made on the device: the one place where samples are made.

A sample is either a composite of a foreground over a background, or a scene: a photograph with
the matte of its object.  Sources: RSSN after Li et al., "Deep Automatic Natural Image Matting",
IJCAI 2021, section 3.3 (blurred backgrounds, noise on all layers); trimaps and crops after Xu et
al., "Deep Image Matting", CVPR 2017, section 3.3 and 5.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from penumbra.core.errors import InputError
from penumbra.data.pack import Role
from penumbra.training.degrade import box_blur, jpeg, noise
from penumbra.training.draws import Draws, Floats
from penumbra.training.pool import KINDS, Pool
from penumbra.training.sampling import Window, cut, window
from penumbra.training.trimaps import trimap_of

KNOWN = 1 / 512  # how near to 0 or 1 an alpha counts as known: half a level of 8 bits
NON_SALIENT = KINDS.index("NS")
CUT_OFF = 1.0  # pixels from the border of a picture: an object that near is cut off by it


@dataclass(frozen=True)
class Composition:
    """How samples are made.  Probabilities are in [0, 1]; sizes are in pixels.

    Attributes:
        scenes: Share of samples that are photographs with their own mattes.
        unknown_crops: Share of composites whose window is centred on an unknown pixel; the
            others show the whole object.
        zooms: Pixels of the foreground per pixel of a window on unknown pixels, all as likely.
        coverage: Least and greatest size of an object shown whole, in sizes of the sample.
        scene_zoom: Least and greatest share of a scene's longer side that is shown.
        weights: Source to how much likelier its pictures are chosen; 1 where none is named.
        turn: Greatest rotation, radians.
        stretch: Greatest ratio of width to height, and of height to width, of a square.
        mirror: Probability of a flip.
        join: Probability that a second foreground belongs to the object.
        distract: Probability that a second foreground belongs to the background.
        colour: Strength of the colour changes, 0 to 1.
        blur: Probability of a blurred background (RSSN); non-salient objects always get one
            unless it is 0.
        blur_sizes: Of the windows, on a sample of 320 pixels.
        noise: Probability of noise on all layers (RSSN).
        noise_deviation: Greatest standard deviation of the noise.
        is_noise_fixed: Whether the deviation is always the greatest.
        jpeg: Probability of compression.
        jpeg_quality: Least and greatest.
        erosion: Least and greatest size of the trimap's elliptic kernel, odd and even.
        dilation: Likewise.
    """

    scenes: float = 0.0
    unknown_crops: float = 0.5
    zooms: tuple[float, ...] = (1.0, 1.5, 2.0)
    coverage: tuple[float, float] = (0.4, 1.1)
    scene_zoom: tuple[float, float] = (0.6, 1.1)
    weights: Mapping[str, float] = field(default_factory=dict)
    turn: float = 0.15
    stretch: float = 1.15
    mirror: float = 0.5
    join: float = 0.0
    distract: float = 0.0
    colour: float = 0.5
    blur: float = 0.5
    blur_sizes: tuple[int, ...] = (20, 30, 40, 50, 60)
    noise: float = 0.5
    noise_deviation: float = 10 / 255
    is_noise_fixed: bool = False
    jpeg: float = 0.3
    jpeg_quality: tuple[int, int] = (40, 95)
    erosion: tuple[int, int] = (1, 29)
    dilation: tuple[int, int] = (1, 29)


class Batch(NamedTuple):
    """Samples on the device; image = alpha * foreground + (1 - alpha) * background.

    Attributes:
        image: (B, 3, H, W) in [0, 1].
        alpha: (B, 1, H, W) in [0, 1], exactly 0 or 1 where known.
        foreground: (B, 3, H, W); of a scene, the image.
        background: (B, 3, H, W); of a scene, the image.
        trimap: (B, 1, H, W) of 0, 0.5 and 1.
        is_composite: (B,) bool; the colours of the layers are known.
        kind: (B,) int64, index into `pool.KINDS`.
    """

    image: Tensor
    alpha: Tensor
    foreground: Tensor
    background: Tensor
    trimap: Tensor
    is_composite: Tensor
    kind: Tensor


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

    def batch(self, stage: Wanted, seed: int, first: int, count: int) -> Batch:
        """Return samples `first` to `first + count - 1` of an endless sequence.

        Each depends on (seed, epoch, index) alone, where epoch and index are the quotient and
        remainder of its number by the size of the pool.

        Raises:
            InputError: The pool lacks a role that the composition needs.
        """
        how = stage.composition
        draws = Draws(seed, range(first, first + count), len(self.pool))
        is_scene = draws.chance(how.scenes)
        if not is_scene.any():
            return self._composites(how, draws, stage.size)
        if is_scene.all():
            return self._scenes(how, draws, stage.size)
        scenes = self._scenes(how, draws.only(is_scene), stage.size)
        composites = self._composites(how, draws.only(~is_scene), stage.size)
        order = np.argsort(np.argsort(~is_scene, kind="stable"))
        rows = torch.from_numpy(order).to(scenes.image.device)
        pairs = zip(scenes, composites, strict=True)
        return Batch(*(torch.cat(pair).index_select(0, rows) for pair in pairs))

    def _scenes(self, how: Composition, draws: Draws, size: int) -> Batch:
        pictures = self._choose("scene", how, draws)
        height, width = self.pool.sizes[pictures].astype(np.float64).T
        shown = np.maximum(height, width) * draws.uniform(*how.scene_zoom)
        room = np.stack([width - shown, height - shown], 1) / 2
        # Anywhere inside; where the window is larger than the picture, not far from its middle.
        shift = np.maximum(room, 0.05 * shown[:, None]) * np.stack(
            [draws.uniform(-1, 1), draws.uniform(-1, 1)], 1
        )
        centre = np.stack([width, height], 1) / 2 + shift
        image, alpha = cut(
            self.pool, _turned(how, draws, pictures, centre, shown / size), size, "reflect"
        )
        image = _recoloured(image, *_colours(how.colour, draws)).clamp_(0, 1)
        alpha = _known(alpha)
        return self._finish(how, draws, pictures, image, image, alpha, is_composite=False)

    def _composites(self, how: Composition, draws: Draws, size: int) -> Batch:
        pictures = self._choose("foreground", how, draws)
        foreground, alpha = self._object(how, draws, pictures, size, how.unknown_crops)
        background = self._background(how, draws, pictures, size)
        if how.join + how.distract > 0:
            others = self._choose("foreground", how, draws)
            second, second_alpha = self._object(how, draws, others, size, 0.0)
            second_alpha = second_alpha * self._plane(draws.chance(how.join + how.distract))
            is_joined = self._plane(draws.unit() * (how.join + how.distract) < how.join)
            distraction = second_alpha * (1 - is_joined)
            background = distraction * second + (1 - distraction) * background
            foreground, alpha = _over(foreground, alpha, second, second_alpha * is_joined)
        return self._finish(how, draws, pictures, foreground, background, alpha, is_composite=True)

    def _object(
        self, how: Composition, draws: Draws, pictures: NDArray[np.int64], size: int, crops: float
    ) -> tuple[Tensor, Tensor]:
        """Return an object's colours and alpha, placed as the composition says."""
        middle, whole = self._placed(how, draws, pictures, size)
        anchors = self.pool.anchors[pictures]
        chosen = draws.choose(np.arange(anchors.shape[1])).astype(np.int64)
        anchor = anchors[np.arange(len(pictures)), chosen]
        zoom = draws.choose(how.zooms).astype(np.float64)
        is_crop = draws.chance(crops)
        centre = np.where(is_crop[:, None], anchor, middle)
        view = _turned(how, draws, pictures, centre, np.where(is_crop, zoom, whole))
        colours, alpha = cut(self.pool, view, size, "empty")
        return _recoloured(colours, *_colours(how.colour, draws)).clamp_(0, 1), _known(alpha)

    def _placed(
        self, how: Composition, draws: Draws, pictures: NDArray[np.int64], size: int
    ) -> tuple[Floats, Floats]:
        """Return centre (B, 2) and zoom (B,) of windows that show objects whole.

        An object that its picture cuts off is cut off there by the window, too: a bust does not
        float in the middle of a sample.
        """
        box = self.pool.boxes[pictures].astype(np.float64)
        low, high = box[:, :2], box[:, 2:]
        limits = self.pool.sizes[pictures, ::-1].astype(np.float64)
        is_low, is_high = low <= CUT_OFF, high >= limits - CUT_OFF
        extent = (high - low).max(axis=1)
        share = draws.uniform(*how.coverage)
        zoom = extent / (share * size)
        # An object cut off on both sides has to fill the window from side to side.
        spans = np.where(is_low & is_high, high - low, np.inf).min(axis=1)
        zoom = np.minimum(zoom, spans / size)
        seen = (zoom * size)[:, None]
        room = np.maximum((seen - (high - low)) / 2, 0.075 * seen)
        shift = np.stack([draws.uniform(-1, 1), draws.uniform(-1, 1)], 1) * room
        centre = (low + high) / 2 + shift
        # A window that is turned reaches farther: keep its edge a little inside the cut.
        inset = seen * (0.5 + 0.5 * np.sin(how.turn))
        centre = np.where(is_low, np.maximum(centre, low + inset), centre)
        return np.where(is_high, np.minimum(centre, high - inset), centre), zoom

    def _background(
        self, how: Composition, draws: Draws, pictures: NDArray[np.int64], size: int
    ) -> Tensor:
        chosen = self._choose("background", how, draws)
        height, width = self.pool.sizes[chosen].astype(np.float64).T
        shown = np.minimum(height, width) * draws.uniform(0.5, 1.0)
        room = np.stack([width - shown, height - shown], 1) / 2
        shift = room * np.stack([draws.uniform(-1, 1), draws.uniform(-1, 1)], 1)
        centre = np.stack([width, height], 1) / 2 + shift
        view = window(chosen, centre, shown / size, is_mirrored=draws.chance(how.mirror))
        colours, _ = cut(self.pool, view, size, "reflect")
        colours = _recoloured(colours, *_colours(how.colour, draws)).clamp_(0, 1)
        is_blurred = draws.chance(how.blur)
        if how.blur > 0:
            is_blurred |= self.pool.kinds[pictures] == NON_SALIENT
        sizes = np.round(draws.choose(how.blur_sizes).astype(np.float64) * size / 320)
        return box_blur(colours, np.where(is_blurred, sizes, 1).astype(np.int64))

    def _finish(
        self,
        how: Composition,
        draws: Draws,
        pictures: NDArray[np.int64],
        foreground: Tensor,
        background: Tensor,
        alpha: Tensor,
        is_composite: bool,
    ) -> Batch:
        """Lay the layers over one another, wear the picture, and let both layers share the wear.

        Whatever is added to foreground and background alike is added to the image, so the
        equation of compositing goes on to hold.
        """
        device = alpha.device
        clean = alpha * foreground + (1 - alpha) * background
        image = _recoloured(clean, *_colours(how.colour / 2, draws))
        deviation = draws.uniform(0, how.noise_deviation)
        if how.is_noise_fixed:
            deviation = np.full_like(deviation, how.noise_deviation)
        deviation *= draws.chance(how.noise)
        keys = (draws.unit() * (1 << 62)).astype(np.int64)
        if deviation.any():
            image = image + noise(tuple(image.shape), keys, device) * self._plane(deviation)
        image = image.clamp(0, 1)
        low, high = how.jpeg_quality
        qualities = np.floor(draws.uniform(low, high + 1)).astype(np.int64)
        rows = np.flatnonzero(draws.chance(how.jpeg))
        if rows.size:
            worn = torch.from_numpy(rows).to(device)
            image[worn] = jpeg(image[worn], qualities[rows])
        wear = image - clean
        erosion = np.floor(draws.uniform(how.erosion[0], how.erosion[1] + 1)).astype(np.int64)
        dilation = np.floor(draws.uniform(how.dilation[0], how.dilation[1] + 1)).astype(np.int64)
        count = len(pictures)
        return Batch(
            image=image,
            alpha=alpha,
            foreground=foreground + wear,
            background=background + wear,
            trimap=trimap_of(alpha, erosion, dilation),
            is_composite=torch.full((count,), is_composite, device=device),
            kind=torch.from_numpy(self.pool.kinds[pictures]).to(device),
        )

    def _choose(self, role: Role, how: Composition, draws: Draws) -> NDArray[np.int64]:
        """Return pictures of a role, (B,), as likely as their sources' weights."""
        numbers = self.pool.roles[role]
        if not numbers.size:
            raise InputError(f"packs must hold at least one {role}, got none")
        by_source = np.array([how.weights.get(source.name, 1.0) for source in self.pool.sources])
        weights = by_source[self.pool.origins[numbers]]
        if not weights.any():
            raise InputError(f"weights must leave at least one {role}, got {dict(how.weights)}")
        return numbers[draws.weighted(weights)]

    def _plane(self, values: NDArray[np.generic]) -> Tensor:
        """Return (B, 1, 1, 1) on the device."""
        numbers = torch.from_numpy(values.astype(np.float32))
        return numbers.to(self.pool.levels[0].device)[:, None, None, None]


def _turned(
    how: Composition, draws: Draws, pictures: NDArray[np.int64], centre: Floats, zoom: Floats
) -> Window:
    limit = np.log(how.stretch)
    return window(
        pictures,
        centre,
        zoom,
        draws.uniform(-how.turn, how.turn),
        np.exp(draws.uniform(-limit, limit)),
        draws.chance(how.mirror),
    )


def _colours(strength: float, draws: Draws) -> tuple[Floats, Floats]:
    """Return random colour changes: matrices (B, 3, 3) and offsets (B, 3).

    Gain, contrast around middle grey, saturation, and a gain for each channel.
    """
    gain = np.exp(0.5 * strength * draws.uniform(-1, 1))[:, None]
    contrast = np.exp(0.5 * strength * draws.uniform(-1, 1))[:, None]
    saturation = np.exp(strength * draws.uniform(-1, 1))[:, None, None]
    saturation = np.where(draws.chance(0.1 * strength)[:, None, None], 0.0, saturation)
    channels = np.stack([np.exp(0.2 * strength * draws.uniform(-1, 1)) for _ in range(3)], 1)
    grey = np.array([0.299, 0.587, 0.114])
    mixed = saturation * np.eye(3) + (1 - saturation) * grey
    matrix = mixed * (channels * gain * contrast)[:, :, None]
    return matrix, (0.5 * (1 - contrast)) * np.ones((1, 3))


def _recoloured(image: Tensor, matrix: Floats, offset: Floats) -> Tensor:
    """Change colours, (B, 3, H, W)."""
    mixing = torch.from_numpy(matrix.astype(np.float32)).to(image.device)
    added = torch.from_numpy(offset.astype(np.float32)).to(image.device)
    return torch.baddbmm(added[:, :, None], mixing, image.flatten(2)).view_as(image)


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
