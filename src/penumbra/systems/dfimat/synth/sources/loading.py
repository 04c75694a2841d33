"""Sources by name; the sheet `smpmat`, sections 2 and 11."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from penumbra.core.errors import WeightsError, require

if TYPE_CHECKING:
    import torch

    from penumbra.systems.dfimat.synth.features import FeatureSource, Painter
    from penumbra.systems.dfimat.synth.sources.diffusion import Reading

Source = Literal["sd", "tiny", "rgb"]

PAINTERS = ("sd", "tiny")
"""Those that paint."""


def load_source(
    name: Source,
    weights: Path | str | None = None,
    side: int | None = None,
    device: "torch.device | str" = "cpu",
    reading: "Reading | None" = None,
    is_half: bool = False,
) -> "FeatureSource":
    """Return a source of features, ready to answer; "rgb" can learn once it is told to train.

    Args:
        name: Of it.
        weights: Of "sd" a folder in the layout of diffusers, or a name of the hub; of the others a
            file.  "tiny" and "rgb" have random weights without one.
        side: Of the pictures; what the source is used to when omitted.
        device: Where it works.
        reading: How "sd" and "tiny" read.
        is_half: Whether the U-Net of "sd" has 16-bit floats.

    Raises:
        InputError: There is no source of that name, or none of that side.
        WeightsError: Weights are missing or do not fit, or an extra is not installed; the message
            says which.
    """
    names = get_args(Source)
    require(name in names, "source", f"one of {', '.join(names)}", name)
    if name == "rgb":
        return _rgb(weights, side, device)
    return load_painter(name, weights, side, device, reading, is_half)


def load_painter(
    name: Source,
    weights: Path | str | None = None,
    side: int | None = None,
    device: "torch.device | str" = "cpu",
    reading: "Reading | None" = None,
    is_half: bool = False,
) -> "Painter":
    """Return a source that paints as well; arguments and errors as above."""
    require(name in PAINTERS, "painter", f"one of {', '.join(PAINTERS)}", name)
    # Imported here: they load torch.
    if name == "tiny":
        return _tiny(weights, side, device, reading)
    from penumbra.systems.dfimat.synth.sources.sd import SIDE, load_sd

    if weights is None:
        rule = "a folder in the layout of diffusers, or a name of the hub"
        raise WeightsError(f"weights of sd must be {rule}, got none")
    return load_sd(weights, SIDE if side is None else side, device, reading, is_half)


def _tiny(
    weights: Path | str | None,
    side: int | None,
    device: "torch.device | str",
    reading: "Reading | None",
) -> "Painter":
    from penumbra.systems.dfimat.synth.sources.tiny import TinyConfig, load_tiny, make_tiny

    if weights is None:
        config = TinyConfig() if side is None else TinyConfig(side=side)
        return make_tiny(config, device=device, reading=reading)
    source = load_tiny(weights, device, reading)
    require(side in (None, source.side), "side", f"{source.side}, as its weights say", side)
    return source


def _rgb(
    weights: Path | str | None, side: int | None, device: "torch.device | str"
) -> "FeatureSource":
    from penumbra.systems.dfimat.synth.sources.rgb import RgbConfig, RgbSource, load_rgb

    config = RgbConfig()
    if side is not None:
        config = replace(config, side=side)
    source = RgbSource(config) if weights is None else load_rgb(weights, config)
    return source.to(device).eval()
