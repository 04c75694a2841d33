"""What cameras and files do to a picture: blur, noise, JPEG, for each sample of a batch its own."""

import math

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate, pad

from penumbra.training.upload import upload

# Annex K of the JPEG standard (ITU-T T.81), tables K.1 and K.2.
_LUMINANCE = (
    "16 11 10 16 24 40 51 61 12 12 14 19 26 58 60 55 14 13 16 24 40 57 69 56 "
    "14 17 22 29 51 87 80 62 18 22 37 56 68 109 103 77 24 35 55 64 81 104 113 92 "
    "49 64 78 87 103 121 120 101 "
    "72 92 95 98 112 100 103 99"
)
_CHROMINANCE = (
    "17 18 24 47 99 99 99 99 18 21 26 66 99 99 99 99 24 26 56 99 99 99 99 99 "
    "47 66 99 99 99 99 99 99 " + "99 " * 32
)


def box_blur(image: Tensor, sizes: NDArray[np.int64]) -> Tensor:
    """Average over square windows; beyond the border lies the mirror image.

    Args:
        image: (B, C, H, W).
        sizes: (B,) of the windows, pixels; 1 or less changes nothing.  An even window reaches
            one pixel farther up and left.
    """
    result = image.clone()
    for size in np.unique(sizes[sizes > 1]):
        rows = upload(np.flatnonzero(sizes == size), image.device)
        before, after = int(size) // 2, int(size) - 1 - int(size) // 2
        part = image[rows]
        for axis in (2, 3):
            room = part.shape[axis] - 1
            part = part.transpose(axis, 3)
            part = pad(part, (min(before, room), min(after, room), 0, 0), mode="reflect")
            part = pad(part, (max(0, before - room), max(0, after - room), 0, 0), mode="replicate")
            part = avg_pool2d(part, (1, int(size)), stride=1).transpose(axis, 3)
        result[rows] = part
    return result


def denoised(image: Tensor, is_chosen: NDArray[np.bool_]) -> Tensor:
    """Take the noise out of some of the pictures, by non-local means on 8-bit colours.

    Args:
        image: (B, 3, H, W) in [0, 1].
        is_chosen: (B,) which; the others stay as they are.
    """
    result = image.clone()
    for row in np.flatnonzero(is_chosen):
        plane = (255 * image[row]).round().clamp(0, 255).byte().permute(1, 2, 0).cpu().numpy()
        clean = cv2.fastNlMeansDenoisingColored(np.ascontiguousarray(plane), None, 5, 5, 5, 15)
        result[row] = upload(clean, image.device).permute(2, 0, 1) / 255
    return result


def noise(shape: tuple[int, ...], keys: NDArray[np.int64], device: torch.device) -> Tensor:
    """Return noise of a standard normal distribution that depends on the keys alone.

    Every value is a hash of its sample's key and its place, made normal by the Box-Muller
    transform; so it is the same whatever else is in the batch.

    Args:
        shape: (B, C, H, W).
        keys: (B,) any integers.
        device: Where to make it.
    """
    places = torch.arange(math.prod(shape[1:]), dtype=torch.int64, device=device)
    key = upload(keys, device)[:, None]
    bits = _hash(_hash(places[None] * 2 + 1) ^ key)
    first = ((bits & 0xFFFFFF) + 0.5) / float(1 << 24)
    second = ((bits >> 24) & 0xFFFFFF).float() / float(1 << 24)
    values = torch.sqrt(-2 * torch.log(first.float())) * torch.cos(2 * math.pi * second)
    return values.reshape(shape)


def jpeg(image: Tensor, qualities: NDArray[np.int64]) -> Tensor:
    """Return what JPEG keeps of a picture: 8x8 cosine transform, quantised, colour at half size.

    Args:
        image: (B, 3, H, W) in [0, 1].
        qualities: (B,) 1 to 100, as in the reference implementation of the standard.

    Returns:
        (B, 3, H, W) in [0, 1].
    """
    height, width = image.shape[2:]
    image = pad(image, (0, -width % 16, 0, -height % 16), mode="replicate") * 255
    red, green, blue = image.unbind(dim=1)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    chroma = torch.stack([(blue - luma) * 0.564, (red - luma) * 0.713], dim=1)
    chroma = _quantise(avg_pool2d(chroma, 2), _table(_CHROMINANCE, qualities, image.device))
    chroma = interpolate(chroma, scale_factor=2, mode="bilinear")
    luma = _quantise(luma[:, None] - 128, _table(_LUMINANCE, qualities, image.device))[:, 0] + 128
    red, blue = luma + chroma[:, 1] / 0.713, luma + chroma[:, 0] / 0.564
    green = (luma - 0.299 * red - 0.114 * blue) / 0.587
    kept = torch.stack([red, green, blue], dim=1)[:, :, :height, :width]
    return (kept / 255).clamp(0, 1)


def _hash(values: Tensor) -> Tensor:
    """Mix 64-bit integers: the finaliser of SplitMix64 (Steele et al. 2014)."""
    values = (values ^ _shifted(values, 30)) * -0x40A7B892E31B1A47
    values = (values ^ _shifted(values, 27)) * -0x6B2FB644ECCEEE15
    return values ^ _shifted(values, 31)


def _shifted(values: Tensor, bits: int) -> Tensor:
    """Shift right, filling with zeros."""
    return (values >> bits) & ((1 << (64 - bits)) - 1)


def _quantise(plane: Tensor, table: Tensor) -> Tensor:
    """Round the cosine coefficients of 8x8 blocks of a (B, C, H, W) plane."""
    steps = torch.arange(8, device=plane.device, dtype=torch.float32)
    basis = torch.cos(math.pi * (2 * steps[None] + 1) * steps[:, None] / 16) / 2
    basis[0] /= math.sqrt(2)
    count, channels, height, width = plane.shape
    blocks = plane.reshape(count, channels, height // 8, 8, width // 8, 8).transpose(3, 4)
    table = table[:, None, None, None]
    coefficients = torch.round(basis @ blocks @ basis.T / table) * table
    return (basis.T @ coefficients @ basis).transpose(3, 4).reshape(plane.shape)


def _table(text: str, qualities: NDArray[np.int64], device: torch.device) -> Tensor:
    """Return quantisation tables, (B, 8, 8)."""
    table = np.array(text.split(), np.float64).reshape(1, 8, 8)
    scale = np.where(qualities < 50, 5000 / qualities, 200 - 2 * qualities)[:, None, None]
    steps = np.clip(np.floor((table * scale + 50) / 100), 1, 255)
    return upload(steps.astype(np.float32), device)
