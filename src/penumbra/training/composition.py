"""How samples are made, as a value that a recipe holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from penumbra.core.errors import require
from penumbra.data.pack import Entry


@dataclass(frozen=True)
class Composition:
    """How samples are made.  Probabilities are in [0, 1]; sizes are in pixels.

    Attributes:
        scenes: Share of samples that are photographs with their own mattes.
        unknown_crops: Share of composites whose window is centred on an unknown pixel, or as
            near as the border of the foreground's picture lets it be.
        crop_anchor: Where that pixel lies in the window: in its "centre" or, as in the published
            code of AIM, in its "topleft" corner.
        uniform_crops: Share of those whose window lies anywhere in the foreground's picture;
            the others show the whole object.
        zooms: Pixels of the foreground per pixel of such a window, all as likely; less where
            the window would be larger than the picture.
        coverage: Least and greatest size of an object shown whole, in sizes of the sample.
        heads: Share of the windows around an object that are laid for people, with what is above a
            head and as much below as fits, after SAFE-Net: the window is shifted to either side by
            at most a sixteenth of itself and upwards by at most a quarter, and ends above the
            object.
        scene_zoom: Least and greatest share of a scene's longer side that is shown.
        scene_focus: Share of scenes whose window lies around the object instead, as large beside it
            as `coverage` says, but nowhere larger than `scene_zoom` lets it be.
        is_scene_whole: Scenes are shown whole instead, each side shrunk to that of the sample.
        weights: Source or category to how much likelier its pictures are chosen; 1 where none is
            named, the product where both are.
        turn: Greatest rotation, radians.
        stretch: Greatest ratio of width to height, and of height to width, of a square.
        mirror: Probability of a flip.
        paint: Probability that a foreground wears the colours of a background's photograph
            instead of its own: alpha of every kind, with colours as they are in photographs.
        join: Probability that a second foreground belongs to the object.
        distract: Probability that a second foreground does not belong to the object: half of
            them lie behind it, half in front.
        empty: Probability that a composite holds nothing: a background alone.
        empty_of: Sources and categories of the backgrounds of those, without any object; any
            background when none is named.
        colour: Strength of the colour changes, 0 to 1.
        denoise: Probability that the layers are denoised first (RSSN).
        blur: Probability of a blurred background (RSSN).
        is_ns_blurred: Whether non-salient objects always get one, unless `blur` is 0.
        blur_sizes: Of the windows, on a sample of 320 pixels.
        noise: Probability of noise (RSSN).
        noise_deviation: Greatest standard deviation of the noise.
        is_noise_fixed: Whether the deviation is always the greatest.
        jpeg: Probability of compression.
        jpeg_quality: Least and greatest.
        trimap: "erode_dilate" makes certain what elliptic kernels leave of the opaque part, and
            what they do not reach outside of the visible one; "dilate" grows what is neither 0
            nor 1 step by step, by a 3x3 cross, and leaves all that is opaque certain.
        erosion: Least and greatest size of the kernel, odd and even; of "dilate" unused.
        dilation: Likewise; of "dilate", how many steps.
        held: Share of the objects that are held aside, rounded up: those whose names hash lowest.
        is_held: Whether samples are made of what is held aside, or else of all others.
        loose: Probability that a trimap is also unknown where its own mirror image is: as trimaps
            are that people draw, whose unknown parts do not all hold something.
        is_recreated: Whether every epoch draws its samples anew; otherwise all epochs have those
            of the first.
    """

    scenes: float = 0.0
    unknown_crops: float = 0.5
    crop_anchor: Literal["centre", "topleft"] = "centre"
    uniform_crops: float = 0.0
    zooms: tuple[float, ...] = (1.0, 1.5, 2.0)
    coverage: tuple[float, float] = (0.4, 1.1)
    heads: float = 0.0
    scene_zoom: tuple[float, float] = (0.6, 1.1)
    scene_focus: float = 0.0
    is_scene_whole: bool = False
    weights: Mapping[str, float] = field(default_factory=dict)
    turn: float = 0.15
    stretch: float = 1.15
    mirror: float = 0.5
    paint: float = 0.0
    join: float = 0.0
    distract: float = 0.0
    empty: float = 0.0
    empty_of: tuple[str, ...] = ()
    colour: float = 0.5
    denoise: float = 0.0
    blur: float = 0.5
    is_ns_blurred: bool = True
    blur_sizes: tuple[int, ...] = (20, 30, 40, 50, 60)
    noise: float = 0.5
    noise_deviation: float = 10 / 255
    is_noise_fixed: bool = False
    jpeg: float = 0.3
    jpeg_quality: tuple[int, int] = (40, 95)
    trimap: Literal["erode_dilate", "dilate"] = "erode_dilate"
    erosion: tuple[int, int] = (1, 29)
    dilation: tuple[int, int] = (1, 29)
    loose: float = 0.0
    held: float = 0.0
    is_held: bool = False
    is_recreated: bool = True

    def __post_init__(self) -> None:
        for name in _SHARES:
            require(0 <= getattr(self, name) <= 1, name, "in [0, 1]", getattr(self, name))
        crops, second = self.unknown_crops + self.uniform_crops, self.join + self.distract
        require(crops <= 1, "unknown_crops + uniform_crops", "at most 1", crops)
        require(second <= 1, "join + distract", "at most 1", second)
        require(self.turn >= 0, "turn", "at least 0", self.turn)
        require(self.stretch >= 1, "stretch", "at least 1", self.stretch)
        require(self.noise_deviation >= 0, "noise_deviation", "at least 0", self.noise_deviation)
        for name in _RANGES:
            low, high = getattr(self, name)
            require(0 < low <= high, name, "two numbers above 0, ascending", (low, high))
        require(self.jpeg_quality[1] <= 100, "jpeg_quality", "at most 100", self.jpeg_quality)
        is_right = self.trimap in ("erode_dilate", "dilate")
        require(is_right, "trimap", "'erode_dilate' or 'dilate'", self.trimap)
        is_right = self.crop_anchor in ("centre", "topleft")
        require(is_right, "crop_anchor", "'centre' or 'topleft'", self.crop_anchor)
        for name in ("zooms", "blur_sizes"):
            values = getattr(self, name)
            is_right = bool(values) and min(values, default=0) > 0
            require(is_right, name, "positive numbers, at least one", values)
        is_right = all(weight >= 0 for weight in self.weights.values())
        require(is_right, "weights", "at least 0", dict(self.weights))

    def weight(self, entry: Entry) -> float:
        """Return how much likelier a picture is chosen."""
        return self.weights.get(entry.source, 1.0) * self.weights.get(entry.category, 1.0)


_SHARES = (
    "scenes",
    "heads",
    "scene_focus",
    "unknown_crops",
    "uniform_crops",
    "mirror",
    "paint",
    "join",
    "distract",
    "empty",
    "colour",
    "denoise",
    "blur",
    "noise",
    "jpeg",
    "loose",
    "held",
)
_RANGES = ("coverage", "scene_zoom", "jpeg_quality", "erosion", "dilation")
